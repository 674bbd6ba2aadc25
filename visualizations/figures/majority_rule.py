"""R_majority with 1 to infinitely many votes, N = 4,000, M = 2, beside MRD and TRD.

S = 1 is R_wvoter; with two neighbours, many votes go to the better of the two, and the curve is
steeper.
"""

import math

from hivemind_abm.app.figures.panels import draw_panels

GROUP = "plots"
RUNS, QUICK_RUNS = 1000, 12
N, M, STEPS = 4000, 2, 30
STUDY = [
    {
        "curve": f"R_majority, S = {votes}",
        "model": "Hive",
        "rule": "majority",
        "number_of_votes": votes,
    }
    | {"population_size": N, "neighbourhood_size": M, "stop_if_end": True}
    for votes in (1, 3, 10, 20, 100, 10_000, math.inf)
] + [
    {"curve": "MRD", "model": "ReplicatorModel", "dynamic": "MRD", "delta": 1},
    {"curve": "TRD", "model": "ReplicatorModel", "dynamic": "TRD", "delta": 1},
]
STUDY = [
    {"row": "", "column": f"Middle, N = {N}, M = {M}", "steps": STEPS, "bandit": "evenly spaced"}
    | cell
    for cell in STUDY
]


def draw(table):
    """One panel."""
    return draw_panels(table, size=(3.5, 3.6), legend_columns=2)
