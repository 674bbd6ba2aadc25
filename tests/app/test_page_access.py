"""The page under the eyes of axe-core: nothing serious, on each kind of page, in both themes."""

from pathlib import Path

import pytest
from axe import script, violations
from pages import Served, Tab, expect

pytestmark = pytest.mark.thorough

MODELS = Path(__file__).parents[2] / "models"
LOOKS = [(1440, 900, "light"), (1440, 900, "dark"), (390, 844, "light"), (390, 844, "dark")]
SUBJECTS = {"game": "matching_pennies_of_hives.py", "learner": "exp3.py"}


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    script()  # is there
    server = Served(tmp_path_factory.mktemp("access"))
    yield server
    server.stop()
    log = server.log.read_text()
    assert "Traceback" not in log and "rror" not in log, log


@pytest.fixture(scope="module", params=SUBJECTS)
def other(request, tmp_path_factory):
    """A page of a game, and one of a learner."""
    server = Served(tmp_path_factory.mktemp(request.param), str(MODELS / SUBJECTS[request.param]))
    yield server
    server.stop()


@pytest.fixture(params=LOOKS, ids=lambda look: "-".join(map(str, look)))
def look(request):
    return request.param


def check(tab):
    found = violations(tab.page)
    assert not found, "\n".join(found)


def unfold(tab):
    """Show the controls, with all groups of them open."""
    if tab.button("Controls").is_visible():
        tab.button("Controls").click()
    tab.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")


def test_a_hive_and_its_dialogs_and_errors(browser, served, look):
    tab = Tab(browser, served, *look)
    check(tab)
    tab.step(2)
    unfold(tab)
    tab.type("bee, 0 to 299", "17")
    expect(tab.page.get_by_text("Bee 17 could hear").first).to_be_visible()
    check(tab)
    tab.button("Models").click()
    expect(tab.page.locator(".hm-model").first).to_be_visible()
    check(tab)
    tab.page.keyboard.press("Escape")
    expect(tab.page.locator(".hm-models.v-dialog--active")).to_have_count(0)
    tab.page.keyboard.press("?")
    if not tab.page.locator("dialog[open]").count():  # the focus was in a box
        tab.button("keys").click()
    expect(tab.page.locator("dialog[open]")).to_be_visible()
    check(tab)
    tab.page.keyboard.press("Escape")
    tab.type("bees N", "many")
    expect(tab.page.locator(".hm-problem")).to_be_visible()
    check(tab)
    tab.context.close()
    assert not tab.complaints, tab.complaints


def test_a_game_and_a_learner(browser, other, look):
    tab = Tab(browser, other, *look)
    tab.button("Step").click()
    expect(tab.status).not_to_contain_text("step 0 ")
    unfold(tab)
    check(tab)
    tab.context.close()
    assert not tab.complaints, tab.complaints
