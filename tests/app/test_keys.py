"""What the keys of the page do, without a browser; and that Solara's address bar is mended."""

import threading
import time

import pytest
import solara.widgets

from hivemind_abm.app.page.keys import KEYS, press_key
from hivemind_abm.app.page.mended import mend_navigator
from hivemind_abm.app.page.sessions.choices import Choices
from hivemind_abm.app.page.state import PageState


@pytest.fixture
def state():
    state = PageState(Choices(population_size=20))
    state.build()
    return state


def press(state, *names):
    for name in names:
        press_key(state, name)
        state.run()


def test_an_arrow_makes_a_step_and_goes_back_and_forth(state):
    press(state, "ArrowRight", "ArrowRight", "ArrowRight")
    assert (state.session.value.steps, state.looked.value) == (3, None)
    press(state, "ArrowLeft", "ArrowLeft")
    assert (state.session.value.steps, state.looked.value) == (3, 1)
    press(state, "ArrowRight")
    assert (state.session.value.steps, state.looked.value) == (3, 2)
    press(state, "Home")
    assert state.looked.value == 0
    press(state, "End")
    assert (state.session.value.steps, state.looked.value) == (3, None)


def test_space_plays_and_pauses(state):
    press_key(state, " ")
    assert state.pressed.value.action == "play"
    press_key(state, " ")
    assert state.pressed.value.action == ""
    state.press("run")
    press_key(state, " ")
    assert state.pressed.value.action == ""
    press_key(state, " ")
    press_key(state, "Home")
    assert state.pressed.value.action == "" and state.looked.value is None


def test_a_press_is_heard_while_another_is_shown(state):
    shown, go_on = threading.Event(), threading.Event()

    def slow(press):
        if press.action == "play":
            shown.set()
            assert go_on.wait(60.0)

    state.pressed.subscribe(slow)
    threads = [threading.Thread(target=state.press, args=[to], daemon=True) for to in ("play", "")]
    threads[0].start()
    assert shown.wait(60.0)
    threads[1].start()
    threads[1].join(40.0)
    assert not threads[1].is_alive()
    go_on.set()
    threads[0].join(60.0)
    assert state.pressed.value.action == ""


def test_steps_pressed_while_one_is_made_follow_it_and_a_held_key_adds_none(state):
    press_key(state, "ArrowRight")
    pressed = state.pressed.value
    press_key(state, "ArrowRight")
    for _ in range(5):
        press_key(state, "ArrowRight", held=True)
    press_key(state, "ArrowRight")
    assert state.pressed.value is pressed
    state.run()
    assert state.session.value.steps == 3 and not state.pressed.value.action
    press_key(state, "ArrowRight", held=True)
    press_key(state, "ArrowRight")
    press_key(state, " ")
    assert state.pressed.value.action == "play"
    press_key(state, " ")
    state.run()
    assert state.session.value.steps == 3


def test_a_press_at_any_moment_is_a_step():
    state = PageState(Choices(population_size=20, stop_if_end=False))
    state.build()
    over = threading.Event()

    def steps():
        while not over.is_set() or state.pressed.value.action:
            state.run()

    running = threading.Thread(target=steps, daemon=True)
    running.start()
    for number in range(90):  # as many may wait at once
        press_key(state, "ArrowRight")
        time.sleep(0.0005 * (number % 7))
    over.set()
    running.join(timeout=600.0)
    assert state.session.value.steps == 90


def test_waiting_steps_end_with_an_error_and_at_another_choice(state):
    for _ in range(4):
        press_key(state, "ArrowRight")
    state.session.value.step = lambda: 1 / 0
    state.run()
    assert "ZeroDivisionError" in state.problem.value and not state.pressed.value.action
    press_key(state, "ArrowRight")
    press_key(state, "ArrowRight")
    state.restart()
    state.build()
    state.run()
    assert state.session.value.steps == 0


def test_c_looks_at_the_changes_of_the_world():
    state = PageState(
        Choices(
            population_size=20,
            bandit="switching",
            bandit_fields={"period": 3, "n_action": 2},
        )
    )
    state.build()
    press(state, *["ArrowRight"] * 7)
    changes = state.session.value.changes
    assert changes
    press(state, "Home", "c")
    assert state.looked.value == changes[0]


def test_other_keys_and_keys_while_a_hive_is_built_do_nothing(state):
    pressed = state.pressed.value
    for name in ("x", "", "Enter", "press", "__init__"):
        press_key(state, name)
    assert state.pressed.value is pressed
    state.restart()
    pressed = state.pressed.value
    for key in KEYS:
        press_key(state, key.name)
    assert state.pressed.value is pressed


def test_the_template_of_the_address_bar_is_spelt_right():
    mend_navigator()
    mended = solara.widgets.Navigator
    assert "module.exports =" in mended().template
    mend_navigator()
    assert solara.widgets.Navigator is mended
