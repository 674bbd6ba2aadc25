"""`a, b = value` in compiled code, where the value is a struct that stands for a tuple.

Knows: which function makes the tuple of such a struct.  Does not know: what its fields mean.
"""

from collections.abc import Callable
from typing import Any

from numba.extending import overload

from hivemind_abm.engine.structs import StructType

__all__ = ["stands_for_tuple", "unpacked"]


def stands_for_tuple(struct: Any) -> Callable[[Any], Any]:
    """A decorator: `a, b = value` unpacks what the function makes of a struct.

    Args:
        struct: The type from `define_struct`.  The function's argument must be called `value`.
    """

    def register(as_tuple: Any) -> Any:
        type(struct).as_tuple = staticmethod(as_tuple)
        return as_tuple

    return register


def unpacked(value: Any) -> Any:
    """The value, or the tuple that it stands for."""
    return value


@overload(unpacked, strict=False, jit_options={"forceinline": True})
def _unpacked(value: Any) -> Any:
    as_tuple = value.as_tuple if isinstance(value, StructType) else None
    return as_tuple or (lambda value: value)
