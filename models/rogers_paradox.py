"""Rogers' paradox: cheap social learning spreads, but does not raise what the hive earns.

The good site of two changes with the chance u per step.  An individual learner finds it, at a cost;
a social learner takes the option of a random bee for nothing.  The more bees copy, the more is out
of date: where p of the bees copy, they hold the good site with the chance
q = (u + (1 - 2 u) (1 - p) (1 - u)) / (1 - (1 - 2 u) p).  They spread until q = 1 - u - cost, and
then bees earn what individual learners earn alone.

Rogers, Does biology constrain culture?, American Anthropologist 90, 819, 1988, from memory,
https://doi.org/10.1525/aa.1988.90.4.02a00030.  Here the site may change before a bee earns there.

    hivemind gallery --verify rogers_paradox
"""

from dataclasses import dataclass

import numpy as np

from hivemind_abm import Bandit, Claim, Hive, ImitationRule, ensemble, estimate

FAMILY = "learning alone and together"


@dataclass(frozen=True)
class Learning(ImitationRule):
    social: bool = True

    def decide(self, bee, neighbours, rng):
        if self.social:
            return neighbours.pick(rng).opinion
        return bee.opinion if bee.payoff > 0.5 else (bee.opinion + 1) % neighbours.n_action


@dataclass(frozen=True)
class GoodSiteMoves(Bandit):
    chance: float = 0.1  # u
    n_action: int = 2

    def memory_size(self, n_action):
        return 1

    def change(self, world, rng):
        if rng.random() < self.chance:
            world.memory[0] = 1.0 - world.memory[0]

    def pull(self, option, world, rng):
        return 1.0 if option == world.memory[0] else 0.0

    def expected_rewards(self, world):
        return np.array([1.0 - world.memory[0], world.memory[0]])


U, COST, EVEN = 0.1, 0.2, 0.75  # at p = EVEN both earn the same
RULE = [(Learning(social=False), 1.0 - EVEN), (Learning(), EVEN)]
HIVE = {"rule": RULE, "bandit": GoodSiteMoves(U), "population_size": 400}


def earned(quick, p=EVEN):
    hive, runs = HIVE | {"rule": [(RULE[0][0], 1.0 - p), (RULE[1][0], p)]}, 40 if quick else 400
    rows = ensemble(Hive, hive, runs=runs, steps=600, seed=1, keep="rows").query("Step >= 50")
    return estimate(rows.groupby("RunId")["mean_payoff"].mean() - (1.0 - p) * COST)


ALONE, FREE = 1.0 - U - COST, 1.0 - U - (1.0 - EVEN) * COST  # FREE: if copies were as good
CLAIMS = (Claim("earned at p = 0.75", ALONE, "what a bee earns alone", earned, FREE, within=1e-3),)
# within: a bee does not copy itself, of the order 1 / N


def draw(axes, quick=False):
    p, places = np.linspace(0.0, 0.98, 50), (0.1, 0.4, 0.75, 0.9)
    q = (U + (1.0 - 2.0 * U) * (1.0 - p) * (1.0 - U)) / (1.0 - (1.0 - 2.0 * U) * p)
    axes.plot(p, 0.0 * p + ALONE, label="individual learners")
    axes.plot(p, q, label="social learners")
    axes.plot(p, p * q + (1.0 - p) * ALONE, "k", label="all")
    axes.plot(places, [earned(quick, each).value for each in places], "ko", ms=4)
    axes.set(xlabel="share of social learners", ylabel="earned per bee and step", ylim=(0.3, 0.92))
    axes.set_title("Copying spreads until it is worth nothing")
    axes.legend(frameon=False, loc="lower left")
