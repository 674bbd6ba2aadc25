"""The passes over many runs that make up a step, and the compiled function that repeats them.

Knows: the state that all runs have, the pass in which options are pulled, and the pass that
measures a row.  Does not know: how the options are chosen; the choosing pass is an argument.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numba import carray, types

from hivemind_abm.bandits.bandit import ROUNDING, Bandit
from hivemind_abm.engine.intrinsics import call_at, four_words, pointer, read_only
from hivemind_abm.engine.loops import CompiledLoop, compiled, entry_of, must_return
from hivemind_abm.engine.numbers import as_numbers
from hivemind_abm.engine.rows import MEAN_PAYOFF, OPTIMAL_SHARE, SHARES
from hivemind_abm.engine.stream import Stream, give_back, lend
from hivemind_abm.engine.structs import (
    Flags,
    Integers,
    Reals,
    Table,
    Table32,
    Words,
    record_type,
)

__all__ = [
    "PULL",
    "Measured",
    "Pass",
    "State",
    "choosing_signature",
    "driver",
    "measure",
    "pull_interpreted",
    "pull_loop",
]


class State(NamedTuple):
    """All that the next steps of the runs depend on, apart from a learner's memory.

    Attributes:
        options: The options to pull, shape (R, B).
        payoffs: The rewards of these pulls, shape (R, B).
        shares: The shares of the options that the bandit gets, shape (R, K).
        streams: The random streams, shape (R, 4).
        running: False for a run that has stopped, shape (R,).
    """

    options: Table32
    payoffs: Table
    shares: Table
    streams: Words
    running: Flags

    def copy(self) -> "State":
        """The same numbers in new arrays."""
        return State(*(array.copy() for array in self))


class Measured(NamedTuple):
    """The input and the output of the measuring pass.

    Attributes:
        optimal: The options that count as best, shape (any,).
        values: `Rows.values`, shape (R, K + 3).
        steps_done: The number of steps of each run, shape (R,).
        stop_if_end: Whether consensus stops a run.
    """

    optimal: Integers
    values: Table
    steps_done: Integers
    stop_if_end: bool


class Pass(NamedTuple):
    """A compiled pass.

    Attributes:
        address: The address of its machine code.
        integers, reals: The fields of the rule, learner or bandit whose method it calls; see
            `Fields`.
    """

    address: int
    integers: Integers
    reals: Reals

    @classmethod
    def of(cls, compiled: CompiledLoop) -> "Pass":
        """The pass of a compiled loop."""
        fields = compiled.fields
        return cls(compiled.loop.address, fields.integers, fields.reals)


STATE = record_type(State)
_FIELDS = (types.int64[::1], types.float64[::1])
PULL = types.int64(*_FIELDS, STATE)
CHOOSER_FAULT, BANDIT_FAULT = 1, 2  # the pass that found a fault


def choosing_signature(workspace: type) -> Any:
    """The Numba signature of a choosing pass with this type of workspace."""
    return types.int64(*_FIELDS, STATE, record_type(workspace))


_reward = must_return(
    "a reward, a number", (types.Float, types.Integer, types.IntegerLiteral, types.Boolean)
)


def pull_loop(pull: Any, build: Any) -> Callable[..., int]:
    """The compiled pass in which each run's options are pulled.

    Returns:
        A function (integers, reals, state) -> the flat index of a reward outside [0, 1], or -1.
    """

    def loop(integers, reals, state):
        bandit = build(integers, reals)
        n, k = state.options.shape[1], state.shares.shape[1]
        for run in range(state.options.shape[0]):
            if not state.running[run]:
                continue
            chosen, paid = pointer(state.options, run * n), pointer(state.payoffs, run * n)
            x = read_only(carray(pointer(state.shares, run * k), (k,)))  # without reference count
            rng = lend(state.streams, 4 * run, four_words())
            for b in range(n):
                reward = _reward(pull(bandit, np.int64(chosen[b]), x, rng))
                paid[b] = reward
                if not 0.0 <= reward <= 1.0:
                    if not -ROUNDING <= reward <= 1.0 + ROUNDING:
                        return run * n + b
                    paid[b] = min(max(reward, 0.0), 1.0)
            give_back(state.streams, 4 * run, rng)
        return -1

    return loop


def pull_interpreted(bandit: Bandit, state: State) -> int:
    """The pulling pass in plain Python.

    Returns:
        The flat index of a reward outside [0, 1], or -1.

    Raises:
        TypeError: A reward that is not a number.
    """
    n = state.options.shape[1]
    for run in np.flatnonzero(state.running):
        rng, payoffs = Stream.on(state.streams[run]), state.payoffs[run]
        shares = as_numbers(state.shares[run], writable=False)
        for b, option in enumerate(state.options[run].tolist()):
            reward = bandit.pull(option, shares, rng)
            if not isinstance(reward, bool | int | float | np.number | np.bool_):
                name = type(bandit).__name__
                raise TypeError(f"{name}.pull must return a reward, a number, not {reward!r}")
            payoffs[b] = reward
            if not -ROUNDING <= reward <= 1.0 + ROUNDING:
                return int(run) * n + b
            payoffs[b] = min(max(reward, 0.0), 1.0)
    return -1


@compiled
def measure(state, measured, steps):
    """Write the rows of the runs that have not stopped, and stop those at consensus.

    Args:
        state: The `State`.
        measured: The `Measured`.
        steps: The number of steps since the rows before.
    """
    n, k = state.options.shape[1], state.shares.shape[1]
    for run in range(state.options.shape[0]):
        if not state.running[run]:
            continue
        row, paid, shares = measured.values[run], state.payoffs[run], state.shares[run]
        row[OPTIMAL_SHARE] = 0.0
        for option in measured.optimal:
            row[OPTIMAL_SHARE] += shares[option]
        a = b = c = d = 0.0  # four sums, so that an addition need not wait for the one before
        for pull in range(0, n - 3, 4):
            a, b = a + paid[pull], b + paid[pull + 1]
            c, d = c + paid[pull + 2], d + paid[pull + 3]
        for pull in range(n - n % 4, n):
            a += paid[pull]
        row[MEAN_PAYOFF] = ((a + b) + (c + d)) / n
        end = False
        for option in range(k):
            row[SHARES + option] = shares[option]
            end = end or shares[option] == 1.0
        row[SHARES + k] = end
        state.running[run] = not (measured.stop_if_end and end)
        measured.steps_done[run] += steps


@cache
def driver(workspace: type) -> Callable[..., int]:
    """The compiled function that does many steps with this type of workspace.

    It does not check its arguments; see `_drive` for them.
    """
    kinds = (record_type(Pass), record_type(Pass), STATE, record_type(workspace))
    signature = types.int64(types.int64, *kinds, record_type(Measured), types.int64[::1])
    return entry_of(_drive, signature)


@compiled
def _drive(steps, choose, pull, state, workspace, measured, fault):
    """Do `steps` steps of all three passes.

    Returns:
        0, or which pass found a fault; its position is then in `fault`.
    """
    for step in range(steps):
        arguments = (choose.integers, choose.reals, state, workspace)
        fault[0] = call_at(choose.address, arguments)
        if fault[0] >= 0:
            return CHOOSER_FAULT
        fault[0] = call_at(pull.address, (pull.integers, pull.reals, state))
        if fault[0] >= 0:
            return BANDIT_FAULT
        if measured.stop_if_end:
            measure(state, measured, 1)
        elif step == steps - 1:
            measure(state, measured, steps)
    return 0
