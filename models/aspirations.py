"""Two satisficing players come to cooperate in a prisoner's dilemma, where defection pays more.

A player keeps its option while it is paid what it aspires to; else it changes it with a chance that
grows with the shortfall.  Its aspiration moves slowly towards what it is paid, and trembles now and
then.  Two defectors whose aspirations tremble upwards try other options until both cooperate; that
satisfies them.  With slow aspirations and rare trembles they cooperate nearly all the time.

Karandikar, Mookherjee, Ray & Vega-Redondo, Evolving aspirations and cooperation, J. Econ. Theory
80, 292, 1998, https://doi.org/10.1006/jeth.1997.2379.  The rule is that of the abstract; the forms
of the chance and of the trembles are chosen here.  Each hive is one bee, so a match is a pair.

    hivemind gallery --verify aspirations
"""

from dataclasses import dataclass

import numpy as np

from hivemind_abm import Claim, Estimate, GameModel, ImitationRule, MatrixGame, ensemble, estimate

FAMILY = "learning alone and together"


@dataclass(frozen=True)
class Satisficer(ImitationRule):
    speed: float = 0.02  # of the aspiration
    tremble: float = 5e-4  # its chance
    width: float = 0.4  # of a tremble
    zeal: float = 5.0

    def memory_size(self, n_action):
        return 1  # the aspiration

    def begin(self, bee, rng):
        bee.memory[0] = 0.5

    def decide(self, bee, neighbours, rng):
        shortfall = bee.memory[0] - bee.payoff
        bee.memory[0] -= self.speed * shortfall
        if rng.random() < self.tremble:
            bee.memory[0] = min(max(bee.memory[0] + self.width * (rng.random() - 0.5), 0.0), 1.0)
        if shortfall > 0.0 and rng.random() < min(self.zeal * shortfall, 0.9):
            return (bee.opinion + 1) % neighbours.n_action
        return bee.opinion


PAYOFFS = np.array([[0.8, 0.0], [1.0, 0.2]])  # cooperate, defect
GAME = {
    "game": MatrixGame((PAYOFFS, PAYOFFS.T)),
    "players": (Satisficer(), Satisficer()),
    "population_size": 1,
    "initial_shares": ((0.0, 1.0), (0.0, 1.0)),  # both defect
}


def cooperation(runs, tremble, speed=0.02):
    game = GAME | {"players": (Satisficer(speed, tremble),) * 2}
    table = {"steps": 40_000, "record_every": 40, "keep": "rows"}
    rows = ensemble(GameModel, game, runs=runs, seed=1, **table).query("Step > 10000")
    return estimate((rows["p0_share_0"] * rows["p1_share_0"]).groupby(rows["RunId"]).mean())


def without_trembles(quick):
    some, few = (cooperation(20 if quick else 100, tremble) for tremble in (5e-4, 2.5e-4))
    return Estimate(2.0 * few.value - some.value, 2.0 * few.error + some.error)


# continued to no trembles; otherwise: best replies; within: the square of the 0.007 of 5e-4
CLAIMS = (Claim("time both cooperate", 1.0, "abstract", without_trembles, 0.0, within=1e-4),)


def draw(axes, quick=False):
    trembles = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
    for speed in (0.005, 0.02) if quick else (0.005, 0.02, 0.1):
        shares = [cooperation(5 if quick else 20, each, speed).value for each in trembles]
        axes.semilogx(trembles, shares, "o-", ms=4, label=f"speed of aspirations {speed}")
    axes.set(xlabel="chance of a tremble", ylabel="time both cooperate", ylim=(0, 1.03))
    axes.set_title("Rarer trembles, more cooperation")
    axes.legend(frameon=False)
