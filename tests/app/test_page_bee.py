"""The card of one bee in a real browser: its history as a strip, by mouse and by keyboard."""

import re

import pytest
from axe import violations
from page_rules import RULES
from pages import Served, Tab, expect

from hivemind_abm.app.page.bees.bee_history import bee_history
from hivemind_abm.app.page.bees.bee_strip import moment_in_words
from hivemind_abm.app.page.sessions.session import Session
from hivemind_abm.app.page.sessions.users_files import Files

pytestmark = pytest.mark.thorough
BEE, STEPS = 17, 6


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A file with a rule that has memory, and silent bees."""
    path = tmp_path_factory.mktemp("bee") / "mine.py"
    path.write_text(RULES)
    return path


@pytest.fixture(scope="module")
def served(file):
    server = Served(file.parent, "mine.py:Averager")
    yield server
    server.stop()
    log = server.log.read_text()
    assert "Traceback" not in log and "rror" not in log, log


@pytest.fixture(params=[{}], ids=["page"])
def tab(browser, served, request):
    tab = Tab(browser, served, **request.param)
    yield tab
    tab.context.close()
    assert not tab.complaints, tab.complaints


def choose_bee(tab, columns):
    """Choose the bee, and wait until the strip knows these columns."""
    tab.type("bee, 0 to 299", str(BEE))
    expect(tab.page.locator(".bee-strip canvas")).to_have_attribute("data-columns", str(columns))


def column(tab, step):
    return tab.page.locator(f".bee-strip [role=option][data-step='{step}']")


def looked(tab):
    return tab.page.locator(".bee-strip [role=option][aria-selected=true]")


def sentences(file, steps):
    """What the strip has to tell of each step, from a session of the same hive."""
    session = Session(Files.of([f"{file}:Averager"]).subjects[0].start)
    for _ in range(steps):
        session.step()
    history = bee_history(session, BEE, steps)
    return [moment_in_words(moment) for moment in history.moments(steps)]


def test_the_strip_tells_each_step(tab, file):
    tab.step(STEPS)
    choose_bee(tab, STEPS + 1)
    words = sentences(file, STEPS)
    columns = tab.page.locator(".bee-strip [role=option]")
    told = tab.page.locator(".bee-strip-told")
    expect(columns).to_have_count(STEPS + 1)
    assert [columns.nth(i).get_attribute("aria-label") for i in range(STEPS + 1)] == words
    expect(told).to_have_text(words[STEPS])  # of the step that is looked at
    column(tab, 3).hover()
    expect(told).to_have_text(words[3])
    labels = tab.page.locator(".bee-strip-labels")
    for label in ("option", "payoff", "shows", "heard", "switched", "memory[0]", "memory[1]"):
        expect(labels.get_by_text(label)).to_be_visible()
    tab.step()  # the strip moves on with the hive
    expect(columns).to_have_count(STEPS + 2)
    expect(looked(tab)).to_have_attribute("data-step", str(STEPS + 1))


def test_a_click_on_a_column_looks_at_its_step(tab):
    tab.step(STEPS)
    choose_bee(tab, STEPS + 1)
    column(tab, 2).click()
    expect(tab.status).to_contain_text(f"step 2 of {STEPS} ")
    expect(looked(tab)).to_have_attribute("data-step", "2")
    tables = tab.page.locator(".hm-asked")
    label = column(tab, 2).get_attribute("aria-label")
    asked = re.search(r"bee (\d+) \((option \d+)", label)
    expect(tables.last).to_contain_text(f"bee {asked[1]}: {asked[2]}")
    expect(tab.page.locator(".bee-strip [role=option]")).to_have_count(STEPS + 1)
    column(tab, STEPS).click()
    expect(tab.status).to_contain_text(f"step {STEPS} ·")


def test_the_strip_is_one_stop_of_the_keyboard(tab, file):
    tab.step(STEPS)
    choose_bee(tab, STEPS + 1)
    words, told = sentences(file, STEPS), tab.page.locator(".bee-strip-told")
    tab.page.get_by_label("bee, 0 to 299", exact=True).focus()
    tab.page.keyboard.press("Tab")
    expect(column(tab, STEPS)).to_be_focused()
    for key, step in (("ArrowLeft", 5), ("Home", 0), ("ArrowLeft", 0), ("ArrowRight", 1)):
        tab.page.keyboard.press(key)
        expect(column(tab, step)).to_be_focused()
        expect(told).to_have_text(words[step])
    expect(tab.status).to_contain_text(f"step {STEPS} ·")  # the keys have not moved the hive
    for key, step in (("Enter", 1), ("ArrowRight", 2), (" ", 2)):
        tab.page.keyboard.press(key)
        expect(column(tab, step)).to_be_focused()
    expect(tab.status).to_contain_text(f"step 2 of {STEPS} ")
    tab.page.keyboard.press("Tab")
    expect(tab.page.locator(".bee-strip :focus")).to_have_count(0)


def test_a_bee_chosen_while_the_hive_plays_gets_its_history_at_the_halt(tab):
    tab.step(STEPS)
    speed = tab.page.locator(".hm-speed [role=slider]")
    speed.focus()
    speed.press("Home")  # one step a second, so that step 1 stays in view
    tab.button("Play").click()
    expect(tab.status).not_to_contain_text(f"step {STEPS} ")
    tab.type("bee, 0 to 299", str(BEE))
    strip = tab.page.locator(".bee-strip")
    expect(strip).to_contain_text("Earlier columns are filled once the hive halts.")
    expect(column(tab, 1)).to_have_attribute("aria-label", "Step 1: not known yet.")
    tab.button("Pause").click()
    expect(strip).not_to_contain_text("filled")
    expect(column(tab, 1)).to_have_attribute("aria-label", re.compile("^Step 1: heard bee"))
    tab.page.wait_for_function(  # a step that was being made adds a column
        """() => {
            const strip = document.querySelector('.bee-strip');
            const columns = strip.querySelectorAll('[role=option]').length;
            return strip.querySelector('canvas').dataset.columns === String(columns);
        }"""
    )


@pytest.mark.parametrize(
    "tab", [{"width": 390, "height": 844, "scheme": "dark"}], indirect=True, ids=["phone"]
)
def test_the_strip_scrolls_on_a_phone_and_the_page_does_not(tab):
    tab.step(20)
    choose_bee(tab, 21)
    scroll = tab.page.locator(".bee-strip-scroll")
    assert scroll.evaluate("box => box.scrollWidth > box.clientWidth")
    seen = "box => box.scrollLeft + box.clientWidth >= box.scrollWidth - 4"
    tab.page.wait_for_function(f"({seen})(document.querySelector('.bee-strip-scroll'))")
    page = "document.documentElement"
    assert tab.page.evaluate(f"{page}.scrollWidth <= {page}.clientWidth")
    column(tab, 20).focus()
    tab.page.keyboard.press("Home")
    tab.page.wait_for_function("document.querySelector('.bee-strip-scroll').scrollLeft === 0")


def test_axe_finds_nothing_on_the_strip(tab):
    tab.step(STEPS)
    choose_bee(tab, STEPS + 1)
    column(tab, 3).focus()
    assert not [each for each in violations(tab.page) if "bee-strip" in each]


def test_what_is_typed_while_the_hive_plays_stays_as_it_is_typed(tab):
    tab.go("?rule=wvoter&stop_if_end=False")
    speed = tab.page.locator(".hm-speed [role=slider]")
    speed.focus()
    speed.press("End")
    tab.button("Play").click()
    box = tab.box("bee, 0 to 299")
    for number in ("123", "45", "267", "8"):
        box.fill("")
        for digit in number:
            box.press(digit)
            tab.page.wait_for_timeout(90)
        assert box.input_value() == number
        box.press("Enter")
        expect(tab.page).to_have_url(re.compile(rf"bee={number}$"))
        assert box.input_value() == number
    box.fill("7")
    tab.button("Pause").click()  # who leaves the box hands it over
    expect(tab.page).to_have_url(re.compile("bee=7$"))
