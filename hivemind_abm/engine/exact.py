"""What Python's operators and functions of numbers mean, in compiled code.

Knows: for each of them an implementation that gives Python's result to the last digit, raises where
Python's whole numbers would leave 64 bits, or refuses to be compiled and says what to write
instead.  Does not know: how these take the place of the operators in a user's code.
"""

import operator
from collections.abc import Callable
from functools import partial
from typing import Any

import numba
import numpy as np
from numba import types
from numba.extending import overload

from hivemind_abm.engine.intrinsics import checked_arithmetic, libm
from hivemind_abm.engine.numba_internals import njit

__all__ = [
    "OPERATORS",
    "TOO_LARGE",
    "add",
    "floor_divide",
    "is_number",
    "is_whole",
    "multiply",
    "raise_to",
    "remainder",
    "stands_for",
]

_EXACT = 2**53  # whole numbers up to here are floating-point numbers too
TOO_LARGE = "a whole number does not fit into 64 bits; compiled=False has no such limit"
_INLINED = {"forceinline": True, "error_model": "python"}

_sum_of, _difference_of, _product_of = map(checked_arithmetic, ("add", "sub", "mul"))


def is_whole(kind: Any) -> bool:
    """Whether a compiled type is that of whole numbers or truth values."""
    if isinstance(kind, types.Integer) and not kind.signed:
        raise numba.TypingError("Cannot compile unsigned whole numbers: they mix differently")
    return isinstance(kind, types.Integer | types.Boolean)


def is_number(kind: Any) -> bool:
    """Whether a compiled type is that of numbers."""
    return is_whole(kind) or isinstance(kind, types.Float)


def stands_for(plain: Callable[..., Any]) -> Callable[[Callable[..., Any]], Any]:
    """A decorator: a function that is `plain` in Python and something else in compiled code.

    The decorated function gets the types of the arguments and returns an implementation.
    """

    def register(choose: Callable[..., Any]) -> Any:
        def function(*arguments: Any) -> Any:
            return plain(*arguments)

        function.__name__ = function.__qualname__ = choose.__name__
        function.__doc__ = choose.__doc__
        overload(function, strict=False, prefer_literal=True, jit_options=_INLINED)(choose)
        return function

    return register


# Arithmetic of whole numbers is checked; of floating-point numbers it is what the processor does.


@stands_for(operator.add)
def add(a, b):
    """A + b; whole numbers are checked."""
    if is_whole(a) and is_whole(b):

        def whole(a, b):
            value, wrong = _sum_of(a, b)
            if wrong:
                raise OverflowError(TOO_LARGE)
            return value

        return whole
    return lambda a, b: a + b


@stands_for(operator.sub)
def subtract(a, b):
    """A - b; whole numbers are checked."""
    if is_whole(a) and is_whole(b):

        def whole(a, b):
            value, wrong = _difference_of(a, b)
            if wrong:
                raise OverflowError(TOO_LARGE)
            return value

        return whole
    return lambda a, b: a - b


@stands_for(operator.mul)
def multiply(a, b):
    """A * b; whole numbers are checked."""
    if is_whole(a) and is_whole(b):

        def whole(a, b):
            value, wrong = _product_of(a, b)
            if wrong:
                raise OverflowError(TOO_LARGE)
            return value

        return whole
    return lambda a, b: a * b


@stands_for(operator.truediv)
def divide(a, b):
    """A / b; whole numbers up to 2**53, where the quotient is rounded once."""
    if is_whole(a) and is_whole(b):

        def whole(a, b):
            if abs(a) > _EXACT or abs(b) > _EXACT:
                raise OverflowError(
                    "whole numbers above 2**53 are divided with compiled=False only"
                )
            return np.float64(a) / np.float64(b)

        return whole
    return lambda a, b: a / b


@stands_for(operator.floordiv)
def floor_divide(a, b):
    """A // b."""
    if is_whole(a) and is_whole(b):

        def whole(a, b):
            if b == -1:
                return multiply(a, -1)
            return np.int64(a) // np.int64(b)

        return whole
    return lambda a, b: a // b


@stands_for(operator.mod)
def remainder(a, b):
    """A % b."""
    if is_whole(a) and is_whole(b):
        return lambda a, b: np.int64(0) if b == -1 else np.int64(a) % np.int64(b)
    return lambda a, b: a % b


