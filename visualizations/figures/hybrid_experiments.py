"""R_wvoter with stochastic and deterministic imitation of success, to consensus, on three bandits.

With the deterministic switch the hive is at consensus soonest where rewards are high; the
stochastic one waits for high payoffs.
"""

from hivemind_abm.app.figures.panels import draw_panels

GROUP = "populations"
RUNS, QUICK_RUNS = 1000, 30
BANDITS = {"Low": ("near zero", 200), "Middle": ("evenly spaced", 200), "High": ("near one", 300)}
HIVE = {
    "model": "Hive",
    "rule": "wvoter",
    "population_size": 1000,
    "neighbourhood_size": "all",
    "stop_if_end": True,
}
SYSTEMS = [
    HIVE | {"curve": "stochastic hybrid", "switch": "is_stoc"},
    HIVE | {"curve": "deterministic hybrid", "switch": "is_det"},
    {"curve": "MRD", "model": "ReplicatorModel", "dynamic": "MRD", "delta": 1},
]
STUDY = [
    {"row": "", "column": level, "steps": steps, "bandit": bandit} | system
    for level, (bandit, steps) in BANDITS.items()
    for system in SYSTEMS
]


def draw(table):
    """A panel a reward distribution."""
    return draw_panels(table, size=(7.0, 2.8))
