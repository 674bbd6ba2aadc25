"""Parameter studies as a user types them: `hivemind sweep`, `status` and `export`."""

from pathlib import Path

import pandas as pd
import pytest
from small_studies import TOML, WORN_OUT, same

from hivemind_abm import Study
from hivemind_abm.app.cli.main import main
from hivemind_abm.studies.store import Store

pytestmark = pytest.mark.thorough  # runs sweeps


@pytest.fixture
def toml(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "study.toml"
    file.write_text(TOML)
    return file


def test_sweep_status_and_export(toml, capsys):
    assert main(["sweep", "study.toml", "--dry-run"]) == 0
    printed = capsys.readouterr().out
    assert "11 cells, 440 runs of 30 steps" in printed
    assert " s on " in printed
    assert main(["sweep", "study.toml", "--store", "one"]) == 0
    assert main(["sweep", "study.toml"]) == 0
    assert main(["status", "one"]) == 0
    assert "11 of 11 units are there (100 %)" in capsys.readouterr().out
    for file in ("one.csv", "one.parquet"):
        assert main(["export", "one", file]) == 0
    assert main(["export", "results/study", "two.csv"]) == 0
    assert Path("one.csv").read_bytes() == Path("two.csv").read_bytes()
    table = pd.read_csv("one.csv")
    assert len(table) == len(pd.read_parquet("one.parquet")) == len(Study.from_toml(toml).run())
    assert main(["export", "one", "one.xlsx"]) == 2
    assert "must end in .csv or .parquet" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("population_size", "popultion_size"),
            "cell 0: popultion_size fits nothing here; did you mean population_size?",
        ),
        (("seed = 1", "sead = 1"), "study.toml: sead is not known"),
        (("seed = 1\n", ""), "study.toml: seed is missing"),
        (("runs = 40", "runs = "), "study.toml is no TOML"),
        (("[[systems]]", "[systems_]"), "is no"),
    ],
)
def test_a_wrong_file_is_one_line(change, message, toml, capsys):
    toml.write_text(TOML.replace(*change))
    assert main(["sweep", "study.toml"]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert len(error.strip().splitlines()) == 1
    assert not Path("results").exists()


def test_other_mistakes_of_the_commands(toml, capsys, tmp_path):
    assert main(["sweep", "nothing.toml"]) == 2
    assert main(["status", "nothing"]) == 2
    assert main(["export", "nothing", "out.csv"]) == 2
    assert main(["sweep", "study.toml", "--workers", "0"]) == 2
    assert main(["sweep", "study.toml", "--store", "/dev/null/store"]) == 2
    assert all(
        line.startswith("hivemind ") for line in capsys.readouterr().err.strip().splitlines()
    )
    (tmp_path / "worn_out.py").write_text(WORN_OUT)
    toml.write_text(
        'runs = 3\nsteps = 2\nseed = 1\n[[systems]]\nrule = "worn_out.py"\n'
        "population_size = 5\npatience = [0.5, 2.0]\n"
    )
    assert main(["sweep", "study.toml", "--store", "store"]) == 1
    captured = capsys.readouterr()
    assert "WornOut.decide returned opinion 99" in captured.err
    assert main(["status", "store"]) == 0
    assert "1 of 2 units are there (50 %)" in capsys.readouterr().out


@pytest.mark.thorough
def test_a_dask_cluster_by_its_address(toml, cluster, capsys):
    assert (
        main(["sweep", "study.toml", "--store", "store", "--dask", cluster.scheduler_address]) == 0
    )
    same(Store.existing("store").read(), Study.from_toml(toml).run())
