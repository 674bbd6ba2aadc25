"""Bees that stop each other's dances choose one of two equal nests above a critical stop rate.

An uncommitted scout discovers a nest or is recruited.  A committed one gives up, sooner for a
poorer nest, or is stopped by a dancer for another nest.  The deadlock between two nests of value
v ends at the stop signal sigma = 4 v^3 / (v^2 - 1)^2.

Seeley et al., Science 335, 108 (2012); Pais et al., PLoS ONE 8, e73216 (2013),
https://doi.org/10.1371/journal.pone.0073216.  The rule is written from memory of both papers.

    hivemind gallery --verify cross_inhibition
"""

from dataclasses import dataclass

import numpy as np

import hivemind_abm as hm

FAMILY = "honeybees"


@dataclass(frozen=True)
class StopSignals(hm.ImitationRule):
    discovery: tuple[float, ...] = (4.0, 4.0)  # of each nest; rates as in `CrossInhibition`
    abandonment: float = 1.0  # of a nest of value 1
    recruitment: float = 1.0
    stop_signal: float = 2.0
    scale: float = 5.0  # the value of a nest that pays 1
    delta: float = 0.05  # the time of a step
    uncommitted = True
    hears = 1

    def decide(self, bee, neighbours, rng):
        none, other, left = neighbours.n_action, neighbours.pick(rng), rng.random() / self.delta
        if bee.opinion == none:
            for nest in range(min(none, len(self.discovery))):
                left -= self.discovery[nest]
                if left < 0.0:
                    return nest
            return other.opinion if left < self.recruitment * self.scale * other.payoff else none
        leaves = self.abandonment / max(self.scale * bee.payoff, self.delta)
        stops = self.stop_signal if other.opinion not in (bee.opinion, none) else 0.0
        return none if left < leaves + stops else bee.opinion


NESTS = hm.BanditLinear(n_action=2, gap=0.0, q_star=(0.8, 0.8))
HIVE = {"rule": StopSignals(), "bandit": NESTS, "initial_shares": (0.05, 0.05, 0.9)}
START = {"initial_shares": (0.7, 0.2, 0.1), "population_size": 5000}


def split(sigma, v=4.0):  # where all rates balance, 1 / v^2 of the bees are uncommitted
    return np.sqrt(np.maximum((1.0 - v**-2) ** 2 - 4.0 / (v * sigma), 0.0))


def critical(quick):
    rates, bees = np.linspace(0.6, 2.2, 5 if quick else 9), 3200 if quick else 128_000
    (meeting,) = hm.bifurcation(StopSignals(), NESTS, "stop_signal", rates, bees=bees).met
    return hm.Estimate(meeting.value, meeting.error)


def difference(quick, sigma=2.0):
    hive, runs = HIVE | START | {"rule": StopSignals(stop_signal=sigma)}, 4 if quick else 20
    end = hm.ensemble(hm.Hive, hive, runs=runs, steps=700, seed=1, keep="last")
    return hm.estimate(end["share_0"] - end["share_1"])


CLAIMS = (  # otherwise: the rate for nests of value 3, and a deadlock; finite hives: order 1 / N
    hm.Claim("critical signal", hm.critical_stop_signal(4.0), "equal nests", critical, 1.6875, 8),
    hm.Claim("difference at sigma 2", split(2.0), "rates balance", difference, 0.0, 2, within=1e-3),
)


def draw(axes, quick=False):
    rates, sigma = np.arange(0.4, 3.1, 0.52 if quick else 0.26), np.linspace(0.4, 3.0, 500)
    axes.plot(sigma, split(sigma), label="rate equations")
    found = zip(*[difference(quick, rate) for rate in rates], strict=True)
    axes.errorbar(rates, *found, fmt="o", ms=4, label="hives of 5,000 bees")
    axes.set(title="Stop signals end a deadlock", xlabel="stop signal", ylabel="nests' difference")
    axes.legend(loc="lower right")
