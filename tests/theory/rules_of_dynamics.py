"""Rules whose hives follow dynamics that have a name, at known multiples."""

from dataclasses import dataclass

from hivemind_abm import ImitationRule, exp


@dataclass(frozen=True)
class LogitOfHeard(ImitationRule):
    """Draw one of the options heard with probability in proportion to exp(mean payoff / tau)."""

    tau: float = 0.2

    def decide(self, bee, neighbours, rng):
        total = 0.0
        for option in range(neighbours.n_action):
            heard = neighbours.count_of(option)
            if heard > 0:
                total += exp(neighbours.payoff_of(option) / heard / self.tau)
        left = rng.random() * total
        for option in range(neighbours.n_action):
            heard = neighbours.count_of(option)
            if heard > 0:
                left -= exp(neighbours.payoff_of(option) / heard / self.tau)
                if left < 0.0:
                    return option
        return bee.opinion


@dataclass(frozen=True)
class SmithOfHeard(ImitationRule):
    """Look at an option; if it is heard, adopt it by how much better it pays."""

    def decide(self, bee, neighbours, rng):
        option = rng.integers(neighbours.n_action)
        heard = neighbours.count_of(option)
        if heard == 0:
            return bee.opinion
        gain = neighbours.payoff_of(option) / heard - bee.payoff
        return option if rng.random() < gain else bee.opinion


@dataclass(frozen=True)
class PairwiseProportional(ImitationRule):
    """Adopt another's option with probability alpha (its payoff - one's own)."""

    alpha: float = 0.5
    hears = 1

    def decide(self, bee, neighbours, rng):
        other = neighbours.pick(rng)
        gain = self.alpha * (other.payoff - bee.payoff)
        return other.opinion if rng.random() < gain else bee.opinion


@dataclass(frozen=True)
class SlowBestResponse(ImitationRule):
    """With probability alpha, adopt the option heard whose mean payoff is the largest."""

    alpha: float = 0.4

    def decide(self, bee, neighbours, rng):
        best, most = bee.opinion, -1.0
        if rng.random() < self.alpha:
            for option in range(neighbours.n_action):
                heard = neighbours.count_of(option)
                if heard > 0 and neighbours.payoff_of(option) / heard > most:
                    best, most = option, neighbours.payoff_of(option) / heard
        return best
