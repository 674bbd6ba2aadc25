"""One frame of a movie: the hives as they are at a step, and their shares up to it.

Knows: how a frame is laid out, and which parts of it change.
Does not know: which steps are shown, or how frames become a file.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from hivemind_abm.app.figures.bee_shapes import SIGNS, BeeShapes, Places, is_silent
from hivemind_abm.app.figures.colours import colours_of_options
from hivemind_abm.app.figures.style import drawing
from hivemind_abm.hives.hive import Hive

__all__ = ["Frames", "Scene"]

_DPI = 100
_ONE, _TWO = (11.2, 5.6), (11.2, 8.0)  # inches; their pixels are even, as videos need
_MOST_IN_KEY = 12  # options
_MOST_CHANGES = 100  # of the world; more would only be a grey area
_INK, _FAINT = "#222222", "#888888"
_LONGEST_NOTE = "; pale: silent; empty: no option"
_STEP_WIDE = 0.11  # how much of the figure's width the step takes
_LETTER = 0.6  # how wide a letter is, of its height
_SMALL, _NORMAL, _LARGE = 8.5, 10.0, 12.0  # points

type _Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Scene:
    """One hive of a movie.

    Attributes:
        name: Stands above it.
        hive: At any step.
        rows: Its record: a row for each step, with the columns of `Hive`.
        rule_names: The name of each of its rules.
        changes: The steps at which other options became the best.
        places: Where the bees of a network stand; None for a honeycomb.
    """

    name: str
    hive: Hive
    rows: pd.DataFrame
    rule_names: Sequence[str] = ()
    changes: Sequence[int] = ()
    places: Places | None = None


@dataclass
class _Panel:
    """The parts of one hive that change.

    Attributes:
        bees: Its bees.
        curves: Each curve with all its values, from step 0.
        marks: The vertical lines at changes of the world.
        changes: Their steps.
        note: The line below the bees.
        kinds: The marks of the rules in words, which that line begins with.
    """

    bees: BeeShapes
    curves: list[tuple[Line2D, np.ndarray]]
    marks: LineCollection
    changes: np.ndarray
    note: Any
    kinds: str

    @property
    def artists(self) -> list[Any]:
        """All of these, from back to front."""
        return [*self.bees.artists, self.note, self.marks, *(line for line, _ in self.curves)]


class Frames:
    """Frames of one or two hives, drawn one after another on the same figure.

    Args:
        scenes: The hives, one or two.
        first: The first step of the movie, where the curves begin.
        last: The last one.
        scale: Of the size in pixels.
        text: Whether the numbers of the bees are text in `svg`; outlines are drawn faster.
    """

    def __init__(
        self,
        scenes: Sequence[Scene],
        first: int,
        last: int,
        scale: float = 1.0,
        text: bool = False,
    ) -> None:
        """Draw what no step changes."""
        self._first, self._text = first, text
        with drawing():
            self._figure = Figure(figsize=_ONE if len(scenes) == 1 else _TWO, dpi=_DPI * scale)
            self._canvas = FigureCanvasAgg(self._figure)
            self._panels = [
                self._panel(scene, self._boxes(place, len(scenes)), last)
                for place, scene in enumerate(scenes)
            ]
            _key(self._figure, scenes)
            corner = self._panels[0].note.axes
            self._step = corner.text(
                0.985,
                0.965,
                "",
                transform=self._figure.transFigure,
                fontsize=_LARGE,
                ha="right",
                va="center",
                color=_INK,
            )
        self._artists = [artist for panel in self._panels for artist in panel.artists]
        self._artists.append(self._step)
        self._background: Any = None

    @property
    def size(self) -> tuple[int, int]:
        """The width and height of a frame, pixels."""
        width, height = self._canvas.get_width_height()
        return int(width), int(height)

    def pixels(self, step: int, hives: Sequence[Hive]) -> np.ndarray:
        """A frame, shape (height, width, 3), dtype uint8.

        Args:
            step: The step.
            hives: The hive of each scene as it was after that step.
        """
        if self._background is None:
            for artist in self._artists:
                artist.set_animated(True)
            with drawing():
                self._canvas.draw()
            self._background = self._canvas.copy_from_bbox(self._figure.bbox)
        self._show(step, hives)
        self._canvas.restore_region(self._background)
        renderer = self._canvas.get_renderer()
        for artist in self._artists:
            artist.draw(renderer)
        return np.ascontiguousarray(np.asarray(self._canvas.buffer_rgba())[..., :3])

    def svg(self, step: int, hives: Sequence[Hive]) -> bytes:
        """A frame as an SVG file, in which all labels are text."""
        for artist in self._artists:
            artist.set_animated(False)
        self._background = None
        self._show(step, hives)
        buffer = io.BytesIO()
        with drawing({"svg.fonttype": "none", "svg.hashsalt": "hivemind"}):
            self._figure.savefig(buffer, format="svg", metadata={"Date": None})
        return buffer.getvalue()

    @staticmethod
    def _boxes(place: int, count: int) -> tuple[_Box, _Box]:
        """Where the bees and the curves of a hive stand: left, bottom, width and height."""
        if count == 1:
            return (0.015, 0.06, 0.455, 0.86), (0.545, 0.25, 0.435, 0.64)
        left = 0.5 * place
        return (left + 0.01, 0.41, 0.48, 0.52), (left + 0.06, 0.14, 0.42, 0.21)

    def _panel(self, scene: Scene, boxes: tuple[_Box, _Box], last: int) -> _Panel:
        axes = self._figure.add_axes(boxes[0])
        panel = self._figure.add_axes(boxes[1])
        title = f"{scene.name}, {scene.hive.opinions.size} bees"
        style: dict[str, Any] = {"transform": self._figure.transFigure, "color": _INK}
        size = _fitting(title, _LARGE, boxes[0][2] - (_STEP_WIDE if boxes[0][0] > 0.4 else 0.0))
        axes.text(boxes[0][0] + 0.005, 0.965, title, fontsize=size, va="center", **style)
        middle = boxes[0][0] + boxes[0][2] / 2.0
        note = axes.text(
            middle, boxes[0][1] - 0.03, "", fontsize=_SMALL, ha="center", va="center", **style
        )
        bees = BeeShapes(axes, scene.hive, scene.places, self._text)
        _time_axes(panel, self._first, last)
        marks = LineCollection([], color=_FAINT, linewidth=1.2, linestyle=(0, (2, 3)))
        panel.add_collection(marks, autolim=False)
        changes = np.array(scene.changes, int)
        kinds = _kinds(scene)
        note.set_fontsize(_fitting(kinds + _LONGEST_NOTE, _SMALL, boxes[0][2]))
        return _Panel(bees, list(_curves(panel, scene)), marks, changes, note, kinds)

    def _show(self, step: int, hives: Sequence[Hive]) -> None:
        self._step.set_text(f"step {step}")
        for panel, hive in zip(self._panels, hives, strict=True):
            panel.bees.show(hive)
            panel.note.set_text(_note(panel.kinds, hive))
            for line, values in panel.curves:
                shown = values[self._first : step + 1]
                line.set_data(np.arange(self._first, self._first + len(shown)), shown)
                line.set_marker("o" if len(shown) == 1 else "")
            seen = panel.changes[(panel.changes >= self._first) & (panel.changes <= step)]
            panel.marks.set_segments([[(at, 0.0), (at, 1.0)] for at in seen[-_MOST_CHANGES:]])


def _time_axes(panel: Axes, first: int, last: int) -> None:
    panel.set(xlim=(first, max(last, first + 1)), ylim=(-0.02, 1.02))
    panel.set_xlabel("step", fontsize=_NORMAL, color=_INK)
    panel.set_ylabel("share", fontsize=_NORMAL, color=_INK)
    panel.tick_params(labelsize=_SMALL, color=_INK, labelcolor=_INK)
    panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    panel.spines[["top", "right"]].set_visible(False)
    panel.grid(color="#ececec", linewidth=0.8)
    panel.set_axisbelow(True)


def _curves(panel: Axes, scene: Scene) -> Any:
    """The curve of each option, and of none, with its values."""
    columns = [f"share_{option}" for option in range(scene.hive.bandit.n_action)]
    for column, colour in zip(columns, colours_of_options(len(columns)), strict=True):
        yield panel.plot([], [], color=colour, linewidth=1.8)[0], scene.rows[column].to_numpy()
    if "share_none" in scene.rows:
        line = panel.plot([], [], color=_INK, linewidth=1.0, linestyle="--")[0]
        yield line, scene.rows["share_none"].to_numpy()


def _key(figure: Figure, scenes: Sequence[Scene]) -> None:
    """The colours of the options, in which hives of one movie agree."""
    k = scenes[0].hive.bandit.n_action
    shown = list(range(min(k, _MOST_IN_KEY)))
    if k > _MOST_IN_KEY:  # those that some hive holds most
        columns = [f"share_{option}" for option in range(k)]
        peaks = np.max([scene.rows[columns].to_numpy().max(axis=0) for scene in scenes], axis=0)
        shown = sorted(np.argsort(-peaks, kind="stable")[:_MOST_IN_KEY].tolist())
    colours = colours_of_options(k)
    handles: list[Any] = [
        Patch(color=colours[option], label=f"option {option}") for option in shown
    ]
    if any("share_none" in scene.rows for scene in scenes):
        handles.append(Line2D([], [], color=_INK, linewidth=1.0, linestyle="--", label="no option"))
    if k > len(shown):
        handles.append(Patch(alpha=0.0, label=f"and {k - len(shown)} more"))
    middle, columns_of_key = (0.76, 5) if len(scenes) == 1 else (0.5, 7)
    figure.legend(
        handles=handles,
        loc="lower center",
        bbox_to_anchor=(middle, 0.005),
        ncols=min(columns_of_key, len(handles)),
        fontsize=_SMALL,
        frameon=False,
        handlelength=1.0,
        columnspacing=1.2,
    )


def _fitting(words: str, size: float, width: float) -> float:
    """A size of letters, points, in which a line of words fits into a part of the width."""
    return min(size, width * _ONE[0] * 72.0 / (_LETTER * max(len(words), 1)))


def _kinds(scene: Scene) -> str:
    """The mark of each rule of a mixed hive."""
    if len(scene.rule_names) < 2:
        return ""
    signs = [SIGNS[kind % len(SIGNS)] for kind in range(len(scene.rule_names))]
    if scene.places is None:
        signs = ["no mark", *signs[:-1]]
    return ", ".join(f"{s} {name}" for s, name in zip(signs, scene.rule_names, strict=True))


def _note(kinds: str, hive: Hive) -> str:
    """What the marks and shades say that are in this frame."""
    words = [kinds] if kinds else []
    if is_silent(hive).any():
        words.append("pale: silent")
    if (hive.opinions >= hive.bandit.n_action).any():
        words.append("empty: no option")
    return "; ".join(words)
