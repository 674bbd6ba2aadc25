"""The picture and the files of a comparison: a hive beside learners and replicators.

Knows: how a `Comparison` is drawn and written.
Does not know: how it is computed.
"""

from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hivemind_abm.app.figures.colours import colours_of
from hivemind_abm.app.figures.style import STYLE, save_figure
from hivemind_abm.files import write_table
from hivemind_abm.studies.comparison import Comparison

__all__ = ["draw_comparison", "write_comparison"]

# Of the differences, one for each system that others are compared with.
_LINE_STYLES = ("-", (0, (4, 1.5)), (0, (1, 1)), "-.")


def write_comparison(
    comparison: Comparison, out: str | Path, name: str = "compare", title: str = ""
) -> list[Path]:
    """Write a comparison as NAME.csv (the curves), NAME_distances.csv, NAME.png and NAME.pdf.

    Args:
        comparison: From `compare`.
        out: The folder; created if it does not exist.
        name: How the files' names begin.
        title: Stands above the figure.

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
    """The mean curves of all systems above, the differences of the means of each pair below.

    Around each curve is the band of 5 to 95 % of its runs; around zero, for each pair with a
    replicator, the band in which chance alone keeps the difference.

    Args:
        comparison: From `compare`.
        title: Stands above the figure.
    """
    figure = Figure(figsize=(4.6, 5.2))
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    colours = colours_of(list(dict.fromkeys(comparison.curves["system"])))
    _draw_curves(above, comparison, colours, title)
    _draw_differences(below, comparison, colours)
    steps = comparison.curves["step"]
    below.set_xlim(steps.min(), steps.max())
    figure.align_ylabels()
    return figure


def _draw_curves(panel: Axes, comparison: Comparison, colours: dict[str, str], title: str) -> None:
    curves = comparison.curves
    for name, colour in colours.items():
        rows = curves[curves["system"] == name]
        alone = bool((rows["runs"] == 1).all())
        panel.plot(
            rows["step"],
            rows["optimal_share_mean"],
            color=colour,
            label=name,
            linestyle="--" if alone else "-",
            zorder=3 if alone else 2,
        )
        if not alone:
            band = rows["optimal_share_q05"], rows["optimal_share_q95"]
            panel.fill_between(rows["step"], *band, color=colour, alpha=0.18, linewidth=0)
            for edge in band:
                panel.plot(rows["step"], edge, color=colour, linewidth=0.5)
    panel.set(
        ylim=(-0.02, 1.02),
        ylabel="share of the best option\n(band: 5 to 95 % of the runs)",
        title=title,
    )
    panel.legend(loc="best")


def _draw_differences(panel: Axes, comparison: Comparison, colours: dict[str, str]) -> None:
    firsts = {pair.first for pair in comparison.pairs}
    seconds = list(dict.fromkeys(pair.second for pair in comparison.pairs))
    for pair in comparison.pairs:
        distance, colour = pair.as_is, colours[pair.first]
        panel.plot(
            distance.steps,
            distance.difference,
            color=colour,
            linestyle=_LINE_STYLES[seconds.index(pair.second) % len(_LINE_STYLES)],
            label=f"{pair.first} - {pair.second}",
        )
        if pair.second not in firsts:  # a replicator: it is compared with nothing itself
            band = distance.band
            panel.fill_between(distance.steps, -band, band, color=colour, alpha=0.12, linewidth=0)
    panel.axhline(0.0, color="black", linewidth=0.6)
    panel.set(xlabel="step", ylabel="difference of means\n(band: what chance allows)")
    panel.legend(loc="upper center", bbox_to_anchor=(0.45, -0.3), ncols=2)
