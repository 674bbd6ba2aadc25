"""The picture of one run of a game or of a learner.

Knows: the panels of that picture.
Does not know: how the run was made.
"""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from hivemind_abm.app.figures.colours import colours_of, colours_of_options
from hivemind_abm.app.page.charts.curves import NO_OPTION

__all__ = ["draw_run"]


def draw_run(
    rows: pd.DataFrame,
    shares: Mapping[str, Mapping[str, str]],
    payoffs: Mapping[str, str],
    title: str = "",
) -> Figure:
    """The shares of each player in a panel, and the mean payoffs of all below.

    Args:
        rows: The record; the index is the step.
        shares: For each player by its name, the column of each option by the option's name.
        payoffs: The column of each player's mean payoff, by the player's name.
        title: Stands above the figure.
    """
    count = len(shares) + 1
    figure = Figure(figsize=(6.4, 1.6 + 1.7 * count))
    panels = figure.subplots(count, 1, sharex=True)
    for panel, (player, columns) in zip(panels, shares.items(), strict=False):
        options = [column for column in columns.values() if not column.endswith(NO_OPTION)]
        colours = dict(zip(options, colours_of_options(len(options)), strict=True))
        for name, column in columns.items():
            panel.plot(rows.index, rows[column], color=colours.get(column, "black"), label=name)
        panel.set(ylabel=player, ylim=(-0.02, 1.02))
    colours = colours_of(list(payoffs))
    for name, column in payoffs.items():
        panels[-1].plot(rows.index, rows[column], color=colours[name], label=name)
    panels[-1].set(xlabel="step", ylabel="mean payoff")
    for panel in panels:
        panel.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=7)
    figure.align_ylabels()
    figure.suptitle(title, fontsize=8)
    return figure
