"""Two hives side by side in a real browser, with an ensemble behind the first."""

import re

import pytest
from pages import expect

pytestmark = pytest.mark.thorough

DIFFERENCES = {
    "second.rule=success": "success",
    "second.rule=mine.py:Stubborn&second.rule.chance=0.2": "chance 0.2",
    "second.neighbourhood=small+world": "small world",
    "second.neighbourhood=groups&second.neighbourhood_size=10": "groups, M = 10",
    "second.updating=0.3": "updating 0.3",
    "second.seed=7": "seed 7",
}


@pytest.fixture
def tab(opened):
    return opened


def canvases(tab):
    return tab.page.locator(".bees canvas")


def test_each_difference_is_told_and_both_hives_step(tab):
    for query, told in DIFFERENCES.items():
        tab.go(f"?rule=wvoter&population_size=40&second=yes&{query}")
        expect(canvases(tab)).to_have_count(2)
        hives = tab.page.locator(".hm-card", has_text="The hives")
        expect(hives).to_contain_text(told)
        tab.step(2)
        tab.page.keyboard.press("ArrowLeft")
        expect(tab.status).to_contain_text("step 1 of 2")
        expect(tab.page.locator(".hm-problem")).to_have_count(0)


def test_the_first_hive_is_changed_beside_the_second(tab):
    tab.go("?rule=wvoter&population_size=40&second=yes&second.rule=success&bee=3")
    tab.step(2)
    tab.page.keyboard.press("ArrowLeft")
    expect(tab.status).to_contain_text("step 1 of 2")
    for kind, label, value, words in (
        ("choose", "rule", "majority", "--rule majority"),
        ("type", "n_action", "3", "--n-action=3"),
        ("choose", "bandit", "congestion", "--bandit congestion"),
        ("type", "bees N", "31", "--population-size 31"),
    ):
        getattr(tab, kind)(label, value)
        expect(tab.command).to_contain_text(words)
        expect(canvases(tab)).to_have_count(2)
        tab.step()
    tab.shown(tab.page.get_by_label(re.compile("^a second hive"))).uncheck()
    expect(canvases(tab)).to_have_count(1)
    tab.step()


def test_the_hive_that_ends_later_goes_on(tab):
    tab.go("?rule=mine.py:Stubborn&rule.chance=0.01&population_size=40&second=yes"
       "&second.rule=majority")  # fmt: skip
    tab.step(12)
    expect(tab.page.locator(".hm-consensus")).to_have_count(0)
    tab.page.keyboard.press("Home")
    expect(tab.status).to_contain_text("step 0 of 12")
    tab.page.keyboard.press("End")
    expect(tab.status).to_contain_text(re.compile(r"step 12 (?!of)"))
    tab.step()


def test_the_ensemble_comes_goes_and_is_told(tab):
    note = tab.page.locator(".hm-ensemble")
    tab.go("?rule=wvoter&population_size=40&second=yes&second.seed=9&ensemble=yes")
    expect(note).to_contain_text(re.compile(r"ensemble: 200 runs, [1-9]"))
    tab.button("Play").click()
    expect(tab.status).to_contain_text(re.compile(r"step ([3-9]|\d\d+) "))
    ensemble = tab.page.get_by_label("200 runs behind it", exact=True)
    tab.shown(ensemble).uncheck()  # while it plays
    expect(note).to_have_count(0)
    expect(tab.status).to_contain_text("step 0 ")
    tab.shown(ensemble).check()
    expect(note).to_contain_text(re.compile(r"ensemble: 200 runs, [1-9]"))
    tab.step()


def test_a_rule_that_fails_ends_its_ensemble_and_not_the_page(tab):
    tab.go("?rule=mine.py:Stubborn&rule.broken=True&population_size=40&ensemble=yes")
    expect(tab.page.get_by_text("The ensemble has ended: ")).to_be_visible()
    tab.choose("broken", "False")
    expect(tab.page.locator(".hm-ensemble")).to_contain_text("ensemble: 200 runs")
    tab.step()


TWICE = """() => {
    window.twice = [];
    new MutationObserver(() => {
        const seen = new Set();
        for (const title of document.querySelectorAll('.hm-card > h2, .hm-command, .hm-status')) {
            const name = title.matches('h2') ? title.innerText : title.className;
            if (seen.has(name)) window.twice.push(name);
            seen.add(name);
        }
    }).observe(document.body, {childList: true, subtree: true});
}"""


def test_no_card_stands_twice_while_the_page_is_filled_anew(tab):
    tab.go("?rule=wvoter&population_size=40&bandit.n_action=4")
    tab.page.evaluate(TWICE)
    hives = tab.page.get_by_role("heading", name="The hives")
    for _ in range(2):
        tab.tick(re.compile("^a second hive"), True)
        expect(hives).to_be_visible()
        tab.step()
        tab.tick(re.compile("^a second hive"), False)
        expect(hives).to_have_count(0)
        for options, field in (("3", True), ("2", True), ("5", False)):
            tab.type("n_action", options)
            expect(tab.command).to_contain_text(f"--n-action={options}")
            title = tab.page.get_by_role(
                "heading", name=re.compile("^(Drift|Path on the simplex)$")
            )
            expect(title).to_have_count(int(field))
        tab.choose("bandit", "congestion")
        expect(tab.command).to_contain_text("--bandit congestion")
        tab.choose("bandit", "near one")
        expect(tab.command).to_contain_text("--bandit 'near one'")
    assert not tab.page.evaluate("window.twice")
