"""The page in a real browser: each control, what is shown after a step, and what goes wrong."""

import re
import shlex
from pathlib import Path

import pytest
from pages import RULE, Served, Tab, expect

from hivemind_abm.app.cli.main import main
from hivemind_abm.app.page.sessions.choices import Choices
from hivemind_abm.app.page.sessions.session import Session


def csv_of(command, tmp_path):
    """The CSV that a command line which the page shows writes."""
    words = shlex.split(command)
    assert words[0] == "hivemind"
    assert main([*words[1:], "--out", str(tmp_path)]) == 0
    return (tmp_path / "run.csv").read_text()


def test_a_step_shows_the_next_state_everywhere(tab):
    expect(tab.page).to_have_title("hivemind")
    expect(tab.status).to_contain_text("step 0")
    expect(tab.page.get_by_text("Step 0: nobody has decided yet.")).to_be_visible()
    before = tab.page.locator(".honeycomb canvas").screenshot()
    tab.step(2)
    assert tab.page.locator(".honeycomb canvas").screenshot() != before
    session = Session(Choices())
    session.step()
    session.step()
    flows = session.hive.flows()
    switched = flows.sum() - flows.trace()
    expect(
        tab.page.get_by_text(f"Step 2: {switched} bees switched, {flows.trace()} kept theirs.")
    ).to_be_visible()
    expect(tab.status).to_contain_text(
        f"best option {session.record()['R_wvoter']['optimal_share'].iloc[-1]:.3f}"
    )
    expect(tab.page.locator(".honeycomb-chip").nth(9)).to_contain_text(
        f"9: {session.hive.shares[9]:.3f}"
    )
    expect(tab.command).to_contain_text("--steps 2")


@pytest.mark.thorough
def test_play_goes_on_until_paused_and_start_goes_back(tab):
    tab.button("Play").click()
    expect(tab.status).to_contain_text(re.compile(r"step ([4-9]|\d\d) "))
    tab.button("Pause").click()
    expect(tab.button("Play")).to_be_enabled()
    steps = [int(re.search(r"step (\d+)", tab.status.inner_text())[1])]
    for _ in range(3):
        tab.page.wait_for_timeout(600)
        steps.append(int(re.search(r"step (\d+)", tab.status.inner_text())[1]))
    assert steps[-1] <= steps[0] + 1  # the step that was being made
    tab.button("Start").click()
    expect(tab.status).to_contain_text("step 0 ")


@pytest.mark.thorough
def test_consensus_stops_it_and_says_so(tab):
    tab.choose("rule", "majority")
    tab.type("bees N", "12")
    expect(tab.command).to_contain_text("--population-size 12")
    tab.button("Play").click()
    expect(tab.page.locator(".hm-consensus")).to_contain_text("consensus on option")
    expect(tab.button("Step")).to_be_disabled()
    expect(tab.button("Play")).to_be_disabled()
    tab.button("Start").click()
    expect(tab.button("Step")).to_be_enabled()


@pytest.mark.thorough
def test_each_control_makes_another_hive(tab):
    for kind, label, value, words in (
        ("choose", "rule", "success", "--rule success"),
        ("choose", "deterministic", "True", "--deterministic=True"),
        ("choose", "rule", "wvoter", "--rule wvoter"),
        ("choose", "switch", "is_det", "--switch=is_det"),
        ("choose", "bandit", "sigmoid near zero", "--bandit 'sigmoid near zero'"),
        ("type", "std", "0.5", "--std=0.5"),
        ("type", "n_action", "4", "--n-action=4"),
        ("type", "bees N", "50", "--population-size 50"),
        ("type", "neighbourhood size M", "7", "--neighbourhood-size 7"),
        ("type", "neighbourhood size M", "all", "--neighbourhood-size all"),
        ("choose", "neighbourhood", "everyone", "--neighbourhood everyone"),
        ("type", "initial shares", "0.2, 0.8, 0, 0", "--initial-shares 0.2,0.8,0.0,0.0"),
        ("type", "seed", "12", "--seed 12"),
        ("choose", "runs as", "interpreted", "--interpreted"),
    ):
        getattr(tab, kind)(label, value)
        expect(tab.command).to_contain_text(words)
        expect(tab.status).to_contain_text("step 0 ")
        expect(tab.page.locator(".hm-problem")).to_have_count(0)
        tab.step()
    expect(tab.status).to_contain_text("rule interpreted")


@pytest.mark.thorough
def test_what_stands_beside_the_hive(tab):
    tab.choose("learner beside it", "MCL")
    tab.type("alpha", "0.02")
    tab.tick("TRD beside it", False)
    systems = re.compile(r"^Share of the best option .*: R_wvoter [^,]*, MRD [^,]*, MCL [^,]*$")
    expect(tab.page.get_by_role("img", name=systems)).to_be_visible()
    tab.step(2)
    tab.type("n_action", "3")
    expect(tab.command).to_contain_text("--n-action=3")
    expect(tab.page.get_by_text("Path on the simplex")).to_be_visible()
    tab.step(2)


