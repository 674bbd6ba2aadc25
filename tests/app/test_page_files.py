"""The page in a real browser while a user's file is edited: it notices, and offers to reload."""

import pytest
from pages import Served, Tab, expect

pytestmark = pytest.mark.thorough

RULE = '''
from dataclasses import dataclass

from beside import REASON
from hivemind_abm import ImitationRule


@dataclass(frozen=True)
class Calm(ImitationRule):
    """Keep the option."""

    def decide(self, bee, neighbours, rng):
        return bee.opinion
'''
LIVELY = RULE.replace("return bee.opinion", "return neighbours.pick(rng).opinion")
NOBODY_SWITCHED = "Step 1: nobody switched, 40 bees kept theirs."


@pytest.fixture
def tab(browser, tmp_path):
    (tmp_path / "rule.py").write_text(RULE)
    (tmp_path / "beside.py").write_text("REASON = 1\n")
    server = Served(tmp_path, "rule.py")
    tab = Tab(browser, server)
    tab.folder = tmp_path
    tab.type("bees N", "40")
    expect(tab.command).to_contain_text("--population-size 40")
    yield tab
    tab.context.close()
    server.stop()
    assert "Traceback" not in server.log.read_text(), server.log.read_text()
    assert not tab.complaints, tab.complaints


def edit(tab, text, name="rule.py"):
    (tab.folder / name).write_text(text)


def reload(tab):
    tab.button("Reload").click()
    expect(tab.button("Reload")).to_have_count(0)


def test_an_edited_file_is_reloaded_into_a_hive_of_the_same_choices(tab):
    notices = tab.page.locator(".hm-notices")
    tab.step()
    expect(tab.page.get_by_text(NOBODY_SWITCHED)).to_be_visible()
    edit(tab, RULE + "\n# saved")
    edit(tab, LIVELY)  # saved again at once
    expect(notices).to_contain_text("rule.py has changed.")
    expect(tab.status).to_contain_text("step 1 ")  # the hive that was there stays until then
    reload(tab)
    expect(tab.status).to_contain_text("step 0 ")
    expect(tab.command).to_contain_text("--population-size 40")
    tab.step()
    expect(tab.page.get_by_text("Step 1:")).to_be_visible()
    expect(tab.page.get_by_text(NOBODY_SWITCHED)).to_have_count(0)
    edit(tab, "REASON = 2\n", "beside.py")
    expect(notices).to_contain_text("beside.py has changed.")
    reload(tab)
    expect(tab.status).to_contain_text("step 0 ")


def test_a_broken_or_deleted_file_shows_one_line_and_the_hive_goes_on(tab):
    notices = tab.page.locator(".hm-notices")
    tab.step()
    edit(tab, "def broken(:\n")
    reload(tab)
    expect(notices).to_contain_text("SyntaxError")
    expect(notices).to_contain_text("rule.py, line 1")
    tab.step()
    (tab.folder / "rule.py").unlink()
    reload(tab)
    expect(notices).to_contain_text("there is no file 'rule.py'")
    tab.step()
    edit(tab, RULE)
    reload(tab)
    expect(notices.get_by_role("alert")).to_have_count(0)
    expect(tab.status).to_contain_text("step 0 ")


def test_a_model_is_chosen_while_a_file_is_broken(tab):
    edit(tab, "raise SystemExit(3)\n")
    expect(tab.button("Reload")).to_be_visible()
    tab.button("Models").click()
    tab.page.get_by_role("button", name="fermi:").click()
    expect(tab.page.locator(".hm-notices")).to_contain_text("rule.py ends the program")
    edit(tab, RULE)
    reload(tab)
    expect(tab.button("Leave this model")).to_be_visible()
    expect(tab.status).to_contain_text("step 0 ")


def test_a_class_that_is_renamed_while_it_plays(tab):
    tab.button("Play").click()
    tab.page.wait_for_function(
        "/step [2-9]/.test(document.querySelector('.hm-status').textContent)"
    )
    edit(tab, RULE.replace("Calm", "Serene"))
    reload(tab)
    expect(tab.command).to_contain_text("--rule rule.py:Serene")
    tab.step()


def test_settings_that_change_in_a_file_are_those_shown_after_it_is_read_again(browser, tmp_path):
    hive = "HIVE = {'rule': Calm(), 'bandit': 'near one', 'population_size': %d, 'rng': %d}\n"
    (tmp_path / "beside.py").write_text("REASON = 1\n")
    (tmp_path / "rule.py").write_text(RULE + hive % (40, 7))
    server = Served(tmp_path, "rule.py")
    tab = Tab(browser, server)
    tab.folder = tmp_path
    expect(tab.command).to_contain_text("--population-size 40")
    for size, seed in ((50, 7), (60, 8)):
        edit(tab, RULE + hive % (size, seed))
        reload(tab)
        expect(tab.box("bees N")).to_have_value(str(size))
        expect(tab.command).to_contain_text(f"--population-size {size}")
        expect(tab.command).to_contain_text(f"--seed {seed}")
        tab.step()
        assert "?" not in tab.page.url
    tab.context.close()
    server.stop()
    assert not tab.complaints, tab.complaints
