"""What tests of accessibility share: axe-core, run in a tab.

axe-core comes with the package axe-playwright-python.  Without it these tests are skipped, unless
HIVEMIND_BROWSER=required.
"""

import os
import re
from importlib.util import find_spec
from pathlib import Path

import pytest

EARLIEST = (4, 8)  # version of axe-core
_WORST = ("serious", "critical")
_MOST = 5  # places told of, per rule
_AT_REST = """() => document.getAnimations().every(each =>
  each.playState !== 'running' || each.effect.getComputedTiming().iterations === Infinity)"""
_RUN = """async () => {
  const found = await axe.run(document, {resultTypes: ['violations']});
  return found.violations.map(rule => ({
    rule: rule.id, impact: rule.impact, help: rule.help,
    where: rule.nodes.map(node => node.target.join(' ') + ' | ' + node.html.slice(0, 160) + ' | '
      + node.any.concat(node.all, node.none).map(check => check.message).join('; ')),
  }));
}"""


def script():
    """The text of axe-core; skips the test where there is none."""
    package = find_spec("axe_playwright_python")
    if package is None:
        message = "no axe-core here (uv sync brings it): accessibility is not tested"
        if os.environ.get("HIVEMIND_BROWSER") == "required":
            pytest.fail(message)
        pytest.skip(message)
    text = (Path(package.origin).parent / "axe.min.js").read_text(encoding="utf-8")
    version = re.match(r"/\*! axe v(\d+)\.(\d+)", text)
    assert tuple(map(int, version.groups())) >= EARLIEST
    return text


def violations(page, impacts=_WORST):
    """What axe-core finds on a page, a text per rule: the rule and where it is violated.

    It first waits until all that fades in has done so.
    """
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(script())
    page.wait_for_function(_AT_REST)
    found = [each for each in page.evaluate(_RUN) if each["impact"] in impacts]
    return [
        f"{each['rule']} ({each['impact']}): {each['help']}\n  "
        + "\n  ".join(each["where"][:_MOST])
        for each in found
    ]
