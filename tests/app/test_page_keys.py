"""The page with the keyboard alone, in a real browser."""

import re
from itertools import pairwise

import pytest
from pages import Tab, expect

pytestmark = pytest.mark.thorough

RINGS = """() => [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), [tabindex="0"]')]
  .filter(element => element.checkVisibility({visibilityProperty: true}) && !element.disabled)
  .map(element => {
    element.focus({focusVisible: true});
    const around = element.closest('.v-text-field, .v-input--selection-controls__input');
    const near = [element, ...element.querySelectorAll('*'),
      ...(around ? [around, ...around.querySelectorAll('*')] : [])];
    const ringed = near.some(each => {
      const style = getComputedStyle(each);
      return style.outlineStyle === 'solid' && parseFloat(style.outlineWidth) >= 2;
    });
    return ringed || document.activeElement !== element ? '' : element.outerHTML.slice(0, 200);
  }).filter(Boolean)"""


@pytest.fixture
def tab(opened):
    expect(opened.button("Step")).to_be_enabled()  # no key is heard before
    return opened


def step_of(tab, step):
    expect(tab.status).to_contain_text(f"step {step} ")
    expect(tab.button("Step")).to_be_enabled()  # a key is not heard while a step is being made


def looked_at(tab):
    return tab.page.get_by_label("step looked at", exact=True)


def test_arrows_step_and_home_and_end_look(tab):
    press = tab.page.keyboard.press
    for step in (1, 2, 3):
        press("ArrowRight")
        step_of(tab, step)
    press("ArrowLeft")
    expect(looked_at(tab)).to_have_value("2")
    press("Home")
    expect(looked_at(tab)).to_have_value("0")
    press("ArrowRight")
    expect(looked_at(tab)).to_have_value("1")
    press("End")
    expect(looked_at(tab)).to_have_value("3")
    press("ArrowRight")
    step_of(tab, 4)


def test_space_plays_and_pauses(tab):
    tab.page.keyboard.press("Space")
    expect(tab.button("Pause")).to_be_visible()
    expect(tab.status).to_contain_text(re.compile(r"step ([2-9]|\d\d+) "))
    tab.page.keyboard.press("Space")
    expect(tab.button("Play")).to_be_visible()


def test_keys_in_a_text_box_on_a_slider_in_a_menu_and_on_a_button_stay_there(tab):
    press = tab.page.keyboard.press
    box = tab.box("seed")
    box.fill("12")
    for key in ("Space", "Home", "ArrowRight", "c", "?", "End"):
        press(key)
    expect(box).to_have_value("1c?2 ")
    expect(tab.page.locator("dialog[open]")).to_have_count(0)
    box.fill("1")
    slider = tab.page.locator(".hm-speed [role=slider]")
    slider.focus()
    press("Home")
    press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuenow", "2")
    tab.shown(tab.page.get_by_label("rule", exact=True)).focus()
    press("?")
    expect(tab.page.locator("dialog[open]")).to_have_count(0)
    for keys in ("Control+ArrowRight", "Alt+c", "Meta+ArrowRight", "Shift+Space"):
        press(keys)
    step_of(tab, 0)
    tab.button("Step").focus()
    press("Space")
    step_of(tab, 1)
    expect(tab.button("Play")).to_be_visible()
    press("ArrowRight")  # no key of a button
    step_of(tab, 2)


def test_the_list_of_keys_opens_and_closes(tab):
    press = tab.page.keyboard.press
    dialog = tab.page.get_by_role("dialog", name="Keys")
    press("?")
    expect(dialog).to_be_visible()
    for shown in ("Space", "→", "←", "Home", "End", "c", "?"):
        expect(dialog.locator("kbd", has_text=re.compile(f"^{re.escape(shown)}$"))).to_be_visible()
    press("ArrowRight")
    press("Escape")
    expect(dialog).to_have_count(0)
    step_of(tab, 0)
    button = tab.button("keys")
    button.focus()
    press("Enter")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Close").press("Enter")
    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()


def test_the_first_links_lead_past_the_header(tab):
    press = tab.page.keyboard.press
    link = tab.page.get_by_role("link", name="to the controls")
    press("Tab")
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()
    press("Enter")
    press("Tab")
    assert tab.page.evaluate("Boolean(document.activeElement.closest('.hm-side'))")
    tab.page.get_by_role("link", name="to the hive").focus()
    press("Enter")
    press("Tab")
    assert tab.page.evaluate("Boolean(document.activeElement.closest('.hm-main'))")
    assert "#" not in tab.page.url


def test_a_screen_reader_hears_of_the_run_at_most_once_a_second(tab):
    heard = tab.page.locator(".hm-heard")
    tab.step()
    expect(heard).to_contain_text("step 1 ")
    tab.page.evaluate(
        """() => {
          window.times = [];
          new MutationObserver(() => window.times.push(performance.now())).observe(
            document.querySelector('.hm-heard'),
            {childList: true, characterData: true, subtree: true});
        }"""
    )
    tab.page.keyboard.press("Space")
    tab.page.wait_for_function("window.times.length > 3")
    tab.page.keyboard.press("Space")
    times = tab.page.evaluate("window.times")
    assert min(later - time for time, later in pairwise(times)) > 950


def test_what_has_the_focus_has_a_ring_in_both_themes(browser, served):
    for scheme in ("light", "dark"):
        tab = Tab(browser, served, 1440, 900, scheme)
        tab.page.keyboard.press("Tab")
        assert tab.page.evaluate(RINGS) == []
        tab.context.close()


def test_the_button_of_the_colours_is_kept(tab):
    app = tab.page.locator(".v-application").first
    expect(app).to_have_class(re.compile("theme--light"))
    tab.button("colours: as the browser says").click()
    tab.button("colours: light").click()
    expect(app).to_have_class(re.compile("theme--dark"))
    tab.page.reload()
    tab.page.wait_for_selector(".honeycomb canvas[data-tick]")
    expect(app).to_have_class(re.compile("theme--dark"))
    tab.button("colours: dark").click()
    expect(app).to_have_class(re.compile("theme--light"))


def test_colours_chosen_at_once_are_those_of_the_last_choice(tab):
    app = tab.page.locator(".v-application").first
    for clicks, shown in ((3, "light"), (2, "dark"), (1, "light"), (3, "light"), (1, "light")):
        tab.page.evaluate(
            """clicks => {
              const button = document.querySelector('[aria-label^="colours: "]');
              for (let n = 0; n < clicks; n++) button.click();
            }""",
            clicks,
        )
        tab.step()  # what the server sent before has arrived
        expect(app).to_have_class(re.compile(f"theme--{shown}"))


def test_headings_and_the_language(tab):
    page = tab.page
    assert page.evaluate("document.documentElement.lang") == "en"
    levels = page.evaluate(
        "[...document.querySelectorAll('h1, h2, h3, h4, h5, h6')]"
        ".filter(each => each.checkVisibility()).map(each => Number(each.tagName[1]))"
    )
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(later <= level + 1 for level, later in pairwise(levels)), levels
    for landmark in ("banner", "main"):
        expect(page.get_by_role(landmark)).to_have_count(1)
    expect(page.get_by_role("complementary", name="controls")).to_have_count(1)
    expect(page.get_by_role("region", name="run", exact=True)).to_have_count(1)
