"""The bees in a real browser, as a network and as a honeycomb, with the mouse and by keys."""

import re

import pytest
from pages import Tab, expect

pytestmark = pytest.mark.thorough

NETWORK = "rule=wvoter&population_size=40&neighbourhood=ring:4&view.bees=network"
STATE = """() => {
  const {zoom, shift, chosen, around, centres, size} = document.querySelector('.network').__vue__;
  return {zoom, shift, chosen, hears: around.hears, centres, size};
}"""
INKS = """() => {
  const page = document.querySelector('.honeycomb').__vue__;
  const light = text => page.luminance(text.match(/\\d+/g).map(Number));
  return page.colours.flatMap((_, option) => Array.from({length: 64}, (_, level) => {
    const {fill, ink} = page.shade(option, level / 63);
    const [low, high] = [light(fill), ink === '#ffffff' ? 1 : 0].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }));
}"""


@pytest.fixture
def network(browser, served):
    """A tab with 40 bees on a ring of degree 4, as a network."""
    tab = Tab(browser, served)
    tab.page.goto(f"http://127.0.0.1:{served.port}/?{NETWORK}")
    expect(picture(tab)).to_have_attribute("aria-label", re.compile("^network of 40 bees and 80"))
    yield tab
    tab.context.close()
    assert not tab.complaints, tab.complaints


def picture(tab):
    return tab.page.locator(".network canvas[role=img]")


def state_of(tab, holds):
    """What the picture shows, once something holds of it."""
    tab.page.wait_for_function(f"() => {{ const state = ({STATE})(); return {holds}; }}")
    return tab.page.evaluate(STATE)


def test_a_click_lights_the_neighbours_and_a_step_reaches_the_nodes(network):
    tab = network
    before = picture(tab).screenshot()
    tab.step()
    expect(picture(tab)).to_have_attribute("data-tick", re.compile("[1-9]"))
    assert picture(tab).screenshot() != before
    x, y = state_of(tab, "state.centres.length === 40")["centres"][7]
    picture(tab).click(position={"x": x, "y": y})
    expect(tab.page.get_by_label("bee, 0 to 39", exact=True)).to_have_value("7")
    assert state_of(tab, "state.hears.length === 4")["hears"] == [5, 6, 8, 9]
    picture(tab).hover(position={"x": x, "y": y})
    expect(tab.page.locator(".network-told")).to_have_text(
        re.compile(r"^bee 7: option \d, payoff \d\.\d\d$")
    )
    middle = tab.page.evaluate("document.querySelector('.network').clientWidth") / 2
    picture(tab).click(position={"x": middle, "y": 220})  # nobody is there
    expect(tab.page.get_by_label("bee, 0 to 39", exact=True)).to_have_value("")
    state_of(tab, "state.chosen === null")


def test_it_is_zoomed_and_moved_with_the_mouse(network):
    tab = network
    tab.page.evaluate("document.fonts.ready.then(() => 0)")  # nothing moves any more
    picture(tab).scroll_into_view_if_needed()
    box = picture(tab).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    picture(tab).focus()
    tab.page.mouse.move(x, y)
    tab.page.mouse.wheel(0, -400)
    zoom = state_of(tab, "state.zoom > 1.5")["zoom"]
    tab.page.mouse.down()
    tab.page.mouse.move(x + 60, y + 30, steps=3)
    tab.page.mouse.up()
    state = state_of(tab, "Math.abs(state.shift[0] - 60) < 1")
    assert state["zoom"] == zoom and abs(state["shift"][1] - 30) < 1 and state["chosen"] is None
    tab.page.mouse.dblclick(x, y)
    state_of(tab, "state.zoom === 1 && state.shift[0] === 0")


def test_the_wheel_scrolls_the_page_until_the_picture_was_clicked(network):
    picture(network).hover()
    network.page.mouse.wheel(0, -40)
    network.page.keyboard.down("Control")
    network.page.mouse.wheel(0, -300)
    network.page.keyboard.up("Control")
    assert state_of(network, "state.zoom > 1")["zoom"] < 1.65  # the first turn did nothing


def test_a_network_by_keys(network):
    tab, live = network, network.page.locator(".network").locator("..").locator(".bees-heard")
    picture(tab).focus()
    picture(tab).press("+")
    state_of(tab, "state.zoom > 1.3")
    picture(tab).press("0")
    state_of(tab, "state.zoom === 1")
    picture(tab).press("Enter")
    state_of(tab, "state.chosen !== null")
    for _ in range(12):  # up along the ring to its top
        picture(tab).press("ArrowUp")
    top = state_of(tab, "state.hears.length === 4")["chosen"]
    assert top in (0, 1, 39)
    expect(tab.page.get_by_label("bee, 0 to 39", exact=True)).to_have_value(str(top))
    expect(live).to_contain_text(f"bee {top}: option")
    picture(tab).press("Escape")
    expect(tab.page.get_by_label("bee, 0 to 39", exact=True)).to_have_value("")
    expect(tab.status).to_contain_text("step 0 ")  # no key did anything else on the page


def test_a_honeycomb_by_keys(tab):
    canvas = tab.page.locator(".honeycomb canvas")
    bee = tab.page.get_by_label("bee, 0 to 299", exact=True)
    canvas.focus()
    canvas.press("Enter")
    expect(bee).to_have_value("0")  # in the middle
    for key, value in {"ArrowRight": "1", "ArrowLeft": "0", "ArrowLeft ": "4"}.items():
        canvas.press(key.strip())
        expect(bee).to_have_value(value)
    expect(tab.page.locator(".bees-heard")).to_contain_text("bee 4: option")
    canvas.press("ArrowUp")
    expect(bee).not_to_have_value("4")
    first = bee.input_value()
    canvas.press("ArrowDown")
    expect(bee).to_have_value("4")
    assert first != "0"
    canvas.press("Escape")
    expect(bee).to_have_value("")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_numbers_in_cells_can_be_read(browser, served, scheme):
    """The contrast of each number with its cell: AA is 4.5 (WCAG 2.1, 1.4.3)."""
    tab = Tab(browser, served, scheme=scheme)
    dark = tab.page.evaluate("document.querySelector('.honeycomb').__vue__.$vuetify.theme.dark")
    assert dark == (scheme == "dark")
    contrasts = tab.page.evaluate(INKS)
    assert len(contrasts) >= 128 and min(contrasts) >= 4.5
    tab.context.close()
