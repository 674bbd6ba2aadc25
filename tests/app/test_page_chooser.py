"""A model is chosen by its picture, in a real browser."""

import re

import pytest
from axe import violations
from pages import Tab, expect

from hivemind_abm.app.page.models.catalogue import by_family, catalogue

pytestmark = pytest.mark.thorough


def opened(tab):
    tab.button("Models").click()
    expect(cards(tab)).to_have_count(len(catalogue()))
    expect(search(tab)).to_be_focused()


def dialog(tab):
    return tab.page.get_by_role("dialog", name="Models of the gallery")


def search(tab):
    return tab.page.get_by_label("search models")


def cards(tab):
    return dialog(tab).locator("button.hm-model")


def test_all_models_are_shown_by_family(tab):
    opened(tab)
    families = by_family(catalogue().values())
    headings = dialog(tab).get_by_role("heading", level=3)
    assert headings.all_inner_texts() == [
        family[0].upper() + family[1:] if text[0].isupper() else family
        for family, text in zip(families, headings.all_inner_texts(), strict=True)
    ]
    names = [name for models in families.values() for name in (model.name for model in models)]
    assert cards(tab).locator("b").all_inner_texts() == names
    expect(cards(tab).locator("svg")).to_have_count(len(names))
    card = dialog(tab).get_by_role("button", name=re.compile("^fermi: Bees take turns"))
    expect(card).to_contain_text("hive")
    expect(card).to_contain_text("2 claims")


def test_one_click_shows_a_model(tab):
    opened(tab)
    dialog(tab).get_by_role("button", name=re.compile("^zealots: ")).click()
    expect(dialog(tab)).to_be_hidden()
    expect(tab.page).to_have_url(re.compile(r"\?.*model=zealots"))
    expect(tab.status).to_contain_text("step 0 ")
    expect(tab.page.locator(".honeycomb canvas")).to_have_attribute(
        "aria-label", re.compile("200 bees")
    )
    opened(tab)
    current = dialog(tab).locator("[aria-current=true]")
    expect(current).to_have_attribute("aria-label", re.compile("^zealots: "))
    expect(current).to_contain_text("shown now")


def test_a_search_finds_names_titles_families_and_kinds(tab):
    opened(tab)
    for text, names in (
        ("Rogers paradox", ["rogers_paradox"]),
        ("lola_hive", ["lola_hive"]),
        ("learner my", ["my_first_learner"]),
        ("nests critical", ["cross_inhibition"]),
    ):
        search(tab).fill(text)
        expect(cards(tab)).to_have_count(len(names))
        assert cards(tab).locator("b").all_inner_texts() == names
        expect(dialog(tab).get_by_role("status")).to_have_text("1 model")
    search(tab).fill("no such words")
    expect(dialog(tab).get_by_role("status")).to_have_text("no model has these words")
    search(tab).fill("")
    expect(cards(tab)).to_have_count(len(catalogue()))


def test_it_is_used_with_the_keyboard_alone(tab):
    tab.button("Models").focus()
    tab.page.keyboard.press("Enter")
    expect(search(tab)).to_be_focused()
    expect(cards(tab)).to_have_count(len(catalogue()))
    tab.page.keyboard.type("exp3 bandits ")  # a space there does not play
    tab.page.keyboard.press("Escape")
    expect(dialog(tab)).to_be_hidden()
    expect(tab.button("Models")).to_be_focused()
    expect(tab.status).to_contain_text("step 0 ")
    tab.page.keyboard.press("Space")
    expect(search(tab)).to_be_focused()
    expect(search(tab)).to_have_value("")
    tab.page.keyboard.press("Shift+Tab")
    expect(cards(tab).last).to_be_focused()
    tab.page.keyboard.press("Tab")
    expect(search(tab)).to_be_focused()
    search(tab).fill("exponential")
    expect(cards(tab)).to_have_count(2)
    search(tab).focus()
    tab.page.keyboard.press("Tab")
    tab.page.keyboard.press("Tab")
    expect(cards(tab).first).to_be_focused()
    tab.page.keyboard.press("Enter")
    expect(tab.page).to_have_url(re.compile(r"\?.*model=my_first_learner"))
    expect(tab.button("Leave this model")).to_be_visible()
    expect(tab.button("Models")).to_be_focused()


def test_it_closes_by_its_button_and_beside_it(tab):
    opened(tab)
    dialog(tab).get_by_role("button", name="close").click()
    expect(dialog(tab)).to_be_hidden()
    expect(tab.button("Models")).to_be_focused()
    opened(tab)
    tab.page.mouse.click(8, 400)
    expect(dialog(tab)).to_be_hidden()
    expect(tab.button("Models")).to_be_focused()


@pytest.mark.parametrize(
    ("width", "height", "scheme"), [(1440, 900, "light"), (1280, 800, "dark"), (390, 844, "dark")]
)
def test_it_fits_each_screen_and_is_accessible(browser, served, width, height, scheme):
    tab = Tab(browser, served, width, height, scheme)
    if width < 600:  # the controls are folded there
        tab.button("Controls").click()
    opened(tab)
    boxes = [card.bounding_box() for card in cards(tab).all()]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)
    columns = len({round(box["x"]) for box in boxes})
    assert columns == 1 if width < 600 else columns >= 4
    assert not tab.complaints
    assert not violations(tab.page)
    tab.context.close()
