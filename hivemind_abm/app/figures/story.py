"""The picture of a model: one figure, drawn by the model's own file.

Knows: the size and style of these figures, and the function `draw(axes, quick)` of a model's file.
Does not know: any model.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from hivemind_abm.app.figures.style import STYLE, save_figure
from hivemind_abm.loading import load_module

__all__ = ["draw_story"]

SIZE = 4.5, 3.0  # of a figure, in inches


def draw_story(
    file: str | Path,
    pictures: Sequence[Path],
    quick: bool = False,
    style: dict[str, Any] | None = None,
) -> None:
    """Draw the figure of a model's file.

    Args:
        file: The model's file; it has a function `draw(axes, quick)` that draws on Matplotlib axes.
        pictures: The files to write, with endings such as .png, .pdf or .svg.
        quick: Passed on to `draw`, which then takes fewer runs.
        style: Matplotlib's settings that differ from those of all figures.

    Raises:
        ValueError: The file has no such function; or as for `load_module`.
        Exception: Whatever `draw` raises.
    """
    draw = getattr(load_module(file), "draw", None)
    if not callable(draw):
        raise ValueError(f"{file} has no picture: a function draw(axes, quick=False)")
    with mpl.rc_context({**STYLE, **(style or {})}):
        figure = Figure(figsize=SIZE)
        draw(figure.add_subplot(), quick)
        save_figure(figure, pictures)
