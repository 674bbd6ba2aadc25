"""Learners and the local rules that they become: drift, bias, and hives beside learners.

A bee takes the n bees that it hears for pulls.  From its own option P-CL gives exactly the
learner's step; from the shares heard there is a bias of about 1 / n, as for P-MCL and Exp3.
"""

from matplotlib.figure import Figure

from hivemind_abm.app.figures.drift_cells import DRIFT, draw_differences, draw_drifts
from hivemind_abm.app.figures.panels import draw_curves
from hivemind_abm.loading import gallery

GROUP = "derived"
RUNS, QUICK_RUNS = 1000, 20
EXP3 = str(gallery("models") / "exp3.py")
# The learner, and what its local rule gets, by the row of panels.
LEARNERS = {
    "P-CL, own option": ("P-CL", {"rule": "local:P-CL", "policy": "own"}),
    "P-CL, shares heard": ("P-CL", {"rule": "local:P-CL", "policy": "heard"}),
    "P-MCL": ("P-MCL", {"rule": "local:P-MCL"}),
    "Exp3": (EXP3, {"rule": f"local:{EXP3}"}),
}
HEARD = {f"rule, n = {n}": n for n in (2, 5, 10, 40)}
COLOURS = ("#9ECAE1", "#56B4E9", "#2171B5", "#08306B", "#D55E00")  # the last one: the learner
OVER_TIME = 10  # bees heard in the hives
EXACT = "learner"
DRIFTS, BIAS = "drift", "distance from the learner"
RECORDS = "1,000 bees, or 1,000 pulls"
LABELS = ("share of the best option", "bees heard, n", "step")
BANDIT = {"bandit": "evenly spaced", "n_action": 2}
MEASURED = {"model": "Drift", "bees": 300_000} | BANDIT
WATCHED = {"steps": 40} | BANDIT
STUDY = [
    {"row": row} | cell
    for row, (learner, rule) in LEARNERS.items()
    for cell in (
        *(
            {"column": DRIFTS, "curve": curve, "hears": n} | MEASURED | rule
            for curve, n in HEARD.items()
        ),
        {"column": DRIFTS, "curve": EXACT, "learner": learner} | MEASURED | {"bees": 1_200_000},
        {
            "column": RECORDS,
            "curve": f"rule, n = {OVER_TIME}",
            "model": "Hive",
            "population_size": 1000,
            "hears": OVER_TIME,
        }
        | WATCHED
        | rule,
        {
            "column": RECORDS,
            "curve": EXACT,
            "model": "LearnerModel",
            "learner": learner,
            "parallel_envs": 1000,
        }
        | WATCHED,
    )
]


def draw(table):
    """A row a learner: the drifts, how far they are from the learner's, and hives over time."""
    figure = Figure(figsize=(7.2, 1.7 * len(LEARNERS) + 0.5))
    panels = figure.subplots(len(LEARNERS), 3)
    colours = dict(zip([*HEARD, EXACT], COLOURS, strict=True))
    for (left, middle, right), row in zip(panels, LEARNERS, strict=True):
        of_row = table[table["row"] == row]
        drifts = of_row[of_row["kind"] == DRIFT]
        draw_drifts(left, drifts, EXACT, colours)
        draw_differences(middle, drifts, EXACT, HEARD, colours)
        draw_curves(right, of_row[of_row["column"] == RECORDS], colours)
        left.set_ylabel(f"{row}\nchange in a step")
        middle.set_ylabel("relative difference")
        right.set_ylabel("share of the best option")
        for panel, label in zip((left, middle, right), LABELS, strict=True):
            panel.set_xlabel(label)
    for panel, title in zip(panels[0], (DRIFTS, BIAS, RECORDS), strict=True):
        panel.set_title(title, fontsize=8)
    handles, labels = panels[0][0].get_legend_handles_labels()
    more, further = panels[0][1].get_legend_handles_labels()
    figure.legend([*handles, *more], [*labels, *further], loc="outside lower center", ncols=4)
    return figure
