"""The drift of a hive with two shares, as ECharts options.

Knows: how the mean change is a curve over the share of option 0, and where the hive is on it.
Does not know: how the change is measured.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from hivemind_abm.app.page.charts.chart import ink, line, points_of
from hivemind_abm.app.page.charts.field_marks import fixed_point_series

if TYPE_CHECKING:
    from hivemind_abm.theory.field import MeanField

__all__ = ["drift_chart"]

_ERRORS = 2.0  # standard errors of the band
_ROOM = 1.15  # the highest place of the axis, over the largest change
_LEAST = 1e-3  # the same, where nothing changes
_EDGES = (1, 2, 4, 6, 8, 10)  # of the axis, times a power of ten


def drift_chart(
    field: "MeanField | None", share: float, colour: str, name: str, dark: bool
) -> dict[str, Any]:
    """The mean change of the share of option 0 in a step, over that share.

    Args:
        field: A mean field of two shares; None while it is not known.
        share: The share of option 0 in the hive now.
        colour: The colour of the hive.
        name: The name of the hive.
        dark: Whether the page is dark.
    """
    series, y, most = [line("", [[0.0, 0.0], [1.0, 0.0]], ink(dark), width=1.0)], 0.0, _LEAST
    if field is not None:
        order = np.argsort(field.shares[:, 0])
        x, drift = field.shares[order, 0], field.drift[order, 0]
        error = _ERRORS * field.error[order, 0]
        y = float(np.interp(share, x, drift))
        most = max(float((np.abs(drift) + error).max()) * _ROOM, _LEAST)
        series += [
            line("", points_of(x, drift + side), colour, "dotted", 1.0) for side in (error, -error)
        ]
        series.append(line(name, points_of(x, drift), colour, width=2.2))
        zeros = [[round(point.shares[0], 4), 0.0] for point in field.fixed_points]
        series += fixed_point_series(zeros, [point.kind for point in field.fixed_points], dark)
    series.append(
        {
            "type": "scatter",
            "name": "now",
            "data": points_of([share], [y]),
            "symbolSize": 13,
            "itemStyle": {
                "color": colour,
                "borderColor": ink(dark),
                "borderWidth": 1.5,
                "opacity": 1,
            },
            "z": 6,
        }
    )
    edge = _edge(most)
    return {
        "legend": {"show": False},
        "tooltip": {"show": False},
        "grid": {"left": 72, "right": 16, "top": 10, "bottom": 44},
        "xAxis": {"type": "value", "name": "share of option 0", "min": 0, "max": 1},
        "yAxis": {
            "type": "value",
            "name": "mean change per step",
            "min": -edge,
            "max": edge,
            "interval": edge / 2.0,
            "nameGap": 54,
            "axisLabel": {"show": field is not None, "color": ink(dark)},
        },
        "series": series,
    }


def _edge(most: float) -> float:
    """The end of an axis that has room for a value: a number with one digit, half of which too."""
    scale = 10.0 ** np.floor(np.log10(most))
    return float(
        np.round(scale * next((edge for edge in _EDGES if most <= edge * scale), _EDGES[-1]), 9)
    )
