"""Colours: each process (rule, learner or dynamic) has the same one in every figure.

Knows: the palettes, and which part of the package gets which colour of them.
Does not know: the parts' names; those stand on their classes.
"""

import colorsys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count, islice

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_hex, to_rgb

from hivemind_abm.hives.names import RULES
from hivemind_abm.learners.names import LEARNERS
from hivemind_abm.studies.equivalence import process_of
from hivemind_abm.theory.dynamics import DYNAMICS

__all__ = ["colours_of", "colours_of_options", "process_colours"]


@dataclass(frozen=True)
class _Palette:
    """Colours in a fixed order: some chosen by hand, then generated ones without end.

    Attributes:
        chosen: The first colours.
        lightness: Of the generated colours, 0 to 1.  It differs between the palettes, so that no
            two of them generate the same colour.
    """

    chosen: tuple[str, ...]
    lightness: float

    def colours(self) -> Iterable[str]:
        yield from self.chosen
        for place in count():
            hue = (place * _GOLDEN_ANGLE) % 1.0
            yield to_hex(colorsys.hls_to_rgb(hue, self.lightness, _SATURATION))


_GOLDEN_ANGLE = 0.381966  # of a turn: hues at multiples of it stay far apart
_SATURATION = 0.65
# Okabe & Ito's and Tol's colours, which colour-blind readers can tell apart.  A part gets the
# colour at its place in the list of its kind.
_RULES = _Palette(("#56B4E9", "#E69F00", "#009E73", "#EE3377", "#BBCC33"), 0.35)
_LEARNERS = _Palette(("#CC79A7", "#882255", "#44AA99", "#117733", "#CC6677", "#DDCC77"), 0.45)
_DYNAMICS = _Palette(("#0072B2", "#D55E00", "#663333", "#6699CC"), 0.55)
# Curves of the paper's figures that are no rule's own symbol.
_CURVES = {
    "deterministic R_success": "#555555",
    "deterministic hybrid": "#999933",
    "stochastic hybrid": "#AA4499",
}
# Processes that are not listed, a user's own for instance; they are not drawn beside such curves.
_UNLISTED = _Palette((*_CURVES.values(), "#332288"), 0.65)
# Options: Okabe & Ito's seven that show on light and on dark stand last, because the last options
# of a preset are its best.
_OPTIONS = (
    "#8C8C8C",
    "#7A4B2A",
    "#7B5EA7",
    "#F0E442",
    "#D55E00",
    "#56B4E9",
    "#CC79A7",
    "#009E73",
    "#E69F00",
    "#0072B2",
)
_LIGHTEST, _DARKEST = 0.55, 0.65  # how far a shade is from its colour, towards white and to black


def colours_of(curves: Sequence[str]) -> dict[str, str]:
    """A colour for each curve of a figure.

    It is the colour of the curve's process.  Where several curves show one process ("R_wvoter,
    N = 10", "R_wvoter, N = 1000"), they get its shades from light to dark.  Processes that the
    package does not list get colours that no other curve of the figure has.
    """
    processes = [process_of(curve) for curve in curves]
    base = _with_unlisted(processes)
    colours = {}
    for curve, process in zip(curves, processes, strict=True):
        family = [other for other, name in zip(curves, processes, strict=True) if name == process]
        place = family.index(curve) / max(len(family) - 1, 1)
        colours[curve] = _shade(base[process], place) if len(family) > 1 else base[process]
    return colours


def process_colours() -> dict[str, str]:
    """The colours of all listed rules, learners and dynamics, and of the paper's other curves."""
    kinds: tuple[tuple[_Palette, list[str]], ...] = (
        (_RULES, [rule.symbol for rule in RULES.values()]),
        (_LEARNERS, [learner.symbol for learner in LEARNERS.values()]),
        (_DYNAMICS, list(DYNAMICS)),
    )
    colours = {
        name: colour
        for palette, names in kinds
        for name, colour in zip(names, palette.colours(), strict=False)
    }
    return colours | _CURVES


def colours_of_options(n_action: int) -> list[str]:
    """A colour for each option.

    Up to ten are colours that colour-blind readers can tell apart; more are a rainbow.
    """
    if n_action <= len(_OPTIONS):
        return list(_OPTIONS[len(_OPTIONS) - n_action :])
    rainbow = mpl.colormaps["turbo"](np.linspace(0.05, 0.95, n_action))
    return [str(to_hex(colour)) for colour in rainbow]


def _with_unlisted(processes: Sequence[str]) -> dict[str, str]:
    """The colours of the listed processes, and colours for the others among these."""
    listed = process_colours()
    unlisted = [name for name in dict.fromkeys(processes) if name not in listed]
    taken = {listed[name] for name in processes if name in listed}
    free = (colour for colour in _UNLISTED.colours() if colour not in taken)
    return listed | dict(zip(unlisted, islice(free, len(unlisted)), strict=True))


def _shade(colour: str, place: float) -> str:
    """From a light tint (place 0) over the colour itself to a dark shade (place 1)."""
    rgb = np.array(to_rgb(colour))
    if place < 0.5:
        return str(to_hex(rgb + (1.0 - rgb) * _LIGHTEST * (1.0 - 2.0 * place)))
    return str(to_hex(rgb * (1.0 - _DARKEST * (2.0 * place - 1.0))))
