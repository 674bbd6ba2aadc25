"""The controls of a learner that is watched alone.

Knows: which control changes which choice.
Does not know: what a session does with its choices.
"""

from collections.abc import Callable

import solara

from hivemind_abm.app.page.edit import Edit
from hivemind_abm.app.page.learner_choices import LearnerChoices
from hivemind_abm.app.page.text_box import TextBox, whole_number
from hivemind_abm.app.page.users_files import Files
from hivemind_abm.bandits.names import BANDITS, find_bandit
from hivemind_abm.learners.names import LEARNERS, find_learner

__all__ = ["LearnerControls"]


@solara.component
def LearnerControls(
    chosen: solara.Reactive[LearnerChoices],
    on_choices: Callable[[LearnerChoices], None],
    files: Files,
    building: bool,
) -> None:
    """All that can be chosen about a learner.

    Args:
        chosen: What is chosen now; the page may not show it yet.
        on_choices: Called with what is chosen after a change.
        files: What users' files add.
        building: Whether a session is being built.
    """
    edit = Edit(chosen, on_choices)
    choices = edit.choices

    def choose_learner(name: str) -> None:
        edit.change(learner=name, learner_fields={})

    def choose_bandit(name: str) -> None:
        edit.change(bandit=name, bandit_fields={}, initial_shares=None)

    with solara.Column(gap="10px", classes=["hm-controls"]):
        solara.ProgressLinear(building)
        learners = dict.fromkeys([*LEARNERS, *files.learners, choices.learner])
        edit.select("learner", learners, choices.learner, choose_learner)
        edit.fields(choices.learner, find_learner, "learner_fields")
        bandits = dict.fromkeys([*BANDITS, *files.bandits, choices.bandit])
        edit.select("bandit", bandits, choices.bandit, choose_bandit)
        edit.fields(choices.bandit, find_bandit, "bandit_fields")
        TextBox("seed", choices.seed, lambda text: edit.change(seed=text.strip()))
        TextBox(
            "steps at once",
            "" if choices.at_once is None else str(choices.at_once),
            lambda text: edit.change(at_once=whole_number(text) if text.strip() else None),
            placeholder="a number; empty for automatic",
        )
