"""Everything that uses private parts of Numba and llvmlite.

Knows: how values, addresses and calls of compiled code become instructions, how a compiled function
finds its machine code in a cache, and the versions of Numba for which this is tested.  Does not
know: what the values mean.
"""

import ctypes
import pickle
import re
import warnings
from collections.abc import Callable
from typing import Any

import numba
from llvmlite import binding, ir
from numba import types
from numba.core import cgutils
from numba.core.caching import _Cache
from numba.core.compiler import CompileResult
from numba.core.imputils import RefType, iternext_impl
from numba.core.serialize import dumps
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    infer_getattr,
    intrinsic,
    lower_builtin,
    lower_getattr,
    models,
    register_model,
)
from numba.misc.appdirs import AppDirs

__all__ = [
    "JIT_DISABLED",
    "OverloadCache",
    "add_constant",
    "cgutils",
    "define_iterator",
    "empty_struct",
    "entry_and_address",
    "external_function",
    "ir",
    "member",
    "njit",
    "row_loader",
    "struct_from_arrays",
    "user_cache_folder",
    "with_fields",
]

TRIED = ((0, 61), (0, 69))  # the first tested version, and the first untested one


def _check_version() -> None:
    version = tuple(map(int, re.findall(r"\d+", numba.__version__)[:2]))
    if not TRIED[0] <= version < TRIED[1]:
        first, end = (".".join(map(str, bound)) for bound in TRIED)
        raise ImportError(
            f"hivemind_abm needs Numba from {first} to below {end}, not {numba.__version__}: "
            "it uses parts of Numba that change from version to version"
        )


def _keep_compiling() -> bool:
    """Whether NUMBA_DISABLE_JIT asks for plain Python, of which the library has no form."""
    disabled = bool(numba.config.DISABLE_JIT)
    if disabled:
        numba.config.DISABLE_JIT = 0
        warnings.warn(
            "NUMBA_DISABLE_JIT is set: users' methods run interpreted; the library's own machine "
            "code, and Numba in this process, stay in use",
            RuntimeWarning,
            stacklevel=2,
        )
    return disabled


_check_version()
JIT_DISABLED = _keep_compiling()


def member(field: str) -> str:
    """The name of a field inside Numba, which reserves names with a leading underscore."""
    return f"f{field}"


