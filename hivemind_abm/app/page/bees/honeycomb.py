"""The bees as a honeycomb.

Knows: what is sent to the browser for each step, here and in a network.
Does not know: how it is drawn.
"""

import base64
from collections.abc import Callable
from typing import Any

import numpy as np
import solara

from hivemind_abm.app.page.bees.bees import bees
from hivemind_abm.hives.decision import Decision
from hivemind_abm.hives.hive import Hive

__all__ = ["Honeycomb", "frame_of", "marks_of"]

_MOST_MARKED = 30  # bees that a rule asked about; more would only be a tangle of lines
_FULL = 255  # a payoff of 1


@solara.component
def Honeycomb(
    frame: dict[str, Any],
    colours: list[str],
    labels: list[str],
    rules: list[str],
    marks: dict[str, Any],
    event_choose: Callable[[int | None], None],
    event_dark: Callable[[bool], None],
    event_drawn: Callable[[int], None],
) -> None:
    """Bees as hexagons.

    Args:
        frame: From `frame_of`.
        colours: One per option.
        labels: One per option, for the key; one more where bees may hold no option.
        rules: The rules of a mixed hive, for the key; empty where all bees follow the same.
        marks: From `marks_of`.
        event_choose: Called with the bee that was clicked or reached by keys; None where the
            chosen one was let go.
        event_dark: Called with whether the page is dark.
        event_drawn: Called with the frame's tick once it is drawn.
    """
    bees(
        "honeycomb",
        frame=frame,
        colours=colours,
        labels=labels,
        rules=rules,
        marks=marks,
        chose=event_choose,
        is_dark=event_dark,
        was_drawn=event_drawn,
    )


def frame_of(hive: Hive, tick: int) -> dict[str, Any]:
    """The bees at a tick, packed as base64: one byte per bee, which holds up to 255 options.

    Opinions are K for a bee that holds none.  Payoffs, and what the bees show of them, are from 0
    to 255; a payoff that is shown is at least 1, so that 0 is silence.
    """
    return {
        "tick": tick,
        "opinions": _packed(hive.opinions),
        "payoffs": _packed(_bytes(hive.payoffs)),
        "shown": _packed(_bytes(hive.shown)),
        "follows": _packed(hive.follows),
    }


def marks_of(bee: int | None, decision: Decision | None, bees: int) -> dict[str, Any]:
    """The bees to mark: the chosen one, those that it could hear, and those that its rule asked.

    Those heard are not marked where they are all others, nor those asked where they are many.
    """
    if decision is None:
        return {"chosen": bee}
    asked = sorted({question.bee for question in decision.asked if question.bee is not None})
    return {
        "chosen": bee,
        "asked": asked if len(asked) <= _MOST_MARKED else [],
        "heard": decision.heard.tolist() if len(decision.heard) < bees - 1 else [],
    }


def _bytes(payoffs: np.ndarray) -> np.ndarray:
    return np.maximum(np.round(_FULL * payoffs), payoffs > 0.0)


def _packed(values: np.ndarray) -> str:
    return base64.b64encode(values.astype(np.uint8).tobytes()).decode()
