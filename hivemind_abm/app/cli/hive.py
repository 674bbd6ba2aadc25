"""`hivemind run`: one hive, or many runs of it, to a CSV.

Knows: which options become which arguments of a hive, and what is printed about it.
Does not know: how a hive steps.
"""

import argparse
import inspect
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hivemind_abm.app.cli.command import Command
from hivemind_abm.app.cli.options import (
    add_bandit,
    add_hive,
    add_out,
    add_rules,
    add_seed,
    add_steps,
    refuse_parameters,
    rule_in,
    truth_or_share,
)
from hivemind_abm.app.cli.text import described

if TYPE_CHECKING:
    import pandas as pd

    from hivemind_abm.engine.seeds import RunSeed
    from hivemind_abm.hives.settings import HiveSettings

__all__ = ["RUN"]

_FRAMES_PER_SECOND = 10


def _add_options(parser: argparse.ArgumentParser) -> None:
    add_rules(parser)
    add_bandit(parser)
    add_hive(parser)
    add_steps(parser)
    add_seed(parser)
    add_out(parser, "results/run")
    parser.add_argument(
        "--stop-if-end",
        nargs="?",
        type=truth_or_share,
        const=True,
        default=False,
        metavar="Q",
        help="stop at consensus; with a number, at a quorum: --stop-if-end 0.8 stops when an "
        "option has that share",
    )
    parser.add_argument(
        "--interpreted", action="store_true", help="run plain Python instead of machine code"
    )
    parser.add_argument(
        "--runs",
        type=int,
        default=1,
        metavar="R",
        help="runs; several give mean, std and quantiles (default: 1)",
    )
    parser.add_argument(
        "--movie",
        type=Path,
        metavar="FILE",
        help="write a movie of one run to FILE.mp4, FILE.gif, or FILE.zip for PNG images",
    )


def _run(options: argparse.Namespace) -> int:
    from hivemind_abm.engine.seeds import seed_sequence
    from hivemind_abm.files import write_table
    from hivemind_abm.hives.hive import Hive

    if options.steps < 0 or options.runs < 1:
        raise ValueError(
            f"--steps must be at least 0 and --runs at least 1, "
            f"not {options.steps} and {options.runs}"
        )
    if options.movie is not None:
        _check_movie(options)
    refuse_parameters(options, inspect.signature(Hive).parameters)
    seed = seed_sequence(options.seed, "--seed")
    settings = Hive.settings(**_arguments(options))
    options.out.mkdir(parents=True, exist_ok=True)  # before any work is done for it
    _print_hive(settings, options)
    if options.runs == 1:
        table = _one_run(settings, seed, options.steps)
    else:
        table = _many_runs(settings, seed, options)
    file = write_table(table, options.out / "run.csv")
    print(f"written: {file}")
    if options.movie is not None:
        _write_movie(settings, seed, table, options.movie)
        print(f"written: {options.movie}")
    return 0


def _arguments(options: argparse.Namespace) -> dict[str, Any]:
    """The arguments of the hive, without its seed."""
    return {
        "rule": rule_in(options),
        "bandit": options.bandit,
        "population_size": options.population_size,
        "neighbourhood": options.neighbourhood,
        "neighbourhood_size": options.neighbourhood_size,
        "updating": options.updating,
        "initial_shares": options.initial_shares,
        "stop_if_end": options.stop_if_end,
        "compiled": not options.interpreted,
        **options.parameters,
    }


def _print_hive(settings: "HiveSettings", options: argparse.Namespace) -> None:
    neighbourhood = settings.neighbourhood
    if len(settings.rules) == 1:
        print(f"{described(settings.rule)} on {described(settings.bandit)}")
    else:
        for rule, bees in zip(settings.rules, settings.numbers, strict=True):
            print(f"{bees} bees with {described(rule)}")
        print(f"on {described(settings.bandit)}")
    print(
        f"{neighbourhood.population_size} bees, each hears {neighbourhood.size} "
        f"({options.neighbourhood}); {_in_words(settings.updating)}seed {options.seed}"
    )


