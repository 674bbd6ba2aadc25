"""The page in a real browser with hives of several rules, memory, no option, a changing world."""

import pytest
from page_rules import RULES
from pages import Served, expect

from hivemind_abm.app.page.sessions.choices import Choices
from hivemind_abm.app.page.sessions.session import Session

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hives")
    (folder / "mine.py").write_text(RULES)
    server = Served(folder, "mine.py")
    yield server
    server.stop()
    log = server.log.read_text()
    assert "Traceback" not in log and "rror" not in log, log


def chosen(tab, kind, label, value, words):
    """Use a control, and wait for the hive that follows from it."""
    getattr(tab, kind)(label, value)
    expect(tab.command).to_contain_text(words)
    expect(tab.page.locator(".hm-problem")).to_have_count(0)


def test_a_mixed_hive_is_built_and_taken_apart(tab):
    chosen(tab, "type", "bees N", "40", "--population-size 40")
    chosen(tab, "type", "n_action", "2", "--n-action=2")
    tab.button("add a rule").click()
    expect(tab.command).to_contain_text("--rule wvoter --rule mine.py:Scout --mix 0.9,0.1")
    chosen(tab, "choose", "rule 2", "mine.py:Stubborn", "--rule mine.py:Stubborn")
    chosen(tab, "type", "share of rule 2", "10", "--mix 30,10")
    chosen(tab, "type", "weight", "2", "--weight=2")
    chosen(tab, "type", "initial shares", "0.5, 0.5; 1, 0", "'0.5,0.5;1.0,0.0'")
    key = tab.page.locator(".honeycomb-key").last
    expect(key).to_contain_text("no mark: R_wvoter (30)")
    expect(key).to_contain_text("● Stubborn (10)")
    tab.step()
    tab.type("bee, 0 to 39", "35")
    expect(
        tab.page.get_by_text("Bee 35 follows Stubborn. It could hear 39 bees, and kept option 0.")
    ).to_be_visible()
    tab.button("remove rule 2").click()
    expect(tab.command).not_to_contain_text("--mix")
    expect(tab.command).not_to_contain_text("--initial-shares")
    expect(key).not_to_contain_text("Stubborn")


def test_updating_memory_and_silence(tab, tmp_path):
    chosen(tab, "choose", "rule", "mine.py:Averager", "--rule mine.py:Averager")
    chosen(tab, "type", "bees N", "30", "--population-size 30")
    chosen(tab, "choose", "updating", "asynchronous", "--updating asynchronous")
    tab.step(2)
    expect(tab.page.locator(".honeycomb-told")).to_contain_text("hollow: silent")
    (tmp_path / "mine.py").write_text(RULES)
    rule = f"{tmp_path / 'mine.py'}:Averager"
    session = Session(Choices(rule=rule, population_size=30, updating="asynchronous"))
    session.step()
    session.step()
    times = [session.hive.decision(bee).times for bee in range(30)]
    tab.type("bee, 0 to 29", str(times.index(0)))
    expect(tab.page.get_by_text("was not drawn in this step, and keeps option")).to_be_visible()
    tab.type("bee, 0 to 29", str(times.index(2)))
    expect(tab.page.get_by_text("It decided 2 times in this step")).to_be_visible()
    memory = session.hive.memory[times.index(2), 0]
    expect(tab.page.locator(".hm-asked").first).to_contain_text(f"{memory:.4g}")
    chosen(tab, "choose", "updating", "each bee with probability p", "--updating 0.5")
    chosen(tab, "type", "probability p", "0.25", "--updating 0.25")
    tab.step()
    tab.type("probability p", "2")
    expect(tab.page.locator(".hm-problem")).to_contain_text("updating must be")


def test_no_option_and_a_quorum(tab):
    chosen(tab, "choose", "rule", "mine.py:Scout", "--rule mine.py:Scout")
    chosen(tab, "type", "n_action", "2", "--n-action=2")
    chosen(tab, "type", "initial shares", "0.9,0,0.1", "--initial-shares 0.9,0.0,0.1")
    chosen(tab, "type", "stop at share", "0.6", "--stop-if-end=0.6")
    expect(tab.page.locator(".honeycomb-chip").last).to_contain_text("none: 0.100")
    expect(tab.page.locator(".hm-consensus")).to_contain_text(
        "option 0 has a share of 0.900 at step 0: not the best"
    )
    chosen(tab, "type", "stop at share", "never", "--n-action=2 --steps")
    tab.step(2)
    expect(tab.page.get_by_text("without colour: no option")).to_be_visible()
    expect(tab.page.get_by_role("img", name="Paths of Scout, TRD, MRD")).to_be_visible()


def test_a_world_that_changes(tab):
    chosen(tab, "choose", "bandit", "switching", "--bandit switching")
    chosen(tab, "type", "period", "2", "--period=2")
    chosen(tab, "type", "stop at share", "never", "--period=2 --steps")
    expect(tab.page.get_by_text("TRD and MRD are not shown: bandit must pay")).to_be_visible()
    expect(tab.status).to_contain_text("best now: option 0")
    tab.step(2)
    expect(tab.status).to_contain_text("best now: option 1")
    expect(
        tab.page.get_by_text(
            "Expected rewards at step 2: 0: 0.600, 1: 0.900. "
            "Best now: option 1; last change at step 2."
        )
    ).to_be_visible()
    expect(tab.page.get_by_text("Dotted: another option became the best")).to_be_visible()
    chosen(tab, "choose", "bandit", "random walk", "--bandit 'random walk'")
    tab.step(2)
