"""The card from which a run is taken away: its rows, its figure and its command line.

Knows: what can be downloaded.
Does not know: how the figure is drawn.
"""

import html
import io
from functools import partial

import matplotlib as mpl
import solara

from hivemind_abm.app.figures.record import draw_record
from hivemind_abm.app.figures.style import STYLE
from hivemind_abm.app.page.session import Session

__all__ = ["TakeAway"]


@solara.component
def TakeAway(session: Session, tick: int) -> None:
    """The rows, the figure and the command line of the run that is shown.

    Args:
        session: Shown.
        tick: Counts the steps; a new one renders the card anew.
    """
    ambiguous = session.choices.ambiguous_fields
    if ambiguous:
        solara.Text(
            f"No command line says which of the rules a field is for that several have: "
            f"{', '.join(ambiguous)}.  Write the hive in a file, as a dict HIVE of its arguments.",
            classes=["hm-small"],
        )
    else:
        command = html.escape(session.command(), quote=False)
        solara.HTML(tag="pre", unsafe_innerHTML=command, classes=["hm-command"])
    with solara.Row(gap="8px", style={"flex-wrap": "wrap"}):
        solara.FileDownload(
            session.csv, filename="run.csv", label="rows (CSV)", mime_type="text/csv"
        )
        for kind, mime_type in (("png", "image/png"), ("svg", "image/svg+xml")):
            solara.FileDownload(
                partial(_figure, session, kind),
                filename=f"run.{kind}",
                label=f"figure ({kind.upper()})",
                mime_type=mime_type,
            )


def _figure(session: Session, kind: str) -> bytes:
    """The figure of the run as a file of this kind."""
    buffer = io.BytesIO()
    title = f"{session.name}, {session.hive.opinions.size} bees"
    with mpl.rc_context(STYLE):
        draw_record(session.record(), title).savefig(buffer, format=kind)
    return buffer.getvalue()
