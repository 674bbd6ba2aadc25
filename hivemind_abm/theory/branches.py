"""Which fixed points of neighbouring values belong to one branch.

Knows: how points are joined.  Does not know: where branches meet (`meetings`).
"""

import numpy as np
from scipy.optimize import linear_sum_assignment

from hivemind_abm.theory.smooth_drift import SmoothDrift
from hivemind_abm.theory.zeros import Zeros, solved

__all__ = ["Branch", "join_branches"]

Branch = list[int]  # the places of its points among the zeros, by rising value

_FARTHEST = 0.1  # of a share, between a point and where it is expected, on a dense curve
_FARTHEST_COARSE = 0.25
_DENSE = 0.05  # the longest step of s on a dense curve
_FAR = 1e3


def join_branches(field: SmoothDrift, zeros: Zeros, values: np.ndarray) -> list[Branch]:
    """Join the zeros of neighbouring values, each with the one that lies where its slope leads.

    Args:
        field: The drift.
        zeros: Its zeros.
        values: All values of the parameter on [-1, 1], increasing, shape (V,).
    """
    slopes = _slopes(field, zeros)
    branches: list[Branch] = []
    open_branches: list[Branch] = []
    for value in values:
        here = np.flatnonzero(zeros.s == value)
        last = np.array([branch[-1] for branch in open_branches], int)
        pairs = _matched(zeros, slopes, last, here) if last.size and here.size else {}
        going = []
        for place, branch in enumerate(open_branches):
            if place in pairs:
                branch.append(pairs[place])
                going.append(branch)
        begun: list[Branch] = [[int(each)] for each in here if each not in pairs.values()]
        branches += begun
        open_branches = going + begun
    return branches


def _slopes(field: SmoothDrift, zeros: Zeros) -> np.ndarray:
    """The slope dy / ds of the branch at each zero, shape (n, d)."""
    if not zeros.y.size:
        return zeros.y
    _, jacobian = field(zeros.y, zeros.s)
    return -solved(jacobian, field.slope(zeros.y, zeros.s))


def _matched(
    zeros: Zeros, slopes: np.ndarray, last: np.ndarray, here: np.ndarray
) -> dict[int, int]:
    """For each open branch that goes on, the place of its next point."""
    step = zeros.s[here[0]] - zeros.s[last[0]]
    farthest = _FARTHEST if step <= _DENSE else _FARTHEST_COARSE
    ahead = zeros.y[last] + np.clip(step * slopes[last], -farthest, farthest)
    behind = zeros.y[here] - np.clip(step * slopes[here], -farthest, farthest)
    forth = np.abs(ahead[:, None] - zeros.y[here][None]).max(axis=2)
    back = np.abs(zeros.y[last][:, None] - behind[None]).max(axis=2)
    cost = np.minimum(forth, back)
    rows, columns = linear_sum_assignment(np.where(cost < farthest, cost, _FAR))
    return {
        int(row): int(here[column])
        for row, column in zip(rows, columns, strict=True)
        if cost[row, column] < farthest
    }
