"""The source of a method: the functions and constants that it uses, and where an error lies.

Knows: Python's code objects, and which constructs are not compiled.  Does not know: how anything is
compiled.
"""

import dis
import inspect
import re
import sys
import types as python_types
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numba

__all__ = [
    "CannotCompile",
    "class_attributes",
    "codes",
    "explain",
    "functions_used",
    "globals_used",
    "is_users",
    "method_options",
    "names_in",
    "names_used",
    "place_of",
    "place_of_class",
    "ready",
    "slow_construct",
]


class CannotCompile(Exception):
    """Numba cannot compile a method; `str()` of it gives the file, the line and the cause."""


@cache
def names_used(owner: Any, method: str) -> frozenset[str]:
    """All names in the code of a method and of the functions that it calls, its fields included."""
    return frozenset(
        name for function in functions_used(owner, method) for name in names_in(function)
    )


@cache
def functions_used(owner: Any, method: str) -> tuple[Any, ...]:
    """A method and the plain Python functions and methods that it calls, directly or indirectly.

    Args:
        owner: The class.
        method: The method's name.
    """
    found: list[Any] = []
    waiting = [getattr(owner, method)]
    while waiting:
        function = _plain(waiting.pop())
        if not isinstance(function, python_types.FunctionType) or function in found:
            continue
        found.append(function)
        waiting.extend(
            inspect.getattr_static(owner, name) for name in names_in(function) & set(dir(owner))
        )
        waiting.extend(value for _, value in globals_used(function))
    return tuple(found)


def _plain(value: Any) -> Any:
    """The function behind a property, static method or class method."""
    if isinstance(value, property):
        return value.fget
    return value.__func__ if isinstance(value, staticmethod | classmethod) else value


def codes(function: Any) -> Iterator[python_types.CodeType]:
    """The code of a function and of the lambdas and functions inside it."""
    waiting = [function.__code__]
    while waiting:
        code = waiting.pop()
        yield code
        waiting.extend(
            constant for constant in code.co_consts if isinstance(constant, python_types.CodeType)
        )


def names_in(function: Any) -> set[str]:
    """The names of globals and attributes in the code of a function."""
    return {name for code in codes(function) for name in code.co_names}


def class_attributes(owner: type) -> Iterator[tuple[str, Any]]:
    """Name and value of each attribute of a class and its bases, without `__dunder__` names."""
    seen: set[str] = set()
    for base in owner.__mro__[:-1]:
        for name, value in vars(base).items():
            if name not in seen and not name.startswith("__"):
                seen.add(name)
                yield name, value


def globals_used(function: Any) -> Iterator[tuple[str, Any]]:
    """Name and value of each global variable and closure variable that a function reads."""
    for name in sorted(_loaded_globals(function) & function.__globals__.keys()):
        yield name, function.__globals__[name]
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        yield name, cell.cell_contents


def _loaded_globals(function: Any) -> set[str]:
    """The names that a function looks up in its module."""
    instructions = (
        instruction for code in codes(function) for instruction in dis.get_instructions(code)
    )
    return {
        instruction.argval
        for instruction in instructions
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME")
    }


@cache
def ready(function: Any) -> Any:
    """A copy of a function in which the plain Python functions that it calls are compiled."""
    replaced = {
        name: numba.njit(**method_options(value))(ready(value))
        for name, value in globals_used(function)
        if isinstance(value, python_types.FunctionType)
    }
    scope = {**function.__globals__, **replaced}
    twin = python_types.FunctionType(
        function.__code__, scope, function.__name__, function.__defaults__, function.__closure__
    )
    twin.__kwdefaults__ = function.__kwdefaults__
    twin.__qualname__ = function.__qualname__
    # Machine code on disk imports its module again, and a user's file has no lasting name.
    twin.__module__ = __name__
    return twin


def method_options(function: Any) -> dict[str, Any]:
    """The options with which Numba compiles a function.

    Users' code raises Python's errors for a wrong index and for a division by zero.  The library's
    code is tested without these checks.
    """
    users = is_users(sys.modules.get(function.__module__))
    return {"error_model": "python", "boundscheck": True} if users else {"error_model": "numpy"}


def is_users(module: Any) -> bool:
    """Whether a module is the user's: not of this package, of Python or of an installed package."""
    file = getattr(module, "__file__", None)
    if module is None or module.__name__ in sys.builtin_module_names:
        return module is None
    if module.__name__ == "__main__" or file is None:
        return True
    root = module.__name__.partition(".")[0]
    return (
        root != __name__.partition(".")[0]
        and root not in sys.stdlib_module_names
        and "site-packages" not in file
    )


def slow_construct(function: Any) -> str | None:
    """The place of a dict or set in a function, as the text of an error, or None.

    Numba needs seconds to compile a dict or set, and one allocation per bee.  Plain Python runs
    them as they are.
    """
    for code in codes(function):
        line = code.co_firstlineno
        for instruction in dis.get_instructions(code):
            position = instruction.positions
            line = (position.lineno if position else None) or line
            name = instruction.opname
            builtin = name == "LOAD_GLOBAL" and instruction.argval in ("dict", "set", "frozenset")
            if builtin or name in (
                "BUILD_MAP",
                "BUILD_CONST_KEY_MAP",
                "MAP_ADD",
                "BUILD_SET",
                "SET_ADD",
            ):
                what = (
                    "set" if "SET" in name or instruction.argval in ("set", "frozenset") else "dict"
                )
                return f"{place_of(function, line)}: a {what} is not compiled"
    return None


def place_of(function: Any, line: int) -> str:
    """A line of a function's file: "my_rule.py, line 8"."""
    return f"{Path(function.__code__.co_filename).name}, line {line}"


def place_of_class(owner: Any) -> str:
    """The place of a class statement: "my_rule.py, line 6".

    It is the class's name where the class has no file.
    """
    try:
        return f"{Path(inspect.getfile(owner)).name}, line {inspect.getsourcelines(owner)[1] + 1}"
    except (OSError, TypeError):  # typed at a prompt
        return owner.__name__


_CAUSES = (
    r"(Unknown attribute|Untyped global name|No implementation|Cannot |Use of unsupported"
    r"|Invalid use|.* must return )"
)


def explain(error: Exception, functions: tuple[Any, ...]) -> str:
    """The line of the user's file that an error of Numba's is about, and the most specific cause.

    Args:
        error: The error that Numba raised.
        functions: The functions that were compiled, the method first.
    """
    text = str(error)
    place = None
    for function in functions:
        file = re.escape(Path(function.__code__.co_filename).name)
        lines = {line for code in codes(function) for _, _, line in code.co_lines() if line}
        for match in re.finditer(rf'{file}(?:", line (\d+)| \((\d+)\))', text):
            line = int(match[1] or match[2])
            if line in lines and (line != function.__code__.co_firstlineno or place is None):
                place = place_of(function, line)
    place = place or place_of(functions[0], functions[0].__code__.co_firstlineno)
    noise = r"(Failed in|During:|File |Traceback|\^|<source|- Resolution|There are|>>>|-+$)"
    causes = [
        cause.strip()
        for cause in text.splitlines()
        if cause.strip() and not re.match(noise, cause.strip())
    ]
    telling = [cause for cause in causes if re.match(_CAUSES, cause)]
    cause = (telling or causes or [type(error).__name__])[-1 if telling else 0]
    return f"{place}: {cause.rstrip(':')}"
