"""The groups of controls in a real browser: folds, words, tooltips, sliders, resets, keyboard."""

import re

import pytest
from pages import Served, Tab, expect

pytestmark = pytest.mark.thorough

RULE = '''
from dataclasses import dataclass, field
from hivemind_abm import ImitationRule


@dataclass(frozen=True)
class Doubter(ImitationRule):
    """Follow a dancer now and then.

    Attributes:
        doubt: The probability to stay, 0 to 1.  One that doubts all keeps its option.
        reach: Distance up to which a dancer is seen, in cells.
    """

    doubt: float = 0.5
    reach: int = field(default=3, metadata={"bounds": (1, 12)})
    silent_number_with_a_long_name: float = 1.0

    def __post_init__(self):
        if not 0 <= self.doubt <= 1:
            raise ValueError(f"doubt must be from 0 to 1, not {self.doubt!r}")

    def decide(self, bee, neighbours, rng):
        return bee.opinion if rng.random() < self.doubt else neighbours.pick(rng).opinion
'''
TIP = "The probability to stay, 0 to 1. One that doubts all keeps its option."


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("controls")
    (folder / "mine.py").write_text(RULE)
    server = Served(folder, "mine.py")
    yield server
    server.stop()
    log = server.log.read_text()
    assert "Traceback" not in log and "rror" not in log, log


@pytest.fixture
def tab(opened):
    expect(opened.command).to_contain_text("--rule mine.py:Doubter")
    return opened


def summary(tab, title):
    return tab.page.locator("details.hm-group > summary", has_text=title)


def test_groups_are_folded_by_keyboard_and_tell_what_is_set(tab):
    for title, line in (
        ("World", "near one, K = 10"),
        ("Run", "seed 1, from even shares, until consensus"),
        ("Beside it", "TRD, MRD"),
    ):
        expect(summary(tab, title)).to_contain_text(line)
    hive, bees = summary(tab, "Hive"), tab.page.locator("#hm-population_size")
    expect(bees).to_be_visible()
    hive.focus()
    hive.press("Enter")
    expect(bees).to_be_hidden()
    expect(hive).to_contain_text("N = 300, others, M = all, synchronous")
    hive.press(" ")
    expect(bees).to_be_visible()
    expect(tab.button("Play")).to_be_visible()  # the space did not play
    hive.press("Tab")
    expect(bees).to_be_focused()
    tab.type("population_size", "40")
    expect(tab.command).to_contain_text("--population-size 40")
    expect(bees).to_be_focused()  # the controls are the same after a change


def test_a_field_has_words_and_its_docstring_as_tooltip(tab):
    expect(tab.page.get_by_text("Follow a dancer now and then.")).to_be_visible()
    box = tab.page.get_by_label("probability to stay (doubt)", exact=True)
    expect(tab.page.get_by_label("silent_number_with_a_long_name", exact=True)).to_be_visible()
    described = tab.page.locator(f"[id='{box.get_attribute('aria-describedby')}']")
    expect(described).to_have_text(TIP)
    tip = tab.page.locator(".hm-tip")
    expect(tip).to_have_count(0)
    box.focus()
    expect(tip).to_have_text(TIP)
    expect(tip).to_be_in_viewport(ratio=1)
    box.press("Escape")
    expect(tip).to_have_count(0)
    tab.page.locator("label", has_text="distance up to which a dancer is seen, in cells").hover()
    expect(tip).to_contain_text("Distance up to which")
    tab.page.mouse.move(900, 400)
    expect(tip).to_have_count(0)


