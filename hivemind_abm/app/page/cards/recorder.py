"""The card that makes a movie of the run, or a still of one step.

Knows: what can be chosen about a movie, and how far one that is being made has come.
Does not know: how frames are drawn, or how they become a file.
"""

import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import solara

from hivemind_abm import checks
from hivemind_abm.app.figures.movie_files import KINDS, VIDEO, has_video, scale_of, write_movie
from hivemind_abm.app.page.cards.movie import frames_of, steps_of, still
from hivemind_abm.app.page.controls.text_box import TextBox, whole_number
from hivemind_abm.app.page.sessions.session import Session
from hivemind_abm.app.page.state import PageState, message_of

__all__ = ["Recorder", "Recording"]

_LABELS = {".mp4": "MP4", ".gif": "GIF", ".zip": "PNG frames (ZIP)"}
_SLOWEST, _FASTEST, _AT_FIRST = 1, 30, 10  # frames per second
_BETWEEN = 0.1  # seconds between two reports of how far a movie has come
_BYTES = 1e6  # of a megabyte
_ROW = {"display": "flex", "flex-wrap": "wrap", "align-items": "center", "gap": "8px"}


class Recording:
    """A movie that is made in a thread, in a temporary folder that is removed.

    Args:
        session: Shown.
        kind: One of `KINDS`.
        steps: The steps that become frames.
        rate: Frames per second.
        report: Called now and then, and at the end.

    Attributes:
        kind: The argument.
        frames: How many frames the movie has.
        done: How many are made.
        data: The file once it is complete, else None.
        problem: What went wrong, or "".
        cancelled: Whether it has been cancelled.
    """

    def __init__(
        self,
        session: Session,
        kind: str,
        steps: list[int],
        rate: int,
        report: Callable[[], None],
    ) -> None:
        """Wait for `start`."""
        self.kind, self.frames, self.done = kind, len(steps), 0
        self.data: bytes | None = None
        self.problem, self.cancelled = "", False
        self._session, self._steps, self._rate, self._report = session, steps, rate, report

    @property
    def running(self) -> bool:
        """Whether it is still being made."""
        return self.data is None and not self.problem and not self.cancelled

    def start(self) -> None:
        """Make the movie in a thread."""
        # A daemon: a long movie does not delay the end of the server.
        threading.Thread(target=self.make, daemon=True).start()

    def make(self) -> None:
        """Make the movie here."""
        try:
            with tempfile.TemporaryDirectory(prefix="hivemind") as folder:
                file = Path(folder) / f"movie{self.kind}"
                frames = frames_of(self._session, self._steps, scale_of(file))
                write_movie(file, self._counted(frames), self._rate)
                if not self.cancelled:
                    self.data = file.read_bytes()
        except (Exception, SystemExit) as error:
            self.problem = message_of(error)
        if not self.cancelled:
            self._report()

    def cancel(self) -> None:
        """Make no further frame, and no file."""
        self.cancelled, self.data = True, None

    def _counted(self, frames: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """The frames, up to where it is cancelled."""
        reported = time.monotonic()
        for frame in frames:
            if self.cancelled:
                return
            yield frame
            self.done += 1
            if time.monotonic() - reported > _BETWEEN and not self.cancelled:
                reported = time.monotonic()
                self._report()


@solara.component
def Recorder(session: Session, state: PageState[Any]) -> None:
    """A movie of the steps so far, and a still of the step that is looked at.

    Args:
        session: Shown.
        state: Of the page.
    """
    chosen = solara.use_memo(_Chosen, [])
    problem, beat = solara.use_reactive(""), solara.use_reactive(0)
    recording: solara.Reactive[Recording | None] = solara.use_reactive(None)

    def stop() -> None:
        made = recording.peek()
        if made is not None:
            made.cancel()

    def forget() -> None:
        stop()
        problem.set("")
        recording.set(None)

    def follow_session() -> Callable[[], None]:
        forget()
        return stop

    def make() -> None:
        forget()
        try:
            steps = chosen.steps(session)
        except (ValueError, TypeError):  # which `_Length` shows
            return
        kind, rate = chosen.kind.peek(), chosen.rate.peek()
        made = Recording(session, kind, steps, rate, lambda: beat.set(beat.peek() + 1))
        recording.set(made)
        made.start()

    solara.use_effect(follow_session, [id(session)])
    beat.get()
    made = recording.value
    with solara.Div(classes=["hm-recorder"]):
        _choices(chosen)
        _Length(session, state, chosen)
        with solara.Div(style=_ROW):
            if made is not None and made.running:
                solara.Button("Cancel", icon_name="mdi-close", on_click=forget)
            else:
                solara.Button("Make the movie", icon_name="mdi-movie-open-outline", on_click=make)
            _Still(session, state, problem.set)
        _outcome(made, problem.value)


class _Chosen:
    """What is chosen about a movie.

    Attributes:
        first: The first step, as it was typed.
        last: The last one, as it was typed; "" for the last step of the run.
        kind: One of `KINDS`.
        rate: Frames per second.
    """

    def __init__(self) -> None:
        self.first, self.last = solara.reactive("0"), solara.reactive("")
        self.kind = solara.reactive(".mp4" if has_video() else ".gif")
        self.rate = solara.reactive(_AT_FIRST)

    def steps(self, session: Session) -> list[int]:
        """The steps that become frames.

        Raises:
            ValueError, TypeError: What was typed is no step of the run, or the last one is before
                the first.
        """
        typed = self.last.value.strip()
        until = session.steps
        last = checks.whole_number("to step", whole_number(typed), 0, until) if typed else until
        first = checks.whole_number("from step", whole_number(self.first.value), 0, last)
        return steps_of(first, last)


@solara.component
def _Length(session: Session, state: PageState[Any], chosen: _Chosen) -> None:
    """How long the movie will be; rendered anew with each step."""
    state.tick.get()
    try:
        steps = chosen.steps(session)
    except (ValueError, TypeError) as error:
        solara.Error(str(error), dense=True)
        return
    seconds = len(steps) / chosen.rate.value
    every = steps[1] - steps[0] if len(steps) > 1 else 1
    thinned = "" if every == 1 else f": one of every {every} steps"
    words = f"{len(steps)} frame{'s' if len(steps) > 1 else ''}{thinned}; {seconds:.1f} s"
    solara.Text(words, classes=["hm-small"])


@solara.component
def _Still(session: Session, state: PageState[Any], on_problem: Callable[[str], None]) -> None:
    """A button for the step that is looked at."""
    state.tick.get()
    looked = state.looked.value
    shown = session.steps if looked is None else looked
    drawn: solara.Reactive[int | None] = solara.use_reactive(None)

    def draw() -> bytes:
        at = state.now
        drawn.set(at)  # the name is of this step, whatever is made until the picture is there
        try:
            return still(session, at)
        except (Exception, SystemExit) as error:
            on_problem(message_of(error))
            return b""

    solara.FileDownload(
        solara.use_memo(lambda: draw, [id(session)]),  # the same function at every step
        filename=f"step_{shown if drawn.value is None else drawn.value}.svg",
        label="Still (SVG)",
        icon_name="mdi-image-outline",
        mime_type="image/svg+xml",
    )


def _choices(chosen: _Chosen) -> None:
    with solara.Div(style=_ROW | {"gap": "8px 16px"}):
        with solara.Div(style={"width": "90px"}):
            TextBox("from step", chosen.first.value, chosen.first.set)
        with solara.Div(style={"width": "90px"}):
            TextBox("to step", chosen.last.value, chosen.last.set, placeholder="last")
        with solara.Div(style={"width": "220px"}):
            solara.SliderInt(
                f"{chosen.rate.value} frames/s",
                value=chosen.rate,
                min=_SLOWEST,
                max=_FASTEST,
                thumb_label=False,
            )
        solara.v.RadioGroup(
            v_model=chosen.kind.value,
            on_v_model=chosen.kind.set,
            row=True,
            hide_details=True,
            class_="mt-0 pt-0",
            children=[
                solara.v.Radio(label=label, value=kind, disabled=kind == ".mp4" and not has_video())
                for kind, label in _LABELS.items()
            ],
        )
    if not has_video():
        solara.Text(f"An MP4 needs: {VIDEO}", classes=["hm-small"])


def _outcome(made: Recording | None, problem: str) -> None:
    """How far the movie has come, the movie itself, or what went wrong."""
    problem = problem or (made.problem if made is not None else "")
    if problem:
        solara.Error(problem, dense=True)
    if made is None:
        return
    if made.running:
        words = f"frame {made.done} of {made.frames}"
        solara.Text(words, classes=["hm-small"])
        share = 100.0 * made.done / made.frames
        solara.v.ProgressLinear(value=share, attributes={"aria-label": "movie"})
    elif made.data is not None:
        solara.FileDownload(
            made.data,
            filename=f"movie{made.kind}",
            label=f"movie{made.kind} ({len(made.data) / _BYTES:.1f} MB)",
            mime_type=KINDS[made.kind],
        )
