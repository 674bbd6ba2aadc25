"""What tests of the page in a real browser share: a served page, and one tab of a browser.

Headless Chromium, driven by Playwright, and `hivemind app`.  Tests that import this are skipped
where there is no Chromium, unless HIVEMIND_BROWSER=required.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium")
if CHROMIUM is None and os.environ.get("HIVEMIND_BROWSER") != "required":
    pytest.skip("no Chromium here: the page is not tested", allow_module_level=True)

from playwright.sync_api import expect  # noqa: E402

PATIENCE = 120_000  # ms; only a page that hangs is waited for so long, however busy the machine
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update"
)
expect.set_options(timeout=PATIENCE)
DRAWN = ".bees canvas[data-tick], .hm-drawn[data-tick]"
START = "from hivemind_abm.app.cli.main import main; raise SystemExit(main())"
RULE = '''
import os
import time
from dataclasses import dataclass
from hivemind_abm import ImitationRule


@dataclass(frozen=True)
class Stubborn(ImitationRule):
    """Follow a dancer now and then."""

    chance: float = 0.5
    broken: bool = False

    def decide(self, bee, neighbours, rng):
        if self.broken:
            return -1
        return neighbours.pick(rng).opinion if rng.random() < self.chance else bee.opinion


@dataclass(frozen=True)
class Endless(ImitationRule):
    """Think without a pause, until there is a file."""

    def decide(self, bee, neighbours, rng):
        while not os.path.exists("enough"):
            for _ in range(100_000):
                pass
        return bee.opinion


@dataclass(frozen=True)
class Slow(ImitationRule):
    """Sleep over it."""

    def decide(self, bee, neighbours, rng):
        time.sleep(1.0)
        return bee.opinion
'''


class Served:
    """A running `hivemind app`, with its log."""

    def __init__(self, folder: Path, *files: str) -> None:
        self.folder, self.log = folder, folder / "server.log"
        for _ in range(3):  # another process may take the port before the server does
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = probe.getsockname()[1]
            if self._start(files):
                return
        raise AssertionError(self.log.read_text())

    def _start(self, files: tuple[str, ...]) -> bool:
        """Whether it has started; False if the port was taken."""
        command = [
            sys.executable,
            "-c",
            START,
            "app",
            *files,
            "--no-open",
            "--port",
            str(self.port),
        ]
        self.process = subprocess.Popen(
            command, cwd=self.folder, stdout=self.log.open("w"), stderr=subprocess.STDOUT
        )
        for _ in range(1200):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=5).read()
                return True
            except OSError:
                if self.process.poll() is not None:
                    log = self.log.read_text()
                    assert "is taken" in log or "address already in use" in log, log
                    return False
                time.sleep(0.1)
        self.process.kill()
        raise AssertionError(self.log.read_text())

    def memory(self) -> float:
        """Resident memory, MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(60) == 130


class Tab:
    """One page in one browser tab, and what its console complains of."""

    def __init__(self, browser, server, width=1280, height=800, scheme="light"):
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, accept_downloads=True
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.complaints = []
        self.page.on(
            "console",
            lambda message: (
                message.type in ("error", "warning") and self.complaints.append(message.text)
            ),
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(f"http://127.0.0.1:{server.port}/")
        self.page.wait_for_selector(DRAWN, state="attached")

    def go(self, query, drawn=True):
        """Open an address of the page, and wait until what it asks for is drawn."""
        self.page.goto(self.page.url.partition("?")[0] + query)
        if drawn:
            self.page.wait_for_selector(DRAWN, state="attached")

    @property
    def status(self):
        return self.page.locator(".hm-status")

    @property
    def command(self):
        return self.page.locator(".hm-command")

    def button(self, name):
        return self.page.get_by_role("button", name=name, exact=True)

    def step(self, times=1, at_once=1):
        for _ in range(times):
            now = int(re.search(r"step (\d+)", self.status.inner_text())[1])
            self.button("Step").click()
            expect(self.status).to_contain_text(f"step {now + at_once} ")

    def type(self, label, text):
        """Fill the box with this label, or with this identifier, and press Enter."""
        box = self.box(label)
        box.fill(text)
        box.press("Enter")

    def choose(self, label, value):
        """Choose a value of the list with this label, or with this identifier."""
        named = self.page.get_by_label(_label(label)).and_(self.page.locator("select"))
        vuetify = self.page.locator(".v-select", has=self.page.get_by_text(label, exact=True))
        named.or_(vuetify).first.wait_for(state="attached")
        if named.count():
            self.shown(named).select_option(value)
            return
        vuetify.locator(".v-select__slot").click()
        self.page.locator(
            ".menuable__content__active .v-list-item", has_text=re.compile(f"^{re.escape(value)}$")
        ).click()

    def tick(self, label, wanted=True):
        """Choose yes or no with the box of this label."""
        self.shown(self.page.get_by_label(label, exact=True)).set_checked(wanted)

    def box(self, label):
        """The box with this label, or with this identifier."""
        return self.shown(self.page.get_by_label(_label(label)))

    def shown(self, control):
        """A control, once its group is unfolded."""
        control.wait_for(state="attached")
        folded = self.page.locator("details.hm-group:not([open])", has=control)
        if folded.count():
            folded.locator("summary").click()
        return control

    def bees(self):
        return self.page.locator(".honeycomb canvas").get_attribute("aria-label")


def _label(name):
    """The labels of a control that is called so in words, or in code: "learning rate (alpha)"."""
    identifier = name.replace(" ", "_")
    return re.compile(
        rf"^({re.escape(name)}( \(\w+\))?|.* \({re.escape(identifier)}\)|{re.escape(identifier)})$"
    )
