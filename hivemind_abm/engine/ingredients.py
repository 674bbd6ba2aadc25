"""All that the machine code of a method is made from, as one digest.

Knows: code, constants, closures, defaults, class attributes and the modules behind them, wherever
they are installed.  Does not know: how machine code is made.  What cannot be followed is named.
"""

import enum
import hashlib
import sys
import types as python_types
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np

from hivemind_abm.engine.source import (
    CannotCompile,
    attributes_taken,
    class_attributes,
    codes,
    globals_used,
    line_of,
    names_used,
    place_of,
)

__all__ = ["digest_of"]

# Packages whose versions stand for them.
_BY_VERSION = {"builtins", "hivemind_abm", "llvmlite", "numba", "numpy"} | sys.stdlib_module_names
_FUNCTIONS = (python_types.FunctionType, property, staticmethod, classmethod)
_PLAIN = (bool, int, float, complex, str, bytes, np.generic, type(None), type(Ellipsis))


def digest_of(owner: Any, layout: Any, functions: tuple[Any, ...]) -> str:
    """A digest of the code and constants that a method's machine code depends on.

    Args:
        owner: The class.
        layout: `Fields.layout`.
        functions: The method and the functions that it calls.

    Raises:
        CannotCompile: Something whose changes could not be noticed.
    """
    ingredients = _Ingredients(repr((owner.__module__, owner.__qualname__, layout)))
    for function in functions:
        ingredients.add_function(function)
    used = names_used(functions)
    for name, value in sorted(class_attributes(owner), key=lambda item: item[0]):
        if name in used and isinstance(value, _PLAIN):
            ingredients.add(f"{name} {_written(value)}")
    return ingredients.digest.hexdigest()


@lru_cache(maxsize=4096)
def _digest_of_code(code: python_types.CodeType) -> bytes:
    plain = [_told(each) for each in code.co_consts if not isinstance(each, python_types.CodeType)]
    told = repr((plain, code.co_names, code.co_varnames, code.co_freevars, code.co_flags))
    return hashlib.sha256(code.co_code + told.encode()).digest()


def _told(constant: Any) -> str:
    """A constant in words that are the same in each process."""
    if isinstance(constant, frozenset):  # of `in {...}`
        return f"frozenset of {sorted(map(_told, constant))}"
    if isinstance(constant, tuple):
        return f"({', '.join(map(_told, constant))},)"
    return repr(constant)


def _written(value: Any) -> str:
    return f"{type(value).__name__} {value!r};"


class _Ingredients:
    """A digest that grows with each function and value."""

    def __init__(self, identity: str) -> None:
        self.digest = hashlib.sha256(identity.encode())
        self._seen: set[int] = set()

    def add(self, text: str) -> None:
        self.digest.update(text.encode())

    def add_function(self, function: Any) -> None:
        """Its code, its defaults, and what it reads from its module and its closure."""
        if id(function) in self._seen:
            return
        self._seen.add(id(function))
        self.add(function.__qualname__)
        for code in codes(function):
            self.digest.update(_digest_of_code(code))
        keywords = function.__kwdefaults__ or {}
        for value in [*(function.__defaults__ or ()), *keywords, *keywords.values()]:
            self._add_value(function, "a default", value)
        for name, value in globals_used(function):
            self.add(name)
            if isinstance(value, python_types.ModuleType):
                self._add_module(function, name, value, attributes_taken(function, name))
            else:
                self._add_value(function, name, value)

    def _add_module(
        self, function: Any, name: str, module: Any, attributes: Iterable[str | None]
    ) -> None:
        self.add(module.__name__)
        if module.__name__.partition(".")[0] in _BY_VERSION:
            return
        for attribute in sorted(map(str, attributes)):
            if hasattr(module, attribute):
                self.add(attribute)
                self._add_value(function, f"{name}.{attribute}", getattr(module, attribute))

    def _add_value(self, function: Any, name: str, value: Any) -> None:
        if isinstance(value, _PLAIN):
            self.add(_written(value))
        elif isinstance(value, _FUNCTIONS):
            if isinstance(value, python_types.FunctionType):
                self.add_function(value)
        elif isinstance(value, tuple):
            self.add(f"{type(value).__qualname__} of {len(value)}")
            for item in value:
                self._add_value(function, name, item)
        elif isinstance(value, np.ndarray) and value.dtype != object:
            self.add(repr((value.dtype, value.shape)))
            self.digest.update(value.tobytes())
        elif isinstance(value, type):
            self._add_class(value)
        elif isinstance(getattr(value, "py_func", None), python_types.FunctionType):
            self.add_function(value.py_func)  # compiled by Numba already
        elif self._root_of(value) in _BY_VERSION:
            self.add(repr((value.__module__, getattr(value, "__qualname__", None))))
        else:
            place = place_of(function, line_of(function, name.partition(".")[0]))
            raise CannotCompile(
                f"{place}: {name} is {type(value).__name__}, whose changes could not be noticed; "
                "compiled code takes numbers, strings, tuples, arrays and functions"
            )

    def _add_class(self, cls: type) -> None:
        self.add(f"{cls.__module__}.{cls.__qualname__}")
        if issubclass(cls, enum.Enum):
            self.add(repr([(member.name, member.value) for member in cls]))
        self.add(repr(getattr(cls, "_fields", None)))

    @staticmethod
    def _root_of(value: Any) -> str:
        return str(getattr(value, "__module__", None)).partition(".")[0]
