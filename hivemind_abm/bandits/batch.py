"""Many runs stepped together: in each, something chooses B options, they are pulled, and a row is measured.

Knows: the passes over the runs that a step consists of, compiled once per rule, learner or bandit or run as plain Python, and the
one compiled function that calls them step after step.  Does not know: how the options are chosen; that is up to `hive_batch` and
`learner_batch`.
"""

import warnings
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Any, ClassVar

import numpy as np
from numba import carray, types

from hivemind_abm.bandits.bandit import ROUNDING, Bandit
from hivemind_abm.engine.loops import (
    CannotCompile,
    Fields,
    Loop,
    call_at,
    compile_loop,
    compiled,
    entry_of,
    four_words,
    must_return,
    pointer,
)
from hivemind_abm.engine.seeds import states_of
from hivemind_abm.engine.stream import Stream, give_back, lend

__all__ = ["PullingBatch"]


class PullingBatch:
    """R runs, in each of which B options out of K are pulled a step.

    Args:
        chooser: The rule or learner, an instance.
        bandit: The bandit, an instance.
        pulls: B.
        seeds: One a run, whatever `seed_sequence` takes.
        work: What the choosing pass needs beyond what all need, a named tuple of arrays.
        stop_if_end: Stop a run at consensus.
        compiled: Run machine code; False runs plain Python, which gives the same numbers.

    Attributes:
        options: What is pulled, shape (R, B), dtype int32.
        payoffs: Rewards of these pulls, shape (R, B).
        shares: What the bandit takes for the shares of the options, shape (R, K).
        measures: One row a run, shape (R, K + 3), in the order of `recorded.measure_names`.
        running: False for a stopped run, shape (R,).
        made: Steps that each run has made, shape (R,).
        before: For a run that is alone, its streams, options, payoffs and shares before the last step; empty before the first.
        reasons: Why the chooser or the "bandit" runs interpreted although it was to be compiled.
    """

    # What a subclass says of its choosing pass: what its chooser is called, its method, the loop around it, and its `work`.
    what: ClassVar[str]
    method: ClassVar[str]
    loop: ClassVar[Callable[..., Any]]
    work_type: ClassVar[Any]

    def __init__(
        self,
        chooser: Any,
        bandit: Bandit,
        pulls: int,
        seeds: Sequence[Any],
        work: Any,
        stop_if_end: bool,
        compiled: bool,
    ) -> None:
        runs, k = len(seeds), bandit.n_action
        self.chooser, self.bandit, self.stop_if_end = chooser, bandit, stop_if_end
        self.options = np.zeros((runs, pulls), np.int32)
        self.payoffs = np.zeros((runs, pulls))
        self.shares = np.zeros((runs, k))
        self.measures = np.zeros((runs, k + 3))
        self.running = np.ones(runs, np.bool_)
        self.made = np.full(
            runs, -1, np.int64
        )  # row 0, which is measured when a batch is built, is no step
        self._streams = states_of(seeds)
        self._work = work
        self._fault = np.zeros(1, np.int64)
        self._optimal = (
            _optimal_options(bandit)
            if _is_hashable(bandit)
            else np.asarray(bandit.optimal_options(), np.int64)
        )
        self.before: list[np.ndarray] = []
        self.reasons: dict[str, str] = {}
        signature = _choose_signature(self.work_type)
        self._choose = (
            self._compile(self.what, chooser, self.method, type(self).loop, signature)
            if compiled
            else None
        )
        self._pull = (
            self._compile("bandit", bandit, "pull", _pull_loop, _PULL) if compiled else None
        )

    def _compile(
        self, part: str, instance: Any, method: str, loop: Any, signature: Any
    ) -> tuple[Fields, Loop] | None:
        try:
            return Fields.of(instance, method), compile_loop(loop, instance, method, signature)
        except CannotCompile as reason:
            self.reasons[part] = str(reason)
            _warn_once(
                f"{type(instance).__name__}.{method} runs interpreted, not compiled: {reason}"
            )
            return None

    @property
    def way(self) -> dict[str, str]:
        """How the chooser and the bandit run: "compiled" or "interpreted"."""
        passes = {self.what: self._choose, "bandit": self._pull}
        return {part: "interpreted" if run is None else "compiled" for part, run in passes.items()}

    def step(self) -> None:
        """One step of all runs that have not stopped.

        Raises:
            ValueError, TypeError: A user's method broke its contract; a run that is alone is as it was before the step.
        """
        alone = len(self._streams) == 1
        state = self._state()
        before = [array.copy() for array in state] if alone else []
        try:
            self.advance(1)
        except Exception:
            for array, old in zip(state, before, strict=False):
                array[:] = old
            raise
        self.before = before

    def _state(self) -> list[np.ndarray]:
        """All that the next steps depend on."""
        return [self._streams, self.options, self.payoffs, self.shares]

    def advance(self, steps: int) -> None:
        """So many steps of all runs that have not stopped; `measures` holds the last one's row.

        Raises:
            ValueError, TypeError: A user's method broke its contract; the runs are of no further use.
        """
        state = (self.options, self.payoffs, self.shares, self._streams, self.running)
        measured = (self._optimal, self.measures, self.made, self.stop_if_end)
        if self._choose is not None and self._pull is not None:
            (fields, choose), (bandit, pull) = self._choose, self._pull
            drive = _driver(self.work_type)
            passes = (
                choose.address,
                fields.integers,
                fields.reals,
                pull.address,
                bandit.integers,
                bandit.reals,
            )
            self._raise_fault(drive(steps, *passes, *state, self._work, *measured, self._fault))
            return
        for _ in range(steps):
            self._choose_once()
            self._pull_once()

    def _choose_once(self) -> None:
        state = (self.options, self.payoffs, self.shares, self._streams, self.running)
        if self._choose is not None:
            fields, loop = self._choose
            bad = loop.run(fields.integers, fields.reals, *state, self._work)
        else:
            bad = self._choose_interpreted()
        self._fault[0] = bad
        self._raise_fault(int(bad >= 0))

    def _pull_once(self) -> None:
        state = (self.options, self.payoffs, self.shares, self._streams, self.running)
        if self._pull is not None:
            fields, loop = self._pull
            bad = loop.run(fields.integers, fields.reals, *state)
        else:
            bad = _pull_interpreted(self.bandit, *state)
        self._fault[0] = bad
        self._raise_fault(2 * int(bad >= 0))
        _measure(
            self.options,
            self.payoffs,
            self.shares,
            self.running,
            self._optimal,
            self.measures,
            self.made,
            self.stop_if_end,
            1,
        )

    def _raise_fault(self, which: int) -> None:
        bad = int(self._fault[0])
        if which == 1:
            raise ValueError(self._complaint(bad))
        if which == 2:
            option, reward = self.options.flat[bad], self.payoffs.flat[bad]
            raise ValueError(
                f"{type(self.bandit).__name__}.pull returned reward {reward} for option {option}; a reward must lie in [0, 1]"
            )

    def _choose_interpreted(self) -> int:
        """The choosing pass in plain Python; returns what `_complaint` takes, or -1."""
        raise NotImplementedError

    def _complaint(self, bad: int) -> str:
        """What is wrong where the choosing pass returned `bad`."""
        raise NotImplementedError


