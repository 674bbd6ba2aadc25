"""Paths on the triangle of three shares, as ECharts options made from a session's record.

Knows: which three shares are a point of the triangle, and where that point is.
Does not know: where the record comes from, or how a mean field is measured.
"""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hivemind_abm.app.page.charts.chart import ink, legend_option, line, points_of
from hivemind_abm.app.page.charts.curves import NO_OPTION, system_colours, system_line
from hivemind_abm.app.page.charts.field_marks import arrows, fixed_point_series

if TYPE_CHECKING:
    from hivemind_abm.theory.field import MeanField

__all__ = ["is_triangle", "simplex", "simplex_note"]

_HEIGHT = math.sqrt(0.75)  # of a triangle with sides of length 1
_CORNERS = ((0.0, 0.0), (1.0, 0.0), (0.5, _HEIGHT))  # where each option has all bees
_OUTWARD = {"left": -16, "right": 16}  # pixels that a label begins outside the triangle
_LONGEST = 0.088  # of the arrows, which begin 0.1 apart
_ERRORS = 2.0  # a change below so many standard errors is none
# Where a corner's label is, seen from the corner, and how it is aligned there.
_PLACES = (("bottom", "left"), ("bottom", "right"), ("top", "center"))


def is_triangle(record: Mapping[str, pd.DataFrame], k: int) -> bool:
    """Whether there are three shares: of three options, or of two and of no option."""
    return k == len(_CORNERS) or (k == len(_CORNERS) - 1 and _has_none(record))


def simplex(
    record: Mapping[str, pd.DataFrame],
    k: int,
    dark: bool,
    names: Sequence[str] = (),
    field: "MeanField | None" = None,
    second: str = "",
) -> dict[str, Any]:
    """The paths of all systems on the triangle of three shares; a dot where each is now.

    Args:
        record: The rows of each system by its name, the hive first.
        k: K; 3, or 2 where bees may hold no option.
        dark: Whether the page is dark.
        names: The names of the options; () for their numbers.
        field: A mean field of the same shares, whose arrows and fixed points are shown.
        second: The name of a second hive, if any.
    """
    options = names or [f"option {option}" for option in range(k)]
    labels = [*options] + ["no option"] * (len(_CORNERS) - k)
    series, colours = _triangle(ink(dark), labels), system_colours(record, dark)
    if field is not None:
        series += _field_series(field, dark)
    for name, rows in record.items():
        points = _path(rows, k)
        series.append(system_line(name, points, colours[name], second) | {"z": 5})
        series.append(
            {
                "type": "scatter",
                "data": points[-1:],
                "symbolSize": 10,
                "itemStyle": {"color": colours[name], "opacity": 1},
                "z": 6,
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


def simplex_note(record: Mapping[str, pd.DataFrame], k: int) -> str:
    """What stands below the triangle, or ""."""
    among = k == len(_CORNERS) and _has_none(record)
    return "Shares among the bees that hold an option." if among else ""


def _field_series(field: "MeanField", dark: bool) -> list[dict[str, Any]]:
    """The arrows and the fixed points of a mean field of two or three shares."""
    corners = np.array(_CORNERS)[: field.shares.shape[1]]
    moves = (np.abs(field.drift) > _ERRORS * field.error).any(axis=1, keepdims=True)
    changes = np.where(moves, field.drift, 0.0) @ corners
    points = [np.array(point.shares) @ corners for point in field.fixed_points]
    kinds = [point.kind for point in field.fixed_points]
    return [
        arrows(field.shares @ corners, changes, _LONGEST, dark),
        *fixed_point_series([np.round(point, 4).tolist() for point in points], kinds, dark),
    ]


def _has_none(record: Mapping[str, pd.DataFrame]) -> bool:
    return any(NO_OPTION in rows for rows in record.values())


def _path(rows: pd.DataFrame, k: int) -> list[list[float]]:
    """The points of a system's rows.

    Where three options and no option would be four shares, they are those among the bees that hold
    an option; a row in which no bee does has no point.
    """
    shares = rows[[f"share_{option}" for option in range(k)]]
    if k == len(_CORNERS):
        held = shares.sum(axis=1)
        shares = shares[held > 0.0].div(held[held > 0.0], axis=0) if NO_OPTION in rows else shares
        third = shares["share_2"]
    else:
        third = 1.0 - shares.sum(axis=1)
    return points_of(shares["share_1"] + 0.5 * third, _HEIGHT * third)


def _triangle(colour: str, labels: list[str]) -> list[dict[str, Any]]:
    """The sides, and a label at each corner."""
    sides = [list(corner) for corner in (*_CORNERS, _CORNERS[0])]
    series = [line("", sides, colour, width=1.0)]
    for text, corner, (place, align) in zip(labels, _CORNERS, _PLACES, strict=True):
        label = {
            "show": True,
            "formatter": text,
            "position": place,
            "align": align,
            "distance": 9,
            "offset": [_OUTWARD.get(align, 0), 4 if align in _OUTWARD else -2],
            "color": colour,
        }
        series.append(
            {
                "type": "scatter",
                "data": [list(corner)],
                "symbolSize": 1,
                "label": label,
                "itemStyle": {"color": colour, "opacity": 1},
            }
        )
    return series
