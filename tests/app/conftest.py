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
def opened(browser, served):
    """A tab as the page opens; the console may have no warning or error at the end."""
    from pages import Tab

    tab = Tab(browser, served)
    yield tab
    tab.context.close()
    assert not tab.complaints, tab.complaints


@pytest.fixture
def tab(opened):
    """The same with a built-in rule; modules that need none have a `tab` of their own."""
    from playwright.sync_api import expect

    opened.choose("rule", "wvoter")  # the page starts with the user's own
    expect(opened.command).to_contain_text("--rule wvoter")
    return opened