def empty_struct(struct: Any) -> Any:
    """A compiled function without arguments that returns a struct in which all fields are 0."""

    @intrinsic
    def empty(typingctx: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return context.get_constant_null(struct)

        return struct(), codegen

    return empty


@intrinsic
def with_fields(typingctx: Any, struct: Any, record: Any) -> Any:
    """A copy of the struct with new values in the fields that a named tuple has.

    A field of an array gets the address of the array's data; the array must outlive the struct.  A
    field of the struct may have an underscore before the name in the tuple.

    Args:
        typingctx: Passed by Numba.
        struct: The struct.
        record: The named tuple.
    """
    names = [name if name in struct.members else f"_{name}" for name in record.fields]

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value = cgutils.create_struct_proxy(struct)(context, builder, value=arguments[0])
        for index, (name, kind) in enumerate(zip(names, record.types, strict=True)):
            item = builder.extract_value(arguments[1], index)
            if isinstance(kind, types.Array):
                item = context.make_array(kind)(context, builder, item).data
            else:
                item = context.cast(builder, item, kind, struct.members[name])
            setattr(value, member(name), item)
        return value._getvalue()

    return struct(struct, record), codegen


def row_loader(row: Any) -> Any:
    """A compiled function (struct, index) -> row that reads each field of a named tuple.

    Field `name` of the row is read at the address in the struct's field `_name`.  Whole numbers are
    read by an atomic load.  The x86 backend would merge a plain load into a conditional move and
    then turn that into a branch; the processor predicts this branch badly where the condition is a
    coin toss.

    Args:
        row: The compiled type of the named tuple.
    """

    @intrinsic
    def load(typingctx: Any, struct: Any, index: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            value = cgutils.create_struct_proxy(struct)(context, builder, value=arguments[0])
            items = []
            for name, kind in zip(row.fields, row.types, strict=True):
                stored = struct.members[f"_{name}"].dtype
                place = builder.gep(getattr(value, member(f"_{name}")), [arguments[1]])
                whole = isinstance(stored, types.Integer)
                item = (
                    builder.load_atomic(place, "monotonic", stored.bitwidth // 8)
                    if whole
                    else context.unpack_value(builder, stored, place)
                )
                items.append(context.cast(builder, item, stored, kind))
            return context.make_tuple(builder, row, items)

        return row(struct, types.intp), codegen

    return load


def struct_from_arrays(struct: Any, layout: Any, vectors: dict[str, Any]) -> Any:
    """A compiled function (integers, reals) -> struct that reads each field from two arrays.

    In place of an array it takes the address of its first number.

    Args:
        struct: The struct type.
        layout: For each field its name, its kind and something else.  A "float" is the next number
            of `reals`, an "int" the next one of `integers`.  "floats" and "ints" take two of
            `integers`: where they start in their array, and their length.
        vectors: The struct types of "floats" and "ints", with fields `_first` and `_length`.
    """

    @intrinsic
    def build(typingctx: Any, integers: Any, reals: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            whole, real = (
                value
                if isinstance(kind, types.CPointer)
                else context.make_array(kind)(context, builder, value).data
                for kind, value in zip(signature.args, arguments, strict=True)
            )

            def at(data: Any, index: int) -> Any:
                return builder.load(builder.gep(data, [ir.Constant(ir.IntType(64), index)]))

            value = cgutils.create_struct_proxy(struct)(context, builder)
            next_whole = next_real = 0
            for name, kind, _ in layout:
                if kind == "float":
                    setattr(value, member(name), at(real, next_real))
                    next_real += 1
                elif kind == "int":
                    setattr(value, member(name), at(whole, next_whole))
                    next_whole += 1
                elif kind in vectors:
                    vector = cgutils.create_struct_proxy(vectors[kind])(context, builder)
                    source = real if kind == "floats" else whole
                    vector.f_first = builder.gep(source, [at(whole, next_whole)])
                    vector.f_length = at(whole, next_whole + 1)
                    setattr(value, member(name), vector._getvalue())
                    next_whole += 2
            return value._getvalue()

        return struct(integers, reals), codegen

    return build


def add_constant(type_class: type[types.Type], name: str, constant: Any) -> None:
    """Add an attribute to a struct whose value is part of the machine code.

    Branches that depend on it are resolved at compile time.
    """
    truth = isinstance(constant, bool)
    kind = types.boolean if truth else types.none if constant is None else types.literal(constant)

    class Template(AttributeTemplate):
        key = type_class

    def resolve(self: Any, struct: Any) -> Any:
        return kind

    setattr(Template, f"resolve_{name}", resolve)
    infer_getattr(Template)

    @lower_getattr(type_class, name)
    def lower(context: Any, builder: Any, struct: Any, value: Any) -> Any:
        return context.get_constant(types.boolean, constant) if truth else context.get_dummy_value()


class _Iterator(types.SimpleIteratorType):
    def __init__(self, container: types.Type, item: types.Type) -> None:
        self.container = container
        super().__init__(f"iterator({container})", item)


@register_model(_Iterator)
class _IteratorModel(models.StructModel):
    def __init__(self, manager: Any, fe_type: Any) -> None:
        members = [
            ("container", fe_type.container),
            ("index", types.EphemeralPointer(types.intp)),
        ]
        super().__init__(manager, fe_type, members)


def define_iterator(container: Any, item: types.Type) -> None:
    """Let `for` iterate over a struct that has `len` and items of type `item` by index."""
    iterator = _Iterator(container, item)
    type(container).iterator = iterator

    @lower_builtin("getiter", type(container))
    def getiter(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value = cgutils.create_struct_proxy(iterator)(context, builder)
        value.container = arguments[0]
        value.index = cgutils.alloca_once_value(builder, context.get_constant(types.intp, 0))
        return value._getvalue()


@lower_builtin("iternext", _Iterator)
@iternext_impl(RefType.UNTRACKED)
def _next(context: Any, builder: Any, signature: Any, arguments: Any, result: Any) -> None:
    (iterator,) = signature.args
    value = cgutils.create_struct_proxy(iterator)(context, builder, value=arguments[0])
    container, index = iterator.container, builder.load(value.index)
    length = context.compile_internal(
        builder, lambda c: len(c), types.intp(container), [value.container]
    )
    valid = builder.icmp_signed("<", index, length)
    result.set_valid(valid)
    with builder.if_then(valid):
        signature = iterator.yield_type(container, types.intp)
        item = context.compile_internal(
            builder, lambda c, i: c[i], signature, [value.container, index]
        )
        result.yield_(item)
        builder.store(builder.add(index, context.get_constant(types.intp, 1)), value.index)


class OverloadCache(_Cache):
    """Where a compiled function looks for its machine code before it compiles, and stores it after.

    A subclass writes `read` and `write`; `use_for` gives the cache to a compiled function.
    """

    cache_path = ""

    def use_for(self, dispatcher: Any) -> None:
        """Make a compiled function use this cache."""
        dispatcher._cache = self

    def read(self, signature: str, target: str) -> bytes | None:
        """The machine code stored for a signature and a processor, or None."""
        raise NotImplementedError

    def write(self, signature: str, target: str, content: bytes) -> None:
        """Store machine code for a signature and a processor."""
        raise NotImplementedError

    def load_overload(self, signature: Any, context: Any) -> Any:
        """The method that Numba calls before it compiles; None if nothing is stored."""
        context.refresh()
        content = self.read(str(signature), repr(context.codegen().magic_tuple()))
        if content is None:
            return None
        try:
            return CompileResult._rebuild(context, *pickle.loads(content))
        except Exception:  # whatever is wrong with the stored code, it is compiled again
            return None

    def save_overload(self, signature: Any, result: Any) -> None:
        """The method that Numba calls after it has compiled."""
        target = repr(result.target_context.codegen().magic_tuple())
        self.write(str(signature), target, dumps(result._reduce()))

    def flush(self) -> None:
        """Does nothing: a stale file is never found."""

    enable = disable = flush  # Numba asks for all three


def njit(function: Callable[..., Any], **options: Any) -> Any:
    """The function as Numba compiles it."""
    return numba.njit(**options)(function)


def entry_and_address(dispatcher: Any, signature: Any) -> tuple[Callable[..., Any], int]:
    """Compile a function for one signature.

    Returns:
        The function as Python calls it, without any check of its arguments; and the address of its
        machine code, for `call_at`.
    """
    dispatcher.compile(signature)
    overload = dispatcher.overloads[signature.args]
    address = overload.library.get_pointer_to_function(overload.fndesc.mangled_name)
    return overload.entry_point, address


def user_cache_folder() -> str:
    """The folder in which this system stores a user's caches, with a subfolder for this package."""
    return str(AppDirs("hivemind_abm", appauthor=False).user_cache_dir)


def external_function(symbol: str, name: str, arguments: int) -> Any:
    """A function of double numbers from the C library, for compiled code, under another name.

    Args:
        symbol: What machine code calls it; known from now on in this process.
        name: Its name in C.
        arguments: How many it takes.
    """
    function = getattr(ctypes.CDLL(None), name)
    binding.add_symbol(symbol, ctypes.cast(function, ctypes.c_void_p).value)
    return types.ExternalFunction(symbol, types.float64(*[types.float64] * arguments))
