"""Many runs stepped together: in each, B options are chosen and pulled, and a row is measured.

Knows: how the passes of a step run, compiled or interpreted, and what happens when a user's method
breaks its contract.  Does not know: how the options are chosen; the batches of hives and of
learners do that.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.passes import BANDIT_FAULT, CHOOSER_FAULT, Measured, State
from hivemind_abm.bandits.runner import BanditRunner, initially_optimal
from hivemind_abm.bandits.stepping import measure_all
from hivemind_abm.checks import whole_number
from hivemind_abm.engine.methods import Methods
from hivemind_abm.engine.rows import Rows, quorum_of, record_by_steps
from hivemind_abm.engine.seeds import states_of

__all__ = ["PullingBatch"]


class PullingBatch:
    """R runs, in each of which B options out of K are pulled per step.

    Args:
        bandit: The bandit, an instance.
        pulls: B.
        seeds: One per run, whatever `seed_sequence` takes.
        stop_if_end: Stop a run at consensus, or at the share of an option that it names.
        compiled: Run machine code; False runs plain Python, which gives the same numbers.
        uncommitted: Whether an option can be K, which means none.
        kinds: As for `Rows`.

    Attributes:
        state: All that the next steps depend on, apart from the choosers' own numbers.
        options, payoffs, shares, running: The arrays of `state`.
        rows: The rows of the runs after the last step.
        steps_done: The number of steps of each run, shape (R,).
        before: For a batch of a single run, the state before the last step; None before the first
            step.
        methods: The users' methods that the runs call.
    """

    def __init__(
        self,
        bandit: Bandit,
        pulls: int,
        seeds: Sequence[Any],
        stop_if_end: bool | float,
        compiled: bool,
        uncommitted: bool = False,
        kinds: int = 0,
    ) -> None:
        runs, k = len(seeds), bandit.n_action
        self.bandit, self.methods = bandit, Methods(compiled)
        name = f"{type(bandit).__name__}.memory_size(n_action)"
        size = whole_number(name, bandit.memory_size(k), 0)
        self.state = State(
            options=np.zeros((runs, pulls), np.int32),
            payoffs=np.zeros((runs, pulls)),
            shares=np.zeros((runs, k)),
            streams=states_of(seeds),
            running=np.ones(runs, np.bool_),
            worlds=np.zeros((runs, size)),
        )
        self.options, self.payoffs = self.state.options, self.state.payoffs
        self.shares, self.running = self.state.shares, self.state.running
        self.rows = Rows(runs, k, uncommitted, kinds)
        self.steps_done = np.full(runs, -1, np.int64)  # 0 once row 0 is measured
        self._measured = Measured(
            self._initially_optimal(runs),
            self.rows.values,
            self.steps_done,
            quorum_of(stop_if_end),
            int(uncommitted),
        )
        self._runner = self._new_runner()
        self._fault = np.zeros(2, np.int64)  # the place of a fault; a hive's index
        self._clock = 0  # the number of the row to which the next payoffs belong
        self.before: State | None = None

    def _initially_optimal(self, runs: int) -> np.ndarray:
        """The options that count as best; see `Measured.optimal`."""
        return initially_optimal(self.bandit, runs)

    def _new_runner(self) -> BanditRunner:
        """The bandit's methods for these runs."""
        return BanditRunner(self.bandit, self.methods, self.state, self._measured)

    @property
    def reasons(self) -> dict[str, str]:
        """Why a part runs interpreted although `compiled` is true."""
        return self.methods.reasons

    @property
    def mode(self) -> dict[str, str]:
        """How the chooser and the bandit run: "compiled" or "interpreted"."""
        return self.methods.mode

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
        before, clock = self.state.copy(), self._clock
        memory = [array.copy() for array in self._memory()]
        try:
            self.advance(1)
        except BaseException:
            for array, old in zip([*self.state, *self._memory()], [*before, *memory], strict=True):
                array[:] = old
            self._clock = clock
            raise
        self.before = before
        self._remember(memory)

    def _remember(self, memory: list[np.ndarray]) -> None:
        """Keep the numbers of `_memory` as they were before the last step."""

    def _check_state(self) -> None:
        """That what others may have written to since the last step is still in its bounds."""
        k, options, payoffs = self.bandit.n_action, self.options[0], self.payoffs[0]
        most = k - 1 + self._measured.uncommitted
        wrong = np.flatnonzero(options.view(np.uint32) > most)
        if wrong.size:
            raise ValueError(
                f"options (opinions) must be 0 to {most}, "
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
        for _ in range(steps):
            self._clock += 1
            self._choose_once()
            self._pull_once()

    def record(self, rows: int, every: int) -> np.ndarray:
        """Do `rows` times `every` steps.

        Args:
            rows: How many rows to return.
            every: Steps from one row to the next.

        Returns:
            The rows of the runs, shape (rows, R, columns); the last row of a run that has stopped
            is repeated.

        Raises:
            ValueError, TypeError: As for `advance`.
        """
        return record_by_steps(self, rows, every)

    def _choose_once(self) -> None:
        self._fault[0] = self._choose()
        self._raise_fault(CHOOSER_FAULT if self._fault[0] >= 0 else 0)

    def _pull_once(self) -> None:
        self._runner.change(self._clock)
        self._fault[0] = self._runner.pull(self._clock)
        self._raise_fault(BANDIT_FAULT if self._fault[0] >= 0 else 0)
        measure_all(*self._runner.parts, 1)

    def _raise_fault(self, which: int) -> None:
        place = int(self._fault[0])
        if which == CHOOSER_FAULT:
            raise ValueError(self._complaint(place))
        if which == BANDIT_FAULT:
            option, reward = self.options.flat[place], self.payoffs.flat[place]
            raise ValueError(self._complaint_of_pull(int(option), float(reward)))

    def _complaint_of_pull(self, option: int, reward: float) -> str:
        """The error message for a reward outside [0, 1]."""
        return (
            f"{type(self.bandit).__name__}.pull returned reward {reward} for option {option}; "
            "a reward must lie in [0, 1]"
        )

    def _choose(self) -> int:
        """The choosing pass.

        Returns:
            The position of a fault, for `_complaint`, or -1.
        """
        raise NotImplementedError

    def _complaint(self, place: int) -> str:
        """The error message for a fault of the choosing pass at this position."""
        raise NotImplementedError
