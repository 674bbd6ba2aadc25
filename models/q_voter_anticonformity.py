"""Voters who sometimes do the opposite of q unanimous others lose their order gradually.

A bee asks q others.  Where all q agree, it adopts their option, or with the chance p the other one.
The critical p grows with q, and the majority always fades away gradually; independent voters, who
ignore the others, do the reverse of both (see `q_voter_independence`).

Nyczka, Sznajd-Weron & Cislo, "Phase transitions in the q-voter model with two types of stochastic
driving", Phys. Rev. E 86, 011105, 2012, https://doi.org/10.1103/PhysRevE.86.011105.  The rule is
written from the abstract and from memory of the paper.

    hivemind mean-field --rule q_voter_anticonformity.py --p 0.1 --bandit "near one" --n-action 2
"""

from dataclasses import dataclass

import numpy as np

from hivemind_abm import Claim, Estimate, Hive, ImitationRule, bifurcation, ensemble

FAMILY = "voters"


@dataclass(frozen=True)
class Anticonformist(ImitationRule):
    p: float = 0.1  # how often a bee does the opposite
    hears = 2  # q

    def decide(self, bee, neighbours, rng):
        option = neighbours.pick(rng).opinion
        if neighbours.count_of(option) < neighbours.size:
            return bee.opinion
        other = (option + 1) % neighbours.n_action
        return other if rng.random() < self.p else option


OPTIONS = {"bandit": "near one", "n_action": 2, "updating": "asynchronous"}
HIVE = OPTIONS | {"rule": Anticonformist(), "initial_shares": (0.9, 0.1)}


def followed(q, values, bees):
    """The fixed points over p, from the rule's own decisions."""
    how = OPTIONS | {"vary": "p", "values": values, "neighbourhood_size": q, "bees": bees}
    return bifurcation(Anticonformist(), **how)


def critical(quick):
    met = followed(4, (0.25, 0.35, 0.45, 0.55), 6_400 if quick else 512_000).meetings()
    return Estimate(*met[["value", "error"]].iloc[0]) if len(met) else np.nan


def majority(quick):
    points = followed(2, (0.05, 0.1, 0.15, 0.2), 6_400 if quick else 512_000).table()
    best = points[points["value"] == 0.1].sort_values("share_0").iloc[-1]
    return Estimate(best["share_0"], best["error_0"])


CLAIMS = (
    # a rate equation is linear at even shares: (1 - p) (q - 1) = p (q + 1)
    Claim("critical p for q = 4", (4 - 1) / (2 * 4), "(q - 1) / (2 q)", critical, 0.25, 6.0),
    # for q = 2, m = 2 x - 1 has the fixed points m = 0 and m^2 = 1 - 4 p
    Claim("majority for q = 2 at p = 0.1", 0.5 + 0.5 * 0.6**0.5, "rate equation", majority, 0.5),
)


def draw(axes, quick=False):
    for q, colour in ((2, "C0"), (4, "C1")):
        shares = np.linspace(0.5, 1.0, 200)[1:]
        pull = (1.0 - shares) * shares**q - shares * (1.0 - shares) ** q
        push = shares ** (q + 1) - (1.0 - shares) ** (q + 1)
        axes.plot(pull / (pull + push), shares, colour, label=f"theory, q = {q}")
        for p in np.linspace(0.02, 0.44, 6 if quick else 15):
            hive = HIVE | {"rule": Anticonformist(p), "neighbourhood_size": q}
            share = ensemble(Hive, hive, runs=10, steps=100, seed=1, keep="last")["share_0"]
            axes.errorbar(p, share.mean(), share.std(), fmt="o", color=colour, markersize=4)
    axes.set(xlabel="chance p of the opposite", ylabel="share of the first majority")
    axes.set_title("A majority fades away, later for larger groups")
    axes.legend()
