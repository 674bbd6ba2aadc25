"""The four learners of the paper: Cross Learning and Maynard-Cross Learning, with one pull or many.

Each is written for one learner, as a frozen dataclass with a plain method `update`.  The same
source runs compiled and interpreted.  pi_a is the probability of option a in the policy, r the
reward of a pull, e_a the policy that always chooses option a.  Knows: their updates.  Does not
know: how options are drawn.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hivemind_abm import checks
from hivemind_abm.learners.learner import Learner

if TYPE_CHECKING:  # the machine code is loaded where a learner runs, not where it is defined
    import numpy as np

    from hivemind_abm.engine.stream import Stream
    from hivemind_abm.learners.pulls import Pulls

__all__ = [
    "CrossLearning",
    "MaynardCrossLearning",
    "ParallelCrossLearning",
    "ParallelMaynardCrossLearning",
]

MOST_PULLS = 2**31 - 1  # per step, so that a 32-bit integer can count them


def move_towards(policy: "np.ndarray", option: int, gain: float) -> None:
    """Move a policy in place: pi <- pi + gain (e_option - pi), for a gain in [0, 1]."""
    for a in range(policy.size):
        policy[a] -= gain * policy[a]
    policy[option] += gain


@dataclass(frozen=True)
class CrossLearning(Learner):
    """CL: after a pull of option a with reward r, pi <- pi + alpha r (e_a - pi).

    In expectation a step is alpha times the Taylor replicator dynamic.

    Attributes:
        alpha: Learning rate, above 0 and at most 1.

    Source: Cross, Q. J. Econ. 87, 1973; Boergers & Sarin, J. Econ. Theory 77, 1997.
    """

    alpha: float = 0.01

    name = "CL"
    symbol = "CL"

    def __post_init__(self) -> None:
        checks.number("alpha", self.alpha, 0.0, 1.0, above=True)

    @property
    def dynamic(self) -> str:
        """The replicator dynamic of the expected step: "TRD"."""
        return "TRD"

    @property
    def rate(self) -> float:
        """The time of the replicator dynamic that one step takes: alpha."""
        return self.alpha

    def update(
        self, policy: "np.ndarray", pulls: "Pulls", memory: "np.ndarray", rng: "Stream"
    ) -> None:
        """Change the policy; see `Learner.update`."""
        pull = pulls[0]
        move_towards(policy, pull.option, self.alpha * pull.reward)


@dataclass(frozen=True)
class MaynardCrossLearning(Learner):
    """MCL: as Cross Learning, with rewards divided by their running mean v.

    After a pull of option a with reward r, pi <- pi + alpha (r / v) (e_a - pi).  v is at first the
    first reward, then v <- (1 - alpha_baseline) v + alpha_baseline r.  A step with alpha r > v
    would leave the simplex; clipped to [0, 1] and renormalised it ends on e_a, which is a gain of
    1.  With v = 0 there is no update.  In expectation a step is about alpha times the Maynard
    replicator dynamic.

    Attributes:
        alpha: Learning rate, above 0 and at most 1.
        alpha_baseline: Rate of the running mean, 0 to 1.

    Source: Soma et al., arXiv 2410.17517.
    """

    alpha: float = 0.01
    alpha_baseline: float = 0.01

    name = "MCL"
    symbol = "MCL"

    def __post_init__(self) -> None:
        checks.number("alpha", self.alpha, 0.0, 1.0, above=True)
        checks.number("alpha_baseline", self.alpha_baseline, 0.0, 1.0)

    @property
    def dynamic(self) -> str:
        """The replicator dynamic of the expected step: "MRD"."""
        return "MRD"

    @property
    def rate(self) -> float:
        """The time of the replicator dynamic that one step takes: alpha."""
        return self.alpha

    def memory_size(self, n_action: int) -> int:
        """One number: the running mean v of the rewards."""
        return 1

    def update(
        self, policy: "np.ndarray", pulls: "Pulls", memory: "np.ndarray", rng: "Stream"
    ) -> None:
        """Change the policy; see `Learner.update`."""
        pull = pulls[0]
        if pulls.step == 0:
            memory[0] = pull.reward
        else:
            memory[0] = (1.0 - self.alpha_baseline) * memory[0] + self.alpha_baseline * pull.reward
        baseline = memory[0]
        if baseline > 0.0:
            move_towards(policy, pull.option, min(self.alpha * pull.reward / baseline, 1.0))


@dataclass(frozen=True)
class ParallelCrossLearning(Learner):
    """P-CL: pi <- pi + mean over B pulls of r_b (e_{a_b} - pi).

    In expectation a step is one Euler step (delta = 1) of the Taylor replicator dynamic.  A hive
    that imitates success is equivalent to this learner.

    Attributes:
        parallel_envs: B, pulls per step, at least 1.

    Source: Soma et al., arXiv 2410.17517.
    """

    parallel_envs: int = 1000

    name = "P-CL"
    symbol = "P-CL"

    def __post_init__(self) -> None:
        checks.whole_number("parallel_envs", self.parallel_envs, 1, MOST_PULLS)

    @property
    def dynamic(self) -> str:
        """The replicator dynamic of the expected step: "TRD"."""
        return "TRD"

    def update(
        self, policy: "np.ndarray", pulls: "Pulls", memory: "np.ndarray", rng: "Stream"
    ) -> None:
        """Change the policy; see `Learner.update`."""
        kept = 1.0 - pulls.total_reward / pulls.size
        for a in range(policy.size):
            policy[a] = kept * policy[a] + pulls.reward_of(a) / pulls.size


@dataclass(frozen=True)
class ParallelMaynardCrossLearning(Learner):
    """P-MCL: pi <- pi + mean over B pulls of (r_b / mean r) (e_{a_b} - pi).

    So pi_a becomes the share of option a in the total reward.  If that is 0 there is no update.
    For many pulls a step is one Euler step (delta = 1) of the Maynard replicator dynamic.  A hive
    of the weighted voter rule is equivalent to this learner.

    Attributes:
        parallel_envs: B, pulls per step, at least 1.

    Source: Soma et al., arXiv 2410.17517.
    """

    parallel_envs: int = 1000

    name = "P-MCL"
    symbol = "P-MCL"

    def __post_init__(self) -> None:
        checks.whole_number("parallel_envs", self.parallel_envs, 1, MOST_PULLS)

    @property
    def dynamic(self) -> str:
        """The replicator dynamic of the expected step: "MRD"."""
        return "MRD"

    def update(
        self, policy: "np.ndarray", pulls: "Pulls", memory: "np.ndarray", rng: "Stream"
    ) -> None:
        """Change the policy; see `Learner.update`."""
        total = pulls.total_reward
        if total > 0.0:
            for a in range(policy.size):
                policy[a] = pulls.reward_of(a) / total
