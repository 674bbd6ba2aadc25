"""The command as a user types it, and the README's own examples."""

import re
import subprocess
import sys
import warnings
from pathlib import Path

import pandas as pd
import pytest

from hivemind_abm.app.cli.main import main
from hivemind_abm.loading import load_module

ROOT = Path(__file__).parents[2]
RUN = [
    "run",
    "--rule",
    "wvoter",
    "--bandit",
    "near one",
    "--population-size",
    "100",
    "--neighbourhood-size",
    "10",
    "--steps",
    "20",
]

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


def test_run_writes_the_same_bytes_for_the_same_command(tmp_path, capsys):
    for folder, seed in (("a", "0"), ("b", "0"), ("c", "1")):
        assert main([*RUN, "--seed", seed, "--out", str(tmp_path / folder)]) == 0
    assert written(tmp_path / "a") == written(tmp_path / "b")
    assert written(tmp_path / "a") != written(tmp_path / "c")
    out = capsys.readouterr().out
    assert "after 20 steps: optimal share" in out
    assert f"written: {tmp_path / 'a' / 'run.csv'}" in out
    table = pd.read_csv(tmp_path / "a" / "run.csv")
    assert len(table) == 21
    assert list(table.columns[:3]) == ["step", "optimal_share", "mean_payoff"]


def test_run_interpreted_gives_the_same_rows(tmp_path):
    assert main([*RUN, "--out", str(tmp_path / "a")]) == 0
    assert main([*RUN, "--interpreted", "--out", str(tmp_path / "b")]) == 0
    assert written(tmp_path / "a") == written(tmp_path / "b")


def test_run_takes_fields_and_runs(tmp_path, capsys):
    arguments = [
        "run",
        "--rule",
        "majority",
        "--number-of-votes",
        "inf",
        "--gap=0.05",
        "--population-size",
        "20",
    ]
    assert main([*arguments, "--runs", "5", "--steps", "9", "--out", str(tmp_path)]) == 0
    assert "number_of_votes inf" in capsys.readouterr().out
    assert "optimal_share_q95" in pd.read_csv(tmp_path / "run.csv").columns


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "--rule", "majority", "--number-of-vote", "3"], "did you mean number_of_votes?"),
        (["run", "--seed", "x"], "whole number"),
        (["run", "--steps", "-1"], "--steps must be at least 0"),
        (["run", "--rule", "nowhere.py"], "there is no file 'nowhere.py'"),
        (["run", "stray"], "unexpected argument 'stray'"),
        (["check", "nowhere.py"], "there is no file 'nowhere.py'"),
        (["check", __file__], "has no rule, bandit or learner to check"),
        (["reproduce", "nothing"], "the figure must be one of MCL_with_many_alphas"),
        (["reproduce", "population_experiments", "--fast"], "reproduce has no option --fast"),
        (["gallery", "--copy", "nothing"], "the model must be one of"),
    ],
    ids=lambda value: " ".join(value)[:50] if isinstance(value, list) else None,
)
def test_errors_are_one_line_and_exit_code_2(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


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


def test_reproduce_quick_writes_whole_files(tmp_path, capsys):
    arguments = [
        "reproduce",
        "population_experiments",
        "--quick",
        "--runs",
        "4",
        "--out",
        str(tmp_path),
    ]
    assert main(arguments) == 0
    names = {f"population_experiments.{ending}" for ending in ("csv", "png", "pdf")}
    assert {file.name for file in tmp_path.iterdir()} == names | {"equivalence.json"}
    assert (tmp_path / "population_experiments.pdf").read_bytes().startswith(b"%PDF")
    table = pd.read_csv(tmp_path / "population_experiments.csv")
    assert set(table["curve"]) == {"R_success", "R_wvoter", "TRD", "MRD"}
    assert table.groupby(["row", "column", "curve", "kind"]).size().eq(151).all()
    assert f"written: {tmp_path}" in capsys.readouterr().out
    before = (tmp_path / "population_experiments.csv").read_bytes()
    assert main(arguments) == 0
    assert (tmp_path / "population_experiments.csv").read_bytes() == before


def test_gallery_copies_a_model_and_overwrites_nothing(tmp_path, capsys):
    assert main(["gallery"]) == 0
    assert "my_first_rule" in capsys.readouterr().out
    assert main(["gallery", "--copy", "my_first_rule", str(tmp_path)]) == 0
    assert main(["gallery", "--copy", "my_first_rule", str(tmp_path)]) == 2
    assert main(["check", str(tmp_path / "my_first_rule.py")]) == 0


def test_every_command_has_help_with_an_example(capsys):
    for command in ("run", "reproduce", "check", "gallery"):
        with pytest.raises(SystemExit) as stop:
            main([command, "--help"])
        assert stop.value.code == 0
        assert re.search(rf"example:\n  hivemind {command}", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "return bee.opinon",
            "users.py, line 8: AttributeError: 'BeeState' object has no attribute 'opinon'",
        ),
        ("return bee.opinion)", "users.py, line 8: SyntaxError: unmatched ')'"),
        ("return [1, 2][bee.opinion]", "IndexError"),
        ("return 1 // 0", "ZeroDivisionError"),
    ],
)
def test_errors_in_a_users_file_are_one_line_too(text, message, tmp_path, capsys):
    lines = [
        "from dataclasses import dataclass",
        "from hivemind_abm import ImitationRule",
        "",
        "",
        "@dataclass(frozen=True)",
    ]
    lines += [
        "class Users(ImitationRule):",
        "    def decide(self, bee, neighbours, rng):",
        f"        {text}",
    ]
    file = tmp_path / "users.py"
    file.write_text("\n".join(lines))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert main(["run", "--rule", str(file), "--steps", "3", "--out", str(tmp_path)]) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("hivemind run: ")
    assert message in error


def readme_examples():
    text = (ROOT / "README.md").read_text()
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


@pytest.mark.thorough
@pytest.mark.parametrize("number", range(len(readme_examples())))
def test_the_readmes_python_runs(number, tmp_path, monkeypatch):
    block = readme_examples()[number]
    if "def " not in block and "import" not in block:
        block = "from hivemind_abm import Hive\n" + block
    block = (
        block.replace("runs=1000", "runs=10")
        .replace("run_seeds(1, 20)", "run_seeds(1, 4)")
        .replace("runs=200", "runs=20")
    )
    if "SYSTEMS" in block:  # several processes are tested by the other example
        block = block.replace("number_processes=2", "number_processes=1").replace(
            "max_steps=150", "max_steps=20"
        )
    file = tmp_path / "example.py"
    file.write_text(block)
    (tmp_path / "my_first_rule.py").write_text((ROOT / "models" / "my_first_rule.py").read_text())
    monkeypatch.chdir(tmp_path)
    if "__main__" not in block:
        load_module(file)
        return
    done = subprocess.run([sys.executable, file.name], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
