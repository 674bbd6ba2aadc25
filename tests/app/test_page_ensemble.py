"""The page in a real browser with an ensemble behind the hive."""

import re
from urllib.parse import urlencode

import pytest
from pages import expect

pytestmark = pytest.mark.thorough

BAND = "200 runs: mean, 10-90 %"
SMALL = {"rule": "wvoter", "population_size": "60", "bandit.n_action": "2", "ensemble": "yes"}


def opened(tab, served, **choices):
    """The page as an address asks for it; returns the line that says how far the ensemble is."""
    query = urlencode(SMALL | {name.replace("__", "."): text for name, text in choices.items()})
    tab.page.goto(f"http://127.0.0.1:{served.port}/?{query}")
    expect(tab.status).to_contain_text("step 0 ")
    return tab.page.locator(".hm-ensemble")


def test_an_ensemble_stands_behind_the_curves(tab, served):
    note = opened(tab, served, stop_if_end="False")
    expect(note).to_have_text("ensemble: 200 runs, 100 steps")
    expect(tab.page.get_by_text(BAND).first).to_be_visible()
    tab.step(3)
    expect(note).to_have_text("ensemble: 200 runs, 100 steps")
    tab.button("To the end").click()  # the runs go on to more steps before the hive gets there
    expect(note).to_have_text(re.compile(r"^ensemble: 200 runs, (?!100 )[\d,]+ steps$"))
    tab.page.keyboard.press("Home")  # halts a run that has not ended
    expect(tab.button("Step")).to_be_enabled()


def test_runs_that_stop_count_with_their_last_row(tab, served):
    note = opened(tab, served, population_size="10")
    expect(note).to_have_text(
        re.compile(
            r"^ensemble: 200 runs, 100 steps; "
            r"\d+ of them ended before and count with their last row$"
        )
    )


def test_a_control_that_changes_stops_it_and_another_begins(tab, served):
    # A run of this rule, which sleeps, takes minutes.
    note = opened(tab, served, rule="mine.py:Slow", population_size="2")
    expect(note).to_contain_text("ensemble: 0 of 200 runs, 100 steps; interpreted")
    tab.choose("rule", "wvoter")
    expect(note).to_contain_text("ensemble: 200 runs, 100 steps")
    tab.page.get_by_text("Beside it", exact=True).click()  # unfolds these controls
    tab.page.get_by_label("200 runs behind it", exact=True).click()
    expect(note).to_have_count(0)
    expect(tab.page.get_by_text(BAND)).to_have_count(0)
    tab.step()


def test_an_error_in_a_run_is_one_line_and_the_page_lives_on(tab, served):
    opened(tab, served, rule="mine.py:Stubborn", rule__broken="True")
    told = tab.page.get_by_text(
        re.compile("^The ensemble has ended: Stubborn.decide returned opin")
    )
    expect(told).to_be_visible()
    expect(tab.page.locator(".hm-ensemble")).to_have_count(0)
    tab.choose("rule", "wvoter")
    expect(tab.page.locator(".hm-ensemble")).to_contain_text("ensemble: 200 runs, 100 steps")
    tab.step()
