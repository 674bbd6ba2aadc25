"""Curves over time, as ECharts options made from a session's record.

Knows: which curves stand in a chart, and how systems are told apart.
Does not know: where the record comes from.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import to_hex, to_rgb

from hivemind_abm.app.figures.colours import colours_of, colours_of_options
from hivemind_abm.app.page.chart import MARGINS, ink, line, points_of
from hivemind_abm.theory.dynamics import DYNAMICS

__all__ = [
    "NO_OPTION",
    "all_shares",
    "legend",
    "measures_of_several",
    "one_measure",
    "shares_of_one",
    "system_colours",
    "system_line",
    "with_changes",
]

NO_OPTION = "share_none"  # the column of the bees that hold no option

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])  # of red, green and blue (ITU-R BT.709)
_DARK = 0.35  # a luminance
_MOST_CHANGES = 100  # of the world; more would only be a grey area
_SHORTEST = 10  # steps of a time axis
_WIDE, _NARROW = 2.2, 1.2  # the curves of the hive, and those beside it


def one_measure(
    record: Mapping[str, pd.DataFrame], measure: str, dark: bool, **more: Any
) -> dict[str, Any]:
    """The curve of a measure for each system; replicators are dashed.

    Args:
        record: The rows of each system by its name, the hive first.
        measure: A column.
        dark: Whether the page is dark.
        more: Further ECharts options.
    """
    colours = system_colours(record, dark)
    series = [
        system_line(name, points_of(rows.index, rows[measure]), colours[name])
        for name, rows in record.items()
    ]
    return _over_time(series, record, **more)


def all_shares(record: Mapping[str, pd.DataFrame], k: int, dark: bool) -> dict[str, Any]:
    """The share of each of the K options in each system, and that of no option.

    Args:
        record: The rows of each system by its name, the hive first.
        k: K.
        dark: Whether the page is dark.
    """
    series = []
    for place, (name, rows) in enumerate(record.items()):
        dash, width = _dash(place, name), _WIDE if place == 0 else _NARROW
        for option, colour in enumerate(colours_of_options(k)):
            points = points_of(rows.index, rows[f"share_{option}"])
            series.append(line(f"{name}, option {option}", points, colour, dash, width))
        if NO_OPTION in rows:
            points = points_of(rows.index, rows[NO_OPTION])
            series.append(line(f"{name}, no option", points, ink(dark), dash, _NARROW))
    hidden = {"show": False}
    return _over_time(series, record, legend=hidden, tooltip=hidden, grid=MARGINS)


def shares_of_one(
    rows: pd.DataFrame, columns: Mapping[str, str], colours: Mapping[str, str], dark: bool
) -> dict[str, Any]:
    """The shares of one population, or the policy of one learner, without a legend.

    Args:
        rows: Its rows; the index is the step.
        columns: The column of each option by the option's name, then that of no option if any.
        colours: The colour of each option by its name.
        dark: Whether the page is dark.
    """
    series = [
        line(name, points_of(rows.index, rows[column]), colours.get(name, ink(dark)))
        for name, column in columns.items()
    ]
    return _over_time(series, {"": rows}, legend={"show": False}, grid=MARGINS)


def measures_of_several(
    rows: pd.DataFrame, columns: Mapping[str, str], dark: bool, **more: Any
) -> dict[str, Any]:
    """One measure of several populations.

    Args:
        rows: The rows; the index is the step.
        columns: The column of each population by its name.
        dark: Whether the page is dark.
        more: Further ECharts options.
    """
    colours = system_colours(dict.fromkeys(columns, rows), dark)
    series = [
        system_line(name, points_of(rows.index, rows[column]), colours[name])
        for name, column in columns.items()
    ]
    return _over_time(series, {"": rows}, **more)


def with_changes(option: dict[str, Any], changes: Sequence[int], dark: bool) -> dict[str, Any]:
    """A chart over time with a vertical line at each change of the world.

    Args:
        option: The ECharts options of the chart.
        changes: The steps of the changes.
        dark: Whether the page is dark.
    """
    if not changes:
        return option
    first, *others = option["series"]
    mark = {
        "silent": True,
        "symbol": "none",
        "label": {"show": False},
        "lineStyle": {"color": ink(dark), "type": [2, 3], "width": 1.5, "opacity": 0.9},
        "data": [{"xAxis": step} for step in changes[-_MOST_CHANGES:]],
    }
    return {**option, "series": [{**first, "markLine": mark}, *others]}


def legend(record: Mapping[str, pd.DataFrame]) -> str:
    """The systems that each kind of line in `all_shares` stands for."""
    lines: dict[str, list[str]] = {}
    for place, name in enumerate(record):
        lines.setdefault(_dash(place, name), []).append(name)
    if any(NO_OPTION in rows for rows in record.values()):
        lines["thin, without colour"] = ["bees without an option"]
    return "; ".join(f"{dash}: {', '.join(names)}" for dash, names in lines.items())


def system_colours(record: Mapping[str, pd.DataFrame], dark: bool) -> dict[str, str]:
    """A colour for each system of a record, which can be read on a light or dark page."""
    colours = colours_of(list(record))
    return {name: _on_dark(colour) if dark else colour for name, colour in colours.items()}


def system_line(name: str, points: list[list[float]], colour: str) -> dict[str, Any]:
    """The curve of a system; dashed for a replicator."""
    return line(name, points, colour, "dashed" if name in DYNAMICS else "solid")


def _dash(place: int, name: str) -> str:
    """Solid for the hive, the first of a record; dashed for replicators, dotted for a learner."""
    return "solid" if place == 0 else ("dashed" if name in DYNAMICS else "dotted")


def _on_dark(colour: str) -> str:
    """A colour that is light enough for a dark page: halfway to white where it is not."""
    rgb = np.array(to_rgb(colour))
    return str(to_hex((rgb + 1.0) / 2.0)) if rgb @ _LUMINANCE < _DARK else colour


def _over_time(
    series: list[dict[str, Any]], record: Mapping[str, pd.DataFrame], **more: Any
) -> dict[str, Any]:
    last = int(next(iter(record.values())).index[-1])
    return {
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": {"type": "value", "name": "step", "min": 0, "max": max(last, _SHORTEST)},
        "yAxis": {"type": "value", "min": 0, "max": 1},
        "series": series,
        **more,
    }
