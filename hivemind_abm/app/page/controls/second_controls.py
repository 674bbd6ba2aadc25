"""The controls of what stands beside the hive: replicators, a learner, a second hive, many runs.

Knows: which control changes which choice.
Does not know: how what stands beside the hive is stepped or shown.
"""

import dataclasses
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from hivemind_abm.app.page.controls.control import Block, Control, Group, check
from hivemind_abm.app.page.controls.edit import Edit
from hivemind_abm.app.page.controls.field_words import summary_of
from hivemind_abm.app.page.controls.hive_rows import file_graph, seed_row
from hivemind_abm.app.page.controls.neighbourhood_rows import (
    SAME,
    neighbourhood_rows,
    size_row,
    updating_rows,
)
from hivemind_abm.app.page.controls.part_controls import Chosen, part_rows, told
from hivemind_abm.app.page.sessions.choices import Choices, Second
from hivemind_abm.app.page.sessions.users_files import Files
from hivemind_abm.hives.names import RULES, find_rule
from hivemind_abm.learners.names import LEARNERS, find_learner
from hivemind_abm.loading import MACRO
from hivemind_abm.registry import Part
from hivemind_abm.theory.dynamics import DYNAMICS

__all__ = ["beside_group"]

_NO_LEARNER = "none"
_OF = " of the second hive"
_TIP_OF_LEARNER = "A reinforcement learner on the same clock, with the same bandit."
_TIP_OF_SECOND = (
    "Another hive on the same clock. It has the settings of the first, except for what is chosen "
    "here: its rule, whom the bees hear, when they decide, or the seed."
)
_TIP_OF_ENSEMBLE = (
    "Mean and band of 200 runs of the same settings with other seeds, behind the curves of the "
    "hive. They are computed in the background."
)


def beside_group(edit: Edit[Choices], files: Files) -> Group:
    """The replicators, the learner, the runs behind the hive and the second hive."""
    rows = [*_replicators(edit), *_learner(edit, files), _ensemble(edit), _second(edit)]
    blocks = [Block(tuple(rows))]
    if edit.choices.second is not None:
        blocks.append(Block(tuple(_second_rows(edit, files)), "settings of the second hive"))
    names = ("dynamics", "learner", "learner_fields", "second", "ensemble")
    return Group("Beside it", _summary(edit.choices), tuple(blocks), reset=edit.reset(*names))


def _replicators(edit: Edit[Choices]) -> list[Control]:
    def toggle(dynamic: str, wanted: bool) -> None:
        before = set(edit.now.dynamics)
        after = before | {dynamic} if wanted else before - {dynamic}
        edit.change(dynamics=tuple(name for name in DYNAMICS if name in after))

    return [
        check(
            f"dynamics {dynamic}",
            f"{dynamic} beside it",
            dynamic in edit.choices.dynamics,
            partial(toggle, dynamic),
            dynamic in edit.start.dynamics,
            tip=summary_of(cls),
        )
        for dynamic, cls in DYNAMICS.items()
    ]


def _learner(edit: Edit[Choices], files: Files) -> list[Control]:
    choices, start = edit.choices, edit.start
    macro = [] if choices.mix else [f"{MACRO}{choices.rule}"]  # it has no name for several rules

    def choose(name: str) -> None:
        edit.change(learner=None if name == _NO_LEARNER else name, learner_fields={})

    def find(name: str) -> Part:
        if name == _NO_LEARNER:
            raise ValueError("no learner is chosen")
        return find_learner(name)

    return part_rows(
        "learner",
        "learner beside it",
        [_NO_LEARNER, *LEARNERS, *files.learners, *macro],
        Chosen(choices.learner or _NO_LEARNER, choices.learner_fields),
        choose,
        find,
        lambda: edit.now.learner_fields,
        lambda fields: edit.change(learner_fields=fields),
        Chosen(start.learner or _NO_LEARNER, start.learner_fields),
        tip=_TIP_OF_LEARNER,
    )


def _ensemble(edit: Edit[Choices]) -> Control:
    return check(
        "ensemble",
        "200 runs behind it",
        edit.choices.ensemble,
        lambda wanted: edit.change(ensemble=wanted),
        edit.start.ensemble,
        tip=_TIP_OF_ENSEMBLE,
    )


def _second(edit: Edit[Choices]) -> Control:
    def toggle(wanted: bool) -> None:
        edit.change(second=Second(seed=_other_seed(edit.now.seed)) if wanted else None)

    return check(
        "second",
        "a second hive",
        edit.choices.second is not None,
        toggle,
        edit.start.second is not None,
        tip=_TIP_OF_SECOND,
    )


def _second_rows(edit: Edit[Choices], files: Files) -> list[Control]:
    second, start = edit.choices.second or Second(), edit.start.second or Second()

    def change(**values: Any) -> None:
        now = edit.now.second
        if now is not None:
            edit.change(second=dataclasses.replace(now, **values))

    def fields() -> Mapping[str, Any]:
        return edit.now.second.rule_fields if edit.now.second else {}

    def find(name: str) -> Part:
        if name == SAME:
            raise ValueError("no other rule is chosen")
        return find_rule(name)

    def put(name: str) -> Callable[[Any], None]:
        return lambda value: change(**{name: value})

    rule = part_rows(
        f"rule{_OF}",
        f"rule{_OF}",
        [SAME, *RULES, *files.rules],
        Chosen(second.rule or SAME, second.rule_fields),
        lambda name: change(rule=None if name == SAME else name, rule_fields={}),
        find,
        fields,
        lambda values: change(rule_fields=values),
        Chosen(start.rule or SAME, start.rule_fields),
    )
    graph = file_graph(edit.choices, files)
    size, updating = second.neighbourhood_size, second.updating
    return [
        *rule,
        *neighbourhood_rows(
            f"neighbourhood{_OF}",
            _OF,
            second.neighbourhood,
            put("neighbourhood"),
            start.neighbourhood,
            graph,
        ),
        size_row(f"size{_OF}", _OF, size, put("neighbourhood_size"), start.neighbourhood_size),
        *updating_rows(f"updating{_OF}", _OF, updating, put("updating"), start.updating),
        seed_row(
            second.seed or "",
            start.seed or "",
            lambda seed: change(seed=seed or None),
            _OF,
            "same",
        ),
    ]


def _other_seed(seed: str) -> str:
    """A seed for the second hive, so that there is something to see at once."""
    return str(int(seed) + 1) if seed.isdecimal() else "2"


def _summary(choices: Choices) -> str:
    parts = list(choices.dynamics)
    if choices.learner:
        parts += told(choices.learner, choices.learner_fields)
    if choices.ensemble:
        parts.append("200 runs")
    if choices.second is not None:
        rule = [choices.second.rule] if choices.second.rule else []
        parts.append(" ".join(["second hive:", ", ".join([*rule, *choices.told_of_second])]))
    return ", ".join(parts) or "nothing"
