"""The fields of rules, bandits and learners as controls.

Knows: which field wants which kind of control, and with which words.
Does not know: how a control is shown.
"""

import dataclasses
import typing
from dataclasses import dataclass
from typing import Any

from hivemind_abm.app.page.controls.field_bounds import Bounds, bounds_of
from hivemind_abm.app.page.controls.field_words import entries_of, words_of
from hivemind_abm.registry import Part, parse_value, written_value

__all__ = ["Field", "field_controls", "is_number"]


@dataclass(frozen=True)
class Field:
    """A field of a rule, bandit or learner as a control.

    Attributes:
        name: The field.
        default: Its default, as text.
        allowed: The values to choose among, or () for a number or text that is typed.
        words: What it is called in words, from the docstring of its class; or "".
        tip: All that the docstring says of it, or "".
        bounds: The bounds of a number, or None.
        whole: Whether it is a whole number.
    """

    name: str
    default: str
    allowed: tuple[str, ...]
    words: str = ""
    tip: str = ""
    bounds: Bounds | None = None
    whole: bool = False

    def is_default(self, typed: str) -> bool:
        """Whether a text stands for the default: nothing, the same text, or the same number."""
        if typed in ("", self.default):
            return True
        default, value = parse_value(self.default), parse_value(typed)
        return type(default) is float and is_number(value) and value == default


def field_controls(part: Part) -> list[Field]:
    """The controls for what a name or path stands for: one per field that the name leaves open."""
    cls = part.made if isinstance(part.made, type) else type(part.made)
    hints, entries = _hints(cls), entries_of(cls)
    controls = []
    for field in dataclasses.fields(cls):
        if field.name not in part.open_fields or (part.fixed and field.name.startswith("q_star")):
            continue  # a preset settles q_star too
        default, hint = _default(field), hints.get(field.name)
        tip = entries.get(field.name, "")
        controls.append(
            Field(
                name=field.name,
                default="" if default is None else written_value(default),
                allowed=_allowed(hint),
                words=words_of(field.name, tip),
                tip=tip,
                bounds=bounds_of(cls, field, hint, part.fixed),
                whole=hint is int,
            )
        )
    return controls


def is_number(value: Any) -> bool:
    """Whether a value that was typed is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _allowed(hint: Any) -> tuple[str, ...]:
    """The values that a type hint allows, or () for more than can be listed."""
    if hint is bool:
        return ("False", "True")
    if typing.get_origin(hint) is typing.Literal:
        return tuple(map(str, typing.get_args(hint)))
    return ()


def _hints(cls: type) -> dict[str, Any]:
    """The annotations of a class, evaluated; empty where that is impossible."""
    try:
        return typing.get_type_hints(cls)
    except (Exception, SystemExit):  # an annotation is any expression, and a wrong one does no harm
        return {}


def _default(field: "dataclasses.Field[Any]") -> Any:
    if field.default is not dataclasses.MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not dataclasses.MISSING else None
