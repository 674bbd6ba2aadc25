"""Many runs of one learner on one bandit, stepped together.

`LearnerModel` shows one of them as a Mesa model and `ensemble` runs thousands.  Both use the steps
here, so both get the same numbers.  Knows: how updates and draws run in both modes.  Does not know:
Mesa.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from hivemind_abm import checks
from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.batch import PullingBatch
from hivemind_abm.bandits.stepping import driver
from hivemind_abm.engine.loops import compiled
from hivemind_abm.engine.numbers import as_numbers
from hivemind_abm.engine.rows import starting_shares
from hivemind_abm.engine.stream import Stream, stream_on
from hivemind_abm.learners.learner import Learner
from hivemind_abm.learners.passes import UPDATE, WORDS, Parts, keep_learners, update_loop
from hivemind_abm.learners.pulled import Workspace
from hivemind_abm.learners.pulls import Pulls
from hivemind_abm.learners.pulls_compiled import pulls_of

__all__ = ["LearnerBatch", "draw_pulls"]


class LearnerBatch(PullingBatch):
    """R runs of a learner that pulls B of K options per step.

    Building it makes the first pulls, with the initial policy.  A step is an update and the next
    pulls.

    Args:
        learner: The learner, an instance.
        bandit: The bandit, an instance; it gets the policy as the shares of its options.
        seeds: One per run, whatever `seed_sequence` takes.
        initial_shares: The initial policy, K numbers that sum to 1, or None for a uniform one.
        stop_if_end: Stop a run when its policy gives one option all the probability, or at least
            the probability that this is.
        compiled: Run machine code; False runs plain Python, which gives the same numbers.

    Attributes:
        policies: pi, shape (R, K).
        memory: The learners' own numbers, shape (R, memory_size).
    """

    def __init__(
        self,
        learner: Learner,
        bandit: Bandit,
        seeds: Sequence[Any],
        initial_shares: Any = None,
        stop_if_end: bool | float = False,
        compiled: bool = True,
    ) -> None:
        name, k = type(learner).__name__, bandit.n_action
        pulls = checks.whole_number(f"{name}.parallel_envs", learner.parallel_envs, 1)
        workspace = Workspace.of(
            len(seeds),
            k,
            checks.whole_number(f"{name}.memory_size(n_action)", learner.memory_size(k), 0),
        )
        super().__init__(bandit, pulls, seeds, stop_if_end, compiled)
        self._workspace = workspace
        self.learner, self.policies, self.memory = learner, self.shares, workspace.memory
        self._beyond = np.zeros(1, np.int64)
        self.methods.add("update", "learner", learner, "update", self._compiled_loop(), UPDATE)
        self.policies[:] = starting_shares(initial_shares, k)
        self._start()

    def _compiled_loop(self) -> Callable[..., Any]:
        """What makes the compiled pass of `update`."""
        if self.learner.looks_across:
            raise ValueError(
                f"{type(self.learner).__name__} looks at the other players of a game: "
                "use it in a GameModel"
            )
        return update_loop

    def _update_call(self, run: int) -> Callable[..., Any]:
        """`update` in plain Python for a run, a function (policy, pulls, memory, rng)."""
        return self.learner.update

    def _start(self) -> None:
        """Make the first pulls."""
        self._choose_once()
        self._pull_once()

    def _memory(self) -> list[np.ndarray]:
        return [self._workspace.memory, self._workspace.clock]

    def __getstate__(self) -> dict[str, Any]:
        """The attributes but what holds addresses."""
        return {name: value for name, value in self.__dict__.items() if name != "_kept"}

    @cached_property
    def _kept(self) -> np.ndarray:
        """The learners as the compiled passes load them."""
        kept, entry = np.zeros(WORDS + 3, np.int64), slice(WORDS, WORDS + 3)
        kept[entry] = self.methods.entry("update")
        parts = Parts(*self._runner.parts, self._workspace, kept[entry], self._fault, self._beyond)
        keep_learners(parts, kept.ctypes.data)
        return kept

    def advance(self, steps: int) -> None:
        """Do `steps` steps; see `PullingBatch.advance`."""
        update = self.methods["update"]
        if update is None or not self._runner.is_compiled:
            super().advance(steps)
            return
        arguments = (*update.entry, self._kept.ctypes.data, int(self._workspace.clock[0]))
        which = driver()(self._clock, steps, *arguments, *self._runner.parts, self._fault)
        self._clock += steps
        self._workspace.clock[0] += steps
        self._raise_fault(which)

    def _choose(self) -> int:
        update, workspace = self.methods["update"], self._workspace
        updates = int(workspace.clock[0])
        if update is not None:
            bad = int(update.call(self._kept.ctypes.data, 0, len(self.running), updates))
            workspace.clock[0] += bad < 0
            return bad
        for run in np.flatnonzero(self.running):
            if not self._update_in_python(run, updates >= 0):
                return int(run)
        workspace.clock[0] += 1
        return -1

    def _update_in_python(self, run: int | np.integer[Any], began: bool) -> bool:
        """Update the policy of one run and draw its pulls -> whether the policy is valid."""
        workspace = self._workspace
        rng, policy = Stream.on(self.state.streams[run]), self.policies[run]
        if began:
            pulls = Pulls(self.options[run], self.payoffs[run], workspace)
            memory = as_numbers(workspace.memory[run])
            returned = self._update_call(int(run))(as_numbers(policy), pulls, memory, rng)
            if returned is not None:
                raise TypeError(
                    f"{type(self.learner).__name__}.update must return nothing: "
                    f"write into policy, not {returned!r}"
                )
        return bool(draw_pulls(policy, self.options[run], self.payoffs[run], workspace, rng.state))

    def _complaint(self, bad: int) -> str:
        policy = self.policies[bad]
        wrong = (
            f"which sums to {policy.sum():.10g}"
            if policy.min() >= 0.0
            else f"with {policy.min():g} for option {policy.argmin()}"
        )
        return (
            f"{type(self.learner).__name__}.update left the policy {policy}, {wrong}; "
            "a policy must be at least 0 and sum to 1: divide it by its sum"
        )


@compiled
def draw_pulls(policy, options, rewards, workspace, state):
    """Draw new options from a policy.

    Args:
        policy: pi, shape (K,).
        options: Gets the options, shape (B,).
        rewards: The rewards of the pulls, shape (B,); not read.
        workspace: The `Workspace` of the learners.
        state: The state of the stream, shape (4,).

    Returns:
        False if `policy` is not valid: a number below 0, or a sum other than 1.
    """
    return pulls_of(options, rewards, workspace).draw(policy, stream_on(state, 0))
