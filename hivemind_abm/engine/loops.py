"""A plain Python method on a frozen dataclass becomes machine code, through Numba.

Knows: how a dataclass's fields travel into compiled code, how a method is compiled into a loop over bees, where the machine
code is kept on disk, and how to say in one line why a method can't be compiled.  Does not know: bees, bandits or learners.
"""

import dataclasses
import dis
import enum
import hashlib
import inspect
import operator
import os
import pickle
import re
import sys
import tempfile
import types as python_types
import typing
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.caching import _Cache
from numba.core.compiler import CompileResult
from numba.core.datamodel import models
from numba.core.errors import TypingError
from numba.core.imputils import RefType, iternext_impl, lower_builtin, lower_getattr
from numba.core.serialize import dumps
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import (
    intrinsic,
    make_attribute_wrapper,
    overload,
    overload_attribute,
    overload_method,
    register_model,
)
from numba.misc.appdirs import AppDirs

__all__ = [
    "CannotCompile",
    "Fields",
    "Loop",
    "advance",
    "call_at",
    "compile_loop",
    "compiled",
    "define_struct",
    "entry_of",
    "four_words",
    "iterated_as",
    "method_of",
    "multiply_high_low",
    "must_return",
    "operation_of",
    "pointer",
    "property_of",
    "sixty_four_words",
    "steady_load",
]


class CannotCompile(Exception):
    """A method that Numba can't compile; `str()` of it names the file, the line and the cause."""


