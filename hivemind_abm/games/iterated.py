"""The iterated prisoner's dilemma as a game between strategies.

Knows: the strategies as automata, and the exact mean payoff of two of them.  Does not know: who
plays.  An option is a strategy for a whole match of many rounds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hivemind_abm import checks
from hivemind_abm.games.game import Game

if TYPE_CHECKING:
    from hivemind_abm.engine.stream import Stream

__all__ = ["STRATEGIES", "Automaton", "IteratedPrisonersDilemma", "discounted_payoffs"]

_COOPERATE, _DEFECT = 0, 1
_LONGEST = 1.0 - 1e-9  # the largest chance of another round


class Automaton(NamedTuple):
    """A strategy with two states, 0 at first; in each state it intends one action.

    Attributes:
        intends: The action that it intends in each state: 0 cooperates, 1 defects.
        moves: The next state, by the state, its own action and the other's action of this round,
            after errors: moves[state][own][other].
    """

    intends: tuple[int, int]
    moves: tuple[tuple[tuple[int, int], tuple[int, int]], ...]


def _always(state: int) -> tuple[tuple[int, int], tuple[int, int]]:
    return ((state, state), (state, state))


_COPY = ((0, 1), (0, 1))  # the next state is the other's action
STRATEGIES: dict[str, Automaton] = {
    "AllC": Automaton((_COOPERATE, _COOPERATE), (_always(0), _always(0))),
    "AllD": Automaton((_DEFECT, _DEFECT), (_always(0), _always(0))),
    "TFT": Automaton((_COOPERATE, _DEFECT), (_COPY, _COPY)),
    "GRIM": Automaton((_COOPERATE, _DEFECT), (_COPY, _always(1))),
    "WSLS": Automaton((_COOPERATE, _DEFECT), (((0, 1), (1, 0)),) * 2),
}


@dataclass(frozen=True)
class IteratedPrisonersDilemma(Game):
    """A match is a prisoner's dilemma of many rounds between two strategies.

    The payoff is the mean over the rounds, (1 - g) sum_t g^t payoff_t, expected over errors, where
    g is the chance of another round.  It is solved exactly from the Markov chain of the two
    strategies.

    Attributes:
        strategies: The options, some of "AllC" (always cooperates), "AllD" (always defects), "TFT"
            (tit for tat: does what the other did), "GRIM" (cooperates until the other has defected
            once) and "WSLS" (win-stay, lose-shift: cooperates if both did the same).  All but AllD
            cooperate in the first round.
        continuation: g, the chance of another round, below 1.
        error: The chance that an action is the opposite of the one intended, in each round.
        T, R, P, S: The payoffs of a round, as for `PrisonersDilemma`.
        n_actions: The number of strategies, for both players.
        table: The payoff of strategy a against strategy b, at place a K + b.

    Sources: Axelrod & Hamilton, Science 211, 1981; Nowak & Sigmund, Nature 364, 1993 (WSLS).
    """

    strategies: tuple[str, ...] = tuple(STRATEGIES)
    continuation: float = 0.9
    error: float = 0.0
    T: float = 1.0
    R: float = 0.6
    P: float = 0.2
    S: float = 0.0
    n_actions: tuple[int, ...] = field(init=False, repr=False, compare=False)
    table: tuple[float, ...] = field(init=False, repr=False, compare=False)

    names = {"iterated prisoners dilemma": {}}

    def __post_init__(self) -> None:
        if not isinstance(self.strategies, tuple | list) or not self.strategies:
            raise ValueError(
                f"strategies must be some of {', '.join(STRATEGIES)}, not {self.strategies!r}"
            )
        for name in self.strategies:
            checks.one_of("strategies", name, STRATEGIES)
        checks.number("continuation", self.continuation, 0.0, 1.0)
        if self.continuation > _LONGEST:
            raise ValueError(f"continuation must be below 1, not {self.continuation!r}")
        checks.number("error", self.error, 0.0, 1.0)
        for name in "TRPS":
            checks.number(name, getattr(self, name), 0.0, 1.0)
        strategies = tuple(map(str, self.strategies))
        rounds = ((self.R, self.S), (self.T, self.P))
        table = discounted_payoffs(strategies, rounds, self.continuation, self.error)
        object.__setattr__(self, "strategies", strategies)
        object.__setattr__(self, "n_actions", (len(strategies),) * 2)
        object.__setattr__(self, "table", tuple(table.ravel().tolist()))

    def payoff(self, player: int, options: Sequence[int], rng: "Stream") -> float:
        """The mean payoff of one match; see `Game.payoff`."""
        return self.table[options[player] * self.n_actions[0] + options[1 - player]]

    def option_names(self, player: int) -> tuple[str, ...]:
        """The names of the strategies."""
        return self.strategies

    def cooperation(self) -> np.ndarray:
        """How often strategy a cooperates against strategy b, in the same mean, shape (K, K)."""
        rounds = ((1.0, 1.0), (0.0, 0.0))
        return discounted_payoffs(self.strategies, rounds, self.continuation, self.error)


def discounted_payoffs(
    strategies: Sequence[str],
    rounds: Sequence[Sequence[float]],
    continuation: float,
    error: float,
) -> np.ndarray:
    """The mean payoff of each strategy against each, (1 - g) sum_t g^t E payoff_t.

    Args:
        strategies: K names from `STRATEGIES`.
        rounds: The payoff of a round, rounds[own action][other's action].
        continuation: g, at least 0 and below 1.
        error: The chance that an action is the opposite of the one intended.

    Returns:
        Shape (K, K).
    """
    automata = [STRATEGIES[name] for name in strategies]
    payoffs = np.empty((len(automata), len(automata)))
    for (a, own), (b, other) in product(enumerate(automata), repeat=2):
        paid, moved = _one_round(own, other, np.asarray(rounds, float), error)
        later = np.linalg.solve(np.eye(4) - continuation * moved, paid)
        payoffs[a, b] = (1.0 - continuation) * later[0]
    return np.clip(payoffs, np.min(rounds), np.max(rounds))  # rounding errors only


def _one_round(
    own: Automaton, other: Automaton, rounds: np.ndarray, error: float
) -> tuple[np.ndarray, np.ndarray]:
    """The expected payoff in each pair of states, shape (4,), and the chances of the next pair."""
    paid, moved = np.zeros(4), np.zeros((4, 4))
    for i, j, x, y in product((0, 1), repeat=4):  # the states, and the actions after errors
        chance = error if x != own.intends[i] else 1.0 - error
        chance *= error if y != other.intends[j] else 1.0 - error
        paid[2 * i + j] += chance * rounds[x, y]
        moved[2 * i + j, 2 * own.moves[i][x][y] + other.moves[j][y][x]] += chance
    return paid, moved
