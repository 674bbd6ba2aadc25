"""The seat of one player at a game: the bandit of that player is all the others.

Knows: how a bee meets one of each other player, and how a game becomes a bandit.  Does not know:
how players choose.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from hivemind_abm.bandits.bandit import ROUNDING, Bandit
from hivemind_abm.bandits.passes import PULL, BanditPasses
from hivemind_abm.bandits.rivals import Rivals
from hivemind_abm.bandits.runner import BanditRunner
from hivemind_abm.bandits.stepping import pull_all, pull_one
from hivemind_abm.bandits.world import World
from hivemind_abm.engine.stream import Stream
from hivemind_abm.games.game import Game
from hivemind_abm.games.matches import match_loop
from hivemind_abm.games.means import mean_pull, means_table
from hivemind_abm.games.tabulated import tabulated_pull, values_table
from hivemind_abm.games.tensors import has_noise, tensors_of

__all__ = ["DRAWN", "MATCHES", "MEAN", "Seat", "SeatRunner"]

DRAWN, MEAN = "drawn", "mean"
MATCHES = (DRAWN, MEAN)


@dataclass(frozen=True)
class Seat(Bandit):
    """What a game pays one player.

    Attributes:
        played: The game, an instance.
        number: The number of the player.
        meeting: "drawn": each bee meets one bee of each other player, drawn afresh; or "mean": it
            gets the mean payoff against all of them.
    """

    played: Game
    number: int
    meeting: str = DRAWN

    changes = False

    @property
    def n_action(self) -> int:  # type: ignore[override]
        """K, the number of options of the player."""
        return int(self.played.n_actions[self.number])

    def expected_rewards(self, world: World) -> np.ndarray:
        """The expected payoff of each option against the shares of the others, shape (K,)."""
        return self.played.expected(self.number, world.rivals)


class SeatRunner(BanditRunner):
    """The bandit of a player: its seat at the game, or a bandit that pays it instead."""

    finds_best = False  # what is best depends on the others

    @property
    def _drawn(self) -> bool:
        return not isinstance(self.bandit, Seat) or self.bandit.meeting == DRAWN

    def _add_pull(self) -> None:
        if not isinstance(self.bandit, Seat):
            super()._add_pull()
        elif self._drawn and not self._tabulated:
            game = self.bandit.played
            self._methods.add("pull", "game", game, "payoff", match_loop, PULL)

    @cached_property
    def _tabulated(self) -> bool:
        """Whether drawn payoffs are looked up: they have no noise, and the game is small."""
        if not (isinstance(self.bandit, Seat) and self._drawn and self._methods.wants_compiled):
            return False
        return not has_noise(self.bandit.played)

    def __getstate__(self) -> dict[str, Any]:
        """The attributes but the addresses of machine code."""
        return {name: value for name, value in super().__getstate__().items() if name != "_means"}

    @cached_property
    def passes(self) -> BanditPasses:
        """The entries of the compiled passes."""
        passes = BanditRunner.passes.func(self)  # type: ignore[attr-defined]
        if self.rivals is None or self._runs_methods:
            return passes
        machine = tabulated_pull() if self._tabulated else mean_pull()
        return passes._replace(pull=machine.address, pull_integers=self._means[0].ctypes.data)

    @property
    def _runs_methods(self) -> bool:
        """Whether a user's method pays."""
        return self._asks_the_game or (self._drawn and not self._tabulated)

    @cached_property
    def _means(self) -> tuple[np.ndarray, ...]:
        """The table of `means` or `tabulated`, then the arrays to which it points."""
        assert isinstance(self.bandit, Seat)
        values = tensors_of(self.bandit.played).values[self.bandit.number]
        return values_table(values) if self._tabulated else means_table(values, self.bandit.number)

    @property
    def _asks_the_game(self) -> bool:
        """Whether mean payoffs come from an `expected` of the game's own."""
        bandit = self.bandit
        return (
            not self._drawn
            and isinstance(bandit, Seat)
            and type(bandit.played).expected is not Game.expected
        )

    def pull(self, step: int, runs: Any = None) -> int:
        """Play the matches of all bees in some runs; see `BanditRunner.pull`."""
        if not self._runs_methods:
            first = 0 if runs is None else runs[0]
            number = len(self.state.running) if runs is None else len(runs)
            return pull_all(*self.parts, first, number, step)
        if self._drawn:
            return super().pull(step, runs)
        for run in self._chosen(runs):
            payoffs = self._expected(run, step)
            for place in range(self.state.options.shape[1]):
                self._pay_expected(run, place, payoffs)
        return -1

    def pull_one(self, run: int, place: int, step: int) -> int:
        """Play the match of one bee; see `BanditRunner.pull_one`."""
        if not self._runs_methods:
            return pull_one(*self.parts, run, place, step)
        if self._drawn:
            return super().pull_one(run, place, step)
        self._pay_expected(run, place, self._expected(run, step))
        return -1

    def _expected(self, run: int, step: int) -> np.ndarray:
        """What the game says of each option, checked."""
        assert isinstance(self.bandit, Seat)
        game, number, k = self.bandit.played, self.bandit.number, self.bandit.n_action
        payoffs = np.asarray(self.bandit.expected_rewards(self._world(run, step)), float)
        name = f"{type(game).__name__}.expected"
        if payoffs.shape != (k,):
            raise ValueError(
                f"{name} must return {k} payoffs for player {number}, "
                f"not an array of shape {payoffs.shape}"
            )
        wrong = np.flatnonzero(~((payoffs >= -ROUNDING) & (payoffs <= 1.0 + ROUNDING)))
        if wrong.size:
            raise ValueError(
                f"{name} returned payoff {payoffs[wrong[0]]} for player {number} with option "
                f"{wrong[0]}; a payoff must lie in [0, 1]"
            )
        return np.clip(payoffs, 0.0, 1.0)

    def _pay_expected(self, run: int, place: int, payoffs: np.ndarray) -> None:
        option = int(self.state.options[run, place])
        self.state.payoffs[run, place] = payoffs[option] if option < payoffs.size else 0.0

    @property
    def _method(self) -> str:
        if isinstance(self.bandit, Seat):
            return f"{type(self.bandit.played).__name__}.payoff"
        return super()._method

    def _reward_in_python(self, run: int, option: int, world: World, rng: Stream) -> Any:
        if not isinstance(self.bandit, Seat):
            return super()._reward_in_python(run, option, world, rng)
        assert self.rivals is not None
        match = drawn_match(self.rivals, run, option, rng)
        if match is None:
            return 0.0
        return self.bandit.played.payoff(self.bandit.number, match, rng)


def drawn_match(rivals: Rivals, run: int, option: int, rng: Stream) -> tuple[int, ...] | None:
    """The options in one match of a bee, as compiled code draws them.

    Args:
        rivals: All players.
        run: The run.
        option: That of the bee.
        rng: The stream of its player.

    Returns:
        The option of each player, and of a fellow; None if one of the bees holds no option.
    """
    match, holds = [], True
    for place, player in enumerate(rivals.axes):
        if place == rivals.seat:
            match.append(option)
            continue
        held, shares = rivals.options[player][run], rivals.shares[player][run]
        drawn = int(held[rng.integers(held.size)]) if held.size else _by_shares(shares, rng)
        holds = holds and drawn < shares.size
        match.append(drawn)
    return tuple(match) if holds else None


def _by_shares(shares: np.ndarray, rng: Stream) -> int:
    """An option with these probabilities."""
    u, total = rng.random(), 0.0
    for option, share in enumerate(shares.tolist()):
        total += share
        if u < total:
            return option
    return int(np.flatnonzero(shares)[-1])
