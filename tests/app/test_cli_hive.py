"""`hivemind run` as a user types it."""

import pandas as pd

from hivemind_abm import Hive
from hivemind_abm.app.cli.main import main

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


ZEALOT = """
from dataclasses import dataclass
from hivemind_abm import ImitationRule

@dataclass(frozen=True)
class Zealot(ImitationRule):
    camp: int = 0

    def decide(self, bee, neighbours, rng):
        return self.camp
"""


def test_run_takes_several_rules_one_at_a_time_to_a_quorum(tmp_path, capsys):
    (tmp_path / "zealot.py").write_text(ZEALOT)
    arguments = [
        *("run", "--rule", "wvoter", "--rule", str(tmp_path / "zealot.py"), "--mix", "0.8,0.2"),
        *("--camp", "1", "--n-action", "2", "--initial-shares", "1,0;0,1"),
        *("--updating", "asynchronous", "--population-size", "50", "--stop-if-end", "0.9"),
        *("--steps", "100", "--seed", "3", "--out", str(tmp_path)),
    ]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert "40 bees with WeightedVoterRule (switch bee)\n10 bees with Zealot (camp 1)" in printed
    assert "asynchronous: a step is N events; seed 3" in printed
    table = pd.read_csv(tmp_path / "run.csv")
    last = table.iloc[-1]
    assert f"quorum of 0.9 at step {int(last['step'])}, on option 1" in printed
    assert last["share_1"] >= 0.9 > table["share_1"].iloc[-2]
    hive = Hive(
        rule=[("wvoter", 0.8), (str(tmp_path / "zealot.py"), 0.2)],
        camp=1,
        n_action=2,
        initial_shares=[(1, 0), (0, 1)],
        updating="asynchronous",
        population_size=50,
        stop_if_end=0.9,
        rng=3,
    )
    hive.run_for(100)
    pd.testing.assert_frame_equal(hive.table(), table, check_exact=True)


def test_stop_if_end_is_a_flag_too(tmp_path, capsys):
    arguments = ["--updating", "0.5", "--population-size", "5", "--steps", "200"]
    assert main(["run", "--stop-if-end", *arguments, "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "a bee decides with probability 0.5 in a step; seed 1" in printed
    assert "first consensus at step" in printed
    assert pd.read_csv(tmp_path / "run.csv")["consensus"].tolist()[-2:] == [False, True]
    few = ["run", "--stop-if-end=0.99", "--steps", "1", "--out", str(tmp_path)]
    assert main(few) == 0
    assert "no quorum of 0.99" in capsys.readouterr().out


def test_a_field_that_two_rules_have_is_refused_by_their_names(tmp_path, capsys):
    (tmp_path / "zealot.py").write_text(ZEALOT)
    file = str(tmp_path / "zealot.py")
    words = ["run", "--rule", file, "--rule", file, "--mix", "0.5,0.5", "--camp", "1"]
    assert main([*words, "--out", str(tmp_path)]) == 2
    assert "camp is a field of the rule Zealot and the rule Zealot" in capsys.readouterr().err
    for wrong, message in (
        (["--updating", "fast"], "updating must be 'synchronous', 'asynchronous' or"),
        (["--updating", "2"], "updating must be a number above 0 and at most 1"),
        (["--stop-if-end", "7"], "stop_if_end must be True, False or the share"),
        (["--rule", "wvoter", "--rule", "success"], "--mix must have a number for each"),
    ):
        assert main(["run", *wrong, "--out", str(tmp_path)]) == 2
        assert message in capsys.readouterr().err
