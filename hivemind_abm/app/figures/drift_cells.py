"""The drift of a rule, or the expected step of a learner, as the cells of a figure lay it out.

Knows: the rows of one curve over the share of the best of two options, and how such curves are
drawn beside each other.  Does not know: how a drift is measured, or other kinds of cells (`cells`).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from hivemind_abm.bandits.names import find_bandit
from hivemind_abm.engine.seeds import RunSeed
from hivemind_abm.hives.names import find_rule
from hivemind_abm.learners.names import find_learner
from hivemind_abm.registry import build_parts
from hivemind_abm.theory.learner_steps import LearnerMeter
from hivemind_abm.theory.mean_field import mean_field

__all__ = ["DRIFT", "DRIFT_MODEL", "draw_differences", "draw_drifts", "drift_curve"]

DRIFT_MODEL, DRIFT = "Drift", "drift"  # what a cell calls it, and the kind of its rows
_POINTS = 13  # shares at which a drift is measured
_LEAST = 0.005  # of a relative difference that is drawn
_NORMAL_95 = 1.645  # standard errors


def drift_curve(parameters: Mapping[str, Any], seed: RunSeed) -> pd.DataFrame:
    """The expected change of the share of the best option in a step, over that share.

    Args:
        parameters: "rule", as for `Hive`, or "learner", as for `LearnerModel`; "bandit", with two
            options; "bees", decisions or pulls per point; and fields of these.
        seed: Names the measurement.

    Returns:
        Columns kind, step, time (the share), runs (decisions or pulls), mean (the change), std (its
        standard error), q05 and q95 (from that error).
    """
    named = ("rule", "learner", "bandit", "bees")
    fields = {key: value for key, value in parameters.items() if key not in named}
    part = (
        find_rule(parameters["rule"])
        if "rule" in parameters
        else find_learner(parameters["learner"])
    )
    made, bandit = build_parts([part, find_bandit(parameters["bandit"])], fields, [])
    best = int(np.argmax(bandit.expected_rewards(bandit.world())))
    x = np.linspace(0.0, 1.0, _POINTS + 2)[1:-1]
    points = np.stack([x, 1.0 - x] if best == 0 else [1.0 - x, x], axis=1)
    bees = parameters["bees"]
    if "rule" in parameters:
        field = mean_field(made, bandit, points=points, bees=bees, fixed_points=False, seed=seed)
        measured = field.whole
    else:
        measured = LearnerMeter(made, bandit, bees, seed).measure(points)
    mean, error = measured.drift[:, best], measured.error[:, best]
    return pd.DataFrame(
        {
            "kind": DRIFT,
            "step": np.arange(_POINTS),
            "time": x,
            "runs": measured.bees,
            "mean": mean,
            "std": error,
            "q05": mean - _NORMAL_95 * error,
            "q95": mean + _NORMAL_95 * error,
        }
    )


def draw_drifts(panel: Axes, table: pd.DataFrame, exact: str, colours: Mapping[str, str]) -> None:
    """The drifts of one panel; that of the learner is dashed.

    Args:
        panel: Where to draw.
        table: Rows of `drift_curve`, with the column curve.
        exact: The curve of the learner.
        colours: The colour of each curve.
    """
    for curve, rows in table.groupby("curve", sort=False):
        style = (0, (4, 2)) if curve == exact else "-"
        panel.plot(
            rows["time"], rows["mean"], color=colours[str(curve)], linestyle=style, label=curve
        )
    panel.axhline(0.0, color="#888888", linewidth=0.5, zorder=0)
    panel.set_xlim(0.0, 1.0)


def draw_differences(
    panel: Axes,
    table: pd.DataFrame,
    exact: str,
    heard: Mapping[str, int],
    colours: Mapping[str, str],
) -> None:
    """How far each drift is from that of the learner, over the number of bees heard.

    The difference and what chance alone gives are root mean squares over the shares, as parts of
    that of the learner's step.

    Args:
        panel: Where to draw.
        table: As for `draw_drifts`.
        exact: As for `draw_drifts`.
        heard: The number of bees heard, by curve.
        colours: As for `draw_drifts`.
    """
    curves = {str(curve): rows for curve, rows in table.groupby("curve", sort=False)}
    learner = curves[exact].set_index("step")
    scale = float(np.sqrt((learner["mean"] ** 2).mean()))
    n, chance = list(heard.values()), []
    for curve, size in heard.items():
        rule = curves[curve].set_index("step")
        difference = np.sqrt(((rule["mean"] - learner["mean"]) ** 2).mean()) / scale
        chance.append(np.sqrt((rule["std"] ** 2 + learner["std"] ** 2).mean()) / scale)
        panel.plot(size, difference, "o", color=colours[curve])
    panel.plot(n, chance, ":", color="#888888", label="chance alone")
    panel.plot(n, 1.0 / np.array(n), "-", color="#888888", linewidth=0.8, label="1 / n")
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_ylim(_LEAST, 1.0)
    panel.set_xticks(n, [str(size) for size in n])
    panel.minorticks_off()