@stands_for(operator.lshift)
def shift_left(a, b):
    """A << b; checked."""
    if not (is_whole(a) and is_whole(b)):
        return None

    def whole(a, b):
        if b < 0:
            raise ValueError("negative shift count")
        if a == 0:
            return np.int64(0)
        value = np.int64(a) << np.int64(min(b, 62))
        if b > 62 or (value >> np.int64(b)) != a:
            raise OverflowError(TOO_LARGE)
        return value

    return whole


@stands_for(operator.rshift)
def shift_right(a, b):
    """A >> b."""
    if not (is_whole(a) and is_whole(b)):
        return None

    def whole(a, b):
        if b < 0:
            raise ValueError("negative shift count")
        return np.int64(a) >> np.int64(min(b, 63))

    return whole


@stands_for(operator.neg)
def negate(a):
    """-a; checked."""
    if is_whole(a):
        return lambda a: multiply(a, -1)
    return lambda a: -a


_pow = libm("pow", 2)


@partial(njit, error_model="python")
def float_power(a, b):
    """CPython's float_pow, without what it makes complex."""
    if b == 0.0:
        return 1.0
    if np.isnan(a):
        return a
    if np.isnan(b):
        return 1.0 if a == 1.0 else b
    if a == 0.0 and b < 0.0 and not np.isinf(b):
        raise ZeroDivisionError("0.0 cannot be raised to a negative power")
    if np.isinf(b) or np.isinf(a) or a == 1.0 or a == 0.0:
        return _pow(a, b)
    if a < 0.0 and b != np.floor(b):
        raise ValueError(
            "a negative number to a fractional power is complex: write power(abs(x), y)"
        )
    value = _pow(a, b)
    if np.isinf(value):
        raise OverflowError("(34, 'Numerical result out of range')")
    return value


@stands_for(operator.pow)
def raise_to(a, b):
    """A ** b; of whole numbers only with an exponent that stands in the code."""
    if not (is_number(a) and is_number(b)):
        return None
    if not (is_whole(a) and is_whole(b)):
        return lambda a, b: float_power(np.float64(a), np.float64(b))
    if not isinstance(b, types.IntegerLiteral):
        raise numba.TypingError(
            "Cannot compile a ** b for whole numbers: it is whole or not by the sign of b; "
            "write float(a) ** b"
        )
    exponent = b.literal_value
    if exponent < 0:
        return lambda a, b: float_power(np.float64(a), np.float64(exponent))

    def whole(a, b):
        value = np.int64(1)
        for _ in range(exponent):
            value = multiply(value, a)
        return value

    return whole


def _comparison(compare: Callable[[Any, Any], Any], name: str) -> Any:
    """A comparison of numbers in which those of two kinds are compared as they are."""

    def choose(a, b):
        if is_whole(a) and isinstance(b, types.Float):
            return lambda a, b: compare(_side(np.int64(a), b), 0)
        if isinstance(a, types.Float) and is_whole(b):
            return lambda a, b: compare(0, _side(np.int64(b), a))
        return lambda a, b: compare(a, b)

    choose.__name__ = name
    return stands_for(compare)(choose)


@partial(njit, error_model="numpy")
def _side(whole, x):
    """-1.0, 0.0 or 1.0 as the whole number is below, equal to or above x; nan where x is."""
    if -_EXACT <= whole <= _EXACT or np.isnan(x):
        difference = np.float64(whole) - x
        return difference if np.isnan(difference) else np.sign(difference)
    if x >= 9223372036854775808.0:
        return -1.0
    if x < -9223372036854775808.0:
        return 1.0
    other = np.int64(
        x
    )  # exact: beyond 2**53 there is nothing behind the point, and below it whole is further out
    return 1.0 if whole > other else (-1.0 if whole < other else 0.0)


OPERATORS = {
    "Add": add,
    "Sub": subtract,
    "Mult": multiply,
    "Div": divide,
    "FloorDiv": floor_divide,
    "Mod": remainder,
    "Pow": raise_to,
    "LShift": shift_left,
    "RShift": shift_right,
    "USub": negate,
    "Lt": _comparison(operator.lt, "less"),
    "LtE": _comparison(operator.le, "less_or_equal"),
    "Gt": _comparison(operator.gt, "greater"),
    "GtE": _comparison(operator.ge, "greater_or_equal"),
    "Eq": _comparison(operator.eq, "equal"),
    "NotEq": _comparison(operator.ne, "unequal"),
}
