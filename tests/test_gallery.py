"""Every model of the gallery runs, and its first line says what it is.

Where it has a rule, bandit, learner or game, it keeps the contract.
"""

import pytest

from hivemind_abm import (
    Bandit,
    Game,
    GameModel,
    Hive,
    ImitationRule,
    Learner,
    LearnerModel,
    check_bandit,
    check_learner,
    check_rule,
)
from hivemind_abm.contract.games import check_game
from hivemind_abm.loading import gallery, load_module

QUICK = ("my_first_rule", "my_first_learner", "my_first_game")  # the others compile long
MODELS = sorted(gallery("models").glob("*.py"))


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(file, marks=[] if file.stem in QUICK else pytest.mark.thorough)
        for file in MODELS
    ],
    ids=lambda file: file.stem,
)
def test_a_model_runs(file):
    module = load_module(file)
    assert module.__doc__.strip().splitlines()[0].endswith(".")
    shown = {"HIVE": Hive, "LEARNER": LearnerModel, "GAME": GameModel}
    (model,) = (
        made(**getattr(module, name), rng=1) for name, made in shown.items() if name in vars(module)
    )
    model.run_for(10)
    assert set(model.mode.values()) == {"compiled"}


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(file, marks=[] if file.stem.startswith("my_first") else pytest.mark.thorough)
        for file in MODELS
    ],
    ids=lambda file: file.stem,
)
def test_a_model_keeps_its_contract(file):
    module = load_module(file)
    for value in vars(module).values():
        if isinstance(value, type) and value.__module__ == module.__name__:
            if issubclass(value, ImitationRule):
                check_rule(value)
            elif issubclass(value, Bandit):
                check_bandit(value)
            elif issubclass(value, Learner):
                check_learner(value)
            elif issubclass(value, Game):
                check_game(value)