# ---------------------------------------------------------------------------------------------------------------------
# The library's own compiled functions, and the cache on disk


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a function of the library (a decorator); the machine code is kept on disk between processes."""
    dispatcher = numba.njit(nogil=True, error_model="numpy")(function)
    dispatcher._cache = _DiskCache(f"{function.__module__}.{function.__qualname__}")
    return dispatcher


class _DiskCache(_Cache):
    """Machine code under a name made of everything it depends on, so that a stale file can't be loaded.

    Numba's own cache looks at one source file only, and would keep code into which an older version of another file has
    been inlined.
    """

    def __init__(self, name: str, fingerprint: str = "") -> None:
        self._name = name
        self._fingerprint = fingerprint

    @property
    def cache_path(self) -> str:
        return str(_cache_folder())

    def _file(self, signature: Any, context: Any) -> Path:
        parts = (
            _library_fingerprint(),
            self._name,
            self._fingerprint,
            str(signature),
            repr(context.codegen().magic_tuple()),
        )
        digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
        stem = re.sub(r"[^\w.]", "", self._name)[-60:]
        return _cache_folder() / f"{stem}-{digest}.machine"

    def load_overload(self, signature: Any, context: Any) -> Any:
        context.refresh()
        try:
            payload = pickle.loads(self._file(signature, context).read_bytes())
            return CompileResult._rebuild(context, *payload)
        except FileNotFoundError:
            return None
        except Exception:  # whatever is wrong with a file of the cache, compiling again mends it
            return None

    def save_overload(self, signature: Any, result: Any) -> None:
        file = self._file(signature, result.target_context)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=file.parent)
            with os.fdopen(handle, "wb") as stream:
                stream.write(dumps(result._reduce()))
            os.replace(temporary, file)
        except OSError:
            pass  # a read-only home or a full disk costs the next process a compilation, nothing else

    def enable(self) -> None: ...

    def disable(self) -> None: ...

    def flush(self) -> None: ...


def _cache_folder() -> Path:
    base = numba.config.CACHE_DIR or AppDirs("hivemind_abm", appauthor=False).user_cache_dir
    return Path(base) / "hivemind_abm"


@cache
def _library_fingerprint() -> str:
    digest = hashlib.sha256(f"{numba.__version__} {np.__version__}".encode())
    for file in sorted(Path(__file__).parents[1].rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


# ---------------------------------------------------------------------------------------------------------------------
# Small values in compiled code: structs, pointers, 128-bit products


class _Struct(types.IterableType):
    """A value type of compiled code; it can be gone through with `for` once `iterated_as` has said what that yields."""

    iterator: "_Iterator | None" = None

    @property
    def iterator_type(self) -> "_Iterator | None":
        return self.iterator


def define_struct(
    name: str, fields: dict[str, types.Type], module: str | None = None
) -> tuple[type[types.Type], types.Type, Any]:
    """Define a value type of compiled code with named fields.

    Args:
        name: The type's name; its class is called `nameType`.
        fields: The type of each field.
        module: Where the class can be imported from, so that compiled functions that return the type can be kept on disk.

    Returns:
        The class of the type (for `method_of`), the type, and a compiled function that builds a value from a tuple.
    """
    type_class = type(f"{name}Type", (_Struct,), {"__module__": module or __name__})
    the_type = type_class(name)
    members = [
        (f"f{field}", kind) for field, kind in fields.items()
    ]  # Numba keeps names with a leading underscore

    class Model(models.StructModel):
        def __init__(self, manager: Any, fe_type: Any) -> None:
            super().__init__(manager, fe_type, members)

    register_model(type_class)(Model)
    for field in fields:
        make_attribute_wrapper(type_class, f"f{field}", field)

    @intrinsic
    def build(typingctx: Any, values: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            value = cgutils.create_struct_proxy(the_type)(context, builder)
            for index, (field, wanted) in enumerate(members):
                item = builder.extract_value(arguments[0], index)
                setattr(value, field, context.cast(builder, item, signature.args[0][index], wanted))
            return value._getvalue()

        return the_type(values), codegen

    return type_class, the_type, build


def method_of(
    type_class: type[types.Type], when: Callable[..., bool] | None = None
) -> Callable[[Any], Any]:
    """Make a plain function a method, inlined, of a type of compiled code (a decorator).

    Args:
        type_class: The class from `define_struct`.
        when: Gets the types of the arguments and says whether the method takes them.
    """

    def register(implementation: Any) -> Any:
        def choose(*arguments: Any, **keywords: Any) -> Any:
            return implementation if when is None or when(*arguments, **keywords) else None

        choose.__signature__ = inspect.signature(implementation)  # type: ignore[attr-defined]
        overload_method(type_class, implementation.__name__, strict=False, jit_options=_INLINED)(
            choose
        )
        return implementation

    return register


def property_of(type_class: type[types.Type]) -> Callable[[Any], Any]:
    """As `method_of`, for a property."""

    def register(implementation: Any) -> Any:
        overload_attribute(type_class, implementation.__name__, strict=False, jit_options=_INLINED)(
            lambda self: implementation
        )
        return implementation

    return register


def operation_of(
    type_class: type[types.Type], function: Any, when: Callable[..., bool] | None = None
) -> Callable[[Any], Any]:
    """As `method_of`, for a function or operator such as `len` or `operator.getitem`."""

    def register(implementation: Any) -> Any:
        def choose(*arguments: Any) -> Any:
            if not isinstance(arguments[0], type_class) or (
                when is not None and not when(*arguments)
            ):
                return None
            return implementation

        choose.__signature__ = inspect.signature(implementation)  # type: ignore[attr-defined]
        overload(function, strict=False, jit_options=_INLINED)(choose)
        return implementation

    return register


class _Iterator(types.SimpleIteratorType):
    def __init__(self, container: types.Type, item: types.Type) -> None:
        self.container = container
        super().__init__(f"iterator({container})", item)


@register_model(_Iterator)
class _IteratorModel(models.StructModel):
    def __init__(self, manager: Any, fe_type: Any) -> None:
        members = [("container", fe_type.container), ("index", types.EphemeralPointer(types.intp))]
        super().__init__(manager, fe_type, members)


def iterated_as(container: types.Type, item: types.Type) -> None:
    """Let `for` go through a struct that has `len` and items by index, of type `item`."""
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
        result.yield_(
            context.compile_internal(
                builder, lambda c, i: c[i], signature, [value.container, index]
            )
        )
        builder.store(builder.add(index, context.get_constant(types.intp, 1)), value.index)


_INLINED = {"forceinline": True, "error_model": "numpy"}


@intrinsic
def pointer(typingctx: Any, array: Any, index: Any) -> Any:
    """The address of element `index` (counted flat) of a C-contiguous array; the array must outlive its use."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.gep(data, [arguments[1]])

    return types.CPointer(array.dtype)(array, types.intp), codegen


