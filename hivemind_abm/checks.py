"""Checks of arguments that are used in many places.

Knows: the wording of these errors: the argument, its value, and what is allowed.  Does not know:
what the arguments mean.  A value of the wrong type raises TypeError, a value out of range
ValueError.
"""

import math
import operator
from collections.abc import Collection
from typing import Any, NoReturn

import numpy as np

__all__ = [
    "as_index",
    "index_below",
    "number",
    "one_of",
    "optional_whole_number",
    "truth_value",
    "whole_number",
]


def whole_number(name: str, value: Any, least: int = 1, most: int | None = None) -> int:
    """A whole number of at least `least`, and at most `most` where that is given.

    Args:
        name: The argument's name, for the error.
        value: The argument.  Whole numbers of Python and NumPy are allowed, truth values are not.
        least: The smallest allowed value.
        most: The largest allowed value, or None.

    Raises:
        TypeError: Not a whole number.
        ValueError: Out of range.
    """
    return _whole_number(name, value, least, most, "")


def optional_whole_number(name: str, value: Any, least: int = 1) -> int | None:
    """As `whole_number`, but None is allowed too, and returned."""
    return None if value is None else _whole_number(name, value, least, None, " or None")


def _whole_number(name: str, value: Any, least: int, most: int | None, also: str) -> int:
    allowed = f"a whole number of at least {least}{also}"
    if isinstance(value, bool | np.bool_) or not hasattr(value, "__index__"):
        _refuse(TypeError, name, value, allowed)
    number = operator.index(value)
    if number < least:
        _refuse(ValueError, name, value, allowed)
    if most is not None and number > most:
        _refuse(ValueError, name, value, f"a whole number from {least} to {most}")
    return number


def index_below(name: str, value: Any, count: int) -> int:
    """An index from 0 to `count` - 1.

    Args:
        name: The argument's name, for the error.
        value: The argument.
        count: The number of items.

    Raises:
        ValueError: Anything else.
    """
    if isinstance(value, bool | np.bool_) or not hasattr(value, "__index__"):
        _refuse(ValueError, name, value, f"0 to {count - 1}")
    if not 0 <= operator.index(value) < count:
        _refuse(ValueError, name, value, f"0 to {count - 1}")
    return operator.index(value)


def as_index(name: str, value: Any) -> int:
    """A whole number for an index; one that is too large for 64 bits stays out of every range.

    Raises:
        TypeError: Not a whole number.
    """
    if not hasattr(value, "__index__"):
        _refuse(TypeError, name, value, "a whole number")
    return min(max(operator.index(value), -(2**62)), 2**62)


def number(
    name: str, value: Any, low: float, high: float = math.inf, *, above: bool = False
) -> float:
    """A finite number from `low` to `high`; with `above`, `low` itself is not allowed.

    Args:
        name: The argument's name, for the error.
        value: The argument.  Truth values are not allowed.
        low: The smallest allowed value.
        high: The largest allowed value; infinity for no bound.
        above: Whether the value must be larger than `low`.

    Raises:
        TypeError: Not a number.
        ValueError: Out of range.
    """
    if not above and high < math.inf:
        allowed = f"from {low:g} to {high:g}"
    else:
        allowed = f"{'above' if above else 'of at least'} {low:g}"
        allowed += f" and at most {high:g}" if high < math.inf else ""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number):
        _refuse(TypeError, name, value, f"a number {allowed}")
    if not low <= value <= high or (above and value == low) or not math.isfinite(value):
        _refuse(ValueError, name, value, f"a number {allowed}")
    return float(value)


def truth_value(name: str, value: Any) -> bool:
    """True or False.

    Args:
        name: The argument's name, for the error.
        value: The argument.

    Raises:
        TypeError: Anything else.
    """
    if not isinstance(value, bool | np.bool_):
        _refuse(TypeError, name, value, "True or False")
    return bool(value)


def one_of(name: str, value: Any, allowed: Collection[Any]) -> None:
    """Check that an argument is one of the allowed values.

    Args:
        name: The argument's name, for the error.
        value: The argument.
        allowed: The allowed values.

    Raises:
        ValueError: It is none of them.
    """
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(str, allowed))}, not {value!r}")


def _refuse(kind: type[Exception], name: str, value: Any, allowed: str) -> NoReturn:
    raise kind(f"{name} must be {allowed}, not {value!r}")
