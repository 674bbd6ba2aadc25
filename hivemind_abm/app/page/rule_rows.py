"""The controls of the rules: the first one, and a row for each further rule of a mixed hive.

Knows: how a rule is added, changed and removed.
Does not know: what a rule does.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import solara

from hivemind_abm.app.page.choices import Choices, FurtherRule
from hivemind_abm.app.page.edit import Edit
from hivemind_abm.app.page.text_box import TextBox
from hivemind_abm.app.page.users_files import Files
from hivemind_abm.hives.names import RULES, find_rule
from hivemind_abm.registry import parse_value

__all__ = ["rule_rows"]


def rule_rows(edit: Edit[Choices], files: Files) -> None:
    """The rule with its fields, the further rules, and a button that adds one."""
    offered = [*RULES, *files.rules]

    def choose(name: str) -> None:
        edit.change(rule=name, rule_fields={})

    edit.select("rule", offered, edit.choices.rule, choose)
    edit.fields(edit.choices.rule, find_rule, "rule_fields")
    for place in range(len(edit.choices.mix)):
        with solara.Column(gap="10px", classes=["hm-rule"]):
            _further_rule(edit, place, offered)

    def add() -> None:
        now = edit.chosen.peek()
        others = [name for name in offered if name != now.rule]
        _set_mix(edit, (*now.mix, FurtherRule(others[-1] if files.rules else others[0])))

    solara.Button("add a rule", icon_name="mdi-plus", on_click=add, text=True, small=True)


def _further_rule(edit: Edit[Choices], place: int, offered: list[str]) -> None:
    further = edit.choices.mix[place]

    def change(**values: Any) -> None:
        mix = list(edit.chosen.peek().mix)
        mix[place] = dataclasses.replace(mix[place], **values)
        edit.change(mix=tuple(mix))

    def fields(choices: Choices) -> Mapping[str, Any]:
        return choices.mix[place].fields

    def remove() -> None:
        mix = edit.chosen.peek().mix
        _set_mix(edit, mix[:place] + mix[place + 1 :])

    number = place + 2
    edit.select(f"rule {number}", offered, further.rule, lambda name: change(rule=name, fields={}))
    TextBox(
        f"share of rule {number}",
        str(further.share),
        lambda text: change(share=parse_value(text.strip())),
        placeholder="0.1, or a number of bees",
    )
    edit.fields_of(further.rule, find_rule, fields, lambda values: change(fields=values))
    solara.Button(
        f"remove rule {number}", icon_name="mdi-close", on_click=remove, text=True, small=True
    )


def _set_mix(edit: Edit[Choices], mix: tuple[FurtherRule, ...]) -> None:
    """Choose other further rules; initial shares with a row for each rule no longer fit."""
    shares = edit.chosen.peek().initial_shares
    nested = shares is not None and any(isinstance(row, tuple) for row in shares)
    edit.change(mix=mix, initial_shares=None if nested else shares)
