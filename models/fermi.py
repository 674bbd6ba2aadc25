"""Bees take turns to compare payoffs by the Fermi function, and one bee may win over a hive.

A bee adopts the option of another with the chance 1 / (1 + exp(-b (r_j - r_i))).  With a small b
all is chance; with a large b the better option nearly always wins.  From i of N bees an option
takes over with the chance (1 - g^i) / (1 - g^N), g = exp(-b (q_0 - q_1)).

A. Traulsen, M. A. Nowak, J. M. Pacheco, Stochastic dynamics of invasion and fixation, Phys. Rev. E
74, 011909, 2006, https://doi.org/10.1103/PhysRevE.74.011909.  The rule is written from memory of
the paper; the formula is that of payoffs that do not depend on the shares.

    hivemind run --rule fermi.py --bandit "near one" --updating asynchronous --b 2
"""

from dataclasses import dataclass

from hivemind_abm import (
    BanditLinear,
    Claim,
    Estimate,
    Hive,
    ImitationRule,
    ensemble,
    estimate,
    exp,
    finite_hive,
)

FAMILY = "imitation and games"


@dataclass(frozen=True)
class Fermi(ImitationRule):
    b: float = 5.0
    hears = 1

    def decide(self, bee, neighbours, rng):
        other = neighbours.pick(rng)
        chance = 1.0 / (1.0 + exp(-self.b * (other.payoff - bee.payoff)))
        return other.opinion if rng.random() < chance else bee.opinion


SITES = BanditLinear(n_action=2, gap=0.0, q_star=(0.9, 0.6))
HIVE = {"rule": Fermi(), "bandit": SITES, "population_size": 10, "updating": "asynchronous"}
HIVE |= {"initial_shares": (0.1, 0.9)}


def formula(b, bees):  # of 10
    g = exp(-0.3 * b)
    return (1.0 - g**bees) / (1.0 - g**10)


def one_bee(quick):
    hive, runs = HIVE | {"stop_if_end": True}, 500 if quick else 20_000
    last = ensemble(Hive, hive, runs=runs, steps=1000, seed=1, keep="last")
    return estimate(last["share_0"] == 1.0)


def half(quick, b=1.0, bees=5):
    samples = 1000 if quick else 20_000  # from each number of bees
    hive = finite_hive(Fermi(b), SITES, 10, updating="asynchronous", samples=samples)
    ends, errors = hive.consensus_probabilities, hive.consensus_probability_errors
    return Estimate(ends[bees, 0], errors[bees, 0])


CLAIMS = (
    Claim("takeover by one bee, b = 5, runs", formula(5.0, 1), "closed formula", one_bee, 0.1),
    Claim("takeover by half, b = 1, Markov chain", formula(1.0, 5), "closed formula", half, 0.5),
)


def draw(axes, quick=False):
    bees, tried = range(1, 10), range(1, 10, 2)
    for b, colour in ((0.1, "C7"), (1.0, "C0"), (5.0, "C1")):
        chances, errors = zip(*(half(quick, b, i) for i in tried), strict=True)
        axes.plot(bees, [formula(b, i) for i in bees], color=colour, label=f"b = {b:g}")
        axes.errorbar(tried, chances, errors, fmt="o", color=colour, ms=4)
    axes.set(xlabel="bees on the better option at first, of 10", ylabel="chance that they win")
    axes.set_title("A few bees win over the hive if choice is sharp")
    axes.legend(title="lines: formula; points: rule")
