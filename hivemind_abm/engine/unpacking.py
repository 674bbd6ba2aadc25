"""`a, b = value` in compiled code, where the value is a struct that stands for a tuple.

Knows: which fields such a struct gives, in which order.  Does not know: what they mean.
"""

from typing import Any

from numba.extending import overload

from hivemind_abm.engine.structs import StructType

__all__ = ["stands_for_tuple", "unpacked"]


def stands_for_tuple(struct: Any, first: str, second: str) -> None:
    """Let `a, b = value` work for a struct, as for a tuple of these two fields.

    Args:
        struct: The type from `define_struct`.
        first: The name of the first field.
        second: The name of the second one.
    """
    type(struct).pair = (first, second)


def unpacked(value: Any) -> Any:
    """The value, or the tuple that it stands for."""
    return value


@overload(unpacked, strict=False, jit_options={"forceinline": True})
def _unpacked(value: Any) -> Any:
    pair = value.pair if isinstance(value, StructType) else None
    if pair is None:
        return lambda value: value
    scope: dict[str, Any] = {}
    exec(f"def both(value):\n    return value.{pair[0]}, value.{pair[1]}", scope)
    return scope["both"]
