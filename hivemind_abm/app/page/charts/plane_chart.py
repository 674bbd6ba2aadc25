"""The plane of two players' shares, as ECharts options.

Knows: how arrows, equilibria and a path are drawn on a square.
Does not know: any dynamic (`game_field`), or where the path comes from.
"""

from collections.abc import Sequence
from typing import Any

from hivemind_abm.app.page.charts.chart import ink, legend_option, points_of
from hivemind_abm.app.page.charts.field_marks import arrow_series
from hivemind_abm.app.page.sessions.game_field import Field

__all__ = ["plane_chart"]

_PATH, _PATH_ON_DARK = "#1565c0", "#64b5f6"
_MARKS = {"stable": 1.0, "neutral": 0.45, "unstable": 0.0}  # how full the circles are


def plane_chart(
    x: Sequence[float], y: Sequence[float], axes: Sequence[str], field: Field | None, dark: bool
) -> dict[str, Any]:
    """The path of two players, on the arrows and equilibria of their game.

    Args:
        x: The share of option 0 of player 0, in each row so far.
        y: The same of player 1.
        axes: The names of both axes.
        field: The arrows and equilibria, if any.
        dark: Whether the page is dark.
    """
    points, colour = points_of(x, y), _PATH_ON_DARK if dark else _PATH
    series: list[dict[str, Any]] = []
    if field is not None:
        series += [
            arrow_series(field.starts, field.ends, dark, name="arrows"),
            *_equilibria(field, dark),
        ]
    path = {
        "type": "line",
        "name": "path",
        "data": points,
        "showSymbol": False,
        "lineStyle": {"color": colour, "width": 2, "opacity": 0.85},
        "itemStyle": {"color": colour},
        "z": 4,
    }
    now = {
        "type": "scatter",
        "name": "now",
        "data": points[-1:],
        "symbolSize": 13,
        "itemStyle": {"color": colour, "borderColor": "#ffffff", "borderWidth": 1.5},
        "z": 6,
    }
    start = {
        "type": "scatter",
        "name": "start",
        "data": points[:1],
        "symbol": "diamond",
        "symbolSize": 9,
        "itemStyle": {"color": colour},
        "z": 5,
    }
    names = dict.fromkeys(each["name"] for each in (*series, path, start, now))
    unit = {"type": "value", "min": 0, "max": 1, "interval": 0.25}
    return {
        "legend": legend_option(dark) | {"itemWidth": 14, "itemHeight": 9, "data": _entries(names)},
        "tooltip": {"show": False},
        "grid": {"left": 52, "right": 16, "top": 56, "bottom": 46},
        "xAxis": {**unit, "name": axes[0]},
        "yAxis": {**unit, "name": axes[1]},
        "series": [*series, path, start, now],
    }


def _entries(names: Sequence[str] | dict[str, Any]) -> list[dict[str, Any]]:
    """The entries of the legend, with the symbols of the series."""
    icons = {"path": "roundRect", "start": "diamond", "arrows": "triangle"}
    return [{"name": name, "icon": icons.get(name, "circle")} for name in names]


def _equilibria(field: Field, dark: bool) -> list[dict[str, Any]]:
    """One series per kind, so that the legend tells them apart."""
    colour, series = ink(dark), []
    for kind in dict.fromkeys(kind for *_, kind in field.equilibria):
        fill = _MARKS[kind]
        series.append(
            {
                "type": "scatter",
                "name": f"Nash equilibrium, {kind}",
                "data": [[x, y] for x, y, each in field.equilibria if each == kind],
                "symbolSize": 11,
                "itemStyle": {
                    "color": colour if fill == 1.0 else _mixed(fill, dark),
                    "borderColor": colour,
                    "borderWidth": 1.5,
                },
                "silent": True,
                "z": 3,
            }
        )
    return series


def _mixed(fill: float, dark: bool) -> str:
    """A grey between the colour of the card and that of the text."""
    card, text = (30, 224) if dark else (255, 51)
    grey = round(card + fill * (text - card))
    return f"rgb({grey}, {grey}, {grey})"
