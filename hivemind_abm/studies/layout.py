"""Cells as a grid of their parameters, or as one dimension.

Knows: which parameters vary, and how their values become the labels of coordinates.
Does not know: the results of the cells, or xarray.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["Layout", "text_of"]

_SPARSE = 0.5  # cells that fill at most this share of all combinations are no grid
_LARGEST = 2**63  # of whole numbers with 64 bits
_MISSING = object()  # an argument that a cell does not have


@dataclass(frozen=True)
class Layout:
    """The dimensions of the parameters of some cells, and where the cells are in them.

    Attributes:
        dimensions: The length of each.
        places: The index of each cell in the flattened dimensions, shape (cells,).
        coordinates: (dimensions, labels) of each parameter.
    """

    dimensions: Mapping[str, int]
    places: np.ndarray
    coordinates: Mapping[str, tuple[tuple[str, ...], np.ndarray]]

    @classmethod
    def of(cls, cells: Sequence[Mapping[str, Any]], ids: Sequence[Any]) -> "Layout":
        """The layout of some cells.

        They are a grid of the parameters that vary and that all cells have, if each cell then has
        its own place, if more than half of the places have a cell, and if each other parameter is a
        function of one dimension.  Else there is one dimension `cell`.

        Args:
            cells: The parameters of each.
            ids: Its label on the dimension `cell`.
        """
        names = dict.fromkeys(name for cell in cells for name in cell)
        labels = {name: _labels([cell.get(name, _MISSING) for cell in cells]) for name in names}
        levels = {name: _levels(column) for name, column in labels.items()}
        varying = [name for name, (distinct, _) in levels.items() if len(distinct) > 1]
        partial = [name for name in varying if any(name not in cell for cell in cells)]
        axes = {name: levels[name] for name in varying if name not in partial}
        owners = {name: _owner(levels[name][1], axes) for name in partial}
        shape = tuple(len(distinct) for distinct, _ in axes.values())
        places = np.zeros(len(cells), np.int64)
        for length, (_, codes) in zip(shape, axes.values(), strict=True):
            places = places * length + codes
        distinct_places = len(np.unique(places)) == len(cells)
        sparse = len(cells) > 1 and len(cells) <= _SPARSE * math.prod(shape)
        coordinates: dict[str, Any] = {
            name: ((), column[0]) for name, column in labels.items() if name not in varying
        }
        if not distinct_places or sparse or None in owners.values():
            along_cell = {name: (("cell",), labels[name]) for name in varying}
            coordinates = {"cell": (("cell",), np.array(ids))} | coordinates | along_cell
            return cls({"cell": len(cells)}, np.arange(len(cells)), coordinates)
        coordinates |= {name: ((name,), distinct) for name, (distinct, _) in axes.items()}
        for name, owner in owners.items():
            if owner is not None:
                first = np.unique(axes[owner][1], return_index=True)[1]
                coordinates[name] = ((owner,), labels[name][first])
        return cls(dict(zip(axes, shape, strict=True)), places, coordinates)


def text_of(value: Any) -> str:
    """A value as the text of a label."""
    if isinstance(value, list | tuple | np.ndarray):
        return f"({', '.join(map(text_of, value))})"
    return value.__name__ if isinstance(value, type) else str(value)


def _labels(values: Sequence[Any]) -> np.ndarray:
    """The labels of a coordinate: numbers, truth values, or texts."""
    plain = [value.item() if isinstance(value, np.generic) else value for value in values]
    kinds = {type(value) for value in plain if value is not _MISSING}
    if kinds == {bool} and _MISSING not in plain:
        return np.array(plain)
    if kinds <= {int, float} and all(
        value is _MISSING or abs(value) < _LARGEST or type(value) is float for value in plain
    ):
        return np.array([math.nan if value is _MISSING else value for value in plain])
    return np.array(["" if value is _MISSING else text_of(value) for value in plain])


def _levels(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct labels in the order in which they appear, and the place of each label in it."""
    codes, distinct = pd.factorize(pd.Series(labels), use_na_sentinel=False)
    return np.asarray(distinct, labels.dtype), codes


def _owner(codes: np.ndarray, axes: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> str | None:
    """The first dimension that a parameter is a function of; None if there is none."""
    for name, (distinct, places) in axes.items():
        if len(set(zip(places.tolist(), codes.tolist(), strict=True))) == len(distinct):
            return name
    return None
