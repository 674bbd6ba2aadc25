"""Values of compiled code with named fields and methods, and named tuples of arrays.

Knows: how a struct is defined from one list of fields, how plain functions become its methods, and
the compiled type of a named tuple of arrays.  Does not know: what the fields mean.
"""

import inspect
import sys
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple, get_args, get_type_hints

import numpy as np
from numba import types
from numba.extending import (
    make_attribute_wrapper,
    models,
    overload,
    overload_attribute,
    overload_method,
    register_model,
)

from hivemind_abm.engine.numba_internals import (
    define_iterator,
    empty_struct,
    member,
    row_loader,
    with_fields,
)
from hivemind_abm.engine.struct_memory import kept_at, kept_in_memory, kept_on_stack, words_in

__all__ = [
    "INLINED",
    "Flags",
    "Int32",
    "Integers",
    "Integers32",
    "Reals",
    "StructType",
    "Table",
    "Table32",
    "Words",
    "columns_of",
    "define_iterator",
    "define_struct",
    "empty_struct",
    "kept_at",
    "kept_in_memory",
    "kept_on_stack",
    "method_of",
    "operation_of",
    "pointers_to",
    "property_of",
    "record_type",
    "row_loader",
    "takes_whole_number",
    "with_fields",
    "words_in",
]

# Annotations for the arrays of a named tuple in compiled code: C-contiguous, with a fixed dtype and
# number of dimensions.
Integers = Annotated[np.ndarray, types.int64[::1]]
Integers32 = Annotated[np.ndarray, types.int32[::1]]
Reals = Annotated[np.ndarray, types.float64[::1]]
Flags = Annotated[np.ndarray, types.boolean[::1]]
Table = Annotated[np.ndarray, types.float64[:, ::1]]
Table32 = Annotated[np.ndarray, types.int32[:, ::1]]
Words = Annotated[np.ndarray, types.uint64[:, ::1]]

Int32 = Annotated[int, types.int32]  # a field of a row that is stored in 32 bits

_SCALARS = {int: types.int64, float: types.float64, bool: types.boolean}
INLINED = {"forceinline": True, "error_model": "numpy"}


class StructType(types.IterableType):
    """The type of a struct; `for` can iterate over a struct after a call of `define_iterator`.

    Attributes:
        iterator: The type of the iterator, or None where there is none.
        members: The type of each field.
        as_tuple: Makes the tuple that it stands for, or None; see `unpacking`.
    """

    iterator: Any = None
    as_tuple: Any = None
    members: dict[str, types.Type]

    @property
    def iterator_type(self) -> Any:
        """The attribute that Numba reads."""
        return self.iterator


def _define_struct_type(name: str, fields: dict[str, types.Type], module: str) -> Any:
    """A new struct type.

    Args:
        name: The type's name; its class is called `nameType`.
        fields: The type of each field.
        module: The module from which the class can be imported.

    Returns:
        The type; its class is `type(result)`.
    """
    type_class = type(f"{name}Type", (StructType,), {"__module__": module})
    struct = type_class(name)
    struct.members = fields
    members = [(member(field), kind) for field, kind in fields.items()]

    class Model(models.StructModel):
        def __init__(self, manager: Any, fe_type: Any) -> None:
            super().__init__(manager, fe_type, members)

    register_model(type_class)(Model)
    for field in fields:
        make_attribute_wrapper(type_class, member(field), field)
    return struct


def record_type(record: type) -> Any:
    """The compiled type of a named tuple.

    Args:
        record: The named tuple; its fields are annotated with `Integers`, `Reals` and so on, with
            int, float or bool, or with another such named tuple.
    """
    hints = get_type_hints(record, include_extras=True)
    kinds = [_compiled_type(hints[name]) for name in record._fields]  # type: ignore[attr-defined]
    return types.NamedTuple(kinds, record)


