"""A card of the page: a title and what stands below it.

Knows: the frame of a card.
Does not know: what is on it.
"""

from collections.abc import Sequence
from typing import Any

import solara

__all__ = ["Card", "heading"]


@solara.component
def Card(title: str, children: Sequence[Any] = (), classes: Sequence[str] = ()) -> None:
    """A frame with a title."""
    with solara.Div(classes=["hm-card", *classes]):
        heading(title)
        solara.Div(children=list(children))


def heading(title: str) -> None:
    """A title on a card."""
    solara.HTML(tag="h3", unsafe_innerHTML=title)
