"""What the pictures of the page are made from, in each kind of hive, without a browser."""

import base64

import numpy as np
import pandas as pd
import pytest
from page_rules import RULES

from hivemind_abm.app.figures.record import draw_record
from hivemind_abm.app.page.bees.bee import _in_words, _questions, _states
from hivemind_abm.app.page.bees.honeycomb import frame_of
from hivemind_abm.app.page.charts.curves import all_shares, one_measure, with_changes
from hivemind_abm.app.page.charts.simplex import is_triangle, simplex, simplex_note
from hivemind_abm.app.page.sessions.choices import Choices, FurtherRule
from hivemind_abm.app.page.sessions.session import Session
from hivemind_abm.hives.decision import Asked

HEIGHT = np.sqrt(0.75)


@pytest.fixture
def session_of(tmp_path):
    """A function (rule of the file, steps, choices) -> session."""
    file = tmp_path / "mine.py"
    file.write_text(RULES)

    def build(rule, steps, **choices):
        mix = tuple(FurtherRule(f"{file}:{name}", share) for name, share in choices.pop("mix", ()))
        name = f"{file}:{rule}" if rule in RULES else rule
        session = Session(Choices(rule=name, mix=mix, population_size=60, **choices))
        for _ in range(steps):
            session.step()
        return session

    return build


def bytes_of(text):
    return np.frombuffer(base64.b64decode(text), np.uint8)


def in_words(session, bee, decision):
    return _in_words(session.hive, bee, decision, session.rule_names)


def path_of(chart):
    """The points of the hive in a triangle."""
    return next(each["data"] for each in chart["series"] if each.get("name") == "Scout")


@pytest.mark.thorough
def test_a_silent_bee_and_one_without_option_are_told_apart(session_of):
    session = session_of("Averager", 2, updating="asynchronous")
    frame = frame_of(session.hive, 2)
    shown, payoffs = bytes_of(frame["shown"]), bytes_of(frame["payoffs"])
    silent = (session.hive.shown == 0.0) & (session.hive.payoffs > 0.0)
    assert silent.any() and np.array_equal((shown == 0) & (payoffs > 0), silent)
    session = session_of("Scout", 2, bandit_fields={"n_action": 3})
    opinions = bytes_of(frame_of(session.hive, 2)["opinions"])
    assert (opinions == 3).sum() == round(60 * session.record()["Scout"]["share_none"].iloc[-1]) > 0


@pytest.mark.thorough
def test_a_tiny_payoff_that_is_shown_is_no_silence(session_of):
    session = session_of("Averager", 0)
    session.hive.shown[:2] = 0.0, 1e-6
    assert bytes_of(frame_of(session.hive, 0)["shown"])[:2].tolist() == [0, 1]


def test_who_follows_which_rule(session_of):
    session = session_of("wvoter", 1, mix=[("Stubborn", 0.25)])
    assert bytes_of(frame_of(session.hive, 1)["follows"]).tolist() == 45 * [0] + 15 * [1]
    assert session.name == "R_wvoter + Stubborn"
    text = in_words(session, 50, session.hive.decision(50))
    assert text.startswith("Bee 50 follows Stubborn.  It could hear 59 bees, and kept option")
    twice = session_of("Stubborn", 0, mix=[("Stubborn", 30)])
    assert twice.rule_names == ["Stubborn(weight=1.0)"] * 2


