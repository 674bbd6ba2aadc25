"""The state of a page without a browser: building, stepping, and the messages of errors."""

import pytest

from hivemind_abm.app.page.sessions.choices import Choices
from hivemind_abm.app.page.sessions.kinds import session_of
from hivemind_abm.app.page.sessions.learner_choices import LearnerChoices
from hivemind_abm.app.page.sessions.session import Session
from hivemind_abm.app.page.state import PageState, message_of
from hivemind_abm.loading import load_module

BROKEN = """
from dataclasses import dataclass

from hivemind_abm import ImitationRule


@dataclass(frozen=True)
class Broken(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return [][bee.opinion]
"""


@pytest.fixture
def state():
    state = PageState(Choices(population_size=20))
    state.build()
    return state


def test_what_is_chosen_is_built_and_stepped(state):
    session = state.session.value
    assert isinstance(session, Session) and not state.building.value
    state.press("step")
    state.run()
    assert (session.steps, state.tick.value) == (1, 1)
    assert state.pressed.value.action == ""
    state.change(Choices(population_size=30))
    assert state.building.value and state.session.value is session
    state.build()
    assert state.session.value.hive.opinions.size == 30
    state.restart()
    state.build()
    assert state.session.value.steps == 0


def test_nothing_is_before_the_first_step(state):
    state.look_back()
    assert state.looked.value is None and state.now == 0
    state.press("step")
    state.run()
    state.look_back()
    state.look_back()
    assert state.looked.value == 0


def test_the_same_choice_changes_nothing(state):
    state.change(Choices(population_size=20))
    assert not state.building.value


def test_a_wrong_choice_keeps_the_session_and_shows_the_problem(state):
    session = state.session.value
    state.bee.value = 3
    state.change(Choices(population_size=20, neighbourhood_size=50))
    state.build()
    assert state.session.value is session and state.bee.value == 3
    assert "neighbourhood_size must be" in state.problem.value
    for action in ("step", "run"):  # it is told until the choice is mended
        state.press(action)
        state.run()
        assert state.session.value.steps and "neighbourhood_size must be" in state.problem.value
    state.change(Choices(population_size=20, neighbourhood_size=5))
    state.build()
    assert state.problem.value == "" and state.bee.value is None


def test_a_choice_that_is_taken_back_is_built_too(state):
    first, session = state.choices.value, state.session.value
    asked = [state.asked.value]
    for choices in (Choices(population_size=30), Choices(population_size=20)):
        state.change(choices)
        asked.append(state.asked.value)
    assert state.choices.value == first and state.building.value and len(set(asked)) == 3
    state.build()
    assert not state.building.value and state.session.value is not session


def test_the_bee_of_the_next_hive(state):
    state.bee.value = 3
    state.change(Choices(population_size=60), bee=40)
    state.change(Choices(population_size=30))  # before the other was built
    state.build()
    assert state.bee.value is None
    state.change(Choices(population_size=60), bee=40)
    state.build()
    assert state.bee.value == 40
    for bee, chosen in ((17, 17), (45, None), (None, None)):
        state.change(Choices(population_size=60))
        state.build()
        state.change(Choices(population_size=20))
        state.bee.value = bee
        state.build()
        assert state.bee.value == chosen


def test_play_ends_at_consensus():
    state = PageState(Choices(rule="majority", population_size=4))
    state.build()
    state.speed.value = 1000
    state._drawn.wait = lambda seconds: True  # as a browser does that draws at once
    state.press("play")
    state.run()
    assert state.session.value.ended and state.pressed.value.action == ""


def test_play_ends_where_no_browser_draws(state, monkeypatch):
    monkeypatch.setattr("hivemind_abm.app.page.state._PATIENCE", 0.01)
    state.press("play")
    state.run()
    assert state.session.value.steps == 1


