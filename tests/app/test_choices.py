"""The choices of the page: the command that they become gives the same rows."""

import shlex

import numpy as np
import pytest

from hivemind_abm.app.cli.main import main
from hivemind_abm.app.page.choices import Choices
from hivemind_abm.app.page.session import Session

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
    ],
)
def test_the_command_gives_the_same_bytes(choices, tmp_path):
    session = Session(choices)
    for _ in range(7):
        session.step()
    words = shlex.split(session.command())
    assert main([*words[1:], "--out", str(tmp_path)]) == 0
    assert (tmp_path / "run.csv").read_text() == session.csv()


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
