"""The controls of a learner that is watched alone.

Knows: which control changes which choice.
Does not know: what a session does with its choices.
"""

from hivemind_abm.app.page.controls.control import Block, Group, text
from hivemind_abm.app.page.controls.edit import Edit
from hivemind_abm.app.page.controls.hive_rows import seed_row, world_group
from hivemind_abm.app.page.controls.part_controls import Chosen, part_rows, told
from hivemind_abm.app.page.controls.text_box import whole_number
from hivemind_abm.app.page.sessions.learner_choices import LearnerChoices
from hivemind_abm.app.page.sessions.users_files import Files
from hivemind_abm.learners.names import LEARNERS, find_learner

__all__ = ["groups_of_learner", "start_of_learner"]

_TIP_OF_STEPS = "The steps of the learner that are one step of the page; empty for as many as fit."


def groups_of_learner(edit: Edit[LearnerChoices], files: Files) -> list[Group]:
    """The groups of controls, as data."""
    return [_learner(edit, files), world_group(edit, files, opened=True), _run(edit)]


def _learner(edit: Edit[LearnerChoices], files: Files) -> Group:
    choices, start = edit.choices, edit.start
    rows = part_rows(
        "learner",
        "learner",
        [*LEARNERS, *files.learners],
        Chosen(choices.learner, choices.learner_fields),
        lambda name: edit.change(learner=name, learner_fields={}),
        find_learner,
        lambda: edit.now.learner_fields,
        lambda fields: edit.change(learner_fields=fields),
        Chosen(start.learner, start.learner_fields),
        "learner",
    )
    return Group(
        "Learner",
        ", ".join(told(choices.learner, choices.learner_fields)),
        (Block(tuple(rows)),),
        opened=True,
        reset=edit.reset("learner", "learner_fields"),
    )


def _run(edit: Edit[LearnerChoices]) -> Group:
    choices, start = edit.choices, edit.start
    at_once = text(
        "at_once",
        "steps at once",
        _written(choices.at_once),
        lambda typed: edit.change(at_once=whole_number(typed) if typed.strip() else None),
        default=_written(start.at_once),
        hint="automatic",
        tip=_TIP_OF_STEPS,
        narrow=True,
    )
    seed = seed_row(choices.seed, start.seed, lambda typed: edit.change(seed=typed))
    steps = f", {choices.at_once} steps at once" if choices.at_once else ""
    return Group(
        "Run",
        f"seed {choices.seed}{steps}",
        (Block((seed, at_once)),),
        reset=edit.reset("seed", "at_once"),
    )


def start_of_learner(files: Files, choices: LearnerChoices) -> LearnerChoices:
    """What the page began with: the learner of the files of this name, or else the first."""
    starts = [each.start for each in files.subjects if isinstance(each.start, LearnerChoices)]
    named = [each for each in starts if each.learner == choices.learner]
    return next(iter([*named, *starts]), LearnerChoices())


def _written(at_once: object) -> str:
    return "" if at_once is None else str(at_once)
