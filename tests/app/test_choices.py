"""The choices of the page: the command that they become gives the same rows."""

import shlex

import numpy as np
import pytest

from hivemind_abm.app.cli.main import main
from hivemind_abm.app.page.sessions.choices import Choices, FurtherRule
from hivemind_abm.app.page.sessions.session import Session

ODD = """
from dataclasses import dataclass

from hivemind_abm import ImitationRule


@dataclass(frozen=True)
class Odd(ImitationRule):
    text: str = "a"
    cap: float = 1.0
    pair: tuple[float, ...] = (1.0, 2.0)

    def decide(self, bee, neighbours, rng):
        if self.cap < 0.0 and self.text == "12":
            return neighbours.pick(rng).opinion
        return bee.opinion
"""


@pytest.mark.parametrize(
    "choices",
    [
        Choices(),
        Choices(
            rule="majority",
            rule_fields={"number_of_votes": 3},
            population_size=20,
            neighbourhood_size=4,
        ),
        Choices(rule="wvoter", rule_fields={"switch": "is_det"}, bandit="congestion", seed="77"),
        Choices(
            bandit="linear",
            bandit_fields={"q_star": (0.2, 0.5, 0.7), "n_action": 3},
            initial_shares=(0.5, 0.25, 0.25),
        ),
        Choices(
            rule="success",
            rule_fields={"deterministic": True},
            neighbourhood="everyone",
            compiled=False,
            population_size=30,
        ),
        Choices(
            rule="success",
            mix=(FurtherRule("wvoter", 0.3, {"switch": "is_det"}),),
            bandit_fields={"n_action": 2},
            initial_shares=((0.5, 0.5), (1.0, 0.0)),
            population_size=30,
        ),
        Choices(updating="asynchronous", stop_if_end=0.4, population_size=30),
        Choices(updating=0.5, stop_if_end=False, bandit="switching", bandit_fields={"period": 3}),
    ],
)
def test_the_command_gives_the_same_bytes(choices, tmp_path):
    session = Session(choices)
    for _ in range(7):
        session.step()
    words = shlex.split(session.command())
    assert main([*words[1:], "--out", str(tmp_path)]) == 0
    assert (tmp_path / "run.csv").read_text() == session.csv()


@pytest.mark.thorough
def test_odd_values_survive_the_command_line(tmp_path):
    file = tmp_path / "odd rule.py"
    file.write_text(ODD)
    fields = {"text": "12", "cap": -float("inf"), "pair": (float("inf"), 1.0)}
    session = Session(
        Choices(
            rule=str(file),
            rule_fields=fields,
            initial_shares=tuple(np.full(10, 0.1)),
            population_size=40,
        )
    )
    for _ in range(3):
        session.step()
    words = shlex.split(session.command())
    assert main([*words[1:], "--out", str(tmp_path)]) == 0
    assert (tmp_path / "run.csv").read_text() == session.csv()


def test_the_first_of_several_rules_has_the_bees_that_are_left():
    further = (FurtherRule("success", 0.1), FurtherRule("majority", 0.2))
    assert "--mix 0.7,0.1,0.2" in Choices(mix=further).command(1)
    further = (FurtherRule("success", 10), FurtherRule("majority", 20))
    assert "--mix 270,10,20" in Choices(mix=further).command(1)
    assert Session(Choices(mix=further)).hive.follows.tolist() == 270 * [0] + 10 * [1] + 20 * [2]


def test_rules_may_share_the_name_of_a_field_but_a_command_line_may_not():
    further = (FurtherRule("wvoter", 0.5, {"switch": "is_det"}),)
    choices = Choices(rule_fields={"switch": "is_stoc"}, mix=further)
    assert [rule.switch for rule in Session(choices).hive.rules] == ["is_stoc", "is_det"]
    assert choices.ambiguous_fields == ["switch"]
    assert not Choices(rule_fields={"switch": "is_stoc"}).ambiguous_fields
