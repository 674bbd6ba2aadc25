"""The page in a real browser: back in time, forth again, and what a step that fails leaves."""

import re

import pytest
from pages import Served, expect

pytestmark = pytest.mark.thorough

RULES = '''
import random
from dataclasses import dataclass

from hivemind_abm import ImitationRule


@dataclass(frozen=True)
class Fails(ImitationRule):
    """Fails at step 4."""

    def decide(self, bee, neighbours, rng):
        if bee.step == 4:
            raise RuntimeError("four")
        return neighbours.pick(rng).opinion


@dataclass(frozen=True)
class Elsewhere(ImitationRule):
    """Draws from elsewhere than its rng."""

    def decide(self, bee, neighbours, rng):
        return neighbours.pick(rng).opinion if random.random() < 0.5 else bee.opinion
'''


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("time")
    (folder / "rules.py").write_text(RULES)
    server = Served(folder, "rules.py")
    yield server
    server.stop()
    assert "Traceback" not in server.log.read_text(), server.log.read_text()


@pytest.fixture
def tab(opened):
    return opened


def key(tab, name, shows):
    expect(tab.button("Step")).to_be_enabled()  # no step is being made
    tab.page.keyboard.press(name)
    expect(tab.status).to_contain_text(shows)


def test_back_and_forth_shows_the_same_hive(tab):
    tab.go("?rule=wvoter&bee=3")
    for step in (1, 2, 3):
        key(tab, "ArrowRight", f"step {step} ")
    expect(tab.page.get_by_text(re.compile("^Step 3: heard")).first).to_be_visible()
    at_three, table = tab.status.inner_text(), tab.page.locator(".hm-asked").first
    expect(tab.command).to_contain_text("--steps 3")  # which is drawn after the bee
    in_step_three = table.text_content()
    key(tab, "ArrowLeft", "step 2 of 3")
    key(tab, "Home", "step 0 of 3")
    key(tab, "ArrowLeft", "step 0 of 3")
    key(tab, "End", "step 3 ")
    assert tab.status.inner_text() == at_three
    expect(table).to_have_text(in_step_three)
    slider = tab.page.get_by_label("step looked at", exact=True)
    slider.fill("1")
    expect(tab.status).to_contain_text("step 1 of 3")
    tab.button("Play").click()  # shows those made so far again, then goes on
    expect(tab.status).to_contain_text(re.compile(r"step ([5-9]|\d\d) "))
    slider.fill("2")  # while it plays
    expect(tab.status).to_contain_text("step 2 of ")
    expect(tab.button("Play")).to_be_enabled()
    tab.type("bees N", "50")
    expect(tab.command).to_contain_text("--population-size 50")
    expect(tab.status).to_contain_text("step 0 ")
    expect(tab.status).not_to_contain_text(re.compile(r"^\s*step \d+ of "))


def test_steps_between_the_points_of_the_curves_are_shown(tab):
    tab.go("?rule=wvoter&stop_if_end=False&population_size=60&bandit.n_action=3")
    tab.button("To the end").click()
    expect(tab.status).to_contain_text(re.compile(r"step \d{4,} "))
    tab.button("Halt").click()
    expect(tab.button("Step")).to_be_enabled()
    slider, keys = tab.page.get_by_label("step looked at", exact=True), tab.page.locator(".hm-key")
    told = keys.filter(has_text="option 0: ").first
    key(tab, "Home", "step 0 of ")
    even = "option 0: 0.333option 1: 0.333option 2: 0.333"
    expect(told).to_have_text(even)
    for step in (1, 2):
        slider.fill(str(step))
        expect(tab.status).to_contain_text(f"step {step} of ")
    expect(told).not_to_have_text(even)


def test_the_slider_is_dragged_fast_while_it_plays(tab):
    tab.go("?rule=wvoter&stop_if_end=False")
    tab.button("Play").click()
    expect(tab.status).to_contain_text(re.compile(r"step ([5-9]|\d\d) "))
    box = tab.page.locator(".hm-rail input").bounding_box()
    tab.page.mouse.move(box["x"] + box["width"] - 9, box["y"] + box["height"] / 2)
    tab.page.mouse.down()
    for share in (0.9, 0.2, 0.7, 0.1, 0.8, 0.3) * 4:
        tab.page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
    tab.page.mouse.up()
    expect(tab.button("Play")).to_be_enabled()
    slider = tab.page.get_by_label("step looked at", exact=True)
    expect(tab.status).to_contain_text(re.compile(rf"step {slider.input_value()} of "))
    key(tab, "End", "step ")
    expect(tab.status).not_to_contain_text(re.compile(r"^\s*step \d+ of "))
    tab.step()


