"""The bees of a hive as shapes in one Matplotlib axes: a honeycomb, or the nodes of a network.

Knows: where each bee stands, and what its colour, rim and mark say.
Does not know: the step, or what stands beside the hive.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D

from hivemind_abm.app.figures.colours import colours_of_options
from hivemind_abm.hives.hive import Hive

__all__ = ["SIGNS", "BeeShapes", "Places", "is_silent"]

SIGNS = "●▲■◆▼✚"  # of rules: nodes have them from the first rule on, cells from the second
_TURNS = ((0, -1), (-1, 0), (-1, 1), (0, 1), (1, 0), (1, -1))  # along the sides of a ring of cells
_ROOMY = 12.0  # points of a cell's width from which a number has room in it
_INNER = 0.94  # of a cell that is filled
_PALEST = 0.3  # how much of its colour a bee has that shows a payoff of 0
_SILENT = 0.12  # and one that is silent
_EMPTY, _LINKS = "#8a8a8a", "#c4c4c4"
_BLACK_FROM = 0.179  # a luminance: on lighter cells black has more contrast than white
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])  # of red, green and blue (ITU-R BT.709)
_LOWER, _HIGHER = 0.58, 0.14  # of a mark below a number, and of the number, in a cell's size
_HEIGHT = 0.36  # of a number, in a cell's width


@dataclass(frozen=True)
class Places:
    """Where the bees of a network stand.

    Attributes:
        points: The place of each bee, shape (N, 2), in any unit; y points down.
        links: The two bees of each link, shape (L, 2).
        gap: How near to each other bees stand.
    """

    points: np.ndarray
    links: np.ndarray
    gap: float


class BeeShapes:
    """The bees of one hive, which take the colours of a step.

    A bee that dances is full in the colour of its option, paler the less it shows.  A silent bee is
    pale with a rim in that colour, and one without an option is empty.  In a mixed hive the rule is
    a mark on the cell, or the shape of the node.

    Args:
        axes: Empty; it is given over to the bees.
        hive: At any step.
        places: Where the bees stand; None for a honeycomb.
        text: Whether the numbers in the cells are text; outlines are drawn faster.

    Attributes:
        artists: What changes with the step, from back to front.
    """

    def __init__(
        self, axes: Axes, hive: Hive, places: Places | None = None, text: bool = False
    ) -> None:
        """Place the bees; `show` gives them their colours."""
        follows, n = hive.follows, hive.opinions.size
        self._colours = np.array(
            [to_rgb(each) for each in colours_of_options(hive.bandit.n_action)]
        )
        cells = _cells(n) if places is None else places.points * (1.0, -1.0)
        size = 1.0 if places is None else _node_size(places)
        _frame(axes, cells, 1.15 * size)
        points = _points_across(axes, size)
        if places is not None:
            lines = cells[places.links]
            width = min(0.8, 60.0 / max(len(lines), 1) ** 0.5)
            axes.add_collection(LineCollection(list(lines), color=_LINKS, linewidth=width))
        self._rim = min(0.16 * points / 2.0, 2.0)
        outlines = _hexagons(cells) if places is None else _signs(cells, size, follows)
        self._shapes = PolyCollection(outlines)
        axes.add_collection(self._shapes, autolim=False)
        roomy = points > _ROOMY
        mixed = places is None and bool(follows.any())
        numbers = _Text if text else _Outlines
        at = cells + ((0.0, _HIGHER) if mixed else (0.0, 0.0))
        self._numbers = numbers(axes, at, _HEIGHT * points) if roomy else None
        self._marked = np.flatnonzero(follows) if mixed else np.zeros(0, int)
        self._marks = _marks(axes, cells[self._marked], follows[self._marked], roomy)
        written = [] if self._numbers is None else self._numbers.artists
        self.artists: list[Any] = [self._shapes, *written, self._marks]

    def show(self, hive: Hive) -> None:
        """Take the colours that the bees have at the hive's step."""
        opinions, k = hive.opinions, len(self._colours)
        full = np.vstack([self._colours, to_rgb("white")])[np.minimum(opinions, k)]
        none, silent = opinions >= k, is_silent(hive)
        strength = np.where(silent, _SILENT, _PALEST + (1.0 - _PALEST) * hive.shown)[:, np.newaxis]
        fill = 1.0 - strength * (1.0 - full)
        rimmed = (silent | none)[:, np.newaxis]
        rim = np.where(none[:, np.newaxis], to_rgb(_EMPTY), full)
        self._shapes.set_facecolor(fill)
        self._shapes.set_edgecolor(np.where(rimmed, rim, fill))
        self._shapes.set_linewidth(np.where(rimmed[:, 0], self._rim, 0.0).tolist())
        ink = np.where((_luminance(fill) > _BLACK_FROM)[:, np.newaxis], 0.0, 1.0) * np.ones(3)
        if self._numbers is not None:
            words = ["" if option >= k else str(option) for option in opinions]
            self._numbers.show(words, ink)
        self._marks.set_facecolor(ink[self._marked])


def is_silent(hive: Hive) -> np.ndarray:
    """Which bees have a payoff and show none, shape (N,)."""
    return (hive.shown == 0.0) & (hive.payoffs > 0.0)