@intrinsic
def advance(typingctx: Any, address: Any, index: Any) -> Any:
    """The address `index` elements further on."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.gep(arguments[0], [arguments[1]])

    return address(address, types.intp), codegen


@intrinsic
def steady_load(typingctx: Any, address: Any, index: Any) -> Any:
    """Element `index` from an address, by a load that stays an instruction of its own.

    The x86 backend folds a plain load into a conditional move and then makes a branch of it, which the processor mispredicts
    every other time where the condition is a coin toss.
    """

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = builder.gep(arguments[0], [arguments[1]])
        return builder.load_atomic(place, "monotonic", address.dtype.bitwidth // 8)

    return address.dtype(address, types.intp), codegen


def _words(name: str, number: int) -> Any:
    def words(typingctx: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            memory = cgutils.alloca_once(builder, ir.ArrayType(ir.IntType(64), number))
            return cgutils.gep_inbounds(builder, memory, 0, 0)

        return types.CPointer(types.uint64)(), codegen

    words.__name__ = words.__qualname__ = name
    words.__doc__ = f"The address of {number} unsigned 64-bit integers on the stack, which end with the function that asks."
    return intrinsic(words)


four_words, sixty_four_words = _words("four_words", 4), _words("sixty_four_words", 64)


@intrinsic
def call_at(typingctx: Any, address: Any, arguments: Any) -> Any:
    """Call the compiled loop at `Loop.address` with a tuple of arguments; their types must be those of its signature."""

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
    """The upper and the lower 64 bits of the 128-bit product of two unsigned 64-bit integers."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide, word = ir.IntType(128), ir.IntType(64)
        product = builder.mul(builder.zext(arguments[0], wide), builder.zext(arguments[1], wide))
        high = builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), word)
        return context.make_tuple(
            builder, signature.return_type, [high, builder.trunc(product, word)]
        )

    return types.UniTuple(types.uint64, 2)(types.uint64, types.uint64), codegen


# ---------------------------------------------------------------------------------------------------------------------
# A dataclass's fields in compiled code

_SCALARS = {"float": types.float64, "int": types.int64}


@dataclasses.dataclass(frozen=True)
class Fields:
    """The fields of one dataclass instance that a method uses, as compiled code gets them.

    Numbers are run-time values, so that another value needs no other machine code; tuples of numbers become one-dimensional
    arrays; strings, truth values and None are constants of the machine code.

    Attributes:
        layout: Per field its name, its kind ("float", "int", "floats", "ints" or "constant") and the constant.
        integers: Whole numbers and, for a tuple, where it starts in its array and how long it is, shape (any,).
        reals: Floating-point numbers, shape (any,).
    """

    layout: tuple[tuple[str, str, Any], ...]
    integers: np.ndarray
    reals: np.ndarray

    @classmethod
    def of(cls, instance: Any, method: str) -> "Fields":
        """Read a dataclass instance for one of its methods.

        Raises:
            CannotCompile: A field holds something other than numbers, strings, None or tuples of numbers.
        """
        layout: list[tuple[str, str, Any]] = []
        integers: list[int] = []
        reals: list[float] = []
        tuples: list[tuple[int, str, list[Any]]] = []
        hints = _hints(type(instance))
        owner: Any = type(instance)
        if not dataclasses.is_dataclass(instance):
            raise CannotCompile(f"{_place_of_class(owner)}: {owner.__name__} is no dataclass")
        used = _names_used(owner, method)
        for field in dataclasses.fields(instance):
            if field.name not in used:
                continue
            value = getattr(instance, field.name)
            kind = _kind(value, hints.get(field.name))
            if kind is None:
                raise CannotCompile(
                    f"{_place_of_class(owner)}: {owner.__name__}.{field.name} is {value!r}; "
                    "compiled code takes numbers, strings, truth values, None and tuples of numbers"
                )
            layout.append((field.name, kind, value if kind == "constant" else None))
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


