"""Users' functions made ready for Numba: the same source, with Python's own meaning.

Knows: what takes the place of operators, builtins, `math` and other functions in the scope of a
function, and what may not be used in compiled code.  Does not know: how compiled code is called.
"""

import math
import random
import types as python_types
from typing import Any

import numpy as np

from hivemind_abm.engine.exact import OPERATORS
from hivemind_abm.engine.exact_functions import BUILTINS
from hivemind_abm.engine.exact_math import FUNCTIONS
from hivemind_abm.engine.numba_internals import njit
from hivemind_abm.engine.rewriting import UNPACK, call_name, fits, rewritten_code
from hivemind_abm.engine.source import (
    CannotCompile,
    attributes_taken,
    globals_used,
    is_library,
    line_of,
    loaded_globals,
    place_of,
)
from hivemind_abm.engine.unpacking import unpacked

__all__ = ["Twins", "compile_options"]

_OPERATOR_CALLS = {
    call_name(name): function for name, function in [*OPERATORS.items(), (UNPACK, unpacked)]
}
_CONSTANTS = {name: getattr(math, name) for name in ("e", "inf", "nan", "pi", "tau")}
_MATHEMATICS = python_types.ModuleType(f"{__name__}.mathematics")
vars(_MATHEMATICS).update(FUNCTIONS | _CONSTANTS)
_BY_FUNCTION = {getattr(math, name): function for name, function in FUNCTIONS.items()}

# What of NumPy gives the same numbers compiled; its own mathematics and sums do not.
_NUMPY = frozenset(
    [
        *("abs", "absolute", "arange", "argmax", "argmin", "array", "bool_", "ceil", "copy"),
        *("e", "empty", "empty_like", "fabs", "float64", "floor", "full", "full_like"),
        *("inf", "isfinite", "isinf", "isnan", "maximum", "minimum", "nan", "ndarray", "newaxis"),
        *("ones", "ones_like", "pi", "sign", "sqrt", "trunc", "zeros", "zeros_like"),
    ]
)
_REFUSED_BUILTINS = {"hash": "numbers", "id": "objects", "eval": "text", "exec": "text"}


def compile_options(function: Any) -> dict[str, Any]:
    """The options with which Numba compiles a function.

    Users' code raises Python's errors for a wrong index and for a division by zero.  The library's
    code is tested without these checks.
    """
    if is_library(function):
        return {"error_model": "numpy"}
    return {"error_model": "python", "boundscheck": True}


class Twins:
    """Copies of functions for one compilation, each made once.

    A user's function gets the code in which operators are calls, and a scope in which these calls,
    Python's builtins and `math` are exact; a function of the library stays as it is.  Plain Python
    functions that are called are compiled too.
    """

    def __init__(self) -> None:
        self._made: dict[Any, Any] = {}

    def of(self, function: Any) -> Any:
        """The copy of a function.

        Raises:
            CannotCompile: It uses something that compiled code cannot do as Python does.
        """
        if function not in self._made:
            self._made[function] = (
                None  # until it is there; a function that calls itself finds this
            )
            self._made[function] = self._copy(function)
        twin = self._made[function]
        if twin is None:
            raise CannotCompile(
                f"{place_of(function, function.__code__.co_firstlineno)}: recursion is not compiled"
            )
        return twin

    def _copy(self, function: Any) -> Any:
        scope = {**function.__globals__}
        for name, value in globals_used(function):
            scope[name] = self._scoped(function, name, value)
        code = function.__code__
        if not is_library(function):
            code = rewritten_code(function)
            scope |= _OPERATOR_CALLS
            for name in loaded_globals(function) - function.__globals__.keys():
                if name in _REFUSED_BUILTINS:
                    raise _refusal(
                        function, name, f"{name}() of {_REFUSED_BUILTINS[name]} is not compiled"
                    )
                if name in BUILTINS:
                    scope[name] = BUILTINS[name]
        twin = python_types.FunctionType(
            code, scope, function.__name__, function.__defaults__, function.__closure__
        )
        twin.__kwdefaults__ = function.__kwdefaults__
        twin.__qualname__ = function.__qualname__
        # Machine code on disk imports its module again, and a user's file has no lasting name.
        twin.__module__ = __name__
        return twin

    def _scoped(self, function: Any, name: str, value: Any) -> Any:
        if isinstance(value, python_types.FunctionType):
            return njit(self.of(value), **compile_options(value))
        if is_library(function):
            return value
        if isinstance(value, int) and not fits(value):
            raise _refusal(function, name, f"{name} is a whole number beyond 64 bits")
        if value is math:
            _check(function, name, attributes_taken(function, name), vars(_MATHEMATICS), "math")
            return _MATHEMATICS
        if value is np:
            _check(function, name, attributes_taken(function, name), _NUMPY, "np")
            return value
        if value is random or isinstance(getattr(value, "__self__", None), random.Random):
            raise _refusal(function, name, f"{name} is another source of chance; draw from rng")
        if isinstance(value, python_types.BuiltinFunctionType) and value in _BY_FUNCTION:
            return _BY_FUNCTION[value]
        if value is np.int64 or value is np.random or _is_mathematics(value):
            raise _refusal(function, name, f"{name} may give other digits when it is compiled")
        return value


def _is_mathematics(value: Any) -> bool:
    """Whether it is a function of `math` or NumPy, taken out of its module."""
    module = str(getattr(value, "__module__", ""))
    is_function = callable(value) and not isinstance(value, type)
    return is_function and (isinstance(value, np.ufunc) or module.startswith(("math", "numpy")))


def _check(function: Any, name: str, taken: set[str | None], allowed: Any, module: str) -> None:
    for attribute in sorted(map(str, taken)):
        if attribute not in allowed or attribute.startswith("_"):
            what = f"{module}.{attribute}" if attribute != "None" else module
            raise _refusal(function, name, f"{what} may give other digits when it is compiled")


def _refusal(function: Any, name: str, cause: str) -> CannotCompile:
    return CannotCompile(f"{place_of(function, line_of(function, name))}: {cause}")
