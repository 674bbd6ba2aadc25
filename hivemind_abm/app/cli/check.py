"""`hivemind check`: is a user's file right.

Knows: the options, and how the results of the checks are printed.
Does not know: what a contract demands.
"""

import argparse

from hivemind_abm.app.cli.command import Command
from hivemind_abm.loading import classes_of
from hivemind_abm.studies.failures import one_line

__all__ = ["CHECK"]


def _add_check_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help="FILE.py or FILE.py:ClassName")


def _run_check(options: argparse.Namespace) -> int:
    from hivemind_abm.bandits.bandit import Bandit
    from hivemind_abm.contract.bandits import check_bandit
    from hivemind_abm.contract.games import check_game
    from hivemind_abm.contract.learners import check_learner
    from hivemind_abm.contract.rules import check_rule
    from hivemind_abm.games.game import Game
    from hivemind_abm.hives.rules import ImitationRule
    from hivemind_abm.learners.learner import Learner

    checks = (
        ("rule", ImitationRule, check_rule),
        ("bandit", Bandit, check_bandit),
        ("learner", Learner, check_learner),
        ("game", Game, check_game),
    )
    candidates = [
        (kind, cls, check)
        for kind, base, check in checks
        for cls in classes_of(options.file, base, kind)
    ]
    if not candidates:
        raise ValueError(f"{options.file} has no rule, bandit, learner or game to check")
    for kind, cls, check in candidates:
        print(f"{kind} {cls.__name__}")
        try:
            for line in check(cls):
                print(f"  {'!' if line.startswith('remark') else 'ok'}  {line}")
        except (ValueError, TypeError) as error:
            print(f"  FAILED  {one_line(error)}")
            return 1
    return 0


CHECK = Command(
    name="check",
    summary="check your rule, bandit, learner or game against its contract",
    example="hivemind check my_rule.py",
    add_options=_add_check_options,
    run=_run_check,
)
