"""The line that says that users' files have changed since they were read.

Knows: how often the page looks at them, and what it says.
Does not know: what is in them, or what follows from a change.
"""

import threading
from collections.abc import Callable

import solara

from hivemind_abm.app.page.sessions.stamps import Stamps, changed_files

__all__ = ["FileNotice"]

_EVERY = 1.0  # seconds


@solara.component
def FileNotice(stamps: Stamps, on_reload: Callable[[], None], problem: str) -> None:
    """A line with a button where a file has changed, and what was wrong with it when it was read.

    Args:
        stamps: The files as they were when they were read.
        on_reload: Called when the changed files should be read again.
        problem: What was wrong with them at the last try, or "".
    """
    (changed, _), set_changed = solara.use_state(((), 0))

    def watch() -> Callable[[], None]:
        set_changed(((), 0))
        ended = threading.Event()

        def look() -> None:
            looks = 0
            while not ended.wait(_EVERY):
                names = changed_files(stamps)
                looks += 1 if names else 0  # told again each time, in case it was not heard
                if not ended.is_set():
                    set_changed((names, looks))

        if stamps:
            threading.Thread(target=look, daemon=True).start()
        return ended.set

    solara.use_effect(watch, [stamps])
    if problem:
        solara.Error(problem, dense=True)
    if changed:
        with solara.Div(classes=["hm-notice"], attributes={"role": "status"}):
            verb = "has" if len(changed) == 1 else "have"
            solara.Text(f"{', '.join(changed)} {verb} changed.")
            solara.Button("Reload", icon_name="mdi-reload", on_click=on_reload, small=True)
