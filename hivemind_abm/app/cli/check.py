"""`hivemind check` and `hivemind gallery`: is a user's file right, and which models to start from.

Knows: the options, and how the results of the checks are printed.
Does not know: what a contract demands.
"""

import argparse
import shutil
from pathlib import Path

from hivemind_abm.app.cli.command import Command
from hivemind_abm.loading import classes_of, gallery, load_module
from hivemind_abm.studies.failures import one_line

__all__ = ["CHECK", "GALLERY"]


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


def _add_gallery_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--copy",
        nargs="+",
        metavar=("NAME", "DIR"),
        help="copy a model's file into a folder (default: here)",
    )


def _run_gallery(options: argparse.Namespace) -> int:
    models = {file.stem: file for file in sorted(gallery("models").glob("*.py"))}
    if options.copy:
        name, *folder = options.copy
        _copy(models, name.removesuffix(".py"), Path(folder[0] if folder else "."))
        return 0
    for name, file in models.items():
        print(f"{name:24} {(load_module(file).__doc__ or '').strip().splitlines()[0]}")
    return 0


def _copy(models: dict[str, Path], name: str, folder: Path) -> None:
    """Copy a model's file into a folder, where no file of that name exists.

    Raises:
        ValueError: There is no such model, or the file exists.
    """
    if name not in models:
        raise ValueError(f"the model must be one of {', '.join(models)}, not {name!r}")
    target = folder / f"{name}.py"
    if target.exists():
        raise ValueError(f"{target} exists; it is left as it is")
    shutil.copyfile(models[name], target)
    print(f"written: {target}")


CHECK = Command(
    name="check",
    summary="check your rule, bandit, learner or game against its contract",
    example="hivemind check my_rule.py",
    add_options=_add_check_options,
    run=_run_check,
)

GALLERY = Command(
    name="gallery",
    summary="the models to start from",
    example="hivemind gallery --copy my_first_rule .",
    add_options=_add_gallery_options,
    run=_run_gallery,
)
