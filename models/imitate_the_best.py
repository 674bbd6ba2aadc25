"""On a lattice, bees that imitate the best paid neighbour keep cooperation alive, and in motion.

A spatial prisoner's dilemma: each bee plays with its eight neighbours and itself.  A cooperator is
paid 1 by each cooperator, a defector b.  Then each bee takes the option of the best paid around it.
A generation is two steps: bees count and show payoffs, then imitate.  Defectors spread if b > 9/5,
cooperators if b < 2.  In between 0.315 of all cooperate here; the paper states about 0.318.

M. A. Nowak, R. M. May, Evolutionary games and spatial chaos, Nature 359, 826-829, 1992,
https://doi.org/10.1038/359826a0.  The rule is written from memory of the paper.

    hivemind gallery --verify imitate_the_best
"""

from dataclasses import dataclass
from functools import partial

import networkx as nx

from hivemind_abm import Claim, Hive, ImitationRule, ensemble

FAMILY = "imitation and games"


@dataclass(frozen=True)
class ImitateTheBest(ImitationRule):
    b: float = 1.9

    def memory_size(self, n_action):
        return 1  # the payoff in the game, divided by 18 to stay below 1

    def dance(self, bee, rng):
        return bee.memory[0]

    def decide(self, bee, neighbours, rng):
        if bee.step % 2 == 1:  # count; option 0 is to cooperate
            around = neighbours.count_of(0)
            bee.memory[0] = (around + 1.0 if bee.opinion == 0 else self.b * around) / 18.0
            return bee.opinion
        best, option = bee.memory[0], bee.opinion
        for other in neighbours:
            if other.payoff > best:
                best, option = other.payoff, other.opinion
        return option


def torus(side, defectors, b=1.9):
    ring = nx.cycle_graph(side)
    hive = {"rule": ImitateTheBest(b), "neighbourhood": nx.strong_product(ring, ring)}
    hive |= {"population_size": side**2, "initial_shares": (1.0 - defectors, defectors)}
    return hive | {"bandit": "near one", "n_action": 2}  # what it pays is not heard


HIVE = torus(40, 0.1)


def threshold(low, share, quick):
    """The largest b, from `low` on, at which cooperators keep more than this share."""
    high, side = low + 0.2, 30 if quick else 50
    while high - low > 0.001:  # so the measured b is lower by up to 0.001
        b = (low + high) / 2.0
        end = ensemble(Hive, torus(side, 0.1, b), runs=2, steps=300, seed=1, keep="last")
        low, high = (b, high) if end["share_0"].mean() > share else (low, b)
    return low


CLAIMS = (  # among bees that all meet each other, defectors win from b = 1
    Claim("defectors spread from b", 1.8, "rule", partial(threshold, 1.7, 0.5), 1.0, 6.0, 0.001),
    Claim("cooperators vanish from b", 2.0, "rule", partial(threshold, 1.9, 0.15), 1.0, 6.0, 0.001),
)


def draw(axes, quick=False):
    hive = Hive(**torus(161, 0.0), rng=1)
    hive.opinions[161 * 80 + 80] = 1  # one defector, in the middle
    hive.run_for(2 * 76)
    axes.pcolormesh(hive.opinions.reshape(161, 161), cmap="cividis_r")
    axes.set(title="76 generations from one defector", aspect="equal", xticks=(), yticks=())
    axes.set_xlabel("dark: defectors, light: cooperators")
