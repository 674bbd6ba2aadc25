"""The state of the run in the toolbar: the step, its row and, at the end, why it has ended.

Knows: how a row of each kind of session reads.
Does not know: how a session is stepped.
"""

import html
import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import solara

from hivemind_abm.app.page.cards.game_words import ending_in_words
from hivemind_abm.app.page.sessions.game_session import GameSession
from hivemind_abm.app.page.sessions.kinds import AnySession
from hivemind_abm.app.page.sessions.learner_session import LearnerSession
from hivemind_abm.app.page.sessions.session import Session
from hivemind_abm.app.page.state import PageState
from hivemind_abm.hives.hive import Hive

__all__ = ["Status"]

_MODE = re.compile(r" · (rule|learner) \w+")  # which a phone has no room for


@solara.component
def Status(session: AnySession, state: PageState[Any]) -> None:
    """The step, its row and, at the end, why it has ended.

    Args:
        session: Shown.
        state: The state of the page; another step in it renders the status anew.
    """
    state.tick.get()
    looked = state.looked.value
    two = isinstance(session, Session) and bool(session.second_name)
    words = html.escape(_in_words(session, looked))
    words = _MODE.sub(r"<span class='hm-mode'>\g<0></span>", words)
    with solara.Div(classes=["hm-status", *(["hm-two-ends"] if two else [])]):
        solara.HTML(tag="span", unsafe_innerHTML=words)
        for reason in _reasons(session):
            solara.Text(f"interpreted because: {reason}", classes=["hm-small"])
        if session.ended and looked is None:
            solara.HTML(tag="span", unsafe_innerHTML=_ending(session), classes=["hm-consensus"])


def _in_words(session: AnySession, looked: int | None) -> str:
    """The step that is looked at and its row."""
    step = f"step {session.steps}" if looked is None else f"step {looked} of {session.steps}"
    place = -1 if looked is None else min(looked, session.steps)
    if isinstance(session, GameSession):
        rows = session.model.datacollector.model_vars
        players = range(len(session.model.players))
        payoffs = ", ".join(f"{rows[f'p{player}_payoff'][place]:.3f}" for player in players)
        modes = " and ".join(dict.fromkeys(session.model.mode.values()))
        return f"{step} · mean payoffs {payoffs} · {modes}"
    if isinstance(session, LearnerSession):
        rows, mode = session.model.datacollector.model_vars, next(iter(session.model.mode.values()))
        best, reward = rows["optimal_share"][place], rows["mean_payoff"][place]
        return f"{step} · best option {best:.3f} · mean reward {reward:.3f} · learner {mode}"
    rows = session.hive.datacollector.model_vars
    place = min(place, len(rows["optimal_share"]) - 1)
    text = (
        f"{step} · best option {rows['optimal_share'][place]:.3f} · "
        f"mean payoff {rows['mean_payoff'][place]:.3f} · rule {session.hive.mode['rule']}"
    )
    if session.hive.bandit.changes:
        text += f" · best {'now' if looked is None else 'then'}: {session.best_in_words(looked)}"
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
    ends = [_consensus(session, session.hive)]
    second = session.second_at(None)
    if second is not None:
        ends.append(f"{html.escape(session.second_name)}: {_consensus(session, second)}")
    return "<br>".join(ends)


def _consensus(session: Session, hive: Hive) -> str:
    """Why a hive has stopped."""
    option, step = int(np.argmax(hive.shares)), int(hive.steps)
    best = session.best[min(step, len(session.best) - 1)]
    verdict = "the best" if option in best else "not the best"
    share = hive.shares[option]
    if share < 1.0:
        return f"option {option} has a share of {share:.3f} at step {step}: {verdict}"
    return f"consensus on option {option} at step {step}: {verdict}"
