"""The state of many runs, and the compiled passes in which a bandit's methods are called.

Knows: the state that all runs have, and how worlds change and options are pulled.  Does not know:
how the options are chosen, or in which order the passes run; see `stepping`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numba import types

from hivemind_abm.bandits.bandit import ROUNDING
from hivemind_abm.bandits.world_compiled import world_of
from hivemind_abm.engine.intrinsics import advance, four_words, integers_at, reals_at
from hivemind_abm.engine.loops import compiled, must_return
from hivemind_abm.engine.stream import give_back_to, lend_from
from hivemind_abm.engine.structs import (
    Flags,
    Integers,
    Reals,
    Table,
    Table32,
    Words,
    define_struct,
    kept_at,
    kept_on_stack,
    method_of,
    pointers_to,
    record_type,
    with_fields,
    words_in,
)

__all__ = [
    "BANDIT_FAULT",
    "BEST",
    "CHANGE",
    "CHOOSER_FAULT",
    "PULL",
    "STATE",
    "WORDS_OF_RUNS",
    "BanditPasses",
    "Measured",
    "State",
    "best_loop",
    "change_loop",
    "keep_runs",
    "load_runs",
    "nothing",
    "of_runs",
    "pull_loop",
    "reward_of",
    "runs_struct",
    "save_runs",
]


class State(NamedTuple):
    """All that the next steps of the runs depend on, apart from the choosers' own numbers.

    Attributes:
        options: The options to pull, shape (R, B); K for none.
        payoffs: The rewards of these pulls, shape (R, B).
        shares: The shares of the options that the bandit gets, shape (R, K).
        streams: The random streams, shape (R, 4).
        running: False for a run that has stopped, shape (R,).
        worlds: The bandit's own numbers, shape (R, memory_size).
    """

    options: Table32
    payoffs: Table
    shares: Table
    streams: Words
    running: Flags
    worlds: Table

    def copy(self) -> "State":
        """The same numbers in new arrays."""
        return State(*(array.copy() for array in self))


class Measured(NamedTuple):
    """The input and the output of the measuring pass.

    Attributes:
        optimal: The options that count as best, then -1, one row per run, or one for all runs;
            shape (R or 1, K + 1).
        values: `Rows.values`, shape (R, columns).
        steps_done: The number of steps of each run, shape (R,).
        quorum: The share of an option that stops a run; above 1 for none.
        uncommitted: 1 if the row has a column for the share without an option, else 0.
    """

    optimal: Table32
    values: Table
    steps_done: Integers
    quorum: float
    uncommitted: int


class BanditPasses(NamedTuple):
    """The entries of a bandit's compiled passes, each as of `CompiledLoop.entry`; 0 for none.

    The last number is the address of the table of `Rivals`, 0 outside games.
    """

    pull: int
    pull_integers: int
    pull_reals: int
    change: int
    change_integers: int
    change_reals: int
    best: int
    best_integers: int
    best_reals: int
    rivals: int


class _Even(NamedTuple):
    """Even shares, shape (K,)."""

    even: Reals


class _Sizes(NamedTuple):
    """R, B, K, the size of a bandit's memory, and the shapes of the arrays of `Measured`."""

    runs: int
    pulls: int
    k: int
    m: int
    columns: int
    optimal_rows: int


STATE = record_type(State)
PULL = types.int64(*[types.int64] * 6)  # the runs, the first, how many, first place, pulls, step
CHANGE = BEST = types.int64(*[types.int64] * 4)  # the runs, the first, how many, step
CHOOSER_FAULT, BANDIT_FAULT = 1, 2  # the pass that found a fault

runs_struct, _no_runs = define_struct(
    "Runs",
    {
        name: kind
        for record in (State, Measured, BanditPasses, _Even, _Sizes)
        for name, kind in pointers_to(record).items()
    },
    __name__,
)
keep_runs, load_runs = kept_on_stack(runs_struct)
save_runs = kept_at(runs_struct)
WORDS_OF_RUNS = words_in(runs_struct)


