"""Contrarians in groups of three: one in six is enough, and no option wins any more.

In each step the bees part into groups of three, and each takes the majority's option; a bee that is
contrarian this time (chance a) takes the other one.  Below a = 1/6 one option keeps a majority.
Above it every vote ends near fifty-fifty, the "hung elections" of the paper.  Above a = 5/6 the
majority changes sides in each step.

Galam, "Contrarian deterministic effects on opinion dynamics: the hung elections scenario",
Physica A 333, 453, 2004, https://doi.org/10.1016/j.physa.2003.10.041.  Alternation: Borghesi &
Galam, Phys. Rev. E 73, 066118, 2006.  The rule is that of the abstract; its numbers are written
from memory of the papers.

    hivemind bifurcation --rule contrarians.py --bandit "near one" --n-action 2 --vary a=0:1:11
"""

from dataclasses import dataclass

import numpy as np

from hivemind_abm import Claim, Estimate, Hive, ImitationRule, bifurcation, ensemble

FAMILY = "majorities"


@dataclass(frozen=True)
class Contrarian(ImitationRule):
    a: float = 0.1
    hears = 3

    def decide(self, bee, neighbours, rng):
        most = 0
        for option in range(1, neighbours.n_action):
            if neighbours.count_of(option) > neighbours.count_of(most):
                most = option
        return (most + 1) % neighbours.n_action if rng.random() < self.a else most


OPTIONS = {"bandit": "near one", "n_action": 2, "neighbourhood_size": 3}
HIVE = OPTIONS | {"rule": Contrarian(), "neighbourhood": "groups"}
HIVE |= {"population_size": 900, "initial_shares": (0.9, 0.1)}


def meeting(values, kind, quick):
    """Where the even state loses its stability; three random bees stand for a group of three."""
    how = OPTIONS | {"vary": "a", "values": values, "bees": 6_400 if quick else 256_000}
    met = bifurcation(Contrarian(), **how).meetings()
    met = met[met["kind"] == kind]
    return Estimate(*met[["value", "error"]].iloc[0]) if len(met) else np.nan


def hung(quick):
    return meeting((0.1, 0.15, 0.2, 0.25), "pitchfork", quick)


def alternating(quick):
    return meeting((0.75, 0.8, 0.85, 0.9), "period two", quick)


# one step multiplies a small m = 2 x - 1 by (1 - 2 a) 3 / 2
CLAIMS = (
    Claim("share of contrarians that hangs a vote", 1 / 6, "a_c", hung, 0.5, 5.0),
    Claim("share for an alternating majority", 5 / 6, "1 - a_c", alternating, 1.0, 5.0),
)


def draw(axes, quick=False):
    a = np.linspace(0.0, 1 / 6, 100)
    x = 0.5 + 0.5 * np.sqrt((1.0 - 6.0 * a) / (1.0 - 2.0 * a))
    for sides in (x, 1.0 - x):
        axes.plot(np.append(a, 1.0 - a[::-1]), np.append(sides, sides[::-1]), "C0")
    for share in np.linspace(0.0, 1.0, 11 if quick else 31):
        rows = ensemble(Hive, HIVE | {"rule": Contrarian(share)}, runs=1, steps=60, seed=1)
        axes.plot(np.full(20, share), rows["share_0_mean"][-20:], ".C1", markersize=4, alpha=0.5)
    axes.set(xlabel="share a of contrarians", ylabel="share of option 0")
    axes.set_title("One option leads, none leads, both in turn")
    axes.legend(axes.lines[1:3], ["theory", "one run, last 20 steps"], loc="lower center")
