"""R_majority (S infinite) in hives of 10 to 1,000 bees, beside MRD.

All bees hear nearly the same, so the hive agrees within a few steps, in a large hive mostly on the
best option.
"""

from hivemind_abm.app.figures.panels import draw_panels

GROUP = "plots"
RUNS, QUICK_RUNS = 1000, 50
STEPS = 15
STUDY = [
    {
        "curve": f"R_majority, N = {n}",
        "model": "Hive",
        "rule": "majority",
        "population_size": n,
        "neighbourhood_size": "all",
    }
    | {"stop_if_end": True}
    for n in (10, 20, 50, 100, 1000)
] + [{"curve": "MRD", "model": "ReplicatorModel", "dynamic": "MRD", "delta": 1}]
STUDY = [
    {"row": "", "column": "Middle, M = N, S = inf", "steps": STEPS, "bandit": "evenly spaced"}
    | cell
    for cell in STUDY
]


def draw(table):
    """One panel."""
    return draw_panels(table, size=(3.5, 3.4), legend_columns=2)
