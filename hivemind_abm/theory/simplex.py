"""Coordinates of the shares: all but one of each kind of bees.

Knows: how shares become independent coordinates, and what exchanging two options does to them.
Does not know: what the shares do.
"""

from itertools import permutations, product
from typing import NamedTuple

import numpy as np

__all__ = ["Exchange", "Simplex", "exchanges"]

_MOST_EXCHANGES = 24


class Exchange(NamedTuple):
    """Options exchanged, as the map y -> matrix y + shift of the coordinates."""

    matrix: np.ndarray
    shift: np.ndarray


class Simplex:
    """The shares among F kinds of bees, each of C columns, without the share of one option.

    Args:
        kinds: F.
        columns: C.
        reference: The option whose share is left out.

    Attributes:
        d: The number of coordinates, F (C - 1).
    """

    def __init__(self, kinds: int, columns: int, reference: int) -> None:
        """Number the coordinates."""
        self.kinds, self.columns, self.reference = kinds, columns, reference
        names = np.arange(kinds * columns).reshape(kinds, columns)
        self._kept = np.delete(names, reference, axis=1).ravel()
        self.d = self._kept.size
        self._offset = np.zeros(kinds * columns)
        self._offset[names[:, reference]] = 1.0
        self._basis = np.zeros((kinds * columns, self.d))
        self._basis[self._kept, np.arange(self.d)] = 1.0
        for place in range(self.d):
            self._basis[names[place // (columns - 1), reference], place] = -1.0

    def reduced(self, shares: np.ndarray) -> np.ndarray:
        """The coordinates of shares, or of their changes, shape (..., d)."""
        return shares[..., self._kept]

    def shares(self, y: np.ndarray) -> np.ndarray:
        """The shares with these coordinates, shape (..., F C)."""
        return self._offset + y @ self._basis.T

    def changes(self, y: np.ndarray) -> np.ndarray:
        """The changes of the shares when the coordinates change by y, shape (..., F C)."""
        return y @ self._basis.T

    def outside(self, y: np.ndarray) -> np.ndarray:
        """How far each point is outside the simplex: its most negative share, shape (...)."""
        return np.maximum(-self.shares(y).min(axis=-1), 0.0)

    def exchanged(self, order: np.ndarray) -> Exchange:
        """What a new order of the columns does to the coordinates.

        Args:
            order: Column a gets the share of column order[a], shape (C,).
        """
        both = np.concatenate([order + kind * self.columns for kind in range(self.kinds)])
        return Exchange(self._basis[both][self._kept], self._offset[both][self._kept])


def exchanges(simplex: Simplex, pairs: list[tuple[int, int]]) -> list[Exchange]:
    """All exchanges that follow from the pairs of options that may be exchanged.

    The first one changes nothing.  Where there would be very many, there is only this one.

    Args:
        simplex: The coordinates.
        pairs: Options whose exchange changes nothing in the hive.
    """
    classes = {a: {a} for a in range(simplex.columns)}
    for a, b in pairs:
        joined = classes[a] | classes[b]
        for each in joined:
            classes[each] = joined
    groups = [sorted(group) for group in {min(group): group for group in classes.values()}.values()]
    orders = []
    for chosen in product(*(permutations(group) for group in groups)):
        order = np.zeros(simplex.columns, int)
        for group, new in zip(groups, chosen, strict=True):
            order[group] = new
        orders.append(order)
        if len(orders) > _MOST_EXCHANGES:
            orders = orders[:1]
            break
    return [simplex.exchanged(order) for order in orders]
