"""The cells of a study: plain data that says which model to run with which arguments.

Knows: how cells are checked, named and written as grids, tables and TOML files.
Does not know: how often a cell is run, or how its runs are cut and executed.
"""

import hashlib
import itertools
import json
import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hivemind_abm import checks
from hivemind_abm.engine.rows import Settings
from hivemind_abm.hives.hive import Hive
from hivemind_abm.learners.model import LearnerModel
from hivemind_abm.loading import MACRO, file_of, is_path
from hivemind_abm.theory.replicator_model import ReplicatorModel

__all__ = [
    "MODELS",
    "Cell",
    "cell_id",
    "cells_of_frame",
    "cells_of_grid",
    "checked_cells",
    "digests_of_files",
    "model_arguments",
    "model_settings",
    "read_study",
]

type Cell = Mapping[str, Any]

MODELS: dict[str, Any] = {
    "Hive": Hive,
    "LearnerModel": LearnerModel,
    "ReplicatorModel": ReplicatorModel,
}
_ID = 16  # characters of an identity


def checked_cells(cells: Iterable[Cell]) -> tuple[dict[str, Any], ...]:
    """The cells as plain data, each with its model.

    Raises:
        ValueError, TypeError: No cell, the same one twice, an unknown model, or arguments that the
            model refuses; with the place of the cell.
    """
    plain = [
        {"model": "Hive"} | _plain(dict(cell), f"cell {place}") for place, cell in enumerate(cells)
    ]
    if not plain:
        raise ValueError("cells must hold at least one cell")
    for place, cell in enumerate(plain):
        try:
            checks.one_of("model", cell["model"], MODELS)
            MODELS[cell["model"]].settings(**model_arguments(cell, absolute=False))
        except (ValueError, TypeError) as error:
            raise type(error)(f"cell {place}: {error}") from None
    first: dict[str, int] = {}
    for place, name in enumerate(map(cell_id, plain)):
        if first.setdefault(name, place) != place:
            raise ValueError(f"cell {place} is the same as cell {first[name]}")
    return tuple(plain)


def cells_of_grid(systems: Iterable[Cell]) -> list[dict[str, Any]]:
    """All combinations: in each system a list means that each of its items is taken in turn."""
    cells = []
    for system in systems:
        choices = [value if isinstance(value, list) else [value] for value in system.values()]
        cells += [dict(zip(system, values, strict=True)) for values in itertools.product(*choices)]
    return cells


def cells_of_frame(frame: pd.DataFrame, common: Cell | None = None) -> list[dict[str, Any]]:
    """The rows of a table as cells; see `Study.from_frame`."""
    whole = {
        name
        for name in frame
        if pd.api.types.is_float_dtype(frame[name]) and (frame[name].dropna() % 1.0 == 0.0).all()
    }
    cells = []
    for row in frame.to_dict("records"):
        cell = dict(common or {})
        for name, value in row.items():
            if not (isinstance(value, float) and math.isnan(value)):
                cell[str(name)] = int(value) if name in whole else value
        cells.append(cell)
    return cells


def read_study(file: str | Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The cells and the further arguments of the study in a TOML file.

    Raises:
        ValueError: No such file, no TOML, or a key that is missing or not known.
    """
    path = Path(file)
    try:
        content = tomllib.loads(path.read_text())
    except OSError as error:
        raise ValueError(f"there is no study {str(file)!r}: {error.strerror}") from None
    except tomllib.TOMLDecodeError as error:
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
    if not isinstance(systems, list) or not all(isinstance(system, dict) for system in systems):
        raise ValueError(f"{path.name}: systems must be tables [[systems]]")
    if content.get("record_every") == 0:  # TOML has no None
        content["record_every"] = None
    return cells_of_grid(systems), content


def cell_id(cell: Cell) -> str:
    """A stable name of a cell: a digest of its arguments."""
    return _digest(json.dumps(cell, sort_keys=True).encode())


def model_arguments(cell: Cell, absolute: bool = True) -> dict[str, Any]:
    """The arguments of a cell's model.

    Args:
        cell: One of `checked_cells`.
        absolute: Whether users' files are given by their absolute paths, so that any process finds
            them.
    """
    arguments = {}
    for key, value in cell.items():
        if key != "model":
            argument = tuple(value) if isinstance(value, list) else value
            arguments[key] = _absolute(argument) if absolute else argument
    return arguments


def model_settings(cell: Cell) -> Settings:
    """The checked settings of a cell's model."""
    settings: Settings = MODELS[cell["model"]].settings(**model_arguments(cell))
    return settings


def digests_of_files(cells: Sequence[Cell]) -> dict[str, str]:
    """The digests of the users' files that the cells name, by what the cells call them."""
    values = {value for cell in cells for value in cell.values() if isinstance(value, str)}
    return {text: _digest(file_of(text).read_bytes()) for text in sorted(filter(is_path, values))}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_ID]


def _plain(value: Any, where: str) -> Any:
    """A value as plain data, which JSON and another process understand."""
    if isinstance(value, dict):
        return {str(key): _plain(item, f"{where}, {key}") for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(item, where) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(
        f"{where} must be plain data (numbers, strings, truth values, lists), a class by its "
        f"file's path, not {value!r}"
    )


def _absolute(value: Any) -> Any:
    """The name of a user's file with its absolute path; anything else as it is."""
    if not (isinstance(value, str) and is_path(value)):
        return value
    prefix = MACRO if value.startswith(MACRO) else ""
    return prefix + str(file_of(value).resolve()) + value[value.rindex(".py") + 3 :]
