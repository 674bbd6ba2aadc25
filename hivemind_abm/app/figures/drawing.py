"""Tables drawn: the panels of the paper's figures and the picture of a comparison.

Knows: the house's colours and how a table of curves or histograms becomes panels.  Does not know: any particular figure (those
are the files in `visualizations/figures`), nor how a table is made.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from hivemind_abm.files import write_atomically, write_table
from hivemind_abm.studies.comparison import Comparison
from hivemind_abm.theory.dynamics import DYNAMICS
from hivemind_abm.theory.mean_field import MeanField

__all__ = [
    "COLOURS",
    "STYLE",
    "colours_of",
    "colours_of_options",
    "draw_curves",
    "draw_histograms",
    "draw_mean_field",
    "draw_panels",
    "draw_record",
    "panel_grid",
    "save_figure",
    "write_comparison",
    "write_mean_field",
]

# Okabe & Ito's and Tol's colours, told apart by colour-blind readers; a process has the same colour in every figure.
COLOURS = {
    "R_success": "#56B4E9",
    "R_wvoter": "#E69F00",
    "R_majority": "#009E73",
    "CL": "#CC79A7",
    "P-CL": "#44AA99",
    "MCL": "#882255",
    "P-MCL": "#117733",
    "TRD": "#0072B2",
    "MRD": "#D55E00",
    "deterministic R_success": "#555555",
    "deterministic hybrid": "#999933",
    "stochastic hybrid": "#AA4499",
}
_OTHERS = ("#555555", "#999933", "#AA4499", "#332288")  # what is not one of the house's processes
# Options: Okabe & Ito's seven that show on light and on dark last, because a preset's last options are its best.
_OPTIONS = (
    "#8C8C8C",
    "#7A4B2A",
    "#7B5EA7",
    "#F0E442",
    "#D55E00",
    "#56B4E9",
    "#CC79A7",
    "#009E73",
    "#E69F00",
    "#0072B2",
)
_FILL = {"stable": "full", "unstable": "none", "saddle": "left", "unclear": "none"}
STYLE = {
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.4,
    "legend.frameon": False,
    "pdf.fonttype": 42,
    "savefig.dpi": 200,
    "figure.constrained_layout.use": True,
}


def draw_panels(
    table: pd.DataFrame,
    *,
    size: tuple[float, float] | None = None,
    time: str = "step",
    share: str = "share of the best option",
    legend_columns: int = 4,
) -> Figure:
    """A panel for each row and column of a table, with its curves or histograms, and one legend for all.

    Args:
        table: As `reproduce` writes it.
        size: Width and height in inches.
        time: What the horizontal axis is called.
        share: What the vertical axis of the curves is called.
        legend_columns: Of the legend.
    """
    table = table[table["kind"] != "half"]
    figure, panels = panel_grid(table, size, time, share)
    handles: dict[str, Artist] = {}
    for (row, column), panel in panels.items():
        part = table[(table["row"] == row) & (table["column"] == column)]
        (draw_histograms if (part["kind"] == "histogram").any() else draw_curves)(panel, part)
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            if (part["kind"] == "histogram").any():
                continue
            handles.setdefault(label, handle)
    figure.legend(
        list(handles.values()), list(handles), loc="outside lower center", ncols=legend_columns
    )
    return figure


def panel_grid(
    table: pd.DataFrame,
    size: tuple[float, float] | None = None,
    time: str = "step",
    share: str = "share of the best option",
) -> tuple[Figure, dict[tuple[str, str], Axes]]:
    """A figure with one panel for each row and column of a table, in the order in which they come."""
    places = list(dict.fromkeys(zip(table["row"], table["column"], strict=True)))
    rows, columns = (
        list(dict.fromkeys(row for row, _ in places)),
        list(dict.fromkeys(column for _, column in places)),
    )
    figure = Figure(figsize=size or (1.6 + 1.8 * len(columns), 0.8 + 1.8 * len(rows)))
    axes = figure.subplots(len(rows), len(columns), squeeze=False)
    panels = {}
    for row, column in places:
        i, j = rows.index(row), columns.index(column)
        panel = panels[row, column] = axes[i, j]
        histogram = (
            table.loc[(table["row"] == row) & (table["column"] == column), "kind"] == "histogram"
        ).any()
        panel.set_xlabel("reward" if histogram else time)
        panel.set_title(column, fontsize=8)
        if not histogram:
            panel.set_ylim(-0.02, 1.02)
        if j == 0:
            panel.set_ylabel(
                f"{row}\n{'density' if histogram else share}" if len(rows) > 1 else share
            )
        else:
            panel.tick_params(labelleft=histogram)
    for place, axis in np.ndenumerate(axes):
        axis.set_visible((rows[place[0]], columns[place[1]]) in panels)
    return figure, panels


def colours_of(curves: list[str]) -> dict[str, str]:
    """A colour for each curve: its process's, in shades from light to dark where several curves are of one process."""
    processes = [curve.split(",")[0] for curve in curves]
    strange = [name for name in dict.fromkeys(processes) if name not in COLOURS]
    free = [colour for colour in _OTHERS if colour not in {COLOURS.get(name) for name in processes}]
    base = COLOURS | {name: free[place % len(free)] for place, name in enumerate(strange)}
    found = {}
    for curve, process in zip(curves, processes, strict=True):
        family = [other for other, name in zip(curves, processes, strict=True) if name == process]
        place = family.index(curve) / max(len(family) - 1, 1)
        found[curve] = _shade(base[process], place) if len(family) > 1 else base[process]
    return found


