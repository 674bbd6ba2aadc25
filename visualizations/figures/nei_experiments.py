"""R_wvoter with neighbourhoods of 2, 10 and all bees beside MRD, on three reward distributions.

Few neighbours slow the hive down: M = 10 is close to MRD, M = 2 lags behind.
"""

from hivemind_abm.app.figures.panels import draw_panels

GROUP = "populations"
RUNS, QUICK_RUNS = 1000, 30
N = 1000
BANDITS = {"Low": ("near zero", 120), "Middle": ("evenly spaced", 200), "High": ("near one", 250)}
SYSTEMS = [
    {
        "curve": f"R_wvoter, M = {m}",
        "model": "Hive",
        "rule": "wvoter",
        "population_size": N,
        "neighbourhood_size": m,
    }
    | {"stop_if_end": True}
    | ({"half": {"population_size": N // 2, "neighbourhood_size": "all"}} if m == N else {})
    for m in (2, 10, N)
] + [{"curve": "MRD", "model": "ReplicatorModel", "dynamic": "MRD", "delta": 1}]
STUDY = [
    {"row": "", "column": level, "steps": steps, "bandit": bandit} | system
    for level, (bandit, steps) in BANDITS.items()
    for system in SYSTEMS
]


def draw(table):
    """A panel a reward distribution."""
    return draw_panels(table, size=(7.0, 2.8))
