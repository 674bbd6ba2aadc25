"""Copying bees that sometimes choose at random: with little noise they nearly all agree.

With the chance eps a bee takes a random option; else it copies a random bee.  With little noise the
share of an option is mostly near 0 or 1, with much noise near 1/2; at eps = 2 / (N + 1) it is flat.

Kirman, "Ants, rationality, and recruitment", Q. J. Econ. 108, 137, 1993,
https://doi.org/10.2307/2118498; his chance of a random switch is eps / 2 here.  The rule is written
from memory of the paper.

    hivemind run --rule noisy_voter.py --eps 0.02 --population-size 20 --updating asynchronous
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import betabinom

from hivemind_abm import Claim, Exploring, Hive, ImitationRule, ensemble, estimate, finite_hive

FAMILY = "voters"


@dataclass(frozen=True)
class NoisyVoter(ImitationRule):
    eps: float = 0.05
    hears = 1

    def decide(self, bee, neighbours, rng):
        if rng.random() < self.eps:
            return rng.integers(neighbours.n_action)
        return neighbours.pick(rng).opinion


N = 20
BEES = {"population_size": N, "updating": "asynchronous"}
BEES |= {"bandit": "linear", "n_action": 2, "gap": 0.0, "q_star": (0.5, 0.5)}  # equal payoffs
HIVE = BEES | {"rule": NoisyVoter()}
FLAT = 2.0 / (N + 1)


def chain(eps):
    """The law of the count in the long run.  With equal payoffs "wvoter" copies a random bee."""
    return finite_hive(Exploring("wvoter", eps), **BEES).stationary_distribution


def runs_of(eps, runs):
    hive = HIVE | {"rule": NoisyVoter(eps)}
    return ensemble(Hive, hive, runs=runs, steps=150, seed=1, keep="last")["share_0"]


def agreeing(quick):
    shares = runs_of(FLAT, 1_000 if quick else 40_000)
    return estimate((shares == 0.0) | (shares == 1.0))


def variance(quick):
    return float(chain(0.5) @ (np.arange(N + 1) / N - 0.5) ** 2)


# the count is beta-binomial, with both parameters eps (N - 1) / (2 (1 - eps)): flat for 1
CLAIMS = (
    Claim("how often all agree at eps = 2 / (N + 1)", 2 / (N + 1), "flat law", agreeing, 0.0),
    Claim(
        *("variance of the share at eps = 0.5", betabinom.var(N, 9.5, 9.5) / N**2),
        *("beta-binomial law", variance, 0.25 / N),  # otherwise: no bee copies
    ),
)


def draw(axes, quick=False):
    places = np.arange(N + 1)
    for eps, colour in ((0.03, "C0"), (FLAT, "C1"), (0.4, "C2")):
        counts = np.rint(N * runs_of(eps, 1_000 if quick else 8_000)).astype(int)
        axes.plot(places / N, chain(eps), colour, label=f"eps = {eps:.2g}")
        seen = np.bincount(counts, minlength=N + 1) / len(counts)
        axes.plot(places / N, seen, "o", color=colour, markersize=4)
    axes.set(xlabel="share of an option", ylabel="probability", ylim=(0.0, None))
    axes.set_title("Little noise: two peaks.  Much noise: one.")
    axes.legend()
