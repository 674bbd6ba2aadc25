"""`hivemind sweep`, `hivemind status` and `hivemind export`: parameter studies and their stores.

Knows: the options, and what is printed about a study.
Does not know: how a study is cut into units, run or stored.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hivemind_abm.app.cli.command import Command

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from hivemind_abm.studies.store import Store
    from hivemind_abm.studies.study import Study

__all__ = ["EXPORT", "STATUS", "SWEEP"]

_DASK_TIMEOUT = "10s"  # to reach the scheduler


def _add_sweep_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "study",
        type=Path,
        help="a TOML file: runs, steps, seed, keep, and [[systems]] in which lists are a grid; "
        'rule = [["wvoter", 0.9], ["zealot.py", 0.1]] is one hive of two rules',
    )
    parser.add_argument(
        "--store",
        type=Path,
        metavar="DIR",
        help="folder of the results (default: results/ and the file's name)",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--workers", type=int, metavar="N", help="processes (default: threads on all cores)"
    )
    where.add_argument("--dask", metavar="ADDRESS", help="a Dask scheduler, tcp://host:8786")
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="print how many cells and runs there are, and how long they may take",
    )


def _run_sweep(options: argparse.Namespace) -> int:
    from hivemind_abm.engine.threads import available_cores
    from hivemind_abm.studies.store import Store
    from hivemind_abm.studies.study import Study

    study = Study.from_toml(options.study)
    data = study.as_data()
    print(
        f"{len(study.cells)} cells, {data['all_runs']} runs of {study.steps} steps, "
        f"{data['units']} units of work"
    )
    if options.workers is not None and options.workers < 1:
        raise ValueError(f"--workers must be at least 1, not {options.workers}")
    if options.dry_run:
        cores = options.workers or available_cores()
        print(f"about {study.estimate(cores):.0f} s on {cores} cores, compiling left out")
        return 0
    folder = options.store or Path("results") / options.study.stem
    store = Store.open(folder, data)
    failures = _fill(study, store, options.workers, options.dask)
    for failure in failures:
        last = failure["first_run"] + failure["runs"] - 1
        print(
            f"failed: cell {failure['cell']}, runs {failure['first_run']} to {last}: "
            f"{failure['error']}",
            file=sys.stderr,
        )
    print(f"written: {folder}/ (hivemind export {folder} out.csv)")
    return 1 if failures else 0


def _fill(
    study: "Study", store: "Store", workers: int | None, address: str | None
) -> list[dict[str, Any]]:
    """Run the units that a store lacks, and close it; returns the failures."""
    from hivemind_abm.studies.executors import processes

    names = store.names()
    if names:
        print(f"{len(names)} units are there already")
    progress = sys.stderr.isatty()
    if address:
        failures = _on_dask(
            address, lambda executor: study.fill(names, store.add, executor, None, progress)
        )
    else:
        make = processes(workers) if workers else None
        failures = study.fill(names, store.add, None, make, progress)
    store.close(failures)
    return failures


def _on_dask[Result](address: str, run: "Callable[[Executor], Result]") -> Result:
    """The result of `run` with the executor of a Dask scheduler.

    Raises:
        ValueError: The package distributed is missing.
        OSError: The scheduler does not answer.
    """
    try:
        from distributed import Client
    except ImportError:
        raise ValueError("--dask needs distributed: pip install 'hivemind_abm[sweep]'") from None
    with Client(address, timeout=_DASK_TIMEOUT) as client:
        return run(client.get_executor())


def _add_status_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("store", type=Path, help="the study's folder")


def _run_status(options: argparse.Namespace) -> int:
    from hivemind_abm.studies.store import Store

    store = Store.existing(options.store)
    manifest, study = store.manifest(), store.study
    done = store.units_done()
    print(
        f"{len(study['cells'])} cells, {study['all_runs']} runs of {study['steps']} steps, "
        f"seed {study['seed']}"
    )
    print(f"{done} of {study['units']} units are there ({100 * done / study['units']:.0f} %)")
    ended = f"ended {manifest['ended']}" if manifest["ended"] else "not ended"
    print(f"started {manifest['started']}, {ended}")
    for failure in store.failures():
        print(
            f"failed: cell {failure['cell']}, from run {failure['first_run']}: {failure['error']}"
        )
    return 0


def _add_export_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("store", type=Path, help="the study's folder")
    parser.add_argument("file", type=Path, help="FILE.csv, FILE.parquet or FILE.nc (NetCDF)")


def _run_export(options: argparse.Namespace) -> int:
    from hivemind_abm.studies.store import Store

    store = Store.existing(options.store)
    if options.file.suffix == ".nc":
        size = _write_netcdf(store, options.file)
    elif options.file.suffix in (".csv", ".parquet"):
        size = f"{store.export(options.file)} rows"
    else:
        raise ValueError(
            "the file must end in .csv or .parquet, or in .nc for NetCDF, "
            f"not {options.file.name!r}"
        )
    print(f"written: {options.file} ({size})")
    return 0


def _write_netcdf(store: "Store", file: Path) -> str:
    """Write the results of a store as an xarray Dataset; returns its dimensions in words.

    Raises:
        ValueError: The package xarray is missing, or there are no results.
    """
    from hivemind_abm.files import write_atomically
    from hivemind_abm.studies.labelled import as_xarray

    try:
        dataset = as_xarray(store)
    except ImportError as error:
        raise ValueError(str(error)) from None
    with write_atomically(file) as temporary:
        dataset.to_netcdf(temporary)
    return ", ".join(f"{name}: {length}" for name, length in dataset.sizes.items())


SWEEP = Command(
    name="sweep",
    summary="a parameter study from a TOML file, to a store on disk; "
    "called again, it continues where it stopped",
    example="hivemind sweep study.toml --store results/study --workers 2",
    add_options=_add_sweep_options,
    run=_run_sweep,
)

STATUS = Command(
    name="status",
    summary="how far a study is",
    example="hivemind status results/study",
    add_options=_add_status_options,
    run=_run_status,
)

EXPORT = Command(
    name="export",
    summary="a study's results in one file",
    example="hivemind export results/study out.csv",
    add_options=_add_export_options,
    run=_run_export,
)
