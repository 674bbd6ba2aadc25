"""The button that makes the page light or dark: the Python side of `theme.vue`.

Knows: that the browser alone decides.  What the server said of it would arrive later, and undo
what was chosen since.
Does not know: how the page is coloured.
"""

import solara

__all__ = ["ThemeButton"]


@solara.component_vue("theme.vue")
def ThemeButton() -> None:
    """A button for the next of automatic, light and dark; the browser keeps the choice."""