@pytest.mark.thorough
def test_the_card_of_a_bee_shows_its_memory_before_and_after(session_of):
    session = session_of("Averager", 3, updating="asynchronous")
    times = [session.hive.decision(bee).times for bee in range(60)]
    once, twice, never = times.index(1), times.index(2), times.index(0)
    decision = session.hive.decision(once)
    words = in_words(session, once, decision)
    assert words.startswith(f"Bee {once} could hear 59 bees, and ")
    table = _states(session.hive, once, decision)
    assert "<th>before</th><th>decided</th><th>now</th>" in table
    before, now = decision.before.memory[0], session.hive.memory[once, 0]
    assert (
        f"<td>memory[0]</td><td>{before:.4g}</td><td>{before:.4g}</td><td>{now:.4g}</td>" in table
    )
    assert "<td>memory[1]</td>" in table and "<td>3</td><td>3</td></tr>" in table
    assert "It decided 2 times in this step; this is the last time." in in_words(
        session, twice, session.hive.decision(twice)
    )
    still = session.hive.decision(never)
    assert "was not drawn in this step, and keeps option" in in_words(session, never, still)
    assert "<th>before</th>" not in _states(session.hive, never, still)
    silent = int(np.flatnonzero(session.hive.shown == 0.0)[0])
    assert "0: it is silent" in _states(session.hive, silent, None)


@pytest.mark.thorough
def test_a_bee_without_option_is_called_so(session_of):
    session = session_of("Scout", 0, initial_shares=(0.0, 0.0, 1.0), bandit_fields={"n_action": 2})
    assert in_words(session, 3, None) == "Bee 3 holds no option, and decides in the next step."
    assert "<td>no option</td>" in _states(session.hive, 3, None)
    session.step()
    decisions = map(session.hive.decision, range(60))
    asked = next(each.asked for each in decisions if len(each.asked) == 2)  # it has not quit
    assert "<td>bee " in _questions(asked, 2) and ": no option</td>" in _questions(asked, 2)
    assert "<td>0.25</td>" in _questions((Asked("rng.random()", 0.25),), 2)


@pytest.mark.thorough
def test_the_share_of_no_option_is_drawn(session_of):
    session = session_of("Scout", 4, bandit_fields={"n_action": 2})
    record = session.record()
    names = [series.get("name") for series in all_shares(record, 2, False)["series"]]
    assert names[:3] == ["Scout, option 0", "Scout, option 1", "Scout, no option"]
    assert "TRD, no option" not in names
    labels = [text.get_text() for text in draw_record(record).axes[0].get_legend().get_texts()]
    assert labels == ["option 0", "option 1", "no option"]


def test_the_triangle_of_two_options_and_none(session_of):
    rows = pd.DataFrame({"share_0": [0.0, 0.5], "share_1": [1.0, 0.0], "share_none": [0.0, 0.5]})
    record = {"Scout": rows}
    assert is_triangle(record, 2) and not simplex_note(record, 2)
    assert np.allclose(
        path_of(simplex(record, 2, False)), [[1.0, 0.0], [0.25, HEIGHT / 2]], atol=1e-4
    )
    assert not is_triangle({"Scout": rows.drop(columns="share_none")}, 2)


def test_the_triangle_of_three_options_is_of_the_bees_that_hold_one(session_of):
    rows = pd.DataFrame(
        {"share_0": [0, 0.2], "share_1": [0, 0.0], "share_2": [0, 0.2], "share_none": [1, 0.6]}
    )
    path = path_of(simplex({"Scout": rows}, 3, False))
    assert np.allclose(path, [[0.25, HEIGHT / 2]], atol=1e-4)  # no point without bees
    assert "hold an option" in simplex_note({"Scout": rows}, 3)


def test_changes_of_the_world_are_vertical_lines(session_of):
    session = session_of(
        "wvoter", 12, bandit="switching", bandit_fields={"period": 5}, stop_if_end=False
    )
    assert session.changes == [5, 10] and session.best_in_words() == "option 0"
    chart = with_changes(one_measure(session.record(), "optimal_share", False), [5, 10], False)
    assert chart["series"][0]["markLine"]["data"] == [{"xAxis": 5}, {"xAxis": 10}]
    assert with_changes(chart, [], False) is chart


def test_a_dark_line_is_lighter_on_a_dark_page(session_of):
    record = session_of("Stubborn", 1).record()
    colours = [
        one_measure(record, "mean_payoff", dark)["series"][0]["lineStyle"]["color"]
        for dark in (False, True)
    ]
    assert colours == ["#555555", "#aaaaaa"]
