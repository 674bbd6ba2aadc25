"""Why a bee did what it did: one decision of the last step, replayed with every question recorded.

Knows: how to replay a hive's choosing pass in plain Python from the state before it.  Does not
know: Mesa, or how a decision is shown.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from hivemind_abm.engine.stream import Stream
from hivemind_abm.hives.bees import Bees, BeeState, Workspace
from hivemind_abm.hives.neighbourhood import Neighbourhood
from hivemind_abm.hives.neighbours import Neighbours
from hivemind_abm.hives.rules import ImitationRule
from hivemind_abm.hives.updating import checked_opinion, synchronous

__all__ = ["Asked", "Decision", "retrace"]


@dataclass(frozen=True)
class Asked:
    """One question that a rule asked.

    Attributes:
        question: The call as it stands in the code, "rng.random()" for instance.
        answer: What it returned.
        bee: The index of the bee that the answer describes, or None.
    """

    question: str
    answer: Any
    bee: int | None = None


@dataclass(frozen=True)
class Decision:
    """What one bee decided in one step, and why.

    Attributes:
        bee: Its index.
        before: The opinion and payoff that it showed before the step.
        after: The opinion that it decided for.
        heard: The indices of the bees that it could hear, in increasing order, shape (any,).
        asked: What the rule asked, in order.
    """

    bee: int
    before: BeeState
    after: int
    heard: np.ndarray
    asked: tuple[Asked, ...]


class _WatchedStream(Stream):
    """A stream that records what is drawn from it."""

    __slots__ = ("asked",)

    asked: list[Asked]

    @classmethod
    def noting(cls, state: np.ndarray, asked: list[Asked]) -> "_WatchedStream":
        """A stream on `state` that appends to `asked`."""
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
    """Neighbours that record what they are asked.

    `_named` are the same neighbours with each bee's index in place of its opinion.  They are asked
    first, with a copy of the stream, and so give the index of the bee.
    """

    __slots__ = ("_named", "asked")

    def __init__(self, plain: Neighbours) -> None:
        for name in Neighbours.__slots__:
            setattr(self, name, getattr(plain, name))
        opinions = plain._bees.opinion
        self._named = plain.with_opinions(np.arange(opinions.size, dtype=opinions.dtype))
        self.asked: list[Asked] = []

    def heard(self) -> np.ndarray:
        """The indices of all neighbours, increasing, shape (any,)."""
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
    bees: Bees,
    stream: np.ndarray,
    n_action: int,
) -> Decision:
    """The decision of one bee, from the bees and the stream as they were before the step.

    Bees draw from the hive's one stream in turn.  So the step is replayed; after the decision of
    this bee, all others keep their opinions.

    Args:
        bee: Its index, 0 .. N - 1.
        rule: The rule.
        neighbourhood: Which bees a bee hears.
        bees: The bees before the step; not changed.
        stream: The state of the hive's stream before the step, shape (4,); not changed.
        n_action: K.
    """
    decisions: list[Decision] = []

    def decide(rule: ImitationRule, shows: BeeState, neighbours: Neighbours, rng: Stream) -> int:
        if decisions:
            return shows.opinion
        if neighbours._me != bee:
            return rule.decide(shows, neighbours, rng)
        watched = _WatchedNeighbours(neighbours)
        drawn = _WatchedStream.noting(rng.state, watched.asked)
        after = int(rule.decide(shows, watched, drawn))
        decisions.append(Decision(bee, shows, after, watched.heard(), tuple(watched.asked)))
        return after

    rng, workspace = Stream.on(stream.copy()), Workspace.of(neighbourhood, n_action)
    neighbours = Neighbours(bees, workspace, rng)
    step = synchronous(decide, checked_opinion(type(rule).__name__))
    step(rule, bees.opinion.copy(), np.zeros(n_action), neighbours, workspace.adopted, rng)
    return decisions[0]
