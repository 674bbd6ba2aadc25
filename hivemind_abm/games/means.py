"""The compiled pass in which bees get their mean payoff against the shares of the others.

Knows: how a tensor is contracted with the shares of a run.  Does not know: games; one pass serves
all of them.
"""

from functools import cache

import numpy as np
from numba import carray

from hivemind_abm.bandits.passes import PULL, load_runs
from hivemind_abm.bandits.rivals import AXES, FIRST, OPTIONS, SEAT, SHARES, WIDTH
from hivemind_abm.engine.intrinsics import advance, integers_at, reals_at
from hivemind_abm.engine.loops import Loop, compiled, loop_of
from hivemind_abm.games.tensors import contract

__all__ = ["mean_pull", "means_table"]

# Words of the table of `means_table`: addresses and sizes of its arrays.
_VALUES, _CELLS, _SIZES, _GATHERED, _ALL, _RESULT = range(6)


def means_table(values: np.ndarray, own: int) -> tuple[np.ndarray, ...]:
    """What `mean_pull` needs of a player's tensor.

    Args:
        values: The tensor, shape (K_1, ..., K_P), or with the axis of a fellow.
        own: The player's axis.

    Returns:
        The table, int64, and the arrays to which it points; they must outlive its use.
    """
    flat, sizes = np.ascontiguousarray(values).reshape(-1), np.array(values.shape, np.int64)
    gathered, result = np.zeros(int(sizes.sum())), np.zeros(int(sizes[own]))
    words = (
        flat.ctypes.data,
        flat.size,
        sizes.ctypes.data,
        gathered.ctypes.data,
        gathered.size,
        result.ctypes.data,
    )
    return np.array(words, np.int64), flat, sizes, gathered, result


@cache
def mean_pull() -> Loop:
    """The machine code of the pass; arguments and result as for `bandits.stepping.pull`."""
    return loop_of(_mean_pull, PULL)


@compiled
def _mean_pull(address, first, number, place, pulls, step):
    runs = load_runs(address)
    means, table = integers_at(runs._pull_integers), integers_at(runs._rivals)
    axes, k = table[AXES], runs._k
    values = carray(reals_at(means[_VALUES]), (means[_CELLS],))
    sizes = carray(integers_at(means[_SIZES]), (axes,))
    gathered = carray(reals_at(means[_GATHERED]), (means[_ALL],))
    result = carray(reals_at(means[_RESULT]), (k,))
    for run in range(first, first + number):
        if not runs._running[run]:
            continue
        start = 0
        for axis in range(axes):
            row = advance(table, FIRST + WIDTH * axis)
            shares = advance(reals_at(row[SHARES]), run * row[OPTIONS])
            for option in range(row[OPTIONS]):
                gathered[start + option] = shares[option]
            start += row[OPTIONS]
        contract(values, sizes, table[SEAT], gathered, result)
        begin = run * runs._pulls + place
        chosen, paid = advance(runs._options, begin), advance(runs._payoffs, begin)
        for b in range(pulls):
            option = np.int64(chosen[b])
            paid[b] = min(max(result[option], 0.0), 1.0) if option < k else 0.0
    return -1
