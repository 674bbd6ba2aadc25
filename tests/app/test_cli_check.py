"""`hivemind check` and `hivemind gallery`, and rules by path that pass the check and run."""

import pytest

from hivemind_abm.app.cli.main import main

pytestmark = pytest.mark.thorough  # compiles many rules

OWN_RULE = """
from dataclasses import dataclass
from hivemind_abm import ImitationRule

@dataclass(frozen=True)
class Careful(ImitationRule):
    needed: int = 2

    def decide(self, bee, neighbours, rng):
        first, second = neighbours.pick(rng), neighbours.pick_by_payoff(rng)
        if first.opinion == second.opinion and neighbours.count_of(first.opinion) >= self.needed:
            return first.opinion
        return bee.opinion
"""
WITH_A_DICT = OWN_RULE.replace(
    "        if first.opinion",
    "        heard = {first.opinion: first.payoff}\n        if heard and first.opinion",
)


def written(folder):
    (file,) = folder.glob("*.csv")
    return file.read_bytes()


def test_a_rule_by_path_is_checked_and_runs_compiled(tmp_path, capsys):
    file = tmp_path / "careful.py"
    file.write_text(OWN_RULE)
    assert main(["check", str(file)]) == 0
    assert "compiled: the same numbers as interpreted, bit for bit" in capsys.readouterr().out
    run = [
        "run",
        "--rule",
        str(file),
        "--needed",
        "3",
        "--population-size",
        "30",
        "--steps",
        "5",
        "--out",
        str(tmp_path / "out"),
    ]
    assert main(run) == 0
    assert "rule compiled" in capsys.readouterr().out


def test_a_rule_with_a_dict_runs_interpreted_with_one_warning(tmp_path, capsys):
    same, other = tmp_path / "careful.py", tmp_path / "with_a_dict.py"
    same.write_text(OWN_RULE)
    other.write_text(WITH_A_DICT)
    rest = ["--population-size", "30", "--steps", "5", "--out"]
    assert main(["run", "--rule", str(other), *rest, str(tmp_path / "a")]) == 0
    shown = capsys.readouterr()
    line = WITH_A_DICT.splitlines().index("        heard = {first.opinion: first.payoff}") + 1
    reason = f"with_a_dict.py, line {line}: a dict is not compiled"
    assert (
        shown.err == f"hivemind: warning: Careful.decide runs interpreted, not compiled: {reason}\n"
    )
    assert "rule interpreted" in shown.out
    assert main(["run", "--rule", str(same), *rest, str(tmp_path / "b")]) == 0
    assert written(tmp_path / "a") == written(tmp_path / "b")
    assert main(["check", str(other)]) == 0
    assert "remark: runs interpreted, not compiled: with_a_dict.py, line" in capsys.readouterr().out


def test_a_broken_rule_fails_its_check(tmp_path, capsys):
    file = tmp_path / "broken.py"
    file.write_text(OWN_RULE.replace("return first.opinion", "return first.opinion + 100"))
    assert main(["check", str(file)]) == 1
    assert "FAILED" in capsys.readouterr().out


def test_gallery_copies_a_model_and_overwrites_nothing(tmp_path, capsys):
    assert main(["gallery", "--copy", "my_first_rule", str(tmp_path)]) == 0
    assert main(["gallery", "--copy", "my_first_rule", str(tmp_path)]) == 2
    assert "exists; it is left as it is" in capsys.readouterr().err
    assert main(["check", str(tmp_path / "my_first_rule.py")]) == 0


def test_settings_of_a_model_are_built_and_stepped(tmp_path, capsys):
    file = tmp_path / "settings.py"
    file.write_text('HIVE = {"rule": "success", "population_size": 20}\n')
    assert main(["check", str(file)]) == 0
    assert capsys.readouterr().out == "HIVE = {...}\n  ok  is built and makes 10 steps, compiled\n"
    file.write_text('HIVE = {"rule": "success", "population_size": 0}\n')
    assert main(["check", str(file)]) == 1
    assert "FAILED  population_size must be" in capsys.readouterr().out
    file.write_text("HIVE = 3\n")
    assert main(["check", str(file)]) == 2
    file.write_text("X = 3\n")
    assert main(["check", str(file)]) == 2
    assert "has no rule, bandit, learner or game to check" in capsys.readouterr().err
