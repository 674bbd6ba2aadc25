"""The command `hivemind`: parsing, and what it prints."""

import argparse
import dataclasses
import inspect
import json
import shutil
import sys
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hivemind_abm.loading import is_users_frame

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code: 0, 1 where a check failed, 2 for a wrong argument, 130 when interrupted."""
    options, rest = _parser().parse_known_args(arguments)
    with warnings.catch_warnings():
        warnings.simplefilter("always", RuntimeWarning)
        warnings.showwarning = _show_warning  # type: ignore[assignment]
        return _run_command(options, rest)


def _show_warning(message: Warning | str, category: type[Warning], *where: Any) -> None:
    print(f"hivemind: warning: {_one_line(message)}", file=sys.stderr)


def _run_command(options: argparse.Namespace, rest: Sequence[str]) -> int:
    try:
        options.parameters = _parameters(rest)
        if rest and not options.takes_parameters:
            raise ValueError(f"{options.command} has no option {rest[0]}")
        return int(options.run(options))
    except (ValueError, TypeError, OSError) as error:
        print(f"hivemind {options.command}: {_one_line(error)}", file=sys.stderr)
        return 2
    except Exception as error:
        place = _place_in_users_file(error, [*vars(options).values(), *rest])
        if place is None:  # a mistake of the library's own shows where it is
            raise
        print(
            f"hivemind {options.command}: {place}{type(error).__name__}: {_one_line(error)}",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        print(f"hivemind {options.command}: interrupted", file=sys.stderr)
        return 130


def _place_in_users_file(error: BaseException, arguments: Sequence[Any]) -> str | None:
    """Where in a user's file an error arose; "" where machine code doesn't tell, None where no user's file is at work."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{Path(error.filename).name}, line {error.lineno}: "
    frames = [
        (frame, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if is_users_frame(frame)
    ]
    if frames:
        frame, line = frames[-1]
        return f"{Path(frame.f_code.co_filename).name}, line {line}: "
    return (
        ""
        if any(
            isinstance(value, str) and value.partition(":")[0].endswith(".py")
            for value in arguments
        )
        else None
    )


def _one_line(error: BaseException | str) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hivemind",
        description="Local imitation rules, and the learner a hive of them becomes.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    run = _command(
        commands,
        "run",
        _run,
        "one hive, or many, to a CSV",
        'hivemind run --rule wvoter --bandit "near one" --population-size 1000 --neighbourhood-size 10 --steps 150 --seed 1',
        "Any other option is a field of the rule or the bandit: --number-of-votes 3 --gap 0.05",
    )
    run.set_defaults(takes_parameters=True)
    _share(run, "rule", "bandit", *_HIVE, "steps", "seed", out="results/run")
    run.add_argument("--stop-if-end", action="store_true", help="stop at consensus")
    run.add_argument(
        "--interpreted", action="store_true", help="run plain Python instead of machine code"
    )
    run.add_argument(
        "--runs",
        type=int,
        default=1,
        metavar="R",
        help="runs; several give mean, std and quantiles (default: 1)",
    )

    versus = _command(
        commands,
        "compare",
        _compare,
        "a rule beside its learner and its replicator: figure, CSV and distances",
        'hivemind compare --rule wvoter --learner P-MCL --dynamic MRD --bandit "near one" --population-size 1000',
        "Any other option is a field of the rule, the learner, the replicator or the bandit: --alpha 0.01 --delta 0.5 --gap 0.05",
    )
    versus.set_defaults(takes_parameters=True)
    _share(versus, "rule", "bandit", *_HIVE, "steps", "seed", out="results/compare")
    versus.add_argument(
        "--learner",
        nargs="+",
        help="CL, MCL, P-CL, P-MCL or a .py file; several too (default: the rule's own)",
    )
    versus.add_argument(
        "--dynamic", nargs="+", help="TRD, MRD or both (default: the rule's own, else both)"
    )
    versus.add_argument(
        "--runs", type=int, default=1000, metavar="R", help="runs of each (default: 1000)"
    )

    field = _command(
        commands,
        "mean-field",
        _mean_field,
        "what a rule does to the shares of an infinite hive, and which dynamic that is: verdict, fixed points, CSV and figure",
        "hivemind mean-field --rule majority --number-of-votes 3 --bandit 'near one' --n-action 3",
        "Any other option is a field of the rule or the bandit: --number-of-votes 3 --gap 0.05",
    )
    field.set_defaults(takes_parameters=True)
    _share(field, "rule", "bandit", "neighbourhood_size", "seed", out="results/mean_field")
    field.add_argument(
        "--bees",
        type=int,
        metavar="B",
        help="decisions at each point (default: 1,280,000; interpreted: 20,000)",
    )

    small = _command(
        commands,
        "finite",
        _finite,
        "where a small hive ends and how long it takes, from the chain of its counts",
        "hivemind finite --rule wvoter --population-size 10 --gap 0 --runs 100000",
        "Any other option is a field of the rule or the bandit: --number-of-votes 3 --gap 0.05",
    )
    small.set_defaults(takes_parameters=True)
    _share(small, "rule", "neighbourhood_size", "seed")
    small.add_argument(
        "--neighbourhood", default="others", help="others, groups or everyone (default: others)"
    )
    small.add_argument(
        "--bandit",
        default="near one",
        help="of 2 or 3 options, --n-action (default: near one, with 2)",
    )
    small.add_argument(
        "--population-size", type=int, default=10, metavar="N", help="bees (default: 10)"
    )
    small.add_argument(
        "--samples", type=int, metavar="S", help="hives a state where no closed form is known"
    )
    small.add_argument(
        "--runs",
        type=int,
        default=0,
        metavar="R",
        help="compare with so many simulated runs (default: 0)",
    )

    figures = _command(
        commands,
        "reproduce",
        _reproduce,
        "figures of the paper, at full scale",
        "hivemind reproduce population_experiments --quick",
    )
    figures.add_argument("name", nargs="?", help="a figure, a group, a figure file, or all")
    figures.add_argument("--list", action="store_true", help="list the figures and end")
    figures.add_argument("--quick", action="store_true", help="scaled down, seconds a figure")
    figures.add_argument(
        "--runs", type=int, metavar="R", help="runs a curve (default: the figure's)"
    )
    _share(figures, "seed", out="results/figures")

    sweep = _command(
        commands,
        "sweep",
        _sweep,
        "a parameter study from a TOML file, to a store on disk; called again it goes on where it stopped",
        "hivemind sweep study.toml --store results/study --workers 2",
    )
    sweep.add_argument(
        "study",
        type=Path,
        help="a TOML file: runs, steps, seed, keep, and [[systems]] in which lists are a grid",
    )
    sweep.add_argument(
        "--store",
        type=Path,
        metavar="DIR",
        help="folder of the results (default: results/ and the file's name)",
    )
    where = sweep.add_mutually_exclusive_group()
    where.add_argument(
        "--workers", type=int, metavar="N", help="so many processes (default: threads on all cores)"
    )
    where.add_argument("--dask", metavar="ADDRESS", help="a Dask scheduler, tcp://host:8786")
    sweep.add_argument(
        "--dry-run",
        action="store_true",
        help="say how many cells and runs there are, and how long they may take",
    )

    status = _command(
        commands, "status", _status, "how far a study is", "hivemind status results/study"
    )
    status.add_argument("store", type=Path, help="the study's folder")

    export = _command(
        commands,
        "export",
        _export,
        "a study's results in one file",
        "hivemind export results/study out.csv",
    )
    export.add_argument("store", type=Path, help="the study's folder")
    export.add_argument("file", type=Path, help="FILE.csv or FILE.parquet")

    check = _command(
        commands,
        "check",
        _check,
        "hold a rule, bandit or learner of yours to its contract",
        "hivemind check my_rule.py",
    )
    check.add_argument("file", help="FILE.py or FILE.py:ClassName")

    what = "a page that steps through a population, on this machine only"
    page = _command(commands, "app", _app, what, "hivemind app my_rule.py")
    page.add_argument(
        "file", nargs="*", help="rules, bandits and learners of yours: FILE.py or FILE.py:ClassName"
    )
    page.add_argument(
        "--port", type=int, default=8765, metavar="P", help="of the page's address (default: 8765)"
    )
    page.add_argument("--no-open", action="store_true", help="open no browser")

    models = _command(
        commands,
        "gallery",
        _gallery,
        "the models to start from",
        "hivemind gallery --copy my_first_rule .",
    )
    models.add_argument(
        "--copy",
        nargs="+",
        metavar=("NAME", "DIR"),
        help="copy a model's file into a folder (default: here)",
    )
    return parser


