"""Deterministic R_success and the two hybrids of R_wvoter with R_success, beside TRD and MRD.

Comparing payoffs with one's own is much faster than either replicator.
"""

from hivemind_abm.app.figures.panels import draw_panels

GROUP = "plots"
RUNS, QUICK_RUNS = 1000, 50
HIVE = {"model": "Hive", "population_size": 1000, "neighbourhood_size": "all", "stop_if_end": True}
STUDY = [
    HIVE | {"curve": "deterministic R_success", "rule": "success", "deterministic": True},
    HIVE | {"curve": "deterministic hybrid", "rule": "wvoter", "switch": "is_det"},
    HIVE | {"curve": "stochastic hybrid", "rule": "wvoter", "switch": "is_stoc"},
    {"curve": "TRD", "model": "ReplicatorModel", "dynamic": "TRD", "delta": 1},
    {"curve": "MRD", "model": "ReplicatorModel", "dynamic": "MRD", "delta": 1},
]
STUDY = [
    {"row": "", "column": "Middle, N = 1000, M = N", "steps": 30, "bandit": "evenly spaced"} | cell
    for cell in STUDY
]


def draw(table):
    """One panel."""
    return draw_panels(table, size=(3.5, 3.2), legend_columns=2)
