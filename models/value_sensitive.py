"""Bees that signal more than they search end the deadlock between N equal nests.

A bee discovers each nest of value v at the rate v, gives it up at the rate 1 / v, and recruits and
stops others at the rate r v.  Equal nests share the bees where signals are rare.  Two nests part at
r = 2 / v + 1 / v^2.  One of N nests can keep the most bees from r_1 = N - 2 + 2 sqrt(2 N - 3) / v
+ 1 / v^2 on, while the deadlock of three nests or more stays stable up to a larger ratio r_2.

Reina, Marshall, Trianni & Bose, "Model of the best-of-N nest-site selection process in honeybees",
Phys. Rev. E 95, 052411 (2017), https://doi.org/10.1103/PhysRevE.95.052411.  The rule is written
from the abstract and from memory; the formulas follow from its rates.

    hivemind gallery --verify value_sensitive
"""

from dataclasses import dataclass

import numpy as np

import hivemind_abm as hm

FAMILY = "honeybees"


@dataclass(frozen=True)
class ValueSensitive(hm.ImitationRule):
    r: float = 2.5  # signals per discovery
    value: float = 5.0  # v, of each nest
    delta: float = 0.02  # the time of a step
    uncommitted = True
    hears = 1

    def decide(self, bee, neighbours, rng):
        none, other, left = neighbours.n_action, neighbours.pick(rng), rng.random() / self.delta
        if bee.opinion == none:
            if left < none * self.value:
                return int(left / self.value)
            return other.opinion if left < (none + self.r) * self.value else none
        stops = self.r * self.value if other.opinion not in (bee.opinion, none) else 0.0
        return none if left < 1.0 / self.value + stops else bee.opinion


NESTS = {n: hm.BanditLinear(n_action=n, gap=0.0, q_star=(0.8,) * n) for n in (2, 3)}  # equal ones
HIVE = {"rule": ValueSensitive(), "bandit": NESTS[3], "initial_shares": (0.05, 0.05, 0.05, 0.85)}


def part(quick, nests=2, low=0.25, high=0.65):
    r = np.linspace(low, high, 5 if quick else 7)
    found = hm.bifurcation(ValueSensitive(), NESTS[nests], "r", r, bees=12_800 if quick else 51_200)
    return hm.Estimate(found.met[0].value, found.met[0].error)


def largest(hive):  # the share of the nest that most bees hold
    end = hm.ensemble(hm.Hive, hive, runs=1, steps=600, seed=1, keep="last")
    return end[["share_0", "share_1", "share_2"]].to_numpy().max()


RATIOS = np.arange(0.5, 4.6, 0.5)
R_2 = 4.194  # s (N + s) with s (s - N + 2) = 1 / v^2: the deadlock of three nests turns unstable
TWO, THREE = 2.0 / 5.0 + 1.0 / 5.0**2, 1.0 + 2.0 * 3.0**0.5 / 5.0 + 1.0 / 5.0**2
CLAIMS = (  # otherwise: with the value 4; if only an unstable deadlock could end
    hm.Claim("two nests part", TWO, "follows from the rates", part, 2.0 / 4.0 + 1.0 / 4.0**2, 3),
    hm.Claim("r_1 of three nests", THREE, "the rates", lambda q: part(q, 3, 1.2, 2.4), R_2, 8),
)


def draw(axes, quick=False):
    b = np.geomspace(0.0025, 0.25, 400)  # the share of each nest but one; then all rates balance at
    u = 12.5 * b * (np.sqrt(1.04**2 + 4.0 * (1.0 - 3.0 * b) / (25.0 * b)) - 1.04)  # u = 1 / r
    one, steady = u + u**2 / (25.0 * b), 75.0 * b**2 < u**2
    for part, line, label in ((steady, "C0", "rates balance"), (~steady, "C0:", "unstable")):
        axes.plot(1.0 / u[part], one[part], line, label=label)
    r = np.linspace(0.3, R_2, 100)  # of a deadlock
    axes.plot(r, (np.sqrt(9.0 + 4.0 * r) - 3.0) / (2.0 * r), "C0")
    for start, mark in ((0.85, 0.05, 0.05, 0.05), "C1^"), ((0.1, 0.1, 0.1, 0.7), "C2v"):
        hives = [HIVE | {"rule": ValueSensitive(r=r), "initial_shares": start} for r in RATIOS]
        ends = [largest(hive | {"population_size": 10_000}) for hive in hives]
        axes.plot(RATIOS, ends, mark, ms=5, label=f"hives that start with {start[0]:.0%}")
    axes.set(title="Three equal nests", xlabel="signals per discovery, r", ylabel="largest share")
    axes.legend(loc="center right")
