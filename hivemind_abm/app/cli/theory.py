"""`hivemind mean-field` and `hivemind finite`: what follows from a rule without a run.

Knows: the options, and how the results are printed.
Does not know: how a mean field is measured, or a chain of counts solved.
"""

import argparse
from typing import TYPE_CHECKING, Any

from hivemind_abm.app.cli.command import Command
from hivemind_abm.app.cli.options import (
    add_bandit,
    add_neighbourhood_size,
    add_out,
    add_rules,
    add_seed,
    add_updating,
    refuse_parameters,
    rule_in,
)
from hivemind_abm.app.cli.text import described

if TYPE_CHECKING:
    from hivemind_abm.theory.mean_field import MeanField

__all__ = ["FINITE", "MEAN_FIELD"]

_NOTE = "Any other option is a field of the rule or the bandit: --number-of-votes 3 --gap 0.05"
_PROBABILITY = "consensus_probability_"  # before an option's number, in the summary of a small hive


def _add_mean_field_options(parser: argparse.ArgumentParser) -> None:
    add_rules(parser)
    add_bandit(parser)
    add_neighbourhood_size(parser)
    add_updating(parser)
    add_seed(parser)
    add_out(parser, "results/mean_field")
    parser.add_argument(
        "--bees",
        type=int,
        metavar="B",
        help="decisions at each point (default: 1,280,000; interpreted: 20,000)",
    )
    parser.add_argument(
        "--dynamics",
        action="store_true",
        help="compare with all known dynamics, not only TRD and MRD: their best multiples and "
        "parameters, as text and as mean_field_dynamics.csv",
    )


def _run_mean_field(options: argparse.Namespace) -> int:
    from hivemind_abm.app.figures.mean_field import write_mean_field
    from hivemind_abm.theory.fixed_points import describe_fixed_points
    from hivemind_abm.theory.mean_field import mean_field

    refuse_parameters(options, ("points",))
    options.out.mkdir(parents=True, exist_ok=True)
    field = mean_field(
        rule_in(options),
        options.bandit,
        options.neighbourhood_size,
        updating=options.updating,
        bees=options.bees,
        seed=options.seed,
        **options.parameters,
    )
    rules = " + ".join(map(described, field.kinds.rules))
    print(f"{rules} on {described(field.bandit)}; seed {options.seed}")
    print(field.verdict)
    if options.dynamics:
        _print_dynamics(field)
    lines = describe_fixed_points(field.fixed_points)
    print(f"fixed points ({field.searched}):" if lines else "no fixed points to single out")
    for line in lines:
        print(f"  {line}")
    write_mean_field(field, options.out, dynamics=options.dynamics)
    more = ", mean_field_dynamics.csv" if options.dynamics else ""
    print(f"written: {options.out}/ (mean_field.csv, .png, .pdf{more})")
    return 0


def _print_dynamics(field: "MeanField") -> None:
    """The comparison with all known dynamics, one line each."""
    print(field.nearest_in_words)
    if field.known is None:
        return
    print(f"  {'dynamic':21}{'best multiple':25}{'parameter':33}{'rms':>8}  follows")
    for fit in field.known.fits.values():
        print(f"  {fit.name:21}{fit.multiple:25}{fit.setting:33}{fit.rms:8.5f}  {fit.follows}")
    print(f"  {'by chance':79}{field.known.chance:8.5f}")


def _add_finite_options(parser: argparse.ArgumentParser) -> None:
    add_rules(parser)
    add_neighbourhood_size(parser)
    add_updating(parser)
    add_seed(parser)
    parser.add_argument(
        "--neighbourhood", default="others", help="others, groups or everyone (default: others)"
    )
    parser.add_argument(
        "--bandit",
        default="near one",
        help="of 2 or 3 options, --n-action (default: near one, with 2)",
    )
    parser.add_argument(
        "--population-size", type=int, default=10, metavar="N", help="bees (default: 10)"
    )
    parser.add_argument(
        "--samples",
        type=int,
        metavar="S",
        help="hives per state, where no closed form is known",
    )
    parser.add_argument(
        "--runs",
        type=int,
        default=0,
        metavar="R",
        help="simulated runs to compare with (default: 0)",
    )


def _run_finite(options: argparse.Namespace) -> int:
    from hivemind_abm.studies.simulated import simulated
    from hivemind_abm.theory.chain import finite_hive
    from hivemind_abm.theory.diffusion import diffusion

    if options.runs < 0 or options.runs == 1:
        raise ValueError(f"--runs must be 0 or at least 2, not {options.runs}")
    arguments = (rule_in(options), options.bandit, options.population_size)
    hears: dict[str, Any] = {
        "neighbourhood": options.neighbourhood,
        "neighbourhood_size": options.neighbourhood_size,
        "updating": options.updating,
        **options.parameters,
    }
    sampled: dict[str, Any] = {**hears, "samples": options.samples, "seed": options.seed}
    chain = finite_hive(*arguments, **sampled)
    start = chain.states[chain.start]
    rows = {"closed form" if chain.exact else f"{chain.samples} hives a state": chain.summary()}
    one_bee = chain.events_per_step in (1, chain.population_size)
    if chain.states.shape[1] == 2 and chain.ends and one_bee:
        share = start[0] / options.population_size
        rows["diffusion"] = diffusion(*arguments, **sampled).value(share)
    if options.runs:
        rows[f"{options.runs} runs"] = simulated(
            chain, options.runs, options.seed, arguments, hears
        )
    print(f"{len(chain.states)} states; from {', '.join(map(str, start))} bees on each option")
    for name, row in rows.items():
        print(f"{name:24}{_described_ends(row)}")
    if options.runs and chain.events_per_step > 1:
        steps = chain.recorded_times[chain.start]
        print(f"Runs end with a whole step; for that the chain expects {steps:.4f} steps.")
    return 0


def _described_ends(row: dict[str, Any]) -> str:
    """Where a small hive ends, and after how many steps, or where it stays, in one line."""
    if "consensus_time" not in row:
        means = [key for key in row if key.startswith(("mean_count_", "variance_count_"))]
        return "never ends: " + "  ".join(f"{key} {row[key]:.4f}" for key in means)
    parts = [
        f"P({key.removeprefix(_PROBABILITY)}) {row[key]:.5f}{_error(row, key)}"
        for key in row
        if key.startswith(_PROBABILITY) and not key.endswith("_error")
    ]
    time = f"steps {row['consensus_time']:.4f}{_error(row, 'consensus_time')}"
    if "consensus_events" in row:
        time += f" ({row['consensus_events']:.4f} events)"
    return "  ".join([*parts, time])


def _error(row: dict[str, Any], key: str) -> str:
    return f" +- {row[key + '_error']:.5f}" if row.get(f"{key}_error") else ""


MEAN_FIELD = Command(
    name="mean-field",
    summary="what a rule does to the shares of an infinite hive, and which dynamic that is: "
    "verdict, fixed points, CSV and figure",
    example="hivemind mean-field --rule majority --number-of-votes 3 "
    "--bandit 'near one' --n-action 3",
    add_options=_add_mean_field_options,
    run=_run_mean_field,
    takes_parameters=True,
    note=_NOTE,
)

FINITE = Command(
    name="finite",
    summary="where a small hive ends and how long it takes, from the chain of its counts",
    example="hivemind finite --rule wvoter --population-size 10 --gap 0 --runs 100000",
    add_options=_add_finite_options,
    run=_run_finite,
    takes_parameters=True,
    note=_NOTE,
)
