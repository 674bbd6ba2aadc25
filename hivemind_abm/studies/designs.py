"""Designs of studies: grids, tables and TOML files as cells.

Knows: what means a choice in a grid, and what the values in a table mean.
Does not know: which arguments a model takes.
"""

import codecs
import itertools
import math
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hivemind_abm.hives.mixture import is_mixture
from hivemind_abm.registry import parse_value
from hivemind_abm.studies.cells import Cell

__all__ = ["cells_of_frame", "cells_of_grid", "read_study"]

_LEFT_OUT = object()  # what a missing value in a table becomes
_CHOICES = (list, range, np.ndarray, pd.Series, pd.Index, pd.api.extensions.ExtensionArray)


def cells_of_grid(systems: Iterable[Cell]) -> list[dict[str, Any]]:
    """All combinations of the choices in each system; see `Study.grid`.

    Raises:
        ValueError: An argument without a choice; a number as a rule.
    """
    cells = []
    for system in systems:
        choices = [_choices(name, value) for name, value in system.items()]
        cells += [dict(zip(system, values, strict=True)) for values in itertools.product(*choices)]
    return cells


def cells_of_frame(frame: pd.DataFrame, common: Cell | None = None) -> list[dict[str, Any]]:
    """The rows of a table as cells; see `Study.from_frame`.

    Raises:
        ValueError: Two columns with the same name.
    """
    names = [str(name) for name in frame.columns]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"the table has several columns {name}; an argument has one")
    columns = [_column(frame.iloc[:, place]) for place in range(len(names))]
    cells = []
    for row in range(len(frame)):
        values = {name: column[row] for name, column in zip(names, columns, strict=True)}
        kept = {name: value for name, value in values.items() if value is not _LEFT_OUT}
        cells.append(dict(common or {}) | kept)
    return cells


def read_study(file: str | Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The cells and the further arguments of the study in a TOML file.

    Raises:
        ValueError: No such file, no TOML, or a key that is missing or not known.
    """
    path = Path(file)
    try:
        content = tomllib.loads(_decoded(path.read_bytes()))
    except OSError as error:
        raise ValueError(f"there is no study {str(file)!r}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeError, RecursionError) as error:
        raise ValueError(f"{path.name} is no TOML: {error}") from None
    needed = ("runs", "steps", "seed", "systems")
    known = {*needed, "keep", "record_every"}
    for key in content:
        if key not in known:
            raise ValueError(f"{path.name}: {key} is not known; known: {', '.join(sorted(known))}")
    for key in needed:
        if key not in content:
            raise ValueError(f"{path.name}: {key} is missing")
    systems = content.pop("systems")
    if not isinstance(systems, list) or not all(isinstance(system, Mapping) for system in systems):
        raise ValueError(f"{path.name}: systems must be tables [[systems]]")
    every = content.get("record_every")
    if every == 0 and not isinstance(every, bool):  # TOML has no None
        content["record_every"] = None
    return cells_of_grid(systems), content


def _choices(name: str, value: Any) -> list[Any]:
    """The choices that a value in a grid stands for.

    A list of pairs of a rule and a number is one choice: the rules of one hive.  So is a list of
    players: those of one game.
    """
    if not isinstance(value, _CHOICES) or getattr(value, "ndim", 1) == 0:
        return [value]
    if not len(value):
        raise ValueError(f"{name} has no choice: the list is empty")
    if name == "players":
        return _choices_of_players(list(value))
    if name != "rule":
        return list(value)
    if is_mixture(value):
        return [value]
    for choice in value:
        if not isinstance(choice, str) and not is_mixture(choice):
            raise ValueError(
                'rule must be names, or lists of pairs of a name and a share such as [["wvoter", '
                f'0.9], ["success", 0.1]], which is the rules of one hive, not {choice!r}'
            )
    return list(value)


def _choices_of_players(value: list[Any]) -> list[Any]:
    """One list of players, or several."""
    if not any(map(_are_players, value)):
        return [value]
    for choice in value:
        if not _are_players(choice):
            raise ValueError(
                'players must be a list with one item for each player, ["success", "P-MCL"] for '
                f"instance, or a list of such lists, not {value!r}"
            )
    return value


def _are_players(value: Any) -> bool:
    """Whether an item of a list is itself a list of players, and not one player."""
    return isinstance(value, list | tuple) and not is_mixture(value)


def _column(column: pd.Series) -> list[Any]:
    """The values of a table's column.

    A text that reads as a number is one, so that a CSV file gives what was meant.  Whole numbers
    are no floats, if all numbers of the column are whole.
    """
    values = [_value(value) for value in column]
    numbers = [value for value in values if isinstance(value, float)]
    if all(number.is_integer() for number in numbers):
        return [int(value) if isinstance(value, float) else value for value in values]
    return values


def _value(value: Any) -> Any:
    """A value of a table as Python's own type; `_LEFT_OUT` for one that is missing."""
    if isinstance(value, str):
        value = parse_value(value.strip())
    elif isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or value is pd.NaT:
        return _LEFT_OUT
    return _LEFT_OUT if isinstance(value, float) and math.isnan(value) else value


def _decoded(content: bytes) -> str:
    """The text of a file in UTF-8, or in UTF-16 with its byte-order mark, which is left out."""
    utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if utf_16 else "utf-8-sig").replace("\r\n", "\n")
