"""The marks of a mean field in a chart: its arrows and its fixed points.

Knows: how kinds of fixed points are told apart, by shape and by filling.
Does not know: where in a chart they are.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from hivemind_abm.app.page.charts.chart import ink, points_of
from hivemind_abm.app.page.charts.key import Sign

__all__ = ["arrow_series", "arrows", "fixed_point_series", "fixed_point_signs"]

_SIZE = 11  # pixels
_SHAPES = {"stable": "circle", "unstable": "circle", "saddle": "diamond", "unclear": "triangle"}
_FILLED = ("stable", "saddle")
_ARROW, _ARROW_ON_DARK = "#8a939c", "#7d868f"
_TINY = 1e-12


def arrows(starts: np.ndarray, changes: np.ndarray, longest: float, dark: bool) -> dict[str, Any]:
    """Arrows along changes, as an ECharts series.

    Their lengths are as the roots of the changes, so that slow places keep visible arrows.

    Args:
        starts: Where they begin, shape (A, 2).
        changes: The changes there, shape (A, 2); no arrow where there is none.
        longest: The length of the longest arrow.
        dark: Whether the page is dark.
    """
    length = np.hypot(*changes.T)
    there = length > _TINY
    scale = longest / np.sqrt(length[there].max(initial=_TINY) * length[there])
    ends = starts[there] + changes[there] * scale[:, np.newaxis]
    return arrow_series(starts[there], ends, dark)


def arrow_series(starts: np.ndarray, ends: np.ndarray, dark: bool, **more: Any) -> dict[str, Any]:
    """Arrows as an ECharts series.

    Args:
        starts: Where they start, shape (A, 2).
        ends: Where they end, shape (A, 2).
        dark: Whether the page is dark.
        more: Further options of the series.
    """
    pairs = zip(points_of(*starts.T), points_of(*ends.T), strict=True)
    colour = _ARROW_ON_DARK if dark else _ARROW
    return {
        "type": "lines",
        "coordinateSystem": "cartesian2d",
        "data": [{"coords": [start, end]} for start, end in pairs],
        "symbol": ["none", "arrow"],
        "symbolSize": 5,
        "lineStyle": {"color": colour, "width": 1.1, "opacity": 1},
        "itemStyle": {"color": colour},
        "silent": True,
        "zlevel": 0,  # without it, arrows would have a canvas above all others
        "z": 1,
        **more,
    }


def fixed_point_series(
    points: Sequence[Sequence[float]], kinds: Sequence[str], dark: bool
) -> list[dict[str, Any]]:
    """Fixed points as ECharts series, one per kind.

    Args:
        points: Where they are in the chart, shape (F, 2).
        kinds: The kind of each, as `FixedPoint.kind`.
        dark: Whether the page is dark.
    """
    colour = ink(dark)
    return [
        {
            "type": "scatter",
            "data": [list(at) for at, each in zip(points, kinds, strict=True) if each == kind],
            "symbol": _SHAPES[kind],
            "symbolSize": _SIZE,
            "itemStyle": {
                "color": colour if kind in _FILLED else _card(dark),
                "borderColor": colour,
                "borderWidth": 1.6,
                "opacity": 1,
            },
            "silent": True,
            "z": 4,
        }
        for kind in dict.fromkeys(kinds)
    ]


def fixed_point_signs(kinds: Iterable[str], dark: bool) -> list[Sign]:
    """The kinds of fixed points for a key."""
    return [
        Sign(f"{kind} fixed point", ink(dark), shape=_SHAPES[kind], filled=kind in _FILLED)
        for kind in dict.fromkeys(kinds)
    ]


def _card(dark: bool) -> str:
    """The colour of a card."""
    return "#1e1e1e" if dark else "#ffffff"
