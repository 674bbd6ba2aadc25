"""`hivemind compare` as a user types it."""

import pandas as pd
import pytest

from hivemind_abm.app.cli.main import main


def test_the_command(tmp_path, capsys):
    command = [
        "compare",
        "--rule",
        "wvoter",
        "--learner",
        "P-MCL",
        "--dynamic",
        "MRD",
        "--bandit",
        "near zero",
    ]
    command += [
        "--population-size",
        "1000",
        "--steps",
        "60",
        "--runs",
        "200",
        "--out",
        str(tmp_path),
    ]
    assert main(command) == 0
    printed = capsys.readouterr().out
    assert "R_wvoter - MRD: equal within error" in printed
    assert "P-MCL - MRD: equal within error" in printed
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "compare.csv",
        "compare.pdf",
        "compare.png",
        "compare_distances.csv",
    ]
    distances = pd.read_csv(tmp_path / "compare_distances.csv")
    assert len(distances) == 3
    before = {file.name: file.read_bytes() for file in tmp_path.glob("*.csv")}
    assert main(command) == 0
    assert {file.name: file.read_bytes() for file in tmp_path.glob("*.csv")} == before


def test_the_command_tells_small_hives_apart(tmp_path, capsys):
    assert (
        main(
            [
                "compare",
                "--rule",
                "success",
                "--population-size",
                "10",
                "--runs",
                "200",
                "--out",
                str(tmp_path),
            ]
        )
        == 0
    )
    printed = capsys.readouterr().out
    assert "R_success - TRD: not equal" in printed
    assert "P-CL - TRD: not equal" in printed


@pytest.mark.thorough
def test_the_command_takes_files_and_fields(tmp_path, capsys):
    command = [
        "compare",
        "--rule",
        "models/my_first_rule.py",
        "--learner",
        "models/my_first_learner.py",
        "--margin",
        "0.1",
    ]
    command += [
        "--gamma",
        "0.2",
        "--gap",
        "0.05",
        "--population-size",
        "20",
        "--steps",
        "5",
        "--runs",
        "3",
        "--out",
        str(tmp_path),
    ]
    assert main(command) == 0
    assert "HesitantImitator - ExponentialWeights" in capsys.readouterr().out
    assert main([*command, "--gama", "0.1"]) == 2
    assert "gama fits nothing here; did you mean gamma?" in capsys.readouterr().err
