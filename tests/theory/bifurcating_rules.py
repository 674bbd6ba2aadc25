"""Rules whose fixed points are known, with where they meet."""

from dataclasses import dataclass

from hivemind_abm import ImitationRule


@dataclass(frozen=True)
class QVoter(ImitationRule):
    """Adopt what three others agree on; with probability p any option.

    Two options: order is lost at p = (q - 1) / (q - 1 + 2^(q - 1)) = 1/3 for q = 3 (Nyczka,
    Sznajd-Weron, Cislo 2012).
    """

    p: float = 0.2

    hears = 3

    def decide(self, bee, neighbours, rng):
        if rng.random() < self.p:
            return rng.integers(neighbours.n_action)
        first = neighbours[0].opinion
        agree = neighbours[1].opinion == first and neighbours[2].opinion == first
        return first if agree else bee.opinion


@dataclass(frozen=True)
class CrossInhibitor(ImitationRule):
    """Value-sensitive cross-inhibition: discovery v, abandonment 1 / v, recruitment and stop r v.

    Two equal sites: deadlock below r = (2 v + 1) / v^2 (Reina et al., PRE 95, 052411, 2017).  An
    event of a bee takes 1 / 16 of time, and the value of a site is 10 times its reward.
    """

    r: float = 0.5
    v: float = 5.0

    uncommitted = True
    hears = 1

    def decide(self, bee, neighbours, rng):
        none = neighbours.n_action
        other, chance = neighbours.pick(rng), 16.0 * rng.random()
        if bee.opinion == none:
            for site in range(none):
                chance -= self.v
                if chance < 0.0:
                    return site
            return other.opinion if chance < self.r * 10.0 * other.payoff else none
        leaves = 0.1 / bee.payoff
        if other.opinion != bee.opinion:
            leaves += self.r * 10.0 * other.payoff
        return none if chance < leaves else bee.opinion


@dataclass(frozen=True)
class Pressed(ImitationRule):
    """The majority of three others; with probability p option 0 with chance h, else option 1."""

    h: float = 0.5
    p: float = 0.2

    hears = 3

    def decide(self, bee, neighbours, rng):
        if rng.random() < self.p:
            return 0 if rng.random() < self.h else 1
        return 0 if 2 * neighbours.count_of(0) > neighbours.size else 1


@dataclass(frozen=True)
class Follower(ImitationRule):
    """The majority of three others."""

    hears = 3

    def decide(self, bee, neighbours, rng):
        return 0 if 2 * neighbours.count_of(0) > neighbours.size else 1


@dataclass(frozen=True)
class Opponent(ImitationRule):
    """The minority of three others."""

    hears = 3

    def decide(self, bee, neighbours, rng):
        return 1 if 2 * neighbours.count_of(0) > neighbours.size else 0


@dataclass(frozen=True)
class Rotating(ImitationRule):
    """Leave option a for a + 1 that another bee holds, with chance g for any option.

    A cycle of three options: the centre has eigenvalues (1 - g) (+- i / sqrt 3) - g, so that it is
    stable in continuous time for any g > 0, and in steps above a g at which oscillations begin.
    """

    g: float = 0.2

    hears = 1

    def decide(self, bee, neighbours, rng):
        if rng.random() < self.g:
            return rng.integers(3)
        other = neighbours.pick(rng).opinion
        return other if other == (bee.opinion + 1) % 3 else bee.opinion
