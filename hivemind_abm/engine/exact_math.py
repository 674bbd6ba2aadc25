"""The functions of Python's `math` that compiled code gives to the last digit.

Knows: for each of them the C function that Python itself calls, and Python's errors.  Does not
know: the others (`math.gamma`, `math.hypot` ...), which Python works out in its own way; a method
that uses them is not compiled.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from hivemind_abm.engine.exact import is_number, stands_for
from hivemind_abm.engine.exact_functions import to_whole
from hivemind_abm.engine.intrinsics import libm

__all__ = ["FUNCTIONS"]

_OVERFLOWING = ("exp", "exp2", "expm1", "sinh", "cosh")
_BOUNDED = (
    *("acos", "acosh", "asin", "asinh", "atan", "atanh", "cbrt", "cos"),
    *("erf", "erfc", "log1p", "sin", "tan", "tanh"),
)


def _of_one(name: str) -> Any:
    function, overflows = libm(name, 1), name in _OVERFLOWING

    def choose(x):  # type: ignore[no-untyped-def]
        if not is_number(x):
            return None

        def call(x):  # type: ignore[no-untyped-def]
            number = np.float64(x)
            value = function(number)
            if np.isnan(value) and not np.isnan(number):
                raise ValueError("math domain error")
            if np.isinf(value) and np.isfinite(number):
                if overflows:
                    raise OverflowError("math range error")
                raise ValueError("math domain error")
            return value

        return call

    choose.__name__ = name
    return stands_for(getattr(math, name))(choose)


def _logarithm(name: str) -> Any:
    function = libm(name, 1)

    def choose(x):  # type: ignore[no-untyped-def]
        if not is_number(x):
            return None

        def call(x):  # type: ignore[no-untyped-def]
            number = np.float64(x)
            if number <= 0.0:
                raise ValueError("math domain error")
            return function(number)

        return call

    choose.__name__ = name
    return stands_for(getattr(math, name))(choose)


def _simple(name: str, implementation: Callable[..., Any]) -> Any:
    def choose(x):  # type: ignore[no-untyped-def]
        return implementation if is_number(x) else None

    choose.__name__ = name
    return stands_for(getattr(math, name))(choose)


def _of_two(name: str, implementation: Callable[..., Any]) -> Any:
    def choose(x, y):  # type: ignore[no-untyped-def]
        return implementation if is_number(x) and is_number(y) else None

    choose.__name__ = name
    return stands_for(getattr(math, name))(choose)


def _square_root(x):  # type: ignore[no-untyped-def]
    if x < 0.0:
        raise ValueError("math domain error")
    return np.sqrt(np.float64(x))


_atan2 = libm("atan2", 2)

FUNCTIONS = {
    **{name: _of_one(name) for name in (*_OVERFLOWING, *_BOUNDED) if hasattr(math, name)},
    **{name: _logarithm(name) for name in ("log", "log2", "log10")},
    "sqrt": _simple("sqrt", _square_root),
    "fabs": _simple("fabs", lambda x: abs(np.float64(x))),
    "floor": _simple("floor", lambda x: to_whole(np.floor(np.float64(x)))),
    "ceil": _simple("ceil", lambda x: to_whole(np.ceil(np.float64(x)))),
    "trunc": _simple("trunc", lambda x: to_whole(np.float64(x))),
    "isnan": _simple("isnan", lambda x: np.isnan(np.float64(x))),
    "isinf": _simple("isinf", lambda x: np.isinf(np.float64(x))),
    "isfinite": _simple("isfinite", lambda x: np.isfinite(np.float64(x))),
    "atan2": _of_two("atan2", lambda x, y: _atan2(np.float64(x), np.float64(y))),
}
