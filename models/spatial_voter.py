"""On a network the voter model listens to its hubs: one bee in the middle wins half of the time.

One at a time, a bee takes the option of a random neighbour.  On a network what is kept on average
is not the share of an option but its share of the links: each bee counts with its degree.  So an
option wins with the chance that the degrees of its first holders sum to, of all degrees.  On a star
the bee in the middle has as many links as all others together.

V. Sood, S. Redner, Voter model on heterogeneous graphs, Phys. Rev. Lett. 94, 178701, 2005,
https://doi.org/10.1103/PhysRevLett.94.178701.  Written from the abstract and from memory.

    hivemind gallery --verify spatial_voter
"""

from dataclasses import dataclass
from functools import partial

import networkx as nx

from hivemind_abm import Claim, Hive, ImitationRule, estimate

FAMILY = "voters"


@dataclass(frozen=True)
class Voter(ImitationRule):
    hears = 1

    def decide(self, bee, neighbours, rng):
        return neighbours.pick(rng).opinion


STAR = nx.star_graph(20)  # bee 0 is in the middle
HUBS = nx.barabasi_albert_graph(40, 2, seed=1)
HIVE = {"rule": Voter(), "bandit": "near one", "n_action": 2, "updating": "asynchronous"}
HIVE |= {"population_size": len(STAR), "neighbourhood": STAR}


def weight(graph, holders):
    """Their share of all degrees."""
    return sum(graph.degree(bee) for bee in holders) / (2 * graph.number_of_edges())


def wins(graph, holders, quick, runs=1000):
    """How often the option of these bees takes over."""
    ends = []
    for seed in range(80 if quick else runs):
        hive = Hive(**HIVE | {"population_size": len(graph), "neighbourhood": graph}, rng=seed)
        hive.opinions[:] = 1
        hive.opinions[holders] = 0
        while 0 < hive.opinions.sum() < len(graph):
            hive.run_for(20)
        ends.append(not hive.opinions.any())
    return estimate(ends)


TOP = sorted(HUBS, key=HUBS.degree)[-5:]  # the five bees with most links
MIDDLE_WINS = partial(wins, STAR, [0])
TOP_WIN = partial(wins, HUBS, TOP)
TEXT = "conserved degree-weighted share"
CLAIMS = (
    Claim("takeover by the middle of 21 bees", weight(STAR, [0]), TEXT, MIDDLE_WINS, 1 / 21, 10.0),
    Claim("takeover by 5 hubs of 40 bees", weight(HUBS, TOP), TEXT, TOP_WIN, 5 / 40, 10.0),
)


def draw(axes, quick=False):
    ranked = sorted(HUBS, key=HUBS.degree)
    for colour, label, graph, groups in (
        ("C1", "star: a bee at the rim, the middle", STAR, ([1], [0])),
        ("C0", "scale-free: 5 bees, few to many links", HUBS, (ranked[:5], ranked[18:23], TOP)),
    ):
        x = [weight(graph, holders) for holders in groups]
        values, errors = zip(*(wins(graph, holders, quick, 300) for holders in groups), strict=True)
        axes.errorbar(x, values, errors, fmt="o", ms=4, color=colour, label=label)
    axes.plot([0, 0.55], [0, 0.55], color="C7", lw=1, label="conserved: the share of links")
    axes.set(xlabel="share of all links of the first holders", ylabel="chance to take over")
    axes.set_title("An option wins by the links of its bees")
    axes.legend(loc="upper left")
