"""Rules derived from a learner or a dynamic, in which a bee weighs the options that it hears.

Each is written for one bee, as in `rules`.  A bee hears n others; p_a is the share of option a
among them and m_a the mean of its payoffs.  An option that is not heard is not adopted, unless with
the probability epsilon.  x_a and q_a are shares and expected rewards of the whole hive.  Knows:
these rules.  Does not know: those that are exact for every n (`derived_rules`).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hivemind_abm import checks
from hivemind_abm.engine.portable_math import exp, log
from hivemind_abm.hives.rules import ImitationRule

if TYPE_CHECKING:
    from hivemind_abm.engine.stream import Stream
    from hivemind_abm.hives.bees import BeeView
    from hivemind_abm.hives.neighbours import Neighbours

__all__ = ["BestHeardRule", "BoltzmannRule", "LogitRule", "SmithRule"]


@dataclass(frozen=True)
class LogitRule(ImitationRule):
    """R_logit: adopt a heard option a with a probability that is proportional to exp(m_a / tau).

    With all heard and no noise, dx_a/dt = exp(q_a / tau) / sum_b exp(q_b / tau) - x_a, the logit
    dynamic.  With n heard the sum has only the options heard, and the difference is of order 1/n.

    Attributes:
        tau: The temperature, above 0.
        epsilon: The probability of a random option of all K, 0 to 1.

    Source: the dynamic: Sandholm, Population Games and Evolutionary Dynamics, MIT Press, 2010.
    """

    tau: float = 0.2
    epsilon: float = 0.0

    name = "logit"
    symbol = "R_logit"
    hears: ClassVar[int | str] = 10

    def __post_init__(self) -> None:
        checks.number("tau", self.tau, 0.0, above=True)
        checks.number("epsilon", self.epsilon, 0.0, 1.0)

    def decide(self, bee: "BeeView", neighbours: "Neighbours", rng: "Stream") -> int:
        """The bee's next opinion; see `ImitationRule.decide`."""
        if rng.random() < self.epsilon:
            return rng.integers(neighbours.n_action)
        best, opinion, total = _best_mean(neighbours), bee.opinion, 0.0
        for option in range(neighbours.n_action):
            bees = neighbours.count_of(option)
            if bees > 0:
                gain = neighbours.payoff_of(option) / bees - best
                weight = exp(gain / self.tau)
                total += weight
                if rng.random() * total < weight:
                    opinion = option
        return opinion


@dataclass(frozen=True)
class BoltzmannRule(ImitationRule):
    """R_boltzmann: adopt a heard option a, weighted by p_a^(1 - alpha) exp(alpha m_a / tau).

    Boltzmann Q-learning with all Q values updated, Q_a <- (1 - alpha) Q_a + alpha q_a, has a policy
    proportional to exp(Q_a / tau), so its step is x_a <- x_a^(1 - alpha) exp(alpha q_a / tau), up
    to a factor.  A hive remembers Q in its shares.  With all heard and no noise a step of the hive
    is this map; with n heard it is the mean of the map over what can be heard, and the difference
    is of order 1/n.  The fixed point of the map is proportional to exp(q_a / tau).  A rare option
    is seldom heard and may be lost, which `epsilon` prevents.

    Attributes:
        tau: The temperature, above 0.
        alpha: The learning rate of Q, above 0 and at most 1.
        epsilon: The probability of a random option of all K, 0 to 1.

    Source: the learner: Tuyls, Verbeeck & Lenaerts, AAMAS 2003; Kaisers & Tuyls, AAMAS 2010.
    """

    tau: float = 0.2
    alpha: float = 0.5
    epsilon: float = 0.0

    name = "boltzmann"
    symbol = "R_boltzmann"
    hears: ClassVar[int | str] = 10

    def __post_init__(self) -> None:
        checks.number("tau", self.tau, 0.0, above=True)
        checks.number("alpha", self.alpha, 0.0, 1.0, above=True)
        checks.number("epsilon", self.epsilon, 0.0, 1.0)

    def decide(self, bee: "BeeView", neighbours: "Neighbours", rng: "Stream") -> int:
        """The bee's next opinion; see `ImitationRule.decide`."""
        if rng.random() < self.epsilon:
            return rng.integers(neighbours.n_action)
        best, opinion, total = _best_mean(neighbours), bee.opinion, 0.0
        for option in range(neighbours.n_action):
            bees = neighbours.count_of(option)
            if bees > 0:
                gain = neighbours.payoff_of(option) / bees - best
                share = bees / neighbours.size
                weight = exp((1.0 - self.alpha) * log(share) + self.alpha * gain / self.tau)
                total += weight
                if rng.random() * total < weight:
                    opinion = option
        return opinion


