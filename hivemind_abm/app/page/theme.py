"""The button that makes the page light or dark: the Python side of `theme.vue`.

Knows: what Solara keeps of the choice.
Does not know: how the page is coloured.
"""

from collections.abc import Callable

import solara
import solara.lab

__all__ = ["ThemeButton"]


@solara.component
def ThemeButton() -> None:
    """A button for the next of automatic, light and dark; the browser keeps the choice."""

    def choose(dark: bool | None) -> None:
        solara.lab.theme.dark = dark

    _ThemeButton(event_chosen=choose)


@solara.component_vue("theme.vue")
def _ThemeButton(event_chosen: Callable[[bool | None], None]) -> None:
    """The button.

    Args:
        event_chosen: Called with whether the page shall be dark; None where the browser says.
    """
