"""The README and the pages of the site, as texts with blocks, tables and links.

Knows: where they are and how their parts are found.  Does not know: what must be true of them.
"""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
SITE = ROOT / "visualizations" / "site"
README = ROOT / "README.md"
NO_PAGES = {"paper", "_ext", "_static", "_build"}  # folders of the site


class Block(NamedTuple):
    """A block of code: its language, its text, and the file that its first line names, or ""."""

    language: str
    text: str
    file: str


def pages():
    """The files of all pages that are written by hand, by their name in the site."""
    return {
        file.relative_to(SITE).as_posix(): file
        for file in sorted(SITE.rglob("*.md"))
        if not NO_PAGES & {*file.relative_to(SITE).parts}
    }


def blocks(text):
    """The blocks of code of a page, in order.

    A first line such as `# my_rule.py` or `# study.toml` names the file that a reader saves it as.
    """
    found = re.findall(r"^```([a-z]+)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [
        Block(language, code, name[1] if (name := re.match(r"# (\w+\.(py|toml))\n", code)) else "")
        for language, code in found
    ]


def prose(text):
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def links(text):
    """The addresses inside the repository that a page links to or shows, without their anchors."""
    addresses = re.findall(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"", prose(text))
    names = [(markdown or html).partition("#")[0] for markdown, html in addresses]
    return [name for name in names if name and "://" not in name]


def table(text, head):
    """The rows of the table whose first line starts with `head`, each a list of cells."""
    lines = text[text.index(f"| {head} |") :].split("\n\n")[0].splitlines()
    return [
        [cell.strip() for cell in line.removeprefix("|").removesuffix("|").split(" |")]
        for line in lines[2:]
    ]


def code(cell):
    """What stands between backquotes."""
    return re.findall(r"`([^`]+)`", cell)
