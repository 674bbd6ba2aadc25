"""The card that shows how many bees switched from which option to which.

Knows: what the card says, and that its moves are a figure or a table.
Does not know: how moves are counted or drawn.
"""

import numpy as np
import solara

from hivemind_abm.app.page.charts.chart import show_chart
from hivemind_abm.app.page.charts.flow_chart import MOST_MOVES, flow_table, largest_moves, sankey
from hivemind_abm.hives.hive import Hive

__all__ = ["Flows", "flows_in_words"]

_FIGURE = "flows"
_HEIGHT, _ROOM = 300, 20  # of the chart and of the line below it, pixels
_MOST_TOLD = 8  # moves, for screen readers


@solara.component
def Flows(
    hive: Hive,
    steps: int,
    dark: bool,
    shown: str = _FIGURE,
) -> None:
    """How many bees switched from which option to which in the last step of a hive.

    Args:
        hive: Shown, also as it was after an earlier step.
        steps: Its steps; others render the card anew.
        dark: Whether the page is dark.
        shown: "flows" or "table".
    """
    flows, k = hive.flows(), int(hive.bandit.n_action)
    moves = largest_moves(flows) if steps else []
    solara.Text(flows_in_words(flows, steps), classes=["hm-small"])
    if not moves:  # the place of the chart stays, so that nothing below it moves
        solara.Div(style={"height": f"{_HEIGHT + _ROOM}px"})
        return
    told = [f"{bees} from {_named(a, k)} to {_named(b, k)}" for a, b, bees in moves]
    words = f"Who switched in step {steps}: {'; '.join(told[:_MOST_TOLD])}."
    draw = sankey if shown == _FIGURE else flow_table
    show_chart(draw(flows, k, dark), dark, height=_HEIGHT, words=words)
    note = ""
    if shown == _FIGURE and len(moves) > MOST_MOVES:
        bees = sum(move[2] for move in moves[MOST_MOVES:])
        note = f"The {MOST_MOVES} largest moves; {len(moves) - MOST_MOVES} others of {bees} bees."
    with solara.Div(style={"min-height": f"{_ROOM}px"}):
        solara.Text(note, classes=["hm-small"])


def flows_in_words(flows: np.ndarray, steps: int) -> str:
    """How many bees switched, in a sentence.

    Args:
        flows: As `Hive.flows` returns them.
        steps: The steps made so far.
    """
    if not steps:
        return "Step 0: nobody has decided yet."
    kept = int(np.trace(flows))
    switched = int(flows.sum()) - kept
    if not switched:
        return f"Step {steps}: nobody switched, {_bees(kept)} kept theirs."
    return f"Step {steps}: {_bees(switched)} switched, {kept} kept theirs."


def _named(option: int, k: int) -> str:
    return "no option" if option == k else f"option {option}"


def _bees(number: int) -> str:
    return f"{number} bee{'' if number == 1 else 's'}"