@pytest.mark.thorough
def test_a_bad_value_shows_the_constructors_message_and_keeps_the_hive(tab):
    tab.step()
    tab.type("neighbourhood size M", "1000")
    message = "neighbourhood_size must be 1 to 299 or 'all' in a hive of 300 bees, not 1000"
    expect(tab.page.locator(".hm-problem")).to_contain_text(message)
    expect(tab.page.locator(".hm-problem")).to_be_in_viewport()
    assert "of 300 bees" in tab.bees()
    tab.step()  # the last good hive goes on
    tab.type("neighbourhood size M", "10")
    expect(tab.command).to_contain_text("--neighbourhood-size 10")
    expect(tab.page.locator(".hm-problem")).to_have_count(0)
    for label, text, message in (
        ("bees N", "many", "population_size must be a whole number"),
        ("bees N", "5000", "to be watched"),
        ("seed", "seven", "not 'seven'"),
        ("initial shares", "1, 2", "initial_shares must be 10 numbers"),
        ("gap", "0.4", "rewards must lie in [0, 1]"),
    ):
        good = tab.box(label).input_value()
        tab.type(label, text)
        expect(tab.page.locator(".hm-problem")).to_contain_text(message)
        tab.type(label, good)
        expect(tab.page.locator(".hm-problem")).to_have_count(0)


@pytest.mark.thorough
def test_a_users_rule_with_its_fields(browser, served):
    tab = Tab(browser, served)
    expect(tab.command).to_contain_text("--rule mine.py:Stubborn")
    tab.type("chance", "0.9")
    expect(tab.command).to_contain_text("--chance=0.9")
    tab.step(2)
    tab.type("chance", "")
    expect(tab.command).not_to_contain_text("--chance")
    tab.step()
    tab.type("chance", "0.5")  # is the default: nothing changes, and nothing waits for it
    tab.step()
    tab.choose("broken", "True")
    expect(tab.command).to_contain_text("--broken=True")
    tab.button("Step").click()
    expect(tab.page.locator(".hm-problem")).to_contain_text(
        "Stubborn.decide returned opinion -1 for bee 0"
    )
    expect(tab.status).to_contain_text("step 0 ")
    tab.context.close()
    assert not tab.complaints


@pytest.mark.thorough
def test_rows_and_figures_are_those_of_the_command(tab, tmp_path):
    tab.type("n_action", "4")
    tab.choose("switch", "is_stoc")
    tab.type("neighbourhood size M", "5")
    tab.type("seed", "8")
    expect(tab.command).to_contain_text("--seed 8")
    tab.step(3)
    expect(tab.command).to_contain_text("--steps 3")
    for label, start in (
        ("rows (CSV)", b"step,"),
        ("figure (PNG)", b"\x89PNG"),
        ("figure (SVG)", b"<?xml"),
    ):
        with tab.page.expect_download() as download:
            tab.page.get_by_role("button", name=label).click()
        data = Path(download.value.path()).read_bytes()
        assert data.startswith(start)
        if label.startswith("rows"):
            assert data.decode() == csv_of(tab.command.inner_text(), tmp_path)


@pytest.mark.thorough
def test_a_long_step_leaves_the_page_at_hand(tab, served):
    tab.choose("rule", "mine.py:Endless")
    expect(tab.command).to_contain_text("--rule mine.py:Endless")
    tab.button("Step").click()
    expect(tab.button("Step")).to_have_class(re.compile("hm-stepping"))
    tab.choose("rule", "success")
    expect(tab.command).to_contain_text("--rule success")
    expect(tab.status).to_contain_text("step 0 ")
    tab.step()
    (served.folder / "enough").touch()  # up to here the step has not ended


@pytest.mark.thorough
def test_the_server_ends_in_the_midst_of_a_long_step(browser, tmp_path):
    (tmp_path / "mine.py").write_text(RULE)
    server = Served(tmp_path, "mine.py")
    tab = Tab(browser, server)
    tab.choose("rule", "mine.py:Slow")
    expect(tab.command).to_contain_text("--rule mine.py:Slow")
    tab.button("Step").click()  # takes 300 s
    expect(tab.button("Step")).to_have_class(re.compile("hm-stepping"))
    server.stop()
    assert "Traceback" not in server.log.read_text()
    tab.context.close()


