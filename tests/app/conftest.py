"""A served page, a browser, and a tab in which the page is open."""

import pytest


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    from pages import RULE, Served

    folder = tmp_path_factory.mktemp("page")
    (folder / "mine.py").write_text(RULE)
    server = Served(folder, "mine.py")
    yield server
    server.stop()
    log = server.log.read_text()
    assert "Traceback" not in log and "rror" not in log, log


@pytest.fixture(scope="module")
def browser():
    from pages import CHROMIUM, FLAGS
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM or "/usr/bin/chromium", args=FLAGS.split()
        )
        yield browser
        browser.close()


@pytest.fixture
def tab(browser, served):
    from pages import Tab
    from playwright.sync_api import expect

    tab = Tab(browser, served)
    tab.choose("rule", "wvoter")  # the page starts with the user's own
    expect(tab.command).to_contain_text("--rule wvoter")
    yield tab
    tab.context.close()
    assert not tab.complaints, tab.complaints
