"""A few zealots for each side keep any number of voters from agreeing.

Voters copy a random bee; zealots never change.  The mean share of an option is its share of the
zealots.  With Z zealots on each side and many voters, the magnetisation m = 2 x - 1 has the density
(1 - m^2)^(Z - 1), with the variance 1 / (2 Z + 1).

Mobilia, Petersen & Redner, "On the role of zealotry in the voter model", J. Stat. Mech. P08029,
2007, https://doi.org/10.1088/1742-5468/2007/08/P08029.  The formulas are from memory of it.

    hivemind gallery --verify zealots
"""

from dataclasses import dataclass

import numpy as np

from hivemind_abm import Claim, Hive, ImitationRule, ensemble, estimate, finite_hive

FAMILY = "voters"


@dataclass(frozen=True)
class Voter(ImitationRule):
    hears = 1

    def decide(self, bee, neighbours, rng):
        return neighbours.pick(rng).opinion


@dataclass(frozen=True)
class Zealot(ImitationRule):
    option: int = 0

    def decide(self, bee, neighbours, rng):
        return self.option


EQUAL = {"bandit": "linear", "n_action": 2, "gap": 0.0, "q_star": (0.5, 0.5)}


def hive(*bees, voter=None):
    rules = list(zip((voter or Voter(), Zealot(0), Zealot(1)), bees, strict=True))
    return EQUAL | {"rule": rules, "population_size": sum(bees), "updating": "asynchronous"}


HIVE = hive(180, 10, 10)
RUNS = {"steps": 200, "seed": 1, "keep": "last"}


def mean_share(quick):
    ends = ensemble(Hive, hive(90, 6, 3), runs=200 if quick else 5_000, **RUNS)
    return estimate(ends["kind_0_share_0"])


def variance(quick):
    chain = finite_hive(**hive(20_000, 10, 10, voter="wvoter"))  # copies anybody
    return float(chain.stationary_distribution @ (chain.states[:, 0] / 10_000 - 1.0) ** 2)


CLAIMS = (
    Claim("mean share with 6 and 3 zealots", 6 / 9, "m = (Z+ - Z-) / (Z+ + Z-)", mean_share, 0.5),
    # the density is that of infinitely many voters; n voters add the fraction 2 Z / n = 0.001
    Claim("variance of m with 10 and 10", 1 / 21, "density of m", variance, 0.0, within=6e-5),
)


def draw(axes, quick=False):
    m = np.linspace(-1.0, 1.0, 201)
    for z, colour in ((2, "C0"), (10, "C1")):
        density = (1.0 - m**2) ** (z - 1)
        axes.plot(m, 100.0 * density / density.sum(), colour)
        for voters, mark in ((38, "o"), (155, "s")):
            ends = ensemble(Hive, hive(voters, z, z), runs=200 if quick else 2_000, **RUNS)
            edges = np.linspace(-1.0 - 1 / voters, 1.0 + 1 / voters, 14)
            seen, _ = np.histogram(2.0 * ends["kind_0_share_0"] - 1.0, edges, density=True)
            axes.plot(edges[1:] - 1 / 13, seen, mark + colour, label=f"{z} each, {voters} voters")
    axes.set(xlabel="magnetisation m", ylabel="density", ylim=(0.0, 2.5))
    axes.set_title("Zealots count, voters do not")
    axes.legend(ncols=2, fontsize="small")
