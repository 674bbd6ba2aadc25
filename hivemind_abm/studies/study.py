"""Parameter studies: cells times runs, on any executor, with the results in memory or on disk.

Knows: what a study is, and which of its units are still to be run.
Does not know: how a cell is checked (`cells`), how units are run (`executors`), or how results are
kept on disk (`store`).
"""

import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from tqdm import tqdm

from hivemind_abm import checks
from hivemind_abm.engine.seeds import seed_sequence
from hivemind_abm.engine.threads import available_cores
from hivemind_abm.studies.assembly import Gathered
from hivemind_abm.studies.cells import (
    MODELS,
    Size,
    cell_id,
    checked_cells,
    digests_of_files,
    plain_cells,
)
from hivemind_abm.studies.designs import cells_of_frame, cells_of_grid, read_study
from hivemind_abm.studies.ensemble import KEEPS
from hivemind_abm.studies.estimate import core_seconds
from hivemind_abm.studies.executors import processes, run_units
from hivemind_abm.studies.labelled import as_xarray
from hivemind_abm.studies.store import Store
from hivemind_abm.studies.units import Unit, cut

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["MODELS", "Study", "processes"]


@dataclass(frozen=True)
class Study:
    """A parameter study: each cell is run `runs` times.

    Run k of a cell has the study's seed with a spawn key made of the cell itself and k.  So its
    numbers depend neither on the other cells nor on the order, the executor or the number of
    workers.

    Args:
        cells: Plain dicts: "model" ("Hive" where it is left out, "LearnerModel", "ReplicatorModel"
            or "GameModel") and the model's arguments.  Values are plain data too: rules, bandits,
            learners and games by name or by a file's path; several rules of one hive are a list of
            pairs of such a name and a share; a player of a game may be a dict.  A cell that is
            there twice is run once, and its rows are in the table twice.
        runs: Runs per cell, at least 1.  A cell without chance in it (a ReplicatorModel, or a game
            of replicators only) is run once.
        steps: Steps per run.
        seed: The one number that names the study.
        keep: As for `ensemble`: "summary", "rows" or "last".
        record_every: As for `ensemble`.

    Raises:
        ValueError, TypeError: With the cell, the argument and what is allowed.  All cells are
            checked before anything runs.
    """

    cells: Sequence[Mapping[str, Any]]
    runs: int
    steps: int
    seed: int | str
    keep: str = "summary"
    record_every: int | None = 1
    _names: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _sizes: Mapping[str, Size] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the arguments, and keep them as plain data."""
        checks.one_of("keep", self.keep, KEEPS)
        seed_sequence(self.seed, "seed")
        if self.seed is None:
            raise ValueError(
                "seed must be a whole number of at least 0, not None: it names the study"
            )
        plain = {
            "runs": checks.whole_number("runs", self.runs),
            "steps": checks.whole_number("steps", self.steps, least=0),
            "record_every": checks.optional_whole_number("record_every", self.record_every),
            "cells": plain_cells(self.cells),
        }
        for name, value in plain.items():
            object.__setattr__(self, name, value)
        # What every use of a study needs is computed once.
        object.__setattr__(self, "_names", tuple(map(cell_id, self.cells)))
        object.__setattr__(self, "_sizes", checked_cells(self.cells, self._names))

    @classmethod
    def grid(cls, *systems: Mapping[str, Any], **arguments: Any) -> "Study":
        """A study of all combinations.

        Args:
            *systems: Dicts as cells.  A list, range, array or Series means that each of its items
                is taken in turn, so a value that is a sequence itself is a tuple, or stands in a
                list of one.  As a rule, a list of pairs of a name and a number is one item: the
                rules of one hive.  As players, a list of players is one item, and a list of such
                lists means each of them in turn.
            **arguments: runs, steps, seed, keep, record_every.
        """
        return cls(cells_of_grid(systems), **arguments)

    @classmethod
    def from_frame(
        cls, frame: pd.DataFrame, common: Mapping[str, Any] | None = None, **arguments: Any
    ) -> "Study":
        """A study of the rows of a DataFrame, a Latin hypercube or a SALib design for instance.

        Args:
            frame: A column per argument.  Columns of whole numbers may be floats.  Text that reads
                as a number, as in a CSV file with 2 and all in a column, is one; "'2'" is the text
                2.  What is missing (NaN, None, pandas.NA) is left out of its cell.
            common: Arguments that all rows share.
            **arguments: runs, steps, seed, keep, record_every.
        """
        return cls(cells_of_frame(frame, common), **arguments)

    @classmethod
    def from_toml(cls, file: str | Path) -> "Study":
        """A study from a TOML file.

        Args:
            file: It has runs, steps, seed, keep, record_every (0 for None), and tables [[systems]]
                in which lists mean a grid, as in `grid`.

        Raises:
            ValueError: No such file, no TOML, or a key that is missing or not known.
        """
        cells, arguments = read_study(file)
        return cls(cells, **arguments)

    @property
    def ids(self) -> list[str]:
        """A stable name of each cell: a digest of its arguments."""
        return list(self._names)

    @property
    def files(self) -> dict[str, str]:
        """The digests of the users' files that the cells name."""
        return digests_of_files(self.cells)

    @property
    def _different_cells(self) -> dict[str, Mapping[str, Any]]:
        """The cells by their identities; those that are the same once."""
        return dict(zip(self._names, self.cells, strict=True))

    def as_data(self) -> dict[str, Any]:
        """The study as plain data."""
        units = list(self.units())
        return {
            "cells": list(self.cells),
            "ids": self.ids,
            "units": len(units),
            "all_runs": sum(unit.runs for unit in units),
            "runs": self.runs,
            "steps": self.steps,
            "keep": self.keep,
            "record_every": self.record_every,
            "seed": str(self.seed),
            "files": self.files,
        }

    def units(self) -> Iterator[Unit]:
        """The units of work, in the order of the cells and runs."""
        seed = seed_sequence(self.seed, "seed")
        for name, cell in self._different_cells.items():
            size = self._sizes[name]
            runs = 1 if size.deterministic else self.runs
            yield from cut(cell, name, size, seed, runs, self.steps, self.keep, self.record_every)

    def estimate(self, cores: int | None = None) -> float:
        """Seconds that the study takes, roughly, from short trials of some cells.

        Args:
            cores: On so many cores; None for this machine's.
        """
        cells = [(cell, self._sizes[name]) for name, cell in self._different_cells.items()]
        seconds = core_seconds(cells, self.runs, self.steps)
        return seconds / (cores or available_cores())

    def run(
        self,
        store: str | Path | None = None,
        executor: Executor | None = None,
        *,
        make_executor: Callable[[], Executor] | None = None,
        progress: bool = False,
    ) -> pd.DataFrame:
        """Run what has not been run, and return the whole table.

        Args:
            store: A folder for the results, which may hold a part of them already; None to keep
                them in memory.
            executor: Any `concurrent.futures.Executor`, of processes, of Dask, of MPI; None for
                threads on this machine's cores.
            make_executor: Instead of an executor, a function that makes one.  It is called again
                when a process of the executor dies.
            progress: Show a progress bar.

        Returns:
            For keep="summary" one row per cell and step, else one row per run (and step): the
            columns of `ensemble` without rng, after cell (its id), model and the cells' arguments,
            in the order of the cells and runs.  The summary of a cell is left out if some of its
            runs failed.  What failed is in `.attrs["failures"]`: a list of dicts with cell,
            first_run, runs and error.

        Raises:
            ValueError: The store belongs to another study.
        """
        if store is None:
            tables = Gathered(self.as_data())
            failures = self.fill((), tables.add, executor, make_executor, progress)
            table = tables.table()
        else:
            folder = Store.open(store, self.as_data())
            failures = self.fill(folder.names(), folder.add, executor, make_executor, progress)
            folder.close(failures)
            table = folder.read()
        for failure in failures:
            text = f"cell {failure['cell']} failed: {failure['error']}"
            warnings.warn(text, RuntimeWarning, stacklevel=2)
        table.attrs["failures"] = failures
        return table

    def as_xarray(self, table: pd.DataFrame) -> "xr.Dataset":
        """The table of `run` as an xarray Dataset; see `hivemind_abm.as_xarray`."""
        return as_xarray(table, self)

    def fill(
        self,
        finished: Collection[str],
        add: Callable[[str, pd.DataFrame], Any],
        executor: Executor | None = None,
        make_executor: Callable[[], Executor] | None = None,
        progress: bool = False,
    ) -> list[dict[str, Any]]:
        """Run the units that are not finished.

        Args:
            finished: The names of the units that are.
            add: Called with the name of each unit and its table.
            executor: As for `run`.
            make_executor: As for `run`.
            progress: As for `run`.

        Returns:
            What failed, as for `run`.
        """
        units = [unit for unit in self.units() if unit.name not in finished]
        total = sum(unit.runs for unit in units)
        with tqdm(total=total, disable=not progress, unit="run", leave=False) as bar:

            def add_unit(unit: Unit, table: pd.DataFrame) -> None:
                add(unit.name, table)
                bar.update(unit.runs)

            return run_units(units, add_unit, executor, make_executor)
