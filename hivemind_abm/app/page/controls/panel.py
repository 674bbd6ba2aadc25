"""Groups of controls at the side of the page: the Python side of `panel.vue`.

Knows: which control an event of the browser is for.
Does not know: what the controls are, or how they are drawn.
"""

from collections.abc import Callable, Sequence
from typing import Any

import solara

from hivemind_abm.app.page.controls.control import Group

__all__ = ["Panel", "handle"]


@solara.component
def Panel(groups: Sequence[Group], building: bool) -> None:
    """Groups of controls.

    Args:
        groups: The groups.
        building: Whether a session is being built.
    """
    with solara.Div(classes=["hm-controls"]):
        solara.ProgressLinear(building)
        _Panel(
            groups=[group.plain() for group in groups],
            event_change=lambda sent: handle(groups, "change", *sent),
            event_press=lambda sent: handle(groups, "press", *sent),
            event_reset=lambda sent: handle(groups, "reset", *sent),
        )


def handle(groups: Sequence[Group], event: str, target: str, value: str = "") -> None:
    """Do what an event of the browser asks for; nothing where its control is no longer there.

    Args:
        groups: The groups that are shown.
        event: "change": a control has another value.  "press": the button beside a control was
            pressed.  "reset": all of a group goes back to its defaults.
        target: The key of the control, or the title of the group.
        value: The value of a change.
    """
    for group in groups:
        if event == "reset" and group.title == target and group.reset is not None:
            group.reset()
            return
        for control in group.controls:
            if control.key != target:
                continue
            if event == "change":
                control.set(str(value))
            elif event == "press" and control.extra is not None:
                control.extra.act()
            return


@solara.component_vue("panel.vue")
def _Panel(
    groups: list[dict[str, Any]],
    event_change: Callable[[list[str]], None],
    event_press: Callable[[list[str]], None],
    event_reset: Callable[[list[str]], None],
) -> None:
    """The groups as `Group.plain` gives them.

    Args:
        groups: The groups.
        event_change: Called with the key of a control and its new value.
        event_press: Called with the key of a control whose button was pressed.
        event_reset: Called with the title of a group.
    """
