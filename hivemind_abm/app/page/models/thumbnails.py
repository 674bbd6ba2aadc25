"""Small pictures of what the models of the gallery do, from shares that come with the package.

Knows: how the shares of a run are stored, and how they are drawn as SVG.
Does not know: how a run is made; `visualizations/thumbnails.py` makes them all.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hivemind_abm.app.figures.colours import colours_of_options

__all__ = ["FILE", "ONE", "Thumbnail", "digest_of", "read", "svg_of", "thumbnails", "written"]

FILE = Path(__file__).with_suffix(".json")
ONE = 100  # a share of 1: what is stored has two decimals
_DIGITS = 12  # of a digest
_GAP = 6  # between the bands of two players, in units of which a share of 1 has 100
_RIM = 5  # around the plane
_DOT = 5  # the radius of a point on it


@dataclass(frozen=True)
class Thumbnail:
    """The shares of a run at some of its steps, stacked.

    Attributes:
        digest: Of the model's file, as the run was made; see `digest_of`.
        tops: For each player, for each of its options, the sum of the shares of that option and
            those before it, at each step; 0 to 100.  A hive and a learner are one player.
        places: For each player, for each of its options, which colour it has.
    """

    digest: str
    tops: tuple[tuple[tuple[int, ...], ...], ...]
    places: tuple[tuple[int, ...], ...]

    @property
    def is_plane(self) -> bool:
        """Whether the run is a path in the plane of two shares: a game of two options each."""
        return [len(options) for options in self.tops] == [2, 2]


def digest_of(path: Path) -> str:
    """What tells one version of a model's file from another, whatever ends its lines."""
    text = path.read_text(encoding="utf-8")
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


@cache
def thumbnails() -> dict[str, Thumbnail]:
    """The thumbnails that come with the package, by the names of their models."""
    return read(FILE.read_text(encoding="utf-8"))


def read(text: str) -> dict[str, Thumbnail]:
    """Thumbnails by name, from the text that `written` gives."""
    return {
        name: Thumbnail(
            digest=str(stored["digest"]),
            tops=tuple(
                tuple(tuple(map(int, steps)) for steps in options) for options in stored["tops"]
            ),
            places=tuple(tuple(map(int, options)) for options in stored["places"]),
        )
        for name, stored in json.loads(text).items()
    }


def written(several: Mapping[str, Thumbnail]) -> str:
    """Thumbnails by name as JSON, with one model per line."""
    lines = [
        f"{json.dumps(name)}: {json.dumps(vars(each), separators=(',', ':'))}"
        for name, each in sorted(several.items())
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def svg_of(thumbnail: Thumbnail) -> str:
    """A thumbnail as an SVG element, which readers of the page aloud leave out.

    Areas have the colours of the options.  What is a line has the class `hm-path`, a frame
    `hm-frame`, the first point `hm-start`, the last `hm-end`; the page gives them their colours.
    """
    if thumbnail.is_plane:
        box, inner, ratio = _plane(thumbnail)
    else:
        box, inner, ratio = _bands(thumbnail)
    return (
        f'<svg viewBox="{box}" preserveAspectRatio="{ratio}" aria-hidden="true" focusable="false">'
        f"{inner}</svg>"
    )


def _plane(thumbnail: Thumbnail) -> tuple[str, str, str]:
    """The path of the shares of both players' first options: its view box, SVG and scaling."""
    (xs, _), (ys, _) = thumbnail.tops
    points = [(x, ONE - y) for x, y in zip(xs, ys, strict=True)]
    dots = "".join(
        f'<circle class="{name}" cx="{x}" cy="{y}" r="{_DOT}"/>'
        for name, (x, y) in (("hm-start", points[0]), ("hm-end", points[-1]))
    )
    inner = f'<path class="hm-frame" d="M0 0H{ONE}V{ONE}H0Z"/>'
    inner += f'<path class="hm-path" d="M{_line(points)}"/>{dots}'
    size = ONE + 2 * _RIM
    return f"{-_RIM} {-_RIM} {size} {size}", inner, "xMidYMid meet"


def _bands(thumbnail: Thumbnail) -> tuple[str, str, str]:
    """The stacked shares of each player, one band below the other."""
    colours = colours_of_options(1 + max(map(max, thumbnail.places)))
    last = len(thumbnail.tops[0][0]) - 1
    areas, bottom = [], 0
    for options, places in zip(thumbnail.tops, thumbnail.places, strict=True):
        bottom += ONE
        band = []
        for tops, place in zip(options, places, strict=True):
            line = _line([(step, bottom - top) for step, top in enumerate(tops)])
            band.append(f'<path fill="{colours[place]}" d="M0 {bottom}L{line}V{bottom}Z"/>')
        areas += band[::-1]  # each is drawn over those above it, so that no gap shows between
        bottom += _GAP
    return f"0 0 {last} {bottom - _GAP}", "".join(areas), "none"


def _line(points: list[tuple[int, int]]) -> str:
    return " ".join(f"{x} {y}" for x, y in points)
