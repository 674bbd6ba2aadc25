"""R_majority (S infinite) in a hive of 500 with neighbourhoods of 2 to 500 bees, beside MRD.

The more a bee hears, the steeper the curve.
"""

from hivemind_abm.app.figures.panels import draw_panels

GROUP = "plots"
RUNS, QUICK_RUNS = 1000, 50
N, STEPS = 500, 25
STUDY = [
    {
        "curve": f"R_majority, M = {m}",
        "model": "Hive",
        "rule": "majority",
        "population_size": N,
        "neighbourhood_size": m,
    }
    | {"stop_if_end": True}
    for m in (2, 10, 50, 100, N)
] + [{"curve": "MRD", "model": "ReplicatorModel", "dynamic": "MRD", "delta": 1}]
STUDY = [
    {"row": "", "column": f"Middle, N = {N}, S = inf", "steps": STEPS, "bandit": "evenly spaced"}
    | cell
    for cell in STUDY
]


def draw(table):
    """One panel."""
    return draw_panels(table, size=(3.5, 3.4), legend_columns=2)