def _compiled_type(hint: Any) -> Any:
    """The compiled type of one field; a number in a row has 64 bits, however it is stored."""
    if hint == Int32:
        return types.int64
    if hasattr(hint, "_fields"):
        return record_type(hint)
    return _SCALARS.get(hint) or get_args(hint)[1]


def columns_of(row: type, name: str, module: str) -> Any:
    """A named tuple of arrays that holds many rows: one array per field, under the same names.

    Args:
        row: A named tuple whose fields are annotated with int, float, bool or `Int32`.
        name: The name of the result.
        module: The module from which the result can be imported.
    """
    hints = get_type_hints(row, include_extras=True)
    kinds = {
        field: (get_args(hint) or (hint, _SCALARS.get(hint)))[1] for field, hint in hints.items()
    }
    columns = NamedTuple(  # type: ignore[misc]
        name, [(field, Annotated[np.ndarray, kind[::1]]) for field, kind in kinds.items()]
    )
    columns.__module__ = module
    return columns


def pointers_to(record: type) -> dict[str, types.Type]:
    """The struct fields for a named tuple: addresses for its arrays, values for its numbers.

    The names get a leading underscore.  Truth values in an array are read as 0 and 1.
    """
    kinds = record_type(record)
    return {
        f"_{name}": types.CPointer(_stored(kind.dtype)) if isinstance(kind, types.Array) else kind
        for name, kind in zip(kinds.fields, kinds.types, strict=True)
    }


def _stored(kind: Any) -> Any:
    return types.uint8 if kind == types.boolean else kind


def define_struct(name: str, fields: dict[str, types.Type], module: str) -> tuple[Any, Any]:
    """Define a value type of compiled code with named fields.

    Args:
        name: The type's name; its class is called `nameType`.
        fields: The type of each field.
        module: The module that gets the class.  The class must be importable, so that compiled
            functions that return the type can be stored on disk.

    Returns:
        The type, and a compiled function without arguments that returns a value in which all fields
        are 0; `with_fields` fills it.
    """
    struct = _define_struct_type(name, fields, module)
    setattr(sys.modules[module], f"{name}Type", type(struct))
    return struct, empty_struct(struct)


def method_of(struct: Any, when: Callable[..., bool] | None = None) -> Callable[[Any], Any]:
    """A decorator that makes a plain function an inlined method of a compiled type.

    Args:
        struct: The type from `define_struct`.
        when: Called with the types of the arguments; returns whether the method takes them.
    """

    def register(implementation: Any) -> Any:
        def choose(*arguments: Any, **keywords: Any) -> Any:
            return implementation if when is None or when(*arguments, **keywords) else None

        choose.__signature__ = inspect.signature(implementation)  # type: ignore[attr-defined]
        overload_method(type(struct), implementation.__name__, strict=False, jit_options=INLINED)(
            choose
        )
        return implementation

    return register


def takes_whole_number(self: Any, number: Any) -> bool:
    """For `when`: whether the argument's type is that of whole numbers or truth values."""
    return isinstance(number, types.Integer | types.Boolean)


def property_of(struct: Any) -> Callable[[Any], Any]:
    """As `method_of`, for a property."""

    def register(implementation: Any) -> Any:
        overload_attribute(
            type(struct), implementation.__name__, strict=False, jit_options=INLINED
        )(lambda self: implementation)
        return implementation

    return register


def operation_of(
    struct: Any, function: Any, when: Callable[..., bool] | None = None
) -> Callable[[Any], Any]:
    """As `method_of`, for a function or operator such as `len` or `operator.getitem`."""

    def register(implementation: Any) -> Any:
        def choose(*arguments: Any) -> Any:
            if not isinstance(arguments[0], type(struct)) or (
                when is not None and not when(*arguments)
            ):
                return None
            return implementation

        choose.__signature__ = inspect.signature(implementation)  # type: ignore[attr-defined]
        overload(function, strict=False, jit_options=INLINED)(choose)
        return implementation

    return register
