"""Voters who follow q unanimous others lose their order if they are too often independent.

A bee asks q others.  With the chance p it is independent and takes a random option; else it adopts
what all q agree on, and keeps its option where they do not agree.  Above a critical p no option has
a majority.  Up to q = 5 the majority fades away; for larger q it breaks down in a jump.

Nyczka, Sznajd-Weron & Cislo, Phys. Rev. E 86, 011105, 2012,
https://doi.org/10.1103/PhysRevE.86.011105.  The rule is written from its abstract and from memory.

    hivemind bifurcation --rule q_voter_independence.py --n-action 2 --vary p=0.1:0.4:7
"""

from dataclasses import dataclass

import numpy as np

from hivemind_abm import Claim, Estimate, Hive, ImitationRule, bifurcation, ensemble

FAMILY = "voters"


@dataclass(frozen=True)
class IndependentVoter(ImitationRule):
    p: float = 0.2  # how often a bee is independent
    hears = 4  # q

    def decide(self, bee, neighbours, rng):
        if rng.random() < self.p:
            return rng.integers(neighbours.n_action)
        option = neighbours.pick(rng).opinion
        return option if neighbours.count_of(option) == neighbours.size else bee.opinion


OPTIONS = {"bandit": "near one", "n_action": 2, "updating": "asynchronous"}
HIVE = OPTIONS | {"rule": IndependentVoter(), "initial_shares": (0.9, 0.1)}


def fixed(c, q):
    """The p at which a share c stays as it is."""
    imitation = (1.0 - c) * c**q - c * (1.0 - c) ** q
    return imitation / (imitation + c - 0.5)


SHARES = np.linspace(0.501, 0.999, 500)
CRITICAL_4, CRITICAL_7 = ((q - 1) / (q - 1 + 2 ** (q - 1)) for q in (4, 7))
JUMP_7 = fixed(SHARES, 7).max()


def meeting(q, values, kind, bees):
    how = OPTIONS | {"vary": "p", "values": values, "neighbourhood_size": q, "bees": bees}
    met = bifurcation(IndependentVoter(), **how).meetings()
    met = met[met["kind"] == kind]
    return Estimate(*met[["value", "error"]].iloc[0]) if len(met) else np.nan


def fading(quick):
    return meeting(4, (0.1, 0.2, 0.25, 0.3, 0.4), "pitchfork", 12_800 if quick else 512_000)


def jump(quick):
    return meeting(7, (0.09, 0.1, 0.11, 0.12, 0.13), "fold", 12_800 if quick else 512_000)


CLAIMS = (  # otherwise: a majority of 3; a jump at the critical p
    Claim("critical p for q = 4", CRITICAL_4, "(q - 1) / (q - 1 + 2^(q - 1))", fading, 1 / 3, 4.0),
    Claim("p of the jump for q = 7", JUMP_7, "rate equation", jump, CRITICAL_7, 4.0, within=1e-6),
)


def draw(axes, quick=False):
    for q, colour in ((4, "C0"), (7, "C1")):
        axes.plot(fixed(SHARES, q), SHARES, colour, label=f"theory, q = {q}")
        for p in np.linspace(0.02, 0.4, 6 if quick else 20):
            hive = HIVE | {"rule": IndependentVoter(p), "neighbourhood_size": q}
            share = ensemble(Hive, hive, runs=10, steps=100, seed=1, keep="last")["share_0"]
            axes.errorbar(p, share.mean(), share.std(), fmt="o", color=colour, markersize=4)
    axes.set(xlabel="chance p of independence", ylabel="share of the first majority")
    axes.set_title("A majority fades, or breaks down at once")
    axes.legend()
