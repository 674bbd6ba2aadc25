"""The picture and the files of fixed points that are followed over a number.

Knows: how a `Bifurcation` is drawn and written.
Does not know: how it is computed.
"""

from itertools import groupby
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from hivemind_abm.app.figures.colours import colours_of, colours_of_options
from hivemind_abm.app.figures.style import STYLE, save_figure
from hivemind_abm.files import write_table
from hivemind_abm.theory.branch_points import BranchPoint
from hivemind_abm.theory.followed import Bifurcation

__all__ = ["draw_bifurcation", "write_bifurcation"]

_MOST_PANELS = 4
_LINES = {"stable": "-", "unstable": "--", "saddle": "--", "unclear": ":"}
_COLOURS = {"stable": 1.0, "unstable": 0.7, "saddle": 0.7, "unclear": 0.7}  # opacity
_LARGEST_STD = 0.15  # of a share; larger fluctuations are not linear
_MEETING = "#D55E00"
_NONE = "#8C8C8C"


def write_bifurcation(result: Bifurcation, out: str | Path) -> list[Path]:
    """Write the fixed points and the meetings as CSV, and the figure as PNG and PDF.

    Args:
        result: From `bifurcation`.
        out: The folder; created if it does not exist.

    Returns:
        The files written: bifurcation.csv, meetings.csv, bifurcation.png and bifurcation.pdf.
        Each appears whole or not at all.
    """
    folder = Path(out)
    files = [folder / name for name in ("bifurcation.csv", "meetings.csv")]
    write_table(result.table(), files[0])
    write_table(result.meetings(), files[1])
    pictures = [folder / f"bifurcation{ending}" for ending in (".png", ".pdf")]
    with mpl.rc_context(STYLE):
        save_figure(draw_bifurcation(result), pictures)
    return files + pictures


def draw_bifurcation(result: Bifurcation) -> Figure:
    """The shares at the fixed points over the number that varies, one panel per share.

    Of two shares the first says all.  Stable points are solid, others dashed.  Dark bands are two
    standard errors, light bands one standard deviation of a hive of N bees.  Meetings are marked,
    with two standard errors.
    """
    width = len(result.options)
    shown = 1 if width == 2 else min(width, _MOST_PANELS)
    places = [*range(shown - 1), width - 1] if shown > 1 else [0]
    figure = Figure(figsize=(4.6 if shown == 1 else 2.6 * shown + 0.6, 3.8))
    panels = np.atleast_1d(figure.subplots(1, shown, sharey=True))
    colours = _colours(result)
    for panel, place in zip(panels, places, strict=True):
        _draw_share(panel, result, place, colours[place])
    panels[0].set_ylabel(_share(result, places[0]) if shown == 1 else "share")
    _add_legend(figure, result, colours[places[0]])
    return figure


def _draw_share(panel: Axes, result: Bifurcation, place: int, colour: str) -> None:
    for _, branch in groupby(result.curve, lambda point: point.branch):
        _draw_branch(panel, result, list(branch), place, colour)
    first, last = result.values[0], result.values[-1]
    for each in result.met:
        below, above = min(2.0 * each.error, each.value - first), last - each.value
        panel.errorbar(
            each.value,
            each.shares[place],
            xerr=[[max(below, 0.0)], [max(min(2.0 * each.error, above), 0.0)]],
            fmt="o",
            markersize=4,
            color=_MEETING,
            capsize=2,
            linewidth=1.0,
            zorder=5,
            clip_on=False,
        )
    panel.set(xlabel=result.vary, xlim=(first, last), ylim=(0.0, 1.0))
    if len(result.options) > 2:
        panel.set_title(_share(result, place), fontsize=8)


def _draw_branch(
    panel: Axes, result: Bifurcation, branch: list[BranchPoint], place: int, colour: str
) -> None:
    """One branch: a line per stretch of the same kind, up to where it meets others."""
    number = branch[0].branch
    nodes = [(point.value, point.shares[place], point.kind) for point in branch]
    nodes += [
        (each.value, each.shares[place], "")
        for each in result.met
        if number in each.branches and each.kind not in ("oscillation", "period two")
    ]
    nodes.sort()
    x, y, kinds = (list(column) for column in zip(*nodes, strict=True))
    for at in reversed(range(len(kinds))):
        if not kinds[at]:  # a meeting ends the stretch before it and begins the one after it
            kinds[at] = kinds[at + 1] if at + 1 < len(kinds) else kinds[at - 1]
    start = 0
    for at in range(1, len(x) + 1):
        if at == len(x) or kinds[at] != kinds[start]:
            until = min(at + 1, len(x))
            panel.plot(
                x[start:until],
                y[start:until],
                _LINES[kinds[start]],
                color=colour,
                alpha=_COLOURS[kinds[start]],
                clip_on=False,
            )
            start = at
    _draw_bands(panel, branch, place, colour)


def _draw_bands(panel: Axes, branch: list[BranchPoint], place: int, colour: str) -> None:
    x = np.array([point.value for point in branch])
    y = np.array([point.shares[place] for point in branch])
    error = 2.0 * np.array([point.errors[place] for point in branch])
    panel.fill_between(
        x, np.clip(y - error, 0, 1), np.clip(y + error, 0, 1), color=colour, alpha=0.45, lw=0
    )
    std = np.array([point.std[place] for point in branch])
    std[std > _LARGEST_STD] = np.nan
    panel.fill_between(
        x, np.clip(y - std, 0, 1), np.clip(y + std, 0, 1), color=colour, alpha=0.15, lw=0
    )


def _colours(result: Bifurcation) -> list[str]:
    """The colour of each share: that of the rule where one panel says all."""
    if len(result.options) == 2:
        return [colours_of([result.hives[0].kinds.rules[0].symbol]).popitem()[1]] * 2
    k = result.hives[0].bandit.n_action
    return [*colours_of_options(k), _NONE][: len(result.options)]


def _share(result: Bifurcation, place: int) -> str:
    option = result.options[place]
    return "share of no option" if option == "none" else f"share of option {option}"


def _add_legend(figure: Figure, result: Bifurcation, colour: str) -> None:
    kinds = {point.kind for point in result.curve}
    handles: list[Line2D | Patch] = []
    if "stable" in kinds:
        handles.append(Line2D([], [], color=colour, label="stable"))
    if kinds & {"unstable", "saddle"}:
        handles.append(Line2D([], [], color=colour, linestyle="--", label="unstable"))
    if "unclear" in kinds:
        handles.append(Line2D([], [], color=colour, linestyle=":", label="unclear"))
    handles.append(Patch(color=colour, alpha=0.45, lw=0, label="2 standard errors"))
    text = f"fluctuation, N = {result.population_size:,}"
    handles.append(Patch(color=colour, alpha=0.15, lw=0, label=text))
    if result.met:
        handles.append(Line2D([], [], color=_MEETING, marker="o", lw=1, ms=4, label="meeting"))
    columns = 3 if len(result.options) == 2 else len(handles)
    figure.legend(handles=handles, fontsize=7, loc="outside lower center", ncols=columns)
