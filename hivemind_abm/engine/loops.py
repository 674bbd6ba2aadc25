"""A plain Python method of a frozen dataclass, or a function of the library, becomes machine code.

Knows: how a method is compiled into a loop over bees, pulls or runs.  Does not know: bees, bandits
or learners.
"""

import dataclasses
from collections.abc import Callable
from functools import cache
from typing import Any

import numba
from numba import types
from numba.extending import overload

from hivemind_abm.engine.cache import DiskCache, fingerprint
from hivemind_abm.engine.fields import Fields, self_type
from hivemind_abm.engine.numba_internals import entry_and_address
from hivemind_abm.engine.source import (
    CannotCompile,
    explain,
    functions_used,
    method_options,
    place_of,
    ready,
    slow_construct,
)

__all__ = ["Loop", "compile_loop", "compiled", "entry_of", "inlined", "must_return"]


def compiled(function: Callable[..., Any]) -> Any:
    """A decorator that compiles a function of the library.

    The machine code is stored on disk, so that later processes need not compile it again.
    """
    dispatcher = numba.njit(nogil=True, error_model="numpy")(function)
    DiskCache(f"{function.__module__}.{function.__qualname__}").use_for(dispatcher)
    return dispatcher


def inlined(function: Callable[..., Any]) -> Any:
    """Compile a function so that it is inlined into each compiled function that calls it."""
    return numba.njit(forceinline=True, error_model="numpy")(function)


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


def compile_loop(
    make_loop: Callable[[Any, Any], Callable[..., Any]], instance: Any, method: str, signature: Any
) -> Loop:
    """Compile a loop that calls one method of a dataclass instance.

    Args:
        make_loop: Called with the compiled method and a compiled function (integers, reals) ->
            self.  It returns the loop as a plain function whose first two arguments are the
            instance's `Fields.integers` and `Fields.reals`.
        instance: The instance whose method is called.  The result also works for any other instance
            with the same `Fields.layout`.
        method: The method's name.
        signature: The loop's Numba signature.

    Returns:
        The compiled loop.

    Raises:
        CannotCompile: Numba cannot compile the method; the message names the line and the cause.
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
    functions = functions_used(owner, method)
    slow = next(filter(None, map(slow_construct, functions)), None)
    if slow is not None:
        return CannotCompile(slow)
    try:
        _, build = self_type(owner, layout)
        function = ready(getattr(owner, method))
    except RecursionError:
        return CannotCompile(
            f"{place_of(functions[0], functions[0].__code__.co_firstlineno)}: "
            "recursion is not compiled"
        )
    loop = make_loop(numba.njit(forceinline=True, **method_options(functions[0]))(function), build)
    dispatcher = numba.njit(nogil=True, error_model="numpy")(loop)
    made_from = fingerprint(owner, layout, functions)
    if made_from is not None:
        name = f"{make_loop.__module__}.{make_loop.__qualname__}-{owner.__qualname__}"
        DiskCache(name, made_from).use_for(dispatcher)
    try:
        return Loop(*entry_and_address(dispatcher, signature))
    except Exception as error:  # Numba raises other errors than its own; plain Python takes over
        return CannotCompile(explain(error, functions))


def entry_of(function: Any, signature: Any) -> Callable[..., Any]:
    """A function of `compiled` for one signature, without a check of its arguments.

    A call costs a microsecond or two.
    """
    return entry_and_address(function, signature)[0]
