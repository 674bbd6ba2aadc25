"""Every model of the gallery runs, is drawn, and its first line says what it is.

Where it has a rule, bandit, learner or game, it keeps the contract.  Its claims are measured in
test_gallery_claims.
"""

import ast

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
from hivemind_abm.app.figures.story import draw_story
from hivemind_abm.contract.games import check_game
from hivemind_abm.loading import gallery, load_module

QUICK = ("my_first_rule", "my_first_learner", "my_first_game")  # the others compile long
MODELS = sorted(gallery("models").glob("*.py"))
ATLAS = [file for file in MODELS if "CLAIMS = (" in file.read_text()]
FAMILIES = {
    "start here",
    "tools and worlds",
    "voters",
    "majorities",
    "honeybees",
    "robots and best of N",
    "imitation and games",
    "learning alone and together",
    "hives that play",
}
MOST_LINES = 79  # of a model with claims


def by_name(files):
    return pytest.mark.parametrize("file", files, ids=lambda file: file.stem)


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


@by_name(MODELS)
def test_a_model_belongs_to_a_family(file):
    tree = ast.parse(file.read_text())
    assert len(ast.get_docstring(tree).splitlines()[0]) <= 100
    (family,) = (
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "FAMILY"
    )
    assert family in FAMILIES


def test_the_atlas_is_large_and_covers_its_families():
    assert len(ATLAS) >= 24
    assert {load_module(file).FAMILY for file in ATLAS} >= FAMILIES - {
        "start here",
        "tools and worlds",
    }


@by_name(ATLAS)
def test_a_model_of_the_atlas_is_short_and_names_its_paper(file):
    source = file.read_text()
    assert len(source.splitlines()) <= MOST_LINES
    docstring = ast.get_docstring(ast.parse(source))
    assert "https://doi.org/" in docstring or "arXiv" in docstring
    assert callable(load_module(file).draw)


@pytest.mark.thorough
@by_name(ATLAS)
def test_a_model_is_drawn(file, tmp_path):
    draw_story(file, [tmp_path / "story.png"], quick=True)
    assert (tmp_path / "story.png").stat().st_size > 5_000
