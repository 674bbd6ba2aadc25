"""Paths on the triangle of three shares, as ECharts options made from a session's record.

Knows: how three shares are a point of the triangle.
Does not know: where the record comes from.
"""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from hivemind_abm.app.figures.colours import colours_of
from hivemind_abm.app.page.chart import ink, legend_option, line, points_of
from hivemind_abm.app.page.curves import system_line

__all__ = ["simplex"]

_HEIGHT = math.sqrt(0.75)  # of a triangle with sides of length 1
_CORNERS = ((0.0, 0.0), (1.0, 0.0), (0.5, _HEIGHT))  # where each option has all bees
_LABELS = ("bottom", "bottom", "top")  # where a corner's label is, seen from the corner


def simplex(record: Mapping[str, pd.DataFrame], dark: bool) -> dict[str, Any]:
    """The paths of all systems on the triangle of three shares; a dot where each is now.

    Args:
        record: The rows of each system by its name, the hive first; K = 3.
        dark: Whether the page is dark.
    """
    series, colours = _triangle(ink(dark)), colours_of(list(record))
    for name, rows in record.items():
        x = rows["share_1"] + 0.5 * rows["share_2"]
        points = points_of(x, _HEIGHT * rows["share_2"])
        series.append(system_line(name, points, colours[name]))
        series.append(
            {
                "type": "scatter",
                "data": points[-1:],
                "symbolSize": 10,
                "itemStyle": {"color": colours[name]},
            }
        )
    hidden = {"type": "value", "show": False}
    return {
        "legend": legend_option(dark) | {"data": list(record)},
        "grid": {"left": "center", "width": 280, "top": 50, "height": 242},
        "xAxis": {**hidden, "min": 0, "max": 1},
        "yAxis": {**hidden, "min": 0, "max": _HEIGHT},
        "series": series,
    }


def _triangle(colour: str) -> list[dict[str, Any]]:
    """The sides, and a label at each corner."""
    sides = [list(corner) for corner in (*_CORNERS, _CORNERS[0])]
    series = [line("", sides, colour, width=1.0)]
    for option, (corner, place) in enumerate(zip(_CORNERS, _LABELS, strict=True)):
        label = {"show": True, "formatter": f"option {option}", "position": place, "color": colour}
        series.append(
            {
                "type": "scatter",
                "data": [list(corner)],
                "symbolSize": 1,
                "label": label,
                "itemStyle": {"color": colour},
            }
        )
    return series
