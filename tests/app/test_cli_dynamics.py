"""The options of the commands that name dynamics."""

import inspect

import numpy as np
import pandas as pd
import pytest

from hivemind_abm import compare
from hivemind_abm.app.cli.main import main
from hivemind_abm.studies.comparison import _OF_HIVE
from hivemind_abm.studies.partners import build_systems
from hivemind_abm.theory.dynamics import ALL_DYNAMICS
from hivemind_abm.theory.imitative import BoltzmannQ
from hivemind_abm.theory.innovative import Logit

X, Q = np.full(10, 0.1), np.linspace(0.4, 0.7, 10)  # of the bandit "evenly spaced"
FEW = ["--n-action", "2", "--gap", "0", "--bees", "64000"]


@pytest.mark.thorough
def test_mean_field_compares_with_all_dynamics_where_it_is_asked_to(tmp_path, capsys):
    words = ["mean-field", "--rule", "success", "--bandit", "near one", *FEW]
    assert main([*words, "--out", str(tmp_path / "few")]) == 0
    said = capsys.readouterr().out
    assert main([*words, "--dynamics", "--out", str(tmp_path / "all")]) == 0
    more = capsys.readouterr().out
    assert "best response" not in said and "written:" in said
    for name in ALL_DYNAMICS:
        assert f"\n  {name} " in more
    assert "R_success, M = 1: equal to TRD within error: rms" in more
    same = [line for line in said.splitlines() if "written" not in line]
    assert [line for line in more.splitlines() if line in same] == same
    files = {path.name for path in (tmp_path / "few").iterdir()}
    assert {path.name for path in (tmp_path / "all").iterdir()} - files == {
        "mean_field_dynamics.csv"
    }
    few, all_ = (tmp_path / folder / "mean_field.csv" for folder in ("few", "all"))
    assert few.read_bytes() == all_.read_bytes()
    table = pd.read_csv(tmp_path / "all" / "mean_field_dynamics.csv")
    assert table["dynamic"].tolist() == list(ALL_DYNAMICS)
    assert table["follows"][0] == "equal"


def test_the_nearest_dynamic_is_drawn(tmp_path, capsys):
    words = ["--rule", "wvoter", "--neighbourhood-size", "5", "--bandit", "near zero", *FEW]
    assert main(["mean-field", *words, "--dynamics", "--out", str(tmp_path)]) == 0
    assert "no known dynamic fits; the nearest, " in capsys.readouterr().out
    assert (tmp_path / "mean_field.png").stat().st_size > 1000


def test_a_hive_without_drift_has_no_table_of_dynamics(tmp_path, capsys):
    words = ["--rule", "success", "--bandit", "linear", "--q-star", "0.5,0.5", *FEW]
    assert main(["mean-field", *words, "--dynamics", "--out", str(tmp_path)]) == 0
    assert "M = 1: no change within error\n" in capsys.readouterr().out


def test_compare_takes_any_dynamic_with_its_field(tmp_path, capsys):
    words = ["--rule", "success", "--bandit", "near one", "--n-action", "2", "--runs", "10"]
    words += ["--population-size", "20", "--steps", "5", "--out", str(tmp_path)]
    assert main(["compare", *words, "--dynamic", "logt"]) == 2
    assert "dynamic must be one of TRD, MRD, replicator-mutator" in capsys.readouterr().err
    assert main(["compare", *words, "--dynamic", "TRD", "--tau", "0.3"]) == 2
    assert "tau fits nothing here" in capsys.readouterr().err


def test_fields_reach_the_dynamics_that_have_them():
    hive = {name: inspect.signature(compare).parameters[name].default for name in _OF_HIVE}
    dynamics = ["logit", "best response", "TRD", BoltzmannQ(0.5)]
    systems, _ = build_systems(hive, "CL", dynamics, {"tau": 0.3, "gap": 0.05}, [])
    described = {system.name: system.description for system in systems[2:]}
    assert described == {
        "Logit": "Logit(tau=0.3), delta = 1",
        "Best response": "BestResponse(), delta = 1",
        "TRD": "delta = 1",
        "Boltzmann Q": "BoltzmannQ(tau=0.5), delta = 1",
    }
    (end,) = systems[2].run(1, 1, 1)["mean_payoff_mean"][1:]
    assert end == pytest.approx(Logit(0.3).step(X, Q, 1.0) @ Q)
