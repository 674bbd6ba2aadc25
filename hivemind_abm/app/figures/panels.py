"""Panels: the table of a figure, as `run_cells` lays it out, becomes curves and histograms.

Knows: how a table is split into panels, and how a panel shows its part of it.
Does not know: any particular figure; figure files call `draw_panels`.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hivemind_abm.app.figures.colours import colours_of

__all__ = ["draw_curves", "draw_histograms", "draw_panels", "panel_grid"]

_SHARE = "share of the best option"
_BAND, _FAINT_BAND = 0.2, 0.08  # opacity of the bands, for few curves and for many
_MANY = 5  # curves
_GREYS = ("#555555", "#BBBBBB")  # of the options of a histogram, in turn


def draw_panels(
    table: pd.DataFrame,
    *,
    size: tuple[float, float] | None = None,
    time: str = "step",
    share: str = _SHARE,
    legend_columns: int = 4,
) -> Figure:
    """A panel for each row and column of a table, with its curves or histograms, and one legend.

    Args:
        table: As `run_cells` returns it and `read_table` reads it.
        size: Width and height in inches; None for a size that fits the number of panels.
        time: Label of the horizontal axes.
        share: Label of the vertical axes of the curves.
        legend_columns: Columns of the legend.
    """
    table = table[table["kind"] != "half"]
    figure, panels = panel_grid(table, size, time, share)
    handles: dict[str, Artist] = {}
    for (row, column), panel in panels.items():
        part = table[(table["row"] == row) & (table["column"] == column)]
        if _is_histogram(part):
            draw_histograms(panel, part)
            continue
        draw_curves(panel, part)
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    figure.legend(
        list(handles.values()), list(handles), loc="outside lower center", ncols=legend_columns
    )
    return figure


def panel_grid(
    table: pd.DataFrame,
    size: tuple[float, float] | None = None,
    time: str = "step",
    share: str = _SHARE,
) -> tuple[Figure, dict[tuple[str, str], Axes]]:
    """An empty figure with one panel for each row and column of a table.

    Args:
        table: As for `draw_panels`.
        size: As for `draw_panels`.
        time: As for `draw_panels`.
        share: As for `draw_panels`.

    Returns:
        The figure, and its panels by row and column, in the order in which the table has them.
    """
    places = list(dict.fromkeys(zip(table["row"], table["column"], strict=True)))
    rows = list(dict.fromkeys(row for row, _ in places))
    columns = list(dict.fromkeys(column for _, column in places))
    figure = Figure(figsize=size or (1.6 + 1.8 * len(columns), 0.8 + 1.8 * len(rows)))
    axes = figure.subplots(len(rows), len(columns), squeeze=False)
    panels = {}
    for row, column in places:
        i, j = rows.index(row), columns.index(column)
        panel = panels[row, column] = axes[i, j]
        histogram = _is_histogram(table[(table["row"] == row) & (table["column"] == column)])
        panel.set_xlabel("reward" if histogram else time)
        panel.set_title(column, fontsize=8)
        if not histogram:
            panel.set_ylim(-0.02, 1.02)
        if j > 0:
            panel.tick_params(labelleft=histogram)
        elif len(rows) > 1:
            panel.set_ylabel(f"{row}\n{'density' if histogram else share}")
        else:
            panel.set_ylabel(share)
    for place, axis in np.ndenumerate(axes):
        axis.set_visible((rows[place[0]], columns[place[1]]) in panels)
    return figure, panels


def draw_curves(panel: Axes, table: pd.DataFrame, colours: Mapping[str, str] | None = None) -> None:
    """The curves of one panel: means, and the 5 to 95 % band of the runs where there are several.

    A curve of one run is a replicator and is dashed.

    Args:
        panel: Where to draw.
        table: The rows of this panel; columns curve, time, runs, mean, q05, q95.
        colours: The colour of each curve; None for those of `colours_of`.
    """
    curves = list(dict.fromkeys(table["curve"]))
    colours = colours_of(curves) if colours is None else colours
    opacity = _BAND if len(curves) < _MANY else _FAINT_BAND
    for curve, rows in table.groupby("curve", sort=False):
        colour, alone = colours[str(curve)], bool((rows["runs"] == 1).all())
        panel.plot(
            rows["time"],
            rows["mean"],
            color=colour,
            label=curve,
            linestyle=(0, (4, 2)) if alone else "-",
            zorder=3 if alone else 2,
        )
        if not alone:
            panel.fill_between(
                rows["time"], rows["q05"], rows["q95"], color=colour, alpha=opacity, linewidth=0
            )
    panel.set_xlim(table["time"].min(), table["time"].max())


def draw_histograms(panel: Axes, table: pd.DataFrame) -> None:
    """The reward histograms of one panel, one per option, with their means as vertical lines.

    Args:
        panel: Where to draw.
        table: The rows of this panel; columns curve, time (the reward) and mean (its density).
    """
    for place, (curve, rows) in enumerate(table.groupby("curve", sort=False)):
        colour = _GREYS[place % 2]
        width = rows["time"].diff().iloc[-1]
        panel.bar(rows["time"], rows["mean"], width, color=colour, alpha=0.7, label=curve)
        panel.axvline(np.average(rows["time"], weights=rows["mean"]), color=colour, linewidth=0.8)
    panel.legend(fontsize=6, loc="upper left")


def _is_histogram(part: pd.DataFrame) -> bool:
    return bool((part["kind"] == "histogram").any())
