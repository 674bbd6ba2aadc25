"""Docstrings on the site: names in backquotes become links where they are public.

Knows: the public names, and where a private module's name is documented.
Does not know: any page.
"""

import re
from typing import Any

from docutils import nodes
from sphinx.addnodes import literal_strong, pending_xref, pending_xref_condition
from sphinx.application import Sphinx
from sphinx.domains.python import PyXRefRole
from sphinx.environment import BuildEnvironment

import hivemind_abm

__all__ = ["setup"]

PACKAGE = "hivemind_abm"
_LETTER = re.compile(r"^( +\w+: )([A-Za-z])\.$")
_NAMES = re.compile(r"^:ivar (\w+, )+\w+:")


def _name(
    role: str, rawtext: str, text: str, lineno: int, inliner: Any, *more: Any
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    """A link where the text is a public name, or a method of one; code elsewhere."""
    name = text.removesuffix("()")
    first, _, rest = name.partition(".")
    known = first in hivemind_abm.__all__ and (
        not rest or hasattr(getattr(hivemind_abm, first), rest)
    )
    if not known or (rest and not callable(getattr(getattr(hivemind_abm, first), rest))):
        return [nodes.literal(rawtext, text)], []
    return PyXRefRole()("py:obj", rawtext, f"{text} <{PACKAGE}.{name}>", lineno, inliner)


def _public_place(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, text: nodes.Node
) -> nodes.Node | None:
    """Resolve `hivemind_abm.room.file.Name`, or `Name` in a signature, as a public name."""
    if node.get("refdomain") != "py":
        return None
    name = node["reftarget"].rpartition(".")[2]
    if name not in hivemind_abm.__all__:
        return text if node["reftype"] in ("class", "data", "exc") else None
    domain = env.get_domain("py")
    place = f"{PACKAGE}.{name}"
    return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", place, node, text)


def _one_letter(
    app: Sphinx, kind: str, name: str, value: Any, options: Any, lines: list[str]
) -> None:
    """A description of one letter, "N.", is not the start of a numbered list."""
    lines[:] = [_LETTER.sub(r"\1\\\2.", line) for line in lines]


def _several_names(
    app: Sphinx, kind: str, name: str, value: Any, options: Any, lines: list[str]
) -> None:
    """Several attributes with one description are not one attribute with a type."""
    lines[:] = [_NAMES.sub(lambda match: match[0].replace(", ", ","), line) for line in lines]


def _attributes(app: Sphinx, doctree: nodes.document) -> None:
    """Name lists of attributes so; names in them that are not public are no links."""
    for link in [*doctree.findall(pending_xref)]:
        shown = link[0].children if isinstance(link[0], pending_xref_condition) else link.children
        word = link["reftarget"] not in hivemind_abm.__all__ and "." not in link["reftarget"]
        if isinstance(link[0], literal_strong) or (link["reftype"] == "class" and word):
            link.replace_self(shown)
    for strong in doctree.findall(literal_strong):
        if "," in strong.astext():
            strong.children = [nodes.Text(strong.astext().replace(",", ", "))]
    for dash in [*doctree.findall(nodes.Text)]:
        if dash == " -- ":  # between the name and the description of a field
            dash.parent.replace(dash, nodes.Text(" \N{EN DASH} "))
    for name in doctree.findall(nodes.field_name):
        if name.astext() == "Variables":
            name.children = [nodes.Text("Attributes")]


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the role `name`, which docstrings use without naming it."""
    app.add_role("name", _name)
    app.connect("autodoc-process-docstring", _one_letter, priority=400)  # before napoleon
    app.connect("autodoc-process-docstring", _several_names, priority=600)  # after it
    app.connect("doctree-read", _attributes)
    app.connect("missing-reference", _public_place)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
