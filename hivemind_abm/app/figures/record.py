"""The picture of one run that is watched on the page.

Knows: the panels of that picture.
Does not know: how the run was made.
"""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from hivemind_abm.app.figures.colours import colours_of, colours_of_options
from hivemind_abm.theory.dynamics import DYNAMICS

__all__ = ["draw_record"]

_SHARE = "share_"  # how the columns of the options' shares begin
_NONE = "share_none"  # the column of the bees that hold no option


def draw_record(record: Mapping[str, pd.DataFrame], title: str = "") -> Figure:
    """One run in three panels.

    Above are the hive's shares of all options; below, the share of the best option and the mean
    payoff of all systems.  Replicators are dashed.

    Args:
        record: As `Session.record` returns it: the rows of each system by its name, the hive first.
        title: Stands above the figure.
    """
    figure = Figure(figsize=(6.4, 6.4))
    panels = figure.subplots(3, 1, sharex=True, height_ratios=(3, 2, 2))
    hive, colours = next(iter(record.values())), colours_of(list(record))
    shares = [name for name in hive.columns if name.startswith(_SHARE) and name != _NONE]
    for name, colour in zip(shares, colours_of_options(len(shares)), strict=True):
        label = f"option {name.removeprefix(_SHARE)}"
        panels[0].plot(hive.index, hive[name], color=colour, label=label)
    if _NONE in hive:
        panels[0].plot(hive.index, hive[_NONE], color="black", linewidth=0.8, label="no option")
    for name, rows in record.items():
        style = "--" if name in DYNAMICS else "-"
        for panel, measure in zip(panels[1:], ("optimal_share", "mean_payoff"), strict=True):
            panel.plot(rows.index, rows[measure], color=colours[name], linestyle=style, label=name)
    labels = ("shares in the hive", "share of the best option", "mean payoff")
    for panel, label in zip(panels, labels, strict=True):
        panel.set_ylabel(label)
    for panel in panels[:2]:
        panel.set_ylim(-0.02, 1.02)
        panel.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=7)
    panels[2].set_xlabel("step")
    figure.align_ylabels()
    figure.suptitle(title, fontsize=8)
    return figure
