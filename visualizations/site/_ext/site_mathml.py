"""Formulas as MathML, which browsers draw without a script, in a font that the site brings along.

Knows: how TeX becomes MathML in a page, and which part of the font the pages need.
Does not know: any formula.
"""

import html
import re
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

__all__ = ["mathml", "setup", "write_font"]

NAMESPACE = "http://www.w3.org/1998/Math/MathML"
FONT = "fonts/STIXTwoMath-Regular.ttf"  # in the package ziamath; SIL Open Font License
LETTERS = (*range(0x20, 0x7F), 0x210E, *range(0x1D434, 0x1D468), *range(0x1D6E2, 0x1D71C))
_ALIGNED = re.compile(r"(\\(?:begin|end))\{(?:aligned|split|gathered|align)\}")
_FORMULA = re.compile(r"<math .*?</math>", re.DOTALL)
_PARTS = {"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "msubsup": 3}  # how many each consists of
_BELOW = {"msub": "munder", "msubsup": "munderover"}  # where the limits of a sum stand in a block


def mathml(tex: str, block: bool = False) -> str:
    """A formula as MathML.

    Args:
        tex: The formula in TeX, without dollars.
        block: Whether it has a line of its own.

    Raises:
        ValueError: A part of it is not understood.
    """
    from latex2mathml.converter import convert

    display = "block" if block else "inline"
    try:
        made = convert(_ALIGNED.sub(r"\1{align*}", tex.strip()), display=display)
        tree = ElementTree.fromstring(made)
    except Exception as error:  # the converter has many kinds of them
        raise ValueError(f"the formula {tex!r} is not understood: {error!r}") from error
    for part in tree.iter():
        kind = part.tag.rpartition("}")[2]
        if len(part) != _PARTS.get(kind, len(part)) or (part.text or "").startswith("\\"):
            raise ValueError(f"the formula {tex!r} has a part that is not understood")
        if block and kind in _BELOW and (part[0].text or "") in ("\N{N-ARY SUMMATION}", "∏"):
            part.tag = f"{{{NAMESPACE}}}{_BELOW[kind]}"
    ElementTree.register_namespace("", NAMESPACE)
    return ElementTree.tostring(tree, encoding="unicode")


def write_font(pages: Path, font: Path) -> None:
    """Write the part of the font that the formulas of a site need.

    Args:
        pages: The folder of the built pages.
        font: The file to write, in the format WOFF.
    """
    from fontTools import subset

    formulas = (made for page in pages.rglob("*.html") for made in _formulas_of(page))
    letters = {ord(letter) for made in formulas for letter in html.unescape(made)}
    options = subset.Options(flavor="woff", name_IDs="*", notdef_outline=True)
    with as_file(files("ziamath") / FONT) as source:
        whole = subset.load_font(str(source), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=letters.union(LETTERS))  # a browser sets letters in italics
    subsetter.subset(whole)
    subset.save_font(whole, str(font), options)


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the renderer `mathml`, and write the font when a build has ended."""
    app.connect("build-finished", _finish)
    app.add_html_math_renderer(
        "mathml",
        (lambda self, node: _visit(self, node, block=False), None),
        (lambda self, node: _visit(self, node, block=True), None),
    )
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _visit(self: Any, node: nodes.Node, block: bool) -> None:
    tex = node.astext()
    try:
        made = mathml(tex, block)
    except ValueError as error:
        logging.getLogger(__name__).warning("%s", error, location=node)
        made = f"<code>{html.escape(tex)}</code>"
    if block:
        place = "".join(f' id="{name}"' for name in node.get("ids", [])[:1])
        number = f'<span class="eqno">({node["number"]})</span>' if node.get("number") else ""
        made = f'<div class="math"{place}>{made}{number}</div>'
    self.body.append(made)
    raise nodes.SkipNode


def _finish(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        write_font(Path(app.outdir), Path(app.outdir, "_static", "math.woff"))


def _formulas_of(page: Path) -> list[str]:
    return _FORMULA.findall(page.read_text())
