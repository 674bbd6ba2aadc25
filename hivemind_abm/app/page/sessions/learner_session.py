"""A learner that is watched alone.

Knows: how a learner's clock is that of the page.
Does not know: how it is shown.
"""

from hivemind_abm.app.page.sessions.learner_choices import LearnerChoices
from hivemind_abm.app.page.sessions.model_session import MOST_AT_ONCE, ModelSession
from hivemind_abm.app.page.sessions.watched import check_limit
from hivemind_abm.learners.learner import Learner
from hivemind_abm.learners.model import LearnerModel

__all__ = ["LearnerSession"]

_OPTIONS = "n_action"
_OF_ONE_PULL = 10  # steps at once of a learner that makes one pull per step


class LearnerSession(ModelSession[LearnerModel]):
    """A `LearnerModel` on the clock of the page.

    Args:
        choices: What to build.

    Attributes:
        choices: The argument.
        model: The `LearnerModel`.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.
    """

    shown = "learner"

    def __init__(self, choices: LearnerChoices) -> None:
        """Build the learner."""
        self.choices = choices
        check_limit(_OPTIONS, choices.arguments.get(_OPTIONS))
        model = LearnerModel(**choices.arguments, rng=choices.seed)
        check_limit(_OPTIONS, model.bandit.n_action)  # which may be the bandit's own
        at_once = choices.at_once
        super().__init__(model, _automatic(model.learner) if at_once is None else at_once)

    @property
    def n_action(self) -> int:
        """K."""
        return int(self.model.bandit.n_action)


def _automatic(learner: Learner) -> int:
    """How many steps are shown at once: the time of one step of a hive, where that is known."""
    steps = round(1.0 / float(learner.rate))
    least = _OF_ONE_PULL if learner.parallel_envs == 1 else 1
    return min(max(steps, least), MOST_AT_ONCE)
