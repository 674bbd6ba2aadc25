"""The address of the page in a real browser: shared, reloaded, gone back to, and hostile."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from pages import DRAWN, Tab, expect

pytestmark = pytest.mark.thorough


@pytest.fixture
def tab(opened):
    return opened


def shown(tab):
    """What the address says."""
    return {name: values[0] for name, values in parse_qs(urlsplit(tab.page.url).query).items()}


def test_all_that_is_chosen_is_in_the_address_and_comes_back(tab, browser, served):
    tab.choose("rule", "success")
    tab.type("bees N", "41")
    expect(tab.command).to_contain_text("--population-size 41")
    tab.type("n_action", "4")
    expect(tab.command).to_contain_text("--n-action=4")
    tab.choose("neighbourhood", "small world")
    expect(tab.command).to_contain_text("--neighbourhood 'small world'")
    tab.button("stacked").click()
    tab.type("bee, 0 to 40", "7")
    tab.page.wait_for_url(re.compile("bee=7"))
    asked = {
        "rule": "success",
        "population_size": "41",
        "bandit.n_action": "4",
        "neighbourhood": "small world",
        "view.shares": "stacked",
        "bee": "7",
    }
    assert shown(tab) == asked
    words = tab.command.inner_text()
    tab.page.reload()
    expect(tab.command).to_have_text(words)
    expect(tab.page.get_by_label("bee, 0 to 40", exact=True)).to_have_value("7")
    other = Tab(browser, served)
    other.page.goto(tab.page.url)
    expect(other.command).to_have_text(words)
    assert shown(other) == asked
    other.context.close()
    assert not other.complaints


def test_back_and_forward_choose_what_was_chosen_and_lead_out_of_the_page(tab):
    before = tab.page.evaluate("history.length")
    for seed in ("2", "3", "4"):
        tab.type("seed", seed)
        expect(tab.command).to_contain_text(f"--seed {seed}")
        tab.page.wait_for_url(re.compile(f"seed={seed}"))
    assert tab.page.evaluate("history.length") == before + 3
    for _ in range(3):
        for seed in ("3", "2", "1"):
            tab.page.go_back()
            expect(tab.command).to_contain_text(f"--seed {seed}")
        for seed in ("2", "3", "4"):
            tab.page.go_forward()
            expect(tab.command).to_contain_text(f"--seed {seed}")
    assert tab.page.evaluate("history.length") == before + 3
    for _ in range(4):
        tab.page.go_back()
    tab.page.wait_for_url("about:blank")


def test_an_address_that_is_written_otherwise_adds_nothing_to_the_history(tab):
    tab.go("?seed=1&rule=wvoter&population_size=30&nonsense=1&bee=999&view.bees=cube")
    expect(tab.command).to_contain_text("--population-size 30")
    tab.step()
    before = tab.page.evaluate("history.length")
    tab.type("seed", "5")
    expect(tab.command).to_contain_text("--seed 5")
    tab.page.wait_for_url(re.compile("seed=5"))
    assert tab.page.evaluate("history.length") == before + 1


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("?rule=other.py", "rule=other.py in the address is not offered here"),
        ("?rule=macro:other.py:X&learner=macro:/etc/x.py", "is not offered here"),
        ("?model=../../x", "model must be one of those of the gallery, not '../../x'"),
        ("?population_size=<script>alert(1)</script>", "<script>alert(1)</script> in the address"),
        (f"?rule={'x' * 10_000}", "is longer than 1000 characters"),
        ("?bandit.n_action=99999999999999999999", "is beyond 1,000,000"),
        (f"?initial_shares={'(' * 300}", "in the address is no number"),
        ("?second=yes&second.rule=__import__('os')", "is not offered here"),
    ],
)
def test_a_hostile_address_is_left_out_and_told(query, message, tab):
    tab.go(query)
    expect(tab.page.get_by_text(message).first).to_be_visible()
    tab.step()
    assert tab.page.locator("script", has_text="alert(1)").count() == 0


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("?bandit.n_action=256", "n_action must be 1 to 255 to be watched, not 256"),
        ("?population_size=2001", "population_size must be 1 to 2000 to be watched, not 2001"),
    ],
)
def test_what_cannot_be_built_says_why_and_is_mended_on_the_page(query, message, tab):
    tab.go(query, drawn=False)
    expect(tab.page.locator(".hm-main")).to_contain_text(message)
    tab.type("n_action", "4")
    tab.type("bees N", "30")
    expect(tab.command).to_contain_text("--population-size 30")
    tab.step()


def test_models_of_each_kind_and_back(tab):
    for name in ("fermi", "matching_pennies_of_hives", "my_first_learner"):
        tab.go(f"?model={name}")
        tab.button("Step").click()
        expect(tab.status).to_contain_text(re.compile(r"step [1-9]"))
        tab.button("Leave this model").click()
        expect(tab.command).to_contain_text("--rule mine.py:Stubborn")
        tab.page.go_back()
        expect(tab.button("Leave this model")).to_be_visible()
        tab.page.wait_for_selector(DRAWN, state="attached")
