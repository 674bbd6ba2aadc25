"""Curves over time, as ECharts options made from a session's record.

Knows: which curves stand in a chart, and how systems are told apart.
Does not know: where the record comes from.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import to_hex, to_rgb

from hivemind_abm.app.figures.colours import colours_of, colours_of_options
from hivemind_abm.app.page.charts.chart import MARGINS, ink, line, points_of
from hivemind_abm.app.page.charts.end_labels import ROOM, end_labels
from hivemind_abm.theory.dynamics import DYNAMICS

__all__ = [
    "NO_OPTION",
    "System",
    "all_shares",
    "measures_of_several",
    "one_measure",
    "over_time",
    "shares_of_one",
    "system_colours",
    "system_line",
    "systems_of",
    "with_changes",
]

NO_OPTION = "share_none"  # the column of the bees that hold no option

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])  # of red, green and blue (ITU-R BT.709)
_DARK = 0.35  # a luminance
_MOST_CHANGES = 100  # of the world; more would only be a grey area
_SHORTEST = 10  # steps of a time axis
_WIDE, _MIDDLE, _NARROW = 2.2, 1.6, 1.2  # the curves of the hive, of a second one, of the others
_LONG = [16, 5]  # pixels
_KINDS: dict[str, str | list[int]] = {
    "solid": "solid",
    "long dashes": _LONG,
    "dashed": "dashed",
    "dotted": "dotted",
}
_TOPS = (0.25, 0.5, 1.0)  # of an axis of shares
_TOP = 22  # of a chart with a label above it, pixels
_MANY = 24  # curves; all are sent to the browser at every step
_MOST_IN_TOOLTIP = 12  # curves


@dataclass(frozen=True)
class System:
    """How the curves of a system of a record are drawn.

    Attributes:
        name: The system.
        kind: "solid", "long dashes" (a second hive), "dashed" (replicators) or "dotted" (a
            learner).
        width: Pixels.
        colour: The colour of its curves where a system has only one.
    """

    name: str
    kind: str
    width: float
    colour: str

    @property
    def dash(self) -> str | list[int]:
        """The kind of line, as ECharts has it."""
        return _KINDS[self.kind]


def one_measure(
    record: Mapping[str, pd.DataFrame], measure: str, dark: bool, second: str = "", **more: Any
) -> dict[str, Any]:
    """The curve of a measure for each system, in the kinds of lines of `systems_of`.

    Args:
        record: The rows of each system by its name, the hive first.
        measure: A column.
        dark: Whether the page is dark.
        second: The name of a second hive, if any.
        more: Further ECharts options.
    """
    colours = system_colours(record, dark)
    series = [
        _lively(system_line(name, points_of(rows.index, rows[measure]), colours[name], second))
        for name, rows in record.items()
    ]
    return over_time(series, record, **more)


def all_shares(
    record: Mapping[str, pd.DataFrame],
    k: int,
    dark: bool,
    hidden: Collection[int] = (),
    second: str = "",
) -> dict[str, Any]:
    """The share of each of the K options in each system, and that of no option.

    The curves of the hive end in the number of their option.

    Args:
        record: The rows of each system by its name, the hive first.
        k: K.
        dark: Whether the page is dark.
        hidden: Options that are left out.
        second: The name of a second hive, if any.
    """
    series: list[dict[str, Any]] = []
    colours, most = colours_of_options(k), 0.0
    options = [option for option in range(k) if option not in hidden]
    for system, rows in zip(systems_of(record, dark, second), record.values(), strict=True):
        name, dash, width = system.name, system.dash, system.width
        none = NO_OPTION in rows
        if series and len(options) * len(record) > _MANY:  # fewer points beside the hive
            rows = rows.iloc[(len(rows) - 1) % 2 :: 2]
        columns = [*(f"share_{option}" for option in options), *([NO_OPTION] if none else [])]
        shares = rows[columns].to_numpy(float)
        most = max(most, float(shares.max(initial=0.0)))
        for option, share in zip(options, shares.T, strict=False):
            points = points_of(rows.index, share)
            curve = line(f"{name}, option {option}", points, colours[option], dash, width)
            series.append(_lively(curve))
        if none:
            points = points_of(rows.index, shares[:, -1])
            series.append(_lively(line(f"{name}, no option", points, ink(dark), dash, _NARROW)))
    ends = {str(option): series[place]["data"][-1] for place, option in enumerate(options)}
    tooltip = {"trigger": "item", "confine": True, "formatter": "{a}"}
    if len(series) <= _MOST_IN_TOOLTIP:
        tooltip = {"trigger": "axis", "confine": True, "order": "valueDesc"}
    return over_time(
        [*series, end_labels(ends, dark)],
        record,
        legend={"show": False},
        tooltip=tooltip,
        yAxis={"type": "value", "min": 0, "max": next((top for top in _TOPS if most <= top), 1.0)},
        grid={**MARGINS, "top": _TOP, "right": ROOM},
    )


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
    return over_time(series, {"": rows}, legend={"show": False}, grid=MARGINS)


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
    return over_time(series, {"": rows}, **more)


def over_time(
    series: list[dict[str, Any]], record: Mapping[str, pd.DataFrame], **more: Any
) -> dict[str, Any]:
    """The ECharts options of a chart over time of values from 0 to 1.

    Args:
        series: The ECharts series.
        record: The rows of each system by its name; the index is the step.
        more: Further ECharts options.
    """
    last = max(int(rows.index[-1]) for rows in record.values())
    return {
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": {"type": "value", "name": "step", "min": 0, "max": max(last, _SHORTEST)},
        "yAxis": {"type": "value", "min": 0, "max": 1},
        "series": series,
        **more,
    }


def with_changes(
    option: dict[str, Any], changes: Sequence[int], dark: bool, looked: int | None = None
) -> dict[str, Any]:
    """A chart over time with a dotted vertical line at each change of the world.

    Args:
        option: The ECharts options of the chart.
        changes: The steps of the changes.
        dark: Whether the page is dark.
        looked: The earlier step that is looked at, which has a solid line; None for the last one.
    """
    if not changes and looked is None:
        return option
    lines: list[dict[str, Any]] = [{"xAxis": step} for step in changes[-_MOST_CHANGES:]]
    if looked is not None:
        label = {"show": True, "formatter": f"step {looked}", "color": ink(dark)}
        solid = {"type": "solid", "width": 1.2, "opacity": 1}
        lines.append({"xAxis": looked, "lineStyle": solid, "label": label})
    first, *others = option["series"]
    mark = {
        "silent": True,
        "symbol": "none",
        "label": {"show": False},
        "lineStyle": {"color": ink(dark), "type": [2, 3], "width": 1.5, "opacity": 0.9},
        "data": lines,
    }
    return {**option, "series": [{**first, "markLine": mark}, *others]}


def systems_of(record: Mapping[str, pd.DataFrame], dark: bool, second: str = "") -> list[System]:
    """How the curves of each system of a record are drawn."""
    colours, systems = system_colours(record, dark), []
    for place, name in enumerate(record):
        kind, width = "dashed" if name in DYNAMICS else "dotted", _NARROW
        if place == 0:
            kind, width = "solid", _WIDE
        elif name == second:
            kind, width = "long dashes", _MIDDLE
        systems.append(System(name, kind, width, colours[name]))
    return systems


def system_colours(record: Mapping[str, pd.DataFrame], dark: bool) -> dict[str, str]:
    """A colour for each system of a record, which can be read on a light or dark page."""
    colours = colours_of(list(record))
    return {name: _on_dark(colour) if dark else colour for name, colour in colours.items()}


def system_line(
    name: str, points: list[list[float]], colour: str, second: str = ""
) -> dict[str, Any]:
    """The curve of a system; dashed for a replicator, with long dashes for a second hive."""
    dash = _LONG if name == second else "dashed" if name in DYNAMICS else "solid"
    return line(name, points, colour, dash)


def _lively(series: dict[str, Any]) -> dict[str, Any]:
    """A curve that stands out while the mouse is on it."""
    wider = {"width": series["lineStyle"]["width"] + _WIDE}
    blur = {"lineStyle": {"opacity": 0.15}}
    return {
        **series,
        "triggerLineEvent": True,
        "emphasis": {"focus": "series", "lineStyle": wider},
        "blur": blur,
    }


def _on_dark(colour: str) -> str:
    """A colour that is light enough for a dark page: halfway to white where it is not."""
    rgb = np.array(to_rgb(colour))
    return str(to_hex((rgb + 1.0) / 2.0)) if rgb @ _LUMINANCE < _DARK else colour
