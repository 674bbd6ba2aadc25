"""Rules derived from a learner or a dynamic that are exact for every number of bees heard.

Each is written for one bee, as in `rules`.  r_j is the payoff of bee j, x_a the share of bees with
option a, q_a the expected reward of option a, qbar = sum_b x_b q_b.  The equations hold in a large
hive for any noise of the payoffs.  A bee with fewer others to hear than a rule needs keeps its
option.  Knows: these rules.  Does not know: `derived_rules_weighing`, where a bee weighs options.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, get_args

from hivemind_abm import checks
from hivemind_abm.engine.portable_math import exp
from hivemind_abm.hives.rules import ImitationRule

if TYPE_CHECKING:
    from hivemind_abm.engine.stream import Stream
    from hivemind_abm.hives.bees import BeeView
    from hivemind_abm.hives.neighbours import Neighbours

__all__ = ["CrowdRule", "PairwiseImitation", "PolicyGradientRule", "ThinnedVoterRule"]

Weight = Literal["payoff", "hedge"]


@dataclass(frozen=True)
class ThinnedVoterRule(ImitationRule):
    """R_thinned: each heard bee j dances with probability w_j; adopt one dancer, chosen uniformly.

    If nobody dances, the bee keeps its option.  With n bees heard and w_a the mean of w on option
    a, exactly

        dx_a/dt = (1 - (1 - wbar)^n) x_a (w_a - wbar) / wbar,    wbar = sum_b x_b w_b.

    With w = r this is R_success for n = 1 (the Taylor dynamic), and tends to the Maynard dynamic
    as n grows: R_wvoter without its deviation of order 1/n.  With w = exp(eta (r - 1)) it tends to
    the Hedge algorithm, x_a E[exp(eta r) | a] / sum_b x_b E[exp(eta r) | b].

    Attributes:
        weight: "payoff": w = r.  "hedge": w = exp(eta (r - 1)).
        eta: The learning rate of "hedge", above 0.

    Source: of this package.  Hedge: Freund & Schapire, J. Comput. Syst. Sci. 55, 1997.
    """

    weight: Weight = "payoff"
    eta: float = 1.0

    name = "thinned"
    symbol = "R_thinned"
    hears: ClassVar[int | str] = 10

    def __post_init__(self) -> None:
        checks.one_of("weight", self.weight, get_args(Weight))
        checks.number("eta", self.eta, 0.0, above=True)

    def decide(self, bee: "BeeView", neighbours: "Neighbours", rng: "Stream") -> int:
        """The bee's next opinion; see `ImitationRule.decide`."""
        opinion, dancers = bee.opinion, 0
        for j in range(neighbours.size):
            other = neighbours[j]
            if other.opinion < neighbours.n_action and rng.random() < self.chance(other):
                dancers += 1
                if rng.integers(dancers) == 0:
                    opinion = other.opinion
        return opinion

    def chance(self, other: "BeeView") -> float:
        """The probability w that a bee dances."""
        return other.payoff if self.weight == "payoff" else exp(self.eta * (other.payoff - 1.0))


@dataclass(frozen=True)
class PairwiseImitation(ImitationRule):
    """R_pairwise: hear one bee j, and adopt its option with probability alpha (r_j - r_own).

    A negative probability is none.  In a large hive exactly alpha times the Taylor replicator
    dynamic, dx_a/dt = alpha x_a (q_a - qbar), because what flows from a to b and back differs by
    the mean of r_b - r_a.  It has less noise than R_success: bees move to higher payoffs only, and
    equal payoffs change nothing.

    Attributes:
        alpha: The probability per payoff gained, above 0 and at most 1.

    Source: pairwise proportional imitation, Schlag, J. Econ. Theory 78, 1998.
    """

    alpha: float = 1.0

    name = "pairwise"
    symbol = "R_pairwise"
    hears: ClassVar[int | str] = 1

    @property
    def learner(self) -> str | None:
        """The learner with the same expected step: "P-CL", or None where alpha is below 1."""
        return "P-CL" if self.alpha == 1.0 else None

    @property
    def dynamic(self) -> str | None:
        """The replicator dynamic: "TRD", or None where alpha is below 1."""
        return "TRD" if self.alpha == 1.0 else None

    def __post_init__(self) -> None:
        checks.number("alpha", self.alpha, 0.0, 1.0, above=True)

    def decide(self, bee: "BeeView", neighbours: "Neighbours", rng: "Stream") -> int:
        """The bee's next opinion; see `ImitationRule.decide`."""
        other = neighbours.pick(rng)
        gain = other.payoff - bee.payoff
        return other.opinion if rng.random() < self.alpha * gain else bee.opinion


