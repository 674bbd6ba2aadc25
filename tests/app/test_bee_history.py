"""The history of a bee: `Hive.decision` at each step, in columns and in sentences."""

import json

import numpy as np
import pytest
from page_rules import RULES

from hivemind_abm.app.page.bees import bee_history as module
from hivemind_abm.app.page.bees.bee_history import BeeHistory, Moment, Told, bee_history, moment_of
from hivemind_abm.app.page.bees.bee_strip import column_of, last_column, moment_in_words
from hivemind_abm.app.page.sessions.choices import Choices, FurtherRule
from hivemind_abm.app.page.sessions.session import Session

N, STEPS, LENGTH = 40, 14, 8
ODD_RULES = '''
import random
from dataclasses import dataclass

from hivemind_abm import ImitationRule


@dataclass(frozen=True)
class Unsteady(ImitationRule):
    """Draw from elsewhere."""

    def decide(self, bee, neighbours, rng):
        return random.randrange(neighbours.n_action)


@dataclass(frozen=True)
class Endless(ImitationRule):
    """Keep numbers that are none."""

    def memory_size(self, n_action):
        return 6

    def decide(self, bee, neighbours, rng):
        bee.memory[0], bee.memory[1] = float("nan"), float("inf")
        return bee.opinion
'''
INTERPRETED = {"compiled": False}
ASYNCHRONOUS = {"updating": "asynchronous"}
KINDS = {
    "compiled": ("wvoter", {}),
    "compiled, all are heard": ("majority", {"neighbourhood_size": "all"}),
    "compiled, asynchronous": ("success", ASYNCHRONOUS),
    "interpreted": ("wvoter", INTERPRETED),
    "memory and dance": ("Averager", INTERPRETED),
    "memory and dance, asynchronous": ("Averager", INTERPRETED | ASYNCHRONOUS),
    "some decide": ("Averager", INTERPRETED | {"updating": 0.5}),
    "no option": ("Scout", INTERPRETED | {"bandit_fields": {"n_action": 3}}),
    "several rules": ("Averager", INTERPRETED | {"mix": ("Stubborn", "Scout")}),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Names of rules, as the page is given them."""
    folder = tmp_path_factory.mktemp("rules")
    (folder / "mine.py").write_text(RULES)
    (folder / "odd.py").write_text(ODD_RULES)
    mine = {name: f"{folder / 'mine.py'}:{name}" for name in ("Stubborn", "Averager", "Scout")}
    return mine | {name: f"{folder / 'odd.py'}:{name}" for name in ("Unsteady", "Endless")}


@pytest.fixture
def session_of(files):
    """A function (rule, choices) -> session before its first step."""

    def build(rule, **choices):
        mix = tuple(FurtherRule(files[name], 0.25) for name in choices.pop("mix", ()))
        common = {"population_size": N, "stop_if_end": False, "dynamics": (), "mix": mix}
        return Session(Choices(**common | {"rule": files.get(rule, rule)} | choices))

    return build


def stepped(session, steps=STEPS):
    for _ in range(steps):
        session.step()
    return session


def check(moment, hive, bee, decision):
    """A moment is what the hive and its decision say."""
    k = hive.bandit.n_action

    def held(option):
        return None if option == k else option

    assert moment.step == hive.steps and moment.opinion == held(hive.opinions[bee])
    assert (moment.payoff, moment.shown) == (hive.payoffs[bee], hive.shown[bee])
    size = hive.rules[hive.follows[bee]].memory_size(k)
    assert list(moment.memory) == hive.memory[bee, :size].tolist()
    if decision is None or decision.times == 0:
        assert (moment.times, moment.heard, moment.switched) == (0, 0, False)
        return
    assert moment.times == decision.times and moment.before == held(decision.before.opinion)
    assert moment.switched == (decision.before.opinion != decision.after)
    described = {each.bee: each.answer for each in decision.asked if each.bee is not None}
    if 0 < len(described) <= 3:
        assert {each.bee: (each.opinion, each.payoff) for each in moment.told} == {
            bee: (held(answer.opinion), answer.payoff) for bee, answer in described.items()
        }
        assert moment.heard == len(described)
        assert set(moment.options) == {held(answer.opinion) for answer in described.values()}
    if any(each.question == "neighbours.total_payoff" for each in decision.asked):
        assert moment.heard == len(decision.heard) and not moment.told
        totals = {
            int(each.question[len("neighbours.payoff_of(") : -1])
            for each in decision.asked
            if "payoff_of" in each.question and each.answer > 0.0
        }
        assert set(moment.options) == totals


@pytest.mark.parametrize("kind", KINDS)
def test_a_history_is_the_decisions_of_its_steps(session_of, kind):
    rule, choices = KINDS[kind]
    session, bees = session_of(rule, **choices), (0, 12, N - 1)
    seen = {}
    for _ in range(STEPS):
        session.step()
        hive = session.hive
        seen[hive.steps] = [(hive.decision(bee), moment_numbers(hive, bee)) for bee in bees]
    for place, bee in enumerate(bees):
        history = bee_history(session, bee, STEPS, LENGTH)
        moments = history.moments(STEPS, LENGTH)
        assert not history.problem and not history.missing(STEPS, LENGTH)
        assert [moment.step for moment in moments] == list(range(STEPS - LENGTH + 1, STEPS + 1))
        for moment in moments:
            decision, numbers = seen[moment.step][place]
            assert (moment.opinion, moment.payoff, moment.shown) == numbers
            check(moment, session.at(moment.step), bee, decision)


def moment_numbers(hive, bee):
    option, k = int(hive.opinions[bee]), hive.bandit.n_action
    return None if option == k else option, hive.payoffs[bee], hive.shown[bee]


def test_every_kind_of_decision_has_come_up(session_of):
    moments = [
        moment
        for rule, choices in KINDS.values()
        for moment in bee_history(stepped(session_of(rule, **choices)), 12, STEPS).moments(STEPS)
    ]
    assert {moment.times for moment in moments} >= {0, 1, 2}
    assert any(moment.silent for moment in moments) and any(moment.switched for moment in moments)
    assert any(moment.opinion is None for moment in moments)
    assert {len(moment.told) for moment in moments} >= {0, 1}


def test_it_begins_with_step_0(session_of):
    session = stepped(session_of("wvoter"), 2)
    first = bee_history(session, 3, 2).moments(2)[0]
    check(first, session.at(0), 3, None)
    assert moment_in_words(first).startswith(f"Step 0: begins with option {first.opinion}; payoff ")


def test_it_is_the_same_after_looking_back_and_forth(session_of):
    session = stepped(session_of("Averager", **INTERPRETED | ASYNCHRONOUS))
    whole = bee_history(session, 5, STEPS).moments(STEPS)
    history = BeeHistory(session, 5)
    for step in (3, 11, 6, STEPS, 1):
        looked = session.at(step)
        history.keep(moment_of(looked, 5, looked.decision(5)))
        history.fill(step, 4)
        assert history.moments(step, 4) == whole[max(step - 3, 0) : step + 1]
        assert looked.steps == step  # the hive that the page shows has not moved
    history.fill(STEPS)
    assert history.moments(STEPS) == whole


def test_filling_moves_no_hive_that_is_looked_at(session_of):
    session = stepped(session_of("wvoter"))
    looked = session.at(4)
    opinions = looked.opinions.copy()
    history = BeeHistory(session, 5)
    for step in range(6):
        hive = session.at(step)
        history.keep(moment_of(hive, 5, hive.decision(5) if step else None))
    looked = session.at(5)
    opinions = looked.opinions.copy()
    history.fill(STEPS)
    assert looked.steps == 5 and np.array_equal(looked.opinions, opinions)


def test_a_window_that_moves_on_needs_no_replay(session_of, monkeypatch):
    session = session_of("wvoter")
    history = BeeHistory(session, 5)
    monkeypatch.setattr(session, "walk", None)
    history.keep(moment_of(session.hive, 5, None))
    for step in range(1, 100):
        session.step()
        history.keep(moment_of(session.hive, 5, session.hive.decision(5)))
        history.fill(step)
    assert not history.problem and len(history.moments(99)) == module.LENGTH


def test_it_keeps_a_bounded_number_of_moments(session_of, monkeypatch):
    monkeypatch.setattr(module, "_MOST_KEPT", 10)
    history = bee_history(stepped(session_of("wvoter")), 5, STEPS)
    assert len(history.missing(STEPS)) == STEPS + 1 - 10
    assert not history.missing(STEPS, 10)


def test_filling_ends_once_it_is_not_wanted(session_of):
    session = stepped(session_of("wvoter"))
    history, asked = BeeHistory(session, 5), []
    history.fill(STEPS, wanted=lambda: asked.append(1) or len(asked) < 4)
    assert history.missing(STEPS) == list(range(3, STEPS + 1))


@pytest.mark.filterwarnings("ignore:Unsteady.decide draws")
def test_a_step_that_comes_out_otherwise_is_a_problem(session_of):
    session = stepped(session_of("Unsteady", compiled=False))
    assert "comes out otherwise" in bee_history(session, 5, STEPS).problem


def test_numbers_of_the_memory_that_json_cannot_hold(session_of):
    session = stepped(session_of("Endless", compiled=False), 2)
    column = column_of(bee_history(session, 5, 2).moments(2)[-1])
    assert column["memory"] == [None, None, 0.0, 0.0]  # the first four of six
    json.dumps(column, allow_nan=False)
    assert "memory not a number, not a number, 0, 0." in column["words"]


def moment(**changed):
    told = (Told(17, 3, 0.82),)
    usual = {"step": 41, "opinion": 3, "payoff": 0.641, "shown": 0.641, "memory": (), "before": 1}
    told = {"times": 1, "heard": 1, "told": told, "options": (3,)}
    return Moment(**usual | told | changed)


def test_a_moment_in_words():
    two = (Told(4, None, 0.0), Told(17, 3, 0.82))
    lines = {
        moment(): "heard bee 17 (option 3, shows 0.82), switched from option 1 to option 3",
        moment(opinion=1): "heard bee 17 (option 3, shows 0.82), kept option 1",
        moment(told=two, heard=2): "heard bee 4 (no option) and bee 17 (option 3, shows 0.82), "
        "switched from option 1 to option 3",
        moment(told=(), heard=12): "heard 12 bees, switched from option 1 to option 3",
        moment(told=(), heard=0, options=()): "asked no bee, switched from option 1 to option 3",
        moment(times=0): "was not drawn, keeps option 3",
        moment(times=2): "decided 2 times; the last time heard bee 17 (option 3, shows 0.82), "
        "switched from option 1 to option 3",
    }
    for each, words in lines.items():
        assert moment_in_words(each) == f"Step 41: {words}; payoff 0.64."
    ends = {
        moment(shown=0.0): "payoff 0.64, silent.",
        moment(shown=0.5, memory=(0.25, 3.0)): "payoff 0.64, shows 0.50, memory 0.25, 3.",
        moment(opinion=None, payoff=0.0, shown=0.0): "option 1 to no option; payoff 0.00.",
    }
    for each, words in ends.items():
        assert moment_in_words(each).endswith(words)


def test_a_moment_as_a_column():
    column = column_of(moment(opinion=None, options=(2, None)))
    assert (column["option"], column["options"]) == (-1, [2, -1]) and column["heard"] == "17"
    assert column_of(moment(told=(), heard=12))["heard"] == "12 bees"
    assert column_of(moment(told=(), heard=0))["heard"] == ""
    moments = (moment(), moment(opinion=1), moment(times=0), moment(step=0, times=0))
    assert [column_of(each)["mark"] for each in moments] == ["switched", "kept", "not drawn", ""]


def test_the_strip_stays_while_the_step_is_on_it():
    assert last_column(None, 7, 7) == 7
    assert last_column(80, 81, 81) == 81  # it moves on with the last step
    assert last_column(80, 41, 80) == last_column(80, 21, 80) == 80
    assert last_column(80, 20, 80) == 20  # off the strip, which then ends there
    assert last_column(20, 21, 80) == 21
    assert last_column(80, 3, 5) == 3  # of a session that has been started again