@pytest.mark.thorough
def test_one_bee_tells_whom_it_heard(tab):
    tab.step(2)
    canvas = tab.page.locator(".honeycomb canvas")
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] / 2, "y": box["height"] / 2})  # bee 0 is in the middle
    session = Session(Choices())
    session.step()
    session.step()
    decision = session.hive.decision(0)
    option, payoff = decision.before.opinion, decision.before.payoff
    result = f"switched from option {option} to option {decision.after}"
    if decision.after == option:
        result = f"kept option {option}"
    text = f"Bee 0 could hear 299 bees, and {result}."
    expect(tab.page.get_by_text(text)).to_be_visible()
    tables = tab.page.locator(".hm-asked")
    expect(tables.first).to_contain_text(f"{payoff:.3f}")
    (asked,) = decision.asked
    expect(tables.last).to_contain_text(f"bee {asked.bee}: option {asked.answer.opinion}")
    chosen = tab.page.get_by_label("bee, 0 to 299", exact=True)
    expect(chosen).to_have_value("0")
    tab.type("bee, 0 to 299", "17")
    expect(tab.page.get_by_text("Bee 17 could hear 299 bees")).to_be_visible()
    for wrong in ("300", "-1", "1.5", "queen"):
        tab.type("bee, 0 to 299", wrong)
        expect(
            tab.page.get_by_text(f"A bee is a whole number from 0 to 299, not '{wrong}'.")
        ).to_be_visible()
        expect(tab.page.get_by_text("Bee 17 could hear 299 bees")).to_be_visible()
    tab.type("bee, 0 to 299", "17")
    expect(tab.page.get_by_text("A bee is a whole number")).to_have_count(0)
    tab.type("bee, 0 to 299", "none")
    expect(tab.page.get_by_text("A bee is a whole number")).to_be_visible()
    tab.type("seed", "2")
    expect(tab.command).to_contain_text("--seed 2")
    expect(chosen).to_have_value("")
    expect(tab.page.get_by_text("A bee is a whole number")).to_have_count(0)
    tab.step()
    tab.type("bee, 0 to 299", "17")
    expect(tab.page.get_by_text("Bee 17 could hear 299 bees")).to_be_visible()
    tab.type("bee, 0 to 299", "")
    expect(tab.page.get_by_text("Choose a bee to see whom it heard")).to_be_visible()


@pytest.mark.thorough
def test_the_slider_moves_the_rewards_of_the_congestion_bandit(tab):
    tab.choose("bandit", "congestion")
    expect(tab.page.get_by_text("Expected rewards: 0: 0.700, 1: 0.500")).to_be_visible()
    slider = tab.page.locator(".hm-card", has_text="Rewards of the bandit").locator("[role=slider]")
    slider.focus()
    slider.press("End")
    expect(tab.page.get_by_text("Expected rewards: 0: 0.600, 1: 0.800")).to_be_visible()


@pytest.mark.thorough
def test_two_tabs_are_two_hives(tab, browser, served):
    other = Tab(browser, served)
    other.choose("rule", "success")
    other.type("bees N", "40")
    expect(other.command).to_contain_text("--population-size 40")
    tab.step(3)
    expect(other.status).to_contain_text("step 0 ")
    other.step()
    expect(tab.status).to_contain_text("step 3 ")
    expect(tab.command).to_contain_text("--population-size 300")
    other.context.close()


@pytest.mark.thorough
def test_a_phone_folds_the_controls_away_and_nothing_is_cut_off(browser, served):
    tab = Tab(browser, served, 390, 844, "dark")
    bees = tab.page.get_by_label("bees N (population_size)", exact=True)
    assert not bees.is_visible()
    tab.button("Controls").click()
    expect(bees).to_be_visible()
    tab.step()
    wide = tab.page.evaluate(
        "[...document.querySelectorAll('.hm-page *')]"
        ".filter(e => e.getBoundingClientRect().right > 391).length"
    )
    assert wide == 0
    tab.context.close()
    assert not tab.complaints


@pytest.mark.thorough
def test_2000_steps_of_play_hold_no_memory(browser, served):
    tab = Tab(browser, served)  # the user's rule is a voter without drift
    tab.type("population_size", "500")
    tab.type("stop_if_end", "never")
    expect(tab.command).to_contain_text("--population-size 500")
    slider = tab.page.locator(".hm-speed [role=slider]")
    slider.focus()
    slider.press("End")
    tab.button("Play").click()
    step = "Number(/step (\\d+)/.exec(document.querySelector('.hm-status').textContent)[1])"
    reached = f"n => {step} > n"
    tab.page.wait_for_function(reached, arg=20)
    before = served.memory()
    tab.page.wait_for_function(reached, arg=2020, timeout=3_600_000)
    grown = served.memory() - before
    print(f"2,000 steps: {grown:.1f} MB")
    tab.context.close()
    assert grown < 50.0
