"""llms.txt at the site's root: each page with its address and one sentence, for language models.

Knows: the form of such a file.  Does not know: which pages there are.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

__all__ = ["llms_text", "setup"]

LONGEST = 200  # characters of a description


def llms_text(app: Sphinx) -> str:
    """The text of the file, from all pages in the order of the table of contents."""
    env, root = app.env, app.config.root_doc
    lines = [f"# {app.config.project}", "", f"> {_paragraph(env, root)}"]
    for section in env.toctree_includes.get(root, []):
        lines += ["", f"## {env.titles[section].astext()}", ""]
        for page in _pages(env, section):
            address = app.builder.get_target_uri(page)
            line = f"- [{env.titles[page].astext()}]({address}): {_description(env, page)}"
            lines.append(line.removesuffix(": "))
    return "\n".join(lines) + "\n"


def _pages(env: BuildEnvironment, page: str) -> Iterator[str]:
    yield page
    for below in env.toctree_includes.get(page, []):
        yield from _pages(env, below)


def _description(env: BuildEnvironment, page: str) -> str:
    """The first sentence of a page's first paragraph."""
    sentence = _paragraph(env, page).partition(". ")[0]
    return sentence[:LONGEST].removesuffix(".") + "." if sentence else ""


def _paragraph(env: BuildEnvironment, page: str) -> str:
    """The first paragraph of a page that is more than two words."""
    for paragraph in env.get_doctree(page).findall(nodes.paragraph):
        words = paragraph.astext().split()
        if len(words) > 2:
            return " ".join(words)
    return ""


def _write(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        Path(app.outdir, "llms.txt").write_text(llms_text(app))


def setup(app: Sphinx) -> dict[str, Any]:
    """Write the file when a build has ended."""
    app.connect("build-finished", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
