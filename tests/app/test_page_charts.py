"""The charts of a hive, as a user sees them in a real browser."""

import re

import pytest
from pages import Tab, expect

pytestmark = pytest.mark.thorough

TWO = "rule=success&bandit.n_action=2&population_size=100"
THREE = "rule=success&bandit.n_action=3&population_size=100"


@pytest.fixture
def opened(browser, served):
    """A function (query) -> a tab with the page at that query."""
    tabs = []

    def opened_at(query):
        tab = Tab(browser, served)
        tabs.append(tab)
        tab.page.goto(f"http://127.0.0.1:{served.port}/?{query}")
        expect(tab.command).to_contain_text("--population-size 100")
        return tab

    yield opened_at
    for tab in tabs:
        tab.context.close()
    assert not [text for tab in tabs for text in tab.complaints]


def chart(tab, words):
    """The chart whose text alternative begins with these words."""
    return tab.page.get_by_role("img", name=re.compile(f"^{re.escape(words)}"))


def test_two_shares_have_a_drift_with_its_fixed_points(opened):
    tab = opened(TWO)
    expect(tab.page.get_by_role("heading", name="Drift")).to_be_visible()
    drift = chart(tab, "Mean change per step of the share of option 0, over that share.")
    expect(drift).to_have_attribute("aria-label", re.compile(r"Fixed points: \(1, 0\) "))
    expect(drift).to_have_attribute("aria-label", re.compile("The share is 0.500 now."))
    tab.step(2)
    expect(drift).not_to_have_attribute("aria-label", re.compile("The share is 0.500 now."))
    expect(tab.page.get_by_text("in an infinite hive of R_success, M = 1")).to_be_visible()


def test_three_shares_have_a_triangle_with_arrows(opened):
    tab = opened(THREE)
    triangle = chart(tab, "Paths of R_success, TRD, MRD on the triangle of 3 options.")
    expect(triangle).to_have_attribute("aria-label", re.compile(r"Fixed points: \(1, 0, 0\) "))
    expect(tab.page.get_by_text("mean change", exact=True)).to_be_visible()
    tab.step(3)  # the arrows stay while the hive goes on
    expect(tab.page.get_by_text("measuring the mean field ...")).to_have_count(0)


def test_a_network_has_no_arrows(opened):
    tab = opened(f"{THREE}&neighbourhood=ring:4")
    expect(tab.page.get_by_text("No arrows: on a network the change depends on")).to_be_visible()
    expect(tab.page.get_by_text("mean change", exact=True)).to_have_count(0)


def test_who_switched_is_a_figure_or_a_table(opened):
    tab = opened(THREE)
    expect(tab.page.get_by_text("Step 0: nobody has decided yet.")).to_be_visible()
    tab.step()
    expect(chart(tab, "Who switched in step 1: ")).to_be_visible()
    tab.button("table").click()
    expect(tab.button("table")).to_have_class(re.compile("v-btn--active"))
    expect(chart(tab, "Who switched in step 1: ")).to_be_visible()


def test_shares_are_curves_or_a_stack(opened):
    tab = opened("rule=wvoter&population_size=100&view.shares=stacked")
    tab.step()
    expect(chart(tab, "Shares of all options in R_wvoter, stacked over step")).to_be_visible()
    lines = opened("rule=wvoter&population_size=100")
    lines.step()
    words = "Shares of all options over step; last values: R_wvoter, option 0"
    expect(chart(lines, words)).to_be_visible()


def test_options_that_stay_small_are_hidden(opened):
    query = "rule=wvoter&population_size=100&seed=3&bandit.n_action=120"
    tab = opened(query)
    expect(tab.page.get_by_text("options that never rose above 1 % not shown.")).to_be_visible()
    tab = opened(f"{query}&view.options=all")
    expect(chart(tab, "Shares of all options over step")).to_be_visible()
    expect(tab.page.get_by_text("options that never rose above 1 % not shown.")).to_have_count(0)
