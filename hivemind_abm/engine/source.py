"""The source of a method: the functions and constants that it uses, and where an error lies.

Knows: Python's code objects, and which constructs are not compiled.  Does not know: how anything is
compiled.
"""

import dis
import inspect
import re
import types as python_types
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

__all__ = [
    "CannotCompile",
    "attributes_taken",
    "class_attributes",
    "codes",
    "explain",
    "functions_used",
    "globals_used",
    "is_library",
    "line_of",
    "loaded_globals",
    "names_in",
    "names_used",
    "other_chance",
    "place_of",
    "place_of_class",
    "slow_construct",
]


_CHANCE = ("numpy.random", "random", "secrets")


class CannotCompile(Exception):
    """Numba cannot compile a method; `str()` of it gives the file, the line and the cause."""


def names_used(functions: tuple[Any, ...]) -> frozenset[str]:
    """All names in the code of these functions, fields that they read included."""
    return frozenset(name for function in functions for name in names_in(function))


def functions_used(owner: Any, method: str) -> tuple[Any, ...]:
    """A method and the plain Python functions and methods that it calls, directly or indirectly.

    They are looked up each time, because any of them may have been replaced.  Their order is the
    same in each process.

    Args:
        owner: The class.
        method: The method's name.
    """
    functions: list[Any] = []
    waiting, members = [getattr(owner, method)], frozenset(dir(owner))
    while waiting:
        function = _plain(waiting.pop())
        if not isinstance(function, python_types.FunctionType) or function in functions:
            continue
        functions.append(function)
        # Sorted, because the order of a set differs from process to process.
        names = sorted(names_in(function) & members)
        waiting += [inspect.getattr_static(owner, name) for name in names]
        waiting += [value for _, value in globals_used(function)]
    return tuple(functions)


def _plain(value: Any) -> Any:
    """The function behind a property, static method or class method."""
    if isinstance(value, property):
        return value.fget
    return value.__func__ if isinstance(value, staticmethod | classmethod) else value


@lru_cache(maxsize=4096)
def _codes_of(code: python_types.CodeType) -> tuple[python_types.CodeType, ...]:
    inner = [each for each in code.co_consts if isinstance(each, python_types.CodeType)]
    return (code, *(each for one in inner for each in _codes_of(one)))


def codes(function: Any) -> tuple[python_types.CodeType, ...]:
    """The code of a function and of the lambdas and functions inside it."""
    return _codes_of(function.__code__)


@lru_cache(maxsize=4096)
def _names_of(code: python_types.CodeType) -> frozenset[str]:
    return frozenset(name for each in _codes_of(code) for name in each.co_names)


def names_in(function: Any) -> frozenset[str]:
    """The names of globals and attributes in the code of a function."""
    return _names_of(function.__code__)


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
    for name in sorted(loaded_globals(function) & function.__globals__.keys()):
        yield name, function.__globals__[name]
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        yield name, cell.cell_contents


@lru_cache(maxsize=4096)
def _attributes_of(code: python_types.CodeType) -> tuple[tuple[str, str | None], ...]:
    """Each global that is loaded, with the attribute that is taken of it at once, if any."""
    loads = []
    for each in _codes_of(code):
        instructions = list(dis.get_instructions(each))
        for instruction, following in zip(instructions, [*instructions[1:], None], strict=True):
            if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                taken = following is not None and following.opname in ("LOAD_ATTR", "LOAD_METHOD")
                loads.append((instruction.argval, following.argval if taken else None))  # type: ignore[union-attr]
    return tuple(loads)


def loaded_globals(function: Any) -> frozenset[str]:
    """The names that a function looks up in its module and among the builtins."""
    return frozenset(name for name, _ in _attributes_of(function.__code__))


def attributes_taken(function: Any, name: str) -> set[str | None]:
    """Which attributes a function takes of a global; None stands for the global as it is."""
    return {taken for loaded, taken in _attributes_of(function.__code__) if loaded == name}


def other_chance(owner: Any, method: str) -> str | None:
    """Where a method, or a function that it calls, uses a generator other than `rng`, or None.

    Returns:
        The name in the code and its place, for a message.
    """
    if is_library(getattr(owner, method)):
        return None
    for function in functions_used(owner, method):
        for name, value in globals_used(function):
            taken = attributes_taken(function, name)
            module = value.__name__ if isinstance(value, python_types.ModuleType) else None
            numpys = module == "numpy" and "random" in taken
            owner_of = type(getattr(value, "__self__", None))  # of a method such as random.random
            home = str(getattr(value, "__module__", None) or module or owner_of.__module__)
            if numpys or module in _CHANCE or home.startswith(_CHANCE):
                what = f"{name}.random" if numpys else name
                return f"{what} ({place_of(function, line_of(function, name))})"
    return None


def line_of(function: Any, name: str) -> int:
    """The first line on which a function reads a global or closure variable; else its own line."""
    for code in codes(function):
        for instruction in dis.get_instructions(code):
            line = instruction.positions.lineno if instruction.positions else None
            if instruction.argval == name and line and instruction.opname.startswith("LOAD_"):
                return line
    return int(function.__code__.co_firstlineno)


def is_library(function: Any) -> bool:
    """Whether a function is this package's own; those are tested without users' checks."""
    return str(function.__module__).partition(".")[0] == __name__.partition(".")[0]


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
    refused = re.findall(r"TypingError: (Cannot compile .+)", text)
    telling = refused or [cause for cause in causes if re.match(_CAUSES, cause)]
    cause = (telling or causes or [type(error).__name__])[-1 if telling else 0]
    cause = re.sub(r"Function\(<(?:built-in )?function (\w+)[^>]*>\)", r"\1", cause)
    return f"{place}: {cause.rstrip(':')}"