@dataclass(frozen=True)
class PolicyGradientRule(ImitationRule):
    """R_gradient: hear three bees; the second and the third say whether to adopt from the first.

    The bees j, k, l are different and drawn uniformly.  Adopt the option of j with probability 1/2
    (1 + r_j - r_l) if k has this option too, else with probability 1/2.  In a large hive exactly

        dx_a/dt = 1/2 x_a (x_a A_a - sum_b x_b^2 A_b),    A_a = q_a - qbar,

    which is half the expected step of softmax policy gradient (REINFORCE).  A rare option grows
    with the square of its share.

    Source: softmax policy gradient: Williams, Mach. Learn. 8, 1992; Mei et al., ICML 2020.
    """

    name = "policy gradient"
    symbol = "R_gradient"
    hears: ClassVar[int | str] = 3

    def decide(self, bee: "BeeView", neighbours: "Neighbours", rng: "Stream") -> int:
        """The bee's next opinion; see `ImitationRule.decide`."""
        n = neighbours.size
        if n < 3:
            return bee.opinion
        first = rng.integers(n)
        second = (first + 1 + rng.integers(n - 1)) % n
        third = rng.integers(n - 2)
        third += third >= min(first, second)
        third += third >= max(first, second)
        j, k, other = neighbours[first], neighbours[second], neighbours[third]
        gain = j.payoff - other.payoff if k.opinion == j.opinion else 0.0
        adopts = j.opinion < neighbours.n_action and rng.random() < 0.5 * (1.0 + gain)
        return j.opinion if adopts else bee.opinion


@dataclass(frozen=True)
class CrowdRule(ImitationRule):
    """R_crowd: hear two bees; adopt from the first sooner if the second has another option.

    The bees j, k are different and drawn uniformly.  Adopt the option of j with probability r_j /
    (1 + tau) if k has this option too, else with probability (r_j + tau) / (1 + tau).  In a large
    hive exactly

        dx_a/dt = x_a (f_a - sum_b x_b f_b) / (1 + tau),    f_a = q_a - tau x_a.

    It climbs the mean reward qbar with tau/2 (1 - sum_a x_a^2) added, the Tsallis entropy of order
    2.  So options that are about equally good share the bees: where all K keep some, the fixed
    point is 1/K + (q_a - mean of q) / tau.

    Attributes:
        tau: The weight of the entropy, at least 0.

    Source: of this package.  The entropy: Tsallis, J. Stat. Phys. 52, 1988; in bandit learners:
    Zimmert & Seldin, J. Mach. Learn. Res. 22, 2021.
    """

    tau: float = 1.0

    name = "crowd"
    symbol = "R_crowd"
    hears: ClassVar[int | str] = 2

    def __post_init__(self) -> None:
        checks.number("tau", self.tau, 0.0)

    def decide(self, bee: "BeeView", neighbours: "Neighbours", rng: "Stream") -> int:
        """The bee's next opinion; see `ImitationRule.decide`."""
        n = neighbours.size
        if n < 2:
            return bee.opinion
        first = rng.integers(n)
        j, k = neighbours[first], neighbours[(first + 1 + rng.integers(n - 1)) % n]
        score = j.payoff + self.tau if k.opinion != j.opinion else j.payoff
        adopts = j.opinion < neighbours.n_action and rng.random() * (1.0 + self.tau) < score
        return j.opinion if adopts else bee.opinion
