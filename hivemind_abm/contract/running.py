"""What all checks of the contract share: instances, signatures, runs in both modes, advice.

Knows: how two runs are compared number for number, and the line to write after a likely mistake.
Does not know: what a rule, a bandit or a learner must keep.
"""

import dataclasses
import inspect
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import CodeType
from typing import Any

import numpy as np

from hivemind_abm.bandits.batch import PullingBatch
from hivemind_abm.hives.batch import HiveBatch
from hivemind_abm.hives.rules import ImitationRule
from hivemind_abm.registry import build_parts

__all__ = [
    "Keep",
    "check_runs",
    "check_signature",
    "instance_of",
    "names_in",
    "quiet",
    "remark_on_mode",
    "states_of",
]

_ADVICE = (  # what an error says, the method or part it is about, and the line to write
    ("out of bounds", "rule", "memory_size(self, n_action) must return how many numbers "
     "bee.memory has; another bee's memory is private"),
    ("out of bounds", "bandit", "memory_size(self, n_action) must return how many numbers "
     "world.memory has"),
    ("out of bounds", "learner", "memory_size(n_action) says how many numbers memory has"),
    ("dance must return a payoff", "rule", "end dance with `return bee.payoff`, or another number "
     "in [0, 1]"),
    ("dance returned payoff", "rule", "write `return min(max(payoff, 0.0), 1.0)`"),
    ("can't set attribute", "rule", "a bee is not written to, apart from bee.memory[i]: return the "
     "option from decide, the payoff from dance"),
    ("pull returned reward", "bandit", "write `return min(max(reward, 0.0), 1.0)`"),
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Keep(ImitationRule):
    """A rule whose bees keep their opinions: only the bandit matters, or the other rules."""

    def decide(self, bee: Any, neighbours: Any, rng: Any) -> int:
        """The bee's opinion."""
        return bee.opinion


def instance_of(part: Any, what: str) -> Any:
    """An instance of a part, built from its defaults.

    Args:
        part: What `find_rule` and the like return.
        what: "rule", "bandit" or "learner".

    Raises:
        TypeError: A field without a default.
    """
    try:
        return build_parts([part], {}, [])[0]
    except TypeError as error:
        if isinstance(part.made, type):
            raise TypeError(
                f"{part.made.__name__} needs a default for every field "
                f"so that a {what} can be made of it: {error}"
            ) from None
        raise


def check_signature(
    instance: Any, base: type, method: str, wanted: list[str], needed: bool = True
) -> None:
    """Raise TypeError unless a method has the wanted arguments.

    Args:
        instance: A rule, bandit or learner.
        base: The class that it extends.
        method: The method's name.
        wanted: Its arguments, "self" first.
        needed: Whether the class must have its own.
    """
    function, name = getattr(type(instance), method), type(instance).__name__
    line = f"def {method}({', '.join(wanted)})"
    if needed and function is getattr(base, method):
        raise TypeError(f"{name} has no {method}: write {line.removeprefix('def ')}")
    if not callable(function):
        raise TypeError(f"{name}.{method} must be a method, not {function!r}: write `{line}`")
    arguments = list(inspect.signature(function).parameters)
    if len(arguments) != len(wanted) or arguments[0] != "self":
        raise TypeError(
            f"{name}.{method} must take ({', '.join(wanted)}), not ({', '.join(arguments)})"
        )


def names_in(instance: Any, base: type) -> set[str]:
    """The names that the methods of a class use, also as attributes; those of `base` left out."""
    classes = type(instance).__mro__
    own = [cls for cls in classes[: classes.index(base)] if cls is not base]
    codes = [
        code
        for cls in own
        for value in vars(cls).values()
        if isinstance(code := getattr(value, "__code__", None), CodeType)
    ]
    names: set[str] = set()
    while codes:
        code = codes.pop()
        names |= set(code.co_names)
        codes += [inner for inner in code.co_consts if isinstance(inner, CodeType)]
    return names


def check_runs(
    make: Callable[[bool], PullingBatch],
    instance: Any,
    what: str,
    method: str,
    where: str,
    steps: int,
) -> list[np.ndarray]:
    """Run twice in plain Python and once compiled; all three must be equal.

    Args:
        make: Makes the batch, compiled or not.
        instance: The rule, bandit or learner.
        what: Which of these.
        method: The method that errors name.
        where: Where it runs, in words, for errors.
        steps: How many.

    Returns:
        `states_of` the interpreted run.

    Raises:
        ValueError, TypeError: They are not, or a method broke its contract.
    """
    name = type(instance).__name__
    interpreted = states_of(make, False, name, what, where, steps)
    repeated = states_of(make, False, name, what, where, steps)
    if not _equal(interpreted, repeated):
        raise ValueError(
            f"{name}.{method} gives other numbers for the same seed; draw from rng only, "
            "not from the modules random or numpy.random, and keep nothing between calls"
        )
    if not _equal(interpreted, states_of(make, True, name, what, where, steps)):
        raise ValueError(
            f"{name}.{method} gives other numbers compiled than interpreted; likely causes: "
            "a whole number beyond 64 bits, a global variable that changes, or a function such as "
            "math.exp whose last digit differs (then use compiled=False)"
        )
    return interpreted


def states_of(
    make: Callable[[bool], PullingBatch],
    compiled: bool,
    name: str,
    what: str,
    where: str,
    steps: int,
) -> list[np.ndarray]:
    """All numbers of the runs before and after each step; arguments as for `check_runs`.

    Raises:
        ValueError, TypeError: A method failed; with the class, the place and the line to write.
    """
    rows = []
    with quiet():
        try:
            batch = make(compiled)
            rows.append(_state(batch))
            for _ in range(steps):
                batch.step()
                rows.append(_state(batch))
        except Exception as error:
            kind = type(error) if isinstance(error, TypeError) else ValueError
            text = str(error) if str(error) else type(error).__name__
            raise kind(f"{name}, {where}: {text}{_advice(text, what)}") from error
    return rows


def remark_on_mode(make: Callable[[], PullingBatch], part: str) -> str:
    """Whether a part is compiled, as a line of the results."""
    with quiet():
        reason = make().reasons.get(part)
    if reason is None:
        return "compiled: the same numbers as interpreted, bit for bit"
    return f"remark: runs interpreted, not compiled: {reason}"


@contextmanager
def quiet() -> Iterator[None]:
    """Without the warning that something runs interpreted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


def _equal(first: Sequence[np.ndarray], second: Sequence[np.ndarray]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def _advice(text: str, what: str) -> str:
    """The line to write after an error, if the likely mistake is known."""
    lines = [line for part, of, line in _ADVICE if of == what and part in text]
    return f"; {lines[0]}" if lines else ""


def _state(batch: PullingBatch) -> np.ndarray:
    """All numbers of the runs in one table, shape (R, any)."""
    runs = len(batch.running)
    arrays = [batch.options, batch.payoffs, batch.shares, batch.state.worlds]
    arrays += [getattr(batch, "memory", np.zeros((runs, 0)))]
    arrays += [batch.shown] if isinstance(batch, HiveBatch) else []
    return np.concatenate([array.reshape(runs, -1) for array in arrays], axis=1)