def test_an_error_in_a_users_file_is_shown_with_its_line(tmp_path):
    file = tmp_path / "broken.py"
    file.write_text(BROKEN)
    state = PageState(Choices(rule=str(file), population_size=20, compiled=False))
    state.build()
    state.press("step")
    state.run()
    assert state.problem.value == "broken.py, line 10: IndexError: list index out of range"
    file.write_text("class X(:\n")
    with pytest.raises(SyntaxError) as error:
        load_module(file)
    assert message_of(error.value).startswith("SyntaxError: ")
    assert message_of(ValueError("expected")) == "expected"
    assert message_of(KeyError("x")) == "KeyError: 'x'"


def test_a_users_file_that_ends_the_program_ends_a_step_only(tmp_path):
    file = tmp_path / "ends.py"
    file.write_text(BROKEN.replace("return [][bee.opinion]", "raise SystemExit(3)"))
    state = PageState(Choices(rule=str(file), population_size=20, compiled=False))
    state.build()
    for action in ("step", "play", "run"):
        state.press(action)
        state.run()
        assert "ends.py, line 10: SystemExit: 3" in state.problem.value
        assert state.pressed.value.action == "" and state.session.value.steps == 0


def test_back_and_forth_go_by_steps_of_the_page():
    state = PageState(LearnerChoices("CL", at_once=10))
    state.build()
    for _ in range(3):
        state.press("step")
        state.run()
    seen = []
    for look in (state.look_back, state.look_back, state.look_forward, state.look_back):
        look()
        seen.append(state.now)
    state.look_at(13)
    state.look_back()
    seen.append(state.now)
    state.look_at(13)
    state.look_forward()
    assert [*seen, state.now] == [20, 10, 20, 10, 10, 20]
    state.press("step")
    state.look_at(13)
    state.press("play")
    state._step(state.session.value)
    assert state.now == 20


@pytest.mark.parametrize("action", ["step", "play", "run"])
def test_a_press_is_carried_out_once_even_if_the_page_begins_with_it_twice(state, action):
    session, begun = state.session.value, []
    once = session.step

    def step():
        begun.append(session.steps)
        if len(begun) == 1:
            state.run()  # as a second thread does meanwhile
            state.press("")
        once()

    session.step = step
    state._drawn.wait = lambda seconds: True
    state.press(action)
    state.run()
    assert (begun, session.steps) == ([0], 1)


def test_a_session_is_built_once_even_if_the_page_begins_with_it_twice(state, monkeypatch):
    built = []

    def build(choices):
        built.append(choices)
        state.build()  # as a second thread does meanwhile
        return session_of(choices)

    monkeypatch.setattr("hivemind_abm.app.page.state.session_of", build)
    for times in (1, 2):
        state.restart()
        state.build()
        state.build()
        assert len(built) == times and not state.building.value


def test_what_is_chosen_while_a_session_is_shown_is_still_to_be_built(state):
    later = [Choices(population_size=40)]
    state.session.subscribe(lambda _: state.change(later.pop(), bee=7) if later else None)
    state.restart()
    state.build()
    assert state.building.value
    state.build()
    assert state.session.value.hive.opinions.size == 40 and state.bee.value == 7
    assert not state.building.value


def test_a_step_looked_at_while_the_next_session_comes_is_forgotten():
    state = PageState(LearnerChoices("CL", at_once=1))
    state.build()
    for _ in range(3):
        state.press("step")
        state.run()
    looks = [2]
    state.looked.subscribe(lambda step: state.look_at(looks.pop()) if looks else None)
    state.look_at(1)
    assert state.looked.value == 2
    looks.append(2)
    state.restart()
    state.build()
    assert not looks and state.looked.value is None and state.session.value.steps == 0


def test_no_step_is_made_of_a_session_that_will_be_replaced_but_those_made_are_looked_at(state):
    for _ in range(2):
        state.press("step")
        state.run()
    state.look_at(0)
    state.restart()
    state.look_forward()
    assert state.looked.value == 1
    state.look_at(None)
    state.look_forward()
    assert not state.pressed.value.action
    state.build()
    state.look_forward()
    assert state.pressed.value.action == "step"
