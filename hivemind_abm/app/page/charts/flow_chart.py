"""Who went where in a step, as ECharts options: a Sankey figure and a heat map.

Knows: how moves between options are drawn.
Does not know: how they are counted.
"""

from typing import Any

import numpy as np

from hivemind_abm.app.figures.colours import colours_of_options
from hivemind_abm.app.page.charts.chart import MARGINS, ink

__all__ = ["MOST_MOVES", "flow_table", "largest_moves", "sankey"]

MOST_MOVES = 40  # that a Sankey figure has room for

_SIDES = ("from", "to")
_MOST_NUMBERED = 12  # options, for which the numbers fit into the cells of the table
_BLUE = "#3f90da"


def largest_moves(flows: np.ndarray) -> list[tuple[int, int, int]]:
    """The moves from one option to another, the largest first.

    Args:
        flows: As `Hive.flows` returns them.

    Returns:
        From which option, to which one, and how many bees.
    """
    moves = [(int(a), int(b), int(flows[a, b])) for a, b in np.argwhere(flows) if a != b]
    return sorted(moves, key=lambda move: (-move[2], move))


def sankey(flows: np.ndarray, k: int, dark: bool) -> dict[str, Any]:
    """Bands from the options that bees left to those that they took, as wide as they are many.

    Args:
        flows: As `Hive.flows` returns them.
        k: K; the option after the last one is none.
        dark: Whether the page is dark.
    """
    colours = [*colours_of_options(k), ink(dark)]
    moves = largest_moves(flows)[:MOST_MOVES]
    nodes = [
        _node(side, depth, option, k, moves, colours[option])
        for depth, side in enumerate(_SIDES)
        for option in sorted({move[depth] for move in moves})
    ]
    links = [
        {
            "source": f"from {_name(a, k)}",
            "target": f"to {_name(b, k)}",
            "value": bees,
            "lineStyle": {"color": colours[a]},
        }
        for a, b, bees in moves
    ]
    series = {
        "type": "sankey",
        "data": nodes,
        "links": links,
        "left": 92,
        "right": 92,
        "top": 10,
        "bottom": 10,
        "nodeWidth": 14,
        "nodeGap": 11,
        "layoutIterations": 0,
        "draggable": False,
        "lineStyle": {"opacity": 0.5, "curveness": 0.5},
        "label": {"color": ink(dark)},
        "emphasis": {"focus": "adjacency"},
    }
    return {"legend": {"show": False}, "tooltip": {"confine": True}, "series": [series]}


def flow_table(flows: np.ndarray, k: int, dark: bool) -> dict[str, Any]:
    """A heat map of the moves, with the option that was left in the row.

    Args:
        flows: As `Hive.flows` returns them.
        k: K; the option after the last one is none.
        dark: Whether the page is dark.
    """
    columns = len(flows)
    pairs = [(a, b) for a in range(columns) for b in range(columns) if a != b]
    moves = [[b, a, int(flows[a, b])] for a, b in pairs]
    most = max((move[2] for move in moves), default=1)
    scale = ["#20262c" if dark else "#f3f6f9", "#1d5f9e" if dark else "#7db8ea"]
    number = {"show": columns <= _MOST_NUMBERED, "color": "#ffffff" if dark else "#1a1a1a"}
    names = [_name(option, k) for option in range(columns)]
    axis = {"type": "category", "data": names, "splitArea": {"show": False}}
    return {
        "legend": {"show": False},
        "tooltip": {"confine": True},
        "grid": {**MARGINS, "top": 8},
        "xAxis": {**axis, "name": "to option"},
        "yAxis": {**axis, "name": "from option", "inverse": True},
        "visualMap": {"show": False, "min": 0, "max": max(most, 1), "inRange": {"color": scale}},
        "series": [{"type": "heatmap", "name": "from, to, bees", "data": moves, "label": number}],
    }


def _node(
    side: str, depth: int, option: int, k: int, moves: list[tuple[int, int, int]], colour: str
) -> dict[str, Any]:
    """An option on one side, labelled with the number of bees."""
    bees, name = sum(move[2] for move in moves if move[depth] == option), _name(option, k)
    return {
        "name": f"{side} {name}",
        "depth": depth,
        "itemStyle": {"color": colour},
        "label": {
            "position": "right" if depth else "left",
            "formatter": f"{side} {name}: {bees}",
        },
    }


def _name(option: int, k: int) -> str:
    return "none" if option == k else str(option)