@compiled
def of_runs(bandit, state, measured, even):
    """The runs as addresses, which cost nothing to pass on; the arrays must outlive them.

    Args:
        bandit: The `BanditPasses`.
        state: The `State`.
        measured: The `Measured`.
        even: Even shares, shape (K,).
    """
    runs = with_fields(with_fields(_no_runs(), state), measured)
    runs = with_fields(with_fields(runs, bandit), _Even(even))
    sizes = _Sizes(
        state.options.shape[0],
        state.options.shape[1],
        state.shares.shape[1],
        state.worlds.shape[1],
        measured.values.shape[1],
        measured.optimal.shape[0],
    )
    return with_fields(runs, sizes)


reward_of = must_return(
    "a reward, a number", (types.Float, types.Integer, types.IntegerLiteral, types.Boolean)
)
nothing = must_return("nothing", (types.NoneType,))


@method_of(runs_struct)
def world(self, run, step):
    """The world of one run."""
    memory = advance(self._worlds, run * self._m)
    shares = advance(self._shares, run * self._k)
    return world_of(shares, self._k, step, memory, self._m, self._rivals, run)


def pull_loop(pull: Any, build: Any) -> Callable[..., int]:
    """The compiled pass in which some options of some runs are pulled.

    Returns:
        A function (runs, first, number, place, pulls, step) -> the flat index of a reward outside
        [0, 1], or -1: see `stepping.pull`.
    """

    def loop(address, first, number, place, pulls, step):
        runs = load_runs(address)
        bandit = build(integers_at(runs._pull_integers), reals_at(runs._pull_reals))
        for run in range(first, first + number):
            if not runs._running[run]:
                continue
            start = run * runs._pulls + place
            chosen, paid = advance(runs._options, start), advance(runs._payoffs, start)
            world, stream = runs.world(run, step), advance(runs._streams, 4 * run)
            rng = lend_from(stream, four_words())
            for b in range(pulls):
                option = np.int64(chosen[b])
                if option >= runs._k:
                    paid[b] = 0.0
                    continue
                reward = reward_of(pull(bandit, option, world, rng))
                paid[b] = reward
                if not 0.0 <= reward <= 1.0:
                    if not -ROUNDING <= reward <= 1.0 + ROUNDING:
                        return start + b
                    paid[b] = min(max(reward, 0.0), 1.0)
            give_back_to(stream, rng)
        return -1

    return loop


def change_loop(change: Any, build: Any) -> Callable[..., int]:
    """The compiled pass in which the worlds of some runs change.

    Returns:
        A function (runs, first, number, step) -> -1.
    """

    def loop(address, first, number, step):
        runs = load_runs(address)
        bandit = build(integers_at(runs._change_integers), reals_at(runs._change_reals))
        for run in range(first, first + number):
            if not runs._running[run]:
                continue
            stream = advance(runs._streams, 4 * run)
            rng = lend_from(stream, four_words())
            nothing(change(bandit, runs.world(run, step), rng))
            give_back_to(stream, rng)
        return -1

    return loop


def best_loop(expected_rewards: Any, build: Any) -> Callable[..., int]:
    """The compiled pass that finds the best options of some runs, at even shares.

    Returns:
        A function (runs, first, number, step) -> the first run whose rewards are not K, or -1.
    """

    def loop(address, first, number, step):
        runs = load_runs(address)
        bandit, k = build(integers_at(runs._best_integers), reals_at(runs._best_reals)), runs._k
        for run in range(first, first + number):
            if not runs._running[run]:
                continue
            memory = advance(runs._worlds, run * runs._m)
            world = world_of(runs._even, k, step, memory, runs._m, runs._rivals, run)
            rewards = expected_rewards(bandit, world)
            if len(rewards) != k:
                return run
            best, top, place = advance(runs._optimal, run * (k + 1)), rewards[0], 0
            for option in range(1, k):
                top = max(top, rewards[option])
            for option in range(k):
                if rewards[option] >= top - 1e-12:
                    best[place] = option
                    place += 1
            best[place] = -1
        return -1

    return loop
