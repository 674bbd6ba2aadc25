"""The controls of the page: what can be chosen about a run, made from the fields of rules, bandits and learners.

Knows: which field wants which control, and what a text box hands over.  Does not know: what a run does with it.
"""

import dataclasses
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import solara

from hivemind_abm.app.page.session import Choices, Files
from hivemind_abm.bandits.names import BANDITS, find_bandit
from hivemind_abm.hives.names import RULES, find_rule
from hivemind_abm.hives.networks import NETWORKS
from hivemind_abm.learners.names import LEARNERS, find_learner
from hivemind_abm.loading import MACRO
from hivemind_abm.registry import Part, parse_value
from hivemind_abm.theory.dynamics import DYNAMICS

__all__ = ["Controls", "TextBox", "field_controls", "whole_number"]

_EVEN, _NO_LEARNER = "even", "none"


@dataclass(frozen=True)
class Field:
    """A field of a rule, bandit or learner as a control.

    Attributes:
        name: The field.
        default: Its default, as text.
        allowed: The values to choose among, or () for a text box.
    """

    name: str
    default: str
    allowed: tuple[str, ...]


def field_controls(part: Part) -> list[Field]:
    """The controls of what a name or path stands for: one a field that the name leaves open."""
    cls = part.made
    hints = typing.get_type_hints(cls)
    controls = []
    for field in dataclasses.fields(cls):
        if field.name not in part.open_fields or (part.fixed and field.name.startswith("q_star")):
            continue  # a preset settles q_star too
        hint, default = hints.get(field.name), _default(field)
        allowed: tuple[str, ...] = ()
        if hint is bool:
            allowed = ("False", "True")
        elif typing.get_origin(hint) is typing.Literal:
            allowed = tuple(map(str, typing.get_args(hint)))
        controls.append(Field(field.name, "" if default is None else str(default), allowed))
    return controls


def _default(field: "dataclasses.Field[Any]") -> Any:
    if field.default is not dataclasses.MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not dataclasses.MISSING else None


@solara.component
def TextBox(label: str, value: str, on_value: Callable[[str], None], placeholder: str = "") -> None:
    """A text box that hands over what was typed on Enter or when it is left, and keeps it when the page changes meanwhile."""
    _, set_typed = solara.use_state(value)
    shown, given, handed_over = solara.use_ref(value), solara.use_ref(value), solara.use_ref(value)
    if (
        value != given.current
    ):  # at once, not in an effect: a box that changes later does so under the fingers
        shown.current = given.current = handed_over.current = value

    def write(text: str | None) -> None:
        shown.current = text or ""
        set_typed(shown.current)

    def hand_over(*_: Any) -> None:
        if shown.current != handed_over.current:
            handed_over.current = shown.current
            on_value(shown.current)

    box = solara.v.TextField(
        v_model=shown.current,
        on_v_model=write,
        label=label,
        placeholder=placeholder,
        dense=True,
        hide_details=True,
    )
    solara.v.use_event(box, "keyup.enter", hand_over)
    solara.v.use_event(box, "blur", hand_over)


@solara.component
def _Fields(
    part: Part, what: str, choices: solara.Reactive[Choices], on_choices: Callable[[Choices], None]
) -> None:
    """A control for each field; what is emptied or at its default is left out of the choices' `what`."""
    values: Mapping[str, Any] = getattr(choices.value, what)
    for field in field_controls(part):

        def set_value(text: Any, field: Field = field) -> None:
            now = choices.peek()
            others = {
                name: value for name, value in getattr(now, what).items() if name != field.name
            }
            typed = str(text).strip()
            given = {} if typed in ("", field.default) else {field.name: parse_value(typed)}
            on_choices(dataclasses.replace(now, **{what: others | given}))

        shown = str(values.get(field.name, field.default))
        label = field.name.replace("_", " ")
        if field.allowed:
            solara.Select(
                label, values=list(field.allowed), value=shown, on_value=set_value, dense=True
            )
        else:
            TextBox(label, shown, set_value, placeholder=field.default)


def whole_number(text: str) -> Any:
    value = parse_value(text.strip())
    return value if isinstance(value, int) and not isinstance(value, bool) else text


