"""Many runs of one learner on one bandit, stepped together.

`LearnerModel` shows one of them as a Mesa model, `ensemble` runs thousands; both step here, so both get the same numbers.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numba import carray, types

from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.batch import PullingBatch
from hivemind_abm.engine.loops import compiled, four_words, must_return, pointer
from hivemind_abm.engine.record import starting_shares
from hivemind_abm.engine.stream import Stream, give_back, lend, stream_on
from hivemind_abm.learners.learner import Learner
from hivemind_abm.learners.pulls import Desk, Pulls, desk_type, pulls_of

__all__ = ["LearnerBatch", "draw_pulls"]

_nothing = must_return("nothing: write into policy", (types.NoneType,))


def _update_loop(update: Any, build: Any) -> Callable[..., int]:
    def loop(integers, reals, options, rewards, policies, streams, running, desk):
        learner = build(integers, reals)
        k, m = policies.shape[1], desk.memory.shape[1]
        began = desk.clock[0] >= 0
        first = pulls_of(options, rewards, desk)
        for run in range(options.shape[0]):
            if not running[run]:
                continue
            rng = lend(streams, 4 * run, four_words())
            policy, pulls = carray(pointer(policies, run * k), (k,)), first.of_run(run)
            if began:
                _nothing(
                    update(learner, policy, pulls, carray(pointer(desk.memory, run * m), (m,)), rng)
                )
            if not pulls.draw(policy, rng):
                return run
            give_back(streams, 4 * run, rng)
        desk.clock[0] += 1
        return -1

    return loop


class LearnerBatch(PullingBatch):
    """R runs of a learner that pulls B of K options a step.

    Building it makes the first pulls, with the policy to start with; a step is an update and the next pulls.

    Args:
        learner: The learner, an instance.
        bandit: The bandit, an instance; it takes the policy for the shares of its options.
        seeds: One a run, whatever `seed_sequence` takes.
        initial_shares: The policy at the start, K numbers that sum to 1, or None for a uniform one.
        stop_if_end: Stop a run when its policy gives one option all the probability.
        compiled: Run machine code; False runs plain Python, which gives the same numbers.

    Attributes:
        policies: pi, shape (R, K).
        memory: The learners' own numbers, shape (R, memory_size).
    """

    what = "learner"
    method = "update"
    loop = _update_loop
    work_type = desk_type

    def __init__(
        self,
        learner: Learner,
        bandit: Bandit,
        seeds: Sequence[Any],
        initial_shares: Any = None,
        stop_if_end: bool = False,
        compiled: bool = True,
    ) -> None:
        name, k = type(learner).__name__, bandit.n_action
        pulls = _whole(f"{name}.parallel_envs", learner.parallel_envs, 1)
        desk = Desk.of(
            len(seeds), k, _whole(f"{name}.memory_size(n_action)", learner.memory_size(k), 0)
        )
        super().__init__(learner, bandit, pulls, seeds, desk, stop_if_end, compiled)
        self.learner, self.policies, self.memory = learner, self.shares, desk.memory
        self.policies[:] = starting_shares(initial_shares, k)
        self._choose_once()
        self._pull_once()

    def _state(self) -> list[np.ndarray]:
        return [*super()._state(), self._work.memory, self._work.clock]

    def _choose_interpreted(self) -> int:
        desk, began = self._work, self._work.clock[0] >= 0
        for run in np.flatnonzero(self.running):
            rng, policy = Stream.on(self._streams[run]), self.policies[run]
            if began:
                pulls = Pulls(self.options[run], self.payoffs[run], desk)
                returned: Any = self.learner.update(  # type: ignore[func-returns-value]
                    policy, pulls, desk.memory[run], rng
                )
                if returned is not None:
                    raise TypeError(
                        f"{type(self.learner).__name__}.update must return nothing: write into policy, not {returned!r}"
                    )
            if not draw_pulls(policy, self.options[run], self.payoffs[run], desk, rng.state):
                return int(run)
        desk.clock[0] += 1
        return -1

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
def draw_pulls(policy, options, rewards, desk, state):
    """Options anew by a policy, into `options`; False where the policy isn't one."""
    return pulls_of(options, rewards, desk).draw(policy, stream_on(state, 0))


def _whole(name: str, value: Any, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, not {value!r}")
    return int(value)
