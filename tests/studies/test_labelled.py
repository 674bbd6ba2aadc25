"""The tables of ensembles and studies as xarray Datasets."""

import json
import subprocess
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from small_studies import HIVES, LEARNERS, REPLICATOR, WORN_OUT, study

from hivemind_abm import Hive, Store, Study, as_xarray, cumulative_regret, ensemble
from hivemind_abm.app.cli.main import main

HIVE = {"rule": "wvoter", "bandit": "near one", "population_size": 20, "n_action": 3}


def read_back(dataset, file):
    dataset.to_netcdf(file)
    with xr.open_dataset(file) as stored:
        return stored.load()


def same_cell(row, dataset):
    """The Dataset at a row's cell, run and step, as far as it has these dimensions."""
    places = {name: row[name] for name in dataset.dims if name in row}
    steps = {"step": row.get("step", row.get("Step"))} if "step" in dataset.dims else {}
    runs = {"run": row["RunId"]} if "run" in dataset.dims else {}
    return dataset.sel(places | steps | runs)


def check_values(table, dataset, rows=40):
    """Each variable equals its column, in some rows of the table."""
    for _, row in table.iloc[:: max(1, len(table) // rows)].iterrows():
        here = same_cell(row, dataset)
        for name, variable in here.data_vars.items():
            if "option" in variable.dims:
                start, _, statistic = name.partition("share")
                columns = [f"{start}share_{a}{statistic}" for a in here["option"].values]
                np.testing.assert_array_equal(variable, row.reindex(columns).astype(float))
            else:
                assert variable.item() == row["Step" if name == "step" else name]


@pytest.mark.parametrize("keep", ["summary", "rows", "last"])
def test_a_grid_has_the_numbers_of_the_table(keep, tmp_path):
    hives = HIVES | {"stop_if_end": True}
    grid = Study.grid(hives, runs=6, steps=60, seed=7, keep=keep)
    table = grid.run()
    dataset = grid.as_xarray(table)
    dims = {"summary": ("step",), "rows": ("run", "step"), "last": ("run",)}[keep]
    name = "optimal_share_mean" if keep == "summary" else "optimal_share"
    assert dataset[name].dims == ("rule", "population_size", *dims)
    share = "share_q95" if keep == "summary" else "share"
    assert dataset[share].dims == ("rule", "population_size", *dims, "option")
    assert dataset["rule"].values.tolist() == ["wvoter", "success"]
    assert dataset["population_size"].values.tolist() == [5, 20]
    assert dataset["bandit"].item() == "near one" and dataset["model"].item() == "Hive"
    assert int(dataset[name].notnull().sum()) == len(table)
    check_values(table, dataset)
    xr.testing.assert_identical(dataset, read_back(dataset, tmp_path / "grid.nc"))
    # A table alone gives the same, but for what it does not know.
    xr.testing.assert_equal(as_xarray(table), dataset)


def test_attributes():
    grid = Study.grid(HIVES, runs=2, steps=1, seed="7")
    attributes = as_xarray(grid.run(), grid).attrs
    assert attributes["seed"] == "7"
    assert json.loads(attributes["study"]) == json.loads(json.dumps(grid.as_data()))
    for name in ("hivemind_abm", "numpy", "numba", "mesa"):
        assert attributes[f"{name}_version"] == version(name)
    assert attributes["python_version"].startswith("3.")
    assert "failures" not in attributes


def test_a_summary_names_its_axes():
    dataset = as_xarray(ensemble(Hive, HIVE, runs=3, steps=2, seed=1))
    assert dataset["share_std"].attrs["long_name"] == (
        "share of the option, standard deviation over the runs"
    )
    assert dataset["runs"].item() == 3


def test_runs_that_end_early():
    hive = HIVE | {"population_size": 5, "stop_if_end": True}
    rows = ensemble(Hive, hive, runs=20, steps=200, seed=1, keep="rows")
    dataset = as_xarray(rows)
    ends = rows.groupby("RunId")["Step"].max()
    assert ends.nunique() > 1
    for run, end in ends.items():
        after = dataset["optimal_share"].sel(run=run, step=slice(end + 1, None))
        assert after.isnull().all()
        assert dataset["consensus"].sel(run=run, step=end) == 1.0
    last = as_xarray(ensemble(Hive, hive, runs=20, steps=200, seed=1, keep="last"))
    assert last["step"].dims == ("run",) and last["step"].dtype == np.int64
    np.testing.assert_array_equal(last["step"], ends)
    assert last["consensus"].dtype == bool and last["consensus"].all()


def test_an_ensemble_with_its_arguments(tmp_path):
    parameters = HIVE | {"initial_shares": (0.5, 0.25, 0.25), "gap": np.float64(0.1)}
    arguments = {"runs": 3, "steps": 2, "seed": 5, "keep": "rows"}
    rows = ensemble(Hive, parameters, **arguments)
    assert as_xarray(rows).attrs["seed"] == "5"  # from the seeds of the runs
    dataset = as_xarray(rows, arguments | {"model": Hive, "parameters": parameters})
    assert dataset["initial_shares"].item() == "(0.5, 0.25, 0.25)"
    assert json.loads(dataset.attrs["study"])["parameters"]["gap"] == 0.1
    assert json.loads(dataset.attrs["study"])["model"] == "Hive"
    check_values(rows, dataset)
    xr.testing.assert_identical(dataset, read_back(dataset, tmp_path / "ensemble.nc"))
    summary = ensemble(Hive, parameters, **arguments | {"keep": "summary"})
    dataset = as_xarray(summary, arguments | {"keep": "summary", "parameters": parameters})
    assert dataset.attrs["seed"] == "5" and dataset["population_size"].item() == 20
    assert dataset["share_mean"].dims == ("step", "option")


@pytest.mark.parametrize("keep", ["summary", "rows", "last"])
def test_several_ensembles_in_one_table(keep):
    tables = [
        ensemble(Hive, HIVE, runs=3, steps=4, seed=1, keep=keep).assign(gap=gap, label="x")
        for gap in (0.1, 0.2)
    ]
    dataset = as_xarray(pd.concat(tables))
    assert dataset["gap"].values.tolist() == [0.1, 0.2] and dataset["label"].item() == "x"
    for table, gap in zip(tables, (0.1, 0.2), strict=True):
        check_values(table, dataset)
        check_values(table.drop(columns="gap"), dataset.sel(gap=gap))
    other = ensemble(Hive, HIVE, runs=3, steps=4, seed=2, keep=keep)
    unnamed = pd.concat([tables[0], other]).drop(columns=["gap", "label"])
    with pytest.raises(ValueError, match="several rows for the same run and step"):
        as_xarray(unnamed)


def test_a_further_column_is_a_variable():
    rows = ensemble(Hive, HIVE, runs=3, steps=4, seed=1, keep="rows")
    rows["regret"] = cumulative_regret(rows, "near one")
    dataset = as_xarray(rows)
    assert dataset["regret"].dims == ("run", "step")
    check_values(rows, dataset)
    grid = Study.grid(HIVES, runs=2, steps=3, seed=1, keep="last")
    table = grid.run().assign(twice=lambda table: 2.0 * table["optimal_share"])
    dataset = grid.as_xarray(table)
    xr.testing.assert_allclose(dataset["twice"].drop_attrs(), 2.0 * dataset["optimal_share"])
    with pytest.raises(ValueError, match="the column note must hold numbers"):
        grid.as_xarray(table.assign(note="x"))


def test_choices_of_several_kinds_and_of_several_sizes(tmp_path):
    grid = Study.grid(
        {"neighbourhood_size": [2, "all", None], "n_action": [2, 5], "population_size": 6},
        runs=2,
        steps=3,
        seed=1,
        keep="rows",
    )
    table = grid.run()
    dataset = grid.as_xarray(table)
    assert dataset["neighbourhood_size"].values.tolist() == ["2", "all", "None"]
    assert dataset["n_action"].values.tolist() == [2, 5]
    assert dataset["share"].sel(n_action=2, option=[2, 3, 4]).isnull().all()
    assert dataset["share"].sel(n_action=5).notnull().all()
    check_values(table.assign(neighbourhood_size=table["neighbourhood_size"].map(str)), dataset)
    xr.testing.assert_identical(dataset, read_back(dataset, tmp_path / "mixed.nc"))
    xr.testing.assert_equal(as_xarray(table), dataset)


@pytest.mark.parametrize("keep", ["summary", "rows", "last"])
def test_models_with_different_arguments_are_cells(keep, tmp_path):
    several = study(keep)
    table = several.run()
    dataset = several.as_xarray(table)
    assert dataset.sizes["cell"] == len(several.cells)
    assert dataset["cell"].values.tolist() == several.ids
    assert dataset["rule"].values.tolist() == [cell.get("rule", "") for cell in several.cells]
    assert dataset["model"].dims == ("cell",)
    check_values(table, dataset)
    if keep == "summary":
        assert dataset["runs"].sel(cell=several.ids[-1]) == 1
    else:  # a replicator is run once
        assert dataset["optimal_share"].sel(cell=several.ids[-1], run=1).isnull().all()
    xr.testing.assert_identical(dataset, read_back(dataset, tmp_path / "cells.nc"))
    xr.testing.assert_equal(as_xarray(table), dataset)


def test_a_hive_beside_its_replicator_has_the_dimension_model():
    bandits = {"bandit": ["near one", "near zero"]}
    pair = Study.grid({"rule": "wvoter"} | bandits, REPLICATOR | bandits, runs=2, steps=3, seed=1)
    table = pair.run()
    dataset = pair.as_xarray(table)
    assert dataset["optimal_share_mean"].dims == ("model", "bandit", "step")
    assert dataset["dynamic"].values.tolist() == ["", "MRD"]
    check_values(table, dataset)


@pytest.mark.thorough
def test_a_random_design_is_cells_and_large_attributes_are_kept(tmp_path):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"population_size": rng.integers(5, 9, 999), "gap": rng.random(999) / 10})
    design = Study.from_frame(frame, {"rule": "wvoter"}, runs=1, steps=1, seed=1, keep="last")
    dataset = design.as_xarray(design.run())
    assert dataset["optimal_share"].dims == ("cell", "run")
    np.testing.assert_array_equal(dataset["gap"], frame["gap"])
    np.testing.assert_array_equal(dataset["population_size"], frame["population_size"])
    assert len(dataset.attrs["study"]) > 2**16
    xr.testing.assert_identical(dataset, read_back(dataset, tmp_path / "design.nc"))


