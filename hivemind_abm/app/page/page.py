"""The page that steps through a population: the controls at the side, the run beside them.

Knows: how the parts of the page are placed, and which parts show which kind of session.
Does not know: any law, or what a part shows.
Each browser tab has its own session: all state is in `PageState`, one per rendered page.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import solara
import solara.lab

from hivemind_abm.app.page.controls import Controls
from hivemind_abm.app.page.game_choices import GameChoices
from hivemind_abm.app.page.game_controls import GameControls
from hivemind_abm.app.page.game_pictures import GamePictures
from hivemind_abm.app.page.game_session import GameSession
from hivemind_abm.app.page.learner_choices import LearnerChoices
from hivemind_abm.app.page.learner_controls import LearnerControls
from hivemind_abm.app.page.learner_pictures import LearnerPictures
from hivemind_abm.app.page.learner_session import LearnerSession
from hivemind_abm.app.page.pictures import Pictures
from hivemind_abm.app.page.sessions import AnyChoices, AnySession
from hivemind_abm.app.page.state import PageState
from hivemind_abm.app.page.toolbar import Toolbar
from hivemind_abm.app.page.users_files import Files

__all__ = ["HivePage", "controls_of", "pictures_of"]

_NO_FILES = Files()


@solara.component
def HivePage(files: Files = _NO_FILES) -> None:
    """What the files ask for, or a hive, stepped through beside its replicators and a learner.

    Args:
        files: Users' own rules, bandits, learners and games.
    """
    place, set_place = solara.use_state(0)
    _Subject(files, place, set_place).key(f"subject {place}")


def controls_of(state: PageState[Any], files: Files) -> Any:
    """The controls of the kind of choices that a state has."""
    kinds: dict[type[AnyChoices], Any] = {
        GameChoices: GameControls,
        LearnerChoices: LearnerControls,
    }
    shown = kinds.get(type(state.choices.peek()), Controls)
    return shown(state.choices, state.change, files, state.building.value)


def pictures_of(session: AnySession, state: PageState[Any]) -> Any:
    """The cards of a kind of session."""
    kinds: dict[type[AnySession], Any] = {
        GameSession: GamePictures,
        LearnerSession: LearnerPictures,
    }
    return kinds.get(type(session), Pictures)(session, state)


@solara.component
def _Subject(files: Files, place: int, on_place: Callable[[int], None]) -> None:
    """One of the subjects of the files.

    Args:
        files: Users' files.
        place: Which of their subjects.
        on_place: Called with another one that was chosen.
    """
    state = solara.use_memo(lambda: PageState(files.subjects[place].start), [])
    unfolded = solara.use_reactive(False)
    builds = [state.choices.value, state.restarts.value]
    solara.lab.use_task(state.build, dependencies=builds, raise_error=True)
    session = state.session.value
    with solara.Div(classes=["hm-page"]):
        with solara.Div(style={"display": "none"}):
            _head()
        with solara.Div(classes=["hm-side"]):
            _fold_button(unfolded)
            with solara.Div(classes=["hm-unfolded" if unfolded.value else "hm-folded"]):
                _choice_of_subject(files, place, on_place)
                controls_of(state, files)
        with solara.Div(classes=["hm-main"]):
            if session is None:
                text = state.problem.value or "Building ..."
                solara.Text(text, classes=["hm-small"])
                return
            Toolbar(state)
            pictures_of(session, state)


def _choice_of_subject(files: Files, place: int, on_place: Callable[[int], None]) -> None:
    labels = [subject.label for subject in files.subjects]
    if len(labels) > 1:
        with solara.Div(classes=["hm-controls"]):
            solara.Select(
                "show",
                values=labels,
                value=labels[place],
                on_value=lambda label: on_place(labels.index(label)),
            )


def _head() -> None:
    solara.Style(_style_sheet())
    solara.Title("hivemind")
    with solara.AppBar():
        solara.lab.ThemeToggle()
    with solara.AppBarTitle():
        solara.Text("hivemind")


def _fold_button(unfolded: solara.Reactive[bool]) -> None:
    """Shows and hides the controls on a phone; wider pages always show them."""
    solara.Button(
        "Controls",
        icon_name="mdi-tune",
        on_click=lambda: unfolded.set(not unfolded.value),
        classes=["hm-phone"],
        text=True,
    )


@cache
def _style_sheet() -> str:
    return (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
