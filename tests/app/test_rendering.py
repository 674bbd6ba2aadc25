"""How the page is rendered anew, without a browser."""

import threading
import time

import solara
from solara.server import kernel_context

from hivemind_abm.app.page.cards.card import card
from hivemind_abm.app.page.location import Place
from hivemind_abm.app.page.page import HivePage
from hivemind_abm.app.page.sessions.choices import Choices
from hivemind_abm.app.page.sessions.session import Session


def test_a_card_stays_the_same_when_another_comes_before_it():
    shown = solara.reactive(False)

    @solara.component
    def Cards():
        with solara.Column():
            if shown.value:
                with card("First"):
                    solara.Text("first")
            with card("Last"):
                solara.Text("last")

    _, context = solara.render(Cards(), handle_error=False)
    before = context.find(children=["last"]).widget
    shown.value = True
    assert context.find(children=["last"]).widget is before
    shown.value = False
    assert context.find(children=["last"]).widget is before


def test_a_choice_taken_back_while_the_page_is_drawn_leaves_the_page_alive(monkeypatch):
    states, shown, drawing, go_on = [], threading.Event(), threading.Event(), threading.Event()
    record, start = Session.record, Place.state

    def slow_record(session, *places):
        if session.steps:
            drawing.set()
            assert go_on.wait(60.0)
        shown.set()
        return record(session, *places)

    def kept(place, asked):
        states.append(start(place, asked))
        return states[-1]

    monkeypatch.setattr(Session, "record", slow_record)
    monkeypatch.setattr(Place, "state", kept)

    @solara.component
    def Page():
        path, set_path = solara.use_state("/")
        solara.routing.router_context.provide(
            solara.routing.Router(path, [solara.Route("/")], set_path)
        )
        HivePage()

    solara.render(Page(), handle_error=False)
    (state,) = states
    built(state)
    assert shown.wait(60.0)
    # In a thread, as a browser's messages: the step is drawn by whichever thread comes to it.
    pressing = threading.Thread(target=state.press, args=["step"], daemon=True)
    pressing.start()
    assert drawing.wait(60.0)
    at_first = state.choices.peek()
    state.change(Choices(population_size=30))
    state.change(at_first)
    go_on.set()
    built(state)
    pressing.join(60.0)
    assert not pressing.is_alive()
    assert state.choices.peek() is at_first and state.session.peek().choices == at_first


def test_a_thread_that_has_ended_may_be_forgotten_by_solara_again():
    threads = kernel_context.current_context
    threads["a thread"] = None
    for _ in range(2):
        del threads["a thread"]
    assert "a thread" not in threads


def built(state):
    """Wait until what was asked for is built."""
    for _ in range(12_000):
        if not state.building.peek():
            return
        time.sleep(0.05)
    raise AssertionError("the session is being built for ever")
