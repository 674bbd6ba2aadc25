"""Operations of compiled code that Python has no syntax for.

Knows: single instructions: addresses, memory on the stack, calls of machine code, 128-bit products.
Does not know: what they are used for.
"""

from typing import Any

from numba import types
from numba.extending import intrinsic

from hivemind_abm.engine.numba_internals import cgutils, external_function, ir

__all__ = [
    "address_of",
    "advance",
    "bytes_at",
    "call_at",
    "checked_arithmetic",
    "four_words",
    "integers32_at",
    "integers_at",
    "libm",
    "multiply_high_low",
    "pointer",
    "read_only",
    "reals_at",
    "sixty_four_words",
    "words_at",
]


@intrinsic
def pointer(typingctx: Any, array: Any, index: Any) -> Any:
    """The address of element `index` of a C-contiguous array, counted in the flattened array.

    The array must outlive the use of the address.
    """

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.gep(data, [arguments[1]])

    return types.CPointer(array.dtype)(array, types.intp), codegen


@intrinsic
def advance(typingctx: Any, address: Any, index: Any) -> Any:
    """The address that lies `index` elements after `address`."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.gep(arguments[0], [arguments[1]])

    return address(address, types.intp), codegen


@intrinsic
def address_of(typingctx: Any, place: Any) -> Any:
    """An address as a whole number, for the arguments of `call_at`."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ptrtoint(arguments[0], ir.IntType(64))

    return types.int64(place), codegen


def _place_of(name: str, kind: Any) -> Any:
    def place(typingctx: Any, address: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

        return types.CPointer(kind)(types.int64), codegen

    place.__name__ = place.__qualname__ = name
    place.__doc__ = f"The place of {kind} numbers at an address that is a whole number."
    return intrinsic(place)


integers_at = _place_of("integers_at", types.int64)
integers32_at = _place_of("integers32_at", types.int32)
reals_at = _place_of("reals_at", types.float64)
words_at = _place_of("words_at", types.uint64)
bytes_at = _place_of("bytes_at", types.uint8)


def _words(name: str, number: int) -> Any:
    def words(typingctx: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            memory = cgutils.alloca_once(builder, ir.ArrayType(ir.IntType(64), number))
            return cgutils.gep_inbounds(builder, memory, 0, 0)

        return types.CPointer(types.uint64)(), codegen

    words.__name__ = words.__qualname__ = name
    words.__doc__ = (
        f"The address of {number} unsigned 64-bit integers on the stack of the calling function."
    )
    return intrinsic(words)


four_words, sixty_four_words = _words("four_words", 4), _words("sixty_four_words", 64)


@intrinsic
def call_at(typingctx: Any, address: Any, arguments: Any) -> Any:
    """Call the compiled loop at an address.

    Args:
        typingctx: Passed by Numba.
        address: The loop's address, `Loop.address`.
        arguments: A tuple of arguments whose types are exactly those of the loop's signature.
    """

    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kinds, convention = tuple(signature.args[1]), context.call_conv
        function = convention.get_function_type(types.int64, kinds)
        callee = builder.inttoptr(values[0], function.as_pointer())
        given = cgutils.unpack_tuple(builder, values[1])
        status, result = convention.call_function(builder, callee, types.int64, kinds, given)
        with cgutils.if_unlikely(builder, status.is_error):
            convention.return_status_propagate(builder, status)
        return result

    return types.int64(types.int64, arguments), codegen


@intrinsic
def multiply_high_low(typingctx: Any, a: Any, b: Any) -> Any:
    """The upper and the lower 64 bits of the product of two unsigned 64-bit integers."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide, word = ir.IntType(128), ir.IntType(64)
        product = builder.mul(builder.zext(arguments[0], wide), builder.zext(arguments[1], wide))
        high = builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), word)
        return context.make_tuple(
            builder, signature.return_type, [high, builder.trunc(product, word)]
        )

    return types.UniTuple(types.uint64, 2)(types.uint64, types.uint64), codegen


@intrinsic
def read_only(typingctx: Any, array: Any) -> Any:
    """The same array, which compiled code then cannot write to."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        context.nrt.incref(builder, signature.return_type, arguments[0])
        return arguments[0]

    return array.copy(readonly=True)(array), codegen


def checked_arithmetic(operation: str) -> Any:
    """A compiled function (a, b) -> (result, whether it left 64 bits) of whole numbers.

    Args:
        operation: "add", "sub" or "mul".
    """

    @intrinsic
    def calculate(typingctx: Any, a: Any, b: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            numbers = [
                context.cast(builder, value, kind, types.int64)
                for value, kind in zip(arguments, signature.args, strict=True)
            ]
            both = getattr(builder, f"s{operation}_with_overflow")(*numbers)
            items = [builder.extract_value(both, 0), builder.extract_value(both, 1)]
            return context.make_tuple(builder, signature.return_type, items)

        return types.Tuple((types.int64, types.boolean))(a, b), codegen

    return calculate


def libm(name: str, arguments: int) -> Any:
    """A function of the C library's mathematics, the very one that Python's `math` calls.

    It has a name that the compiler does not know, so that no call is replaced by something faster.

    Args:
        name: Its name in C, a function of double numbers.
        arguments: How many.

    Returns:
        A function for compiled code.
    """
    return external_function(f"hivemind_{name}", name, arguments)
