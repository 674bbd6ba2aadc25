"""The words of a class's docstring that a control shows: a field's label, its tooltip, a summary.

Knows: how the entries of "Attributes:" and "Args:" are read (Google style).
Does not know: which fields a class has, or how a control is shown.
"""

import inspect
import re
from functools import lru_cache
from typing import Any

__all__ = ["entries_of", "summary_of", "words_of"]

_SECTION = re.compile(r"(Attributes|Args|Arguments|Parameters):\s*")
_ENTRY = re.compile(r"(\w+(?:, \w+)*)(?: \([^)]*\))?:\s+(.*)")
_SENTENCE = re.compile(r"[.;:](\s|$)")  # where the first clause of an entry ends
_ARTICLE = re.compile(r"(the|an?)\s+", re.IGNORECASE)
_SYMBOL = re.compile(
    r"\w{1,2}|alpha|beta|gamma|delta|epsilon|eta|theta|kappa|lambda|mu|nu|rho|sigma|tau|phi|psi|omega",
    re.IGNORECASE,
)
# A part of a sentence that tells which values are allowed, or goes on about something else.
_NO_NAME = re.compile(
    r"above|below|at (least|most)|from|between|in [\[(]|not|any|or|and|which|where|so|None|True|"
    r"False|[\d\[(]|((an?|one) )?(\w+ )?numbers?(?! of)"
)
_BREAK = re.compile(r" (where|which|from which|that|if|when|and|of|in|for) ")
_LONGEST = 80  # characters of a label's words
_LONGEST_WITH_UNIT = 60
_LONGEST_SUMMARY = 220


@lru_cache(maxsize=256)
def entries_of(cls: type) -> dict[str, str]:
    """What the docstrings of a class and its bases say of each field, by the field's name."""
    entries: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        entries |= _entries(base.__dict__.get("__doc__") or "")
    return entries


def words_of(name: str, entry: str) -> str:
    """The words that name a field, from its entry: "number of options K" from "K, the number ...".

    Args:
        name: The field.
        entry: What the docstring says of it.

    Returns:
        The words, or "" where the entry does not begin with any.
    """
    clause = _SENTENCE.split(entry.replace("`", ""), maxsplit=1)[0].strip()
    if not clause or clause[0] in "\"'":
        return ""
    first, *more = clause.split(", ")
    symbol = ""
    if _SYMBOL.fullmatch(first):
        symbol, (first, *more) = f" {first}", more or [""]
    first = _ARTICLE.sub("", first, count=1) if _ARTICLE.match(first) else first
    if not first or _starts(_NO_NAME, first):
        first, more = name.replace("_", " "), []
    words = _small(first) + symbol
    with_unit = f"{words}, {more[0]}" if more else words
    if more and not _starts(_NO_NAME, more[0]) and len(with_unit) <= _LONGEST_WITH_UNIT:
        return with_unit
    return _shortened(words)


def summary_of(described: Any) -> str:
    """The first paragraph of a docstring in one line; "" for a class or function without one."""
    doc = vars(described).get("__doc__") if isinstance(described, type) else described.__doc__
    first = " ".join(inspect.cleandoc(doc or "").partition("\n\n")[0].split())
    if first.startswith(f"{described.__name__}("):  # that of a dataclass without one
        return ""
    return first if len(first) <= _LONGEST_SUMMARY else first[:_LONGEST_SUMMARY].rstrip() + " ..."


def _entries(doc: str) -> dict[str, str]:
    """The entries of a docstring; of several for one name the first."""
    entries: dict[str, str] = {}
    indent, names = None, list[str]()
    inside = False
    for line in inspect.cleandoc(doc).splitlines():
        text = line.strip()
        depth = len(line) - len(line.lstrip())
        if text and depth == 0:
            inside, indent, names = bool(_SECTION.fullmatch(text)), None, []
        elif inside and text:
            indent = depth if indent is None else indent
            begins = _ENTRY.fullmatch(text) if depth == indent else None
            if begins:
                names = [name for name in begins[1].split(", ") if name not in entries]
                entries |= dict.fromkeys(names, begins[2])
            else:
                entries |= {name: f"{entries[name]} {text}" for name in names}
    return entries


def _starts(pattern: re.Pattern[str], text: str) -> bool:
    """Whether a text starts with the pattern as whole words."""
    found = pattern.match(text)
    return bool(found) and not text[found.end() : found.end() + 1].isalpha()  # type: ignore[union-attr]


def _small(text: str) -> str:
    """A text that starts with a small letter, unless it starts with a symbol or a name."""
    word = text.split()[0]
    return text[0].lower() + text[1:] if len(word) > 1 and word[1:].islower() else text


def _shortened(words: str) -> str:
    """At most so many characters, up to a word with which another part of the sentence begins."""
    if len(words) <= _LONGEST:
        return words
    breaks = [found.start() for found in _BREAK.finditer(words) if found.start() <= _LONGEST]
    fitting = breaks[-1] if breaks else words.rfind(" ", 0, _LONGEST)
    return words[:fitting]