@pytest.mark.parametrize("keep", ["summary", "rows", "last"])
def test_a_repeated_cell_is_there_once(keep):
    cells = [{"population_size": 5}, {"population_size": 9}, {"population_size": 5}]
    repeated = Study(cells, runs=2, steps=3, seed=1, keep=keep)
    once = Study(cells[:2], runs=2, steps=3, seed=1, keep=keep)
    expected = once.as_xarray(once.run())
    xr.testing.assert_equal(repeated.as_xarray(repeated.run()), expected)
    xr.testing.assert_equal(as_xarray(repeated.run()), expected)


def test_a_field_may_have_the_name_of_a_dimension(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(WORN_OUT.replace("patience", "option"))
    grid = Study.grid({"rule": "mine.py", "option": [0.1, 0.2]}, runs=2, steps=1, seed=1)
    dataset = grid.as_xarray(grid.run())
    assert dataset["share_mean"].dims == ("option_", "step", "option")


def test_a_cell_that_failed_is_nan(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "worn_out.py").write_text(WORN_OUT)
    grid = Study.grid({"rule": "worn_out.py", "patience": [0.5, 2.0]}, runs=2, steps=1, seed=1)
    with pytest.warns(RuntimeWarning, match="failed"):
        dataset = grid.as_xarray(grid.run(store="store"))
    assert dataset["share_mean"].sel(patience=2.0).isnull().all()
    assert dataset["runs"].values.tolist() == [2, 0]
    assert "WornOut.decide" in json.loads(dataset.attrs["failures"])[0]["error"]
    xr.testing.assert_identical(as_xarray(Store.existing("store")), dataset)


def test_a_store_and_its_export(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    grid = Study.grid(HIVES, LEARNERS, runs=3, steps=4, seed=1, keep="last")
    table = grid.run(store="store")
    store = Store.existing("store")
    manifest = store.manifest()
    manifest["versions"]["numpy"] = "1.0"  # what the study was run with
    (tmp_path / "store" / "manifest.json").write_text(json.dumps(manifest))
    dataset = as_xarray(store)
    assert dataset.attrs["numpy_version"] == "1.0"
    xr.testing.assert_identical(as_xarray(table, store), dataset)
    xr.testing.assert_equal(grid.as_xarray(table), dataset)
    with pytest.raises(ValueError, match="study must be None"):
        as_xarray(store, grid)
    assert main(["export", "store", "results/out.nc"]) == 0
    assert "written: results/out.nc (cell: 6, run: 3, option: 10)" in capsys.readouterr().out
    with xr.open_dataset("results/out.nc") as stored:
        xr.testing.assert_identical(stored.load(), dataset)
    assert main(["export", "store", "out.nc4"]) == 2
    assert "must end in .csv or .parquet, or in .nc" in capsys.readouterr().err


def test_wrong_tables():
    grid = Study.grid(HIVES, runs=2, steps=1, seed=1)
    table = grid.run()
    with pytest.raises(ValueError, match="cells of this study"):
        Study.grid(LEARNERS, runs=2, steps=1, seed=1).as_xarray(table)
    with pytest.raises(ValueError, match="cells of this study"):
        grid.as_xarray(ensemble(Hive, HIVE, runs=2, steps=1, seed=1))
    with pytest.raises(ValueError, match="the table has no rows"):
        grid.as_xarray(table.iloc[:0])
    with pytest.raises(ValueError, match="no column step"):
        as_xarray(table.drop(columns="step"))


@pytest.mark.thorough
def test_a_missing_xarray_is_one_line(tmp_path, monkeypatch, capsys):
    code = (
        "import sys; sys.modules['xarray'] = None\n"
        "import pandas; from hivemind_abm import as_xarray; as_xarray(pandas.DataFrame())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    message = "as_xarray needs xarray: pip install 'hivemind_abm[xarray]'"
    assert done.stderr.splitlines()[-1] == f"ImportError: {message}"
    monkeypatch.chdir(tmp_path)
    Study.grid(HIVES, runs=1, steps=1, seed=1).run(store="store")
    monkeypatch.setitem(sys.modules, "xarray", None)
    assert main(["export", "store", "out.nc"]) == 2
    assert capsys.readouterr().err == f"hivemind export: {message}\n"
    assert not (tmp_path / "out.nc").exists()


@pytest.mark.thorough
def test_xarray_is_loaded_only_where_it_is_needed():
    code = "import sys; from hivemind_abm import Study, as_xarray; print('xarray' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "False"
