"""The cells of a study: plain data that says which model to run with which arguments.

Knows: how cells are checked and named.
Does not know: how designs become cells (`designs`), how often a cell is run, or how its runs are
cut and executed.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from hivemind_abm import checks
from hivemind_abm.engine.rows import Settings
from hivemind_abm.games.model import GameModel
from hivemind_abm.hives.hive import Hive
from hivemind_abm.hives.mixture import is_mixture
from hivemind_abm.learners.model import LearnerModel
from hivemind_abm.loading import PREFIXES, file_of, files_behind, is_path
from hivemind_abm.studies.failures import failure_text, one_line
from hivemind_abm.studies.scales import Needs
from hivemind_abm.studies.shown import shown_players, shown_rules
from hivemind_abm.theory.replicator_model import ReplicatorModel

__all__ = [
    "MODELS",
    "Cell",
    "Size",
    "cell_id",
    "checked_cells",
    "digests_of_files",
    "model_arguments",
    "plain_cells",
    "shown_arguments",
]

type Cell = Mapping[str, Any]

MODELS: dict[str, Any] = {
    "Hive": Hive,
    "LearnerModel": LearnerModel,
    "ReplicatorModel": ReplicatorModel,
    "GameModel": GameModel,
}
_ID = 16  # characters of an identity


class Size(NamedTuple):
    """What a cell costs.

    Attributes:
        work: The approximate cost of one step of one run, in bee-steps.
        deterministic: Whether all runs are the same, so that one is enough.
        needs: What a summary of its runs holds.
    """

    work: int
    deterministic: bool
    needs: Needs


def plain_cells(cells: Iterable[Cell]) -> tuple[dict[str, Any], ...]:
    """The cells as plain data, each with its model; the arguments are not checked yet.

    Raises:
        ValueError, TypeError: No cell, or one that is no plain data; with the place of the cell.
    """
    plain = []
    for place, cell in enumerate(cells):
        if not isinstance(cell, Mapping):
            raise TypeError(f"cell {place} must be a dict of arguments, not {cell!r}")
        plain.append({"model": "Hive"} | _plain(dict(cell), f"cell {place}"))
    if not plain:
        raise ValueError("cells must hold at least one cell")
    return tuple(plain)


def checked_cells(cells: Sequence[Cell], names: Sequence[str]) -> dict[str, Size]:
    """Check the arguments of the cells, of cells that are the same once.

    Args:
        cells: Those of `plain_cells`.
        names: Their identities.

    Returns:
        The size of each cell by its identity.

    Raises:
        ValueError, TypeError: An unknown model, or arguments that the model refuses; with the place
            of the cell.
    """
    sizes: dict[str, Size] = {}
    for place, (name, cell) in enumerate(zip(names, cells, strict=True)):
        if name in sizes:
            continue
        try:
            sizes[name] = _size(cell)
        except (ValueError, TypeError) as error:
            raise _refusal(cells, place, error) from None
        except SystemExit as error:
            raise ValueError(f"cell {place}: {failure_text(error)}") from None
    return sizes


def _size(cell: Cell) -> Size:
    checks.one_of("model", cell["model"], MODELS)
    if "rng" in cell:
        raise ValueError("rng must not be in a cell: the seeds of runs come from the study's seed")
    settings: Settings = MODELS[cell["model"]].settings(**model_arguments(cell, absolute=False))
    return Size(settings.work, settings.deterministic, Needs.of(settings))


def _refusal(
    cells: Sequence[Cell], place: int, error: ValueError | TypeError
) -> ValueError | TypeError:
    """The error for the cell that is wrong, where the one at `place` was refused.

    In a table 10.0 beside 20.5 may be meant as the number 10, and then 20.5 is the wrong one.
    """
    if _error_of_whole(cells[place]) is None:
        for later in range(place + 1, len(cells)):
            later_error = _error_of_whole(cells[later])
            if later_error is not None:
                place, error = later, later_error
                break
    kind = TypeError if isinstance(error, TypeError) else ValueError
    return kind(f"cell {place}: {one_line(error)}")


def _error_of_whole(cell: Cell) -> ValueError | TypeError | None:
    """Why a cell is refused although its whole numbers are no floats; None if it is not."""
    whole = {
        key: int(value) if isinstance(value, float) and value.is_integer() else value
        for key, value in cell.items()
    }
    try:
        _size(whole)
    except (ValueError, TypeError) as error:
        return error
    return None


def cell_id(cell: Cell) -> str:
    """A stable name of a cell: a digest of its arguments."""
    return _digest(json.dumps(cell, sort_keys=True).encode())


def model_arguments(cell: Cell, absolute: bool = True) -> dict[str, Any]:
    """The arguments of a cell's model.

    Args:
        cell: One of `plain_cells`.
        absolute: Whether users' files are given by their absolute paths, so that any process finds
            them.
    """
    return {key: _argument(value, absolute) for key, value in cell.items() if key != "model"}


def shown_arguments(cell: Cell) -> dict[str, Any]:
    """A cell as it is shown in tables.

    Several rules are a text, "0.9 wvoter + 0.1 success", and so are the players of a game,
    "wvoter (N 50), P-MCL".
    """
    return {key: _shown(key, value) for key, value in cell.items()}


def _shown(key: str, value: Any) -> Any:
    if key == "players" and isinstance(value, list | tuple):
        return shown_players(value)
    return shown_rules(value) if is_mixture(value) else value


def digests_of_files(cells: Sequence[Cell]) -> dict[str, str]:
    """The digests of the users' files that the cells name, by what the cells call them."""
    values = {text for cell in cells for value in cell.values() for text in _texts(value)}
    return {
        text if place == 0 else f"{text} imports {name}": digest[:_ID]
        for text in sorted(filter(is_path, values))
        for place, (name, digest) in enumerate(files_behind(text).items())
    }


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
        f"{where} must be plain data (numbers, strings, truth values, lists, dicts), a class by "
        f"its file's path, not {value!r}"
    )


def _texts(value: Any) -> Iterator[str]:
    """The texts in a value, also inside lists and dicts."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts([*value.values()])
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _argument(value: Any, absolute: bool) -> Any:
    """A value of a cell as a model's argument; lists are tuples."""
    if isinstance(value, list | tuple):
        return tuple(_argument(item, absolute) for item in value)
    if isinstance(value, Mapping):
        return {key: _argument(item, absolute) for key, item in value.items()}
    return _absolute(value) if absolute else value


def _absolute(value: Any) -> Any:
    """The name of a user's file with its absolute path; anything else as it is."""
    if not (isinstance(value, str) and is_path(value)):
        return value
    prefix = PREFIXES.match(value)[0]  # type: ignore[index]
    return prefix + str(file_of(value).resolve()) + value[value.rindex(".py") + 3 :]