def _cells(n: int) -> np.ndarray:
    """The centres of the cells of a honeycomb that grows ring by ring, shape (N, 2).

    The unit is the size of a cell, from its centre to a corner.
    """
    cells, ring = [(0, 0)], 0
    while len(cells) < n:
        ring += 1
        q, r = ring, 0
        for dq, dr in _TURNS:
            for _ in range(ring):
                cells.append((q, r))
                q, r = q + dq, r + dr
    q, r = np.array(cells[:n], float).T
    return np.stack([np.sqrt(3.0) * (q + r / 2.0), -1.5 * r], axis=1)


def _node_size(places: Places) -> float:
    """The radius of a node: nodes of most bees stand apart, and none is huge."""
    longer = float(np.ptp(places.points, axis=0).max()) or 1.0
    return min(max(0.4 * places.gap, 0.004 * longer), 0.04 * longer)


def _frame(axes: Axes, cells: np.ndarray, margin: float) -> None:
    low, high = cells.min(axis=0) - margin, cells.max(axis=0) + margin
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal")
    axes.axis("off")


def _points_across(axes: Axes, size: float) -> float:
    """The width of a cell on the page, in points."""
    axes.apply_aspect()
    across = axes.transData.transform([(0.0, 0.0), (2.0 * size, 0.0)])
    return float(across[1, 0] - across[0, 0]) * 72.0 / float(axes.figure.dpi)


class _Text:
    """Numbers in cells, as text."""

    def __init__(self, axes: Axes, cells: np.ndarray, points: float) -> None:
        style: dict[str, Any] = {"ha": "center", "va": "center_baseline", "fontsize": points}
        self.artists = [axes.text(cell[0], cell[1], "", **style) for cell in cells]

    def show(self, words: Sequence[str], ink: np.ndarray) -> None:
        for artist, word, colour in zip(self.artists, words, ink, strict=True):
            artist.set_text(word)
            artist.set_color(tuple(colour))


class _Outlines:
    """Numbers in cells, as outlines of their figures: the same picture as `_Text`."""

    def __init__(self, axes: Axes, cells: np.ndarray, points: float) -> None:
        self._points = points
        self._paths = {"": Path(np.zeros((0, 2)))}
        collection = PathCollection(
            [self._paths[""]], offsets=cells, offset_transform=axes.transData, linewidth=0.0
        )
        collection.set_transform(Affine2D().scale(axes.figure.dpi / 72.0))
        axes.add_collection(collection, autolim=False)
        self.artists = [collection]

    def show(self, words: Sequence[str], ink: np.ndarray) -> None:
        for word in set(words) - self._paths.keys():
            self._paths[word] = self._path(word)
        self.artists[0].set_paths([self._paths[word] for word in words])
        self.artists[0].set_facecolor(ink)

    def _path(self, word: str) -> Path:
        path = TextPath((0.0, 0.0), word, size=self._points)
        box = path.get_extents()
        to_middle = Affine2D().translate(-box.x0 - box.width / 2.0, -box.y0 - box.height / 2.0)
        return to_middle.transform_path(path)


def _marks(axes: Axes, cells: np.ndarray, kinds: np.ndarray, roomy: bool) -> PolyCollection:
    """The signs of rules, below the numbers or instead of them."""
    at = cells - ((0.0, _LOWER) if roomy else (0.0, 0.0))
    marks = PolyCollection(_signs(at, 0.18 if roomy else 0.42, kinds - 1), linewidth=0.0)
    axes.add_collection(marks, autolim=False)
    return marks


def _hexagons(cells: np.ndarray) -> list[np.ndarray]:
    """The corners of the cells of a honeycomb."""
    return list(cells[:, np.newaxis] + _INNER * _corners(6, 30.0))


def _signs(points: np.ndarray, size: float, kinds: np.ndarray) -> list[np.ndarray]:
    """The corners of a sign at each point: the one of its kind in `SIGNS`."""
    signs = [size * _sign(sign) for sign in SIGNS]
    return [point + signs[kind % len(SIGNS)] for point, kind in zip(points, kinds, strict=True)]


def _sign(sign: str) -> np.ndarray:
    """The corners of a sign around 0, about 1 from it."""
    if sign == "✚":
        thin, long = 0.38, 1.1
        arm = np.array([(thin, long), (thin, thin), (long, thin)])
        turns = (((1, 1), 1), ((1, -1), -1), ((-1, -1), 1), ((-1, 1), -1))
        return np.concatenate([(arm * turned)[::order] for turned, order in turns])
    corners = {"●": (20, 0.0), "▲": (3, 90.0), "■": (4, 45.0), "◆": (4, 0.0), "▼": (3, -90.0)}
    number, turned = corners[sign]
    return _corners(number, turned) * (1.0 if number > 4 else 1.2)


def _corners(number: int, turned: float) -> np.ndarray:
    """The corners of a regular polygon around 0, shape (number, 2); the first is at an angle."""
    angles = np.radians(turned) + np.arange(number) * 2.0 * np.pi / number
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def _luminance(rgb: np.ndarray) -> np.ndarray:
    """The relative luminance of colours (WCAG 2.2), shape (N,)."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ _LUMINANCE)
