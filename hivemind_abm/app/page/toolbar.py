"""The toolbar: step, play and start, and the state of the run.

Knows: which button does what, and when it is disabled.
Does not know: how a session is stepped.
"""

import threading

import numpy as np
import solara

from hivemind_abm.app.page.session import Session
from hivemind_abm.app.page.state import FASTEST, PageState

__all__ = ["Toolbar"]


@solara.component
def Toolbar(state: PageState) -> None:
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
                note = "  (The hive shown is still the one before.)"
            solara.Error(state.problem.value + note, dense=True, classes=["hm-problem"])


def _buttons(state: PageState, session: Session) -> None:
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


@solara.component
def Status(session: Session, tick: solara.Reactive[int]) -> None:
    """The step, the last row and, at the end, the consensus.

    Args:
        session: Shown.
        tick: Counts the steps; a new one renders the status anew.
    """
    tick.get()
    hive = session.hive
    last = hive.datacollector.model_vars
    text = (
        f"step {session.steps} · best option {last['optimal_share'][-1]:.3f} · "
        f"mean payoff {last['mean_payoff'][-1]:.3f} · rule {hive.mode['rule']}"
    )
    if hive.bandit.changes:
        text += f" · best now: {session.best_in_words}"
    with solara.Div(classes=["hm-status"]):
        solara.Text(text)
        for reason in hive.reasons.values() if session.choices.compiled else ():
            solara.Text(f"interpreted because: {reason}", classes=["hm-small"])
        if session.ended:
            solara.HTML(tag="span", unsafe_innerHTML=_consensus(session), classes=["hm-consensus"])


def _consensus(session: Session) -> str:
    """Why the hive has stopped."""
    option = int(np.argmax(session.hive.shares))
    verdict = "the best" if option in session.best[-1] else "not the best"
    share = session.hive.shares[option]
    if share < 1.0:
        return f"option {option} has a share of {share:.3f} at step {session.steps}: {verdict}"
    return f"consensus on option {option} at step {session.steps}: {verdict}"
