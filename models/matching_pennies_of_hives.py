"""Two hives play matching pennies: replicators circle for ever, hives spiral out and lock in.

Hive 0 is paid where the pennies match, hive 1 where they differ.  In continuous time the replicator
conserves x (1 - x) y (1 - y), so the shares of heads follow closed orbits.  One orbit lasts 8 K(m),
m = 1 - 16 x (1 - x) y (1 - y), with the complete elliptic integral K; small ones last 4 pi.  Hives
step together.  Weighted voters follow x_a f_a / fbar: with the log-odds u and v of heads, a step
leads to u + v and v - u, which turns by 45 degrees and is longer by sqrt(2).

Hofbauer & Sigmund, Evolutionary Games and Population Dynamics, 1998, chapters 7 and 10,
https://doi.org/10.1017/CBO9781139173179 (from memory).  Learners on such orbits: Sato, Akiyama &
Farmer, PNAS 99, 4748, 2002, https://doi.org/10.1073/pnas.032086299.

    hivemind play "matching pennies" wvoter wvoter --initial-shares 0.7,0.3/0.5,0.5 --steps 50
"""

import math

import numpy as np
from scipy.optimize import brentq
from scipy.special import ellipk

from hivemind_abm import Claim, CoupledReplicators, GameModel, ensemble, estimate

FAMILY = "hives that play"
START = ((0.7, 0.3), (0.5, 0.5))
GAME = {
    "game": "matching pennies",
    "players": ("wvoter", "wvoter"),
    "population_size": 1_000,
    "initial_shares": START,
}
REPLICATORS = CoupledReplicators("matching pennies", "TRD")
PRODUCT = 0.7 * 0.3 * 0.5 * 0.5
PERIOD = 8.0 * float(ellipk(1.0 - 16.0 * PRODUCT))


def product(quick):
    x, y = REPLICATORS.solve(START, [0.0, 100.0])
    return float(x[-1].prod() * y[-1].prod())


def period(quick):
    """When hive 1 is back at even shares, after once round."""
    return brentq(lambda t: REPLICATORS.solve(START, [0.0, t])[1][-1, 0] - 0.5, 12.0, 14.0)


def half_a_turn(quick):
    game, runs = GAME | {"population_size": 10_000}, 10 if quick else 100
    end = ensemble(GameModel, game, runs=runs, steps=4, seed=1, keep="last")
    return estimate(end["p0_share_0"])


CLAIMS = (
    Claim("product, replicators after 100", PRODUCT, "conserved", product, otherwise=0.0),
    Claim("period", PERIOD, "from what is conserved", period, otherwise=4 * math.pi, within=1e-6),
    Claim(
        "heads in hive 0 after 4 steps",
        published=1.0 / (1.0 + (0.7 / 0.3) ** 4),  # half a turn, and 4 times as far in log-odds
        source="follows from x_a f_a / fbar",
        measure=half_a_turn,
        otherwise=0.3,  # half a turn on the closed orbit
        within=1e-3,  # some times 1 / N
    ),
)


def draw(axes, quick=False):
    x, y = REPLICATORS.solve(START, np.linspace(0.0, PERIOD, 200))
    axes.plot(x[:, 0], y[:, 0], "k--")
    axes.text(0.5, 0.5, "replicators", ha="center", va="center")
    for rule, colour, height in (("success", "C0", 0.9), ("wvoter", "C1", 0.1)):
        players = {"players": (rule, rule), "population_size": 10_000}
        model = GameModel(**GAME | players, rng=1)
        model.run_for(12)
        path = model.table()[["p0_share_0", "p1_share_0"]].to_numpy().T
        axes.plot(*path, ".-", color=colour, lw=0.8)
        axes.text(0.5, height, f"hives of R_{rule}", color=colour, ha="center", va="center")
    axes.set(xlabel="heads in hive 0", ylabel="heads in hive 1", xlim=(0, 1.03), ylim=(0, 1.03))
    axes.set_title("Replicators circle, hives spiral out")
