"""The measures of a batch by name.

Knows: where the columns stand in the rows of a batch; no other file of this room does.
Does not know: what is done with the measures.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["CONSENSUS", "OPTIMAL_SHARE", "WRONG_CONSENSUS", "Columns", "summarised_names"]

OPTIMAL_SHARE, CONSENSUS = "optimal_share", "consensus"
WRONG_CONSENSUS = "wrong_consensus"


@dataclass(frozen=True)
class Columns:
    """Some of the measures of each run after its last step.

    Attributes:
        names: What they are called.
        places: Where they stand in a batch's rows.
    """

    names: tuple[str, ...]
    places: tuple[int, ...]

    @classmethod
    def of(cls, names: Sequence[str], columns: Sequence[str]) -> "Columns":
        """The measures with these names, in rows with these columns."""
        known = list(columns)
        return cls(tuple(names), tuple(known.index(name) for name in names))

    @classmethod
    def all(cls, columns: Sequence[str]) -> "Columns":
        """All measures of a record with these columns."""
        return cls.of(columns, columns)

    def write(self, values: np.ndarray, target: np.ndarray) -> None:
        """Write these measures of each run to an array, shape (columns, R).

        Args:
            values: All measures, shape (R, any), as of `Rows.values`.
            target: Gets these.
        """
        target[:] = values.T[list(self.places)]

    def rows(self, values: np.ndarray) -> np.ndarray:
        """A copy of these measures of each run, shape (..., R, columns)."""
        return values.take(self.places, axis=-1)


def summarised_names(columns: Sequence[str]) -> list[str]:
    """The measures that a summary has statistics of: all columns but the consensus."""
    return [name for name in columns if name != CONSENSUS]
