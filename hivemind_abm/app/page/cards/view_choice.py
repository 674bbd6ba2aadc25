"""The buttons on a card that choose how it shows what it shows.

Knows: that one of a few names is chosen.
Does not know: what is shown.
"""

from dataclasses import replace
from typing import Any

import solara

from hivemind_abm.app.page.state import PageState
from hivemind_abm.app.page.views import View

__all__ = ["choice_of_view", "choose_view"]


def choice_of_view(state: PageState[Any], what: str) -> None:
    """Buttons for the ways to show something.

    Args:
        state: The state of the page.
        what: A field of `View`.
    """
    with solara.Div(classes=["hm-choice"]):
        solara.ToggleButtonsSingle(
            getattr(state.view.value, what),
            values=list(View.names(what)),
            on_value=lambda name: choose_view(state, what, name),
            dense=True,
        )


def choose_view(state: PageState[Any], what: str, name: str) -> None:
    """Choose a way to show something."""
    state.view.value = replace(state.view.peek(), **{what: name})
