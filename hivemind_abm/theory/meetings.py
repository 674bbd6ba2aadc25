"""Where branches of fixed points meet, or lose their stability in another way.

Knows: folds, points where branches cross or part, and where oscillations begin.  Does not know: how
branches are found (`zeros`, `branches`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from hivemind_abm.theory.branches import Branch
from hivemind_abm.theory.smooth_drift import SmoothDrift
from hivemind_abm.theory.zeros import Zeros

__all__ = ["Meeting", "find_meetings"]

_NEAR = 0.4  # shares within which branches end at a meeting
_SAME = 0.02  # meetings of the same branches are closer in shares than this
_ITERATIONS = 40
_AROUND = 4  # points of a branch through which a growth is interpolated
_PARTING = 2  # branches that end at a pitchfork


@dataclass(frozen=True, eq=False)
class Meeting:
    """A value at which branches meet, or at which oscillations begin.

    Attributes:
        s: The parameter on [-1, 1].
        error: Its standard error.
        y: The coordinates of the shares there, shape (d,).
        kind: "fold" (a stable and an unstable point meet and vanish), "pitchfork" (a point loses
            its stability to two new ones), "transcritical" (two points meet and exchange their
            stability, or one leaves the simplex), "oscillation", or "period two" (of a hive in
            steps).
        branches: The numbers of the branches.
    """

    s: float
    error: float
    y: np.ndarray
    kind: str
    branches: tuple[int, ...]


def find_meetings(
    field: SmoothDrift, zeros: Zeros, branches: Sequence[Branch], values: np.ndarray
) -> list[Meeting]:
    """All meetings, by rising value.

    Args:
        field: The drift.
        zeros: Its zeros.
        branches: The branches.
        values: All values of the parameter on [-1, 1], shape (V,).
    """
    ends = _Ends(zeros, branches, values)
    meetings: list[Meeting] = []
    for number, branch in enumerate(branches):
        for place, (before, after) in enumerate(pairwise(branch)):
            for k in _crossing(zeros, before, after):
                meetings.append(_at_crossing(zeros, branch, number, place, k, ends))
    meetings = _without_doubles(meetings)
    meetings += _folds(field, zeros, ends)
    return sorted(meetings, key=lambda meeting: meeting.s)


class _Ends:
    """The ends of branches that belong to no meeting yet: (branch, place, interval)."""

    def __init__(self, zeros: Zeros, branches: Sequence[Branch], values: np.ndarray) -> None:
        self.zeros, self.values = zeros, values
        self.open: set[tuple[int, int, int]] = set()
        for number, branch in enumerate(branches):
            first = int(np.searchsorted(values, zeros.s[branch[0]]))
            last = int(np.searchsorted(values, zeros.s[branch[-1]]))
            if first > 0:
                self.open.add((number, branch[0], first - 1))
            if last < values.size - 1:
                self.open.add((number, branch[-1], last))

    def taken_near(self, interval: int, y: np.ndarray) -> list[int]:
        """Take the ends in an interval near a point; the numbers of their branches."""
        near = [
            end
            for end in self.open
            if abs(end[2] - interval) <= 1 and np.abs(self.zeros.y[end[1]] - y).max() < _NEAR
        ]
        self.open -= set(near)
        return [end[0] for end in near]


def _crossing(zeros: Zeros, before: int, after: int) -> list[int]:
    """Which growths change their sign between two points of a branch."""
    low, high = sorted((int(zeros.rising[before]), int(zeros.rising[after])))
    return list(range(low, high))


def _at_crossing(
    zeros: Zeros, branch: Branch, number: int, place: int, k: int, ends: _Ends
) -> Meeting:
    """The meeting where growth k of a branch is zero after point `place`."""
    around = branch[max(0, place - _AROUND // 2 + 1) : place + _AROUND // 2 + 1]
    s, growth = zeros.s[around], zeros.growth[around, k]
    s0, s1 = zeros.s[branch[place]], zeros.s[branch[place + 1]]
    centre, scale = 0.5 * (s0 + s1), s1 - s0
    polynomial = np.polyfit((s - centre) / scale, growth, min(len(around) - 1, 3))
    roots = np.roots(polynomial)
    real = roots.real[np.abs(roots.imag) < 1e-9]
    inside = real[np.abs(real) <= 0.5]
    g0, g1 = zeros.growth[branch[place], k], zeros.growth[branch[place + 1], k]
    at = float(inside[0]) if inside.size else -0.5 + g0 / (g0 - g1)
    slope = float(np.polyval(np.polyder(polynomial), at)) / scale
    part = at + 0.5
    pair = [branch[place], branch[place + 1]]
    weights = np.array([1.0 - part, part])
    y = weights @ zeros.y[pair]
    error = float(weights @ zeros.growth_error[pair, k]) / max(abs(slope), 1e-12)
    interval = int(np.searchsorted(ends.values, s0))
    eigenvalue = zeros.eigenvalues[pair[int(part > 0.5)], k]
    if abs(eigenvalue.imag) > 1e-6:
        return Meeting(centre + at * scale, error, y, "oscillation", (number,))
    if eigenvalue.real < -1.0:
        return Meeting(centre + at * scale, error, y, "period two", (number,))
    others = ends.taken_near(interval, y)
    kind = "pitchfork" if len(others) == _PARTING else "transcritical"
    return Meeting(centre + at * scale, error, y, kind, (number, *sorted(others)))


def _without_doubles(meetings: list[Meeting]) -> list[Meeting]:
    """One meeting where two branches, or two growths, cross at the same place."""
    kept: list[Meeting] = []
    for meeting in meetings:
        for place, other in enumerate(kept):
            apart = abs(meeting.s - other.s) - 3.0 * (meeting.error + other.error)
            near = np.abs(meeting.y - other.y).max() < _SAME
            if near and apart < 1e-3 and meeting.kind == other.kind:
                both = tuple(sorted({*meeting.branches, *other.branches}))
                least = min(meeting, other, key=lambda each: each.error)
                kept[place] = Meeting(least.s, least.error, least.y, least.kind, both)
                break
        else:
            kept.append(meeting)
    return kept


def _folds(field: SmoothDrift, zeros: Zeros, ends: _Ends) -> list[Meeting]:
    """The folds: pairs of branches that end in the same interval."""
    pairs = [
        (float(np.abs(zeros.y[a[1]] - zeros.y[b[1]]).max()), a, b)
        for a in ends.open
        for b in ends.open
        if a[0] < b[0] and a[2] == b[2] and abs(zeros.rising[a[1]] - zeros.rising[b[1]]) == 1
    ]
    folds: list[Meeting] = []
    for distance, a, b in sorted(pairs):
        if distance < _NEAR and {a, b} <= ends.open:
            fold = _fold(field, zeros, a, b, ends.values)
            if fold is not None:
                folds.append(fold)
                ends.open -= {a, b}
    return folds


def _fold(
    field: SmoothDrift,
    zeros: Zeros,
    a: tuple[int, int, int],
    b: tuple[int, int, int],
    values: np.ndarray,
) -> Meeting | None:
    """The fold where two branches meet, by Newton's method; its error from the hives.

    The unknowns are the shares, the vector that the derivative annihilates, and the parameter.
    """
    low, high = values[a[2]], values[a[2] + 1]
    y, s = 0.5 * (zeros.y[a[1]] + zeros.y[b[1]]), 0.5 * (low + high)
    apart = zeros.y[a[1]] - zeros.y[b[1]]
    v = apart / np.linalg.norm(apart)
    unknown = np.concatenate([y, v, [s]])
    fixed = v.copy()
    for _ in range(_ITERATIONS):
        residual = _fold_residual(field, unknown, fixed)
        step = np.linalg.lstsq(
            _numeric_slope(lambda u: _fold_residual(field, u, fixed), unknown),
            -residual,
            rcond=None,
        )[0]
        unknown = unknown + step * min(1.0, 0.1 / max(np.abs(step).max(), 1e-300))
        if np.abs(step).max() < 1e-10:
            break
    d = y.size
    y, s = unknown[:d], float(unknown[-1])
    if np.abs(_fold_residual(field, unknown, fixed)).max() > 1e-6:
        return None
    if not low - (high - low) <= s <= high + (high - low):
        return None
    at, value = y[None], np.array([s])
    _, jacobian = field(at, value)
    left = np.linalg.svd(jacobian[0])[0][:, -1]
    slope = float(left @ field.slope(at, value)[0])
    hives = len(field.by_hive)
    moved = np.array([left @ field.without(hive, at, value)[0][0] for hive in range(hives)])
    variance = (hives - 1) / hives * (moved**2).sum() + field.systematic**2
    error = float(np.sqrt(variance)) / max(abs(slope), 1e-12)
    return Meeting(s, error, y, "fold", (a[0], b[0]))


def _fold_residual(field: SmoothDrift, unknown: np.ndarray, fixed: np.ndarray) -> np.ndarray:
    d = fixed.size
    y, v, s = unknown[:d], unknown[d:-1], unknown[-1:]
    drift, jacobian = field(y[None], s)
    return np.concatenate([drift[0], jacobian[0] @ v, [fixed @ v - 1.0]])


def _numeric_slope(function: Callable[[np.ndarray], np.ndarray], at: np.ndarray) -> np.ndarray:
    """The derivative of a function of a vector, by central differences."""
    step = 1e-6
    columns = [
        (function(at + move) - function(at - move)) / (2.0 * step)
        for move in step * np.eye(at.size)
    ]
    return np.stack(columns, axis=1)
