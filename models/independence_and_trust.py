"""Scouts that follow dances more often agree better on the best of five nest sites.

An idle scout follows a random other bee with the chance `trust` (if that one dances, it takes its
site); else it searches alone and finds each site with the chance `found`.  It dances for a time
proportional to the site's quality, and is idle again.  Alone, bees dance for each site in
proportion to its quality.  With trust the best site takes most of the dancers.

List, Elsholtz & Seeley, "Independence and interdependence in collective decision making", Phil.
Trans. R. Soc. B 364, 755 (2009), https://doi.org/10.1098/rstb.2008.0277; in the simpler form of
Galla, J. Theor. Biol. 262, 186 (2010).  The rule is written from the abstracts and from memory.

    hivemind gallery --verify independence_and_trust
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from hivemind_abm import BanditLinear, Claim, Hive, ImitationRule, ensemble, estimate

FAMILY = "honeybees"


@dataclass(frozen=True)
class Scout(ImitationRule):
    trust: float = 0.8  # lambda, the interdependence
    found: float = 0.05  # the chance to find a site alone, of each site
    longest: float = 10.0  # the dance for a site of quality 1, in steps
    uncommitted = True
    hears = 1

    def decide(self, bee, neighbours, rng):
        idle = neighbours.n_action
        if bee.opinion != idle:
            return idle if rng.random() * self.longest * bee.payoff < 1.0 else bee.opinion
        if rng.random() < self.trust:
            return neighbours.pick(rng).opinion
        return min(int(rng.random() / self.found), idle)


QUALITY = np.array((1.0, 0.9, 0.7, 0.5, 0.3))
SITES = BanditLinear(n_action=5, gap=0.0, q_star=tuple(QUALITY.tolist()))
HIVE = {"rule": Scout(), "bandit": SITES, "initial_shares": (0.0,) * 5 + (1.0,)}


def dancers(trust):
    def shares(z):  # of the bees that dance for each site, at balance, where z are idle
        return z * (1.0 - trust) * 0.05 / (1.0 / (10.0 * QUALITY) - trust * z)

    most = min(1.0, 0.1 / trust) if trust else 1.0
    x = shares(brentq(lambda z: z + shares(z).sum() - 1.0, 0.0, most * (1.0 - 1e-12)))
    return x / x.sum()


def best(quick, trust=0.8):  # the same of the best site, in hives of 2,000 bees
    hive, runs = HIVE | {"rule": Scout(trust=trust), "population_size": 2000}, 8 if quick else 100
    end = ensemble(Hive, hive, runs=runs, steps=500, seed=1, keep="last")
    return estimate(end["share_0"] / (1.0 - end["share_none"]))


ALONE = 1.0 / QUALITY.sum()
CLAIMS = (  # 2,000 bees are off by order 1 / N
    Claim("share of the best site, trust 0.8", dancers(0.8)[0], "rates", best, ALONE, 3, 0.002),
    Claim("without trust", ALONE, "q / sum q", lambda q: best(q, 0.0), 0.2, 3, within=0.002),
)


def draw(axes, quick=False):
    trust, points = np.linspace(0.0, 0.99, 100), (0.0, 0.2, 0.4, 0.6, 0.8, 0.95)
    theory = np.array([dancers(each) for each in trust])
    for site, quality in enumerate(QUALITY):
        axes.plot(trust, theory[:, site], label=f"site of quality {quality}")
    found = zip(*[best(True, each) for each in points], strict=True)
    axes.errorbar(points, *found, fmt="o", ms=4, color="C0", label="hives of 2,000 bees")
    axes.set(title="Trust concentrates the dances on the best site", xlabel="trust $\\lambda$")
    axes.set_ylabel("share of the dancers")
    axes.legend(loc="upper left")
