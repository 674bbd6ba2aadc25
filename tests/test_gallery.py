"""Every model of the gallery runs, keeps its contract where it has a rule or bandit, and says in a line what it is."""

import pytest

from hivemind_abm import Bandit, Hive, ImitationRule, check_bandit, check_rule
from hivemind_abm.loading import gallery, load_module

MODELS = sorted(gallery("models").glob("*.py"))


@pytest.mark.parametrize("file", MODELS, ids=lambda file: file.stem)
def test_a_model_runs(file):
    module = load_module(file)
    assert module.__doc__.strip().splitlines()[0].endswith(".")
    hive = Hive(**module.HIVE, rng=1)
    hive.run_for(10)
    assert set(hive.way.values()) == {"compiled"}
    for value in vars(module).values():
        if isinstance(value, type) and value.__module__ == module.__name__:
            if issubclass(value, ImitationRule):
                check_rule(value)
            elif issubclass(value, Bandit):
                check_bandit(value)
