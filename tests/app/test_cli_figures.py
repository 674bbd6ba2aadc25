"""`hivemind reproduce` as a user types it."""

import pandas as pd
import pytest

from hivemind_abm.app.cli.main import main


@pytest.mark.thorough
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
