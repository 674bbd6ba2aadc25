"""The page in a real browser with a game and with a learner, and what goes wrong there."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from page_games import GAMES, LEARNERS
from pages import Served, Tab, expect

from hivemind_abm.app.page.sessions.kinds import session_of
from hivemind_abm.app.page.sessions.users_files import Files

pytestmark = pytest.mark.thorough

GAME = (
    "GAME = {'game': Meeting(), 'players': ('success', 'P-MCL'), 'population_size': 60,\n"
    "    'initial_shares': ((0.7, 0.3), None), 'rng': 2}\n"
)
WRONG = "GAME = {'players': ('succes', 'success')}\n"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("games")
    (folder / "meeting.py").write_text(GAMES + GAME)
    (folder / "greedy.py").write_text(LEARNERS)
    (folder / "wrong.py").write_text(WRONG)
    server = Served(folder, "meeting.py", "greedy.py", "wrong.py")
    yield server
    server.stop()
    log = server.log.read_text()
    assert "Traceback" not in log and "rror" not in log, log


@pytest.fixture
def tab(opened):
    return opened


@pytest.fixture
def choices(served):
    """Those of the game that is shown."""
    return Files.of([str(served.folder / "meeting.py")]).subjects[0].start


def after(choices, steps):
    session = session_of(choices)
    for _ in range(steps):
        session.step()
    return session


def test_a_step_of_a_game_shows_the_next_state_everywhere(tab, choices):
    expect(tab.status).to_contain_text("step 0 ")
    expect(tab.page.get_by_text("The plane of both shares")).to_be_visible()
    plane = tab.page.locator(".hm-square canvas")
    before = plane.screenshot()
    tab.step(3)
    session = after(choices, 3)
    payoffs = ", ".join(f"{player.payoff:.3f}" for player in session.model.players)
    expect(tab.status).to_contain_text(f"mean payoffs {payoffs} ")
    keys = tab.page.locator(".hm-key")
    expect(keys).to_have_count(2)
    for player, key in zip(session.model.players, (keys.first, keys.last), strict=True):
        expect(key).to_contain_text(f"oak: {player.shares[0]:.3f}")
    expect(tab.page.locator(".hm-players")).to_contain_text("a hive of 60 bees")
    expect(tab.page.get_by_text("Two hives want to meet at the same of two sites.")).to_be_visible()
    expect(tab.page.get_by_text("populations that follow TRD and MRD.")).to_be_visible()
    expect(tab.command).to_contain_text("model.run_for(3)")
    assert plane.screenshot() != before


def test_a_game_plays_until_paused_and_start_goes_back(tab):
    tab.button("Play").click()
    expect(tab.status).to_contain_text(re.compile(r"step ([4-9]|\d\d) "))
    tab.button("Pause").click()
    expect(tab.button("Play")).to_be_enabled()
    tab.button("Start").click()
    expect(tab.status).to_contain_text("step 0 ")


def test_each_control_makes_another_game(tab, choices):
    for kind, label, value, words in (
        ("type", "bees of player 0", "30", "'population_size': (30, 60)"),
        ("type", "pulls of player 1", "5", "'population_size': (30, 5)"),
        ("choose", "matches", "mean", "'match': 'mean'"),
        ("type", "steps at once", "20", "'match': 'mean'"),
        ("type", "seed", "9", "'rng': 9"),  # last: once it is shown, all of them are
    ):
        getattr(tab, kind)(label, value)
        expect(tab.command).to_contain_text(words)
        expect(tab.status).to_contain_text("step 0 ")
    tab.step(at_once=20)
    chosen = replace(choices, sizes={0: 30, 1: 5}, match="mean", seed="9")
    with tab.page.expect_download() as download:
        tab.page.get_by_role("button", name="rows (CSV)").click()
    assert Path(download.value.path()).read_text() == after(chosen, 20).csv()


def test_a_wrong_value_is_one_line_and_the_game_goes_on(tab):
    tab.type("bees of player 0", "30000")
    problem = tab.page.locator(".hm-problem")
    expect(problem).to_contain_text("at most 20000 bees and pulls to be watched, not 30060")
    expect(problem).to_contain_text("(The game shown is still the one before.)")
    tab.step()
    tab.type("bees of player 0", "60")
    expect(problem).to_have_count(0)
    tab.choose("show", "game of wrong.py")
    expect(tab.page.get_by_text("player 0 must be a rule (success")).to_be_visible()
    tab.choose("show", "game of meeting.py")
    tab.step()


def test_a_learner_is_shown_with_its_policy_and_the_hive_beside_it(tab, served):
    tab.choose("show", "learner Greedy")
    expect(tab.page.get_by_text("Policy", exact=True)).to_be_visible()
    tab.step(2, at_once=10)
    choices = Files.of([str(served.folder / "greedy.py")]).subjects[0].start
    share = after(choices, 2).model.shares[9]
    expect(tab.page.locator(".hm-key")).to_contain_text(f"option 9: {share:.3f}")
    tab.choose("bandit", "near one")
    expect(tab.command).to_contain_text("bandit='near one'")
    tab.type("explore", "0.5")
    expect(tab.command).to_contain_text("explore=0.5")
    tab.type("n_action", "3")
    expect(tab.page.get_by_text("Path on the simplex")).to_be_visible()
    tab.step(at_once=10)
    tab.choose("show", "hive")
    expect(tab.page.locator(".honeycomb canvas")).to_be_visible()
    tab.step()


@pytest.mark.parametrize(
    ("subject", "card"), [("game of meeting.py", "The game"), ("learner Greedy", "Policy")]
)
def test_a_phone_shows_all_of_it_and_nothing_is_cut_off(browser, served, subject, card):
    tab = Tab(browser, served, 390, 844, "dark")
    tab.button("Controls").click()
    tab.choose("show", subject)
    tab.button("Controls").click()
    expect(tab.page.get_by_text(card, exact=True)).to_be_visible()
    tab.button("Step").click()
    expect(tab.status).to_contain_text(re.compile(r"step 10? "))
    wide = tab.page.evaluate(
        "[...document.querySelectorAll('.hm-page *')]"
        ".filter(e => e.getBoundingClientRect().right > 391).length"
    )
    assert wide == 0
    tab.context.close()
    assert not tab.complaints
