"""The slider over the steps made so far: the Python side of `timeline.vue`.

Knows: what the browser asks for.
Does not know: how an earlier step comes back.
"""

from collections.abc import Callable
from typing import Any

import solara

__all__ = ["Timeline"]


@solara.component_vue("timeline.vue")
def Timeline(
    now: int,
    last: int,
    changes: list[int],
    changing: bool,
    by: int,
    event_look_at: Callable[[int], None],
    event_next_change: Callable[[Any], None],
) -> None:
    """A slider with buttons for one step back and forth.

    Args:
        now: The step that is looked at.
        last: The last step made.
        changes: The steps at which the world changed.
        changing: Whether the world can change.
        by: Steps that are one step of the page.
        event_look_at: Called with the step to look at.
        event_next_change: Called to look at the next change.
    """
