"""The keys of the page: the Python side of `keys.vue`.

Knows: what each key does.
Does not know: when a key belongs to a text box, a slider, a button or a dialog instead.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import solara

from hivemind_abm.app.page.state import PageState

__all__ = ["KEYS", "Key", "Keys", "press_key"]


@dataclass(frozen=True)
class Key:
    """A key of the page.

    Attributes:
        name: What the browser calls it.
        shown: What the list of keys calls it.
        does: What it does, for the list.
    """

    name: str
    shown: str
    does: str


KEYS = (
    Key(" ", "Space", "play or pause"),
    Key("ArrowRight", "→", "one step forward"),
    Key("ArrowLeft", "←", "one step back"),
    Key("Home", "Home", "the first step"),
    Key("End", "End", "the last step so far"),
    Key("c", "c", "the next change of the world"),
    Key("?", "?", "this list"),
)


@solara.component
def Keys(state: PageState[Any]) -> None:
    """Listens to the keys; a button that lists them, and links past the header.

    Args:
        state: What the keys change.
    """
    listed = [{"name": key.name, "shown": key.shown, "does": key.does} for key in KEYS]
    _Keys(
        listed=listed,
        event_key=lambda name: press_key(state, name),
        event_held=lambda name: press_key(state, name, held=True),
    )


def press_key(state: PageState[Any], name: str, held: bool = False) -> None:
    """Do what a key does; nothing for any other name, and nothing while a session is built.

    Args:
        state: What the key changes.
        name: What the browser calls the key.
        held: Whether it is a key held down that says so once more; no steps wait for those.
    """
    session, action = state.session.peek(), state.pressed.peek().action
    if session is None or state.building.peek():
        return
    over = session.ended and state.looked.peek() is None
    if name == " " and action in ("play", "run"):
        state.press("")
    elif name == " " and not over:
        state.press("play")
    elif name == "ArrowRight" and not over and not (held and action == "step"):
        state.look_forward()
    elif name == "ArrowLeft":
        state.look_back()
    elif name == "c":
        state.next_change()
    elif name in ("Home", "End"):
        state.press("")
        state.look_at(0 if name == "Home" else None)


@solara.component_vue("keys.vue")
def _Keys(
    listed: list[dict[str, str]],
    event_key: Callable[[str], None],
    event_held: Callable[[str], None],
) -> None:
    """Listens to the keys.

    Args:
        listed: The fields of each of `KEYS`.
        event_key: Called with the name of a key that was pressed.
        event_held: Called with the name of a key that is held down, again and again.
    """
