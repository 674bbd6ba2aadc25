"""Work in the background of a page.

Knows: when it begins, and that the end of the server does not wait for it.
Does not know: what the work is.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import solara

__all__ = ["use_background"]


def use_background(work: Callable[[], object] | None, dependencies: Sequence[Any]) -> None:
    """Do some work in a thread, after this rendering; a hook of the component that calls it.

    Args:
        work: Called when the page may already show something newer, and perhaps once more for
            that.  Work that must not be done twice has to see to it itself; None for no work.
        dependencies: Where one of them differs from that of the last rendering, work is done.
    """

    def begin() -> None:
        if work is not None:
            # A daemon: a long step or a build does not delay the end of the server.
            threading.Thread(target=work, daemon=True).start()

    solara.use_effect(begin, list(dependencies))
