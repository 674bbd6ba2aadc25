"""Studies drawn: a figure's cells are run, its table is written, and the table alone draws it.

Knows: how a figure file (STUDY, GROUP, draw) becomes NAME.csv, NAME.png and NAME.pdf, and the house's colours.  Does not know:
any particular figure; those are the files in `visualizations/figures`.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hivemind_abm.comparison import Comparison
from hivemind_abm.ensemble import ensemble
from hivemind_abm.files import write_atomically, write_table
from hivemind_abm.hive import Hive
from hivemind_abm.loading import gallery, load_module
from hivemind_abm.macro import LearnerModel, ReplicatorModel
from hivemind_abm.randomness import RunSeed, seed_sequence

__all__ = ["COLOURS", "draw_curves", "figure_files", "panel_grid", "reproduce", "run_cells", "write_comparison"]

MODELS = {"Hive": Hive, "LearnerModel": LearnerModel, "ReplicatorModel": ReplicatorModel}
_PLACE = ("row", "column", "curve", "model", "steps", "quick_steps")

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
}
_OTHERS = ("#555555", "#999933", "#AA4499", "#332288")  # what is not one of the house's processes
_STYLE = {
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.4,
    "pdf.fonttype": 42,
    "savefig.dpi": 200,
    "figure.constrained_layout.use": True,
}


def figure_files() -> dict[str, Path]:
    """The figure files of the gallery by name."""
    return {file.stem: file for file in sorted((gallery("visualizations") / "figures").glob("*.py"))}


def reproduce(
    path: str | Path,
    out: str | Path,
    *,
    seed: int | str = 1,
    runs: int | None = None,
    quick: bool = False,
    progress: bool = False,
) -> list[Path]:
    """Run a figure's study, write its table, and draw it.

    Args:
        path: A figure file.
        out: The folder for NAME.csv, NAME.png and NAME.pdf; made if it isn't there.
        seed: The one number that names the study.
        runs: Runs a cell; None for the figure's own number.
        quick: A scaled-down version that takes seconds.
        progress: Show a progress bar.

    Returns:
        The files written.  Each appears whole or not at all.
    """
    module, name = load_module(path), Path(path).stem
    number = runs if runs is not None else (module.QUICK_RUNS if quick else module.RUNS)
    table = run_cells(module.STUDY, runs=number, seed=seed, quick=quick, progress=progress)
    files = [Path(out) / f"{name}.{ending}" for ending in ("csv", "png", "pdf")]
    write_table(table, files[0])
    with mpl.rc_context(_STYLE):
        figure = module.draw(table)
        for file in files[1:]:
            with write_atomically(file) as temporary:
                figure.savefig(temporary, format=file.suffix[1:])
    return files


def run_cells(
    cells: Sequence[Mapping[str, Any]], *, runs: int, seed: int | str, quick: bool = False, progress: bool = False
) -> pd.DataFrame:
    """Run cells and lay their optimal shares out in one long table.

    Args:
        cells: Plain dicts: "model" (Hive, LearnerModel or ReplicatorModel), "steps", where the curve goes ("row", "column",
            "curve"), perhaps "quick_steps", and the model's own arguments.
        runs: Runs of each cell that has chance in it.
        seed: Names the study; a cell's runs get it with a key made of the cell itself, so they don't depend on other cells.
        quick: Take "quick_steps" where a cell has them.
        progress: Show a progress bar.

    Returns:
        Columns row, column, curve, step, runs, and of optimal_share mean, std, q05, q50 and q95.
    """
    parent = seed_sequence(seed)
    tables = []
    for cell in cells:
        parameters = {key: value for key, value in cell.items() if key not in _PLACE}
        steps = cell.get("quick_steps", cell["steps"]) if quick else cell["steps"]
        identity = hashlib.sha256(json.dumps([cell["model"], parameters], sort_keys=True, default=str).encode()).digest()
        key = (*parent.spawn_key, int.from_bytes(identity[:8], "big"))
        summary = ensemble(
            MODELS[cell["model"]],
            parameters,
            runs=1 if cell["model"] == "ReplicatorModel" else runs,
            steps=steps,
            seed=RunSeed(parent.entropy, spawn_key=key),
            record_every=None,
            progress=progress,
        )
        table = summary[["step", "runs"]].copy()
        for statistic in ("mean", "std", "q05", "q50", "q95"):
            table[statistic] = summary[f"optimal_share_{statistic}"]
        for position, column in enumerate(("row", "column", "curve")):
            table.insert(position, column, cell[column])
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def panel_grid(table: pd.DataFrame, size: tuple[float, float] = (7.0, 4.4)) -> tuple[Figure, dict[tuple[str, str], Axes]]:
    """A figure with one panel for each row and column of a table, in the order in which they come.

    Args:
        table: From `run_cells`.
        size: Width and height in inches.
    """
    rows, columns = list(dict.fromkeys(table["row"])), list(dict.fromkeys(table["column"]))
    figure = Figure(figsize=size)
    axes = figure.subplots(len(rows), len(columns), sharex="row", sharey=True, squeeze=False)
    panels = {}
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            panel = panels[row, column] = axes[i, j]
            panel.set_ylim(-0.02, 1.02)
            if i == 0:
                panel.set_title(column, fontsize=8)
            if i == len(rows) - 1:
                panel.set_xlabel("step")
            if j == 0:
                panel.set_ylabel(f"{row}\nshare of the best option")
    return figure, panels


def draw_curves(panel: Axes, table: pd.DataFrame) -> None:
    """The curves of one panel: means, and the 5 to 95 % band of the runs where there are several."""
    for curve, rows in table.groupby("curve", sort=False):
        colour = COLOURS.get(str(curve).split(",")[0])
        alone = bool((rows["runs"] == 1).all())
        panel.plot(
            rows["step"], rows["mean"], color=colour, label=curve, linestyle="--" if alone else "-", zorder=3 if alone else 2
        )
        if not alone:
            panel.fill_between(rows["step"], rows["q05"], rows["q95"], color=colour, alpha=0.22, linewidth=0)
    panel.set_xlim(table["step"].min(), table["step"].max())


def write_comparison(comparison: Comparison, out: str | Path, name: str = "compare", title: str = "") -> list[Path]:
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
    with mpl.rc_context(_STYLE):
        figure = draw_comparison(comparison, title)
        for file in files[2:]:
            with write_atomically(file) as temporary:
                figure.savefig(temporary, format=file.suffix[1:])
    return files


def draw_comparison(comparison: Comparison, title: str = "") -> Figure:
    """Above the curves of all systems; below, for each pair with a replicator, the difference and the band of chance."""
    curves = comparison.curves
    names = list(dict.fromkeys(curves["system"]))
    strange = [name for name in names if name not in COLOURS]
    colours = COLOURS | {name: _OTHERS[place % len(_OTHERS)] for place, name in enumerate(strange)}
    exact = {pair.second for pair in comparison.pairs if not any(pair.second == other.first for other in comparison.pairs)}
    figure = Figure(figsize=(4.6, 4.8))
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
    top.set(ylim=(-0.02, 1.02), ylabel="share of the best option\n(band: 5 to 95 % of the runs)", title=title)
    top.legend(frameon=False, loc="best")
    for pair in comparison.pairs:
        if pair.second not in exact:
            continue
        found = pair.as_is
        below.plot(found.steps, found.difference, color=colours[pair.first], label=f"{pair.first} - {pair.second}")
        below.fill_between(found.steps, -found.band, found.band, color=colours[pair.first], alpha=0.18, linewidth=0)
    below.axhline(0.0, color="black", linewidth=0.6)
    below.set(xlabel="step", ylabel="difference of means\n(band: what chance allows)")
    below.legend(frameon=False, loc="best")
    below.set_xlim(curves["step"].min(), curves["step"].max())
    figure.align_ylabels()
    return figure
