"""The address and what is chosen, however quickly one follows the other."""

import pytest
import solara

from hivemind_abm.app.page.location import Place, use_address
from hivemind_abm.app.page.sessions.choices import Choices
from hivemind_abm.app.page.sessions.users_files import Files
from hivemind_abm.app.page.state import PageState
from hivemind_abm.app.page.views import View


class Browser:
    """Stands in for a browser: its history, and what happens right after an entry is added."""

    def __init__(self, at=""):
        self.place = Place(Files(), "", 0)
        self.state = PageState(self.place.base)
        self.state.building.value = False
        self.path = solara.reactive("/" + at)
        self.history, self.then = [], None
        solara.render(self.component(), handle_error=False)

    def component(self):
        @solara.component
        def Watched():
            use_address(self.place, self.state)
            solara.Text("")

        @solara.component
        def Page():
            routes = [solara.Route("/")]
            router = solara.routing.Router(self.path.value, routes, self.push)
            solara.routing.router_context.provide(router)
            Watched()

        return Page()

    def push(self, path):
        self.history.append(path)
        self.path.value = path
        then, self.then = self.then, None
        if then is not None:
            self.path.value = then

    def choose(self, **values):
        self.state.choices.value = Choices(**values)

    @property
    def seed(self):
        return self.state.choices.value.seed


def test_a_choice_is_an_entry_and_back_is_none():
    browser = Browser()
    browser.choose(seed="2")
    browser.choose(seed="3")
    assert browser.history == ["/?seed=2", "/?seed=3"] and browser.path.value == "/?seed=3"
    browser.path.value = "/?seed=2"
    assert browser.seed == "2"
    browser.state.building.value = False  # what follows from the choice is built
    browser.path.value = "/"
    assert browser.seed == Browser().seed
    browser.state.building.value = False
    assert browser.history == ["/?seed=2", "/?seed=3"]


@pytest.mark.parametrize("then", ["/?seed=2", "/", "/?seed=7&view.shares=stacked"])
def test_who_goes_back_before_a_choice_is_rendered_gets_there(then):
    browser = Browser()
    browser.choose(seed="2")
    browser.then = then
    browser.choose(seed="3")
    assert browser.path.value == then and f"/?seed={browser.seed}" != "/?seed=3"
    assert browser.place.query(browser.state) == then.lstrip("/?")
    browser.state.building.value = False
    assert browser.history == ["/?seed=2", "/?seed=3"] and browser.path.value == then


def test_what_is_chosen_while_a_hive_is_built_waits_for_it():
    browser = Browser()
    browser.state.building.value = True
    browser.choose(seed="2")
    assert not browser.history
    browser.state.building.value = False
    assert browser.history == ["/?seed=2"]


def test_an_address_that_is_written_otherwise_stays_as_it_is():
    browser = Browser("?seed=1&nonsense=1")
    assert not browser.history
    browser.path.value = "/?seed=1&more=2"
    assert not browser.history and "more in the address" in browser.state.note.value
    browser.state.view.value = View(shares="stacked")
    assert browser.history == ["/?view.shares=stacked"]