@solara.component
def Controls(
    chosen: solara.Reactive[Choices],
    on_choices: Callable[[Choices], None],
    files: Files,
    building: bool,
) -> None:
    """All that can be chosen about a run.  A change is made to what is chosen now, which the page may not show yet."""
    choices = chosen.value

    def change(**values: Any) -> None:
        on_choices(dataclasses.replace(chosen.peek(), **values))

    def parts(what: str, find: Callable[[Any], Part]) -> Part | None:
        try:
            return find(getattr(choices, what))
        except Exception:  # the page says what is wrong when it builds the run
            return None

    with solara.Column(gap="10px", classes=["hm-controls"]):
        solara.ProgressLinear(building)
        solara.Select(
            "rule",
            values=[*RULES, *files.rules],
            value=choices.rule,
            on_value=lambda name: change(rule=name, rule_fields={}),
        )
        if (rule := parts("rule", find_rule)) is not None:
            _Fields(rule, "rule_fields", chosen, on_choices)
        solara.Select(
            "bandit",
            values=[*BANDITS, *files.bandits],
            value=choices.bandit,
            on_value=lambda name: change(bandit=name, bandit_fields={}, initial_shares=None),
        )
        if (bandit := parts("bandit", find_bandit)) is not None:
            _Fields(bandit, "bandit_fields", chosen, on_choices)
        kind, _, numbers = choices.neighbourhood.partition(":")
        TextBox(
            "bees N",
            str(choices.population_size),
            lambda text: change(population_size=whole_number(text)),
        )
        solara.Select(
            "neighbourhood",
            values=["others", "groups", "everyone", *NETWORKS],
            value=kind,
            on_value=lambda name: change(neighbourhood=name),
        )
        if NETWORKS.get(kind):
            hint = ":".join(map(str, NETWORKS[kind].values()))
            label = f"{' : '.join(NETWORKS[kind])}".replace("seed", "seed=")
            TextBox(
                label,
                numbers,
                lambda text: change(neighbourhood=f"{kind}:{text}" if text.strip() else kind),
                placeholder=hint,
            )
        size = choices.neighbourhood_size
        TextBox(
            "neighbourhood size M",
            "" if size is None else str(size),
            lambda text: change(neighbourhood_size=whole_number(text) if text.strip() else None),
            placeholder="the rule's, a number, or all",
        )
        shares = choices.initial_shares
        TextBox(
            "initial shares",
            _EVEN if shares is None else ", ".join(map(str, shares)),
            lambda text: change(initial_shares=_shares(text)),
            placeholder="even, or K numbers: 0.5, 0.3, 0.2",
        )
        TextBox("seed", choices.seed, lambda text: change(seed=text.strip()))
        solara.Select(
            "runs as",
            values=["compiled", "interpreted"],
            value="compiled" if choices.compiled else "interpreted",
            on_value=lambda way: change(compiled=way == "compiled"),
        )
        for dynamic in DYNAMICS:

            def toggle(wanted: bool, dynamic: str = dynamic) -> None:
                before = set(chosen.peek().dynamics)
                now = before | {dynamic} if wanted else before - {dynamic}
                change(dynamics=tuple(name for name in DYNAMICS if name in now))

            solara.Checkbox(
                label=f"{dynamic} beside it", value=dynamic in choices.dynamics, on_value=toggle
            )
        offered = [
            _NO_LEARNER,
            *LEARNERS,
            *files.learners,
            f"{MACRO}{choices.rule}",
            choices.learner or _NO_LEARNER,
        ]
        solara.Select(
            "learner beside it",
            values=list(dict.fromkeys(offered)),
            value=choices.learner or _NO_LEARNER,
            on_value=lambda name: change(
                learner=None if name == _NO_LEARNER else name, learner_fields={}
            ),
        )
        if choices.learner and (learner := parts("learner", find_learner)) is not None:
            _Fields(learner, "learner_fields", chosen, on_choices)


def _shares(text: str) -> Any:
    if text.strip() in ("", _EVEN):
        return None
    value = parse_value(text.strip())
    return tuple(value) if isinstance(value, tuple | list) else (value,)
