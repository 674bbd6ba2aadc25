"""`hivemind compare`: a rule beside its learner and its replicator.

Knows: the options, and how the distances are printed.
Does not know: how systems are compared or drawn.
"""

import argparse
import sys
from typing import TYPE_CHECKING

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
)
from hivemind_abm.app.cli.text import listed

if TYPE_CHECKING:
    from hivemind_abm.studies.comparison import Comparison

__all__ = ["COMPARE"]

_NOT_OPTIONS = ("rng", "compiled", "progress", "stop_if_end")


def _add_options(parser: argparse.ArgumentParser) -> None:
    from hivemind_abm.learners.names import LEARNERS
    from hivemind_abm.theory.dynamics import ALL_DYNAMICS

    add_rules(parser)
    add_bandit(parser)
    add_hive(parser)
    add_steps(parser)
    add_seed(parser)
    add_out(parser, "results/compare")
    parser.add_argument(
        "--learner",
        nargs="+",
        help=f"{listed(LEARNERS)} or a .py file; several too (default: the rule's own, where all "
        "bees decide together)",
    )
    parser.add_argument(
        "--dynamic",
        nargs="+",
        help=f"{listed(ALL_DYNAMICS)}; several too (default: the rule's own, else TRD and MRD)",
    )
    parser.add_argument(
        "--runs", type=int, default=1000, metavar="R", help="runs of each (default: 1000)"
    )


def _run(options: argparse.Namespace) -> int:
    from hivemind_abm.app.figures.comparison import write_comparison
    from hivemind_abm.studies.comparison import compare

    refuse_parameters(options, _NOT_OPTIONS)
    options.out.mkdir(parents=True, exist_ok=True)
    comparison = compare(
        rule_in(options),
        options.learner,
        options.dynamic,
        options.bandit,
        options.population_size,
        neighbourhood=options.neighbourhood,
        neighbourhood_size=options.neighbourhood_size,
        updating=options.updating,
        initial_shares=options.initial_shares,
        steps=options.steps,
        runs=options.runs,
        seed=options.seed,
        progress=sys.stderr.isatty(),
        **options.parameters,
    )
    size = options.population_size
    print(
        f"share of the best option, {options.runs} runs of {options.steps} steps, "
        f"N = {size}; seed {options.seed}"
    )
    _print_distances(comparison)
    files = write_comparison(comparison, options.out, title=f"{options.bandit}, N = {size}")
    print("written:", *files, sep="\n  ")
    return 0


def _print_distances(comparison: "Comparison") -> None:
    for name, description in comparison.systems.items():
        print(f"  {name}: {description}")
    for note in comparison.notes:
        print(f"  ({note})")
    print(f"{'':24}{'rms':>17}{'greatest':>19}{'at step':>9}")
    for pair in comparison.pairs:
        print(f"{pair.first} - {pair.second}: {pair.verdict}")
        for label, distance in (("as it is", pair.as_is), ("without 1/N shift *", pair.limit)):
            if distance is not None:
                rms = f"{distance.rms:.4f} +- {distance.rms_error:.4f}"
                greatest = f"{distance.greatest:.4f} +- {distance.greatest_error:.4f}"
                print(f"  {label:22}{rms:>17}{greatest:>19}{distance.at_step:>9g}")
    if any(pair.limit is not None for pair in comparison.pairs):
        print(
            "* the mean for N to infinity, 2 mean(N) - mean(N / 2), "
            "from as many runs at half the size"
        )
    print(
        "rms +- what chance alone gives: equal up to 1.96 times that; "
        "greatest +- a 95 % band of all steps together"
    )


COMPARE = Command(
    name="compare",
    summary="a rule beside its learner and its replicator: figure, CSV and distances",
    example="hivemind compare --rule wvoter --learner P-MCL --dynamic MRD "
    '--bandit "near one" --population-size 1000',
    add_options=_add_options,
    run=_run,
    takes_parameters=True,
    note="Any other option is a field of the rule, the learner, the replicator or the bandit: "
    "--alpha 0.01 --delta 0.5 --gap 0.05",
)
