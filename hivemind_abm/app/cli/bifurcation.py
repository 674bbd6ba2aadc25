"""`hivemind bifurcation`: fixed points of a rule's mean field, followed over a number.

Knows: the options, and how the result is printed.
Does not know: how fixed points are found and followed.
"""

import argparse
from typing import Any

import numpy as np

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
from hivemind_abm.registry import parse_value

__all__ = ["BIFURCATION"]

_VARY = "--vary must be NAME=FIRST:LAST:COUNT or NAME=VALUE,VALUE,..., not "
_MOST_VALUES = 1000


def _add_options(parser: argparse.ArgumentParser) -> None:
    add_rules(parser)
    add_bandit(parser)
    parser.add_argument(
        "--vary",
        required=True,
        metavar="NAME=A:B:COUNT",
        help="what varies: COUNT values from A to B of a field of the rule or bandit, of an item "
        "of one (q_star[0]=...), of neighbourhood_size, or of rule_share_1; or NAME=1,2,5",
    )
    add_neighbourhood_size(parser)
    add_updating(parser)
    parser.add_argument(
        "--population-size",
        type=int,
        default=1000,
        metavar="N",
        help="bees of the hive whose fluctuation is drawn (default: 1000)",
    )
    add_seed(parser)
    add_out(parser, "results/bifurcation")
    parser.add_argument(
        "--bees",
        type=int,
        metavar="B",
        help="decisions at each point and value (default: 128,000; everyone heard: 256,000; "
        "interpreted: 20,000)",
    )


def _run(options: argparse.Namespace) -> int:
    from hivemind_abm.app.figures.bifurcation import write_bifurcation
    from hivemind_abm.theory.bifurcation import bifurcation

    refuse_parameters(options, ("values",))
    vary, values = _varied(options.vary)
    result = bifurcation(
        rule_in(options),
        options.bandit,
        vary,
        values,
        options.neighbourhood_size,
        updating=options.updating,
        population_size=options.population_size,
        bees=options.bees,
        seed=options.seed,
        **options.parameters,
    )
    hive = result.hives[0]
    print(f"{' + '.join(map(described, hive.kinds.rules))} on {described(hive.bandit)}")
    print(f"{vary} from {values[0]:g} to {values[-1]:g}; seed {options.seed}")
    if result.misfit:
        print(f"the drift is not smooth: {result.misfit:.2g} of it is left; errors contain this")
    print("branches meet at:" if result.met else "no branches meet")
    for each in result.met:
        print(f"  {vary} = {each}")
    write_bifurcation(result, options.out)
    print(f"written: {options.out}/ (bifurcation.csv, .png, .pdf, meetings.csv)")
    return 0


def _varied(text: str) -> tuple[str, list[Any]]:
    """The name and the values in `stop_signal=0:3:40` or `number_of_votes=1,3,5`.

    Raises:
        ValueError: It reads differently.
    """
    name, equals, written = text.partition("=")
    by_colon = written.split(":")
    parts = by_colon if ":" in written else written.split(",")
    numbers = [parse_value(part.strip()) for part in parts]
    right = [isinstance(each, int | float) and not isinstance(each, bool) for each in numbers]
    if not name or not equals or not all(right):
        raise ValueError(f"{_VARY}{text!r}")
    name = name.strip().replace("-", "_")
    if ":" not in written:
        return name, sorted(numbers)
    if len(numbers) != 3 or not isinstance(numbers[2], int):
        raise ValueError(f"{_VARY}{text!r}")
    first, last, count = numbers
    if not first < last or not 3 <= count <= _MOST_VALUES:
        raise ValueError(
            f"--vary must go up, in 3 to {_MOST_VALUES} values, not from {first} to {last} in "
            f"{count}"
        )
    return name, np.linspace(first, last, count).tolist()


BIFURCATION = Command(
    name="bifurcation",
    summary="fixed points of an infinite hive, followed over a number, and where they meet: "
    "CSV and figure",
    example="hivemind bifurcation --rule majority --bandit 'near one' --n-action 2 "
    "--vary number_of_votes=1:7:7",
    add_options=_add_options,
    run=_run,
    takes_parameters=True,
    note="Any other option is a field of the rule or the bandit: --number-of-votes 3 --gap 0.05",
)
