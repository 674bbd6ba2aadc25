"""R_wvoter in a hive of 500 with neighbourhoods of 1 to 500 bees, beside MRD.

M = 1 is the pure voter model: payoffs have no say, and the mean stays where it starts; the larger
M, the closer to MRD.
"""

from hivemind_abm.app.figures.panels import draw_panels

GROUP = "plots"
RUNS, QUICK_RUNS = 1000, 30
N, STEPS = 500, 250
STUDY = [
    {
        "curve": f"R_wvoter, M = {m}",
        "model": "Hive",
        "rule": "wvoter",
        "population_size": N,
        "neighbourhood_size": m,
    }
    | {"stop_if_end": True}
    | ({"half": {"population_size": N // 2, "neighbourhood_size": "all"}} if m == N else {})
    for m in (1, 2, 5, 10, N)
] + [{"curve": "MRD", "model": "ReplicatorModel", "dynamic": "MRD", "delta": 1}]
STUDY = [
    {"row": "", "column": f"Middle, N = {N}", "steps": STEPS, "bandit": "evenly spaced"} | cell
    for cell in STUDY
]


def draw(table):
    """One panel."""
    return draw_panels(table, size=(3.5, 3.4), legend_columns=2)
