"""In the naming game a tenth of committed bees brings everybody to their word.

A bee knows word A, word B, or both (the last option).  When two meet, one says a word it knows.
If the other knows it, both forget all other words, with the chance beta; else it learns the word.
Here one of the two changes, in its role, so a large hive has the rates of the paper.  Committed
bees always say A.  Below a share of 0.0979 the others can hold on to B.  (Xie et al., Phys. Rev. E
84, 011130, 2011, https://doi.org/10.1103/PhysRevE.84.011130; beta: Baronchelli et al., Phys. Rev. E
76, 051102, 2007.  The rule is from the first abstract and from memory of the papers.)

    hivemind gallery --verify naming_game
"""

from dataclasses import dataclass

import numpy as np

from hivemind_abm import Claim, Estimate, Hive, ImitationRule, bifurcation, ensemble

FAMILY = "voters"
WORDS = {"bandit": "near one", "n_action": 3, "updating": "asynchronous"}


@dataclass(frozen=True)
class NamingGame(ImitationRule):
    beta: float = 1.0
    hears = 1

    def decide(self, bee, neighbours, rng):
        both = neighbours.n_action - 1
        met, speaks = neighbours.pick(rng).opinion, rng.random() < 0.5
        speaker, hearer = (bee.opinion, met) if speaks else (met, bee.opinion)
        word = rng.integers(max(both, 1)) if speaker == both else speaker
        if hearer != word and hearer != both:
            return bee.opinion if speaks else both
        return word if rng.random() < self.beta else bee.opinion


@dataclass(frozen=True)
class Committed(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return 0  # word A


def hive(committed):
    rules = [(NamingGame(), 1.0 - committed), (Committed(), committed)]
    return WORDS | {"rule": rules, "initial_shares": [(0.0, 1.0, 0.0), (1.0, 0.0, 0.0)]}


def meeting(rule, vary, values):
    def measure(quick):
        how = WORDS | {"vary": vary, "values": values, "bees": 12_800 if quick else 128_000}
        met = bifurcation(rule, **how).meetings()
        return Estimate(*met[["value", "error"]].iloc[-1]) if len(met) else np.nan

    return measure


HIVE = hive(committed=0.12)
SHARE = meeting(HIVE["rule"], "rule_share_1", (0.06, 0.08, 0.1, 0.12))
BETA = meeting(NamingGame(), "beta", (0.1, 0.2, 0.3, 0.4, 0.5))
CLAIMS = (  # otherwise: bees that copy at random, and give in to anybody
    Claim("committed share that wins", 0.0979, "p_c", SHARE, 0.0, 5.0, within=5e-5),
    Claim("beta below which no word wins", 1 / 3, "beta_c", BETA, 0.5, 2.0),
)


def draw(axes, quick=False):
    p = np.linspace(0.0, 0.2, 201)
    a, b = 0.0 * p, 1.0 - p
    for _ in range(4_000):  # the rate equations of the paper
        both = 1.0 - p - a - b
        a += 0.1 * (both**2 - a * b + (a + 1.5 * p) * both)
        b += 0.1 * (both**2 - a * b + (both - p) * b)
    axes.plot(p, b)
    for share in p[::20]:
        on_b = ensemble(Hive, hive(share), runs=5, steps=400, seed=1, keep="last")["share_1"]
        axes.errorbar(share, on_b.mean(), on_b.std(), fmt="oC1", markersize=4)
    axes.set(xlabel="share of bees committed to A", ylabel="share on B (line: rate equations)")
    axes.set_title("A tenth of committed bees turns all others")
