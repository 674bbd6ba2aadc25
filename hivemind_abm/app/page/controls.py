"""The controls of the page: what can be chosen about a session.

Knows: which control changes which choice.
Does not know: what a session does with its choices.
"""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import solara

from hivemind_abm.app.page.choices import Choices
from hivemind_abm.app.page.fields import Field, field_controls
from hivemind_abm.app.page.text_box import TextBox, whole_number
from hivemind_abm.app.page.users_files import Files
from hivemind_abm.bandits.names import BANDITS, find_bandit
from hivemind_abm.hives.names import RULES, find_rule
from hivemind_abm.hives.networks import NETWORKS
from hivemind_abm.learners.names import LEARNERS, find_learner
from hivemind_abm.loading import MACRO
from hivemind_abm.registry import Part, parse_value
from hivemind_abm.theory.dynamics import DYNAMICS

__all__ = ["Controls"]

_EVEN, _NO_LEARNER = "even", "none"
_NEIGHBOURHOODS = ("others", "groups", "everyone")


@solara.component
def Controls(
    chosen: solara.Reactive[Choices],
    on_choices: Callable[[Choices], None],
    files: Files,
    building: bool,
) -> None:
    """All that can be chosen about a session.

    Args:
        chosen: What is chosen now; the page may not show it yet.
        on_choices: Called with what is chosen after a change.
        files: What users' files add.
        building: Whether a session is being built.
    """
    edit = _Edit(chosen, on_choices)
    with solara.Column(gap="10px", classes=["hm-controls"]):
        solara.ProgressLinear(building)
        _rule(edit, files)
        _bandit(edit, files)
        _size_and_neighbourhood(edit)
        _start(edit)
        _replicators(edit)
        _learner(edit, files)


@dataclass(frozen=True, eq=False)
class _Edit:
    """What is chosen, and how it is changed.

    A change is made to what is chosen at that moment, not to what was shown when the control was
    rendered.
    """

    chosen: solara.Reactive[Choices]
    on_choices: Callable[[Choices], None]

    @property
    def choices(self) -> Choices:
        return self.chosen.value

    def change(self, **values: Any) -> None:
        self.on_choices(dataclasses.replace(self.chosen.peek(), **values))

    def select(self, label: str, values: Iterable[str], value: str, set_value: Any) -> None:
        solara.Select(label, values=list(values), value=value, on_value=set_value)

    def fields(self, name: str, find: Callable[[Any], Part], what: str) -> None:
        """The fields of what a name stands for, as controls of the choice `what`."""
        try:
            part = find(name)
        except Exception:  # the page shows what is wrong when it builds the session
            return
        _Fields(part, what, self)


@solara.component
def _Fields(part: Part, what: str, edit: _Edit) -> None:
    """A control for each field.

    What is emptied or at its default is left out of the choice `what`.
    """
    values: Mapping[str, Any] = getattr(edit.choices, what)
    for field in field_controls(part):

        def set_value(text: Any, field: Field = field) -> None:
            now = getattr(edit.chosen.peek(), what)
            others = {name: value for name, value in now.items() if name != field.name}
            typed = str(text).strip()
            changed = {} if typed in ("", field.default) else {field.name: parse_value(typed)}
            edit.change(**{what: others | changed})

        shown = str(values.get(field.name, field.default))
        label = field.name.replace("_", " ")
        if field.allowed:
            solara.Select(
                label, values=list(field.allowed), value=shown, on_value=set_value, dense=True
            )
        else:
            TextBox(label, shown, set_value, placeholder=field.default)


def _rule(edit: _Edit, files: Files) -> None:
    def choose(name: str) -> None:
        edit.change(rule=name, rule_fields={})

    edit.select("rule", [*RULES, *files.rules], edit.choices.rule, choose)
    edit.fields(edit.choices.rule, find_rule, "rule_fields")


def _bandit(edit: _Edit, files: Files) -> None:
    def choose(name: str) -> None:
        edit.change(bandit=name, bandit_fields={}, initial_shares=None)

    edit.select("bandit", [*BANDITS, *files.bandits], edit.choices.bandit, choose)
    edit.fields(edit.choices.bandit, find_bandit, "bandit_fields")


def _size_and_neighbourhood(edit: _Edit) -> None:
    choices = edit.choices
    kind, _, numbers = choices.neighbourhood.partition(":")
    TextBox(
        "bees N",
        str(choices.population_size),
        lambda text: edit.change(population_size=whole_number(text)),
    )
    edit.select(
        "neighbourhood",
        [*_NEIGHBOURHOODS, *NETWORKS],
        kind,
        lambda name: edit.change(neighbourhood=name),
    )
    if NETWORKS.get(kind):
        TextBox(
            " : ".join(NETWORKS[kind]).replace("seed", "seed="),
            numbers,
            lambda text: edit.change(neighbourhood=f"{kind}:{text}" if text.strip() else kind),
            placeholder=":".join(map(str, NETWORKS[kind].values())),
        )
    size = choices.neighbourhood_size
    TextBox(
        "neighbourhood size M",
        "" if size is None else str(size),
        lambda text: edit.change(neighbourhood_size=whole_number(text) if text.strip() else None),
        placeholder="the rule's, a number, or all",
    )


def _start(edit: _Edit) -> None:
    """The controls of the start: the initial shares, the seed, and how the hive runs."""
    choices = edit.choices
    shares = choices.initial_shares
    TextBox(
        "initial shares",
        _EVEN if shares is None else ", ".join(map(str, shares)),
        lambda text: edit.change(initial_shares=_shares(text)),
        placeholder="even, or K numbers: 0.5, 0.3, 0.2",
    )
    TextBox("seed", choices.seed, lambda text: edit.change(seed=text.strip()))
    edit.select(
        "runs as",
        ["compiled", "interpreted"],
        "compiled" if choices.compiled else "interpreted",
        lambda mode: edit.change(compiled=mode == "compiled"),
    )


def _replicators(edit: _Edit) -> None:
    for dynamic in DYNAMICS:

        def toggle(wanted: bool, dynamic: str = dynamic) -> None:
            before = set(edit.chosen.peek().dynamics)
            after = before | {dynamic} if wanted else before - {dynamic}
            edit.change(dynamics=tuple(name for name in DYNAMICS if name in after))

        solara.Checkbox(
            label=f"{dynamic} beside it", value=dynamic in edit.choices.dynamics, on_value=toggle
        )


def _learner(edit: _Edit, files: Files) -> None:
    choices = edit.choices
    shown = choices.learner or _NO_LEARNER
    offered = [_NO_LEARNER, *LEARNERS, *files.learners, f"{MACRO}{choices.rule}", shown]

    def choose(name: str) -> None:
        edit.change(learner=None if name == _NO_LEARNER else name, learner_fields={})

    edit.select("learner beside it", dict.fromkeys(offered), shown, choose)
    if choices.learner:
        edit.fields(choices.learner, find_learner, "learner_fields")


def _shares(text: str) -> Any:
    """The initial shares that were typed: None for even ones, else a tuple."""
    if text.strip() in ("", _EVEN):
        return None
    value = parse_value(text.strip())
    return tuple(value) if isinstance(value, tuple | list) else (value,)
