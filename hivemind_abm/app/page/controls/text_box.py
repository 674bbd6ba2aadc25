"""A text box of the page, the Python side of `text_box.vue`, and how what was typed is read.

Knows: that what was typed is handed over on Enter, or when the box is left.
Does not know: what the box is for.
"""

from collections.abc import Callable
from typing import Any

import solara

from hivemind_abm.registry import parse_value

__all__ = ["TextBox", "whole_number"]


@solara.component
def TextBox(label: str, value: str, on_value: Callable[[str], None], placeholder: str = "") -> None:
    """A text box that hands over what was typed on Enter, or when it is left.

    The browser keeps what is being typed, whatever the page shows meanwhile.

    Args:
        label: Its label.
        value: The text to show; a new one replaces what was handed over.
        on_value: Called with the text, where it has changed.
        placeholder: Shown while it is empty.
    """
    _TextBox(label=label, shown=value, placeholder=placeholder, event_typed_text=on_value)


@solara.component_vue("text_box.vue")
def _TextBox(
    label: str, shown: str, placeholder: str, event_typed_text: Callable[[str], None]
) -> None:
    """The box.

    Args:
        label: Its label.
        shown: The text to show.
        placeholder: Shown while it is empty.
        event_typed_text: Called with the text that was typed.
    """


def whole_number(text: str) -> Any:
    """The whole number that was typed, or the text itself where it is none."""
    value = parse_value(text.strip())
    return value if isinstance(value, int) and not isinstance(value, bool) else text
