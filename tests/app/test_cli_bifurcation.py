"""`hivemind bifurcation`: what it prints and writes, and its errors."""

import pandas as pd
import pytest

from hivemind_abm.app.cli.main import main

pytestmark = pytest.mark.thorough  # compiles rules

RULE = """
from dataclasses import dataclass
from hivemind_abm import ImitationRule


@dataclass(frozen=True)
class Independent(ImitationRule):
    p: float = 0.2
    hears = 3

    def decide(self, bee, neighbours, rng):
        if rng.random() < self.p:
            return rng.integers(neighbours.n_action)
        first = neighbours[0].opinion
        agree = neighbours[1].opinion == first and neighbours[2].opinion == first
        return first if agree else bee.opinion
"""
BANDIT = ["--bandit", "near one", "--n-action", "2"]


def test_it_prints_where_branches_meet_and_writes_files(tmp_path, capsys):
    (tmp_path / "rule.py").write_text(RULE)
    words = ["bifurcation", "--rule", str(tmp_path / "rule.py"), *BANDIT, "--vary", "p=0.2:0.5:4"]
    words += ["--updating", "asynchronous", "--bees", "6400", "--out", str(tmp_path / "out")]
    assert main(words) == 0
    output = capsys.readouterr().out
    assert "p from 0.2 to 0.5; seed 1" in output and "written: " in output.splitlines()[-1]
    table = pd.read_csv(tmp_path / "out" / "bifurcation.csv")
    assert {"value", "branch", "share_0", "error_0", "kind", "eigenvalue", "std_0"} <= set(table)
    for name in ("meetings.csv", "bifurcation.png", "bifurcation.pdf"):
        assert (tmp_path / "out" / name).stat().st_size > 0


def test_several_rules_and_the_share_of_one(tmp_path, capsys):
    (tmp_path / "zealot.py").write_text(
        "from dataclasses import dataclass\nfrom hivemind_abm import ImitationRule\n\n\n"
        "@dataclass(frozen=True)\nclass Zealot(ImitationRule):\n"
        "    def decide(self, bee, neighbours, rng):\n        return 0\n"
    )
    words = ["bifurcation", "--rule", "wvoter", "--rule", str(tmp_path / "zealot.py")]
    words += ["--mix", "0.9,0.1", *BANDIT, "--vary", "rule_share_1=0.1,0.3,0.5"]
    words += ["--neighbourhood-size", "10", "--bees", "6400", "--out", str(tmp_path / "out")]
    assert main(words) == 0
    assert "rule_share_1 from 0.1 to 0.5" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--vary", "p"], "--vary must be NAME=FIRST:LAST:COUNT"),
        (["--vary", "p=0:1"], "--vary must be NAME=FIRST:LAST:COUNT"),
        (["--vary", "gap=1:0:5"], "--vary must go up"),
        (["--vary", "gap=0:1:2"], "in 3 to 1000 values"),
        (["--vary", "gap=a,b,c"], "--vary must be"),
        (["--vary", "number=1,2,3"], "vary must be one of"),
        (["--vary", "gap=0:0.1:3", "--mix", "0.9,0.1"], "--mix must have a number for each"),
        (["--vary", "gap=0:0.1:3", "--values", "3"], "there is no option --values"),
        (["--vary", "gap=0:5:3"], "gap"),
    ],
)
def test_errors_are_one_line(words, text, capsys):
    assert main(["bifurcation", *BANDIT, *words]) == 2
    error = capsys.readouterr().err
    assert error.startswith("hivemind bifurcation: ") and text in error
    assert error.count("\n") == 1
