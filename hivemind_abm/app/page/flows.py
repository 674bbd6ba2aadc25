"""The card that shows how many bees switched from which option to which.

Knows: how the flows of a step are a heat map.
Does not know: how they are counted.
"""

import numpy as np
import solara

from hivemind_abm.app.page.chart import MARGINS, Chart
from hivemind_abm.app.page.session import Session

__all__ = ["Flows"]

_MOST_NUMBERED = 12  # options, for which the numbers fit into the cells
_BLUE = "#3f90da"


@solara.component
def Flows(session: Session, tick: int, dark: bool) -> None:
    """How many bees switched from which option to which in the last step.

    Args:
        session: Shown.
        tick: Counts the steps; a new one renders the card anew.
        dark: Whether the page is dark.
    """
    flows = session.hive.flows()
    k, kept = len(flows), int(np.trace(flows))
    moves = [[b, a, int(flows[a, b])] for a in range(k) for b in range(k) if a != b]
    most = max((move[2] for move in moves), default=1)
    scale = ["#20262c" if dark else "#f3f6f9", _BLUE]
    number = {"show": k <= _MOST_NUMBERED, "color": "#ffffff" if dark else "#1a1a1a"}
    options = [str(option) for option in range(session.n_action)]
    options += ["none"] * (k - len(options))
    axis = {"type": "category", "data": options, "splitArea": {"show": False}}
    series = {"type": "heatmap", "name": "from, to, bees", "data": moves, "label": number}
    option = {
        "legend": {"show": False},
        "tooltip": {"confine": True},
        "grid": {**MARGINS, "top": 8},
        "xAxis": {**axis, "name": "to option"},
        "yAxis": {**axis, "name": "from option", "inverse": True},
        "visualMap": {"show": False, "min": 0, "max": max(most, 1), "inRange": {"color": scale}},
        "series": [series],
    }
    switched = len(session.hive.opinions) - kept
    words = f"{switched} bees switched, {kept} kept theirs."
    if not session.steps:
        words = "nobody has decided yet."
    solara.Text(f"Step {session.steps}: {words}", classes=["hm-small"])
    Chart(option, dark, height=300)
