"""Evaluate a method of two numbers of each kind in both modes, value by value."""

import struct
from functools import partial
from itertools import product

import numpy as np
from numba import types

from hivemind_abm.engine.loops import compile_loop
from hivemind_abm.engine.source import CannotCompile
from hivemind_abm.loading import load_module

REALS = (0.0, -0.0, 1.0, 0.5, -2.5, 3.0, 1e-300, 1e300, 0.1, float("inf"), float("nan"))
WHOLE = (0, 1, -1, 2, 3, -7, 53, 64, 2**31, 2**53 + 1, 2**62, -(2**63))
LIMITS = ("does not fit into 64 bits", "above 2**53")  # where compiled code says no at run time

_reals, _ints = types.float64[::1], types.int64[::1]
_SIGNATURE = types.void(_ints, _reals, _reals, _ints, _reals)


def _loop(method, build):
    def loop(integers, reals, xs, ks, out):
        out[0] = method(build(integers, reals), xs[0], xs[1], ks[0], ks[1])

    return loop


def load_expression(expression, folder, name="case", before="", helpers=""):
    """An instance whose `value(self, x, y, i, j)` is an expression, from a file."""
    file = folder / f"{name}.py"
    file.write_text(
        f"import math\nimport numpy as np\nfrom dataclasses import dataclass\n\n{helpers}"
        "@dataclass(frozen=True)\nclass Case:\n    scale: float = 0.3\n    number: int = 7\n\n"
        f"    def value(self, x, y, i, j):\n{before}        return {expression}\n"
    )
    return load_module(file).Case()


def outcome(evaluate):
    """The bits of a value, or the kind of error."""
    try:
        value = evaluate()
        if isinstance(value, complex):
            return "complex"
        return "nan" if value != value else struct.pack("d", float(value))  # nan has no sign
    except OverflowError as error:
        limited = any(limit in str(error) for limit in LIMITS)
        return "limit" if limited else "OverflowError"
    except (ArithmeticError, ValueError, IndexError, TypeError) as error:
        return type(error).__name__


def differences(case, arguments=None):
    """Where the two modes differ: (arguments, Python's outcome, the compiled one).

    Raises:
        CannotCompile: The method is not compiled.
    """
    loop = compile_loop(_loop, case, "value", _SIGNATURE)
    different = []
    for x, y, i, j in arguments or product(REALS, REALS[:6] + REALS[-2:], WHOLE, WHOLE[:8]):
        expected = outcome(partial(case.value, x, y, i, j))
        got = outcome(partial(_compiled_value, loop, x, y, i, j))
        complex_number = expected in ("complex", "TypeError") and got == "ValueError"
        if got not in (expected, "limit") and not complex_number:
            different.append(((x, y, i, j), expected, got))
    return different


def _compiled_value(loop, x, y, i, j):
    out = np.zeros(1)
    loop.run(np.array([x, y]), np.array([i, j]), out)
    return out[0]


__all__ = ["CannotCompile", "differences", "load_expression"]
