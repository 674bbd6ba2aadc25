"""R_wvoter in hives of 10 to 500 bees, beside MRD: small hives often lock in a wrong option."""

from hivemind_abm.app.figures.panels import draw_panels

GROUP = "plots"
RUNS, QUICK_RUNS = 1000, 50
STEPS = 250
STUDY = [
    {
        "curve": f"R_wvoter, N = {n}",
        "model": "Hive",
        "rule": "wvoter",
        "population_size": n,
        "neighbourhood_size": "all",
    }
    | {"stop_if_end": True}
    | ({"half": {"population_size": n // 2}} if n >= 100 else {})
    for n in (10, 20, 50, 100, 500)
] + [{"curve": "MRD", "model": "ReplicatorModel", "dynamic": "MRD", "delta": 1}]
STUDY = [
    {"row": "", "column": "Middle, M = N", "steps": STEPS, "bandit": "evenly spaced"} | cell
    for cell in STUDY
]


def draw(table):
    """One panel."""
    return draw_panels(table, size=(3.5, 3.4), legend_columns=2)
