"""The charts of the page, as ECharts options made from a run's record.

Knows: the look of a chart.  Does not know: where the record comes from.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import solara

from hivemind_abm.app.figures.drawing import colours_of, colours_of_options
from hivemind_abm.theory.dynamics import DYNAMICS

__all__ = [
    "Chart",
    "all_shares",
    "legend",
    "line",
    "one_measure",
    "points_of",
    "simplex",
    "thinned",
]

_MOST_POINTS = 150  # of a curve


@solara.component
def Chart(option: dict[str, Any], dark: bool, height: int = 240) -> None:
    """An ECharts figure that stays in the page; a new option redraws it.

    Args:
        option: What differs from the house's.
        dark: Whether the page is dark.
        height: Pixels.
    """
    ink, faint = ("#e0e0e0", "#444444") if dark else ("#333333", "#e4e4e4")

    def axis(given: Mapping[str, Any]) -> dict[str, Any]:
        common = {
            "nameLocation": "middle",
            "nameTextStyle": {"color": ink},
            "axisLabel": {"color": ink},
            "axisLine": {"lineStyle": {"color": ink}},
            "splitLine": {"lineStyle": {"color": faint}},
        }
        return {**common, **given}

    whole = {
        "animation": False,
        "textStyle": {"fontFamily": "Roboto, sans-serif"},
        "legend": {"top": 0, "textStyle": {"color": ink}, "icon": "roundRect", "itemHeight": 4},
        "grid": {"left": 52, "right": 16, "top": 32, "bottom": 44},
        **option,
        "xAxis": axis({"nameGap": 26, **option["xAxis"]}),
        "yAxis": axis({"nameGap": 36, **option["yAxis"]}),
    }
    style = f"height: {height}px; width: 100%"
    solara.FigureEcharts(
        option=whole, attributes={"style": style, "class": "hm-chart"}, responsive=True
    )


def points_of(*columns: Any) -> list[list[float]]:
    """The points of a curve, rounded to what a screen shows: every one of them is sent to the browser at every step."""
    return np.round(np.stack([np.asarray(column, float) for column in columns], axis=1), 4).tolist()


def thinned(rows: pd.DataFrame) -> pd.DataFrame:
    """At most so many rows of a record as a chart has room for, evenly apart, the last one among them."""
    every = -(-len(rows) // _MOST_POINTS)
    return rows.iloc[(len(rows) - 1) % every :: every]


def line(
    name: str, points: list[list[float]], colour: str, dash: str = "solid", width: float = 2.0
) -> dict[str, Any]:
    look = {"color": colour, "type": dash, "width": width}
    dot = len(points) == 1  # a line has none
    return {
        "type": "line",
        "name": name,
        "data": points,
        "showSymbol": dot,
        "lineStyle": look,
        "itemStyle": {"color": colour},
    }


def _over_time(series: list[dict[str, Any]], last: int, **more: Any) -> dict[str, Any]:
    return {
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": {"type": "value", "name": "step", "min": 0, "max": max(last, 10)},
        "yAxis": {"type": "value", "min": 0, "max": 1},
        "series": series,
        **more,
    }


def one_measure(record: Mapping[str, pd.DataFrame], measure: str, **more: Any) -> dict[str, Any]:
    """A curve a system: replicators dashed."""
    series = [
        line(
            name,
            points_of(rows.index, rows[measure]),
            colour,
            "dashed" if name in DYNAMICS else "solid",
        )
        for (name, rows), colour in zip(
            record.items(), colours_of(list(record)).values(), strict=True
        )
    ]
    return _over_time(series, int(next(iter(record.values())).index[-1]), **more)


def _dash(place: int, name: str) -> str:
    """Solid for the hive, which is the first of a record, dashed for replicators, dotted for a learner."""
    return "solid" if place == 0 else ("dashed" if name in DYNAMICS else "dotted")


def legend(record: Mapping[str, pd.DataFrame]) -> str:
    """What the lines of `all_shares` stand for."""
    lines: dict[str, list[str]] = {}
    for place, name in enumerate(record):
        lines.setdefault(_dash(place, name), []).append(name)
    return "; ".join(f"{dash}: {', '.join(names)}" for dash, names in lines.items())


def all_shares(record: Mapping[str, pd.DataFrame], k: int) -> dict[str, Any]:
    """Each option's share in each system."""
    series = []
    for place, (name, rows) in enumerate(record.items()):
        dash = _dash(place, name)
        for option, colour in enumerate(colours_of_options(k)):
            points = points_of(rows.index, rows[f"share_{option}"])
            series.append(
                line(f"{name}, option {option}", points, colour, dash, 2.2 if place == 0 else 1.2)
            )
    grid = {"left": 52, "right": 16, "top": 10, "bottom": 44}
    return _over_time(
        series,
        int(next(iter(record.values())).index[-1]),
        legend={"show": False},
        tooltip={"show": False},
        grid=grid,
    )


def simplex(record: Mapping[str, pd.DataFrame], dark: bool) -> dict[str, Any]:
    """The paths of all systems on the triangle of three shares; a dot where each is now."""
    height, ink = math.sqrt(0.75), "#e0e0e0" if dark else "#333333"
    corners = [(0.0, 0.0), (1.0, 0.0), (0.5, height)]
    series: list[dict[str, Any]] = [
        line("", [list(corner) for corner in [*corners, corners[0]]], ink, width=1.0)
    ]
    for option, (corner, place) in enumerate(
        zip(corners, ("bottom", "bottom", "top"), strict=True)
    ):
        label = {"show": True, "formatter": f"option {option}", "position": place, "color": ink}
        series.append(
            {
                "type": "scatter",
                "data": [list(corner)],
                "symbolSize": 1,
                "label": label,
                "itemStyle": {"color": ink},
            }
        )
    for (name, rows), colour in zip(record.items(), colours_of(list(record)).values(), strict=True):
        x = rows["share_1"] + 0.5 * rows["share_2"]
        points = points_of(x, height * rows["share_2"])
        series.append(line(name, points, colour, "dashed" if name in DYNAMICS else "solid"))
        series.append(
            {
                "type": "scatter",
                "data": points[-1:],
                "symbolSize": 10,
                "itemStyle": {"color": colour},
            }
        )
    hidden = {"type": "value", "show": False}
    return {
        "legend": {
            "top": 0,
            "data": list(record),
            "textStyle": {"color": ink},
            "icon": "roundRect",
            "itemHeight": 4,
        },
        "grid": {"left": "center", "width": 280, "top": 50, "height": 242},
        "xAxis": {**hidden, "min": 0, "max": 1},
        "yAxis": {**hidden, "min": 0, "max": height},
        "series": series,
    }