def _command(
    commands: Any, name: str, run: Any, summary: str, example: str, more: str = ""
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=f"{more}\n\nexample:\n  {example}".strip(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(run=run, takes_parameters=False)
    return parser


def _size(text: str) -> int | str:
    return text if text == "all" else int(text)


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.split(","))


_NETWORKS = '"ring:2", "random regular:4", "small world:4:0.1", "scale free:2", complete'
_SHARED: dict[str, dict[str, Any]] = {
    "rule": {
        "default": "wvoter",
        "help": "success, wvoter, majority or a .py file (default: wvoter)",
    },
    "bandit": {
        "default": "evenly spaced",
        "help": '"near one", "sigmoid", "congestion" ... or a .py file',
    },
    "population_size": {
        "type": int,
        "default": 1000,
        "metavar": "N",
        "help": "bees (default: 1000)",
    },
    "neighbourhood": {
        "default": "others",
        "help": f"others, groups, everyone or a network: {_NETWORKS} (default: others)",
    },
    "neighbourhood_size": {
        "type": _size,
        "metavar": "M",
        "help": "how many a bee hears, or all (default: the rule's)",
    },
    "initial_shares": {
        "type": _numbers,
        "metavar": "X,X,...",
        "help": "shares at the start (default: even)",
    },
    "steps": {"type": int, "default": 150, "metavar": "T", "help": "steps (default: 150)"},
    "seed": {"default": "1", "help": "a whole number (default: 1)"},
}
_HIVE = ("population_size", "neighbourhood", "neighbourhood_size", "initial_shares")


def _share(parser: argparse.ArgumentParser, *names: str, out: str | None = None) -> None:
    """Add options that several commands have, and the folder that results go to."""
    for name in names:
        parser.add_argument(f"--{name.replace('_', '-')}", **_SHARED[name])
    if out is not None:
        parser.add_argument(
            "--out", type=Path, default=Path(out), metavar="DIR", help=f"folder (default: {out})"
        )


def _parameters(rest: Sequence[str]) -> dict[str, Any]:
    """The fields in `--number-of-votes 3 --deterministic`."""
    from hivemind_abm.registry import parse_value

    parameters: dict[str, Any] = {}
    waiting = list(rest)
    while waiting:
        option = waiting.pop(0)
        if not option.startswith("--"):
            raise ValueError(f"unexpected argument {option!r}")
        name, equals, text = option[2:].partition("=")
        if not equals:
            has_value = bool(waiting) and (
                not waiting[0].startswith("-") or waiting[0][1:2].isdigit()
            )
            text = waiting.pop(0) if has_value else "True"
        parameters[name.replace("-", "_")] = parse_value(text)
    return parameters


def _run(options: argparse.Namespace) -> int:
    from hivemind_abm.engine.record import starting_shares
    from hivemind_abm.engine.seeds import seed_sequence
    from hivemind_abm.files import write_table
    from hivemind_abm.hives.hive import Hive
    from hivemind_abm.studies.ensemble import ensemble

    arguments: dict[str, Any] = {
        "rule": options.rule,
        "bandit": options.bandit,
        "population_size": options.population_size,
        "neighbourhood": options.neighbourhood,
        "neighbourhood_size": options.neighbourhood_size,
        "initial_shares": options.initial_shares,
        "stop_if_end": options.stop_if_end,
        "compiled": not options.interpreted,
        **options.parameters,
    }
    if options.steps < 0 or options.runs < 1:
        raise ValueError(
            f"--steps must be at least 0 and --runs at least 1, not {options.steps} and {options.runs}"
        )
    for name in set(options.parameters) & set(inspect.signature(Hive).parameters):
        raise ValueError(f"there is no option --{name.replace('_', '-')}; see hivemind run --help")
    settings = Hive.settings(**arguments)
    seed_sequence(options.seed, "--seed")
    starting_shares(options.initial_shares, settings.n_action)
    options.out.mkdir(parents=True, exist_ok=True)
    heard = settings.neighbourhood
    print(f"{_describe(settings.rule)} on {_describe(settings.bandit)}")
    print(
        f"{heard.population_size} bees, each hears {heard.size} ({options.neighbourhood}); seed {options.seed}"
    )
    if options.runs == 1:
        hive = Hive(**arguments, rng=options.seed)
        for _ in range(options.steps):
            hive.step()
        table = hive.table()
        print(f"rule {hive.way['rule']}, bandit {hive.way['bandit']}")
        last = table.iloc[-1]
        end = table["step"][table["consensus"]].min() if table["consensus"].any() else None
        print(
            f"after {last['step']} steps: optimal share {last['optimal_share']:.4g}, mean payoff {last['mean_payoff']:.4g}"
        )
        print(
            "no consensus"
            if end is None
            else f"first consensus at step {end}, on option {int(np.argmax(hive.shares))} at the end"
        )
    else:
        table = ensemble(
            Hive,
            arguments,
            runs=options.runs,
            steps=options.steps,
            seed=options.seed,
            progress=sys.stderr.isatty(),
        )
        last = table.iloc[-1]
        print(
            f"{options.runs} runs, after {options.steps} steps: optimal share {last['optimal_share_mean']:.4g} "
            f"(5-95 %: {last['optimal_share_q05']:.4g} to {last['optimal_share_q95']:.4g}), "
            f"mean payoff {last['mean_payoff_mean']:.4g}"
        )
    file = write_table(table, options.out / "run.csv")
    print(f"written: {file}")
    return 0


def _compare(options: argparse.Namespace) -> int:
    from hivemind_abm.app.figures.drawing import write_comparison
    from hivemind_abm.studies.comparison import compare

    for name in set(options.parameters) & {"rng", "compiled", "progress", "stop_if_end"}:
        raise ValueError(
            f"there is no option --{name.replace('_', '-')}; see hivemind compare --help"
        )
    options.out.mkdir(parents=True, exist_ok=True)
    found = compare(
        options.rule,
        options.learner,
        options.dynamic,
        options.bandit,
        options.population_size,
        neighbourhood=options.neighbourhood,
        neighbourhood_size=options.neighbourhood_size,
        initial_shares=options.initial_shares,
        steps=options.steps,
        runs=options.runs,
        seed=options.seed,
        progress=sys.stderr.isatty(),
        **options.parameters,
    )
    size = options.population_size
    print(
        f"share of the best option, {options.runs} runs of {options.steps} steps, N = {size}; seed {options.seed}"
    )
    for name, description in found.systems.items():
        print(f"  {name}: {description}")
    print(f"{'':24}{'rms':>17}{'greatest':>19}{'at step':>9}")
    for pair in found.pairs:
        print(f"{pair.first} - {pair.second}: {pair.verdict}")
        for label, distance in (("as it is", pair.as_is), ("without 1/N shift *", pair.limit)):
            if distance is not None:
                rms = f"{distance.rms:.4f} +- {distance.rms_error:.4f}"
                greatest = f"{distance.greatest:.4f} +- {distance.greatest_error:.4f}"
                print(f"  {label:22}{rms:>17}{greatest:>19}{distance.at_step:>9g}")
    if any(pair.limit is not None for pair in found.pairs):
        print(
            "* the mean for N to infinity, 2 mean(N) - mean(N / 2), from as many runs at half the size"
        )
    print(
        "rms +- what chance alone gives: equal up to 1.96 times that; greatest +- a 95 % band of all steps together"
    )
    files = write_comparison(found, options.out, title=f"{options.bandit}, N = {size}")
    print("written:", *files, sep="\n  ")
    return 0


def _describe(part: Any) -> str:
    """A rule or bandit in a line: its class and the fields that say something."""
    fields = []
    for field in dataclasses.fields(part):
        value = getattr(part, field.name)
        if isinstance(value, tuple) and len(value) > 4:
            value = f"{value[0]:.4g} ... {value[-1]:.4g}"
        if value is not None and not field.name.endswith("_seed"):
            fields.append(f"{field.name} {value}")
    return f"{type(part).__name__} ({', '.join(fields)})" if fields else type(part).__name__


def _mean_field(options: argparse.Namespace) -> int:
    from hivemind_abm.app.figures.drawing import write_mean_field
    from hivemind_abm.theory.mean_field import describe_fixed_points, mean_field

    for name in set(options.parameters) & {"points", "dynamics"}:
        raise ValueError(f"there is no option --{name}; see hivemind mean-field --help")
    options.out.mkdir(parents=True, exist_ok=True)
    found = mean_field(
        options.rule,
        options.bandit,
        options.neighbourhood_size,
        bees=options.bees,
        seed=options.seed,
        **options.parameters,
    )
    print(f"{_describe(found.rule)} on {_describe(found.bandit)}; seed {options.seed}")
    print(found.verdict)
    lines = describe_fixed_points(found.fixed_points)
    print(f"fixed points ({found.searched}):" if lines else "no fixed points to single out")
    for line in lines:
        print(f"  {line}")
    write_mean_field(found, options.out)
    print(f"written: {options.out}/ (mean_field.csv, .png, .pdf)")
    return 0


def _finite(options: argparse.Namespace) -> int:
    from hivemind_abm.theory.chain import diffusion, finite_hive, simulated

    if options.runs < 0 or options.runs == 1:
        raise ValueError(f"--runs must be 0 or at least 2, not {options.runs}")
    hears: dict[str, Any] = {
        "neighbourhood": options.neighbourhood,
        "neighbourhood_size": options.neighbourhood_size,
    }
    arguments = (options.rule, options.bandit, options.population_size)
    more: dict[str, Any] = {
        **hears,
        "samples": options.samples,
        "seed": options.seed,
        **options.parameters,
    }
    found = finite_hive(*arguments, **more)
    rows = {"closed form" if found.exact else f"{found.samples} hives a state": found.summary()}
    if found.states.shape[1] == 2:
        rows["diffusion"] = diffusion(*arguments, **more).value(
            found.states[found.start][0] / options.population_size
        )
    if options.runs:
        same: dict[str, Any] = {**hears, **options.parameters}
        rows[f"{options.runs} runs"] = simulated(found, options.runs, options.seed, arguments, same)
    print(
        f"{len(found.states)} states; from {', '.join(map(str, found.states[found.start]))} bees on each option"
    )
    for name, row in rows.items():
        parts = [
            f"P({key.removeprefix('consensus_probability_')}) {row[key]:.5f}{_error(row, key)}"
            for key in row
            if key.startswith("consensus_probability_") and not key.endswith("_error")
        ]
        print(
            f"{name:24}{'  '.join(parts)}  steps {row['consensus_time']:.4f}{_error(row, 'consensus_time')}"
        )
    return 0


def _error(row: dict[str, Any], key: str) -> str:
    return f" +- {row[key + '_error']:.5f}" if row.get(f"{key}_error") else ""


def _reproduce(options: argparse.Namespace) -> int:
    from hivemind_abm.app.figures.reproduction import REPORT, figure_files, reproduce_all
    from hivemind_abm.loading import load_module

    known = figure_files()
    groups: dict[str, list[Path]] = {"all": list(known.values())}
    for file in known.values():
        groups.setdefault(load_module(file).GROUP, []).append(file)
    if options.list:
        for name, file in known.items():
            module = load_module(file)
            print(f"{name:44}{module.GROUP:14}{(module.__doc__ or '').strip().splitlines()[0]}")
        return 0
    if options.name in groups:
        files = groups[options.name]
    elif options.name in known:
        files = [known[options.name]]
    elif options.name and Path(options.name).is_file():
        files = [Path(options.name)]
    else:
        raise ValueError(
            f"the figure must be one of {', '.join([*known, *groups])} or a figure file, not {options.name!r}"
        )
    arguments = {
        "seed": options.seed,
        "runs": options.runs,
        "quick": options.quick,
        "progress": sys.stderr.isatty(),
    }
    for file, (_, seconds) in zip(
        files, reproduce_all(files, options.out, **arguments), strict=True
    ):
        print(
            f"{file.stem} (was there already)"
            if seconds is None
            else f"{file.stem} ({seconds:.1f} s)",
            flush=True,
        )
        for system in json.loads((options.out / REPORT).read_text())[file.stem]["systems"]:
            print(f"  {system['words']}")
    print(f"written: {options.out}/ (NAME.csv, NAME.png, NAME.pdf, {REPORT})")
    return 0


def _sweep(options: argparse.Namespace) -> int:
    from hivemind_abm.engine.threads import available_cores
    from hivemind_abm.studies.store import Store
    from hivemind_abm.studies.study import Study, processes

    study = Study.from_toml(options.study)
    data = study.as_data()
    print(
        f"{len(study.cells)} cells, {data['all_runs']} runs of {study.steps} steps, {data['units']} units of work"
    )
    if options.workers is not None and options.workers < 1:
        raise ValueError(f"--workers must be at least 1, not {options.workers}")
    if options.dry_run:
        cores = options.workers or available_cores()
        print(f"about {study.estimate(cores):.0f} s on {cores} cores, compiling left out")
        return 0
    folder = options.store or Path("results") / options.study.stem
    store = Store.open(folder, data)
    there = store.names()
    if there:
        print(f"{len(there)} units are there already")
    progress = sys.stderr.isatty()
    if options.dask:
        failures = _on_dask(
            options.dask, lambda executor: study.fill(there, store.add, executor, None, progress)
        )
    else:
        make = processes(options.workers) if options.workers else None
        failures = study.fill(there, store.add, None, make, progress)
    store.close(failures)
    for failure in failures:
        last = failure["first_run"] + failure["runs"] - 1
        print(
            f"failed: cell {failure['cell']}, runs {failure['first_run']} to {last}: {failure['error']}",
            file=sys.stderr,
        )
    print(f"written: {folder}/ (hivemind export {folder} out.csv)")
    return 1 if failures else 0


def _on_dask(address: str, run: Any) -> Any:
    try:
        from distributed import Client
    except ImportError:
        raise ValueError("--dask needs distributed: pip install 'hivemind_abm[sweep]'") from None
    with Client(address, timeout="10s") as client:
        return run(client.get_executor())


def _status(options: argparse.Namespace) -> int:
    from hivemind_abm.studies.store import Store

    store = Store.existing(options.store)
    manifest, study = store.manifest(), store.study
    done = len(list((store.folder / "parts").glob("[!.]*.parquet")))
    print(
        f"{len(study['cells'])} cells, {study['all_runs']} runs of {study['steps']} steps, seed {study['seed']}"
    )
    print(f"{done} of {study['units']} units are there ({100 * done / study['units']:.0f} %)")
    print(
        f"started {manifest['started']}, {'ended ' + manifest['ended'] if manifest['ended'] else 'not ended'}"
    )
    for failure in store.failures():
        print(
            f"failed: cell {failure['cell']}, from run {failure['first_run']}: {failure['error']}"
        )
    return 0


def _export(options: argparse.Namespace) -> int:
    from hivemind_abm.studies.store import Store

    rows = Store.existing(options.store).export(options.file)
    print(f"written: {options.file} ({rows} rows)")
    return 0


def _check(options: argparse.Namespace) -> int:
    from hivemind_abm.bandits.bandit import Bandit
    from hivemind_abm.contract import check_bandit, check_learner, check_rule
    from hivemind_abm.hives.rules import ImitationRule
    from hivemind_abm.learners.learner import Learner
    from hivemind_abm.loading import classes_of

    checks = {
        "rule": (ImitationRule, check_rule),
        "bandit": (Bandit, check_bandit),
        "learner": (Learner, check_learner),
    }
    found = [
        (what, cls, check)
        for what, (base, check) in checks.items()
        for cls in classes_of(options.file, base, what)
    ]
    if not found:
        raise ValueError(f"{options.file} has no rule, bandit or learner to check")
    for what, cls, check in found:
        print(f"{what} {cls.__name__}")
        try:
            for line in check(cls):
                print(f"  {'!' if line.startswith('remark') else 'ok'}  {line}")
        except (ValueError, TypeError) as error:
            print(f"  FAILED  {_one_line(error)}")
            return 1
    return 0


def _app(options: argparse.Namespace) -> int:
    from hivemind_abm.app.page.serving import serve

    serve(options.file, options.port, open_browser=not options.no_open)
    return 0


def _gallery(options: argparse.Namespace) -> int:
    from hivemind_abm.loading import gallery, load_module

    known = {file.stem: file for file in sorted(gallery("models").glob("*.py"))}
    if options.copy:
        name, folder = (
            options.copy[0].removesuffix(".py"),
            Path(options.copy[1] if len(options.copy) > 1 else "."),
        )
        if name not in known:
            raise ValueError(f"the model must be one of {', '.join(known)}, not {name!r}")
        target = folder / f"{name}.py"
        if target.exists():
            raise ValueError(f"{target} exists; it is left as it is")
        shutil.copyfile(known[name], target)
        print(f"written: {target}")
        return 0
    for name, file in known.items():
        print(f"{name:24} {(load_module(file).__doc__ or '').strip().splitlines()[0]}")
    return 0
