"""The controls of the rules: the first one, and a block for each further rule of a mixed hive.

Knows: how a rule is added, changed and removed.
Does not know: what a rule does.
"""

import dataclasses
from typing import Any

from hivemind_abm.app.page.controls.control import Block, Group, button, text
from hivemind_abm.app.page.controls.edit import Edit
from hivemind_abm.app.page.controls.part_controls import Chosen, part_rows, told
from hivemind_abm.app.page.sessions.choices import Choices, FurtherRule
from hivemind_abm.app.page.sessions.users_files import Files
from hivemind_abm.hives.names import RULES, find_rule
from hivemind_abm.registry import parse_value

__all__ = ["rule_group"]

_SHARE_TIP = (
    "The share of the bees that follow this rule, or their number where it is a whole number. "
    "The first rule has the bees that are left."
)


def rule_group(edit: Edit[Choices], files: Files) -> Group:
    """The rule with its fields, the further rules, and a button that adds one."""
    choices, start = edit.choices, edit.start
    offered = [*RULES, *files.rules]
    first = part_rows(
        "rule",
        "rule",
        offered,
        Chosen(choices.rule, choices.rule_fields),
        lambda name: edit.change(rule=name, rule_fields={}),
        find_rule,
        lambda: edit.now.rule_fields,
        lambda fields: edit.change(rule_fields=fields),
        Chosen(start.rule, start.rule_fields),
        "rule",
    )

    def add() -> None:
        others = [name for name in offered if name != edit.now.rule]
        _set_mix(edit, (*edit.now.mix, FurtherRule(others[-1] if files.rules else others[0])))

    further = [_further_rule(edit, place, offered) for place in range(len(choices.mix))]
    adding = Block((button("add a rule", "add a rule", "mdi-plus", add),))
    return Group(
        "Rule",
        _summary(choices),
        (Block(tuple(first)), *further, adding),
        opened=True,
        reset=edit.reset("rule", "rule_fields", "mix", **_shares_of_start(edit)),
    )


def _further_rule(edit: Edit[Choices], place: int, offered: list[str]) -> Block:
    further, number = edit.choices.mix[place], place + 2
    count = len(edit.choices.mix)
    key = f"rule {number} of {count + 1}"

    def is_as_shown() -> bool:  # otherwise a rule came or went since, and places are others
        return len(edit.now.mix) == count

    def change(**values: Any) -> None:
        if not is_as_shown():
            return
        mix = list(edit.now.mix)
        mix[place] = dataclasses.replace(mix[place], **values)
        edit.change(mix=tuple(mix))

    def remove() -> None:
        if is_as_shown():
            mix = edit.now.mix
            _set_mix(edit, mix[:place] + mix[place + 1 :])

    rows = part_rows(
        key,
        f"rule {number}",
        offered,
        Chosen(further.rule, further.fields),
        lambda name: change(rule=name, fields={}),
        find_rule,
        lambda: (edit.now.mix[place] if is_as_shown() else further).fields,
        lambda fields: change(fields=fields),
    )
    share = text(
        f"{key} share",
        f"share of rule {number}",
        further.share,
        lambda typed: change(share=parse_value(typed.strip())),
        hint="0.1",
        tip=_SHARE_TIP,
    )
    removing = button(f"{key} remove", f"remove rule {number}", "mdi-close", remove)
    return Block((rows[0], share, *rows[1:], removing), f"settings of rule {number}")


def _summary(choices: Choices) -> str:
    first = ", ".join(told(choices.rule, choices.rule_fields))
    return " + ".join([first, *(f"{each.rule} ({each.share})" for each in choices.mix)])


def _set_mix(edit: Edit[Choices], mix: tuple[FurtherRule, ...]) -> None:
    """Choose other further rules; initial shares with a row for each rule no longer fit."""
    shares = edit.now.initial_shares
    edit.change(mix=mix, initial_shares=None if _nested(shares) else shares)


def _shares_of_start(edit: Edit[Choices]) -> dict[str, Any]:
    """The initial shares of the start, where a row for each rule comes or goes with the rules."""
    before, shares = edit.choices.initial_shares, edit.start.initial_shares
    fits = edit.choices.mix == edit.start.mix or not (_nested(before) or _nested(shares))
    return {} if fits else {"initial_shares": shares}


def _nested(shares: Any) -> bool:
    return shares is not None and any(isinstance(row, tuple | list) for row in shares)
