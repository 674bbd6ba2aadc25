"""Arrays whose items are Python's numbers, for users' methods in plain Python.

A number of a NumPy array divides by zero and takes powers in NumPy's way, which is neither Python's
nor that of compiled code.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

__all__ = ["Numbers", "as_numbers"]


class Numbers(np.ndarray):
    """A view of an array; single items, and those that `for` gives, are Python's own numbers."""

    def __getitem__(self, index: Any) -> Any:
        """An item as a Python number, a part as an array."""
        value = super().__getitem__(index)
        return value.item() if isinstance(value, np.generic) else value

    def __iter__(self) -> Iterator[Any]:
        """The items one by one, as Python numbers."""
        return iter(self.tolist())


def as_numbers(array: np.ndarray, writable: bool = True) -> Numbers:
    """A view of an array as `Numbers`; what is written to a `writable` one is in the array."""
    view = array.view(Numbers)
    view.flags.writeable = writable
    return view
