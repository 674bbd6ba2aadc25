"""Which rows of a long record are shown.

Knows: how rows are spaced.  Does not know: what is in them.
"""

__all__ = ["places_of"]


def places_of(rows: int, most: int | None = None, looked: int | None = None) -> list[int]:
    """The places of some rows: evenly spaced ones from the first on, and the last one.

    Args:
        rows: How many rows there are.
        most: How many evenly spaced ones are wanted, at most; None for all.
        looked: A place that is wanted too, or the last one if there are fewer rows.
    """
    if rows == 0:
        return []
    last, every = rows - 1, 1 if most is None else -(-rows // most)
    return sorted({*range(0, rows, every), last, last if looked is None else min(looked, last)})
