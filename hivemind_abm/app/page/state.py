"""What happens on one page: what is chosen, which session is shown, and how it is stepped.

Knows: what building, stepping and playing a session change.
Does not know: any component.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import solara

from hivemind_abm.app.page.sessions import AnyChoices, AnySession, session_of
from hivemind_abm.loading import users_line

__all__ = ["FASTEST", "PageState", "Press", "message_of"]

FASTEST = 10  # steps per second
_AT_FIRST = 5
_PATIENCE = 3.0  # seconds that a picture may take; a browser that takes longer ends the play


@dataclass(frozen=True, eq=False)
class Press:
    """One press of a button; no two are equal.

    Attributes:
        action: "step", "play", or "" for a halt.
    """

    action: str


class PageState[C: AnyChoices]:
    """The state of one page.  Components read its reactive values and are rendered anew with them.

    Args:
        start: What to show first.

    Attributes:
        choices: What is chosen; the session shown may still be of earlier choices.
        session: The session shown, None until the first is built.
        restarts: Counts how often the same choices were started again.
        building: Whether a session is being built.
        pressed: What was pressed last.
        tick: Counts the steps that the page has seen.
        speed: Steps per second of a play.
        problem: What went wrong last, or "".
        bee: The bee that was chosen, or None.
    """

    def __init__(self, start: C) -> None:
        """Begin without a session; `build` makes the first."""
        self.choices: solara.Reactive[C] = solara.reactive(start)
        self.session: solara.Reactive[AnySession | None] = solara.reactive(None)
        self.restarts, self.building = solara.reactive(0), solara.reactive(True)
        self.pressed = solara.reactive(Press(""))
        self.tick, self.speed = solara.reactive(0), solara.reactive(_AT_FIRST)
        self.problem = solara.reactive("")
        self.bee: solara.Reactive[int | None] = solara.reactive(None)
        self._drawn = threading.Event()

    def change(self, choices: C) -> None:
        """Choose something else; the page then builds a session of it."""
        if choices != self.choices.peek():
            self._build_again()
            self.choices.value = choices

    def restart(self) -> None:
        """Build the session again from its start."""
        self._build_again()
        self.restarts.value += 1

    def press(self, action: str) -> None:
        """Start to step or to play, or halt with ""."""
        self.pressed.value = Press(action)

    def drawn(self) -> None:
        """Called when the browser has drawn a step."""
        self._drawn.set()

    def build(self) -> None:
        """Build the session of the choices and show it, or what is wrong with them."""
        choices, restarts = self.choices.value, self.restarts.value
        problem, session = "", None
        try:
            session = session_of(choices)
        except Exception as error:
            problem = message_of(error)
        if self.choices.value is not choices or self.restarts.value != restarts:
            return  # overtaken by another change
        self.problem.value = problem
        if session is not None:
            self.bee.value = None
            self.session.value = session
        self.building.value = False

    def run(self) -> None:
        """Do what was pressed last, until it is done or something else is pressed."""
        pressed, session = self.pressed.value, self.session.value
        if session is not None and pressed.action == "step":
            self._step(session)
        if session is not None and pressed.action == "play":
            self._play(session, lambda: self.pressed.value is pressed)
        if self.pressed.value is pressed:
            self.press("")

    def _build_again(self) -> None:
        self.press("")
        self.building.value = True

    def _play(self, session: AnySession, still_wanted: Callable[[], bool]) -> None:
        """Step after step, at most `speed` per second and no faster than the browser draws."""
        while still_wanted() and self.session.value is session:
            start = time.monotonic()
            self._drawn.clear()
            if not self._step(session) or not self._drawn.wait(_PATIENCE):
                return
            time.sleep(max(0.0, 1.0 / self.speed.value - (time.monotonic() - start)))

    def _step(self, session: AnySession) -> bool:
        """One step; returns whether another can follow."""
        problem = ""
        try:
            session.step()
        except Exception as error:
            problem = message_of(error)
        if self.session.value is session:  # otherwise another has taken its place meanwhile
            self.problem.value = problem
            self.tick.value += 1
        return not problem and not session.ended


def message_of(error: BaseException) -> str:
    """An error as the page shows it, with the line of the user's file where there is one."""
    line = None if isinstance(error, SyntaxError) else users_line(error)
    if line is not None:
        return f"{line}: {type(error).__name__}: {error}"
    expected = isinstance(error, ValueError | TypeError)
    return str(error) if expected and str(error) else f"{type(error).__name__}: {error}"