def colours_of_options(n_action: int) -> list[str]:
    """A colour for each option: ten that colour-blind readers tell apart too; where there are more options, a rainbow."""
    if n_action <= len(_OPTIONS):
        return list(_OPTIONS[len(_OPTIONS) - n_action :])
    return [
        str(to_hex(colour)) for colour in mpl.colormaps["turbo"](np.linspace(0.05, 0.95, n_action))
    ]


def _shade(colour: str, place: float) -> str:
    """From a light tint (place 0) over the colour itself to a dark shade (place 1)."""
    rgb = np.array(to_rgb(colour))
    return str(
        to_hex(
            rgb + (1.0 - rgb) * 0.55 * (1.0 - 2.0 * place)
            if place < 0.5
            else rgb * (1.0 - 0.65 * (2.0 * place - 1.0))
        )
    )


def draw_curves(panel: Axes, table: pd.DataFrame) -> None:
    """The curves of one panel: means, and the 5 to 95 % band of the runs where there are several; replicators are dashed."""
    colours = colours_of(list(dict.fromkeys(table["curve"])))
    bands = 0.2 if len(colours) < 5 else 0.08
    for curve, rows in table.groupby("curve", sort=False):
        colour, alone = colours[str(curve)], bool((rows["runs"] == 1).all())
        style = (0, (4, 2)) if alone else "-"
        panel.plot(
            rows["time"],
            rows["mean"],
            color=colour,
            label=curve,
            linestyle=style,
            zorder=3 if alone else 2,
        )
        if not alone:
            panel.fill_between(
                rows["time"], rows["q05"], rows["q95"], color=colour, alpha=bands, linewidth=0
            )
    panel.set_xlim(table["time"].min(), table["time"].max())


def draw_histograms(panel: Axes, table: pd.DataFrame) -> None:
    """The reward histograms of one panel, an option each, with their means as vertical lines."""
    for place, (curve, rows) in enumerate(table.groupby("curve", sort=False)):
        colour = ("#555555", "#BBBBBB")[place % 2]
        width = rows["time"].diff().iloc[-1]
        panel.bar(rows["time"], rows["mean"], width, color=colour, alpha=0.7, label=curve)
        panel.axvline(np.average(rows["time"], weights=rows["mean"]), color=colour, linewidth=0.8)
    panel.legend(fontsize=6, loc="upper left")


