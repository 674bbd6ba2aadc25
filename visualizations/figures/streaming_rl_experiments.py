"""CL and MCL in one environment beside TRD and MRD, for two learning rates, on three bandits.

With alpha = 0.001 the mean of CL lies on TRD and that of MCL on MRD; with alpha = 0.1 policies
often lock in a wrong option.
"""

from hivemind_abm.app.figures.panels import draw_panels

GROUP = "rl"
RUNS, QUICK_RUNS = 1000, 40
BANDITS = {"Low": "near zero", "Middle": "evenly spaced", "High": "near one"}
TIME, ROWS = 150, 750


def clock(alpha):
    """So many steps of this rate that they take the time, and so many rows."""
    steps = round(TIME / alpha)
    return {"steps": steps, "rate": alpha, "record_every": steps // ROWS}


HALF = {"alpha": 0.002, **clock(0.002)}  # a learner's 1 / alpha is what a hive's size is
STUDY = [
    {"row": f"alpha = {alpha}", "column": level, "bandit": bandit}
    | clock(alpha)
    | system
    | ({"half": HALF} if system["model"] == "LearnerModel" and alpha == 0.001 else {})
    for alpha in (0.001, 0.1)
    for level, bandit in BANDITS.items()
    for system in (
        {"curve": "CL", "model": "LearnerModel", "learner": "CL", "alpha": alpha},
        {
            "curve": "MCL",
            "model": "LearnerModel",
            "learner": "MCL",
            "alpha": alpha,
            "alpha_baseline": 0.01,
        },
        {"curve": "TRD", "model": "ReplicatorModel", "dynamic": "TRD", "delta": alpha},
        {"curve": "MRD", "model": "ReplicatorModel", "dynamic": "MRD", "delta": alpha},
    )
]


def draw(table):
    """A row of panels a learning rate, a column a reward distribution."""
    return draw_panels(table, time="alpha x step")