def test_a_slider_hands_over_when_it_is_let_go(tab):
    slider = tab.page.get_by_label("slider of doubt", exact=True)
    box = tab.page.get_by_label("probability to stay (doubt)", exact=True)
    tab.page.evaluate(
        """() => {
            window.seen = new Set();
            const command = document.querySelector('.hm-command');
            new MutationObserver(() => window.seen.add(command.innerText)).observe(
                document.querySelector('.hm-main'),
                {subtree: true, childList: true, characterData: true});
        }"""
    )
    place = slider.bounding_box()
    middle = place["y"] + place["height"] / 2
    tab.page.mouse.move(place["x"] + place["width"] / 2, middle)
    tab.page.mouse.down()
    for step in range(20):
        tab.page.mouse.move(place["x"] + place["width"] * (0.5 + 0.015 * step), middle)
    expect(box).not_to_have_value("0.5")
    tab.page.wait_for_timeout(400)  # held still: nothing is handed over
    expect(tab.command).not_to_contain_text("--doubt")
    tab.page.mouse.up()
    expect(tab.command).to_contain_text(f"--doubt={box.input_value()}")
    commands = [each for each in tab.page.evaluate("[...window.seen]") if "doubt" in each]
    assert len(commands) == 1, commands
    slider.press("Home")
    slider.press("ArrowRight")
    expect(tab.command).to_contain_text("--doubt=0.01")
    tab.type("doubt", "0.125")  # between two steps of the slider
    expect(tab.command).to_contain_text("--doubt=0.125")
    expect(box).to_have_value("0.125")
    tab.type("doubt", "2")
    expect(tab.page.locator(".hm-problem")).to_contain_text("doubt must be from 0 to 1, not 2")
    tab.button("reset doubt").click()
    expect(tab.page.locator(".hm-problem")).to_have_count(0)
    expect(box).to_have_value("0.5")
    reach = tab.page.get_by_label("slider of reach", exact=True)
    reach.press("End")
    expect(tab.command).to_contain_text("--reach=12")


def test_what_was_changed_is_reset(tab):
    tab.type("n_action", "3")
    tab.type("gap", "0.05")
    expect(tab.command).to_contain_text("--n-action=3 --gap=0.05")
    tab.button("reset n_action").press("Enter")
    expect(tab.command).not_to_contain_text("--n-action")
    expect(tab.button("reset n_action")).to_have_count(0)
    expect(tab.box("n_action")).to_have_value("10")
    tab.choose("bandit", "congestion")
    expect(tab.command).to_contain_text("--bandit congestion")
    tab.button("reset all of World").click()
    expect(tab.command).to_contain_text("--bandit 'near one'")
    expect(tab.button("reset all of World")).to_have_count(0)
    tab.box("gap").fill("")
    tab.box("gap").press("Enter")  # emptied at its default
    expect(tab.box("gap")).to_have_value("0.1")


def test_a_second_hive_and_a_new_seed(tab):
    tab.tick("a second hive")
    tab.choose("rule of the second hive", "logit")
    tab.type("seed of the second hive", "")
    tab.type("tau", "0.5")
    told = tab.page.locator("details.hm-group", has_text="Beside it").locator("summary")
    told.click()
    expect(told).to_contain_text("second hive: logit, tau 0.5")
    expect(tab.page.locator(".hm-two-ends")).to_be_visible()  # it is built
    tab.step()
    tab.box("seed")
    tab.button("new seed").click()
    expect(tab.command).to_contain_text(re.compile(r"--seed \d+"))
    expect(tab.box("seed")).not_to_have_value("1")
    expect(tab.command).to_contain_text(f"--seed {tab.box('seed').input_value()}")
    tab.tick("a second hive", False)
    expect(tab.page.get_by_label("rule of the second hive", exact=True)).to_have_count(0)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_nothing_is_cut_off_in_narrow_controls(browser, served, width, scheme):
    tab = Tab(browser, served, width, 844, scheme)
    if width < 961:
        tab.button("Controls").click()
    tab.choose("learner beside it", "MCL")
    tab.tick("a second hive")
    tab.choose("neighbourhood", "small world")
    tab.choose("bandit", "sigmoid")
    expect(tab.page.get_by_label("rule of the second hive", exact=True)).to_be_visible()
    expect(tab.box("q_star_seed")).to_be_visible()
    wide = tab.page.evaluate(
        """() => {
            const edge = document.querySelector('.hm-side').getBoundingClientRect().right;
            const kinds = ['LABEL', 'SUMMARY', 'P', 'DIV'];
            const cut = e => kinds.includes(e.tagName) && e.scrollWidth > e.clientWidth + 1
                && getComputedStyle(e).display !== 'inline';
            return [...document.querySelectorAll('.hm-panel *')]
                .filter(e => e.getBoundingClientRect().right > edge + 0.5 || cut(e))
                .map(e => e.outerHTML.slice(0, 200));
        }"""
    )
    assert not wide, wide
    tab.context.close()
    assert not tab.complaints
