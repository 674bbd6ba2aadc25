"""The toolbar: step, play and start, and the state of the run (`status`).

Knows: which button does what, and when it is disabled.
Does not know: how a session is stepped.
"""

import threading
from typing import Any

import solara

from hivemind_abm.app.page.sessions import AnySession
from hivemind_abm.app.page.state import FASTEST, PageState
from hivemind_abm.app.page.status import Status

__all__ = ["Toolbar"]


@solara.component
def Toolbar(state: PageState[Any]) -> None:
    """Step, play and start.

    Steps are made in a thread, so that the page can be used meanwhile.
    """

    def begin() -> None:
        if state.pressed.value.action:
            # A daemon: a long step does not delay the end of the server.
            threading.Thread(target=state.run, daemon=True).start()

    solara.use_effect(begin, [state.pressed.value])
    session = state.session.value
    if session is None:
        return
    with solara.Div(classes=["hm-toolbar"]):
        _buttons(state, session)
        with solara.Div(classes=["hm-speed"]):
            label = f"{state.speed.value} steps/s"
            solara.SliderInt(label, value=state.speed, min=1, max=FASTEST, thumb_label=False)
        Status(session, state.tick)
        if state.problem.value:  # in view whatever is scrolled or folded away
            note = ""
            if state.choices.value != session.choices:
                note = f"  (The {session.shown} shown is still the one before.)"
            solara.Error(state.problem.value + note, dense=True, classes=["hm-problem"])


def _buttons(state: PageState[Any], session: AnySession) -> None:
    action, building = state.pressed.value.action, state.building.value
    ready, playing = not building and not session.ended, action == "play"
    solara.Button(
        "Step",
        color="primary",
        icon_name="mdi-step-forward",
        on_click=lambda: state.press("step"),
        disabled=not ready or action != "",
    )
    solara.Button(
        "Pause" if playing else "Play",
        icon_name="mdi-pause" if playing else "mdi-play",
        on_click=lambda: state.press("" if playing else "play"),
        disabled=not ready or action == "step",
    )
    solara.Button("Start", icon_name="mdi-skip-backward", on_click=state.restart, disabled=building)
