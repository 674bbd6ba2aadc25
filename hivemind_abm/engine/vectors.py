"""Tuples and arrays of numbers in compiled code, as addresses with a length.

Knows: indexing, iteration, `len` and `in`, which raise Python's errors.  Does not know: whose
numbers they are.
"""

import operator
from typing import Any, NamedTuple

from numba import types

from hivemind_abm.engine.numba_internals import njit
from hivemind_abm.engine.structs import (
    INLINED,
    define_iterator,
    define_struct,
    operation_of,
    property_of,
    takes_whole_number,
    with_fields,
)

__all__ = ["read_only_integers", "read_only_view", "vector_types", "writable_view"]


def _vector(name: str, kind: types.Type) -> tuple[Any, Any]:
    """A tuple of numbers with indexing, iteration, `len` and `in`.

    A rule that uses any other operation on it runs interpreted.
    """
    vector, empty = define_struct(
        name, {"_first": types.CPointer(kind), "_length": types.int64}, __name__
    )

    @operation_of(vector, len)
    def length(self):  # type: ignore[no-untyped-def]
        return self._length

    @operation_of(vector, operator.getitem, when=takes_whole_number)
    def item(self, index):  # type: ignore[no-untyped-def]
        place = index + self._length if index < 0 else index
        if place < 0 or place >= self._length:
            raise IndexError("tuple index out of range")
        return self._first[place]

    @operation_of(vector, operator.contains)
    def contains(self, value):  # type: ignore[no-untyped-def]
        for place in range(self._length):  # noqa: SIM110
            if self._first[place] == value:
                return True
        return False

    define_iterator(vector, kind)
    return vector, empty


class _Place(NamedTuple):
    """Where the numbers start, and how many there are."""

    first: Any
    length: int


def _view(name: str, writable: bool, kind: types.Type = types.float64) -> tuple[Any, Any]:
    """The type of an array of numbers that costs nothing to pass on, and how one is built.

    Args:
        name: The type's name.
        writable: Whether numbers can be written into it.
        kind: The type of a number.

    Returns:
        The type, and a compiled function (place, length) -> view.
    """
    view, empty = _vector(name, kind)

    @property_of(view)
    def size(self):  # type: ignore[no-untyped-def]
        return self._length

    if writable:

        @operation_of(view, operator.setitem, when=_takes_number)
        def set_item(self, index, value):  # type: ignore[no-untyped-def]
            place = index + self._length if index < 0 else index
            if place < 0 or place >= self._length:
                raise IndexError("index out of range")
            self._first[place] = value

    def build(place, length):  # type: ignore[no-untyped-def]
        return with_fields(empty(), _Place(place, length))

    return view, njit(build, **INLINED)


def _takes_number(self: Any, index: Any, value: Any) -> bool:
    """Whether compiled code can write such a value at such an index of a view."""
    is_number = isinstance(value, types.Float | types.Integer | types.Boolean)
    return takes_whole_number(self, index) and is_number


# Tuples of numbers, as the fields of dataclasses hold them.
vector_types = {
    "floats": _vector("RealVector", types.float64)[0],
    "ints": _vector("IntegerVector", types.int64)[0],
}
_, read_only_view = _view("ReadOnlyView", writable=False)
_, read_only_integers = _view("ReadOnlyIntegers", writable=False, kind=types.int64)
_, writable_view = _view("WritableView", writable=True)
