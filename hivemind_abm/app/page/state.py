"""What happens on one page: what is chosen, which session is shown, and how it is stepped.

Knows: what building, stepping and playing a session change.
Does not know: any component.
"""

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import solara

from hivemind_abm.app.page.sessions.kinds import AnyChoices, AnySession, session_of
from hivemind_abm.app.page.views import View
from hivemind_abm.loading import users_line

__all__ = ["FASTEST", "PageState", "Press", "message_of"]

FASTEST = 30  # steps per second
_AT_FIRST = 5
_MOST_AT_ONCE = 20_000  # steps of a run to consensus
_SHOWN_EVERY = 0.25  # seconds, while it runs
_VIEW = View()
_NUMBERS = itertools.count(1)  # each for one session that is asked for
_MOST_WAITING = 100  # steps that were pressed while one was made
_PATIENCE = 30.0  # seconds that a picture may take; a browser that takes longer ends the play


@dataclass(frozen=True, eq=False)
class Press:
    """One press of a button; no two are equal.

    Attributes:
        action: "step", "play", "run" (to consensus), or "" for a halt.
    """

    action: str


class PageState[C: AnyChoices]:
    """The state of one page.  Components read its reactive values and are rendered anew with them.

    Args:
        start: What to show first.
        view: How to show it.

    Attributes:
        choices: What is chosen; the session shown may still be of earlier choices.
        view: How it is shown.
        session: The session shown, None until the first is built.
        asked: Another number each time that a session is asked for.
        building: Whether a session is being built.
        pressed: What was pressed last.
        tick: Counts the steps that the page has seen.
        looked: The earlier step that is looked at; None for the last one.
        speed: Steps per second of a play.
        problem: What went wrong last, or "".
        note: What the page has to say of a run to consensus, or "".
        bee: The bee that was chosen, or None.
        wanted_bee: The bee to choose once the next session is built, or None.
    """

    def __init__(self, start: C, view: View = _VIEW) -> None:
        """Begin without a session; `build` makes the first."""
        self.choices: solara.Reactive[C] = solara.reactive(start)
        self.view = solara.reactive(view)
        self.session: solara.Reactive[AnySession | None] = solara.reactive(None)
        self.asked, self.building = solara.reactive(0), solara.reactive(True)
        self.pressed = solara.reactive(Press(""))
        self.tick, self.speed = solara.reactive(0), solara.reactive(_AT_FIRST)
        self.problem, self.note = solara.reactive(""), solara.reactive("")
        self.looked: solara.Reactive[int | None] = solara.reactive(None)
        self.bee: solara.Reactive[int | None] = solara.reactive(None)
        self.wanted_bee: int | None = None
        self._bee_before: int | None = None
        self._not_built = ""  # what is wrong with what is chosen
        self._drawn = threading.Event()
        self._press = self.pressed.peek()  # the last one, which `pressed` then shows
        self._pressing, self._building = threading.Lock(), threading.Lock()
        self._taken = self._press  # the last press that `run` began with
        # The numbers for which a session is wanted, and `build` began and ended last.
        self._wanted, self._begun, self._built = 0, -1, -1
        self._waiting = 0  # steps pressed while one is made, which follow it

    def change(self, choices: C, bee: int | None = None) -> None:
        """Choose something else; the page then builds a session of it.

        Args:
            choices: What to build.
            bee: The bee to choose in it.
        """
        if choices != self.choices.peek():
            self._begin_to_build(bee)
            self.choices.value = choices
            self.asked.value = self._wanted  # even where the choices are again those shown

    def restart(self) -> None:
        """Build the session again from its start."""
        self._begin_to_build()
        self.asked.value = self._wanted

    def press(self, action: str) -> None:
        """Start to step, to play or to run to consensus, or halt with "".

        A step that is pressed while one is made follows it.
        """
        self.note.value = ""
        with self._pressing:
            if action == "step" and self._press.action == "step":
                self._waiting = min(self._waiting + 1, _MOST_WAITING)
                return
            self._waiting = 0
            self._press = Press(action)
        self._show_press()

    @property
    def now(self) -> int:
        """The step that is looked at."""
        session, looked = self.session.peek(), self.looked.peek()
        return 0 if session is None else session.steps if looked is None else looked

    def look_at(self, step: int | None) -> None:
        """Look at a step made so far, the nearest one; None is the last one."""
        session = self.session.peek()
        if session is None:
            return
        last, step = session.steps, None if step is None else max(step, 0)
        self.looked.value = None if step is None or step >= last else step

    def look_back(self) -> None:
        """Look at what the page showed before, one step of the page back."""
        self.press("")
        self.look_at((self.now - 1) // self._at_once * self._at_once)

    def look_forward(self) -> None:
        """Look at what the page shows next, which is made where it is not made yet."""
        if self.looked.peek() is None:
            if not self.building.peek():  # otherwise the click came a moment too late
                self.press("step")
        else:
            self.press("")
            self.look_at(self._after(self.now))

    @property
    def _at_once(self) -> int:
        """Steps of the model that are one step of the page."""
        return int(getattr(self.session.peek(), "at_once", 1))

    def _after(self, step: int) -> int:
        return (step // self._at_once + 1) * self._at_once

    def next_change(self) -> None:
        """Look at the next change of the world, or the first one after the last."""
        changes: list[int] = getattr(self.session.peek(), "changes", [])
        if changes:
            later = [step for step in changes if step > self.now]
            self.press("")
            self.look_at((later or changes)[0])

    def drawn(self) -> None:
        """Called when the browser has drawn a step."""
        self._drawn.set()

    def build(self) -> None:
        """Build the session of the choices and show it, or what is wrong with them.

        Once for each time that one is asked for, even if two threads call it.
        """
        with self._building:
            choices, asked = self.choices.value, self.asked.value
            if asked == self._begun:
                return
            self._begun = asked
        problem, session = "", None
        try:
            session = session_of(choices)
        except (Exception, SystemExit) as error:
            problem = message_of(error)
        with self._building:
            if self._wanted != asked:
                return  # overtaken by another change
            bee = self.bee.peek()
            if session is not None:
                bee, self.wanted_bee = self._bee_of(session), None
            self._not_built, self._built = problem, asked
        self.problem.value = problem
        if session is not None:
            self.looked.value, self.bee.value = None, bee
            self.session.value = session
            self.look_at(self.looked.peek())  # somebody may have looked elsewhere meanwhile
        self._show_building()

    def run(self) -> None:
        """Do what was pressed last, until it is done or something else is pressed.

        Once for each press, even if two threads call it.
        """
        with self._pressing:
            pressed, session = self._press, self.session.value
            if pressed is self._taken:
                return
            self._taken = pressed
        if session is not None and pressed.action == "play":
            self._play(session, lambda: self._press is pressed)
        if session is not None and pressed.action == "run":
            self._run(session, lambda: self._press is pressed)
        more = session is not None and pressed.action == "step"
        while True:
            more = more and self._step(session)
            with self._pressing:  # not over what is pressed at this moment
                if self._press is not pressed:
                    return
                if not more or not self._waiting:
                    self._waiting = 0
                    self._press = Press("")
                    break
                self._waiting -= 1
        self._show_press()

    def _show_press(self) -> None:
        """Let the page show the last press.

        Not under the lock: whoever sets a value may render the page, and others press meanwhile.
        """
        while self.pressed.peek() is not (last := self._press):
            self.pressed.value = last

    def _begin_to_build(self, bee: int | None = None) -> None:
        self.press("")
        with self._building:
            self.wanted_bee, self._bee_before = bee, self.bee.peek()
            self._wanted = next(_NUMBERS)
        self._show_building()

    def _show_building(self) -> None:
        """Let the page show whether a session is being built; as `_show_press`."""
        while self.building.peek() is not (now := self._built != self._wanted):
            self.building.value = now

    def _bee_of(self, session: AnySession) -> int | None:
        """The bee to choose in a new session: the one that was wanted, or was chosen since."""
        bee = self.bee.peek()
        if bee is None or bee == self._bee_before:
            return self.wanted_bee
        hive = getattr(session, "hive", None)
        return bee if hive is not None and bee < hive.opinions.size else None

    def _play(self, session: AnySession, still_wanted: Callable[[], bool]) -> None:
        """Step after step, at most `speed` per second and no faster than the browser draws.

        From an earlier step on, those made so far are shown again first.
        """
        due = time.monotonic()
        while still_wanted() and self.session.value is session:
            self._drawn.clear()
            if not self._step(session) or not self._drawn.wait(_PATIENCE):
                return
            now = time.monotonic()
            due = max(due + 1.0 / self.speed.value, now - _SHOWN_EVERY)
            time.sleep(max(0.0, due - now))

    def _run(self, session: AnySession, still_wanted: Callable[[], bool]) -> None:
        """Step to the end, and show now and then how far that is."""
        self.looked.value = None
        shown, problem, note = time.monotonic(), "", ""
        for _ in range(_MOST_AT_ONCE):
            if session.ended or not still_wanted() or self.session.value is not session:
                break
            problem = self._tried(session)
            if problem:
                break
            if time.monotonic() - shown > _SHOWN_EVERY:
                self._drawn.clear()
                self.tick.value += 1
                self._drawn.wait(_PATIENCE)
                shown = time.monotonic()
        else:
            note = f"no end after {_MOST_AT_ONCE:,} more steps"
        if self.session.value is session:  # otherwise another has taken its place meanwhile
            self.problem.value = problem or self._not_built
            self.note.value = note or self.note.value
            self.tick.value += 1

    def _step(self, session: AnySession) -> bool:
        """One step, made or shown again; returns whether another can follow."""
        looked = self.looked.value  # once: somebody may look elsewhere meanwhile
        if looked is not None:
            self.look_at(self._after(looked))
            self.tick.value += 1
            return self.looked.value is not None or not session.ended
        problem = self._tried(session)
        if self.session.value is session:  # otherwise another has taken its place meanwhile
            self.problem.value = problem or self._not_built
            self.tick.value += 1
        return not problem and not session.ended

    @staticmethod
    def _tried(session: AnySession) -> str:
        """Make a step; returns what went wrong, or ""."""
        try:
            session.step()
        except (Exception, SystemExit) as error:
            return message_of(error)
        return ""


def message_of(error: BaseException) -> str:
    """An error as the page shows it, with the line of the user's file where there is one."""
    line = None if isinstance(error, SyntaxError) else users_line(error)
    if line is not None:
        return f"{line}: {type(error).__name__}: {error}"
    expected = isinstance(error, ValueError | TypeError)
    return str(error) if expected and str(error) else f"{type(error).__name__}: {error}"
