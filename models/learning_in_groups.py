"""Bees that copy, and adopt what was good, are together a multiplicative weights learner.

A site is good with the chance eta_j in a step, for all bees alike.  A bee picks a random site with
the chance mu, else that of a random bee with a site.  It adopts it with the chance beta if it was
good, else 1 - beta, or sits out a step.  So the shares among bees with a site are multiplied by
beta or 1 - beta, after mixing in mu (exactly so in an infinite hive).

Celis, Krafft & Vishnoi, PODC 2017, https://doi.org/10.1145/3087801.3087820; in part from memory.

    hivemind gallery --verify learning_in_groups
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import binom

from hivemind_abm import Bandit, Claim, Hive, ImitationRule, ensemble, estimate

FAMILY = "learning alone and together"


@dataclass(frozen=True)
class CopyAndAdopt(ImitationRule):
    mu: float = 0.0
    beta: float = 0.65
    uncommitted = True

    def decide(self, bee, neighbours, rng):
        none = neighbours.n_action
        copies = rng.random() >= self.mu and neighbours.count_of(none) < neighbours.size
        site = none if copies else rng.integers(none)
        while site == none:
            site = neighbours.pick(rng).opinion
        good = neighbours.payoff_of(site) > 0.0
        return site if (rng.random() < self.beta) == good else none


@dataclass(frozen=True)
class CommonLuck(Bandit):
    eta: tuple[float, float] = (0.8, 0.4)
    n_action: int = 2

    def memory_size(self, n_action):
        return n_action

    def change(self, world, rng):
        for site in range(2):
            world.memory[site] = 1.0 if rng.random() < self.eta[site] else 0.0

    def pull(self, option, world, rng):
        return world.memory[option]

    def expected_rewards(self, world):
        return np.array(world.memory)


HIVE = {"rule": CopyAndAdopt(), "bandit": CommonLuck(), "population_size": 1_000}


def weights(steps):  # the mean of P_0 with mu = 0: the odds count the luck of both sites
    luck = np.arange(steps + 1)
    share = 1.0 / (1.0 + (0.35 / 0.65) ** (luck[:, None] - luck))
    return float(binom.pmf(luck, steps, 0.8) @ share @ binom.pmf(luck, steps, 0.4))


def share(quick, steps=8):
    end = ensemble(Hive, HIVE, runs=300 if quick else 3_000, steps=steps, seed=1, keep="last")
    return estimate(end["share_0"] / (1.0 - end["share_none"]))


CLAIMS = (Claim("share at step 8", weights(8), "P", share, 0.8605, within=1e-3),)  # own luck, 1/N


def draw(axes, quick=False):
    value, error = np.array([share(True, t) for t in range(13)]).T
    axes.errorbar(range(13), value, 2.0 * error, fmt="C0o", ms=4)
    axes.plot([weights(t) for t in range(13)], "k")
    axes.set(xlabel="step", ylabel="share of better site", title="Hives (dots), the learner (line)")
