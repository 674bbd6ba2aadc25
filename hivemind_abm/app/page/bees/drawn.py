"""What the browser tells of a page without a honeycomb: the Python side of `drawn.vue`.

Knows: that a step has reached the browser, and whether the page is dark.
Does not know: what is on the page.
"""

from collections.abc import Callable

import solara

__all__ = ["Drawn"]


@solara.component_vue("drawn.vue")
def Drawn(
    tick: int, event_dark: Callable[[bool], None], event_drawn: Callable[[int], None]
) -> None:
    """Nothing to see.

    Args:
        tick: Counts the steps.
        event_dark: Called with whether the page is dark.
        event_drawn: Called with the tick once it has reached the browser.
    """
