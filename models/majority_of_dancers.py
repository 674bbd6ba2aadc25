"""Dancers vote: bees dance longer for a better site, then follow the majority of some dancers.

A bee dances for a time proportional to its site's quality.  Then it visits the site that most of
`asked` dancers and itself hold.  All times are exponential.  With two asked, the basins part where
q_B / (q_A + q_B) of the dancers dance for A; with more, nearer to one half: the hive errs more.

Valentini, Ferrante, Hamann & Dorigo, "Collective decision with 100 Kilobots", Auton. Agents
Multi-Agent Syst. 30, 553 (2016), https://doi.org/10.1007/s10458-015-9323-3.  From memory.

    hivemind gallery --verify majority_of_dancers
"""

from dataclasses import dataclass

import numpy as np

from hivemind_abm import BanditLinear, Claim, Hive, ImitationRule, ensemble, estimate

FAMILY = "robots and best of N"


@dataclass(frozen=True)
class DanceAndVote(ImitationRule):
    dance_time: float = 20.0  # for a site of quality 1, in steps
    visit_time: float = 10.0
    asked: int = 2  # an even number

    def memory_size(self, n_action):
        return 1  # 1.0 while the bee dances

    def dance(self, bee, rng):
        if bee.step == 0:  # at first, as many dance for each site as in the long run
            cycle = self.dance_time * bee.payoff + self.visit_time
            bee.memory[0] = 1.0 if rng.random() * cycle >= self.visit_time else 0.0
        return bee.memory[0]  # a bee that visits its site is silent

    def decide(self, bee, neighbours, rng):
        time = self.visit_time if bee.memory[0] == 0.0 else self.dance_time * bee.payoff
        if rng.random() * time >= 1.0:
            return bee.opinion
        bee.memory[0] = 1.0 - bee.memory[0]
        other, votes = bee.opinion, 0
        for _ in range(self.asked if bee.memory[0] == 0.0 else 0):
            heard = neighbours.pick_by_payoff(rng).opinion
            other = heard if other == bee.opinion else other
            votes += heard == other and other != bee.opinion
        return other if 2 * votes > self.asked + 1 else bee.opinion


SITES = BanditLinear(n_action=2, gap=0.0, q_star=(1.0, 0.5))
HIVE = {"rule": DanceAndVote(), "bandit": SITES, "updating": "asynchronous", "population_size": 500}
STARTS = np.arange(0.14, 0.47, 0.02)  # shares of site A


def wins(quick, asked):  # the hives of 500 bees that end on site A, shape (runs, starts)
    rule, runs = {"rule": DanceAndVote(asked=asked), "stop_if_end": 0.9}, 5 if quick else 60
    hives = [HIVE | rule | {"initial_shares": (x, 1.0 - x)} for x in STARTS]
    ends = [ensemble(Hive, each, runs=runs, steps=3000, seed=1, keep="last") for each in hives]
    return np.transpose([end["share_0"] > 0.5 for end in ends])


def part(quick, asked=2):  # the share from which half of the hives end on A
    return estimate(0.47 - 0.02 * wins(quick, asked).sum(axis=1))


Y = np.array((0.5 / 1.5, 0.379327))  # of the dancers; (1 - y)^2 (1 + 3 y) / 1 = y^2 (4 - 3 y) / 0.5
TWO, FOUR = 1.5 * Y / (1.5 * Y + 2.0 * (1.0 - Y))  # with those that visit, 10 / (20 q) per dancer
CLAIMS = (  # 500 bees are off by order 1 / N
    Claim("basins part, 2 asked", TWO, "rates", part, FOUR, 5, within=0.002),
    Claim("basins part, 4 asked", FOUR, "rates", lambda q: part(q, 4), TWO, 5, within=0.002),
)


def draw(axes, quick=False):
    for asked, share in ((2, TWO), (4, FOUR)):
        (line,) = axes.plot(STARTS, wins(quick, asked).mean(axis=0), "o-", label=f"{asked} asked")
        axes.axvline(share, color=line.get_color(), ls=":")
    axes.set(title="More dancers asked, more errors", xlabel="first share of A", ylabel="ends on A")
    axes.legend()
