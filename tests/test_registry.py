"""Names that no field may have, and the values that a field takes."""

import argparse
import inspect
import math
from dataclasses import dataclass, field, make_dataclass
from typing import Annotated, Any, Literal

import mesa
import numpy as np
import pytest

from hivemind_abm import (
    Bandit,
    GameModel,
    Hive,
    ImitationRule,
    LearnerModel,
    ReplicatorModel,
    Study,
    WeightedVoterRule,
    compare,
    ensemble,
    finite_hive,
    mean_field,
)
from hivemind_abm.app.cli.main import COMMANDS, main
from hivemind_abm.engine.rows import Rows
from hivemind_abm.learners.local_rule import LocalRule
from hivemind_abm.learners.macro_agent import MacroAgent
from hivemind_abm.registry import parse_value, reserved_as
from hivemind_abm.studies.players import compare_players

PLAYERS = {"players": ("success", [("success", 0.5), ("wvoter", 0.5)]), "population_size": 6}
CELL = {"rule": "wvoter", "bandit": "near one", "population_size": 5}
RULE = """
from dataclasses import dataclass
from hivemind_abm import ImitationRule


@dataclass(frozen=True)
class Greedy(ImitationRule):
    {field}: float = 0.5

    def decide(self, bee, neighbours, rng):
        return neighbours.pick(rng).opinion
"""


def rule_with(name, kind=float, default=0.5):
    return make_dataclass(
        "Greedy",
        [(name, kind, field(default=default))],
        bases=(ImitationRule,),
        frozen=True,
        namespace={"decide": lambda self, bee, neighbours, rng: bee.opinion},
    )


@pytest.mark.parametrize("model", [Hive, LearnerModel, ReplicatorModel, GameModel])
def test_the_arguments_of_the_models_are_reserved(model):
    for name in set(inspect.signature(model).parameters) - {"parameters"}:
        assert reserved_as(name, "bandit"), name


@pytest.mark.parametrize("function", [compare, compare_players, mean_field, finite_hive])
def test_the_arguments_of_what_takes_fields_are_reserved(function):
    for name in set(inspect.signature(function).parameters) - {"parameters"}:
        assert reserved_as(name, "bandit"), name


def test_the_options_of_the_commands_are_reserved():
    for command in COMMANDS:
        if command.takes_parameters:
            parser = argparse.ArgumentParser()
            command.add_options(parser)
            for action in parser._actions:
                of_local_rules = action.dest in LocalRule.__annotations__  # no learner may have it
                assert reserved_as(action.dest) or of_local_rules, action.dest


@pytest.mark.parametrize("keep", ["summary", "rows", "last"])
def test_the_columns_of_the_tables_are_reserved(keep):
    table = Study([CELL], runs=2, steps=2, seed=1, keep=keep).run()
    table = [*table, *ensemble(Hive, CELL, runs=2, steps=2, seed=1, keep=keep)]
    for name in {*table, *Rows.names(12), "share_none", "kind_0_share_3"}:
        assert reserved_as(name), name
    played = ensemble(GameModel, PLAYERS, runs=2, steps=2, seed=1, keep=keep)
    for name in {*played, "p0_share_none", "p11_kind_0_share_3"}:
        assert reserved_as(name), name


@pytest.mark.parametrize("name", ["margin", "share", "shares", "p1", "kind", "payoff", "delta"])
def test_other_names_are_free(name):
    assert reserved_as(name) is None
    Hive(rule_with(name), rng=1, **{name: 0.25})


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("mean_payoff", "a column of the tables of results"),
        ("consensus", "a column of the tables of results"),
        ("share_0", "a column of the tables of results"),
        ("share_120_q05", "a column of the tables of results"),
        ("Step", "a column of the tables of results"),
        ("runs", "a column of the tables of results"),
        ("kind_1_share_none", "a column of the tables of results"),
        ("p0_payoff", "a column of the tables of results"),
        ("players", "an argument of the models or of what runs them"),
        ("seed", "an argument of the models or of what runs them"),
        ("model", "an argument of the models or of what runs them"),
        ("interpreted", "an option of the commands"),
    ],
)
def test_a_field_with_a_reserved_name_is_refused_wherever_a_model_is_built(
    name, meaning, tmp_path, capsys
):
    message = f"{name} is a field of the rule Greedy and {meaning}: rename the field"
    rule = rule_with(name)
    for build in (
        lambda: Hive(rule, rng=1),
        lambda: Hive(rule(), rng=1),
        lambda: ensemble(Hive, {"rule": rule}, runs=1, steps=1, seed=1, keep="rows"),
        lambda: mesa.batch_run(Hive, {"rule": rule}, rng=[1], max_steps=1, display_progress=False),
        lambda: mean_field(rule, "near one"),
        lambda: compare(rule, runs=2, steps=1),
    ):
        with pytest.raises(TypeError) as error:
            build()
        assert str(error.value) == message
    file = tmp_path / "greedy.py"
    file.write_text(RULE.format(field=name))
    with pytest.raises(TypeError, match=f"cell 0: {message}"):
        Study([{"rule": str(file)}], runs=1, steps=1, seed=1)
    assert main(["run", "--rule", str(file), "--out", str(tmp_path / "out")]) == 2
    assert main(["check", str(file)]) == 1
    out, err = capsys.readouterr()
    assert message in err
    assert message in out


