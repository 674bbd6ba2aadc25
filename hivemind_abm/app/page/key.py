"""The key of a chart of shares: each option's name, its colour and its share now.

Knows: how options are told apart.
Does not know: what a chart shows of them.
"""

import html
from collections.abc import Iterable, Mapping

import pandas as pd
import solara

from hivemind_abm.app.figures.colours import colours_of_options

__all__ = ["colours_by_name", "share_key"]


def colours_by_name(names: Iterable[str]) -> dict[str, str]:
    """A colour for each name of an option; options of several players may share a name."""
    distinct = list(dict.fromkeys(names))
    return dict(zip(distinct, colours_of_options(len(distinct)), strict=True))


def share_key(
    rows: pd.DataFrame, columns: Mapping[str, str], colours: Mapping[str, str], ink: str
) -> None:
    """A key below a chart, which wraps where there is little room.

    Args:
        rows: The rows of the chart; the last one is now.
        columns: The column of each option by its name.
        colours: The colour of each option by its name.
        ink: The colour of what has none.
    """
    chips = "".join(
        f"<span><i style='background: {colours.get(name, ink)}'></i>"
        f"{html.escape(name)}: {rows[column].iloc[-1]:.3f}</span>"
        for name, column in columns.items()
    )
    solara.HTML(tag="div", unsafe_innerHTML=chips, classes=["hm-key"])
