"""Parameter studies: cells times runs, on any executor, with the results in memory or on disk.

Knows: how a study becomes units of work that are plain data, in what order their tables stand, and what to do when one fails.
Does not know: how results are kept on disk (`store`), nor what a model is made of.
"""

import hashlib
import itertools
import json
import math
import multiprocessing
import os
import threading
import time
import tomllib
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from hivemind_abm.engine.seeds import RunSeed, seed_sequence
from hivemind_abm.engine.threads import available_cores
from hivemind_abm.hives.hive import Hive
from hivemind_abm.learners.model import LearnerModel, ReplicatorModel
from hivemind_abm.loading import MACRO, file_of, is_path
from hivemind_abm.studies.ensemble import KEEPS, ensemble
from hivemind_abm.studies.store import Store, assemble

__all__ = ["MODELS", "Study", "processes", "run_unit"]

MODELS = {"Hive": Hive, "LearnerModel": LearnerModel, "ReplicatorModel": ReplicatorModel}
_UNIT = 2e7  # bee-steps or pulls of one unit of work: about a second
_RETRIES = 3  # of a unit whose worker died


@dataclass(frozen=True)
class Study:
    """A parameter study: each cell is run `runs` times.

    Run k of a cell has the study's seed with a spawn key made of the cell itself and k, so its numbers depend neither on the
    other cells nor on the order, the executor or the number of workers.

    Args:
        cells: Plain dicts: "model" ("Hive" where it is left out, "LearnerModel" or "ReplicatorModel") and the model's arguments.
            Values are plain data too: rules, bandits and learners by name or by a file's path.
        runs: Runs a cell, at least 1; a ReplicatorModel, which has no chance in it, is run once.
        steps: Steps a run.
        seed: The one number that names the study.
        keep: As for `ensemble`: "summary", "rows" or "last".
        record_every: As for `ensemble`.

    Raises:
        ValueError, TypeError: With the cell, the argument and what is allowed; all cells are checked before anything runs.
    """

    cells: Sequence[Mapping[str, Any]]
    runs: int
    steps: int
    seed: int | str
    keep: str = "summary"
    record_every: int | None = 1

    def __post_init__(self) -> None:
        for name, number, least in (("runs", self.runs, 1), ("steps", self.steps, 0)):
            if (
                isinstance(number, bool)
                or not isinstance(number, int | np.integer)
                or number < least
            ):
                raise ValueError(
                    f"{name} must be a whole number of at least {least}, not {number!r}"
                )
        if self.keep not in KEEPS:
            raise ValueError(
                f"keep must be one of {', '.join(map(repr, KEEPS))}, not {self.keep!r}"
            )
        if self.record_every is not None and (
            not isinstance(self.record_every, int) or self.record_every < 1
        ):
            raise ValueError(
                f"record_every must be a whole number of at least 1 or None, not {self.record_every!r}"
            )
        seed_sequence(self.seed, "seed")
        if self.seed is None:
            raise ValueError(
                "seed must be a whole number of at least 0, not None: it names the study"
            )
        cells = [
            {"model": "Hive"} | _plain(dict(cell), f"cell {place}")
            for place, cell in enumerate(self.cells)
        ]
        if not cells:
            raise ValueError("cells must hold at least one cell")
        object.__setattr__(self, "cells", tuple(cells))
        for place, cell in enumerate(cells):
            try:
                if cell["model"] not in MODELS:
                    raise ValueError(
                        f"model must be one of {', '.join(MODELS)}, not {cell['model']!r}"
                    )
                MODELS[cell["model"]].settings(**_arguments(cell))  # type: ignore[attr-defined]
            except (ValueError, TypeError) as error:
                raise type(error)(f"cell {place}: {error}") from None
        if len(set(self.ids)) < len(cells):
            again = next(place for place, name in enumerate(self.ids) if name in self.ids[:place])
            raise ValueError(f"cell {again} is the same as cell {self.ids.index(self.ids[again])}")

    @classmethod
    def grid(cls, *systems: Mapping[str, Any], **arguments: Any) -> "Study":
        """A study of all combinations: in each system's dict a list means that each of its items is taken in turn.

        Args:
            systems: Dicts as cells, with lists; a value that is a sequence itself stands in a list of one.
            arguments: runs, steps, seed, keep, record_every.
        """
        cells = []
        for system in systems:
            choices = [value if isinstance(value, list) else [value] for value in system.values()]
            cells += [
                dict(zip(system, values, strict=True)) for values in itertools.product(*choices)
            ]
        return cls(cells, **arguments)

    @classmethod
    def from_frame(
        cls, frame: pd.DataFrame, common: Mapping[str, Any] | None = None, **arguments: Any
    ) -> "Study":
        """A study of the rows of a DataFrame, a Latin hypercube or a SALib design for instance.

        Args:
            frame: A column an argument; columns of whole numbers may be floats; cells that are NaN are left out.
            common: Arguments that all rows share.
            arguments: runs, steps, seed, keep, record_every.
        """
        whole = {
            name
            for name in frame
            if pd.api.types.is_float_dtype(frame[name])
            and (frame[name].dropna() % 1.0 == 0.0).all()
        }
        cells = []
        for row in frame.to_dict("records"):
            known = {
                str(name): value
                for name, value in row.items()
                if not (isinstance(value, float) and math.isnan(value))
            }
            cells.append(
                dict(common or {})
                | {name: int(value) if name in whole else value for name, value in known.items()}
            )
        return cls(cells, **arguments)

    @classmethod
    def from_toml(cls, file: str | Path) -> "Study":
        """A study from a TOML file: runs, steps, seed, keep, record_every, and tables [[systems]] in which lists mean a grid.

        Raises:
            ValueError: No such file, no TOML, or a key that isn't known.
        """
        path = Path(file)
        try:
            content = tomllib.loads(path.read_text())
        except OSError as error:
            raise ValueError(f"there is no study {str(file)!r}: {error.strerror}") from None
        except tomllib.TOMLDecodeError as error:
            raise ValueError(f"{path.name} is no TOML: {error}") from None
        known = {"runs", "steps", "seed", "keep", "record_every", "systems"}
        for key in content:
            if key not in known:
                raise ValueError(
                    f"{path.name}: {key} is not known; known: {', '.join(sorted(known))}"
                )
        for key in ("runs", "steps", "seed", "systems"):
            if key not in content:
                raise ValueError(f"{path.name}: {key} is missing")
        systems = content.pop("systems")
        if not isinstance(systems, list) or not all(isinstance(system, dict) for system in systems):
            raise ValueError(f"{path.name}: systems must be tables [[systems]]")
        if content.get("record_every") == 0:
            content["record_every"] = None
        return cls.grid(*systems, **content)

    @property
    def ids(self) -> list[str]:
        """A stable name of each cell: a digest of its arguments."""
        return [
            hashlib.sha256(json.dumps(cell, sort_keys=True).encode()).hexdigest()[:16]
            for cell in self.cells
        ]

    @property
    def files(self) -> dict[str, str]:
        """The digests of the users' files that the cells name."""
        texts = sorted(
            {
                value
                for cell in self.cells
                for value in cell.values()
                if isinstance(value, str) and is_path(value)
            }
        )
        return {text: hashlib.sha256(file_of(text).read_bytes()).hexdigest()[:16] for text in texts}

    def as_data(self) -> dict[str, Any]:
        """The study as plain data."""
        whole = {name: getattr(self, name) for name in ("runs", "steps", "keep", "record_every")}
        units = {
            "units": sum(1 for _ in self.units()),
            "all_runs": sum(map(self._runs_of, self.cells)),
        }
        return {
            "cells": list(self.cells),
            "ids": self.ids,
            **units,
            **whole,
            "seed": str(self.seed),
            "files": self.files,
        }

    def units(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The units of work, each with its name: what `run_unit` takes, which is plain data."""
        parent = seed_sequence(self.seed, "seed")
        for name, cell in zip(self.ids, self.cells, strict=True):
            arguments = {key: _absolute(value) for key, value in _arguments(cell).items()}
            runs, work = self._runs_of(cell), MODELS[cell["model"]].settings(**arguments).work  # type: ignore[attr-defined]
            size = (
                runs
                if self.keep == "summary"
                else max(1, min(runs, round(_UNIT / max(1, work * max(1, self.steps)))))
            )
            for first in range(0, runs, size):
                yield (
                    f"{name}-{first:09d}",
                    {
                        "model": cell["model"],
                        "arguments": arguments,
                        "entropy": parent.entropy,
                        "spawn_key": [*parent.spawn_key, int(name, 16)],
                        "first_run": first,
                        "runs": min(size, runs - first),
                        "steps": int(self.steps),
                        "keep": self.keep,
                        "record_every": self.record_every,
                    },
                )

    def estimate(self, cores: int | None = None) -> float:
        """Seconds that the study takes, roughly, on so many cores (None: this machine's), from short trials of some cells."""
        total = 0.0
        by_kind: dict[tuple[Any, ...], float] = {}
        for cell in self.cells:
            arguments = {key: _absolute(value) for key, value in _arguments(cell).items()}
            kind = (
                cell["model"],
                cell.get("rule"),
                cell.get("learner"),
                cell.get("dynamic"),
                cell.get("bandit"),
            )
            work = MODELS[cell["model"]].settings(**arguments).work  # type: ignore[attr-defined]
            steps = max(1, min(self.steps, 40))
            if kind not in by_kind and len(by_kind) < 8:
                runs = (
                    1
                    if cell["model"] == "ReplicatorModel"
                    else max(2, min(int(self.runs), 200_000 // (work * steps) + 1))
                )
                seconds = []
                for _ in range(2):  # the first compiles
                    start = time.perf_counter()
                    ensemble(
                        MODELS[cell["model"]],
                        arguments,
                        runs=runs,
                        steps=steps,
                        seed=0,
                        keep="last",
                        threads=1,
                    )
                    seconds.append(time.perf_counter() - start)
                by_kind[kind] = seconds[1] / (work * steps * runs)
            cost = by_kind.get(kind, max(by_kind.values()))
            total += cost * work * max(1, self.steps) * self._runs_of(cell)
        return total / (cores or available_cores())

    def _runs_of(self, cell: Mapping[str, Any]) -> int:
        return 1 if cell["model"] == "ReplicatorModel" else int(self.runs)

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
            store: A folder for the results, which may hold a part of them already; None to keep them in memory.
            executor: Any `concurrent.futures.Executor`, of processes, of Dask, of MPI; None for threads on this machine's cores.
            make_executor: Instead of an executor, how to make one; it is made anew when one of its processes dies.
            progress: Show a progress bar.

        Returns:
            For keep="summary" one row a cell and step, else one row a run (and step): the columns of `ensemble`, without rng,
            with cell (its id), model and the cells' arguments before them, in the order of the cells and runs.  What failed is
            in `.attrs["failures"]`: a list of dicts with cell, first_run, runs and error.

        Raises:
            ValueError: The store belongs to another study.
        """
        if store is not None:
            kept = Store.open(store, self.as_data())
            failures = self.fill(kept.names(), kept.add, executor, make_executor, progress)
            kept.close(failures)
            table = kept.read()
        else:
            tables: dict[str, pd.DataFrame] = {}
            failures = self.fill(set(), tables.__setitem__, executor, make_executor, progress)
            table = assemble(self.as_data(), tables.items())
        for failure in failures:
            warnings.warn(
                f"cell {failure['cell']} failed: {failure['error']}", RuntimeWarning, stacklevel=2
            )
        table.attrs["failures"] = failures
        return table

    def fill(
        self,
        there: set[str],
        add: Callable[[str, pd.DataFrame], Any],
        executor: Executor | None = None,
        make_executor: Callable[[], Executor] | None = None,
        progress: bool = False,
    ) -> list[dict[str, Any]]:
        """Run the units that are not there and hand each one's table to `add`; returns what failed."""
        units = [(name, unit) for name, unit in self.units() if name not in there]
        own = executor is None
        make = make_executor or (lambda: ThreadPoolExecutor(available_cores()))
        total = sum(unit["runs"] for _, unit in units)
        with tqdm(total=total, disable=not progress, unit="run", leave=False) as bar:
            if not own:
                assert executor is not None
                return _submit(units, executor, add, bar, None)
            return _submit(units, make(), add, bar, make)


def processes(number: int) -> Callable[[], Executor]:
    """How to make an executor of so many processes of this machine, each begun afresh."""
    context = multiprocessing.get_context("spawn")
    return lambda: ProcessPoolExecutor(number, mp_context=context, initializer=_belong_to_parent)


def _belong_to_parent() -> None:
    """End when the parent is killed: else the processes of its pool would wait for ever."""
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def run_unit(unit: Mapping[str, Any]) -> pd.DataFrame:
    """Run one unit of work, which is plain data, on one core; any process that has this package can do it."""
    replicator = unit["model"] == "ReplicatorModel"
    table = ensemble(
        MODELS[unit["model"]],
        unit["arguments"],
        runs=unit["runs"],
        steps=unit["steps"],
        seed=RunSeed(unit["entropy"], spawn_key=tuple(unit["spawn_key"])),
        first_run=0 if replicator else unit["first_run"],
        keep=unit["keep"],
        record_every=unit["record_every"],
        with_rng=False,
        threads=1,
    )
    return table.drop(columns=[name for name in unit["arguments"] if name in table])


def _submit(
    units: list[tuple[str, dict[str, Any]]],
    executor: Executor,
    add: Callable[[str, pd.DataFrame], Any],
    bar: Any,
    make: Callable[[], Executor] | None,
) -> list[dict[str, Any]]:
    """Keep an executor busy, a few units ahead; units whose worker died are tried again."""
    waiting = list(reversed(units))
    running: dict[Future[pd.DataFrame], tuple[str, dict[str, Any]]] = {}
    tries: dict[str, int] = {}
    failures = []
    try:
        while waiting or running:
            while waiting and len(running) < 64:
                name, unit = waiting.pop()
                try:
                    running[executor.submit(run_unit, unit)] = (name, unit)
                except (BrokenExecutor, RuntimeError):  # it broke since the last result came
                    waiting.append((name, unit))
                    if not running and make is None:
                        raise
                    break
            broken = not running
            for future in wait(running, return_when=FIRST_COMPLETED).done if running else ():
                name, unit = running.pop(future)
                try:
                    table = future.result()
                except (BrokenExecutor, CancelledError) as error:
                    broken = True
                    tries[name] = tries.get(name, 0) + 1
                    if tries[name] > _RETRIES:
                        failures.append(
                            _failure(
                                name,
                                unit,
                                f"its worker died {tries[name]} times ({type(error).__name__})",
                            )
                        )
                    else:
                        waiting.append((name, unit))
                    continue
                except Exception as error:
                    if (
                        type(error).__name__ == "KilledWorker" and tries.get(name, 0) < _RETRIES
                    ):  # of Dask
                        tries[name] = tries.get(name, 0) + 1
                        waiting.append((name, unit))
                    else:
                        failures.append(
                            _failure(
                                name,
                                unit,
                                f"{type(error).__name__}: {' '.join(str(error).split())}",
                            )
                        )
                    continue
                add(name, table)
                bar.update(unit["runs"])
            if broken and waiting:
                if make is None:
                    raise RuntimeError(
                        "the executor broke, a worker died perhaps; what is in the store stays: run again with another"
                    )
                for future, item in running.items():
                    future.cancel()
                    waiting.append(item)
                running.clear()
                executor.shutdown(wait=False, cancel_futures=True)
                executor = make()
    except BaseException:
        for future in running:
            future.cancel()
        raise
    finally:
        if make is not None:
            executor.shutdown(wait=True, cancel_futures=True)
    return failures


def _failure(name: str, unit: Mapping[str, Any], error: str) -> dict[str, Any]:
    return {
        "cell": name.partition("-")[0],
        "first_run": unit["first_run"],
        "runs": unit["runs"],
        "error": error,
    }


def _arguments(cell: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in cell.items()
        if key != "model"
    }


def _plain(value: Any, where: str) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item, f"{where}, {key}") for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(item, where) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(
        f"{where} must be plain data (numbers, strings, truth values, lists), a class by its file's path, not {value!r}"
    )


def _absolute(value: Any) -> Any:
    if not (isinstance(value, str) and is_path(value)):
        return value
    prefix = MACRO if value.startswith(MACRO) else ""
    return prefix + str(file_of(value).resolve()) + value[value.rindex(".py") + 3 :]
