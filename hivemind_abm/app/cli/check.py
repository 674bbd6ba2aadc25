"""`hivemind check`: is a user's file right.

Knows: the options, and how the results of the checks are printed.
Does not know: what a contract demands.
"""

import argparse
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from hivemind_abm.app.cli.command import Command
from hivemind_abm.loading import classes_of, load_module
from hivemind_abm.studies.failures import one_line

__all__ = ["CHECK"]

_STEPS = 10  # of a model that is given by its settings


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
    todo: list[tuple[str, Callable[[], list[str]]]] = [
        (f"{kind} {cls.__name__}", partial(check, cls)) for kind, cls, check in candidates
    ]
    todo += [
        (f"{name} = {{...}}", partial(_check_model, made, settings))
        for name, made, settings in _models_in(options.file)
    ]
    if not todo:
        raise ValueError(
            f"{options.file} has no rule, bandit, learner or game to check, "
            "and no HIVE, GAME or LEARNER, the settings of a model"
        )
    for title, check in todo:
        print(title)
        try:
            for line in check():
                print(f"  {'!' if line.startswith('remark') else 'ok'}  {line}")
        except (ValueError, TypeError) as error:
            print(f"  FAILED  {one_line(error)}")
            return 1
    return 0


def _models_in(file: str) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """The settings of models in a file, unless one of its classes is named."""
    from hivemind_abm.games.model import GameModel
    from hivemind_abm.hives.hive import Hive
    from hivemind_abm.learners.model import LearnerModel

    if not file.endswith(".py"):
        return
    known = {"HIVE": Hive, "GAME": GameModel, "LEARNER": LearnerModel}
    for name, settings in vars(load_module(file)).items():
        if name in known:
            if not isinstance(settings, dict):
                raise TypeError(f"{name} in {file} must be a dict of arguments, not {settings!r}")
            yield name, known[name], settings


def _check_model(made: Any, settings: dict[str, Any]) -> list[str]:
    """Build a model from its settings and step it.

    Raises:
        ValueError, TypeError: As for the model.
    """
    model = made(**{"rng": 1} | settings)
    model.run_for(_STEPS)
    steps = f"is built and makes {_STEPS} steps"
    if set(model.mode.values()) == {"compiled"}:
        return [f"{steps}, compiled"]
    return [steps, "remark: it runs interpreted, which is slower"]


CHECK = Command(
    name="check",
    summary="check your rule, bandit, learner, game or model against its contract",
    example="hivemind check my_rule.py",
    add_options=_add_check_options,
    run=_run_check,
)
