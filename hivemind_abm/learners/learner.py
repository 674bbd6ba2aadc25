"""The base class of learners: what one reinforcement learner does with the rewards of its pulls.

pi_a is the probability that the policy gives option a, r the reward of a pull, e_a the policy that is all on option a.
"""

from typing import TYPE_CHECKING

from hivemind_abm.registry import Named

if TYPE_CHECKING:  # the machine code is loaded where a learner runs, not where it is defined
    import numpy as np

    from hivemind_abm.engine.stream import Stream
    from hivemind_abm.learners.pulls import Pulls

__all__ = ["Learner"]


class Learner(Named):
    """A reinforcement learner.  Subclass it as a frozen dataclass and write `update`.

    Attributes:
        parallel_envs: B, how many pulls it makes a step, each with its policy and an environment of its own; 1 unless a subclass
            says otherwise, as a field for instance.
        dynamic: The replicator that its expected step follows, if one is known: "TRD", "MRD" or None.
        rate: How much of the replicator's time one step takes.
    """

    parallel_envs: int = 1

    @property
    def dynamic(self) -> str | None:
        return None

    @property
    def rate(self) -> float:
        return 1.0

    def memory_size(self, n_action: int) -> int:
        """How many numbers the learner keeps beside its policy."""
        return 0

    def update(
        self, policy: "np.ndarray", pulls: "Pulls", memory: "np.ndarray", rng: "Stream"
    ) -> None:
        """Change the policy after the pulls of a step.

        Called once a step, after its pulls; the next pulls are made with what it leaves.

        Args:
            policy: pi, shape (K,), to be changed in place; it must stay at least 0 and sum to 1 (to 1e-9).
            pulls: What was pulled with it: `size`, `[b]` (with `.option`, `.reward`), `reward_of(option)`, `count_of(option)`,
                `total_reward`, `n_action`; and `step`, the updates made before this one.
            memory: The learner's own numbers, shape (memory_size,), zeros at first, to be changed in place.
            rng: The stream to draw from: `random()`, `integers(n)`, `normal()`, `binomial(n, p)`.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no update(self, policy, pulls, memory, rng)"
        )
