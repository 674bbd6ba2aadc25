"""Every model of the gallery opens on the page, without a browser."""

import pytest
import solara

from hivemind_abm.app.page.page import controls_of, pictures_of
from hivemind_abm.app.page.sessions.kinds import session_of
from hivemind_abm.app.page.sessions.users_files import Files
from hivemind_abm.app.page.state import PageState
from hivemind_abm.app.page.toolbar import Toolbar
from hivemind_abm.loading import gallery, load_module

QUICK = ("my_first_game", "my_first_learner")  # the others compile long
KINDS = {"HIVE": "hive", "GAME": "game", "LEARNER": "learner"}
MODELS = sorted(gallery("models").glob("*.py"))


def render(element):
    _, context = solara.render(element, handle_error=False)
    context.close()


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(file, marks=[] if file.stem in QUICK else pytest.mark.thorough)
        for file in MODELS
    ],
    ids=lambda file: file.stem,
)
def test_a_model_of_the_gallery_opens(file):
    names, files = vars(load_module(file)), Files.of([str(file)])
    state = PageState(files.subjects[0].start)
    state.session.value = session = session_of(state.choices.value)
    assert session.shown == next(kind for name, kind in KINDS.items() if name in names)
    session.step()
    assert session.steps >= 1
    render(controls_of(state, files))
    render(pictures_of(session, state))
    render(Toolbar(state))
