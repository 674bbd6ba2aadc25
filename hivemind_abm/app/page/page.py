"""The page that steps through a population: the controls at the side, the run beside them.

Knows: how the parts of the page are placed, and which parts show which kind of session.
Does not know: any law, or what a part shows.
Each browser tab has its own session: all state is in `PageState`, one per rendered page.
"""

import itertools
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import solara

from hivemind_abm.app.page.background import use_background
from hivemind_abm.app.page.cards.game_pictures import GamePictures
from hivemind_abm.app.page.cards.learner_pictures import LearnerPictures
from hivemind_abm.app.page.cards.pictures import Pictures
from hivemind_abm.app.page.controls.controls import Controls
from hivemind_abm.app.page.file_watch import FileNotice
from hivemind_abm.app.page.keys import Keys
from hivemind_abm.app.page.location import (
    MODEL,
    SHOW,
    Place,
    asked_in,
    use_address,
    written_query,
)
from hivemind_abm.app.page.mended import mend_closing, mend_navigator
from hivemind_abm.app.page.models.model_chooser import ModelChooser
from hivemind_abm.app.page.sessions.game_session import GameSession
from hivemind_abm.app.page.sessions.kinds import AnySession
from hivemind_abm.app.page.sessions.learner_session import LearnerSession
from hivemind_abm.app.page.sessions.stamps import stamps_of
from hivemind_abm.app.page.sessions.users_files import Files
from hivemind_abm.app.page.state import PageState, message_of
from hivemind_abm.app.page.theme import ThemeButton
from hivemind_abm.app.page.toolbar import Toolbar

__all__ = ["HivePage", "controls_of", "pictures_of"]

_NO_FILES = Files()
_READINGS = itertools.count(1)  # of files that are read again
_SIDE = {"id": "hm-controls", "tabindex": "-1", "aria-label": "controls"}
_MAIN = {"id": "hm-run", "tabindex": "-1", "aria-label": "run"}

mend_navigator()
mend_closing()


@solara.component
def HivePage(files: Files = _NO_FILES) -> None:
    """What the address or the files ask for, or a hive, stepped through.

    Args:
        files: Users' own rules, bandits, learners and games.
    """
    search = solara.use_router().search or ""
    # With files that are read again a number, for they may hold the same names; both at once.
    (users, version), set_users = solara.use_state((files, 0))
    trouble, set_trouble = solara.use_state("")
    stamps, set_stamps = solara.use_state(files.stamps)
    asked = asked_in(search)
    model, number = asked.get(MODEL, ""), asked.get(SHOW, "0")
    shown, unknown = solara.use_memo(lambda: _with_model(users, model), [users, model, version])
    known = number in map(str, range(len(shown.subjects)))
    place = solara.use_memo(
        lambda: Place(shown, "" if unknown else model, int(number) if known else 0),
        [shown, model, number, version],
    )

    def read_again() -> None:
        set_stamps(stamps_of(users.paths))
        try:
            again = users.read_again()
            set_users((again, next(_READINGS)))
            set_stamps(again.stamps)
            set_trouble("")
        except BaseException as error:  # whatever a user's file raises; the page goes on
            set_trouble(message_of(error))

    with solara.Div(classes=["hm-notices"]):
        FileNotice(stamps, read_again, trouble)
        if unknown:
            solara.Error(unknown, dense=True)
    _Subject(place, asked).key(f"subject {place.model} {place.number} {version}")


def controls_of(state: PageState[Any], files: Files) -> Any:
    """The controls of the kind of choices that a state has."""
    return Controls(state.choices, state.change, files, state.building.value)


def pictures_of(session: AnySession, state: PageState[Any]) -> Any:
    """The cards of a kind of session."""
    kinds: dict[type[AnySession], Any] = {
        GameSession: GamePictures,
        LearnerSession: LearnerPictures,
    }
    return kinds.get(type(session), Pictures)(session, state)


@solara.component
def _Subject(place: Place, asked: Mapping[str, str]) -> None:
    """One of the subjects of the files or of the gallery.

    Args:
        place: Which of them.
        asked: What the address asks for when the subject is first shown.
    """
    state: PageState[Any] = solara.use_memo(lambda: place.state(asked), [])
    use_address(place, state)
    unfolded = solara.use_reactive(False)
    use_background(state.build, [state.asked.value])
    session = state.session.value
    with solara.Div(classes=["hm-page"]):
        with solara.Div(style={"display": "none"}):
            _head(state)
        with solara.v.Html(tag="aside", class_="hm-side", attributes=_SIDE):
            _fold_button(unfolded)
            with solara.Div(classes=["hm-unfolded" if unfolded.value else "hm-folded"]):
                _choice_of_subject(place)
                controls_of(state, place.files)
        with solara.v.Html(tag="section", class_="hm-main", attributes=_MAIN):
            if session is None:
                if state.problem.value:
                    solara.Error(state.problem.value, dense=True)
                else:
                    solara.Text("Building ...", classes=["hm-small"])
                return
            Toolbar(state)
            pictures_of(session, state)


@solara.component
def _choice_of_subject(place: Place) -> None:
    """A model of the gallery, and which of the subjects of the files is shown."""
    router = solara.use_router()
    ModelChooser(place.model, lambda name: router.push(written_query(name)))
    labels = _short(subject.label for subject in place.files.subjects)
    if place.model or len(labels) > 1:
        with solara.Div(classes=["hm-controls"]):
            if place.model:
                solara.Text(place.model, classes=["hm-model-name"])
                solara.Button(
                    "Leave this model",
                    icon_name="mdi-close",
                    on_click=lambda: router.push("/"),
                    text=True,
                    small=True,
                )
            if len(labels) > 1:
                solara.Select(
                    "show",
                    values=labels,
                    value=labels[place.number],
                    on_value=lambda label: router.push(
                        written_query(place.model, labels.index(label))
                    ),
                )


def _short(labels: Iterable[str]) -> list[str]:
    """Labels without the folders of the files that they name, where that tells them apart."""
    whole = list(labels)
    short = [re.sub(r"(?<= of ).*[/\\]", "", label) for label in whole]
    return short if len(set(short)) == len(short) else whole


def _with_model(users: Files, model: str) -> tuple[Files, str]:
    """Users' files with a model of the gallery, and what is wrong with it or with the files."""
    try:
        return users.with_model(model), ""
    except BaseException as error:  # whatever a user's file raises that has changed since
        return users, message_of(error)


def _head(state: PageState[Any]) -> None:
    solara.Style(_style_sheet())
    solara.Title("hivemind")
    with solara.AppBar():
        Keys(state)  # first: it begins with the links past the header
        ThemeButton()
    with solara.AppBarTitle():
        solara.HTML(tag="h1", unsafe_innerHTML="hivemind", classes=["hm-name"])


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