@cache
def _names_used(owner: Any, method: str) -> frozenset[str]:
    """All names in the code of a method and of what it calls: its fields are among them."""
    return frozenset(
        name for function in _functions_used(owner, method) for name in _names_in(function)
    )


@cache
def _functions_used(owner: Any, method: str) -> tuple[Any, ...]:
    """The method and the plain Python functions and methods that it calls, itself or through others."""
    found: list[Any] = []
    waiting = [getattr(owner, method)]
    while waiting:
        function = _plain(waiting.pop())
        if not isinstance(function, python_types.FunctionType) or function in found:
            continue
        found.append(function)
        waiting.extend(
            inspect.getattr_static(owner, name) for name in _names_in(function) & set(dir(owner))
        )
        waiting.extend(value for _, value in _globals_used(function))
    return tuple(found)


def _plain(value: Any) -> Any:
    """The function of a property or static method."""
    if isinstance(value, property):
        return value.fget
    return value.__func__ if isinstance(value, staticmethod | classmethod) else value


def _codes(function: Any) -> Iterator[python_types.CodeType]:
    """The code of a function and of the lambdas and functions inside it."""
    waiting = [function.__code__]
    while waiting:
        code = waiting.pop()
        yield code
        waiting.extend(
            constant for constant in code.co_consts if isinstance(constant, python_types.CodeType)
        )


def _names_in(function: Any) -> set[str]:
    return {name for code in _codes(function) for name in code.co_names}


def _kind(value: Any, hint: Any) -> str | None:
    """How a value travels; None where compiled code could not treat it just as Python does."""
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
    try:
        return typing.get_type_hints(owner)
    except (NameError, TypeError):  # an annotation that only a type checker can resolve
        return {}


@cache
def _record(owner: Any, layout: tuple[tuple[str, str, Any], ...]) -> tuple[types.Type, Any]:
    """The type of `self` in compiled code, and a compiled function that builds it from `integers` and `reals`."""
    members: dict[str, types.Type] = {}
    for name, kind, _ in layout:
        if kind in _SCALARS:
            members[name] = _SCALARS[kind]
        elif kind != "constant":
            members[name] = _VECTORS[kind][0]
    type_class, record, _ = define_struct(owner.__name__, members or {"_nothing": types.int64})
    for name, kind, constant in layout:
        if kind == "constant":
            _add_constant(type_class, name, constant)
    own_fields = {field.name for field in dataclasses.fields(owner)}
    for name, value in _class_attributes(owner):
        if name in own_fields:
            continue
        if isinstance(value, staticmethod):
            continue
        if isinstance(value, python_types.FunctionType):
            overload_method(type_class, name, strict=False, jit_options=_method_options(value))(
                _constantly(_ready(value))
            )
        elif isinstance(value, property) and value.fget is not None:
            overload_attribute(
                type_class, name, strict=False, jit_options=_method_options(value.fget)
            )(_constantly(_ready(value.fget)))
        elif isinstance(value, int | float | str):
            _add_class_constant(type_class, name, value)
    return record, _builder_from_arrays(layout, record, members)


def _method_options(function: Any) -> dict[str, Any]:
    """Users' code gets Python's errors for a wrong index or a division by zero; the library's has been tested without."""
    users = _is_users(sys.modules.get(function.__module__))
    return {"error_model": "python", "boundscheck": True} if users else {"error_model": "numpy"}


def _class_attributes(owner: type) -> Iterator[tuple[str, Any]]:
    seen: set[str] = set()
    for base in owner.__mro__[:-1]:
        for name, value in vars(base).items():
            if name not in seen and not name.startswith("__"):
                seen.add(name)
                yield name, value


def _constantly(implementation: Any) -> Callable[..., Any]:
    def choose(*arguments: Any, **keywords: Any) -> Any:
        return implementation

    choose.__signature__ = inspect.signature(implementation)  # type: ignore[attr-defined]
    return choose


