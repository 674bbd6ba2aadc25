"""What Python's own functions of numbers mean, in compiled code: `int`, `round`, `sum` and others.

Knows: for each of them an implementation that gives Python's result to the last digit, or refuses
to be compiled.  Does not know: the functions of `math`; see `exact_math`.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numba
import numpy as np
from numba import types

from hivemind_abm.engine.exact import (
    OPERATORS,
    TOO_LARGE,
    add,
    floor_divide,
    is_number,
    is_whole,
    multiply,
    raise_to,
    remainder,
    stands_for,
)
from hivemind_abm.engine.numba_internals import njit

__all__ = ["BUILTINS", "to_whole"]


@partial(njit, error_model="python")
def to_whole(x):
    """int(x) for a floating-point number."""
    if np.isnan(x):
        raise ValueError("cannot convert float NaN to integer")
    if np.isinf(x):
        raise OverflowError("cannot convert float infinity to integer")
    if not -9223372036854775808.0 <= x < 9223372036854775808.0:
        raise OverflowError(TOO_LARGE)
    return np.int64(x)


@stands_for(int)
def integer(x=0):
    if is_whole(x):
        return lambda x=0: np.int64(x)
    if isinstance(x, types.Float):
        return lambda x=0: to_whole(x)
    raise numba.TypingError(f"Cannot compile int() of {x}")


@stands_for(round)
def rounded(x, ndigits=None):
    if not (ndigits is None or isinstance(ndigits, types.NoneType | types.Omitted)):
        raise numba.TypingError("Cannot compile round(x, n): its last digit may differ")
    if is_whole(x):
        return lambda x, ndigits=None: np.int64(x)
    if not isinstance(x, types.Float):
        return None

    def nearest(x, ndigits=None):
        size = abs(x)
        whole = np.floor(size)
        rest = size - whole
        if rest > 0.5 or (rest == 0.5 and whole % 2.0 == 1.0):
            whole += 1.0
        return to_whole(whole if x >= 0.0 else -whole) if size == size else to_whole(x)

    return nearest


@stands_for(abs)
def absolute(x):
    if is_whole(x):
        return lambda x: x if x >= 0 else multiply(x, -1)
    return lambda x: abs(x)


@stands_for(divmod)
def quotient_and_remainder(a, b):
    if is_number(a) and is_number(b):
        return lambda a, b: (floor_divide(a, b), remainder(a, b))
    return None


@stands_for(pow)
def power(a, b, modulus=None):
    if not (modulus is None or isinstance(modulus, types.NoneType | types.Omitted)):
        raise numba.TypingError("Cannot compile pow() of three numbers")
    return lambda a, b, modulus=None: raise_to(a, b)


@stands_for(sum)
def summed(values, start=0):
    """As CPython from 3.12 on: floating-point numbers with Neumaier's compensation."""
    item = getattr(values, "dtype", None) or getattr(values, "yield_type", None)
    if not (start == 0 or isinstance(start, types.Omitted | types.Integer)):
        raise numba.TypingError("Cannot compile sum() from anything but a whole number on")
    if item is not None and is_whole(item):

        def of_whole(values, start=0):
            total = np.int64(start)
            for value in values:
                total = add(total, np.int64(value))
            return total

        return of_whole
    if not isinstance(item, types.Float):
        raise numba.TypingError(f"Cannot compile sum() of {values}: write a loop")

    def of_reals(values, start=0):
        total, lost = np.float64(start), 0.0
        for value in values:
            following = total + value
            if abs(total) >= abs(value):
                lost += (total - following) + value
            else:
                lost += (value - following) + total
            total = following
        if lost != 0.0 and np.isfinite(lost):
            total += lost
        return total

    return of_reals


def _extreme(plain: Callable[..., Any], better: Callable[[Any, Any], bool], name: str) -> Any:
    """The function `min` or `max`: the first of those that no other is better than."""

    def choose(a, b=None, c=None, d=None):
        arguments = [each for each in (a, b, c, d) if _is_given(each)]
        if len(arguments) == 1:
            if not is_number(getattr(a, "dtype", None) or getattr(a, "yield_type", None)):
                return None

            def of_items(a, b=None, c=None, d=None):
                empty, best = True, next(iter(a))
                for value in a:
                    if empty or better(value, best):
                        best = value
                    empty = False
                return best

            return of_items
        if not all(map(is_number, arguments)):
            return None
        if len(arguments) == 2:
            return lambda a, b=None, c=None, d=None: b if better(b, a) else a
        if len(arguments) == 3:
            return lambda a, b=None, c=None, d=None: plain_two(plain_two(a, b), c)
        return lambda a, b=None, c=None, d=None: plain_two(plain_two(plain_two(a, b), c), d)

    choose.__name__ = name
    plain_two = stands_for(plain)(choose)
    return plain_two


def _is_given(kind: Any) -> bool:
    return not (kind is None or isinstance(kind, types.NoneType | types.Omitted))


BUILTINS = {
    "abs": absolute,
    "divmod": quotient_and_remainder,
    "int": integer,
    "max": _extreme(max, OPERATORS["Gt"], "largest"),
    "min": _extreme(min, OPERATORS["Lt"], "smallest"),
    "pow": power,
    "round": rounded,
    "sum": summed,
}
