"""The weighted voter, one bee at a time and counting itself, is the Moran process of genetics.

In each event a random bee gives up its option and takes that of a bee drawn by payoff, itself
included.  In genetics the bee dies, and the child of a parent drawn by fitness fills its place.  An
option that pays r times as much, held by one bee of N, takes over the hive with the chance
(1 - 1/r) / (1 - 1/r^N).  If r = 1, this is 1/N.

P. A. P. Moran, Random processes in genetics, Math. Proc. Camb. Phil. Soc. 54, 60-71, 1958,
https://doi.org/10.1017/S0305004100033193; the formula: E. Lieberman, C. Hauert, M. A. Nowak, Nature
433, 312-316, 2005, https://doi.org/10.1038/nature03204.  Written from memory of the papers.

    hivemind run --rule moran.py --neighbourhood everyone --updating asynchronous
"""

from dataclasses import dataclass

import numpy as np

from hivemind_abm import BanditLinear, Claim, Hive, ImitationRule, ensemble, estimate, finite_hive

FAMILY = "imitation and games"


@dataclass(frozen=True)
class Moran(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return neighbours.pick_by_payoff(rng).opinion


def fitness(r):
    """Option 0 pays r times as much as option 1."""
    return BanditLinear(n_action=2, gap=0.0, q_star=(0.3 * r, 0.3))


N = 20
MORAN = {"population_size": N, "neighbourhood": "everyone", "updating": "asynchronous"}
HIVE = MORAN | {"rule": Moran(), "bandit": fitness(1.5), "initial_shares": (1 / N, 1 - 1 / N)}


def takeover(r):
    return 1.0 / N if r == 1.0 else (1.0 - 1.0 / r) / (1.0 - 1.0 / r**N)


def in_runs(quick, r=1.5):
    hive, runs = HIVE | {"bandit": fitness(r), "stop_if_end": True}, 500 if quick else 20_000
    last = ensemble(Hive, hive, runs=runs, steps=5000, seed=1, keep="last")
    return estimate(last["share_0"] == 1.0)


def of_voter(quick):
    return finite_hive("wvoter", fitness(1.5), **MORAN).consensus_probabilities[1, 0]


CLAIMS = (
    Claim("takeover by one of 20 bees, r = 1.5", takeover(1.5), "formula", in_runs, 1.0 / N),
    Claim("the same of the weighted voter", takeover(1.5), "formula", of_voter, 1.0 / N),
)


def draw(axes, quick=False):
    r, tried = np.linspace(0.4, 3.0, 100), (0.5, 0.8, 1.0, 1.2, 1.5, 2.0, 2.5, 3.0)
    runs = [in_runs(quick, each) for each in tried]
    axes.plot(r, [takeover(each) for each in r], label="Moran process, formula")
    axes.errorbar(tried, *zip(*runs, strict=True), fmt="o", ms=4, label="hives of 20 bees")
    axes.axhline(1.0 / N, color="C7", ls=":", label="chance alone, 1/20")
    axes.set(xlabel="payoff of the new option / payoff of the old", ylabel="chance to take over")
    axes.set_title("One bee with a better option may win over the hive")
    axes.legend()
