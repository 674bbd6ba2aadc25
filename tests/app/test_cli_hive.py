"""`hivemind run` as a user types it."""

import pandas as pd

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
