"""Zealots never change their option, and contrarians leave the option that most bees hold.

Voters draw a bee by its payoff and copy it.  A share z of zealots for the poorer option takes
z q_A / (q_A - q_B) from the share of the better one, and all of it at z = 1 - q_B / q_A.
Contrarians do the same as long as most bees hold the better option; then they stop halfway.

The numbers follow from the mean field of the weighted voter (Soma et al.,
https://doi.org/10.48550/arXiv.2410.17517) with some bees held fast.  Zealots: De Masi et al., Swarm
Intell. 15, 2021.  Contrarians: Galam, Physica A 333, 453, 2004.

    hivemind run --rule zealots_and_contrarians.py:Contrarian --bandit "near one" --n-action 2
"""

from dataclasses import dataclass

import numpy as np

from hivemind_abm import Claim, Estimate, Hive, ImitationRule, bifurcation, ensemble, estimate

FAMILY = "voters"


@dataclass(frozen=True)
class Zealot(ImitationRule):
    option: int = 0

    def decide(self, bee, neighbours, rng):
        return self.option


@dataclass(frozen=True)
class Contrarian(ImitationRule):
    def decide(self, bee, neighbours, rng):
        many = 2 * neighbours.count_of(bee.opinion) > neighbours.size
        return (bee.opinion + 1) % neighbours.n_action if many else bee.opinion


A, B = 0.9, 0.6
SITES = {"bandit": "linear", "n_action": 2, "gap": 0.0, "q_star": (A, B)}


def hive(zealots, contrarians=0.0):
    voters, starts = 1.0 - zealots - contrarians, [(0.8, 0.2), (0.0, 1.0), (0.0, 1.0)]
    rules = [("wvoter", voters), (Zealot(1), zealots), (Contrarian(), contrarians)]
    return SITES | {"rule": rules, "updating": "asynchronous", "initial_shares": starts}


HIVE = hive(zealots=0.1, contrarians=0.05)


def takeover(quick):
    how = SITES | {"vary": "rule_share_1", "values": (0.2, 0.25, 0.3, 0.35, 0.4)}
    rules, bees = [("wvoter", 0.7), (Zealot(1), 0.3)], 6_400 if quick else 256_000
    met = bifurcation(rules, bees=bees, **how).meetings()
    return Estimate(*met[["value", "error"]].iloc[-1]) if len(met) else np.nan


def better(quick, zealots=0.1, contrarians=0.05):
    runs = {"runs": 10 if quick else 100, "steps": 100, "seed": 1, "keep": "last"}
    return estimate(ensemble(Hive, hive(zealots, contrarians), **runs)["share_0"])


CLAIMS = (
    Claim("zealots that take over", 1.0 - B / A, "z = 1 - q_B / q_A", takeover, 0.5, 5.0),
    Claim("better option beside 0.15", 1.0 - 0.15 * A / (A - B), "mean field", better, 1.0),
)


def draw(axes, quick=False):
    z = np.linspace(0.0, 0.4, 121)
    axes.plot(z, np.maximum(1.0 - z * A / (A - B), 0.0), "C0", label="theory, zealots")
    axes.plot(z, np.maximum(1.0 - z * A / (A - B), 0.5), "C1--", label="theory, contrarians")
    for share in z[::15]:
        for place, colour in ((0, "C0"), (1, "C1")):
            mean, error = better(True, *np.roll((share, 0.0), place))
            axes.errorbar(share, mean, 2.0 * error, fmt="os"[place], color=colour, markersize=4)
    axes.set(xlabel="share of zealots, or of contrarians", ylabel="share on the better option")
    axes.set_title("Zealots win, contrarians keep both options")
    axes.legend()
