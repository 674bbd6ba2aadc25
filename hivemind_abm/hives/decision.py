"""Why a bee did what it did: one decision of the last step again, in plain Python, with all that the rule asked written down.

Knows: how to replay a hive's choosing pass from the state before it.  Does not know: Mesa, how a decision is shown.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from hivemind_abm.engine.stream import Stream
from hivemind_abm.hives.neighbours import BeeState, Neighbourhood, Neighbours, Scratch
from hivemind_abm.hives.rules import ImitationRule

__all__ = ["Asked", "Decision", "retrace"]


@dataclass(frozen=True)
class Asked:
    """One question of a rule: as it stands in the code, the answer, and which bee it was about, if it was about one."""

    question: str
    answer: Any
    bee: int | None = None


@dataclass(frozen=True)
class Decision:
    """What one bee decided in one step, and on what grounds.

    Attributes:
        bee: Its index.
        before: What it showed: opinion and payoff.
        after: The opinion it holds since.
        heard: The bees it could hear, increasing, shape (any,).
        asked: What the rule asked, in order.
    """

    bee: int
    before: BeeState
    after: int
    heard: np.ndarray
    asked: tuple[Asked, ...]


class _WatchedStream(Stream):
    """A stream that writes down what is drawn from it."""

    __slots__ = ("asked",)

    asked: list[Asked]

    @classmethod
    def noting(cls, state: np.ndarray, asked: list[Asked]) -> "_WatchedStream":
        stream = cls.__new__(cls)
        stream.state, stream.asked = state, asked
        return stream

    def _draw(self, question: str, draw: Callable[..., Any], *arguments: Any) -> Any:
        answer = draw(*arguments)
        self.asked.append(Asked(question, answer))
        return answer

    def random(self) -> float:
        return float(self._draw("rng.random()", super().random))

    def integers(self, n: int) -> int:
        return int(self._draw(f"rng.integers({n})", super().integers, n))

    def normal(self) -> float:
        return float(self._draw("rng.normal()", super().normal))

    def binomial(self, n: int, p: float) -> int:
        return int(self._draw(f"rng.binomial({n}, {p:.4g})", super().binomial, n, p))


class _WatchedNeighbours(Neighbours):
    """Neighbours that write down what they are asked.

    `_named` are the same neighbours with each bee's index for its opinion: asked first, with a copy of the stream, they tell
    which bee it is.
    """

    __slots__ = ("_named", "asked")

    def __init__(self, plain: Neighbours) -> None:
        self._arrays, self._cursor, self._top = plain._arrays, plain._cursor, plain._top
        opinions, payoffs, scratch = plain._arrays
        self._named = Neighbours.__new__(Neighbours)
        self._named._arrays = (np.arange(opinions.size, dtype=opinions.dtype), payoffs, scratch)
        self._named._cursor, self._named._top = plain._cursor, plain._top
        self.asked: list[Asked] = []

    def heard(self) -> np.ndarray:
        return np.unique([bee.opinion for bee in self._named])

    def _note(self, question: str, answer: Any, bee: int | None = None) -> Any:
        self.asked.append(Asked(question, answer, bee))
        return answer

    def __getitem__(self, j: int) -> BeeState:
        answer = super().__getitem__(j)
        return self._note(f"neighbours[{j}]", answer, self._named[j].opinion)

    def pick(self, rng: Stream) -> BeeState:
        who = self._named.pick(Stream.on(rng.state.copy())).opinion
        return self._note("neighbours.pick(rng)", super().pick(rng), who)

    def pick_by_payoff(self, rng: Stream) -> BeeState:
        who = self._named.pick_by_payoff(Stream.on(rng.state.copy())).opinion
        return self._note("neighbours.pick_by_payoff(rng)", super().pick_by_payoff(rng), who)

    def payoff_of(self, option: int) -> float:
        return self._note(f"neighbours.payoff_of({option})", super().payoff_of(option))

    def count_of(self, option: int) -> int:
        return self._note(f"neighbours.count_of({option})", super().count_of(option))

    @property
    def total_payoff(self) -> float:
        return self._note("neighbours.total_payoff", super().total_payoff)


def retrace(
    bee: int,
    rule: ImitationRule,
    neighbourhood: Neighbourhood,
    opinions: np.ndarray,
    payoffs: np.ndarray,
    state: np.ndarray,
    n_action: int,
) -> Decision:
    """The decision of one bee, from the opinions, payoffs and stream as they were before the step.

    Bees draw from the hive's one stream in turn, so those before it decide again too.

    Args:
        bee: Its index.
        rule: The rule.
        neighbourhood: Whom a bee hears.
        opinions, payoffs: Before the step, shape (N,) each.
        state: Of the stream, before the step, shape (4,).
        n_action: K.
    """
    rng = Stream.on(state.copy())
    neighbours = Neighbours(opinions, payoffs, Scratch.of(neighbourhood, n_action), rng)
    for place in range(opinions.size):
        listener, shows = neighbours.listen(place, rng)
        if listener != bee:
            rule.decide(shows, neighbours, rng)
            continue
        watched = _WatchedNeighbours(neighbours)
        drawn = _WatchedStream.noting(rng.state, watched.asked)
        after = int(rule.decide(shows, watched, drawn))
        return Decision(bee, shows, after, watched.heard(), tuple(watched.asked))
    raise ValueError(f"bee must be 0 to {opinions.size - 1}, not {bee!r}")
