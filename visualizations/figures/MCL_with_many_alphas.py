"""MCL at three learning rates against P-MCL, in time alpha x step.

The smaller the rate, the closer to P-MCL with many environments; large ones lock in wrong options.
"""

from hivemind_abm.app.figures.panels import draw_panels

GROUP = "plots"
RUNS, QUICK_RUNS = 1000, 40
TIME = 150
STUDY = [
    {"curve": f"MCL, alpha = {alpha}", "learner": "MCL", "alpha": alpha, "alpha_baseline": 0.01}
    | {"steps": round(TIME / alpha), "rate": alpha, "record_every": round(1 / alpha)}
    for alpha in (0.05, 0.01, 0.001)
] + [{"curve": "P-MCL, B = 1000", "learner": "P-MCL", "parallel_envs": 1000, "steps": TIME}]
STUDY = [
    {"row": "", "column": "Middle", "model": "LearnerModel", "bandit": "evenly spaced"} | cell
    for cell in STUDY
]


def draw(table):
    """One panel."""
    return draw_panels(table, size=(3.5, 3.2), time="alpha x step", legend_columns=2)
