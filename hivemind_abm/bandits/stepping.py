"""The compiled steps of many runs: worlds change, options are pulled, rows are measured.

Knows: the runs as one struct of addresses, and the function that repeats the steps of learners.
Does not know: how the options are chosen; the choosing pass is an argument.
"""

from collections.abc import Callable
from functools import cache

from numba import types

from hivemind_abm.bandits.passes import (
    BANDIT_FAULT,
    CHOOSER_FAULT,
    STATE,
    BanditPasses,
    Measured,
    keep_runs,
    of_runs,
    runs_struct,
)
from hivemind_abm.engine.intrinsics import advance, call_at
from hivemind_abm.engine.loops import compiled, entry_of
from hivemind_abm.engine.rows import MEAN_PAYOFF, OPTIMAL_SHARE, SHARES
from hivemind_abm.engine.structs import method_of, record_type

__all__ = ["change_worlds", "driver", "measure_all", "pull_all", "pull_one", "runs_struct"]


@method_of(runs_struct)
def pull(self, address, run, runs, place, pulls, step):
    """Pull options of some runs.

    Args:
        self: The runs.
        address: From `keep_runs`.
        run: The first run.
        runs: How many runs.
        place: The place of the first option; 0 if there are several runs.
        pulls: How many options in each run; all of them if there are several runs.
        step: The number of the row to which the rewards belong.

    Returns:
        The flat index of a reward outside [0, 1], or -1.
    """
    return call_at(self._pull, (address, run, runs, place, pulls, step))


@method_of(runs_struct)
def change(self, run, runs, step):
    """Change the worlds of `runs` runs from `run` on, and find what is best in them."""
    if self._change != 0:
        call_at(self._change, (keep_runs(self), run, runs, step))
    if self._best != 0:
        call_at(self._best, (keep_runs(self), run, runs, step))


@method_of(runs_struct)
def measure(self, run, steps):
    """Write the row of one run, and stop it at its quorum.

    Args:
        self: The runs.
        run: The run.
        steps: The number of steps since its row before.
    """
    n, k = self._pulls, self._k
    row, paid = advance(self._values, run * self._columns), advance(self._payoffs, run * n)
    shares = advance(self._shares, run * k)
    best = advance(self._optimal, min(run, self._optimal_rows - 1) * (k + 1))
    optimal, place = 0.0, 0
    while best[place] >= 0:
        optimal += shares[best[place]]
        place += 1
    row[OPTIMAL_SHARE] = optimal
    a = b = c = d = 0.0  # four sums, so that an addition need not wait for the one before
    for one in range(0, n - 3, 4):
        a, b = a + paid[one], b + paid[one + 1]
        c, d = c + paid[one + 2], d + paid[one + 3]
    for one in range(n - n % 4, n):
        a += paid[one]
    row[MEAN_PAYOFF] = ((a + b) + (c + d)) / n
    consensus = stop = False
    for option in range(k):
        row[SHARES + option] = shares[option]
        consensus = consensus or shares[option] == 1.0
        stop = stop or shares[option] >= self._quorum
    row[SHARES + k + self._uncommitted] = consensus
    self._running[run] = not stop
    self._steps_done[run] += steps


@cache
def driver() -> Callable[..., int]:
    """The compiled function that does many steps of learners.

    It does not check its arguments; see `_drive` for them.
    """
    numbers = [types.int64] * 7
    kinds = (record_type(BanditPasses), STATE, record_type(Measured))
    arrays = (types.float64[::1], types.int64[::1])
    return entry_of(_drive, types.int64(*numbers, *kinds, *arrays))


@compiled
def _drive(
    clock,
    steps,
    choose,
    integers,
    reals,
    choosers,
    updates,
    bandit,
    state,
    measured,
    even,
    fault,
):
    """Do `steps` steps of all passes, the first with the number `clock` + 1.

    Args:
        clock: The number of steps done.
        steps: How many.
        choose: The address of the choosing pass, as of `CompiledLoop.entry`.
        integers: That of the whole numbers among the chooser's fields.
        reals: That of the others.
        choosers: The address of the choosers.
        updates: The number of choices before.
        bandit: As for `of_runs`.
        state: As for `of_runs`.
        measured: As for `of_runs`.
        even: As for `of_runs`.
        fault: Gets the place of a fault.

    Returns:
        0, or which pass found a fault; its position is then in `fault`.
    """
    runs, number = of_runs(bandit, state, measured, even), state.options.shape[0]
    address = keep_runs(runs)
    for step in range(steps):
        arguments = (integers, reals, choosers, 0, number, updates + step)
        fault[0] = call_at(choose, arguments)
        if fault[0] >= 0:
            return CHOOSER_FAULT
        runs.change(0, number, clock + step + 1)
        fault[0] = runs.pull(address, 0, number, 0, runs._pulls, clock + step + 1)
        if fault[0] >= 0:
            return BANDIT_FAULT
        if measured.quorum <= 1.0 or step == steps - 1:
            _measure_all(runs, 1 if measured.quorum <= 1.0 else steps)
    return 0


@compiled
def _measure_all(runs, steps):
    for run in range(runs._runs):
        if runs._running[run]:
            runs.measure(run, steps)


@compiled
def measure_all(bandit, state, measured, even, steps):
    """Write the rows of the runs that have not stopped, and stop those at their quorum."""
    _measure_all(of_runs(bandit, state, measured, even), steps)


@compiled
def change_worlds(bandit, state, measured, even, run, runs, step):
    """As `runs_struct.change`, for calls from Python."""
    of_runs(bandit, state, measured, even).change(run, runs, step)


@compiled
def pull_all(bandit, state, measured, even, run, runs, step):
    """As `runs_struct.pull` for all options, for calls from Python."""
    them = of_runs(bandit, state, measured, even)
    return them.pull(keep_runs(them), run, runs, 0, state.options.shape[1], step)


@compiled
def pull_one(bandit, state, measured, even, run, place, step):
    """As `runs_struct.pull` for one option, for calls from Python."""
    them = of_runs(bandit, state, measured, even)
    return them.pull(keep_runs(them), run, 1, place, 1, step)