def test_a_bandit_has_a_replicator_beside_it():
    @dataclass(frozen=True)
    class Wave(Bandit):
        n_action: int = 2
        delta: float = 0.1

        def pull(self, option, world, rng):
            return 0.5

    with pytest.raises(TypeError, match="delta is a field of the bandit Wave and an argument"):
        Hive(bandit=Wave, rng=1)


def test_a_part_may_hold_a_part():
    model = LearnerModel(MacroAgent, rule=WeightedVoterRule(), parallel_envs=4, rng=1)
    assert model.learner == LearnerModel(MacroAgent(WeightedVoterRule(), 4), rng=1).learner


type Size = int | Literal["all"]


@pytest.mark.parametrize(
    ("kind", "right", "wrong", "allowed"),
    [
        (float, [1, 0.5, np.float32(0.5), np.int64(2), math.inf], [(0, 5), "", "x", True, None],
         "a number"),
        (int, [1, np.int64(2)], [1.0, True, "1", (1,)], "a whole number"),
        (bool, [True, np.bool_(False)], [1, "yes", None], "True or False"),
        (str, ["x", ""], [1, None, ("x",)], "text"),
        (Literal["a", 1], ["a", 1], ["b", True, 1.5, [1]], "'a' or 1"),
        (float | None, [None, 1], ["", (1,)], "a number or None"),
        (Size, [3, "all"], ["some", 2.5], "a whole number or 'all'"),
        (Annotated[int, "bees"], [3], [2.5], "a whole number"),
        (tuple[float, ...], [(), (0.5, 1), [0.5], np.array([0.5])], [0.5, "ab", ("a",), (True,)],
         "a tuple, each item a number"),
        (tuple[int, str], [(1, "a")], [(1,), (1, 2), ("a", 1)], "a tuple (a whole number, text)"),
        ("float", [1], ["x"], "a number"),
        (Any, [1, "x", None], [], ""),
        (list[int], [1, "x", None], [], ""),
        (int | list[int], ["x"], [], ""),
        ("Unknown", ["x"], [], ""),
    ],
)  # fmt: skip
def test_values_from_keywords_fit_the_annotation(kind, right, wrong, allowed):
    rule = rule_with("margin", kind, None)
    for value in right:
        Hive.settings(rule=rule, margin=value)
    for value in wrong:
        with pytest.raises(TypeError) as error:
            Hive.settings(rule=rule, margin=value)
        assert str(error.value) == f"margin must be {allowed}, not {value!r}"
        assert Hive.settings(rule=rule(value)).rule.margin is value  # an instance is the user's


def test_the_errors_of_a_class_come_first_where_they_name_the_field():
    with pytest.raises((ValueError, TypeError), match="number_of_votes must be a whole number"):
        Hive(rule="majority", number_of_votes="many")

    @dataclass(frozen=True)
    class Halved(ImitationRule):
        margin: float = 0.5

        def __post_init__(self):
            object.__setattr__(self, "margin", self.margin / 2)

    with pytest.raises(TypeError, match=r"margin must be a number, not \(0, 5\)"):
        Hive(rule=Halved, margin=(0, 5))


@pytest.mark.parametrize(
    ("text", "value"),
    [("-inf", -math.inf), ("+Infinity", math.inf), ("-.05", -0.05), ("{[]: 1}", "{[]: 1}"),
     ("", ""), ("0,05", "0,05"), ("0,5", (0, 5)), ("--inf", "--inf"), ("(" * 500, "(" * 500)],
)  # fmt: skip
def test_texts_of_the_command_line_are_values(text, value):
    assert parse_value(text) == value
