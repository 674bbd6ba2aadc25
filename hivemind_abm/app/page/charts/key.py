"""The key of a chart: what its colours, lines and marks stand for, and the shares now.

Knows: how options, lines and marks are told apart, and that long names are cut short.
Does not know: what a chart shows of them.
"""

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import solara

from hivemind_abm.app.figures.colours import colours_of_options
from hivemind_abm.app.page.charts.curves import System

__all__ = ["Sign", "colours_by_name", "share_key", "sign_key", "signs_of_systems"]

_CUT = "max-width: 100%; overflow: hidden; text-overflow: ellipsis"
_DASHES = {"long dashes": "12 4", "dashed": "6 4", "dotted": "2 3"}  # pixels
_SHAPES = {
    "circle": "<circle cx='7' cy='7' r='4.5' {paint}/>",
    "diamond": "<path d='M7 1.5 L12.5 7 L7 12.5 L1.5 7 Z' {paint}/>",
    "triangle": "<path d='M7 2 L12.5 12 L1.5 12 Z' {paint}/>",
    "arrow": "<path d='M1 13 L9 5 M3.5 4 L10 4 L10 10.5' fill='none' stroke='{colour}'/>",
    "band": "<rect y='2' width='14' height='10' fill='{colour}' opacity='0.35'/>",
    "dot": "<circle cx='7' cy='7' r='5.5' {paint}/>",
}


@dataclass(frozen=True)
class Sign:
    """A line or a mark of a chart, with what it stands for.

    Attributes:
        name: What it stands for.
        colour: Its colour.
        kind: The kind of a line, as `System.kind`.
        width: The width of a line, pixels.
        shape: The shape of a mark, "circle", "diamond", "triangle", "arrow" or "dot"; "" for a
            line.
        filled: Whether a mark is filled.
    """

    name: str
    colour: str
    kind: str = "solid"
    width: float = 2.0
    shape: str = ""
    filled: bool = True


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


def sign_key(signs: Iterable[Sign]) -> None:
    """A key of lines and marks below a chart; names that have no room are shown on hover."""
    chips = "".join(
        f"<span style='{_CUT}' title='{html.escape(sign.name)}'>"
        f"{_drawn(sign)} {html.escape(sign.name)}</span>"
        for sign in signs
    )
    solara.HTML(tag="div", unsafe_innerHTML=chips, classes=["hm-key"])


def signs_of_systems(systems: Iterable[System], colour: str = "") -> list[Sign]:
    """The lines of the systems of a record.

    Args:
        systems: From `systems_of`.
        colour: The same for all of them; "" for that of each.
    """
    return [
        Sign(system.name, colour or system.colour, system.kind, system.width) for system in systems
    ]


def _drawn(sign: Sign) -> str:
    """A sign as an SVG picture."""
    if sign.shape:
        fill = sign.colour if sign.filled else "none"
        paint: Any = f"fill='{fill}' stroke='{sign.colour}' stroke-width='1.6'"
        inner = _SHAPES[sign.shape].format(paint=paint, colour=sign.colour)
        return _svg(14, 14, inner)
    dash = f" stroke-dasharray='{_DASHES[sign.kind]}'" if sign.kind in _DASHES else ""
    inner = (
        f"<line x1='0' y1='5' x2='28' y2='5' stroke='{sign.colour}' "
        f"stroke-width='{sign.width}'{dash}/>"
    )
    return _svg(28, 10, inner)


def _svg(width: int, height: int, inner: str) -> str:
    return (
        f"<svg width='{width}' height='{height}' viewBox='0 0 {width} {height}' "
        f"aria-hidden='true' style='vertical-align: middle'>{inner}</svg>"
    )