def _is_hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


@lru_cache(maxsize=256)
def _warn_once(message: str) -> None:
    warnings.warn(message, RuntimeWarning, stacklevel=5)


@lru_cache(maxsize=256)
def _optimal_options(bandit: Bandit) -> np.ndarray:
    return np.asarray(bandit.optimal_options(), np.int64)


# ---------------------------------------------------------------------------------------------------------------------
# The passes that all batches share

_ints, _reals = types.int64[::1], types.float64[::1]
_options, _table = types.int32[:, ::1], types.float64[:, ::1]
_STATE = (_options, _table, _table, types.uint64[:, ::1], types.boolean[::1])
_PULL = types.int64(_ints, _reals, *_STATE)

_reward = must_return(
    "a reward, a number", (types.Float, types.Integer, types.IntegerLiteral, types.Boolean)
)


def _choose_signature(work_type: Any) -> Any:
    return types.int64(_ints, _reals, *_STATE, work_type)


def _pull_loop(pull: Any, build: Any) -> Callable[..., int]:
    def loop(integers, reals, options, payoffs, shares, streams, running):
        bandit = build(integers, reals)
        n, k = options.shape[1], shares.shape[1]
        for run in range(options.shape[0]):
            if not running[run]:
                continue
            chosen, paid = pointer(options, run * n), pointer(payoffs, run * n)
            x = carray(pointer(shares, run * k), (k,))  # a view that counts no references
            rng = lend(streams, 4 * run, four_words())
            for b in range(n):
                reward = _reward(pull(bandit, np.int64(chosen[b]), x, rng))
                paid[b] = reward
                if not 0.0 <= reward <= 1.0:
                    if not -ROUNDING <= reward <= 1.0 + ROUNDING:
                        return run * n + b
                    paid[b] = min(max(reward, 0.0), 1.0)
            give_back(streams, 4 * run, rng)
        return -1

    return loop


