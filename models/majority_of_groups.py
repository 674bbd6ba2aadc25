r"""Groups of three in which all take the majority's option agree in a time that grows as ln N.

In each event three random bees meet, and all three adopt what most of them hold.  So each event
wins at most one bee for the majority.  From n of N bees, an option wins with a chance that is a
sum of binomial coefficients: a small majority nearly always wins.

Krapivsky & Redner, "Dynamics of majority rule in two-state interacting spin systems", Phys. Rev.
Lett. 90, 238701, 2003, https://doi.org/10.1103/PhysRevLett.90.238701.  The rule is that of the
abstract; the formulas are written from memory of the paper, and derived anew.

    hivemind finite --rule majority_of_groups.py --population-size 30 --neighbourhood groups \
        --neighbourhood-size 3 --updating asynchronous --gap 0
"""

from dataclasses import dataclass
from math import comb, log

from hivemind_abm import Claim, Hive, ImitationRule, consensus_times, ensemble, finite_hive

FAMILY = "majorities"


@dataclass(frozen=True)
class GroupMajority(ImitationRule):
    def decide(self, bee, neighbours, rng):
        most = 0
        for option in range(neighbours.n_action):
            if neighbours.count_of(option) > neighbours.count_of(most):
                most = option
        return most


GROUPS = {"neighbourhood": "groups", "neighbourhood_size": 3, "updating": "asynchronous"}
GROUPS |= {"rule": GroupMajority(), "bandit": "near one", "n_action": 2, "gap": 0.0}
HIVE = GROUPS | {"population_size": 300}


def chain(bees, n):
    """An exact chain, and its state with n bees on option 0; a group's decisions know no chance."""
    hive = finite_hive(population_size=bees, samples=100, **GROUPS)
    return hive, hive.state_of((n, bees - n))


def winning(quick):
    hive, state = chain(30, 12)
    return float(hive.consensus_probabilities[state, 0])


def slope(quick):
    """How the time to agree grows with ln N, where two thirds hold an option at first."""
    sizes = (90, 180) if quick else (300, 600)
    times = [hive.consensus_times[state] for hive, state in (chain(n, 2 * n // 3) for n in sizes)]
    return float(times[1] - times[0]) / log(2.0)


WINS = sum(comb(30 - 3, j) for j in range(12 - 1)) / 2 ** (30 - 3)  # from n = 12 of N = 30
CLAIMS = (
    Claim("chance to win from 12 of 30", WINS, "exit probability", winning, 12 / 30),
    # dx/dt = x (1 - x) (2 x - 1) ends as exp(-t), up to terms of order ln N / N in a small hive.
    # From even shares it would be 2: leaving them takes ln N, too.
    Claim("time over ln N from 2/3", 1.0, "T ~ ln N", slope, 2.0, 2.0, within=0.05),
)


def draw(axes, quick=False):
    sizes = (12, 30, 60) if quick else (12, 30, 60, 120, 240)
    for share, colour, label in ((1 / 2, "C0", "even shares"), (2 / 3, "C1", "two thirds")):
        starts = [chain(bees, round(share * bees)) for bees in sizes]
        axes.plot(sizes, [hive.recorded_times[state] for hive, state in starts], colour)
        for bees in sizes:
            hive = HIVE | {"population_size": bees, "initial_shares": (share, 1.0 - share)}
            runs = {"runs": 100 if quick else 2_000, "steps": 500, "seed": 1, "keep": "last"}
            times = consensus_times(ensemble(Hive, hive | {"stop_if_end": True}, **runs))
            axes.plot(bees, times.mean(), "o", color=colour, label=label if bees == 12 else None)
    axes.set(xlabel="bees N", ylabel="steps to agree", xscale="log")
    axes.set_xticks(sizes, sizes)
    axes.minorticks_off()
    axes.set_title("Twice the bees take one or two steps more")
    axes.legend(title="runs from")
