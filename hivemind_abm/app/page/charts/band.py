"""The mean and the band of an ensemble, as ECharts series behind the curves of a chart.

Knows: how a band is drawn.
Does not know: what it is a band of, or where it comes from.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from hivemind_abm.app.page.charts.chart import MOST_POINTS, points_of

__all__ = ["NAME_OF_BAND", "band_series", "with_bands"]

NAME_OF_BAND = "200 runs: mean, 10-90 %"
_BEHIND = 1  # the height of a series; that of a curve is 2
_OPACITY, _OPACITY_ON_DARK = 0.22, 0.3
_FEWEST_POINTS = 40  # of a band where there are many; all are sent at every step
_DASHES = [9, 3, 2, 3]  # pixels; no other curve of the page is drawn so

# Between two axes of values ECharts stacks the first number of a point, so steps come second.
_STACKED = {"encode": {"x": 1, "y": 0}, "stackStrategy": "all"}


class _Banded(Protocol):
    def bands(
        self, measure: str
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None: ...


def with_bands(
    option: dict[str, Any],
    behind: _Banded | None,
    colours: Mapping[str, str],
    dark: bool,
    name: str = NAME_OF_BAND,
) -> dict[str, Any]:
    """A chart over time with an ensemble behind its curves.

    Args:
        option: The ECharts options of the chart.
        behind: The ensemble; None for none.
        colours: The colour of the band of each column that is shown.
        dark: Whether the page is dark.
        name: What the legend calls the bands.
    """
    last, series = option["xAxis"].get("max"), []
    points = max(MOST_POINTS // max(len(colours), 1), _FEWEST_POINTS)
    for measure, colour in colours.items():
        bands = None if behind is None else behind.bands(measure)
        if bands is not None:
            series += band_series(name, *bands, colour, dark, last, points)
    return {**option, "series": [*option["series"], *series]} if series else option


def band_series(
    name: str,
    steps: np.ndarray,
    mean: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    colour: str,
    dark: bool,
    last: int | None = None,
    points: int = MOST_POINTS,
) -> list[dict[str, Any]]:
    """A mean with a band around it, behind the curves of a chart, with one entry in the legend.

    Args:
        name: That of the entry.
        steps: Shape (steps,), as the others.
        mean: The curve.
        low: The lower border of the band.
        high: The upper border.
        colour: That of the curve and the band.
        dark: Whether the page is dark.
        last: The last step that the chart has room for; None for all.
        points: The most points of a curve.
    """
    shown = len(steps) if last is None else int(np.searchsorted(steps, last, side="right"))
    every = max(-(-shown // points), 1)
    places = np.arange((shown - 1) % every, shown, every) if shown else np.arange(0)
    steps, mean, low, high = (array[places] for array in (steps, mean, low, high))
    opacity = _OPACITY_ON_DARK if dark else _OPACITY
    common = {
        "type": "line",
        "name": name,
        "z": _BEHIND,
        "silent": True,
        "showSymbol": False,
        "itemStyle": {"color": colour, "opacity": 2.0 * opacity},  # that of the legend's icon
        "emphasis": {"disabled": True},
        "tooltip": {"show": False},
    }
    hidden = {
        **common,
        "lineStyle": {"opacity": 0},
        "stack": f"{name} {colour}",
        **_STACKED,
    }
    area = {"color": colour, "opacity": opacity}
    return [
        {**hidden, "data": points_of(low, steps)},
        {**hidden, "data": points_of(high - low, steps), "areaStyle": area},
        {**common, "data": points_of(steps, mean), "lineStyle": _line(colour)},
    ]


def _line(colour: str) -> dict[str, Any]:
    return {"color": colour, "type": _DASHES, "width": 1.4}
