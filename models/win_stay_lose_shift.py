"""Bees that hear nobody, stay after a success and shift after a failure, do better than chance.

Win-stay, lose-shift, the first rule for bandits that was analysed: keep the option after a success,
try another one after a failure.  A bee is on an option in proportion to 1 / (1 - q), the mean time
that it stays there.  With two options it succeeds in (q_0 + q_1 - 2 q_0 q_1) / (2 - q_0 - q_1) of
the pulls: more than (q_0 + q_1) / 2, but it never settles.

H. Robbins, Some aspects of the sequential design of experiments, Bull. Amer. Math. Soc. 58,
527-535, 1952, https://doi.org/10.1090/S0002-9904-1952-09620-8.
The rule and the rate are written from memory of the paper.

    hivemind run --rule win_stay_lose_shift.py --bandit win_stay_lose_shift.py --steps 50
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from hivemind_abm import Bandit, Claim, Hive, ImitationRule, ensemble, estimate

FAMILY = "learning alone and together"


@dataclass(frozen=True)
class Coins(Bandit):
    """Option a pays 1 with the probability q[a], else 0."""

    q: tuple[float, ...] = (0.9, 0.6)
    n_action: int = 2

    def pull(self, option, world, rng):
        return 1.0 if rng.random() < self.q[option] else 0.0


@dataclass(frozen=True)
class WinStayLoseShift(ImitationRule):
    def decide(self, bee, neighbours, rng):
        if bee.payoff > 0.0:
            return bee.opinion
        other = rng.integers(neighbours.n_action - 1)
        return other + 1 if other >= bee.opinion else other


HIVE = {"rule": WinStayLoseShift(), "bandit": Coins(), "population_size": 200}


def success(q, p):  # per pull
    return (q + p - 2.0 * q * p) / (2.0 - q - p)


def measured(column, q, quick):
    hive, runs = HIVE | {"bandit": Coins(q, len(q))}, 100 if quick else 4000
    return estimate(ensemble(Hive, hive, runs=runs, steps=60, seed=1, keep="last")[column])


SUCCESSES = partial(measured, "mean_payoff", (0.9, 0.6))
SHARE = partial(measured, "share_0", (0.9, 0.8, 0.5))
BEST = 10.0 / (10.0 + 5.0 + 2.0)  # 1 / (1 - q) of each option
CLAIMS = (  # choice by chance: 0.75 and 1/3
    Claim("successes, q = 0.9 and 0.6", success(0.9, 0.6), "limit of the rate", SUCCESSES, 0.75),
    Claim("share of the best of 0.9, 0.8, 0.5", BEST, "follows", SHARE, 1.0 / 3.0),
)


def draw(axes, quick=False):
    p, tried = np.linspace(0.0, 0.9, 100), np.linspace(0.0, 0.9, 10)
    rates = [measured("mean_payoff", (0.9, each), True).value for each in tried]
    axes.plot(p, success(0.9, p), color="C0", label="stay or shift: formula")
    axes.plot(tried, rates, "o", color="C0", ms=4, label="stay or shift: 200 bees")
    axes.plot(p, (0.9 + p) / 2.0, color="C7", ls="--", label="choice by chance")
    axes.axhline(0.9, color="C2", ls=":", label="always the better option")
    axes.set(xlabel="success of the poorer option", ylabel="successes per pull", ylim=(0.4, 0.95))
    axes.set_title("To leave after a failure beats chance")
    axes.legend(loc="lower right")
