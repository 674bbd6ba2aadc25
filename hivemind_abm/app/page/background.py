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
        work: Called once for the values below.  It has to read whatever it needs of the state
            that was rendered from them: by then the state may have changed.
        dependencies: Where one of them differs from that of the last rendering, work is done.
    """

    def begin() -> None:
        if work is not None:
            # A daemon: a long step or a build does not delay the end of the server.
            threading.Thread(target=work, daemon=True).start()

    solara.use_effect(begin, list(dependencies))
