"""The controls of a part of a model: its name, what it is in a sentence, and its fields.

Knows: how what is typed becomes the value of a field, and when a field has none.
Does not know: which choices hold the name and the values.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hivemind_abm.app.page.controls.control import Control, note, select, text
from hivemind_abm.app.page.controls.field_words import summary_of
from hivemind_abm.app.page.controls.fields import Field, field_controls
from hivemind_abm.bandits.names import find_bandit
from hivemind_abm.registry import Part, parse_value, written_value

__all__ = ["Chosen", "bandit_summary", "part_rows", "told"]

_N_ACTION = "n_action"

type Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Chosen:
    """A part that is chosen by name, with the values of its fields.

    Attributes:
        name: The name or path.
        fields: The values of the fields that are not at their defaults.
    """

    name: str
    fields: Fields


def part_rows(
    key: str,
    words: str,
    offered: Iterable[str],
    chosen: Chosen,
    choose: Callable[[str], None],
    find: Callable[[Any], Part],
    now: Callable[[], Fields],
    put: Callable[[Fields], None],
    start: Chosen | None = None,
    identifier: str = "",
    tip: str = "",
) -> list[Control]:
    """The select of a part's name, what its class says of it, and its fields.

    Args:
        key: Begins the keys of the controls.
        words: What the select is called.
        offered: The names to choose among.
        chosen: What is chosen.
        choose: Called with another name.
        find: Finds the part that a name stands for.
        now: Returns the values of the fields at this moment.
        put: Called with other values of the fields.
        start: What the page began with, to which the controls are reset; None for the class's own
            defaults, and a name that is not reset.
        identifier: What the select is called in code.
        tip: The tooltip of the select.
    """
    default = start.name if start else None
    more = {"default": default, "name": identifier, "tip": tip}
    rows = [select(key, words, offered, chosen.name, choose, **more)]
    try:
        part = find(chosen.name)
    except (Exception, SystemExit):  # the page shows what is wrong when it builds the session
        return rows
    sentence = summary_of(part.made if isinstance(part.made, type) else type(part.made))
    if sentence:
        rows.append(note(f"{key} note", sentence))
    begun = start.fields if start and start.name == chosen.name else {}
    return rows + _field_rows(f"{key} {chosen.name}", part, chosen.fields, now, put, begun)


def told(name: str, values: Fields) -> list[str]:
    """A part and the fields that are not at their defaults, for the line of a folded group."""
    return [name, *(f"{field} = {written_value(value)}" for field, value in values.items())]


def bandit_summary(name: str, values: Fields) -> str:
    """As `told`, for a bandit: with its number of options in any case."""
    named, *others = told(name, {each: values[each] for each in values if each != _N_ACTION})
    try:
        defaults = {field.name: field.default for field in field_controls(find_bandit(name))}
    except (Exception, SystemExit):  # the page shows what is wrong when it builds the session
        defaults = {}
    k = values.get(_N_ACTION, defaults.get(_N_ACTION))
    return ", ".join([named, *([] if k is None else [f"K = {k}"]), *others])


def _field_rows(
    key: str,
    part: Part,
    values: Fields,
    now: Callable[[], Fields],
    put: Callable[[Fields], None],
    start: Fields,
) -> list[Control]:
    """A control for each field.  A field that is emptied or at its default has no value.

    Args:
        key: Begins the keys of the controls.
        part: The part.
        values: The values of its fields.
        now: Returns them at this moment.
        put: Called with other values.
        start: The values that the page began with.
    """
    return [_row(key, field, values, now, put, start) for field in field_controls(part)]


def _row(
    key: str,
    field: Field,
    values: Fields,
    now: Callable[[], Fields],
    put: Callable[[Fields], None],
    start: Fields,
) -> Control:
    def set_value(typed: str) -> None:
        typed = typed.strip()
        others = {name: value for name, value in now().items() if name != field.name}
        put(others if field.is_default(typed) else others | {field.name: parse_value(typed)})

    def written(chosen: Fields) -> str:
        return written_value(chosen[field.name]) if field.name in chosen else field.default

    common: dict[str, Any] = {
        "name": field.name,
        "default": written(start),
        "tip": field.tip,
    }
    where = f"{key} {field.name}"
    if field.allowed:
        return select(where, field.words, field.allowed, written(values), set_value, **common)
    numbers = {"hint": field.default, "bounds": field.bounds, "whole": field.whole}
    return text(where, field.words, written(values), set_value, **common, **numbers)
