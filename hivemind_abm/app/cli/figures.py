"""`hivemind reproduce`: the figures of the paper, further ones, and figure files of users.

Knows: how figures are chosen by name, group or file, and what is printed about each.
Does not know: what a figure shows.
"""

import argparse
import json
import sys
from pathlib import Path

from hivemind_abm.app.cli.command import Command
from hivemind_abm.app.cli.options import add_out, add_seed

__all__ = ["REPRODUCE"]


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name", nargs="?", help="a figure, a group, a figure file, or all of the paper's: all"
    )
    parser.add_argument("--list", action="store_true", help="list the figures and exit")
    parser.add_argument("--quick", action="store_true", help="scaled down, some seconds per figure")
    parser.add_argument(
        "--runs", type=int, metavar="R", help="runs per curve (default: the figure's)"
    )
    add_seed(parser)
    add_out(parser, "results/figures")


def _run(options: argparse.Namespace) -> int:
    from hivemind_abm.app.figures.reproduction import REPORT, figure_files, reproduce_all

    known = figure_files()
    if options.list:
        _print_list(known)
        return 0
    files = _chosen_files(options.name, known)
    results = reproduce_all(
        files,
        options.out,
        seed=options.seed,
        runs=options.runs,
        quick=options.quick,
        progress=sys.stderr.isatty(),
    )
    for file, (_, seconds) in zip(files, results, strict=True):
        state = "was there already" if seconds is None else f"{seconds:.1f} s"
        print(f"{file.stem} ({state})", flush=True)
        for system in json.loads((options.out / REPORT).read_text())[file.stem]["systems"]:
            print(f"  {system['words']}")
    print(f"written: {options.out}/ (NAME.csv, NAME.png, NAME.pdf, {REPORT})")
    return 0


def _print_list(known: dict[str, Path]) -> None:
    from hivemind_abm.loading import load_module

    for name, file in known.items():
        module = load_module(file)
        print(f"{name:44}{module.GROUP:14}{(module.__doc__ or '').strip().splitlines()[0]}")


def _chosen_files(name: str | None, known: dict[str, Path]) -> list[Path]:
    """The files of a group, a figure or a figure file.

    Raises:
        ValueError: It is none of them; with the known names.
    """
    from hivemind_abm.app.figures.reproduction import PAPER
    from hivemind_abm.loading import load_module

    groups: dict[str, list[Path]] = {"all": []}
    for file in known.values():
        group = load_module(file).GROUP
        groups.setdefault(group, []).append(file)
        if group in PAPER:
            groups["all"].append(file)
    if name in groups:
        return groups[name]
    if name in known:
        return [known[name]]
    if name and Path(name).is_file():
        return [Path(name)]
    raise ValueError(
        f"the figure must be one of {', '.join([*known, *groups])} or a figure file, not {name!r}"
    )


REPRODUCE = Command(
    name="reproduce",
    summary="figures of the paper and of games, at full scale",
    example="hivemind reproduce population_experiments --quick",
    add_options=_add_options,
    run=_run,
)
