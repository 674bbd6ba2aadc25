"""A plain Python method of a frozen dataclass, or a function of the library, becomes machine code.

Knows: how a method is compiled into a loop over bees, pulls or runs.  Does not know: bees, bandits
or learners.
"""

import dataclasses
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numba
from numba import types
from numba.extending import overload

from hivemind_abm.engine.cache import DiskCache
from hivemind_abm.engine.fields import Fields, self_type
from hivemind_abm.engine.ingredients import digest_of
from hivemind_abm.engine.numba_internals import JIT_DISABLED, entry_and_address, njit
from hivemind_abm.engine.source import (
    CannotCompile,
    explain,
    functions_used,
    is_library,
    names_used,
    slow_construct,
)
from hivemind_abm.engine.twins import Twins, compile_options

__all__ = [
    "CompiledLoop",
    "Loop",
    "compile_loop",
    "compiled",
    "entry_of",
    "inlined",
    "loop_of",
    "must_return",
]


def compiled(function: Callable[..., Any]) -> Any:
    """A decorator that compiles a function of the library.

    The machine code is stored on disk, so that later processes need not compile it again.
    """
    dispatcher = njit(function, nogil=True, error_model="numpy")
    DiskCache(f"{function.__module__}.{function.__qualname__}").use_for(dispatcher)
    return dispatcher


def inlined(function: Callable[..., Any]) -> Any:
    """Compile a function so that it is inlined into each compiled function that calls it."""
    return njit(function, forceinline=True, error_model="numpy")


def must_return(what: str, kinds: tuple[type[types.Type], ...]) -> Any:
    """A function of compiled code that checks the type of what a user's method returned.

    Args:
        what: What the method must return, for the error.
        kinds: The allowed Numba types.

    Returns:
        A function that returns its argument unchanged.  Where the argument has another type, it
        cannot be compiled.
    """

    def check(value):  # type: ignore[no-untyped-def]
        return value

    def choose(value: Any) -> Any:
        if type(value) not in kinds:
            raise numba.TypingError(f"it must return {what}, not {value}")
        return lambda value: value

    overload(check, strict=False)(choose)
    return check


@dataclasses.dataclass(frozen=True)
class Loop:
    """A compiled loop.

    Attributes:
        run: The loop as a Python function.  It does not check types: call it only with arguments
            whose types are exactly those of the loop's signature.
        address: The address of its machine code, for `call_at`.
    """

    run: Callable[..., Any]
    address: int


class CompiledLoop(NamedTuple):
    """A compiled loop with the fields of one instance.

    Attributes:
        fields: What the loop gets as its first two arguments.
        loop: The machine code; it works for any instance with the same `Fields.layout`.
    """

    fields: Fields
    loop: Loop

    def run(self, *arguments: Any) -> Any:
        """Call it with what comes after the fields."""
        return self.loop.run(self.fields.integers, self.fields.reals, *arguments)

    def call(self, *arguments: Any) -> Any:
        """As `run`, for a loop that takes the addresses of the fields."""
        _, integers, reals = self.entry
        return self.loop.run(integers, reals, *arguments)

    @property
    def entry(self) -> tuple[int, int, int]:
        """The addresses of the machine code and of the two arrays of fields, for `call_at`.

        The arrays must outlive their use.
        """
        integers, reals = self.fields.integers, self.fields.reals
        return self.loop.address, integers.ctypes.data, reals.ctypes.data


def compile_loop(
    make_loop: Callable[[Any, Any], Callable[..., Any]], instance: Any, method: str, signature: Any
) -> CompiledLoop:
    """Compile a loop that calls one method of a dataclass instance.

    What has been compiled before is used again while nothing that it was made from has changed.

    Args:
        make_loop: Called with the compiled method and a compiled function (integers, reals) ->
            self.  It returns the loop as a plain function whose first two arguments are the
            instance's `Fields.integers` and `Fields.reals`.
        instance: The instance whose method is called.
        method: The method's name.
        signature: The loop's Numba signature.

    Raises:
        CannotCompile: The method cannot be compiled so that it does what Python does; the message
            names the line and the cause.
    """
    owner: Any = type(instance)
    if JIT_DISABLED and not is_library(getattr(owner, method)):
        raise CannotCompile("NUMBA_DISABLE_JIT is set")
    functions = functions_used(owner, method)
    fields = Fields.of(instance, names_used(functions))
    digest = digest_of(owner, fields.layout, functions)
    loop: Loop | CannotCompile = _compile_loop(
        make_loop, owner, fields.layout, method, signature, digest
    )
    if isinstance(loop, CannotCompile):
        raise loop
    return CompiledLoop(fields, loop)


@lru_cache(maxsize=1024)
def _compile_loop(
    make_loop: Any, owner: Any, layout: Any, method: str, signature: Any, digest: str
) -> Any:
    functions, twins = functions_used(owner, method), Twins()
    slow = next(filter(None, map(slow_construct, functions)), None)
    if slow is not None:
        return CannotCompile(slow)
    try:
        _, build = self_type(owner, layout, names_used(functions), twins)
        function = twins.of(functions[0])
    except CannotCompile as reason:
        return reason
    options = compile_options(functions[0])
    loop = make_loop(njit(function, forceinline=True, **options), build)
    dispatcher = njit(loop, nogil=True, error_model="numpy")
    name = f"{make_loop.__module__}.{make_loop.__qualname__}-{owner.__qualname__}"
    DiskCache(name, digest).use_for(dispatcher)
    try:
        return Loop(*entry_and_address(dispatcher, signature))
    except Exception as error:  # Numba raises other errors than its own; plain Python takes over
        return CannotCompile(explain(error, functions))


def entry_of(function: Any, signature: Any) -> Callable[..., Any]:
    """A function of `compiled` for one signature, without a check of its arguments.

    A call costs a microsecond or two.
    """
    return entry_and_address(function, signature)[0]


def loop_of(function: Any, signature: Any) -> Loop:
    """As `entry_of`, with the address of the machine code."""
    return Loop(*entry_and_address(function, signature))
