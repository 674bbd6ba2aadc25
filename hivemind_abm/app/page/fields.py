"""The fields of rules, bandits and learners as controls.

Knows: which field wants which kind of control.
Does not know: how a control is shown.
"""

import dataclasses
import typing
from dataclasses import dataclass
from typing import Any

from hivemind_abm.registry import Part

__all__ = ["Field", "field_controls"]


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
    """The controls for what a name or path stands for: one per field that the name leaves open."""
    cls = part.made
    hints = typing.get_type_hints(cls)
    controls = []
    for field in dataclasses.fields(cls):
        if field.name not in part.open_fields or (part.fixed and field.name.startswith("q_star")):
            continue  # a preset settles q_star too
        default = _default(field)
        text = "" if default is None else str(default)
        controls.append(Field(field.name, text, _allowed(hints.get(field.name))))
    return controls


def _allowed(hint: Any) -> tuple[str, ...]:
    """The values that a type hint allows, or () for more than can be listed."""
    if hint is bool:
        return ("False", "True")
    if typing.get_origin(hint) is typing.Literal:
        return tuple(map(str, typing.get_args(hint)))
    return ()


def _default(field: "dataclasses.Field[Any]") -> Any:
    if field.default is not dataclasses.MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not dataclasses.MISSING else None
