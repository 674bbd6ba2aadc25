"""The kinds of sessions, each with its choices.

Knows: which session is built from which choices.
Does not know: how any of them is built or shown.
"""

from hivemind_abm.app.page.sessions.choices import Choices
from hivemind_abm.app.page.sessions.game_choices import GameChoices
from hivemind_abm.app.page.sessions.game_session import GameSession
from hivemind_abm.app.page.sessions.learner_choices import LearnerChoices
from hivemind_abm.app.page.sessions.learner_session import LearnerSession
from hivemind_abm.app.page.sessions.session import Session

__all__ = ["AnyChoices", "AnySession", "session_of"]

type AnyChoices = Choices | GameChoices | LearnerChoices
type AnySession = Session | GameSession | LearnerSession


def session_of(choices: AnyChoices) -> AnySession:
    """Build the session of some choices.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.
    """
    if isinstance(choices, GameChoices):
        return GameSession(choices)
    return LearnerSession(choices) if isinstance(choices, LearnerChoices) else Session(choices)
