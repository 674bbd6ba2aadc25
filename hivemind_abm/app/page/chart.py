"""A chart of the page, and the parts of its ECharts options that all charts share.

Knows: the look of a chart, and how points are sent to the browser.
Does not know: what is shown.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import solara

__all__ = [
    "MARGINS",
    "MOST_POINTS",
    "Chart",
    "ink",
    "legend_option",
    "line",
    "points_of",
    "thinned",
]

MARGINS = {"left": 52, "right": 16, "top": 10, "bottom": 44}  # of a chart without a legend, pixels
_TOP_WITH_LEGEND = 32
MOST_POINTS = 150  # of a curve
_DECIMALS = 4


@solara.component
def Chart(option: dict[str, Any], dark: bool, height: int = 240) -> None:
    """An ECharts figure that stays in the page; a new option redraws it.

    Args:
        option: The ECharts options, as far as they differ from those of all charts.
        dark: Whether the page is dark.
        height: Pixels.
    """
    colour, faint = ink(dark), "#444444" if dark else "#e4e4e4"

    def axis(special: Mapping[str, Any]) -> dict[str, Any]:
        common = {
            "nameLocation": "middle",
            "nameTextStyle": {"color": colour},
            "axisLabel": {"color": colour},
            "axisLine": {"lineStyle": {"color": colour}},
            "splitLine": {"lineStyle": {"color": faint}},
        }
        return {**common, **special}

    whole = {
        "animation": False,
        "textStyle": {"fontFamily": "Roboto, sans-serif"},
        "legend": legend_option(dark),
        "grid": {**MARGINS, "top": _TOP_WITH_LEGEND},
        **option,
        "xAxis": axis({"nameGap": 26, **option["xAxis"]}),
        "yAxis": axis({"nameGap": 36, **option["yAxis"]}),
    }
    style = f"height: {height}px; width: 100%"
    solara.FigureEcharts(
        option=whole, attributes={"style": style, "class": "hm-chart"}, responsive=True
    )


def ink(dark: bool) -> str:
    """The colour of text and axes on a light or dark page."""
    return "#e0e0e0" if dark else "#333333"


def legend_option(dark: bool) -> dict[str, Any]:
    """A legend above the chart, as an ECharts option."""
    return {"top": 0, "textStyle": {"color": ink(dark)}, "icon": "roundRect", "itemHeight": 4}


def points_of(*columns: Any) -> list[list[float]]:
    """The points of a curve, rounded to what a screen shows.

    All of them are sent to the browser at every step.
    """
    stacked = np.stack([np.asarray(column, float) for column in columns], axis=1)
    return np.round(stacked, _DECIMALS).tolist()


def thinned(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of a record that a chart has room for: evenly spaced, the last one included."""
    every = -(-len(rows) // MOST_POINTS)
    return rows.iloc[(len(rows) - 1) % every :: every]


def line(
    name: str, points: list[list[float]], colour: str, dash: str = "solid", width: float = 2.0
) -> dict[str, Any]:
    """A curve as an ECharts series; a single point is shown as a dot."""
    return {
        "type": "line",
        "name": name,
        "data": points,
        "showSymbol": len(points) == 1,
        "lineStyle": {"color": colour, "type": dash, "width": width},
        "itemStyle": {"color": colour},
    }