def _in_words(updating: str | float) -> str:
    """When bees decide; nothing for the default."""
    if updating == "synchronous":
        return ""
    if updating == "asynchronous":
        return "asynchronous: a step is N events; "
    return f"a bee decides with probability {updating:g} in a step; "


def _one_run(settings: "HiveSettings", seed: "RunSeed", steps: int) -> "pd.DataFrame":
    """Run one hive and print how it ended; returns its record."""
    import numpy as np

    from hivemind_abm.hives.hive import Hive

    hive = Hive.of(settings, seed)
    for _ in range(steps):
        hive.step()
    table = hive.table()
    rules = "rule" if len(settings.rules) == 1 else "rules"
    print(f"{rules} {hive.mode['rule']}, bandit {hive.mode['bandit']}")
    last = table.iloc[-1]
    print(
        f"after {last['step']} steps: optimal share {last['optimal_share']:.4g}, "
        f"mean payoff {last['mean_payoff']:.4g}"
    )
    quorum = settings.stop_if_end
    if table["consensus"].any():
        first = table["step"][table["consensus"]].min()
        option = int(np.argmax(hive.shares))
        print(f"first consensus at step {first}, on option {option} at the end")
    elif not isinstance(quorum, bool) and not hive.running:
        option = int(np.argmax(hive.shares))
        print(f"quorum of {quorum:g} at step {last['step']}, on option {option}")
    else:
        print("no consensus" if isinstance(quorum, bool) else f"no quorum of {quorum:g}")
    return table


def _check_movie(options: argparse.Namespace) -> None:
    """That a movie can be written.

    Raises:
        ValueError: Why it cannot.
    """
    from hivemind_abm.app.figures.movie_files import check_movie
    from hivemind_abm.app.page.cards.movie import MOST_BEES

    if options.runs != 1:
        raise ValueError(f"--movie shows one run, so it needs --runs 1, not {options.runs}")
    if options.population_size > MOST_BEES:
        raise ValueError(
            f"--movie shows at most {MOST_BEES} bees, so --population-size must be 1 to "
            f"{MOST_BEES}, not {options.population_size}"
        )
    check_movie(options.movie)


def _write_movie(
    settings: "HiveSettings", seed: "RunSeed", table: "pd.DataFrame", file: Path
) -> None:
    """Step the same hive again and write what is seen of it."""
    from hivemind_abm.app.figures.movie_files import scale_of, write_movie
    from hivemind_abm.app.page.cards.movie import frames_of_hive, steps_of
    from hivemind_abm.files import write_atomically
    from hivemind_abm.hives.hive import Hive

    hive = Hive.of(settings, seed)
    name = " + ".join(dict.fromkeys(rule.symbol for rule in hive.rules))
    steps = steps_of(0, int(table["step"].iloc[-1]))
    frames = frames_of_hive(hive, name, table, steps, scale_of(file))
    with write_atomically(file) as temporary:
        write_movie(temporary, frames, _FRAMES_PER_SECOND)


def _many_runs(
    settings: "HiveSettings", seed: "RunSeed", options: argparse.Namespace
) -> "pd.DataFrame":
    """Run many hives and print how they ended; returns the statistics per step."""
    from hivemind_abm.studies.ensemble import ensemble

    table = ensemble(
        settings,
        {},
        runs=options.runs,
        steps=options.steps,
        seed=seed,
        progress=sys.stderr.isatty(),
    )
    last = table.iloc[-1]
    print(
        f"{options.runs} runs, after {options.steps} steps: "
        f"optimal share {last['optimal_share_mean']:.4g} "
        f"(5-95 %: {last['optimal_share_q05']:.4g} to {last['optimal_share_q95']:.4g}), "
        f"mean payoff {last['mean_payoff_mean']:.4g}"
    )
    return table


RUN = Command(
    name="run",
    summary="one hive, or many, to a CSV",
    example='hivemind run --rule wvoter --bandit "near one" --population-size 1000 '
    "--neighbourhood-size 10 --steps 150 --seed 1",
    add_options=_add_options,
    run=_run,
    takes_parameters=True,
    note="Any other option is a field of the rule or the bandit: --number-of-votes 3 --gap 0.05.\n"
    "Of several rules, it goes to the one that has it.",
)
