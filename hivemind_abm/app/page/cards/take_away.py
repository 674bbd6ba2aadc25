"""The card from which a run is taken away: its rows, its figure and the words that repeat it.

Knows: what can be downloaded.
Does not know: how a figure is drawn.
"""

import html
import io
import re
from collections.abc import Callable
from functools import partial

import solara
from matplotlib.figure import Figure

from hivemind_abm.app.figures.record import draw_record
from hivemind_abm.app.figures.style import STYLE, drawing
from hivemind_abm.app.page.sessions.session import Session

__all__ = ["Downloads", "TakeAway"]

_FIGURES = {"png": "image/png", "svg": "image/svg+xml"}


@solara.component
def TakeAway(session: Session, tick: int) -> None:
    """The rows, the figure and the command line of the run that is shown.

    Args:
        session: Shown.
        tick: Counts the steps; a new one renders the card anew.
    """
    no_command = session.no_command
    if no_command:
        solara.Text(
            f"{no_command}  To repeat it, write the hive in a file as a dict HIVE.",
            classes=["hm-small"],
        )
    command = "" if no_command else session.command()
    title = f"{session.name}, {session.hive.opinions.size} bees"
    Downloads(command, session.csv, lambda: draw_record(session.record(), title))


@solara.component
def Downloads(words: str, csv: Callable[[], str], figure: Callable[[], Figure]) -> None:
    """What repeats a run, and its files.

    Args:
        words: A command line, or lines of Python; "" for none.
        csv: Returns the rows.
        figure: Draws the figure.
    """
    latest = solara.use_ref(figure)
    latest.current = figure

    def figures() -> dict[str, Callable[[], bytes]]:
        return {kind: partial(_file_of, lambda: latest.current(), kind) for kind in _FIGURES}

    drawn = solara.use_memo(figures, [csv])  # the same functions at every step of a run
    if words:
        solara.HTML(tag="pre", unsafe_innerHTML=_unbroken(words), classes=["hm-command"])
    with solara.Div(classes=["hm-files"]).key("files"):
        solara.FileDownload(csv, filename="run.csv", label="rows (CSV)", mime_type="text/csv")
        for kind, mime_type in _FIGURES.items():
            solara.FileDownload(
                drawn[kind],
                filename=f"run.{kind}",
                label=f"figure ({kind.upper()})",
                mime_type=mime_type,
            )


def _unbroken(words: str) -> str:
    """Words as HTML in which an option of a command line, as `--steps`, is not broken."""
    escaped = html.escape(words, quote=False)
    return re.sub(r"(?<!\S)--[\w-]+", r"<span>\g<0></span>", escaped)


def _file_of(figure: Callable[[], Figure], kind: str) -> bytes:
    """A figure as a file of this kind."""
    buffer = io.BytesIO()
    with drawing(STYLE):
        figure().savefig(buffer, format=kind)
    return buffer.getvalue()
