"""The toolbar: step, play, run to the end and start, the timeline, and the state of the run.

Knows: which button does what, and when it is disabled.
Does not know: how a session is stepped.
"""

from typing import Any

import solara

from hivemind_abm.app.page.background import use_background
from hivemind_abm.app.page.sessions.kinds import AnySession
from hivemind_abm.app.page.sessions.session import Session
from hivemind_abm.app.page.state import FASTEST, PageState
from hivemind_abm.app.page.status import Status
from hivemind_abm.app.page.timeline import Timeline

__all__ = ["Toolbar"]

_MOST_CHANGES = 100  # of the world, that have a mark on the timeline


@solara.component
def Toolbar(state: PageState[Any]) -> None:
    """Step, play, run to the end and start.

    Steps are made in a thread, so that the page can be used meanwhile.
    """
    pressed = state.pressed.value
    use_background(state.run if pressed.action else None, [pressed])
    session = state.session.value
    if session is None:
        return
    with solara.Div(classes=["hm-toolbar"]):
        _buttons(state, session)
        with solara.Div(classes=["hm-speed"]):
            label = f"{state.speed.value} steps/s"
            solara.SliderInt(label, value=state.speed, min=1, max=FASTEST, thumb_label=False)
        _Steps(session, state)
        Status(session, state)
        if state.problem.value:  # in view whatever is scrolled or folded away
            note = ""
            if state.choices.value != session.choices:
                note = f"  (The {session.shown} shown is still the one before.)"
            solara.Error(state.problem.value + note, dense=True, classes=["hm-problem"])
        if state.note.value:
            solara.Info(state.note.value, dense=True, classes=["hm-problem"])


@solara.component
def _Steps(session: AnySession, state: PageState[Any]) -> None:
    """The timeline.

    Args:
        session: Shown.
        state: The state of the page.
    """
    state.tick.get()
    looked, last = state.looked.value, session.steps

    def look_at(step: int) -> None:
        state.press("")
        state.look_at(step)

    Timeline(
        now=last if looked is None else looked,
        last=last,
        changes=getattr(session, "changes", [])[-_MOST_CHANGES:],
        changing=isinstance(session, Session) and bool(session.hive.bandit.changes),
        by=getattr(session, "at_once", 1),
        event_look_at=look_at,
        event_next_change=lambda _: state.next_change(),
    )


def _buttons(state: PageState[Any], session: AnySession) -> None:
    action, building = state.pressed.value.action, state.building.value
    past = state.looked.value is not None
    ready, playing = not building and not session.ended, action == "play"
    running = action == "run"
    solara.Button(
        "Step",
        color="primary",
        icon_name="mdi-step-forward",
        on_click=state.look_forward,
        disabled=not (ready or past) or action in ("play", "run"),
        classes=["hm-stepping"] if action == "step" else [],
    )
    solara.Button(
        "Pause" if playing else "Play",
        icon_name="mdi-pause" if playing else "mdi-play",
        on_click=lambda: state.press("" if playing else "play"),
        disabled=not (ready or past) or action == "run",
        classes=["hm-play"],
    )
    solara.Button(
        "Halt" if running else "To the end",
        icon_name="mdi-stop" if running else "mdi-fast-forward",
        on_click=lambda: state.press("" if running else "run"),
        disabled=not ready or action == "play",
        classes=["hm-end"],
    )
    solara.Button("Start", icon_name="mdi-restart", on_click=state.restart, disabled=building)
