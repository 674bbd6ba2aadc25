"""How results are shown: one line for `repr`, a few lines for `str`, a table in a notebook.

Knows: how a summary becomes text and HTML.  Does not know: what any result means.
"""

import html
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Result", "shortened"]

_MOST_ITEMS = 4  # the most items of a sequence that are shown
_LONGEST = 60  # the most characters of a text that are shown


class Result:
    """What a computation returns to the user; also a model.

    A subclass writes `table` and `summary`, and `title` where the class's name says too little.  A
    dataclass that extends it needs `repr=False`.
    """

    def table(self) -> "pd.DataFrame":
        """All numbers, as a DataFrame."""
        raise NotImplementedError(f"{type(self).__name__} has no table()")

    def summary(self) -> dict[str, Any]:
        """The main numbers by name; the summaries of several results make a table."""
        raise NotImplementedError(f"{type(self).__name__} has no summary()")

    @property
    def title(self) -> str:
        """The first words of its repr, str and HTML."""
        return type(self).__name__

    def __repr__(self) -> str:
        parts = (f"{name}={shortened(value)}" for name, value in self.summary().items())
        return f"<{self.title}: {', '.join(parts)}>"

    def __str__(self) -> str:
        summary = self.summary()
        width = max(map(len, summary), default=0)
        lines = (f"  {name:{width}}  {shortened(value)}" for name, value in summary.items())
        return "\n".join([self.title, *lines])

    def _repr_html_(self) -> str:
        rows = (
            f"<tr><th style='text-align:left'>{html.escape(name)}</th>"
            f"<td style='text-align:left'>{html.escape(shortened(value))}</td></tr>"
            for name, value in self.summary().items()
        )
        return f"<table><caption>{html.escape(self.title)}</caption>{''.join(rows)}</table>"


def shortened(value: Any) -> str:
    """A value as a short text: numbers with five digits, a long sequence with its ends only."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, float | np.floating):
        return f"{value:.5g}"
    if isinstance(value, np.ndarray | tuple | list):
        items = [shortened(item) for item in value]
        if len(items) > _MOST_ITEMS:
            items = [*items[: _MOST_ITEMS - 1], "...", items[-1]]
        return f"({', '.join(items)})"
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 4]} ..."