@dataclass(frozen=True)
class BestHeardRule(ImitationRule):
    """R_best: with probability alpha adopt the heard option with the largest mean payoff.

    Ties are broken uniformly at random.  With n heard and no noise exactly dx_a/dt = alpha
    (X_a^n - Y_a^n - x_a), where X_a is the share of options no better than a, and Y_a that of worse
    ones.  As n grows this becomes the best-response dynamic.

    Attributes:
        alpha: The probability to look for a better option, above 0 and at most 1.
        epsilon: The probability of a random option of all K, 0 to 1.

    Source: the dynamic: Gilboa & Matsui, Econometrica 59, 1991.
    """

    alpha: float = 1.0
    epsilon: float = 0.0

    name = "best heard"
    symbol = "R_best"
    hears: ClassVar[int | str] = 10

    def __post_init__(self) -> None:
        checks.number("alpha", self.alpha, 0.0, 1.0, above=True)
        checks.number("epsilon", self.epsilon, 0.0, 1.0)

    def decide(self, bee: "BeeView", neighbours: "Neighbours", rng: "Stream") -> int:
        """The bee's next opinion; see `ImitationRule.decide`."""
        if rng.random() < self.epsilon:
            return rng.integers(neighbours.n_action)
        if rng.random() >= self.alpha:
            return bee.opinion
        best, opinion, tied = _best_mean(neighbours), bee.opinion, 0
        for option in range(neighbours.n_action):
            bees = neighbours.count_of(option)
            if bees > 0 and neighbours.payoff_of(option) / bees >= best - _ROUNDING:
                tied += 1
                if rng.integers(tied) == 0:
                    opinion = option
        return opinion


@dataclass(frozen=True)
class SmithRule(ImitationRule):
    """R_smith: think of any option b; if it is heard, adopt it with probability m_b - r_own.

    b is uniform among all K options, and a negative probability is none.  With n heard and no
    noise exactly

        dx_a/dt = sum_b x_b h_a (q_a - q_b)+ - x_a sum_b h_b (q_b - q_a)+,
        h_a = (1 - (1 - x_a)^n) / K,

    which tends to 1/K of the Smith dynamic as n grows; n = 1 is 1/K of R_pairwise.

    Source: Smith, Transp. Sci. 18, 1984; Sandholm, Population Games and Evolutionary Dynamics, MIT
    Press, 2010.
    """

    name = "smith"
    symbol = "R_smith"
    hears: ClassVar[int | str] = 10

    def decide(self, bee: "BeeView", neighbours: "Neighbours", rng: "Stream") -> int:
        """The bee's next opinion; see `ImitationRule.decide`."""
        option = rng.integers(neighbours.n_action)
        bees = neighbours.count_of(option)
        if bees == 0:
            return bee.opinion
        gain = neighbours.payoff_of(option) / bees - bee.payoff
        return option if rng.random() < gain else bee.opinion


_ROUNDING = 1e-12  # means that differ by no more are equal


def _best_mean(neighbours: "Neighbours") -> float:
    """The largest mean payoff of an option that is heard; 0 if none is."""
    best = 0.0
    for option in range(neighbours.n_action):
        bees = neighbours.count_of(option)
        if bees > 0:
            best = max(best, neighbours.payoff_of(option) / bees)
    return best
