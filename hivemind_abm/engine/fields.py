"""The fields of a frozen dataclass in compiled code.

Knows: how the fields of an instance get into compiled code, and the compiled type of `self` with
its methods.  Does not know: which methods are compiled.
"""

import dataclasses
import inspect
import types as python_types
import typing
from collections.abc import Callable, Collection
from typing import Any

import numpy as np
from numba import types
from numba.extending import overload_attribute, overload_method

from hivemind_abm.engine.numba_internals import add_constant, struct_from_arrays
from hivemind_abm.engine.rewriting import fits
from hivemind_abm.engine.source import CannotCompile, class_attributes, place_of_class
from hivemind_abm.engine.structs import define_struct
from hivemind_abm.engine.twins import Twins, compile_options
from hivemind_abm.engine.vectors import vector_types

__all__ = ["Fields", "self_type"]

_SCALARS = {"float": types.float64, "int": types.int64}


@dataclasses.dataclass(frozen=True)
class Fields:
    """The fields of one dataclass instance that a method uses, as compiled code takes them.

    Numbers are run-time values, so that another value needs no new machine code.  Tuples of numbers
    become one-dimensional arrays, and so do those that are attributes of the class.  Strings, truth
    values and None are constants of the machine code.

    Attributes:
        layout: For each field its name, its kind ("float", "int", "floats", "ints" or "constant")
            and the constant.
        integers: Whole numbers, shape (any,); for a tuple, where it starts in its array and its
            length.
        reals: Floating-point numbers, shape (any,).
    """

    layout: tuple[tuple[str, str, Any], ...]
    integers: np.ndarray
    reals: np.ndarray

    @classmethod
    def of(cls, instance: Any, used: Collection[str]) -> "Fields":
        """Read a dataclass instance for one of its methods.

        Args:
            instance: The instance.
            used: Names in the code of the method; only fields among them are read.

        Raises:
            CannotCompile: The instance is not a dataclass, or a field holds something other than
                numbers, strings, truth values, None or tuples of numbers.
        """
        layout: list[tuple[str, str, Any]] = []
        integers: list[int] = []
        reals: list[float] = []
        tuples: list[tuple[int, str, list[Any]]] = []
        hints = _hints(type(instance))
        owner: Any = type(instance)
        if not dataclasses.is_dataclass(instance):
            raise CannotCompile(f"{place_of_class(owner)}: {owner.__name__} is not a dataclass")
        for name in [*_field_names(owner), *_class_tuples(owner)]:
            if name not in used:
                continue
            value = getattr(instance, name)
            kind = _kind(value, hints.get(name))
            if kind is None:
                raise CannotCompile(
                    f"{place_of_class(owner)}: {owner.__name__}.{name} is {value!r}; "
                    "compiled code takes numbers, strings, truth values, None and tuples of numbers"
                )
            layout.append((name, kind, value if kind == "constant" else None))
            if kind == "float":
                reals.append(float(value))
            elif kind == "int":
                integers.append(int(value))
            elif kind in ("floats", "ints"):
                tuples.append((len(integers), kind, list(value)))
                integers.extend((0, len(value)))
        for place, kind, values in tuples:
            target: list[Any] = reals if kind == "floats" else integers
            integers[place] = len(target)
            target.extend(values)
        return cls(tuple(layout), np.array(integers, np.int64), np.array(reals, np.float64))


def _field_names(owner: Any) -> list[str]:
    return [field.name for field in dataclasses.fields(owner)]


def _class_tuples(owner: Any) -> list[str]:
    """The attributes of a class that are tuples of numbers, apart from its fields."""
    fields = _field_names(owner)
    return [
        name
        for name, value in class_attributes(owner)
        if isinstance(value, tuple) and name not in fields and _kind(value, None) is not None
    ]


def _kind(value: Any, hint: Any) -> str | None:
    """The kind of a value in `Fields.layout`; None where compiled code would differ from Python."""
    if value is None or type(value) in (str, bool, np.bool_):
        return "constant"
    if type(value) in (float, np.float64):
        return "float"
    if type(value) in (int, np.int64):
        if hint is float or float in typing.get_args(hint):
            return "float"
        return "int" if -(2**63) <= value < 2**63 else None
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        kinds = {_kind(item, None) for item in value}
        if kinds <= {"float", "int"}:
            wants_floats = any(
                float in typing.get_args(part) for part in (hint, *typing.get_args(hint))
            )
            return "ints" if kinds == {"int"} and not wants_floats else "floats"
    return None


def _hints(owner: type) -> dict[str, Any]:
    """The annotations of a class; empty where they cannot be evaluated at run time."""
    try:
        return typing.get_type_hints(owner)
    except (NameError, TypeError):  # only a type checker can resolve such an annotation
        return {}


def self_type(
    owner: Any, layout: tuple[tuple[str, str, Any], ...], used: Collection[str], twins: Twins
) -> tuple[types.Type, Any]:
    """The type of `self` in compiled code.

    Args:
        owner: The dataclass.
        layout: `Fields.layout`.
        used: Names in the code of the method; only methods and constants among them are there.
        twins: Makes its methods ready.

    Returns:
        The type, and a compiled function (integers, reals) -> self.
    """
    members: dict[str, types.Type] = {}
    for name, kind, _ in layout:
        if kind in _SCALARS:
            members[name] = _SCALARS[kind]
        elif kind != "constant":
            members[name] = vector_types[kind]
    struct, _ = define_struct(owner.__name__, members or {"_nothing": types.int64}, __name__)
    for name, kind, constant in layout:
        if kind == "constant":
            add_constant(
                type(struct),
                name,
                constant if constant is None or isinstance(constant, str) else bool(constant),
            )
    own_fields = _field_names(owner)
    for name, value in class_attributes(owner):
        if name in own_fields:
            continue
        if isinstance(value, staticmethod):
            continue
        if name not in used:
            continue
        if isinstance(value, python_types.FunctionType):
            options = compile_options(value)
            overload_method(type(struct), name, strict=False, jit_options=options)(
                _constantly(twins.of(value))
            )
        elif isinstance(value, property) and value.fget is not None:
            options = compile_options(value.fget)
            overload_attribute(type(struct), name, strict=False, jit_options=options)(
                _constantly(twins.of(value.fget))
            )
        elif isinstance(value, int) and not fits(value):
            raise CannotCompile(f"{owner.__name__}.{name} is a whole number beyond 64 bits")
        elif isinstance(value, int | float | str):
            overload_attribute(type(struct), name)(_class_constant(value))
    return struct, struct_from_arrays(struct, layout, vector_types)


def _class_constant(value: Any) -> Callable[..., Any]:
    return lambda self: lambda self: value


def _constantly(implementation: Any) -> Callable[..., Any]:
    """A function for Numba that chooses `implementation` whatever the arguments' types."""

    def choose(*arguments: Any, **keywords: Any) -> Any:
        return implementation

    choose.__signature__ = inspect.signature(implementation)  # type: ignore[attr-defined]
    return choose
