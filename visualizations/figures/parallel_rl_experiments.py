"""P-CL and P-MCL beside TRD and MRD, with many and with few environments, on three bandits.

With B = 1000 the means lie on the replicators; with B = 10 policies often lock in a wrong option,
as hives of 10 do.
"""

from hivemind_abm.app.figures.panels import draw_panels

GROUP = "rl"
RUNS, QUICK_RUNS = 1000, 50
BANDITS = {"Low": "near zero", "Middle": "evenly spaced", "High": "near one"}
STUDY = [
    {"row": f"B = {b}", "column": level, "steps": 150, "bandit": bandit}
    | system
    | (
        {"half": {"parallel_envs": b // 2}}
        if system["model"] == "LearnerModel" and b == 1000
        else {}
    )
    for b in (1000, 10)
    for level, bandit in BANDITS.items()
    for system in (
        {
            "curve": "P-CL",
            "model": "LearnerModel",
            "learner": "P-CL",
            "parallel_envs": b,
            "stop_if_end": True,
        },
        {
            "curve": "P-MCL",
            "model": "LearnerModel",
            "learner": "P-MCL",
            "parallel_envs": b,
            "stop_if_end": True,
        },
        {"curve": "TRD", "model": "ReplicatorModel", "dynamic": "TRD", "delta": 1},
        {"curve": "MRD", "model": "ReplicatorModel", "dynamic": "MRD", "delta": 1},
    )
]


def draw(table):
    """A row of panels a number of environments, a column a reward distribution."""
    return draw_panels(table)
