"""The shares of one population as a stacked area, and which options are too small to show.

Knows: how shares lie on each other in a chart.
Does not know: where they come from.
"""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

from hivemind_abm.app.figures.colours import colours_of_options
from hivemind_abm.app.page.charts.chart import MARGINS, ink, points_of
from hivemind_abm.app.page.charts.curves import NO_OPTION, over_time
from hivemind_abm.app.page.charts.end_labels import ROOM, end_labels

__all__ = ["hidden_in_words", "small_options", "stacked_shares"]

_SMALL = 0.01  # a share
_FEWEST = 3  # options that are shown even if all are small
_TOP = 22  # of the chart, pixels
_LEAST_LABELLED = 0.06  # a share


def small_options(record: Mapping[str, pd.DataFrame], k: int) -> list[int]:
    """The options whose share never rises above 1 % in any system.

    Args:
        record: The rows of each system by its name.
        k: K.

    Returns:
        Their numbers; never all of them, since the three with the largest shares always stay.
    """
    columns = [f"share_{option}" for option in range(k)]
    most = np.max([rows[columns].to_numpy().max(axis=0) for rows in record.values()], axis=0)
    kept = set(np.argsort(-most, kind="stable")[:_FEWEST].tolist())
    return [option for option in range(k) if most[option] <= _SMALL and option not in kept]


def hidden_in_words(hidden: Collection[int]) -> str:
    """The note on options that are not shown, or ""."""
    if not hidden:
        return ""
    options = "1 option" if len(hidden) == 1 else f"{len(hidden)} options"
    return f"{options} that never rose above 1 % not shown."


def stacked_shares(
    rows: pd.DataFrame, k: int, dark: bool, hidden: Collection[int] = ()
) -> dict[str, Any]:
    """The shares of one population on top of each other, option 0 at the bottom.

    Args:
        rows: Its rows; the index is the step.
        k: K.
        dark: Whether the page is dark.
        hidden: Options that are left out; the gap at the top is theirs.
    """
    names = {f"share_{a}": f"option {a}" for a in range(k) if a not in hidden}
    colours = dict(zip((f"share_{a}" for a in range(k)), colours_of_options(k), strict=True))
    if NO_OPTION in rows:
        names[NO_OPTION] = "no option"
    shares = rows[list(names)].to_numpy()
    tops = shares.cumsum(axis=1)
    edge, ends = "#1e1e1e" if dark else "#ffffff", {}
    series: list[dict[str, Any]] = []
    for place, (column, name) in enumerate(names.items()):
        none = column == NO_OPTION
        colour = ink(dark) if none else colours[column]
        series.append(
            {
                "type": "line",
                "name": name,
                "data": points_of(rows.index, tops[:, place], shares[:, place]),
                "encode": {"x": 0, "y": 1, "tooltip": [2]},
                "showSymbol": False,
                "lineStyle": {"color": edge, "width": 1},
                "itemStyle": {"color": colour},
                "areaStyle": {"color": colour, "opacity": 0.25 if none else 1},
                "emphasis": {"disabled": True},
            }
        )
        if shares[-1, place] >= _LEAST_LABELLED:
            middle = tops[-1, place] - shares[-1, place] / 2.0
            ends["none" if none else column.removeprefix("share_")] = (rows.index[-1], middle)
    # each area reaches down to the axis, so that the lower ones have to cover the upper ones
    return over_time(
        [*reversed(series), end_labels(ends, dark)],
        {"": rows},
        legend={"show": False},
        grid={**MARGINS, "top": _TOP, "right": ROOM},
    )
