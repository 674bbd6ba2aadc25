"""R_success and R_wvoter beside their replicators, large and small hives, on three bandits.

In a hive of 1,000 the mean of R_success lies on TRD and that of R_wvoter on MRD; a hive of 10 often
locks in a wrong option.
"""

from hivemind_abm.app.figures.panels import draw_panels

GROUP = "populations"
RUNS, QUICK_RUNS = 1000, 50
BANDITS = {"Low": "near zero", "Middle": "evenly spaced", "High": "near one"}
SYSTEMS = [
    {
        "curve": "R_success",
        "model": "Hive",
        "rule": "success",
        "neighbourhood_size": "all",
        "stop_if_end": True,
    },
    {
        "curve": "R_wvoter",
        "model": "Hive",
        "rule": "wvoter",
        "neighbourhood_size": "all",
        "stop_if_end": True,
    },
    {"curve": "TRD", "model": "ReplicatorModel", "dynamic": "TRD", "delta": 1},
    {"curve": "MRD", "model": "ReplicatorModel", "dynamic": "MRD", "delta": 1},
]
STUDY = [
    {"row": f"N = {n}", "column": level, "steps": 150, "bandit": bandit}
    | system
    | ({"population_size": n} if system["model"] == "Hive" else {})
    | ({"half": {"population_size": n // 2}} if system["model"] == "Hive" and n == 1000 else {})
    for n in (1000, 10)
    for level, bandit in BANDITS.items()
    for system in SYSTEMS
]


def draw(table):
    """A row of panels a hive size, a column a reward distribution."""
    return draw_panels(table)
