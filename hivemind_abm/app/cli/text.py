"""How the commands print values: one line each.

Knows: how parts of a model and lists of names read in one line; errors are in `studies.failures`.
Does not know: any command.
"""

import dataclasses
from collections.abc import Iterable
from typing import Any

from hivemind_abm.results import shortened

__all__ = ["described", "listed"]

_MOST_ITEMS = 4  # of a tuple that are written out


def described(part: Any) -> str:
    """A rule or bandit in one line: its class, and its fields that are neither None nor a seed."""
    fields = []
    for field in dataclasses.fields(part):
        value = getattr(part, field.name)
        if isinstance(value, tuple) and len(value) > _MOST_ITEMS:
            value = f"{shortened(value[0])} ... {shortened(value[-1])}"
        if value is not None and not field.name.endswith("_seed"):
            fields.append(f"{field.name} {value}")
    return f"{type(part).__name__} ({', '.join(fields)})" if fields else type(part).__name__


def listed(names: Iterable[str]) -> str:
    """Names with commas between them; those with a space are quoted, as a shell needs it."""
    return ", ".join(f'"{name}"' if " " in name else name for name in names)