def draw_record(record: Mapping[str, pd.DataFrame], title: str = "") -> Figure:
    """One run: the hive's shares of all options, then the share of the best option and the mean payoff of all systems.

    Args:
        record: As `Watch.record` gives it: the rows of each system by its name, the hive first.
        title: What stands above.
    """
    figure = Figure(figsize=(6.4, 6.4))
    panels = figure.subplots(3, 1, sharex=True, height_ratios=(3, 2, 2))
    (_, hive), colours = next(iter(record.items())), colours_of(list(record))
    shares = [name for name in hive.columns if name.startswith("share_")]
    for name, colour in zip(shares, colours_of_options(len(shares)), strict=True):
        panels[0].plot(hive.index, hive[name], color=colour, label=f"option {name[6:]}")
    for name, rows in record.items():
        style = "--" if name in DYNAMICS else "-"
        for panel, measure in zip(panels[1:], ("optimal_share", "mean_payoff"), strict=True):
            panel.plot(rows.index, rows[measure], color=colours[name], linestyle=style, label=name)
    for panel, label in zip(
        panels, ("shares in the hive", "share of the best option", "mean payoff"), strict=True
    ):
        panel.set_ylabel(label)
    for panel in panels[:2]:
        panel.set_ylim(-0.02, 1.02)
        panel.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=7)
    panels[2].set_xlabel("step")
    figure.align_ylabels()
    figure.suptitle(title, fontsize=8)
    return figure


def draw_mean_field(found: MeanField) -> Figure:
    """The drift: a curve (two options), arrows on the triangle of shares (three), or measured against expected (more)."""
    k = found.bandit.n_action
    figure = Figure(figsize=(4.6, 3.4) if k != 3 else (4.6, 4.2))
    panel = figure.subplots()
    known = {name: DYNAMICS[name] for name in found.fits if name in DYNAMICS}
    colours = colours_of([found.name, *known])
    expected = {
        name: np.array(
            [dynamic(x, np.asarray(found.bandit.expected_rewards(x))) for x in found.shares]
        )
        for name, dynamic in known.items()
    }
    if k == 2:
        x, drift, error = found.shares[:, 0], found.drift[:, 0], 2.0 * found.error[:, 0]
        for name, values in expected.items():
            panel.plot(x, values[:, 0], color=colours[name], linestyle="--", label=name)
        panel.plot(
            x,
            drift,
            color=colours[found.name],
            label=f"{found.name}, M = {found.neighbourhood_size}",
        )
        panel.fill_between(
            x, drift - error, drift + error, color=colours[found.name], alpha=0.3, linewidth=0
        )
        panel.axhline(0.0, color="black", linewidth=0.6)
        for point in found.fixed_points:
            panel.plot(
                point.shares[0],
                0.0,
                "o",
                color="black",
                fillstyle=_FILL[point.kind],
                zorder=4,
                clip_on=False,
            )
        panel.set(xlabel="share of option 0", ylabel="expected change in a step", xlim=(0, 1))
        panel.legend()
    elif k == 3:
        corners = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 0.75**0.5]])
        panel.plot(*corners[[0, 1, 2, 0]].T, color="black", linewidth=0.8)
        places, arrows = found.shares @ corners, found.drift @ corners
        panel.quiver(*places.T, *arrows.T, color=colours[found.name], angles="xy", width=0.005)
        for point in found.fixed_points:
            panel.plot(
                *(np.array(point.shares) @ corners),
                "o",
                color="black",
                fillstyle=_FILL[point.kind],
                zorder=4,
            )
        for option, (corner, away) in enumerate(zip(corners, (-14, -14, 8), strict=True)):
            panel.annotate(
                f"option {option}", corner, (0, away), textcoords="offset points", ha="center"
            )
        panel.set(aspect="equal")
        panel.margins(0.12)
        panel.set_axis_off()
        panel.set_title(
            f"{found.name}, M = {found.neighbourhood_size}: change in a step", fontsize=8
        )
    else:
        for name, values in expected.items():
            panel.plot(
                values.ravel(),
                found.drift.ravel(),
                ".",
                color=colours[name],
                label=f"against {name}",
                markersize=3,
            )
        edge = float(np.abs(found.drift).max())
        panel.plot([-edge, edge], [-edge, edge], color="black", linewidth=0.6)
        panel.set(
            xlabel="change in a step that the dynamic expects",
            ylabel=f"change of {found.name}, M = {found.neighbourhood_size}",
        )
        panel.legend()
    return figure


