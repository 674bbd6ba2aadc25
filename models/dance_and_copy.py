"""Bees dance longer for a better site, then copy one dancer: larger hives choose better.

A bee dances for its site, for a time proportional to the site's quality.  Then it copies the site
of a random dancer, and visits it.  All times are exponential.  In any state of the hive, the next
bee to change is q_A / q_B times as likely to change to A as to B.  So from i of N bees the hive
agrees on A with the chance (1 - g^i) / (1 - g^N), g = q_B / q_A, however long visits take.

Valentini, Hamann & Dorigo, "Self-organized collective decision making: the weighted voter model",
AAMAS 2014, 45-52; a review: https://doi.org/10.3389/frobt.2017.00009.  Written from memory.

    hivemind run --rule dance_and_copy.py --bandit "near one" --updating asynchronous
"""

from dataclasses import dataclass

import numpy as np
from scipy.integrate import solve_ivp

from hivemind_abm import BanditLinear, Claim, Hive, ImitationRule, ensemble, estimate

FAMILY = "robots and best of N"


@dataclass(frozen=True)
class DanceAndCopy(ImitationRule):
    dance_time: float = 20.0  # for a site of quality 1, in steps
    visit_time: float = 10.0

    def memory_size(self, n_action):
        return 1  # 1.0 while the bee dances

    def dance(self, bee, rng):
        return bee.memory[0]  # a bee that visits its site is silent

    def decide(self, bee, neighbours, rng):
        time = self.visit_time if bee.memory[0] == 0.0 else self.dance_time * bee.payoff
        if rng.random() * time >= 1.0:
            return bee.opinion
        bee.memory[0] = 1.0 - bee.memory[0]
        return bee.opinion if bee.memory[0] == 1.0 else neighbours.pick_by_payoff(rng).opinion


SITES = BanditLinear(n_action=2, gap=0.0, q_star=(1.0, 0.9))
HIVE = {"rule": DanceAndCopy(), "bandit": SITES, "updating": "asynchronous", "stop_if_end": True}


def right(quick, bees=20, visit_time=10.0):
    hive = HIVE | {"rule": DanceAndCopy(visit_time=visit_time), "population_size": bees}
    runs = (2000 if quick else 80_000) // bees
    end = ensemble(Hive, hive, runs=runs, steps=100_000, seed=1, keep="last")
    return estimate(end["share_0"] == 1.0)


def rates(_, y):  # of the bees that visit A and B, and that dance for A and B
    back, done = y[:2] / 10.0, y[2:] / (20.0 * np.array(SITES.q_star))
    return [*(y[2:] / max(y[2:].sum(), 1e-12) * done.sum() - back), *(back - done)]


def share(quick):
    hive, runs = HIVE | {"population_size": 5000}, 4 if quick else 40
    end = ensemble(Hive, hive, runs=runs, steps=300, seed=1, keep="last")
    return estimate(end["share_0"])


AT_300 = solve_ivp(rates, (0.0, 300.0), [0.5, 0.5, 0.0, 0.0], rtol=1e-9).y[::2, -1].sum()
CLAIMS = (  # otherwise: a voter that does not dance; the share of 5,000 bees is off by order 1 / N
    Claim("20 bees agree on A", 1 / (1 + 0.9**10), "rates", right, 0.5, 2),
    Claim("share at step 300", AT_300, "rate equations", share, 0.5, 3, within=1e-3),
)


def draw(axes, quick=False):
    bees, sizes = np.arange(2, 51), (4, 10, 20, 30, 50)
    axes.plot(bees, 1.0 / (1.0 + 0.9 ** (bees / 2)), label="$1\\,/\\,(1 + (q_B / q_A)^{N/2})$")
    for time, mark in ((10.0, "o"), (40.0, "s")):
        found = zip(*[right(quick, n, time) for n in sizes], strict=True)
        axes.errorbar(sizes, *found, fmt=mark, ms=4, label=f"hives, visits of {time:g} steps")
    axes.set(title="Larger hives choose better", xlabel="bees N", ylabel="agree on the better site")
    axes.legend(loc="lower right")
