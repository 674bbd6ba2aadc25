"""Equal sites and bees that search alone: direct switching is stuck, cross-inhibition decides.

With the chance `noise` a bee takes a site that it finds alone, whichever.  Else it hears another
bee.  If that one holds a different site, a bee that switches directly takes it; one with
cross-inhibition becomes uncommitted, and takes the next site that it hears.  The first share equal
sites with any noise.  The others choose one where the noise is below (3 - sqrt 3) / 6.

Zakir, Dorigo & Reina, "Robot swarms break decision deadlocks in collective perception through
cross-inhibition", ANTS 2022, https://doi.org/10.1007/978-3-031-20176-9_17.  The rule is written
from the abstract and from memory; the formula follows from the rule.

    hivemind gallery --verify deadlock
"""

from dataclasses import dataclass

import numpy as np

import hivemind_abm as hm

FAMILY = "robots and best of N"


@dataclass(frozen=True)
class Switching(hm.ImitationRule):
    noise: float = 0.1
    cross_inhibition: bool = True
    uncommitted = True
    hears = 1

    def decide(self, bee, neighbours, rng):
        if rng.random() < self.noise:
            return rng.integers(neighbours.n_action)
        none, other = neighbours.n_action, neighbours.pick(rng).opinion
        if other == none:
            return bee.opinion
        stops = self.cross_inhibition and bee.opinion not in (none, other)
        return none if stops else other


SITES = hm.BanditLinear(n_action=2, gap=0.0, q_star=(0.7, 0.7))
HIVE = {"rule": Switching(), "bandit": SITES, "updating": "asynchronous"}


def lead(noise):  # the difference of the sites' shares, with w uncommitted
    w = noise / (1.0 - noise)
    return np.sqrt(np.maximum(1.0 - 4.0 * w + w**2, 0.0))


def critical(quick):
    noise, bees = np.linspace(0.1, 0.3, 5 if quick else 7), 3200 if quick else 51_200
    followed = {"updating": "asynchronous", "bees": bees}
    (meeting,) = hm.bifurcation(Switching(), SITES, "noise", noise, **followed).met
    return hm.Estimate(meeting.value, meeting.error)


def lead_in_hives(quick, noise=0.1, cross_inhibition=True):
    hive = HIVE | {"rule": Switching(noise, cross_inhibition), "initial_shares": (0.6, 0.4, 0.0)}
    end = hm.ensemble(hm.Hive, hive, runs=6 if quick else 40, steps=200, seed=1, keep="last")
    return hm.estimate(end["share_0"] - end["share_1"])


AT = (3.0 - 3.0**0.5) / 6.0
CLAIMS = (  # otherwise: direct switching; 1,000 bees are off by order 1 / N
    hm.Claim("greatest noise that is overcome", AT, "follows from the rule", critical, 0.0, 3),
    hm.Claim("lead with noise 0.1", lead(0.1), "the rule", lead_in_hives, 0.0, within=0.002),
)


def draw(axes, quick=False):
    noise, points = np.linspace(0.0, 0.32, 400), np.arange(0.02, 0.31, 0.04)
    axes.plot(noise, lead(noise), label="cross-inhibition: rates balance")
    for cross, label in ((True, "cross-inhibition: hives"), (False, "direct switching: hives")):
        found = zip(*[lead_in_hives(quick, each, cross) for each in points], strict=True)
        axes.errorbar(points, *found, fmt="o", ms=4, label=label)
    axes.set(title="Cross-inhibition ends a deadlock in spite of noise")
    axes.set(xlabel="noise", ylabel="lead of one of two equal sites", ylim=(-0.05, 1.25))
    axes.legend()
