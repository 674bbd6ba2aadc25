"""Many hives with the same rule, bandit and neighbourhood, stepped together.

`Hive` shows one of them as a Mesa model and `ensemble` runs thousands.  Both use the steps here, so
both get the same numbers.  Knows: how the choosing pass of hives runs in both modes.  Does not
know: Mesa.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numba import types

from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.batch import PullingBatch
from hivemind_abm.engine.intrinsics import four_words
from hivemind_abm.engine.loops import compiled, inlined, must_return
from hivemind_abm.engine.rows import starting_shares
from hivemind_abm.engine.stream import Stream, give_back, lend, stream_on
from hivemind_abm.hives.bees import Bees, Workspace
from hivemind_abm.hives.neighbourhood import Neighbourhood
from hivemind_abm.hives.neighbours import Neighbours
from hivemind_abm.hives.neighbours_compiled import of_hive
from hivemind_abm.hives.rules import ImitationRule
from hivemind_abm.hives.updating import checked_opinion, synchronous

__all__ = ["HiveBatch", "counts_of_shares", "interpreted_step"]


def counts_of_shares(initial_shares: Any, population_size: int, n_action: int) -> np.ndarray:
    """How many bees start with each option, shape (K,).

    Even shares give the first N mod K options one bee more.  With `initial_shares`, the options
    with the largest remainders get the bees that are left over.

    Args:
        initial_shares: K numbers that sum to 1, or None for even shares.
        population_size: N.
        n_action: K.

    Raises:
        ValueError: Anything but K numbers of at least 0 that sum to 1.
    """
    shares = starting_shares(initial_shares, n_action)
    exact = np.round(shares * population_size, 9)
    counts = np.floor(exact).astype(np.int64)
    missing = population_size - int(counts.sum())
    counts[np.argsort(counts - exact, kind="stable")[:missing]] += 1
    return counts


_opinion = must_return("an opinion, a whole number", (types.Integer, types.IntegerLiteral))


def _decide_loop(decide: Any, build: Any) -> Callable[..., int]:
    """The compiled pass in which all bees decide; see `compile_loop`."""
    step = inlined(synchronous(decide, _opinion))

    def loop(integers, reals, state, workspace):
        rule = build(integers, reals)
        for hive in range(state.options.shape[0]):
            if not state.running[hive]:
                continue
            opinions, shares = state.options[hive], state.shares[hive]
            rng = lend(state.streams, 4 * hive, four_words())
            whole = of_hive(Bees(opinions, state.payoffs[hive]), workspace).begin(rng)
            wrong = step(rule, opinions, shares, whole, workspace.adopted, rng)
            if wrong >= 0:
                return wrong
            give_back(state.streams, 4 * hive, rng)
        return -1

    return loop


def interpreted_step(rule: ImitationRule) -> Callable[..., int]:
    """The step of a hive with this rule in plain Python; see `synchronous`."""

    def decide(rule: ImitationRule, bee: Any, neighbours: Any, rng: Stream) -> Any:
        return rule.decide(bee, neighbours, rng)

    return synchronous(decide, checked_opinion(type(rule).__name__))


class HiveBatch(PullingBatch):
    """R hives of N bees and K options.

    Args:
        rule: The rule, an instance.
        bandit: The bandit, an instance.
        neighbourhood: Which bees a bee hears.
        seeds: One per hive, whatever `seed_sequence` takes.
        initial_shares: K numbers that sum to 1, or None for even shares.
        stop_if_end: Stop a hive at consensus.
        compiled: Run machine code; False runs plain Python, which gives the same numbers.

    Attributes:
        opinions: Options of the bees, shape (R, N), dtype int32.
        payoffs: Payoffs pulled with these opinions, shape (R, N).
        shares: x, shape (R, K).
    """

    what = "rule"
    method = "decide"
    loop = _decide_loop

    def __init__(
        self,
        rule: ImitationRule,
        bandit: Bandit,
        neighbourhood: Neighbourhood,
        seeds: Sequence[Any],
        initial_shares: Any = None,
        stop_if_end: bool = False,
        compiled: bool = True,
    ) -> None:
        n, workspace = (
            neighbourhood.population_size,
            Workspace.of(neighbourhood, bandit.n_action),
        )
        super().__init__(rule, bandit, n, seeds, workspace, stop_if_end, compiled)
        self.rule, self.neighbourhood, self.opinions = rule, neighbourhood, self.options
        self._settle(initial_shares)
        self._pull_once()

    def bees(self, hive: int | np.integer[Any]) -> Bees:
        """The bees of one hive."""
        return Bees(self.opinions[hive], self.payoffs[hive])

    def _settle(self, initial_shares: Any) -> None:
        """Set the opinions and shares with which the runs start."""
        n = self.opinions.shape[1]
        counts = counts_of_shares(initial_shares, n, self.bandit.n_action)
        rounds = [
            a for turn in range(int(counts.max(initial=0))) for a in np.flatnonzero(counts > turn)
        ]
        self.opinions[:] = np.array(rounds, np.int32) if n else 0
        self.shares[:] = counts / n
        if self.neighbourhood.starts.size:  # on a network, positions matter
            for opinions, state in zip(self.opinions, self.state.streams, strict=True):
                _shuffle(opinions, state)

    def decided(self, counts: np.ndarray, shares: np.ndarray) -> np.ndarray:
        """The shares after one decision, for a given number of bees on each option.

        The hives must not be used for anything else afterwards.

        Args:
            counts: Bees on each option in each hive, shape (R, K); each row sums to N.
            shares: The shares that the bandit gets when the bees pull, shape (K,).

        Returns:
            The shares of the options that the bees decided for, shape (R, K).
        """
        for opinions, held in zip(self.opinions, counts, strict=True):
            opinions[:] = np.repeat(np.arange(held.size, dtype=np.int32), held)
        self.shares[:], self.running[:] = shares, True
        self._pull_once()
        self.running[:] = True
        self._choose_once()
        return self.shares.copy()

    def _choose_interpreted(self) -> int:
        step, workspace = interpreted_step(self.rule), self._workspace
        for hive in np.flatnonzero(self.running):
            rng = Stream.on(self.state.streams[hive])
            neighbours = Neighbours(self.bees(hive), workspace, rng)
            opinions, shares = self.opinions[hive], self.shares[hive]
            wrong = step(self.rule, opinions, shares, neighbours, workspace.adopted, rng)
            if wrong >= 0:
                return wrong
        return -1

    def _complaint(self, place: int) -> str:
        return (
            f"{type(self.rule).__name__}.decide returned opinion {self._workspace.adopted[place]} "
            f"for bee {place}; an opinion must be 0 to {self.bandit.n_action - 1}"
        )


@compiled
def _shuffle(opinions, state):
    """Shuffle the opinions in place (Fisher & Yates)."""
    rng = stream_on(state, 0)
    for i in range(opinions.size - 1, 0, -1):
        j = rng.integers(i + 1)
        opinions[i], opinions[j] = opinions[j], opinions[i]
