"""Structs of compiled code that are kept in memory.

Knows: how a struct is saved in an array, or on the stack for a function that is called by address.
Does not know: what its fields mean.
"""

from typing import Any

from numba import types
from numba.extending import intrinsic

from hivemind_abm.engine.numba_internals import cgutils, ir, member

__all__ = ["kept_at", "kept_in_memory", "kept_on_stack", "words_in"]


def kept_in_memory(struct: Any) -> tuple[Any, Any]:
    """Two compiled functions that store a struct of numbers and addresses in memory.

    Each field takes one 64-bit word.

    Returns:
        (struct, address) -> nothing, which saves it; and (address) -> struct, which loads it.
    """

    def places(builder: Any, address: Any) -> Any:
        for index, (name, kind) in enumerate(struct.members.items()):
            yield name, kind, builder.gep(address, [ir.Constant(ir.IntType(64), index)])

    @intrinsic
    def save(typingctx: Any, value: Any, address: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            proxy = cgutils.create_struct_proxy(struct)(context, builder, value=arguments[0])
            for name, kind, place in places(builder, arguments[1]):
                item = getattr(proxy, member(name))
                builder.store(
                    item, builder.bitcast(place, context.get_value_type(kind).as_pointer())
                )
            return context.get_dummy_value()

        return types.void(struct, address), codegen

    @intrinsic
    def load(typingctx: Any, address: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            proxy = cgutils.create_struct_proxy(struct)(context, builder)
            for name, kind, place in places(builder, arguments[0]):
                pointer = builder.bitcast(place, context.get_value_type(kind).as_pointer())
                setattr(proxy, member(name), builder.load(pointer))
            return proxy._getvalue()

        return struct(address), codegen

    return save, load


def words_in(struct: Any) -> int:
    """How many 64-bit words are enough to keep a struct, with the structs in its fields."""
    return sum(
        words_in(kind) if hasattr(kind, "members") else 1 for kind in struct.members.values()
    )


def kept_at(struct: Any) -> Any:
    """A compiled function (struct, address) -> nothing that stores a struct at an address.

    The address is a whole number, of at least `words_in(struct)` words.  What `kept_on_stack`
    returns loads it.
    """

    @intrinsic
    def keep(typingctx: Any, value: Any, address: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            kind = context.get_value_type(struct)
            builder.store(arguments[0], builder.inttoptr(arguments[1], kind.as_pointer()))
            return context.get_dummy_value()

        return types.void(struct, types.int64), codegen

    return keep


def kept_on_stack(struct: Any) -> tuple[Any, Any]:
    """Two compiled functions that pass a struct to another function by its address.

    Returns:
        (struct) -> address, which stores it on the stack of the calling function; and (address) ->
        struct, which loads it.  The address is a whole number.
    """

    @intrinsic
    def keep(typingctx: Any, value: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            place = cgutils.alloca_once(builder, context.get_value_type(struct))
            builder.store(arguments[0], place)
            return builder.ptrtoint(place, ir.IntType(64))

        return types.int64(struct), codegen

    @intrinsic
    def load(typingctx: Any, address: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            kind = context.get_value_type(struct)
            base = builder.inttoptr(arguments[0], kind.as_pointer())
            value = cgutils.create_struct_proxy(struct)(context, builder)
            for index, name in enumerate(struct.members):
                zero = ir.Constant(ir.IntType(32), 0)
                place = builder.gep(base, [zero, ir.Constant(ir.IntType(32), index)])
                setattr(value, member(name), builder.load(place))
            return value._getvalue()

        return struct(types.int64), codegen

    return keep, load
