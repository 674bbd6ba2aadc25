"""The controls at the side: those of a hive, a game or a learner.

Knows: which groups there are for each of them.
Does not know: which control changes which choice.
"""

from collections.abc import Callable
from typing import Any

import solara

from hivemind_abm.app.page.controls.control import Group
from hivemind_abm.app.page.controls.edit import Edit
from hivemind_abm.app.page.controls.game_controls import groups_of_game, start_of_game
from hivemind_abm.app.page.controls.hive_rows import hive_group, run_group, world_group
from hivemind_abm.app.page.controls.learner_controls import groups_of_learner, start_of_learner
from hivemind_abm.app.page.controls.panel import Panel
from hivemind_abm.app.page.controls.rule_rows import rule_group
from hivemind_abm.app.page.controls.second_controls import beside_group
from hivemind_abm.app.page.sessions.choices import Choices
from hivemind_abm.app.page.sessions.game_choices import GameChoices
from hivemind_abm.app.page.sessions.learner_choices import LearnerChoices
from hivemind_abm.app.page.sessions.users_files import Files

__all__ = ["Controls", "groups_of_hive"]


@solara.component
def Controls(
    chosen: solara.Reactive[Any],
    on_choices: Callable[[Any], None],
    files: Files,
    building: bool,
) -> None:
    """All that can be chosen about a session.

    Args:
        chosen: What is chosen now, of any kind; the page may not show it yet.
        on_choices: Called with what is chosen after a change.
        files: What users' files add, and what the page began with, to which controls are reset.
        building: Whether a session is being built.
    """
    choices = chosen.value
    if isinstance(choices, GameChoices):
        groups = groups_of_game(Edit(chosen, on_choices, start_of_game(files, choices)))
    elif isinstance(choices, LearnerChoices):
        groups = groups_of_learner(
            Edit(chosen, on_choices, start_of_learner(files, choices)), files
        )
    else:
        groups = groups_of_hive(Edit(chosen, on_choices, files.start), files)
    Panel(groups, building)


def groups_of_hive(edit: Edit[Choices], files: Files) -> list[Group]:
    """The groups of controls, as data."""
    return [
        rule_group(edit, files),
        world_group(edit, files),
        hive_group(edit, files),
        run_group(edit),
        beside_group(edit, files),
    ]
