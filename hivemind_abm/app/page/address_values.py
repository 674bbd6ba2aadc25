"""The values that an address may bring: names out of a list, and bounded numbers.

Knows: how each kind of value is read from a text of which anybody may be the author.
Does not know: what is chosen with it.
"""

import math
import re
from collections.abc import Callable, Iterable
from typing import Any

from hivemind_abm.hives.networks import NETWORKS
from hivemind_abm.hives.updating import ASYNCHRONOUS, SYNCHRONOUS
from hivemind_abm.registry import parse_value
from hivemind_abm.theory.dynamics import DYNAMICS

__all__ = [
    "NO",
    "NONE",
    "OF_HIVE",
    "OF_HIVE_AND_LEARNER",
    "OF_SECOND",
    "YES",
    "digits",
    "finite",
    "number",
    "one_of",
    "value_of",
    "whole",
    "whole_or_none",
]

YES, NO, NONE = "yes", "no", "none"
_LARGEST = 1_000_000  # a whole number
_MOST_NUMBERS = 300
_NUMBERS = r"(:(seed=)?[0-9.]{1,12}){0,3}"
_NAMED_PLACES = re.compile(f"(others|groups|everyone|({'|'.join(NETWORKS)}){_NUMBERS})")


def one_of(names: Iterable[str]) -> Callable[[str], str]:
    """A reader of names out of a list."""

    def read(text: str) -> str:
        if text not in names:
            raise ValueError("is not offered here")
        return text

    return read


def value_of(allowed: tuple[str, ...]) -> Callable[[str], Any]:
    """A reader of a field: a number, a truth value, numbers, or one of the names it allows."""

    def read(text: str) -> Any:
        value = parse_value(text)
        if isinstance(value, str):
            return one_of(allowed)(value)
        return None if value is None else _bounded(value)

    return read


def _bounded(value: Any) -> Any:
    """A number, a truth value, or a tuple of such values, of a bounded size."""
    if isinstance(value, tuple | list):
        if len(value) > _MOST_NUMBERS:
            raise ValueError(f"has more than {_MOST_NUMBERS} numbers")
        return tuple(map(_bounded, value))
    if not isinstance(value, bool | int | float):
        raise ValueError("is no number")
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise ValueError(f"is beyond {_LARGEST:,}")
    return value


def number(text: str) -> Any:
    """A number or a truth value."""
    value = _bounded(parse_value(text))
    if isinstance(value, tuple):
        raise ValueError("is no number")
    return value


def finite(text: str) -> Any:
    """A number that is not infinite, or a truth value."""
    value = number(text)
    if not math.isfinite(value):
        raise ValueError("is no finite number")
    return value


def whole(text: str) -> int:
    """A whole number."""
    value = number(text)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("is no whole number")
    return value


def whole_or_none(text: str) -> int | None:
    """A whole number, or None for "none"."""
    return None if text == NONE else whole(text)


def digits(text: str) -> str:
    """A seed."""
    if not re.fullmatch("[0-9]+", text):
        raise ValueError("is no whole number of at least 0")
    return str(int(text))


def _truth(text: str) -> bool:
    return one_of(("True", "False"))(text) == "True"


def _neighbourhood(text: str) -> str:
    if not _NAMED_PLACES.fullmatch(text):
        raise ValueError("is no neighbourhood by name")
    return text


def _size(text: str) -> int | str | None:
    return text if text == "all" else whole_or_none(text)


def _updating(text: str) -> str | float:
    if text in (SYNCHRONOUS, ASYNCHRONOUS):
        return text
    value = number(text)
    if isinstance(value, bool):
        raise ValueError("is no number")
    return float(value)


def _shares(text: str) -> Any:
    value = None if text == NONE else _bounded(parse_value(text))
    if value is not None and not isinstance(value, tuple):
        raise ValueError("is no row of numbers")
    return value


def _dynamics(text: str) -> tuple[str, ...]:
    names = () if text == NONE else tuple(text.split(","))
    return tuple(dict.fromkeys(map(one_of(DYNAMICS), names)))


OF_HIVE_AND_LEARNER: dict[str, Callable[[str], Any]] = {
    "initial_shares": _shares,
    "stop_if_end": number,
    "compiled": _truth,
    "seed": digits,
}
OF_HIVE: dict[str, Callable[[str], Any]] = {
    "population_size": whole,
    "neighbourhood": _neighbourhood,
    "neighbourhood_size": _size,
    "updating": _updating,
    "dynamics": _dynamics,
    "ensemble": lambda text: one_of((YES, NO))(text) == YES,
}
OF_SECOND: dict[str, Callable[[str], Any]] = {
    "neighbourhood": _neighbourhood,
    "neighbourhood_size": _size,
    "updating": _updating,
    "seed": digits,
}
