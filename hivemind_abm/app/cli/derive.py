"""`hivemind derive`: the local rule of a learner, measured beside it, and written to a file.

Knows: the options, and what is printed.
Does not know: how a rule is derived, measured or written.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from hivemind_abm.app.cli.command import Command
from hivemind_abm.app.cli.options import (
    add_bandit,
    add_seed,
    number_or_all,
    refuse_parameters,
)
from hivemind_abm.app.cli.text import described, listed
from hivemind_abm.studies.failures import one_line

if TYPE_CHECKING:
    from hivemind_abm.learners.local_rule import LocalRule

__all__ = ["DERIVE"]


def _add_options(parser: argparse.ArgumentParser) -> None:
    from hivemind_abm.learners.names import LEARNERS

    parser.add_argument("learner", help=f"{listed(LEARNERS)} or a .py file with a learner")
    parser.add_argument(
        "--hears",
        type=number_or_all,
        default=10,
        metavar="M",
        help="how many others a bee hears, or all (default: 10)",
    )
    add_bandit(parser)
    parser.add_argument(
        "--policy",
        default="auto",
        choices=("auto", "own", "heard"),
        help="the policy before a bee's update: all on its own option, or the shares heard "
        "(default: auto, own where the update is affine in the policy)",
    )
    parser.add_argument(
        "--explore",
        type=float,
        default=0.0,
        metavar="E",
        help="chance of a random option (default: 0)",
    )
    parser.add_argument(
        "--memory",
        action="store_true",
        help="give each bee numbers of its own, for learners that keep numbers",
    )
    parser.add_argument(
        "--population-size",
        type=int,
        default=1000,
        metavar="N",
        help="bees of the hive that is compared with its noise (default: 1000)",
    )
    add_seed(parser)
    parser.add_argument(
        "--bees",
        type=int,
        metavar="B",
        help="decisions and pulls at each point (default: 256,000; interpreted: 20,000)",
    )
    parser.add_argument(
        "--out", type=Path, metavar="RULE.py", help="write the rule to a new file, to be read"
    )


def _run(options: argparse.Namespace) -> int:
    from hivemind_abm.theory.derivation import derive

    refuse_parameters(options, ("points",))
    if options.out is not None:
        _check_target(options.out)
    result = derive(
        options.learner,
        options.bandit,
        options.hears,
        options.policy,
        options.explore,
        memory=options.memory,
        population_size=options.population_size,
        bees=options.bees,
        seed=options.seed,
        **options.parameters,
    )
    print(f"{described(result.learner)} on {described(result.bandit)}; seed {options.seed}")
    print(result)
    if options.out is not None:
        _write(result.rule, options.out)
    return 0


def _check_target(file: Path) -> None:
    """Check that a new rule file can be written.

    Raises:
        ValueError: It has another ending, or it exists.
    """
    if file.suffix != ".py":
        raise ValueError(f"--out must be a new file that ends in .py, not {file}")
    if file.exists():
        raise ValueError(f"{file} exists; it is left as it is")


def _write(rule: "LocalRule", file: Path) -> None:
    """Write the rule to a file, and try whether it is the same rule.

    Raises:
        ValueError: It can't be written, or the file would be another rule; then there is no file.
    """
    from hivemind_abm.learners.rule_file import makes_the_same, rule_file

    text = rule_file(rule)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    why = "it decides otherwise"
    try:
        same = makes_the_same(rule, file)
    except Exception as error:  # whatever lines of a learner raise where they are lines of a rule
        same, why = False, one_line(error)
    if not same:
        file.unlink()
        raise ValueError(
            f"the lines of {type(rule.derived_from).__name__} are not the same rule in a file "
            f"({why}); use --rule local:LEARNER instead"
        )
    print()
    print(f"written: {file}, the same rule in plain lines")
    print(f"  hivemind check {file}")
    print(f"  hivemind run --rule {file}")


DERIVE = Command(
    name="derive",
    summary="the local rule that a learner becomes, measured beside the learner, and as a file",
    example="hivemind derive P-MCL --hears 10 --bandit 'near one' --out my_rule.py",
    add_options=_add_options,
    run=_run,
    takes_parameters=True,
    note="Any other option is a field of the learner or the bandit: --alpha 0.1 --n-action 3",
)