def _pull_interpreted(
    bandit: Bandit,
    options: np.ndarray,
    payoffs: np.ndarray,
    shares: np.ndarray,
    streams: np.ndarray,
    running: np.ndarray,
) -> int:
    n = options.shape[1]
    for run in np.flatnonzero(running):
        rng = Stream.on(streams[run])
        for b in range(n):
            reward = bandit.pull(int(options[run, b]), shares[run], rng)
            if not isinstance(reward, bool | int | float | np.number | np.bool_):
                raise TypeError(
                    f"{type(bandit).__name__}.pull must return a reward, a number, not {reward!r}"
                )
            payoffs[run, b] = reward
            if not -ROUNDING <= reward <= 1.0 + ROUNDING:
                return int(run) * n + b
            payoffs[run, b] = min(max(reward, 0.0), 1.0)
    return -1


@compiled
def _measure(options, payoffs, shares, running, optimal, measures, made, stop_if_end, steps):
    n, k = options.shape[1], shares.shape[1]
    for run in range(options.shape[0]):
        if not running[run]:
            continue
        row, paid = measures[run], payoffs[run]
        row[0] = 0.0
        for option in optimal:
            row[0] += shares[run, option]
        a = b = c = d = 0.0
        for pull in range(0, n - 3, 4):
            a, b, c, d = a + paid[pull], b + paid[pull + 1], c + paid[pull + 2], d + paid[pull + 3]
        for pull in range(n - n % 4, n):
            a += paid[pull]
        row[1] = ((a + b) + (c + d)) / n
        end = False
        for option in range(k):
            row[2 + option] = shares[run, option]
            end = end or shares[run, option] == 1.0
        row[2 + k] = end
        running[run] = not (stop_if_end and end)
        made[run] += steps


@cache
def _driver(work_type: Any) -> Callable[..., int]:
    numbers = (types.int64, _ints, _reals)
    measured = (_ints, _table, _ints, types.boolean)
    return entry_of(
        _drive, types.int64(types.int64, *numbers, *numbers, *_STATE, work_type, *measured, _ints)
    )


@compiled
def _drive(
    steps,
    choose,
    choose_integers,
    choose_reals,
    pull,
    pull_integers,
    pull_reals,
    options,
    payoffs,
    shares,
    streams,
    running,
    work,
    optimal,
    measures,
    made,
    stop_if_end,
    fault,
):
    """Steps of all three passes; returns which pass found a fault (1 or 2), or 0."""
    for step in range(steps):
        fault[0] = call_at(
            choose,
            (choose_integers, choose_reals, options, payoffs, shares, streams, running, work),
        )
        if fault[0] >= 0:
            return 1
        fault[0] = call_at(
            pull, (pull_integers, pull_reals, options, payoffs, shares, streams, running)
        )
        if fault[0] >= 0:
            return 2
        if stop_if_end or step == steps - 1:
            _measure(
                options,
                payoffs,
                shares,
                running,
                optimal,
                measures,
                made,
                stop_if_end,
                1 if stop_if_end else steps,
            )
    return 0
