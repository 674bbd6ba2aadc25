"""The pictures of the bees in the browser: one widget, shown as a honeycomb or as a network.

Knows: what the browser is sent, and what it tells.
Does not know: what is in it; `bees.vue` draws it with `honeycomb.js` or `network.js`.
"""

from functools import cache
from pathlib import Path
from typing import Any

import traitlets
from ipyvuetify.VuetifyTemplate import VuetifyTemplate

__all__ = ["bees"]

_PLACE = "/* the view: honeycomb.js or network.js */"


def bees(view: str, **sent: Any) -> Any:
    """A picture of the bees.

    Args:
        view: "honeycomb" or "network".
        sent: The traits of the widget.
    """
    return _Bees.element(template=_template(view), **sent)


class _Bees(VuetifyTemplate):
    """What the browser draws, and whom to call with what it tells; `Honeycomb` explains both."""

    frame = traitlets.Any().tag(sync=True)
    colours = traitlets.Any().tag(sync=True)
    labels = traitlets.Any().tag(sync=True)
    rules = traitlets.Any().tag(sync=True)
    marks = traitlets.Any().tag(sync=True)
    network = traitlets.Any({}).tag(sync=True)
    lit = traitlets.Any({}).tag(sync=True)
    chose = traitlets.Any()
    is_dark = traitlets.Any()
    was_drawn = traitlets.Any()

    def vue_choose(self, bee: int | None) -> None:
        """A bee was clicked or reached by keys; None: the chosen one was let go."""
        self.chose(bee)

    def vue_dark(self, dark: bool) -> None:
        """Whether the page is dark."""
        self.is_dark(dark)

    def vue_drawn(self, tick: int) -> None:
        """A frame is drawn."""
        self.was_drawn(tick)


@cache
def _template(view: str) -> str:
    """The component of a view, as one text."""
    here = Path(__file__).parent
    text = (here / "bees.vue").read_text(encoding="utf-8")
    assert _PLACE in text
    return text.replace(_PLACE, (here / f"{view}.js").read_text(encoding="utf-8"))
