"""Labels at the right end of the curves or areas of a chart.

Knows: which of them are too close together for a label each.
Does not know: what the curves are.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from hivemind_abm.app.page.charts.chart import ink

__all__ = ["ROOM", "end_labels"]

ROOM = 50  # pixels that the labels need to the right of a chart

_HEIGHT = 0.07  # of a label, as a part of an axis from 0 to 1
_MOST = 3  # names and ranges in a label


def end_labels(ends: Mapping[str, Sequence[float]], dark: bool) -> dict[str, Any]:
    """Labels at the last points of curves; those too close for a label each share one.

    Args:
        ends: The last point of each curve by its label.
        dark: Whether the page is dark.

    Returns:
        An ECharts series.
    """
    groups: list[list[tuple[float, float, str]]] = []
    for y, x, text in sorted((float(y), float(x), text) for text, (x, y) in ends.items()):
        if groups and y - groups[-1][-1][0] < _HEIGHT:
            groups[-1].append((y, x, text))
        else:
            groups.append([(y, x, text)])
    data = [
        {
            "value": [group[0][1], sum(y for y, *_ in group) / len(group)],
            "label": {"formatter": _joined([text for *_, text in group])},
        }
        for group in groups
    ]
    return {
        "type": "scatter",
        "data": data,
        "symbolSize": 1,
        "silent": True,
        "tooltip": {"show": False},
        "itemStyle": {"color": "transparent", "opacity": 1},
        "label": {"show": True, "position": "right", "distance": 6, "color": ink(dark)},
    }


def _joined(texts: list[str]) -> str:
    """Labels as one: numbers that follow each other are a range."""
    numbers = sorted(int(text) for text in texts if text.isdecimal())
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    joined = [str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs]
    joined += [text for text in texts if not text.isdecimal()]
    return ", ".join(joined[:_MOST]) + (" ..." if len(joined) > _MOST else "")
