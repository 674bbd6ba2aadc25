"""Whether all links inside a built site lead somewhere, and whether a page loads from elsewhere.

Knows: HTML files and what they link to.  Does not know: how they were built.
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

__all__ = ["Links", "check"]

LOADS = {"script": "src", "img": "src", "source": "srcset", "iframe": "src", "video": "src"}
NO_LOAD = {"canonical", "license", "next", "prev", "search", "index", "alternate"}  # of <link rel>


@dataclass
class Links:
    """What a check has found.

    Attributes:
        pages: How many pages there are.
        inside: How many links lead to a place inside the site.
        problems: One line per link that leads nowhere, or per thing loaded from the network.
    """

    pages: int = 0
    inside: int = 0
    problems: list[str] = field(default_factory=list)


def check(folder: Path) -> Links:
    """Follow all links of the pages in a folder that stay in it.

    Args:
        folder: The built site.

    Returns:
        What was found.
    """
    pages = {file: _Page(file.read_text()) for file in sorted(folder.resolve().rglob("*.html"))}
    links = Links(pages=len(pages))
    for file, page in pages.items():
        name = file.relative_to(folder.resolve())
        for address in page.loaded:
            if urlsplit(address).netloc:
                links.problems.append(f"{name} loads {address} from the network")
        for address in dict.fromkeys(page.links + page.loaded):
            target = urlsplit(address)
            if target.scheme or target.netloc:
                continue
            links.inside += 1
            there = (file.parent / unquote(target.path)).resolve() if target.path else file
            if not there.is_relative_to(folder.resolve()) or not there.is_file():
                links.problems.append(f"{name} links to {address}: there is no such file")
            elif _has_no(pages.get(there), unquote(target.fragment)):
                links.problems.append(f"{name} links to {address}: there is no such place")
    return links


def _has_no(page: "_Page | None", fragment: str) -> bool:
    return bool(fragment) and page is not None and fragment not in page.places


class _Page(HTMLParser):
    """The links, the loaded files and the named places of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.places: set[str] = {"top"}
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note what an element links to, loads or names."""
        has = {name: value for name, value in attributes if value}
        self.places |= {has[name] for name in ("id", "name") if name in has}
        if tag == "a" and "href" in has:
            self.links.append(has["href"])
        elif tag == "link" and "href" in has:
            is_link = NO_LOAD & {*has.get("rel", "").split()}
            (self.links if is_link else self.loaded).append(has["href"])
        elif LOADS.get(tag) in has:
            self.loaded.append(has[LOADS[tag]])
