"""`hivemind derive`: what it prints and writes, and its errors."""

import pytest

from hivemind_abm import Hive
from hivemind_abm.app.cli.main import main

pytestmark = pytest.mark.thorough  # compiles many rules

FEW = ["--bees", "6400", "--gap", "0"]


def test_it_prints_the_derivation_and_writes_the_rule(tmp_path, capsys):
    file = tmp_path / "new" / "rule.py"
    words = ["derive", "P-MCL", "--hears", "5", "--bandit", "near one", *FEW, "--out", str(file)]
    assert main(words) == 0
    said = capsys.readouterr().out
    for text in (
        "BanditLinear (n_action 2, gap 0, name near one",
        "the local rule of P-MCL: each bee hears 5 others",
        'all on its own option (reading "own")',
        "P-MCL with 1000 pulls a step: ",
        "P-MCL with 5 pulls a step: ",
        "multiplies its share",
        "fixed points (searched: everywhere)",
        "for the gain to exceed the noise",
        f"written: {file}, the same rule in plain lines",
    ):
        assert text in said, text
    common = {"bandit": "near one", "population_size": 40, "rng": 3, "compiled": False}
    hives = [Hive("local:P-MCL", hears=5, **common), Hive(str(file), **common)]
    for hive in hives:
        hive.run_for(10)
    one, other = (hive.datacollector.get_model_vars_dataframe() for hive in hives)
    assert one.equals(other)
    assert main(words) == 2
    assert f"{file} exists; it is left as it is" in capsys.readouterr().err


def test_a_learner_with_memory(tmp_path, capsys):
    assert main(["derive", "MCL"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("hivemind derive: MaynardCrossLearning keeps numbers beside its policy")
    file = tmp_path / "mcl.py"
    assert main(["derive", "MCL", "--memory", "--alpha", "0.5", "--out", str(file)]) == 0
    assert "Nothing was measured: bees keep numbers" in capsys.readouterr().out
    assert "alpha: float = 0.5" in file.read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["P-MC"], "learner must be one of"),
        (["P-MCL", "--hears", "none"], "invalid number_or_all value"),
        (["P-MCL", "--points", "3"], "there is no option --points"),
        (["P-MCL", "--alpha", "3"], "alpha"),
        (["P-MCL", "--out", "rule.txt"], "--out must be a new file that ends in .py"),
        (["P-MCL", "--population-size", "4"], "population_size must be at least 11"),
    ],
)
def test_errors_are_one_line(words, message, capsys):
    try:
        code = main(["derive", *words])
    except SystemExit as error:  # from argparse
        code = error.code
    assert code == 2 and message in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.thorough
def test_a_learner_whose_file_would_be_another_rule(tmp_path, capsys):
    learner = tmp_path / "asks.py"
    learner.write_text(
        "from dataclasses import dataclass\nfrom hivemind_abm import Learner\n\n\n"
        "@dataclass(frozen=True)\nclass Asks(Learner):\n"
        "    def update(self, policy, pulls, memory, rng):\n"
        "        if getattr(pulls, 'total_' + 'reward') > 0.0:\n"
        "            for a in range(policy.size):\n"
        "                policy[a] = pulls.reward_of(a) / pulls.total_reward\n"
    )
    file = tmp_path / "rule.py"
    assert main(["derive", str(learner), *FEW, "--out", str(file)]) == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert "the lines of Asks are not the same rule in a file" in last and not file.exists()
