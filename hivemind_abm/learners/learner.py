"""The base class of learners: what one reinforcement learner does with the rewards of its pulls.

pi_a is the probability of option a in the policy, r the reward of a pull, e_a the policy that
always chooses option a.  Knows: what a learner must provide.  Does not know: any particular
learner.
"""

from typing import TYPE_CHECKING, ClassVar

from hivemind_abm.registry import Named

if TYPE_CHECKING:  # the machine code is loaded where a learner runs, not where it is defined
    import numpy as np

    from hivemind_abm.engine.stream import Stream
    from hivemind_abm.learners.pulls import Pulls

__all__ = ["Learner"]


class Learner(Named):
    """A reinforcement learner.  Subclass it as a frozen dataclass and write `update`.

    Attributes:
        parallel_envs: B, the number of pulls per step, each with the learner's policy and in its
            own environment; 1 unless a subclass overrides it, for instance with a field.
        dynamic: The replicator dynamic that its expected step follows, if one is known: "TRD",
            "MRD" or None.
        rate: The time of the replicator dynamic that one step takes.
        looks_across: Whether `update` also gets the other players of a game; see `GameLearner`.

    See also: `CrossLearning`, `MaynardCrossLearning`, `ParallelCrossLearning`,
    `ParallelMaynardCrossLearning`, `MacroAgent`.
    """

    parallel_envs: int = 1
    looks_across: ClassVar[bool] = False

    @property
    def dynamic(self) -> str | None:
        """The replicator dynamic that its expected step follows, or None."""
        return None

    @property
    def rate(self) -> float:
        """The time of the replicator dynamic that one step takes."""
        return 1.0

    def memory_size(self, n_action: int) -> int:
        """How many numbers the learner keeps beside its policy.

        Args:
            n_action: K.
        """
        return 0

    def update(
        self, policy: "np.ndarray", pulls: "Pulls", memory: "np.ndarray", rng: "Stream"
    ) -> None:
        """Change the policy after the pulls of a step.

        It is called once per step, after the pulls.  The next pulls are made with the changed
        policy.

        Args:
            policy: pi, shape (K,), to be changed in place.  It must stay at least 0 and sum to 1
                (to 1e-9).
            pulls: The pulls made with it: `size`, `[b]` (with `.option`, `.reward`),
                `reward_of(option)`, `count_of(option)`, `total_reward`, `n_action`; and `step`, the
                number of updates before this one.
            memory: The learner's own numbers, shape (memory_size,), zeros at first, to be changed
                in place.
            rng: The stream to draw from: `random()`, `integers(n)`, `normal()`, `binomial(n, p)`.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no update(self, policy, pulls, memory, rng)"
        )
