"""Bees that give the best response, and sometimes err, agree on the risk-dominant option.

All bees play a coordination game with the hive: two that meet get `a` on option 0, `b` on option 1,
and nothing if they differ.  Each bee takes the best response to what all hold now, and by mistake
the other option.  Mistakes rarely carry the hive over the threshold b / (a + b), but more easily to
the option that needs fewer of them.  The rarer mistakes are, the more of the time is spent there.

M. Kandori, G. J. Mailath, R. Rob, Learning, mutation, and long run equilibria in games,
Econometrica 61, 29-56, 1993, https://doi.org/10.2307/2951777.  The rule is written from the
abstract and from memory; the formula below follows from it.

    hivemind run --rule best_response.py --neighbourhood everyone --n-action 2 --population-size 10
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.stats import binom

from hivemind_abm import Claim, Hive, ImitationRule, ensemble, estimate

FAMILY = "imitation and games"


@dataclass(frozen=True)
class BestResponse(ImitationRule):
    a: float = 1.0
    b: float = 0.8
    mistakes: float = 0.2

    def decide(self, bee, neighbours, rng):
        last = neighbours.n_action - 1  # 1: the game has two options
        gain = self.a * neighbours.count_of(0) - self.b * neighbours.count_of(last)
        best = 0 if gain >= 0.0 else last
        return last - best if rng.random() < self.mistakes else best


N = 10
HIVE = {"rule": BestResponse(), "population_size": N, "neighbourhood": "everyone"}
HIVE |= {"bandit": "near one", "n_action": 2}  # what it pays is not heard


def at_least(bees, mistakes):
    """The probability that so many of the N bees err in a step."""
    return binom.sf(bees - 1, N, mistakes)


def share(mistakes):
    """The long-run share of option 0: it takes 5 mistakes to get there, and 6 to leave."""
    arrive, leave = at_least(5, mistakes), at_least(6, mistakes)
    there = arrive / (arrive + leave)
    return there * (1.0 - mistakes) + (1.0 - there) * mistakes


def measured(mistakes, quick, runs=2000):
    steps = int(10.0 / at_least(5, mistakes))  # the start is forgotten
    hive = HIVE | {"rule": BestResponse(mistakes=mistakes)}
    runs = 100 if quick else runs
    return estimate(ensemble(Hive, hive, runs=runs, steps=steps, seed=1, keep="last")["share_0"])


CLAIMS = (  # otherwise: the same time on both options
    Claim(
        "share of option 0, 20 % mistakes", share(0.2), "two basins", partial(measured, 0.2), 0.5
    ),
    Claim("share of option 0, 12 %", share(0.12), "two basins", partial(measured, 0.12), 0.5),
)


def draw(axes, quick=False):
    x, tried = np.linspace(0.05, 0.5, 100), (0.12, 0.16, 0.2, 0.25, 0.3, 0.4, 0.5)
    axes.plot(x, [share(each) for each in x], label="formula")
    points = [measured(each, quick) for each in tried]
    axes.errorbar(tried, *zip(*points, strict=True), fmt="o", ms=4, label="hives of 10 bees")
    axes.axhline(0.5, color="C7", ls="--", label="both options alike")
    axes.set(xlabel="chance of a mistake", ylabel="long-run share of option 0", ylim=(0.45, 1))
    axes.set_title("The rarer mistakes are, the surer is option 0")
    axes.legend()
