"""Takes the pictures of the page for the README and the site.

python visualizations/screenshots.py             # all of them
python visualizations/screenshots.py light game

Needs Playwright and Chromium.  It starts `hivemind app` and ends it.
"""

import io
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from PIL import Image
from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
START = "from hivemind_abm.app.cli.main import main; raise SystemExit(main())"
PATIENCE = 120_000  # ms
SETTLED = 1_500  # ms until charts and backgrounds are drawn
LARGEST = 250_000  # bytes of a picture
COLOURS = 256
MEAN_FIELD = ".hm-card:has-text('mean change')"
SCROLL = """top => {  // what scrolls is not the document, but around the page
  for (let part = document.querySelector('.hm-page'); part; part = part.parentElement) {
    part.scrollTop = top;
    if (top && part.scrollTop) break;
  }
  document.activeElement.blur();
}"""
ENSEMBLE = ".hm-ensemble:has-text('ensemble: 200 runs')"


@dataclass(frozen=True)
class Picture:
    """A picture of the page.

    Attributes:
        asked: The query of its address.
        step: The step to which the run is played.
        looked: The earlier step that is looked at, or None.
        height: Pixels.
        scheme: "light" or "dark".
        top: How far the page is scrolled, pixels.
        awaited: What must be on the page, a selector.
    """

    asked: dict[str, str]
    step: int
    looked: int | None = None
    height: int = 900
    scheme: str = "light"
    top: int = 0
    awaited: str = "body"


PICTURES = {
    "light": Picture({"bee": "17"}, step=25, looked=20),
    "dark": Picture(
        {"bandit": "evenly spaced", "bandit.n_action": "3", "view.shares": "stacked", "bee": "60"},
        step=12,
        looked=7,
        scheme="dark",
        top=372,
        awaited=MEAN_FIELD,
    ),
    "two": Picture(
        {"second": "yes", "second.rule": "success", "ensemble": "yes", "bandit.n_action": "4"},
        step=20,
        height=1540,
        awaited=ENSEMBLE,
    ),
    "game": Picture({"model": "lola_hive"}, step=60, scheme="dark"),
}


@contextmanager
def served():
    """The page, served on a free port.  Yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}/"
    server = subprocess.Popen(
        [sys.executable, "-c", START, "app", "--no-open", "--port", str(port)],
        stdout=subprocess.DEVNULL,
    )
    try:
        while not answers(address):
            if server.poll() is not None:
                raise SystemExit("hivemind app ended")
            time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait()


def answers(address):
    """Whether the page is served already."""
    try:
        urllib.request.urlopen(address, timeout=5).read()
    except OSError:
        return False
    return True


def taken(browser, address, picture):
    """The picture, as a PNG file."""
    context = browser.new_context(
        viewport={"width": 1440, "height": picture.height}, color_scheme=picture.scheme
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}?{urlencode(picture.asked)}")
    page.wait_for_selector(".bees canvas[data-tick], .hm-drawn[data-tick]", state="attached")
    for step in range(1, picture.step + 1):
        page.get_by_role("button", name="Step", exact=True).click()
        wait_for_step(page, f"step {step} ")
    if picture.looked is not None:
        page.get_by_label("step looked at").fill(str(picture.looked))
        wait_for_step(page, f"step {picture.looked} of")
    page.locator(picture.awaited).first.wait_for()
    page.mouse.move(0, 0)
    page.evaluate(SCROLL, picture.top)
    page.wait_for_timeout(SETTLED)
    data = page.screenshot()
    context.close()
    return data


def wait_for_step(page, words):
    """Wait until the toolbar says that a step is shown."""
    page.locator(".hm-status", has_text=words).wait_for()


def small(data):
    """A PNG file that is not too large, with fewer colours where it must be.

    Raises:
        SystemExit: It is too large all the same.
    """
    image = Image.open(io.BytesIO(data)).convert("RGB")
    few = image.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, 4, dither=Image.Dither.NONE)
    for each in (image, few):
        file = io.BytesIO()
        each.save(file, "png", optimize=True)
        if file.tell() <= LARGEST:
            return file.getvalue()
    raise SystemExit(f"{file.tell():,} bytes are more than {LARGEST:,}")


def main():
    """Take the pictures that are named on the command line, or all."""
    names = sys.argv[1:] or list(PICTURES)
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for name in names:
            file = HERE / f"app_{name}.png"
            file.write_bytes(small(taken(browser, address, PICTURES[name])))
            print(f"{file.name}: {file.stat().st_size:,} bytes", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
