"""Tit for tat between two hives: cooperation starts from a few percent if matches are long.

An option is a strategy for a whole match: tit for tat or always defect.  After each round there is
another one with the chance g.  A defector among bees that play tit for tat gains in the first round
and loses in the others, so it pays only if g < (T - R) / (T - P).  Above that, both strategies are
stable.  With what each is worth against itself, a = R - (1 - g) T - g P and b = (1 - g) (P - S),
replicators conserve V(x) - V(y), V(z) = b log z + a log(1 - z).  V(x) = V(y) parts the two basins.

Axelrod & Hamilton, The evolution of cooperation, Science 211, 1390, 1981,
https://doi.org/10.1126/science.7466396; Hofbauer & Sigmund, Evolutionary Games and Population
Dynamics, 1998, chapter 10, https://doi.org/10.1017/CBO9781139173179.  Both from memory.

    hivemind gallery --verify iterated_prisoners_dilemma
"""

import math
from itertools import product

import numpy as np
from scipy.optimize import brentq

from hivemind_abm import Claim, CoupledReplicators, GameModel, ensemble, estimate

FAMILY = "hives that play"
T, R, P, S, G = 1.0, 0.6, 0.2, 0.0, 0.8
GAME = {
    "game": "iterated prisoners dilemma",
    "players": ("success", "success"),
    "population_size": 1_000,
    "initial_shares": ((0.3, 0.7), (0.3, 0.7)),  # tit for tat, always defect
    "strategies": ("TFT", "AllD"),
    "continuation": G,
}
A, B = R - (1.0 - G) * T - G * P, (1.0 - G) * (P - S)


def barrier(x):  # what hive 1 needs if hive 0 has the share x of tit for tat
    middle, v = B / (A + B), B * math.log(x) + A * math.log(1.0 - x)
    low, high = (1e-12, middle) if x > middle else (middle, 1.0 - 1e-12)
    return brentq(lambda y: B * math.log(y) + A * math.log(1.0 - y) - v, low, high)


def replicators(g):
    return CoupledReplicators(GameModel(**GAME | {"continuation": g}).game)


def least_continuation(quick):
    return brentq(lambda g: np.diff(replicators(g).fitness([(1, 0), (1, 0)])[0])[0], 0.1, 0.9)


def measured_barrier(quick):
    def end(y):
        return replicators(G).solve([(0.3, 0.7), (y, 1.0 - y)], [0.0, 400.0])[0][-1, 0] - 0.5

    return brentq(end, 1e-3, 0.9)


def cooperating(quick):
    end = ensemble(GameModel, GAME, runs=30 if quick else 300, steps=200, seed=1, keep="last")
    return estimate(end["p0_share_0"] > 0.5)


CLAIMS = (
    Claim("least g", (T - R) / (T - P), "g at which both earn R", least_continuation, 0.0),
    Claim("barrier", barrier(0.3), "V(x) = V(y)", measured_barrier, B / (A + B), within=1e-5),
    Claim("hives that cooperate from 30 %", 1.0, "the basin", cooperating, otherwise=0.0),
)


def draw(axes, quick=False):
    places = np.linspace(0.02, 0.47, 6 if quick else 12)
    for x, y in product(places, places):
        start = {"initial_shares": ((x, 1.0 - x), (y, 1.0 - y))}
        end = ensemble(GameModel, GAME | start, runs=1, steps=300, seed=1, keep="last")
        axes.plot(x, y, "o", color="C0" if end["p0_share_0"][0] > 0.5 else "C3", ms=4)
    line = np.linspace(0.02, 0.47, 90)
    axes.plot(line, [barrier(x) for x in line], "k")
    axes.set(xlabel="tit for tat in hive 0", ylabel="tit for tat in hive 1", ylim=(0, 0.5))
    axes.set_title("Hives that end cooperating (blue) or defecting")