def test_the_slider_does_not_wait_for_ever_for_a_step_that_is_never_shown(tab):
    tab.go("?rule=wvoter&stop_if_end=False")
    tab.step(3)
    tab.page.evaluate("""() => {
        const timeline = document.querySelector('.hm-timeline').__vue__;
        const ask = timeline.look_at;
        timeline.look_at = () => { timeline.look_at = ask; };  // one question is lost
    }""")
    slider = tab.page.get_by_label("step looked at", exact=True)
    slider.fill("1")
    expect(tab.page.locator(".hm-of")).to_have_text("1 / 3")
    slider.fill("2")
    expect(tab.status).to_contain_text("step 2 of 3 ")
    tab.page.evaluate("""() => {
        const timeline = document.querySelector('.hm-timeline').__vue__;
        const ask = timeline.look_at;
        timeline.look_at = () => { timeline.look_at = ask; };
    }""")
    slider.fill("0")
    expect(tab.page.locator(".hm-of")).to_have_text("0 / 3")
    expect(tab.page.locator(".hm-of")).to_have_text("2 / 3")


def test_nothing_is_before_the_first_step(tab):
    tab.go("?rule=wvoter")
    tab.page.keyboard.press("ArrowLeft")
    key(tab, "ArrowRight", "step 1 ")
    tab.go("?rule=majority&population_size=12")
    tab.button("To the end").click()
    ended = tab.page.locator(".hm-consensus")
    expect(ended).to_be_visible()
    tab.page.keyboard.press("ArrowLeft")
    expect(ended).to_have_count(0)
    tab.page.keyboard.press("End")
    expect(ended).to_be_visible()


def test_a_step_that_fails_leaves_the_hive_and_the_steps_before(tab):
    tab.go("?rule=rules.py:Fails")
    tab.button("Play").click()
    problem = tab.page.locator(".hm-problem")
    expect(problem).to_contain_text("RuntimeError: four")
    expect(tab.status).to_contain_text("step 3 ")
    key(tab, "ArrowLeft", "step 2 of 3")
    key(tab, "Home", "step 0 of 3")
    key(tab, "End", "step 3 ")
    tab.button("Step").click()
    expect(problem).to_contain_text("RuntimeError: four")
    expect(tab.status).to_contain_text("step 3 ")


def test_a_rule_that_draws_from_elsewhere_is_told(tab):
    tab.go("?rule=rules.py:Elsewhere&population_size=40")
    for step in (1, 2, 3):
        key(tab, "ArrowRight", f"step {step} ")
    key(tab, "ArrowLeft", "step 2 of 3")
    told = tab.page.get_by_text("step 2 cannot be looked at again")
    expect(told).to_be_visible()
    key(tab, "End", "step 3 ")
    expect(told).to_have_count(0)
    key(tab, "ArrowRight", "step 4 ")


def test_each_of_many_quick_presses_is_a_step(tab):
    tab.choose("rule", "wvoter")
    expect(tab.command).to_contain_text("--rule wvoter")
    expect(tab.button("Step")).to_be_enabled()  # what is pressed before is not heard
    click = "b => { for (let i = 0; i < 15; i += 1) setTimeout(() => b.click(), 25 * i); }"
    tab.button("Step").evaluate(click)
    for _ in range(15):
        tab.page.keyboard.press("ArrowRight")
    expect(tab.status).to_contain_text("step 30 ")
    expect(tab.command).to_contain_text("--steps 30")


def test_the_slider_follows_a_run_that_takes_the_place_of_the_one_it_was_moved_in(tab):
    tab.choose("rule", "wvoter")
    expect(tab.command).to_contain_text("--rule wvoter")
    tab.step(6)
    slider = tab.page.get_by_label("step looked at")
    moved = """slider => {
        [...document.querySelectorAll('button')].find(b => b.innerText.match(/^start$/i)).click();
        slider.value = 5;
        slider.dispatchEvent(new Event('input', {bubbles: true}));
    }"""
    slider.evaluate(moved)
    expect(tab.status).to_contain_text("step 0 ")
    tab.step(3)
    expect(tab.page.locator(".hm-of")).to_have_text("3 / 3")
    slider.evaluate("s => { s.value = 1; s.dispatchEvent(new Event('input', {bubbles: true})); }")
    expect(tab.status).to_contain_text("step 1 of 3")
