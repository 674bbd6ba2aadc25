"""A card of the page: a title and what stands below it.

Knows: the frame of a card, and that a card stays the same one wherever it stands.
Does not know: what is on it.
"""

from collections.abc import Sequence
from typing import Any

import solara

__all__ = ["card", "heading"]


def card(title: str, classes: Sequence[str] = (), key: str = "") -> Any:
    """A card, to be filled with `with`.

    A card that comes or goes does not change the cards after it: without a key the page would fill
    each of them with what its neighbour showed, and show the last one twice for a moment.

    Args:
        title: Stands above.
        classes: Of the style sheet.
        key: Tells it from all other cards of the component; its title if not given.
    """
    return _Card(title, classes=classes).key(f"card {key or title}")


@solara.component
def _Card(title: str, children: Sequence[Any] = (), classes: Sequence[str] = ()) -> None:
    with solara.Div(classes=["hm-card", *classes]):
        heading(title)
        solara.Div(children=list(children))


def heading(title: str) -> None:
    """A title on a card."""
    solara.HTML(tag="h2", unsafe_innerHTML=title)
