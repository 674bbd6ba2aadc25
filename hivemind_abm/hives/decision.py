"""Why a bee did what it did: one decision of the last step, replayed with every question recorded.

Knows: how to replay a step of a hive from the state before it, with one bee watched.  Does not
know: Mesa, or how a decision is shown.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hivemind_abm.engine.stream import Stream
from hivemind_abm.hives.bees import Bees, BeeView, Workspace
from hivemind_abm.hives.interpreted import Interpreter, loop_of_rule
from hivemind_abm.hives.neighbours import Neighbours
from hivemind_abm.hives.passes import HiveArrays
from hivemind_abm.hives.rules import ImitationRule
from hivemind_abm.hives.updating import checked_opinion, deciding

if TYPE_CHECKING:
    from hivemind_abm.hives.batch import HiveBatch

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
        before: The bee as it was when it decided, with its memory.
        after: The opinion that it decided for.
        heard: The indices of the bees that it could hear, in increasing order, shape (any,).
        asked: What the rule asked, in order.
        memory: The bee's own numbers after the decision, shape (memory_size,).
        times: How often it decided in the step.  In an asynchronous hive this is the last decision;
            where it is 0, nothing was heard and asked, and the bee keeps its opinion.
    """

    bee: int
    before: BeeView
    after: int
    heard: np.ndarray
    asked: tuple[Asked, ...]
    memory: np.ndarray
    times: int = 1


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
    after the plain ones, with a copy of the stream, and so give the index of the bee.
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

    def __getitem__(self, j: int) -> BeeView:
        answer = super().__getitem__(j)
        return self._note(f"neighbours[{j}]", answer, self._named[j].opinion)

    def pick(self, rng: Stream) -> BeeView:
        state = rng.state.copy()
        answer = super().pick(rng)
        who = self._named.pick(Stream.on(state)).opinion
        return self._note("neighbours.pick(rng)", answer, who)

    def pick_by_payoff(self, rng: Stream) -> BeeView:
        state = rng.state.copy()
        answer = super().pick_by_payoff(rng)
        who = self._named.pick_by_payoff(Stream.on(state)).opinion
        return self._note("neighbours.pick_by_payoff(rng)", answer, who)

    def payoff_of(self, option: int) -> float:
        return self._note(f"neighbours.payoff_of({option})", super().payoff_of(option))

    def count_of(self, option: int) -> int:
        return self._note(f"neighbours.count_of({option})", super().count_of(option))

    @property
    def total_payoff(self) -> float:
        return self._note("neighbours.total_payoff", super().total_payoff)


class _Retracer(Interpreter):
    """A step of one hive in which the decisions of one bee are recorded.

    Attributes:
        bee: The bee.
        decisions: Its decisions.
    """

    def __init__(self, batch: "HiveBatch", bee: int) -> None:
        """Take over the hive of a batch as it was before its last step; the batch is unchanged."""
        if batch.before is None or batch.arrays_before is None:
            raise ValueError("no step has been made yet: bees decide in a step")
        state, arrays = batch.before.copy(), HiveArrays(*map(np.copy, batch.arrays_before))
        if batch.arrays.shown is batch.payoffs:  # as there
            arrays = arrays._replace(shown=state.payoffs)
        self.bee: int = bee
        self.decisions: list[Decision] = []
        one_at_a_time = batch._updating.events > 0
        super().__init__(
            batch.rules,
            batch._own,
            batch._runner.for_state(state),
            batch.methods,
            lambda hive: Bees(state.options[hive], arrays.shown[hive]),
            arrays,
            Workspace.of(batch.neighbourhood, batch._workspace.sums.size, one_at_a_time),
            batch._updating,
            self._loop,
        )

    def _loop(self, rule: ImitationRule, method: str) -> Callable[..., int]:
        if method != "decide":
            return loop_of_rule(rule, method)

        def decide(rule: ImitationRule, bee: BeeView, neighbours: Neighbours, rng: Stream) -> int:
            if neighbours._me != self.bee:
                return rule.decide(bee, neighbours, rng)
            before = BeeView.of(bee.opinion, bee.payoff, bee.step, bee.memory.copy())
            watched = _WatchedNeighbours(neighbours)
            drawn = _WatchedStream.noting(rng.state, watched.asked)
            after = int(rule.decide(bee, watched, drawn))
            heard, asked = watched.heard(), tuple(watched.asked)
            memory, times = bee.memory.copy(), len(self.decisions) + 1
            self.decisions.append(Decision(self.bee, before, after, heard, asked, memory, times))
            return after

        return deciding(decide, checked_opinion(type(rule).__name__))

    def _call(self, method: str, kind: int, hive: int, first: int, last: int, number: int) -> bool:
        if method != "decide":
            return super()._call(method, kind, hive, first, last, number)
        places = [p for p in range(first, last) if self._neighbours.at(p) == self.bee]
        if not places or (len(self.rules) > 1 and self.arrays.follows[hive, self.bee] != kind):
            return super()._call(method, kind, hive, first, last, number)
        for start, end in ((first, places[0]), (places[0] + 1, last)):
            if super()._call(method, kind, hive, start, end, number):
                return True
            if end == places[0]:
                self._watch(kind, end)
        return False

    def _watch(self, kind: int, place: int) -> None:
        neighbours = self._neighbours.of_rule(int(self.own[kind]))
        loop, chance = self._loops["decide", kind], self.updating.chance
        loop(self.rules[kind], neighbours, place, place + 1, -1, chance, self._rng)


def retrace(bee: int, batch: "HiveBatch", number: int) -> Decision:
    """What one bee decided in the last step of a batch of one hive.

    Bees draw from the hive's one stream in turn, so the step is replayed.

    Args:
        bee: Its index, 0 .. N - 1.
        batch: The batch; not changed.
        number: The number of its last step.

    Raises:
        ValueError: No step has been made.
    """
    retracer = _Retracer(batch, bee)
    arrays, state = retracer.arrays, retracer.runner.state
    own = int(batch._own[int(arrays.follows[0, bee]) if arrays.follows.size else 0])
    width = batch._updating.width
    memory = arrays.memory[0, bee * width : bee * width + own].copy()
    view = BeeView.of(int(state.options[0, bee]), float(state.payoffs[0, bee]), number, memory)
    if batch._updating.events:
        retracer.step(0, number)
    else:
        retracer.decide_once(0, number)
    if retracer.decisions:
        return retracer.decisions[-1]
    return Decision(bee, view, view.opinion, np.zeros(0, np.int64), (), memory, 0)
