"""Many runs stepped together: in each, B options are chosen and pulled, and a row is measured.

Knows: how the passes of a step run, compiled or interpreted, and what happens when a user's method
breaks its contract.  Does not know: how the options are chosen; the batches of hives and of
learners do that.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.passes import (
    BANDIT_FAULT,
    CHOOSER_FAULT,
    PULL,
    Measured,
    Pass,
    State,
    choosing_signature,
    driver,
    measure,
    pull_interpreted,
    pull_loop,
)
from hivemind_abm.engine.loops import CompiledLoop, compile_loop
from hivemind_abm.engine.notices import warn_once
from hivemind_abm.engine.rows import Rows
from hivemind_abm.engine.seeds import states_of
from hivemind_abm.engine.source import CannotCompile, other_chance

__all__ = ["PullingBatch"]


class PullingBatch:
    """R runs, in each of which B options out of K are pulled per step.

    Args:
        chooser: The rule or learner, an instance.
        bandit: The bandit, an instance.
        pulls: B.
        seeds: One per run, whatever `seed_sequence` takes.
        workspace: The work arrays of the choosing pass, a named tuple of arrays.
        stop_if_end: Stop a run at consensus.
        compiled: Run machine code; False runs plain Python, which gives the same numbers.

    Attributes:
        state: All that the next steps depend on.
        options, payoffs, shares, running: The arrays of `state`.
        rows: The rows of the runs after the last step.
        steps_done: The number of steps of each run, shape (R,).
        before: For a batch of a single run, the state before the last step; None before the first
            step.
        reasons: Why the chooser or the "bandit" runs interpreted although `compiled` is true.
    """

    # A subclass sets the word for its chooser ("rule"), the chooser's method and its loop.
    what: ClassVar[str]
    method: ClassVar[str]
    loop: ClassVar[Callable[..., Any]]

    def __init__(
        self,
        chooser: Any,
        bandit: Bandit,
        pulls: int,
        seeds: Sequence[Any],
        workspace: Any,
        stop_if_end: bool,
        compiled: bool,
    ) -> None:
        runs, k = len(seeds), bandit.n_action
        self.chooser, self.bandit = chooser, bandit
        self.state = State(
            options=np.zeros((runs, pulls), np.int32),
            payoffs=np.zeros((runs, pulls)),
            shares=np.zeros((runs, k)),
            streams=states_of(seeds),
            running=np.ones(runs, np.bool_),
        )
        self.options, self.payoffs = self.state.options, self.state.payoffs
        self.shares, self.running = self.state.shares, self.state.running
        self.rows = Rows(runs, k)
        self.steps_done = np.full(runs, -1, np.int64)  # 0 once row 0 is measured
        self._measured = Measured(
            _optimal_options(bandit), self.rows.values, self.steps_done, bool(stop_if_end)
        )
        self._workspace = workspace
        self._fault = np.zeros(1, np.int64)
        self.before: State | None = None
        self.reasons: dict[str, str] = {}
        self._choose = self._pull = None
        for instance, name in ((chooser, self.method), (bandit, "pull")):
            self._warn_of_other_chance(instance, name)
        if compiled:
            signature = choosing_signature(type(workspace))
            self._choose = self._compile(
                self.what, chooser, self.method, type(self).loop, signature
            )
            self._pull = self._compile("bandit", bandit, "pull", pull_loop, PULL)

    def _warn_of_other_chance(self, instance: Any, method: str) -> None:
        source = other_chance(type(instance), method)
        if source is not None:
            warn_once(
                f"{type(instance).__name__}.{method} draws from {source}, not from rng: "
                "the same seed will give other numbers",
                stacklevel=4,
            )

    def _compile(
        self, part: str, instance: Any, method: str, loop: Any, signature: Any
    ) -> CompiledLoop | None:
        try:
            return compile_loop(loop, instance, method, signature)
        except CannotCompile as reason:
            self.reasons[part] = str(reason)
            name = f"{type(instance).__name__}.{method}"
            warn_once(f"{name} runs interpreted, not compiled: {reason}", stacklevel=4)
            return None

    def __getstate__(self) -> dict[str, Any]:
        """The attributes; in place of machine code, whether there is any."""
        passes = {"_choose": self._choose is not None, "_pull": self._pull is not None}
        return self.__dict__ | passes

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take over the attributes, and compile again what was compiled."""
        self.__dict__.update(state)
        signature = choosing_signature(type(self._workspace))
        choose = self.what, self.chooser, self.method, type(self).loop, signature
        self._choose = self._compile(*choose) if state["_choose"] else None
        pull = "bandit", self.bandit, "pull", pull_loop, PULL
        self._pull = self._compile(*pull) if state["_pull"] else None

    @property
    def mode(self) -> dict[str, str]:
        """How the chooser and the bandit run: "compiled" or "interpreted"."""
        passes = {self.what: self._choose, "bandit": self._pull}
        return {part: "interpreted" if run is None else "compiled" for part, run in passes.items()}

    def step(self) -> None:
        """Do one step of all runs that have not stopped.

        Raises:
            ValueError, TypeError: A user's method broke its contract.  A batch of a single run is
                left as it was before the step.
        """
        if len(self.running) > 1:
            self.advance(1)
            return
        self._check_state()
        before = self.state.copy()
        memory = [array.copy() for array in self._memory()]
        try:
            self.advance(1)
        except Exception:
            for array, old in zip([*self.state, *self._memory()], [*before, *memory], strict=True):
                array[:] = old
            raise
        self.before = before

    def _check_state(self) -> None:
        """That what others may have written to since the last step is still in its bounds."""
        k, options, payoffs = self.bandit.n_action, self.options[0], self.payoffs[0]
        wrong = np.flatnonzero(options.view(np.uint32) >= k)
        if wrong.size:
            raise ValueError(
                f"options (opinions) must be 0 to {k - 1}, "
                f"not {options[wrong[0]]} at place {wrong[0]}"
            )
        wrong = np.flatnonzero(~((payoffs >= 0.0) & (payoffs <= 1.0)))
        if wrong.size:
            raise ValueError(
                f"payoffs must lie in [0, 1], not {payoffs[wrong[0]]} at place {wrong[0]}"
            )

    def _memory(self) -> list[np.ndarray]:
        """The arrays beyond `state` that the next steps depend on."""
        return []

    def advance(self, steps: int) -> None:
        """Do `steps` steps of all runs that have not stopped; `rows` then holds the last rows.

        Raises:
            ValueError, TypeError: A user's method broke its contract; the batch must not be used
                again.
        """
        if self._choose is None or self._pull is None:
            for _ in range(steps):
                self._choose_once()
                self._pull_once()
            return
        drive = driver(type(self._workspace))  # type: ignore[arg-type]
        passes = Pass.of(self._choose), Pass.of(self._pull)
        which = drive(steps, *passes, self.state, self._workspace, self._measured, self._fault)
        self._raise_fault(which)

    def _choose_once(self) -> None:
        if self._choose is not None:
            self._fault[0] = self._choose.run(self.state, self._workspace)
        else:
            self._fault[0] = self._choose_interpreted()
        self._raise_fault(CHOOSER_FAULT if self._fault[0] >= 0 else 0)

    def _pull_once(self) -> None:
        if self._pull is not None:
            self._fault[0] = self._pull.run(self.state)
        else:
            self._fault[0] = pull_interpreted(self.bandit, self.state)
        self._raise_fault(BANDIT_FAULT if self._fault[0] >= 0 else 0)
        measure(self.state, self._measured, 1)

    def _raise_fault(self, which: int) -> None:
        place = int(self._fault[0])
        if which == CHOOSER_FAULT:
            raise ValueError(self._complaint(place))
        if which == BANDIT_FAULT:
            option, reward = self.options.flat[place], self.payoffs.flat[place]
            raise ValueError(
                f"{type(self.bandit).__name__}.pull returned reward {reward} for option {option}; "
                "a reward must lie in [0, 1]"
            )

    def _choose_interpreted(self) -> int:
        """The choosing pass in plain Python.

        Returns:
            The position of a fault, for `_complaint`, or -1.
        """
        raise NotImplementedError

    def _complaint(self, place: int) -> str:
        """The error message for a fault of the choosing pass at this position."""
        raise NotImplementedError


def _optimal_options(bandit: Bandit) -> np.ndarray:
    """`Bandit.optimal_options`, computed once for equal bandits."""
    try:
        return _remembered_optimal_options(bandit)
    except TypeError:  # a bandit that cannot be hashed, or a mistake in it: then this raises it
        return np.asarray(bandit.optimal_options(), np.int64)


@lru_cache(maxsize=256)
def _remembered_optimal_options(bandit: Bandit) -> np.ndarray:
    return np.asarray(bandit.optimal_options(), np.int64)