def write_mean_field(found: MeanField, out: str | Path) -> list[Path]:
    """Write a mean field as mean_field.csv, .png and .pdf; returns the files, each whole or not at all."""
    files = [Path(out) / f"mean_field{ending}" for ending in (".csv", ".png", ".pdf")]
    write_table(found.table(), files[0])
    with mpl.rc_context(STYLE):
        save_figure(draw_mean_field(found), files[1:])
    return files


def save_figure(figure: Figure, files: Sequence[Path]) -> None:
    """Write a figure in the format that each file's name ends with; each file appears whole or not at all."""
    for file in files:
        with write_atomically(file) as temporary:
            figure.savefig(temporary, format=file.suffix[1:])
        with mpl.rc_context(
            {"figure.constrained_layout.use": False}
        ):  # laid out once, for the first of them
            figure.set_layout_engine(None)


def write_comparison(
    comparison: Comparison, out: str | Path, name: str = "compare", title: str = ""
) -> list[Path]:
    """Write a comparison as NAME.csv (the curves), NAME_distances.csv, NAME.png and NAME.pdf.

    Args:
        comparison: From `compare`.
        out: The folder; made if it isn't there.
        name: How the files begin.
        title: What stands above the figure.

    Returns:
        The files written.  Each appears whole or not at all.
    """
    files = [Path(out) / f"{name}{ending}" for ending in (".csv", "_distances.csv", ".png", ".pdf")]
    write_table(comparison.curves, files[0])
    write_table(comparison.distances, files[1])
    with mpl.rc_context(STYLE):
        save_figure(draw_comparison(comparison, title), files[2:])
    return files


def draw_comparison(comparison: Comparison, title: str = "") -> Figure:
    """Above the curves of all systems; below, for each pair with a replicator, the difference and the band of chance."""
    curves = comparison.curves
    names = list(dict.fromkeys(curves["system"]))
    colours = colours_of(names)
    exact = {
        pair.second
        for pair in comparison.pairs
        if not any(pair.second == other.first for other in comparison.pairs)
    }
    figure = Figure(figsize=(4.6, 5.2))
    top, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    for name in names:
        rows = curves[curves["system"] == name]
        alone = bool((rows["runs"] == 1).all())
        top.plot(
            rows["step"],
            rows["optimal_share_mean"],
            color=colours[name],
            label=name,
            linestyle="--" if alone else "-",
            zorder=3 if alone else 2,
        )
        if not alone:
            band = rows["optimal_share_q05"], rows["optimal_share_q95"]
            top.fill_between(rows["step"], *band, color=colours[name], alpha=0.18, linewidth=0)
            for edge in band:
                top.plot(rows["step"], edge, color=colours[name], linewidth=0.5)
    top.set(
        ylim=(-0.02, 1.02),
        ylabel="share of the best option\n(band: 5 to 95 % of the runs)",
        title=title,
    )
    top.legend(loc="best")
    beside = list(dict.fromkeys(pair.second for pair in comparison.pairs))
    for pair in comparison.pairs:
        found, style = (
            pair.as_is,
            ("-", (0, (4, 1.5)), (0, (1, 1)), "-.")[beside.index(pair.second) % 4],
        )
        label = f"{pair.first} - {pair.second}"
        below.plot(
            found.steps, found.difference, color=colours[pair.first], linestyle=style, label=label
        )
        if pair.second in exact:
            below.fill_between(
                found.steps,
                -found.band,
                found.band,
                color=colours[pair.first],
                alpha=0.12,
                linewidth=0,
            )
    below.axhline(0.0, color="black", linewidth=0.6)
    below.set(xlabel="step", ylabel="difference of means\n(band: what chance allows)")
    below.legend(loc="upper center", bbox_to_anchor=(0.45, -0.3), ncols=2)
    below.set_xlim(curves["step"].min(), curves["step"].max())
    figure.align_ylabels()
    return figure
