"""A chart of the page, and the parts of its ECharts options that all charts share.

Knows: the look of a chart, how points are sent to the browser, and how a chart is told in words.
Does not know: what is shown.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import solara

from hivemind_abm.app.page.sessions.thinning import places_of

__all__ = [
    "MARGINS",
    "MOST_POINTS",
    "ink",
    "legend_option",
    "line",
    "points_of",
    "show_chart",
    "thinned",
    "words_of",
]

MARGINS = {"left": 52, "right": 16, "top": 10, "bottom": 44}  # of a chart without a legend, pixels
_TOP_WITH_LEGEND = 32
_GAP_BELOW, _GAP_BESIDE = 26, 36  # between an axis and its name, pixels
# How ECharts places labels: about 5 intervals, each of a round number of steps.
_INTERVALS = 5
_NICE = ((1.5, 1.0), (2.5, 2.0), (4.0, 3.0), (7.0, 5.0), (math.inf, 10.0))
_NEAR = 0.06  # of an axis, the width of a label
_MOST_TOLD = 12  # series, in words
MOST_POINTS = 150  # of a curve
_DECIMALS = 4


def show_chart(option: dict[str, Any], dark: bool, height: int = 240, words: str = "") -> None:
    """An ECharts figure that stays in the page; a new option redraws it.

    Args:
        option: The ECharts options, as far as they differ from those of all charts.
        dark: Whether the page is dark.
        height: Pixels.
        words: The chart in words, for screen readers; "" for its series with their last values.
    """
    whole = {
        "animation": False,
        "textStyle": {"fontFamily": "Roboto, sans-serif"},
        "legend": legend_option(dark),
        "grid": {**MARGINS, "top": _TOP_WITH_LEGEND},
        **option,
    }
    for name, gap in (("xAxis", _GAP_BELOW), ("yAxis", _GAP_BESIDE)):
        if name in option:
            whole[name] = {**_axis(dark), "nameGap": gap, **option[name]}
    if option.get("xAxis", {}).get("name") == "step" and not _has_room(option["xAxis"]["max"]):
        whole["xAxis"]["axisLabel"] = {**whole["xAxis"]["axisLabel"], "showMaxLabel": False}
    _Figure(option=json.dumps(whole), words=words or words_of(option), height=height)


@solara.component_vue("chart.vue")
def _Figure(option: str, words: str, height: int) -> None:
    """The figure.

    Args:
        option: All ECharts options, as JSON: Reacton would visit each point of a dict at each step.
        words: The chart in words.
        height: Pixels.
    """


def words_of(option: Mapping[str, Any], title: str = "Chart") -> str:
    """A chart in words: its title, and the last value of each series that has a name.

    Args:
        option: The ECharts options of the chart.
        title: What is shown.
    """
    axes = [option.get(axis, {}).get("name", "") for axis in ("xAxis", "yAxis")]
    over = f" over {axes[0]}" if axes[0] else ""
    curves = {
        str(each["name"]): each["data"][-1][-1]
        for each in option.get("series", ())
        if each.get("name") and each.get("data") and each.get("type") == "line"
    }
    timed = axes[0] == "step"  # on other axes a last value says nothing
    told = [f"{name} {value:.3g}" if timed else name for name, value in curves.items()]
    more = f" and {len(told) - _MOST_TOLD} more" if len(told) > _MOST_TOLD else ""
    head = "; last values: " if timed else ": "
    return f"{title}{over}{head + ', '.join(told[:_MOST_TOLD]) + more if told else ''}."


def _axis(dark: bool) -> dict[str, Any]:
    colour, faint = ink(dark), "#444444" if dark else "#e4e4e4"
    return {
        "nameLocation": "middle",
        "nameTextStyle": {"color": colour},
        "axisLabel": {"color": colour},
        "axisLine": {"lineStyle": {"color": colour}},
        "splitLine": {"lineStyle": {"color": faint}},
    }


def _has_room(last: int) -> bool:
    """Whether the label at the end of an axis of steps does not touch the one before it."""
    rough = last / _INTERVALS
    power = 10.0 ** math.floor(math.log10(rough))
    every = next(nice for limit, nice in _NICE if rough / power < limit) * power
    rest = last % every
    return rest == 0.0 or rest > _NEAR * last


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
    """The rows of a record that a chart has room for: evenly spaced, and the last one."""
    return rows.iloc[places_of(len(rows), MOST_POINTS)]


def line(
    name: str,
    points: list[list[float]],
    colour: str,
    dash: str | list[int] = "solid",
    width: float = 2.0,
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
