"""The style that all figures share, and how a figure is written to files.

Knows: Matplotlib's settings.
Does not know: what is drawn.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from hivemind_abm.files import write_atomically

__all__ = ["STYLE", "drawing", "save_figure"]

_DRAWING = threading.RLock()

STYLE = {
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.4,
    "legend.frameon": False,
    "pdf.fonttype": 42,
    "savefig.dpi": 200,
    "figure.constrained_layout.use": True,
}


@contextmanager
def drawing(settings: Mapping[str, Any] | None = None) -> Iterator[None]:
    """Matplotlib's settings while a figure is drawn.

    They belong to the whole process, so one thread draws at a time.

    Args:
        settings: Those that differ from Matplotlib's own.
    """
    with _DRAWING, mpl.rc_context(dict(settings or {})):
        yield


def save_figure(figure: Figure, files: Sequence[Path]) -> None:
    """Write a figure in the format that each file's name ends with.

    Each file appears whole or not at all.

    Args:
        figure: Drawn with `STYLE`, which must still be in effect (`mpl.rc_context(STYLE)`).
        files: Paths that end in .png, .pdf, .svg ...
    """
    for file in files:
        with write_atomically(file) as temporary:
            figure.savefig(temporary, format=file.suffix[1:])
        # The layout is computed once, for the first of the files.
        with mpl.rc_context({"figure.constrained_layout.use": False}):
            figure.set_layout_engine(None)