def _vector(name: str, kind: types.Type) -> tuple[types.Type, Any]:
    """A tuple of numbers: its items by index or one by one, its length and `in`; the rest is left to plain Python."""
    type_class, vector, build = define_struct(
        name, {"_first": types.CPointer(kind), "_length": types.int64}, __name__
    )

    @operation_of(type_class, len)
    def length(self):  # type: ignore[no-untyped-def]
        return self._length

    @operation_of(
        type_class, operator.getitem, when=lambda self, index: isinstance(index, types.Integer)
    )
    def item(self, index):  # type: ignore[no-untyped-def]
        place = index + self._length if index < 0 else index
        if place < 0 or place >= self._length:
            raise IndexError("tuple index out of range")
        return self._first[place]

    @operation_of(type_class, operator.contains)
    def contains(self, value):  # type: ignore[no-untyped-def]
        for place in range(self._length):  # noqa: SIM110
            if self._first[place] == value:
                return True
        return False

    iterated_as(vector, kind)
    globals()[type_class.__name__] = type_class
    return vector, build


_reals_type, _reals_build = _vector("Reals", types.float64)
_integers_type, _integers_build = _vector("Integers", types.int64)
_VECTORS = {"floats": (_reals_type, _reals_build), "ints": (_integers_type, _integers_build)}


def _add_class_constant(type_class: type[types.Type], name: str, constant: Any) -> None:
    overload_attribute(type_class, name)(lambda self: lambda self: constant)


def _add_constant(type_class: type[types.Type], name: str, constant: Any) -> None:
    """A field whose value is part of the machine code: branches on it are decided when it is compiled."""
    truth = isinstance(constant, bool | np.bool_)
    constant_type = (
        types.boolean if truth else types.none if constant is None else types.literal(constant)
    )

    class Template(AttributeTemplate):
        key = type_class

    def resolve(self: Any, record: Any) -> Any:
        return constant_type

    setattr(Template, f"resolve_{name}", resolve)
    infer_getattr(Template)

    @lower_getattr(type_class, name)
    def lower(context: Any, builder: Any, record: Any, value: Any) -> Any:
        return (
            context.get_constant(types.boolean, bool(constant))
            if truth
            else context.get_dummy_value()
        )


