"""Designs: what is a choice in a grid, and what the values of a table mean."""

import codecs
import io

import numpy as np
import pandas as pd
import pytest
from small_studies import TOML, same

from hivemind_abm import Hive, Study
from hivemind_abm.studies.cells import cell_id, plain_cells
from hivemind_abm.studies.designs import cells_of_frame, cells_of_grid

RUN = {"runs": 2, "steps": 3, "seed": 1, "keep": "last"}


@pytest.mark.parametrize(
    "choices",
    [[2, 4], range(2, 5, 2), np.array([2, 4]), pd.Series([2, 4]), pd.Index([2, 4]),
     pd.array([2, 4], dtype="Int64")],
)  # fmt: skip
def test_lists_ranges_arrays_and_series_are_choices(choices):
    assert Study.grid({"population_size": choices}, **RUN).cells == (
        {"model": "Hive", "population_size": 2},
        {"model": "Hive", "population_size": 4},
    )


def test_a_tuple_and_what_has_no_length_are_values():
    assert cells_of_grid([{"a": (1, 2), "b": np.array(3), "c": "text"}]) == [
        {"a": (1, 2), "b": np.array(3), "c": "text"}
    ]
    assert len(cells_of_grid([{"initial_shares": np.eye(2)}])) == 2
    with pytest.raises(ValueError, match="rule has no choice: the list is empty"):
        Study.grid({"rule": []}, **RUN)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("2\nall", [2, "all"]),
        ("2.0\nall\n", [2, "all"]),
        ("2.5\nall", [2.5, "all"]),
        ("inf\n3", [float("inf"), 3.0]),
        ("True\nbee", [True, "bee"]),
        ('"(0.5, 0.5)"\nall', [(0.5, 0.5), "all"]),
        ("'2'\nall", ["2", "all"]),
        ("near one\nnear zero", ["near one", "near zero"]),
    ],
)
def test_a_csv_file_gives_what_was_meant(column, values):
    cells = cells_of_frame(pd.read_csv(io.StringIO("x\n" + column)))
    assert [cell["x"] for cell in cells] == values
    assert [type(cell["x"]) for cell in cells] == list(map(type, values))


@pytest.mark.parametrize("missing", [None, pd.NA, pd.NaT, np.nan, float("nan"), np.float32("nan")])
def test_what_is_missing_is_left_out(missing):
    frame = pd.DataFrame({"a": pd.Series([missing, "x"], dtype=object), "b": [1, 2]})
    assert cells_of_frame(frame, {"a": "common"}) == [{"a": "common", "b": 1}, {"a": "x", "b": 2}]


@pytest.mark.parametrize("convert", [False, True])
def test_tables_of_pandas_own_types(convert):
    frame = pd.DataFrame({"votes": [1.0, np.inf], "size": [10.0, np.nan], "p": [0.5, 1.0]})
    frame = frame.convert_dtypes() if convert else frame
    cells = cells_of_frame(frame)
    assert cells == [{"votes": 1, "size": 10, "p": 0.5}, {"votes": float("inf"), "p": 1.0}]
    assert type(cells[0]["size"]) is int
    assert type(cells[1]["p"]) is float


def test_two_columns_with_a_name_are_refused():
    frame = pd.DataFrame([[1, 2]], columns=["gap", "gap"])
    with pytest.raises(ValueError, match="the table has several columns gap"):
        Study.from_frame(frame, **RUN)


@pytest.mark.parametrize("sizes", [[10.0, 20.5], [20.5, 10.0], [10.0, 30.0, 20.5]])
def test_the_error_names_the_value_that_is_wrong(sizes):
    with pytest.raises(TypeError, match=rf"cell {sizes.index(20.5)}: population_size .* not 20\.5"):
        Study.from_frame(pd.DataFrame({"population_size": sizes}), **RUN)


def test_a_row_that_is_there_again_is_run_once(tmp_path):
    sizes = [5, 8, 5, 5]
    design = Study.from_frame(pd.DataFrame({"population_size": sizes}), **RUN)
    assert len(design.cells) == len(design.ids) == 4
    assert [unit.arguments["population_size"] for unit in design.units()] == [5, 8]
    assert design.as_data()["all_runs"] == 4
    table = design.run()
    assert table["population_size"].tolist() == [5, 5, 8, 8, 5, 5, 5, 5]
    assert table["RunId"].tolist() == [0, 1] * 4
    once = Study.from_frame(pd.DataFrame({"population_size": [5]}), **RUN).run()
    same(table.iloc[6:].reset_index(drop=True), once)
    stored = design.run(tmp_path / "store")
    same(stored, table)
    same(design.run(tmp_path / "store"), table)
    assert design.estimate(1) > 0.0


def test_cells_alike_are_found_and_checked_once(monkeypatch):
    # Where each cell is compared with all others, this takes hours.
    cells = [{"population_size": 5 + number % 50_000} for number in range(100_000)]
    names = [cell_id(cell) for cell in plain_cells(cells)]
    assert len(set(names)) == 50_000
    calls = []
    check = Hive.settings
    monkeypatch.setattr(Hive, "settings", lambda **each: calls.append(1) or check(**each))
    design = Study([{"population_size": 5}] * 500, **RUN)
    design.as_data(), list(design.units())
    assert len(calls) == 1


@pytest.mark.parametrize(
    "encode",
    [lambda text: codecs.BOM_UTF8 + text.encode(), lambda text: text.encode("utf-16"),
     lambda text: text.replace("\n", "\r\n").encode(), lambda text: ("# é\n" + text).encode()],
)  # fmt: skip
def test_a_toml_file_of_any_editor_is_read(encode, tmp_path):
    file = tmp_path / "study.toml"
    file.write_bytes(encode(TOML))
    assert len(Study.from_toml(file).cells) == 11


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\xe9 = 1", b"[" * 5000])
def test_what_is_no_toml_is_refused(content, tmp_path):
    file = tmp_path / "study.toml"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=r"study\.toml is no TOML: "):
        Study.from_toml(file)
