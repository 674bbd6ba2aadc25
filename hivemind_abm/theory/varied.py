"""A hive with one number that varies: a field of its rule or bandit, or an argument.

Knows: what may vary, and how the hive is built for each value.  Does not know: what is measured of
it.
"""

import dataclasses
import inspect
import re
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.names import find_bandit
from hivemind_abm.hives.mixture import rules_and_weights
from hivemind_abm.hives.names import find_rule
from hivemind_abm.hives.neighbourhood import Neighbourhood
from hivemind_abm.hives.updating import chance_of
from hivemind_abm.registry import Part, build_parts
from hivemind_abm.theory.kinds import Kinds
from hivemind_abm.theory.mean_field import kinds_of_hive, size_of

__all__ = ["InfiniteHive", "checked_values", "varied_hives"]

_LEAST_VALUES = 3
_ITEM = re.compile(r"(\w+)\[(\d+)\]")  # an item of a field that is a tuple
_RULE_SHARE = re.compile(r"rule_share_(\d+)")
_ARGUMENTS = ("neighbourhood_size", "updating")


@dataclass(frozen=True, eq=False)
class InfiniteHive:
    """What a mean field is measured of.

    Attributes:
        kinds: The rules, the share of the bees that follow each, and which are zealots.
        bandit: The bandit, an instance.
        size: M, or "all".
        chance: The chance that a bee decides in a step; None in an asynchronous hive.
    """

    kinds: Kinds
    bandit: Bandit
    size: int | str
    chance: float | None


def checked_values(values: Any) -> np.ndarray:
    """The argument `values` as increasing numbers, shape (V,).

    Raises:
        ValueError: Not at least 3 different finite numbers.
    """
    try:
        numbers = np.unique(np.asarray(values))
    except TypeError:
        numbers = np.zeros(0)
    wrong = numbers.dtype.kind not in "iuf" or np.ndim(values) != 1
    if wrong or numbers.size < _LEAST_VALUES or not np.isfinite(numbers).all():
        raise ValueError(
            f"values must be at least {_LEAST_VALUES} different finite numbers, not {values!r}"
        )
    return numbers


def varied_hives(
    function: Callable[..., Any],
    rule: Any,
    bandit: Any,
    vary: str,
    values: np.ndarray,
    arguments: dict[str, Any],
    parameters: dict[str, Any],
) -> tuple[list[InfiniteHive], bool]:
    """The hive at each value, and whether there are none between them, as of whole numbers.

    Args:
        function: The public function; its arguments are no fields.
        rule: As for `Hive`.
        bandit: As for `Hive`.
        vary: A field; `field[i]` for an item of a field that is a tuple; "neighbourhood_size",
            "updating", or "rule_share_i" for the share of the bees that follow rule i.
        values: Its values, shape (V,).
        arguments: neighbourhood_size and updating.
        parameters: Fields of the rule and of the bandit where they are given by name.

    Raises:
        ValueError, TypeError: Nothing here has that name, or a value is not allowed.
    """
    reserved = [name for name in inspect.signature(function).parameters if name != "parameters"]
    names, weights = rules_and_weights(rule)
    parts = [*map(find_rule, names), find_bandit(bandit)]
    share = _RULE_SHARE.fullmatch(vary)
    if share or vary in _ARGUMENTS:
        instances = build_parts(parts, parameters, reserved)
        place = _checked_rule(vary, int(share[1]), weights) if share else 0
        hives = []
        whole = vary == "neighbourhood_size"
        for value in _plain(values, whole):
            mixed = _reweighted(weights, place, value, vary) if share else weights
            changed = arguments if share else arguments | {vary: value}
            hives.append(_hive(instances, mixed, **changed))
        return hives, whole
    owner, field, item = _owner(parts, vary)
    if vary in parameters:
        raise ValueError(f"{vary} must be varied or given as a field, not both")
    plain = _plain(values, item is None and _is_whole(parts[owner], field))
    if item is None and isinstance(parts[owner].made, type):
        parameters = parameters | {field: plain[0]}
    instances = build_parts(parts, parameters, reserved)

    def hive_at(value: Any) -> InfiniteHive:
        changed = list(instances)
        changed[owner] = _changed(instances[owner], parts[owner], field, item, value)
        return _hive(changed, weights, **arguments)

    hives = [hive_at(value) for value in plain]
    try:
        hive_at(0.5 * (plain[0] + plain[1]))
    except (ValueError, TypeError):
        return hives, True
    return hives, isinstance(plain[0], int)