def _builder_from_arrays(layout: Any, record: types.Type, members: dict[str, types.Type]) -> Any:
    @intrinsic
    def build(typingctx: Any, integers: Any, reals: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            whole, real = (
                context.make_array(kind)(context, builder, value).data
                for kind, value in zip(signature.args, arguments, strict=True)
            )

            def at(data: Any, index: int) -> Any:
                return builder.load(builder.gep(data, [ir.Constant(ir.IntType(64), index)]))

            value = cgutils.create_struct_proxy(record)(context, builder)
            next_whole = next_real = 0
            for name, kind, _ in layout:
                if kind == "float":
                    setattr(value, f"f{name}", at(real, next_real))
                    next_real += 1
                elif kind == "int":
                    setattr(value, f"f{name}", at(whole, next_whole))
                    next_whole += 1
                elif kind in ("floats", "ints"):
                    vector = cgutils.create_struct_proxy(_VECTORS[kind][0])(context, builder)
                    vector.f_first = builder.gep(
                        real if kind == "floats" else whole, [at(whole, next_whole)]
                    )
                    vector.f_length = at(whole, next_whole + 1)
                    setattr(value, f"f{name}", vector._getvalue())
                    next_whole += 2
            return value._getvalue()

        return record(integers, reals), codegen

    return build


# ---------------------------------------------------------------------------------------------------------------------
# Compiling a method into a loop


def must_return(what: str, kinds: tuple[type[types.Type], ...]) -> Any:
    """A function of compiled code that hands on what a user's method returned, and refuses to compile other types."""

    def check(value):  # type: ignore[no-untyped-def]
        return value

    def choose(value: Any) -> Any:
        if type(value) not in kinds:
            raise TypingError(f"it must return {what}, not {value}")
        return lambda value: value

    overload(check, strict=False)(choose)
    return check


@dataclasses.dataclass(frozen=True)
class Loop:
    """A compiled loop.

    Attributes:
        run: It checks no types: call it with arguments of just the loop's signature.
        address: Where its machine code lies, for `call_at`.
    """

    run: Callable[..., Any]
    address: int


def compile_loop(
    make_loop: Callable[[Any, Any], Callable[..., Any]], instance: Any, method: str, signature: Any
) -> Loop:
    """Compile a loop that calls one method of a dataclass instance.

    Args:
        make_loop: Gets the compiled method and a compiled function (integers, reals) -> self, and returns the loop as a
            plain function whose first two arguments are the instance's `Fields.integers` and `Fields.reals`.
        instance: Whose method is called; any instance with the same `Fields.layout` can use the result.
        method: The method's name.
        signature: The loop's Numba signature.

    Returns:
        The compiled loop.

    Raises:
        CannotCompile: With the line and the cause.
    """
    owner: Any = type(instance)
    loop: Loop | CannotCompile = _compile_loop(
        make_loop, owner, Fields.of(instance, method).layout, method, signature
    )
    if isinstance(loop, CannotCompile):
        raise loop
    return loop


@cache
def _compile_loop(make_loop: Any, owner: Any, layout: Any, method: str, signature: Any) -> Any:
    functions = _functions_used(owner, method)
    slow = next(filter(None, map(_slow_construct, functions)), None)
    if slow is not None:
        return CannotCompile(slow)
    try:
        _, build = _record(owner, layout)
        ready = _ready(getattr(owner, method))
    except RecursionError:
        return CannotCompile(
            f"{_place(functions[0], functions[0].__code__.co_firstlineno)}: recursion is not compiled"
        )
    loop = make_loop(numba.njit(forceinline=True, **_method_options(functions[0]))(ready), build)
    dispatcher = numba.njit(nogil=True, error_model="numpy")(loop)
    fingerprint = _fingerprint(owner, layout, functions)
    if fingerprint is not None:
        dispatcher._cache = _DiskCache(
            f"{make_loop.__module__}.{make_loop.__qualname__}-{owner.__qualname__}", fingerprint
        )
    try:
        dispatcher.compile(signature)
    except Exception as error:  # Numba raises more than its own errors; the message tells, and plain Python takes over
        return CannotCompile(_explain(error, functions))
    (overload,) = dispatcher.overloads.values()
    return Loop(
        overload.entry_point, overload.library.get_pointer_to_function(overload.fndesc.mangled_name)
    )


def entry_of(function: Any, signature: Any) -> Callable[..., Any]:
    """A function of `compiled` for arguments of one signature, which it doesn't check: a call costs a microsecond or two."""
    function.compile(signature)
    return function.overloads[signature.args].entry_point


def _slow_construct(function: Any) -> str | None:
    """Dicts and sets: Numba's take seconds to compile and an allocation a bee; plain Python runs them as they are."""
    for code in _codes(function):
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
                return f"{_place(function, line)}: a {what} is not compiled"
    return None


def _place(function: Any, line: int) -> str:
    return f"{Path(function.__code__.co_filename).name}, line {line}"


def _place_of_class(owner: Any) -> str:
    try:
        return f"{Path(inspect.getfile(owner)).name}, line {inspect.getsourcelines(owner)[1] + 1}"
    except (OSError, TypeError):  # typed at a prompt
        return owner.__name__


_CAUSES = r"(Unknown attribute|Untyped global name|No implementation|Cannot |Use of unsupported|Invalid use|.* must return )"


def _explain(error: Exception, functions: tuple[Any, ...]) -> str:
    """The user's line that an error of Numba's is about, and the innermost statement of what is wrong with it."""
    text = str(error)
    place = None
    for function in functions:
        file = re.escape(Path(function.__code__.co_filename).name)
        lines = {line for code in _codes(function) for _, _, line in code.co_lines() if line}
        for match in re.finditer(rf'{file}(?:", line (\d+)| \((\d+)\))', text):
            line = int(match[1] or match[2])
            if line in lines and (line != function.__code__.co_firstlineno or place is None):
                place = _place(function, line)
    place = place or _place(functions[0], functions[0].__code__.co_firstlineno)
    noise = r"(Failed in|During:|File |Traceback|\^|<source|- Resolution|There are|>>>|-+$)"
    causes = [
        cause.strip()
        for cause in text.splitlines()
        if cause.strip() and not re.match(noise, cause.strip())
    ]
    telling = [cause for cause in causes if re.match(_CAUSES, cause)]
    cause = (telling or causes or [type(error).__name__])[-1 if telling else 0]
    return f"{place}: {cause.rstrip(':')}"


@cache
def _ready(function: Any) -> Any:
    """The function with the plain Python functions that it calls compiled too."""
    replaced = {
        name: numba.njit(**_method_options(value))(_ready(value))
        for name, value in _globals_used(function)
        if isinstance(value, python_types.FunctionType)
    }
    scope = {**function.__globals__, **replaced}
    twin = python_types.FunctionType(
        function.__code__, scope, function.__name__, function.__defaults__, function.__closure__
    )
    twin.__kwdefaults__ = function.__kwdefaults__
    twin.__qualname__ = function.__qualname__
    twin.__module__ = __name__  # machine code on disk imports its module again, and a user's file has no lasting name
    return twin


def _globals_used(function: Any) -> Iterator[tuple[str, Any]]:
    for name in sorted(_loaded_globals(function) & function.__globals__.keys()):
        yield name, function.__globals__[name]
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        yield name, cell.cell_contents


def _loaded_globals(function: Any) -> set[str]:
    instructions = (
        instruction for code in _codes(function) for instruction in dis.get_instructions(code)
    )
    return {
        instruction.argval
        for instruction in instructions
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME")
    }


def _fingerprint(owner: Any, layout: Any, functions: tuple[Any, ...]) -> str | None:
    """A digest of all that a method's machine code depends on beyond the library: code and constants.

    Returns:
        None where something has a value that can't be told, so that its machine code must not be kept.
    """
    digest = hashlib.sha256(repr((owner.__module__, owner.__qualname__, layout)).encode())
    used = {name for function in functions for name in _names_in(function)}

    def add(value: Any) -> bool:
        if isinstance(value, python_types.FunctionType | property | staticmethod | classmethod):
            return True  # its code is among `functions`, or is not compiled
        if isinstance(value, python_types.ModuleType):
            digest.update(value.__name__.encode())
            if not _is_users(value):
                return True
            return all(add(getattr(value, name)) for name in sorted(used & vars(value).keys()))
        if isinstance(value, type) and issubclass(value, enum.Enum):
            digest.update(repr([(member.name, member.value) for member in value]).encode())
            return True
        if value is None or isinstance(value, bool | int | float | str | np.generic):
            digest.update(f"{type(value).__name__} {value!r};".encode())
            return True
        if isinstance(value, tuple):
            digest.update(f"tuple of {len(value)}".encode())
            return all(map(add, value))
        if isinstance(value, np.ndarray):
            digest.update(repr((value.dtype, value.shape)).encode() + value.tobytes())
            return value.dtype != object
        module = getattr(value, "__module__", None)
        digest.update(repr((module, getattr(value, "__qualname__", None))).encode())
        return bool(module) and not _is_users(sys.modules.get(str(module)))

    for function in functions:
        for code in _codes(function):
            plain = [
                constant
                for constant in code.co_consts
                if not isinstance(constant, python_types.CodeType)
            ]
            digest.update(code.co_code + repr((plain, code.co_names, code.co_varnames)).encode())
        digest.update(
            repr((function.__qualname__, function.__defaults__, function.__kwdefaults__)).encode()
        )
        for name, value in _globals_used(function):
            digest.update(name.encode())
            if not add(value):
                return None
    for name, value in sorted(_class_attributes(owner), key=lambda item: item[0]):
        digest.update(name.encode())
        if name in used and not add(value):
            return None
    return digest.hexdigest()


def _is_users(module: Any) -> bool:
    """Whether a module is a user's own, neither the library's nor Python's nor an installed one."""
    file = getattr(module, "__file__", None)
    if module is None or module.__name__ in sys.builtin_module_names:
        return module is None
    if module.__name__ == "__main__" or file is None:
        return True
    root = module.__name__.partition(".")[0]
    return (
        root != __name__.partition(".")[0]
        and root not in sys.stdlib_module_names
        and "site-packages" not in file
    )
