"""The state of the run in the toolbar: the step, the last row and, at the end, why it has ended.

Knows: how the last row of each kind of session reads.
Does not know: how a session is stepped.
"""

from collections.abc import Iterable

import numpy as np
import solara

from hivemind_abm.app.page.game_session import GameSession
from hivemind_abm.app.page.game_words import ending_in_words
from hivemind_abm.app.page.learner_session import LearnerSession
from hivemind_abm.app.page.session import Session
from hivemind_abm.app.page.sessions import AnySession

__all__ = ["Status"]


@solara.component
def Status(session: AnySession, tick: solara.Reactive[int]) -> None:
    """The step, the last row and, at the end, why it has ended.

    Args:
        session: Shown.
        tick: Counts the steps; a new one renders the status anew.
    """
    tick.get()
    with solara.Div(classes=["hm-status"]):
        solara.Text(_in_words(session))
        for reason in _reasons(session):
            solara.Text(f"interpreted because: {reason}", classes=["hm-small"])
        if session.ended:
            solara.HTML(tag="span", unsafe_innerHTML=_ending(session), classes=["hm-consensus"])


def _in_words(session: AnySession) -> str:
    """The step and the last row."""
    if isinstance(session, GameSession):
        payoffs = ", ".join(f"{player.payoff:.3f}" for player in session.model.players)
        modes = " and ".join(dict.fromkeys(session.model.mode.values()))
        return f"step {session.steps} · mean payoffs {payoffs} · {modes}"
    if isinstance(session, LearnerSession):
        model = session.model
        last, mode = model.summary(), next(iter(model.mode.values()))
        return (
            f"step {session.steps} · best option {last['optimal_share']:.3f} · "
            f"mean reward {last['mean_payoff']:.3f} · learner {mode}"
        )
    last = session.hive.datacollector.model_vars
    text = (
        f"step {session.steps} · best option {last['optimal_share'][-1]:.3f} · "
        f"mean payoff {last['mean_payoff'][-1]:.3f} · rule {session.hive.mode['rule']}"
    )
    if session.hive.bandit.changes:
        text += f" · best now: {session.best_in_words}"
    return text


def _reasons(session: AnySession) -> Iterable[str]:
    """Why parts run interpreted although they need not."""
    if isinstance(session, GameSession):
        compiled = bool(session.choices.arguments.get("compiled", True))
        return session.model.reasons.values() if compiled else ()
    if isinstance(session, LearnerSession):
        return ()
    return session.hive.reasons.values() if session.choices.compiled else ()


def _ending(session: AnySession) -> str:
    """Why it has stopped."""
    if isinstance(session, GameSession):
        return ending_in_words(session)
    if isinstance(session, LearnerSession):
        option, share = int(np.argmax(session.model.shares)), float(max(session.model.shares))
        return f"option {option} has the probability {share:.3f} at step {session.steps}"
    return _consensus(session)


def _consensus(session: Session) -> str:
    """Why the hive has stopped."""
    option = int(np.argmax(session.hive.shares))
    verdict = "the best" if option in session.best[-1] else "not the best"
    share = session.hive.shares[option]
    if share < 1.0:
        return f"option {option} has a share of {share:.3f} at step {session.steps}: {verdict}"
    return f"consensus on option {option} at step {session.steps}: {verdict}"