def _hive(
    instances: Sequence[Any],
    weights: list[Any] | None,
    neighbourhood_size: int | str | None,
    updating: str | float,
) -> InfiniteHive:
    *rules, bandit = instances
    kinds = kinds_of_hive(rules, weights, bandit)
    size = size_of(rules) if neighbourhood_size is None else neighbourhood_size
    least = size + 2 if isinstance(size, int) else 2
    Neighbourhood.of("others", size, least)  # checks the size
    return InfiniteHive(kinds, bandit, size, chance_of(updating))


def _owner(parts: list[Part], vary: str) -> tuple[int, str, int | None]:
    """Which part has the varied field, the field's name, and the item of it that varies."""
    match = _ITEM.fullmatch(vary)
    field, item = (match[1], int(match[2])) if match else (vary, None)
    owners = [place for place, part in enumerate(parts) if field in _fields(part)]
    if not owners:
        known = [name for part in parts for name in _fields(part) if name not in part.fixed]
        known += [*_ARGUMENTS, *(["rule_share_i"] if len(parts) > 2 else [])]
        raise ValueError(f"vary must be one of {', '.join(known)}, not {vary!r}")
    if len(owners) > 1:
        names = " and ".join(_class_of(parts[place]).__name__ for place in owners)
        raise ValueError(f"vary must be a field of one part; {field} is one of {names}")
    if field in parts[owners[0]].fixed:
        part = parts[owners[0]]
        raise ValueError(f"{field} is set by the {part.what}'s name: {part.fixed[field]!r}")
    return owners[0], field, item


def _changed(instance: Any, part: Part, field: str, item: int | None, value: Any) -> Any:
    """The part with another value of the field, checked as a user's own."""
    if item is not None:
        items = getattr(instance, field)
        if not isinstance(items, tuple | list) or not 0 <= item < len(items):
            raise ValueError(f"{field} must have an item {item} that can vary, not {items!r}")
        value = tuple(value if place == item else each for place, each in enumerate(items))
    fields = {each.name: getattr(instance, each.name) for each in _init_fields(instance)}
    open_part = Part(part.what, type(instance), check=part.check)
    return build_parts([open_part], fields | {field: value}, [])[0]


def _plain(values: np.ndarray, whole: bool) -> list[Any]:
    """The values as Python's numbers; whole ones where the field is a whole number."""
    numbers = values.tolist()
    if whole and all(float(number).is_integer() for number in numbers):
        return [int(number) for number in numbers]
    return numbers if whole else [float(number) for number in numbers]


def _is_whole(part: Part, field: str) -> bool:
    """Whether a field holds whole numbers, by its annotation or its default."""
    default = getattr(part.made, field, None)
    try:
        hint = typing.get_type_hints(_class_of(part)).get(field)
    except Exception:  # an annotation is any expression
        hint = None
    among = hint is int or int in typing.get_args(hint)
    return among or (isinstance(default, int) and not isinstance(default, bool) and hint is None)


def _checked_rule(vary: str, place: int, weights: list[Any] | None) -> int:
    count = len(weights or [0])
    if not place < count or count < 2:
        raise ValueError(f"vary must name one of several rules, not {vary!r} of {count}")
    return place


def _reweighted(weights: list[Any] | None, place: int, share: float, vary: str) -> list[float]:
    """Shares of the rules, where one is given and the others keep their proportions."""
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"{vary} must be a share from 0 to 1, not {share!r}")
    others = np.array([0.0 if k == place else float(w) for k, w in enumerate(weights or [])])
    if not others.sum() > 0.0:
        raise ValueError(f"{vary} can vary only if other rules have shares above 0")
    others *= (1.0 - share) / others.sum()
    others[place] = share
    return [float(each) for each in others]


def _fields(part: Part) -> list[str]:
    return [field.name for field in _init_fields(part.made)]


def _init_fields(made: Any) -> list[dataclasses.Field[Any]]:
    return [field for field in dataclasses.fields(made) if field.init]


def _class_of(part: Part) -> type:
    return part.made if isinstance(part.made, type) else type(part.made)
