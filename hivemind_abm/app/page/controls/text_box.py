"""A text box of the page, and how what was typed is read.

Knows: when a text box hands over what was typed.
Does not know: what it is for.
"""

from collections.abc import Callable
from typing import Any

import solara

from hivemind_abm.registry import parse_value

__all__ = ["TextBox", "whole_number"]


@solara.component
def TextBox(label: str, value: str, on_value: Callable[[str], None], placeholder: str = "") -> None:
    """A text box that hands over what was typed on Enter, or when it is left.

    It keeps what was typed when the page changes meanwhile.

    Args:
        label: Its label.
        value: The text to show; a new one replaces what was typed.
        on_value: Called with the text, where it has changed.
        placeholder: Shown while it is empty.
    """
    _, set_typed = solara.use_state(value)  # renders the box anew
    typed, shown, handed_over = solara.use_ref(value), solara.use_ref(value), solara.use_ref(value)
    # At once, not in an effect: a box that changes later changes while somebody types.
    if value != shown.current:
        typed.current = shown.current = handed_over.current = value

    def write(text: str | None) -> None:
        typed.current = text or ""
        set_typed(typed.current)

    def hand_over(*_: Any) -> None:
        if typed.current != handed_over.current:
            handed_over.current = typed.current
            on_value(typed.current)

    box = solara.v.TextField(
        v_model=typed.current,
        on_v_model=write,
        label=label,
        placeholder=placeholder,
        dense=True,
        hide_details=True,
    )
    solara.v.use_event(box, "keyup.enter", hand_over)
    solara.v.use_event(box, "blur", hand_over)


def whole_number(text: str) -> Any:
    """The whole number that was typed, or the text itself where it is none."""
    value = parse_value(text.strip())
    return value if isinstance(value, int) and not isinstance(value, bool) else text
