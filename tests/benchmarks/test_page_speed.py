"""How long the page takes, in a real browser, beside what is asked of it.

`pytest -n 0 tests/benchmarks/test_page_speed.py`.  Ready: from the moment the server answers until
a new tab has drawn the hive; least of three servers.  Step: from the click until the picture is
drawn, median of 20.  Play: steps drawn in 10 s at the highest speed.  Models: from the click until
the gallery is drawn; the first time, and the least of three more.  No speed is asserted: the table
is the result.
"""

import re
import statistics
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "app"))

DRAWN_AFTER_CLICK = """() => new Promise(done => {
  const canvas = document.querySelector('.bees canvas'), before = canvas.dataset.tick;
  const start = performance.now();
  const look = () => requestAnimationFrame(
    canvas.dataset.tick !== before ? () => done(performance.now() - start) : look);
  [...document.querySelectorAll('button')].find(b => /^step$/i.test(b.innerText.trim())).click();
  look();
})"""
OPENED = """() => new Promise(done => {
  const start = performance.now();
  const look = () => {
    const pictures = [...document.querySelectorAll('.hm-model svg')];
    const shown = pictures.filter(each => each.getClientRects().length).length;
    requestAnimationFrame(shown >= 50 ? () => done(performance.now() - start) : look);
  };
  [...document.querySelectorAll('button')].find(b => b.innerText.match(/models/i)).click();
  look();
})"""
PLAYED = 10.0  # seconds


@pytest.fixture(scope="module")
def browser():
    pytest.importorskip("playwright")
    from pages import CHROMIUM, FLAGS
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield browser
        browser.close()


def ready(browser, folder):
    """A server and a tab that shows its page, and the seconds from one to the other."""
    from pages import Served, Tab

    folder.mkdir()
    server = Served(folder)
    start = time.perf_counter()
    return server, Tab(browser, server), time.perf_counter() - start


def with_bees(tab, bees):
    from playwright.sync_api import expect

    tab.type("bees N", str(bees))
    tab.type("stop_if_end", "never")
    expect(tab.command).to_contain_text(f"--population-size {bees}")
    tab.step(2)


def opened(tab):
    """Milliseconds until the models are drawn."""
    taken = tab.page.evaluate(OPENED)
    tab.page.keyboard.press("Escape")
    tab.page.get_by_role("dialog", name="Models of the gallery").wait_for(state="hidden")
    return taken


def played(tab):
    """Steps per second of a play at the highest speed."""
    slider = tab.page.locator(".hm-speed [role=slider]")
    slider.focus()
    slider.press("End")
    tab.button("Play").click()
    time.sleep(1.0)
    steps, start = step_of(tab), time.perf_counter()
    time.sleep(PLAYED)
    steps = step_of(tab) - steps
    taken = time.perf_counter() - start
    tab.button("Pause").click()
    return steps / taken


def step_of(tab):
    return int(re.search(r"step (\d+)", tab.status.inner_text())[1])


def test_the_page(browser, tmp_path, capsys):
    starts = []
    for number in range(3):
        server, tab, taken = ready(browser, tmp_path / str(number))
        starts.append(taken)
        if number < 2:
            tab.context.close()
            server.stop()
    models = [opened(tab) for _ in range(4)]
    with_bees(tab, 1000)
    steps = [tab.page.evaluate(DRAWN_AFTER_CLICK) for _ in range(20)]
    with_bees(tab, 500)
    rows = [
        ("ready, s", f"{min(starts):.1f}", "3"),
        ("Step to picture, N = 1,000, ms", f"{statistics.median(steps):.0f}", "150"),
        ("play, N = 500, steps/s", f"{played(tab):.0f}", "20"),
        ("models, first and again, ms", f"{models[0]:.0f} {min(models[1:]):.0f}", "300"),
    ]
    tab.context.close()
    server.stop()
    with capsys.disabled():
        print(f"\n{'the page in Chromium':34}{'measured':>10}{'asked':>8}")
        for label, measured, asked in rows:
            print(f"{label:34}{measured:>10}{asked:>8}")
