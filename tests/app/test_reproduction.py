"""The table alone redraws a figure, an interruption loses nothing, the report is right."""

import json
import os
import signal
import subprocess
import sys
import time

import matplotlib as mpl
import numpy as np
import pytest
from small_cells import small

from hivemind_abm.app.cli.main import main
from hivemind_abm.app.figures import one_figure
from hivemind_abm.app.figures.cells import read_table, run_cells
from hivemind_abm.app.figures.reproduction import reproduce, reproduce_all
from hivemind_abm.app.figures.style import STYLE
from hivemind_abm.loading import load_module

FIGURE = """
\"\"\"A figure of two hives.\"\"\"

from hivemind_abm.app.figures.panels import draw_panels

GROUP = "mine"
RUNS, QUICK_RUNS = 40, 4
SHARED = {"row": "", "column": "two hives", "bandit": "near zero", "steps": 20}
HIVE = SHARED | {"model": "Hive", "rule": "wvoter"}
STUDY = [
    HIVE | {"curve": "R_wvoter, N = 20", "population_size": 20, "half": {"population_size": 10}},
    HIVE | {"curve": "R_wvoter, N = 6", "population_size": 6, "stop_if_end": True},
    SHARED | {"curve": "MRD", "model": "ReplicatorModel"},
]


def draw(table):
    return draw_panels(table)
"""


@pytest.fixture
def figure(tmp_path):
    file = tmp_path / "two_hives.py"
    file.write_text(FIGURE)
    return file


def test_the_table_alone_redraws_the_figure(figure, tmp_path):
    (csv, png, _), made = reproduce(figure, tmp_path / "out")
    assert made
    with mpl.rc_context(STYLE):
        load_module(figure).draw(read_table(csv)).savefig(tmp_path / "again.png", format="png")
    assert (tmp_path / "again.png").read_bytes() == png.read_bytes()


@pytest.mark.thorough
def test_what_is_there_is_not_made_again_unless_something_has_changed(figure, tmp_path):
    out = tmp_path / "out"
    files, made = reproduce(figure, out, runs=5)
    before = [file.read_bytes() for file in files]
    assert made
    assert not reproduce(figure, out, runs=5)[1]
    assert reproduce(figure, out, runs=6)[1]
    assert reproduce(figure, out, runs=5, seed=2)[1]
    assert reproduce(figure, out, runs=5)[1]
    assert [file.read_bytes() for file in files][:2] == before[:2]
    files[0].write_text(files[0].read_text()[:-100])  # damaged
    assert reproduce(figure, out, runs=5)[1]
    assert files[0].read_bytes() == before[0]
    files[2].unlink()
    assert reproduce(figure, out, runs=5)[1]
    figure.write_text(FIGURE.replace('"steps": 20', '"steps": 21'))
    assert reproduce(figure, out, runs=5)[1]


@pytest.mark.thorough
def test_a_figure_that_cannot_be_drawn_loses_no_other(tmp_path):
    paths = [tmp_path / f"{name}.py" for name in ("bad", "one", "two")]
    for path in paths:
        path.write_text(FIGURE)
    paths[0].write_text(FIGURE.replace("return draw_panels(table)", "raise ValueError('oops')"))
    out = tmp_path / "out"
    with pytest.raises(RuntimeError, match=r"bad.py can't be drawn: ValueError: oops"):
        list(reproduce_all(paths, out, runs=3))
    ran = {file.stem for file in out.glob("*.csv")}
    assert set(json.loads((out / "equivalence.json").read_text())) == ran - {"bad"}
    assert [seconds is None for _, seconds in reproduce_all(paths[1:] * 2, out, runs=3)] == [
        True,
        "two" in ran,
        True,
        True,
    ]
    paths[0].write_text(FIGURE)
    assert [seconds is None for _, seconds in reproduce_all(paths, out, runs=3)] == [
        False,
        True,
        True,
    ]


def test_the_report_comes_from_the_table(figure, tmp_path):
    reproduce(figure, tmp_path / "out")
    report = json.loads((tmp_path / "out" / "equivalence.json").read_text())["two_hives"]["systems"]
    large, little = report
    assert (large["curve"], large["replicator"], large["runs"]) == ("R_wvoter, N = 20", "MRD", 40)
    table = read_table(tmp_path / "out" / "two_hives.csv")
    parts = {key: rows.reset_index() for key, rows in table.groupby(["kind", "curve"])}
    difference = parts["curve", "R_wvoter, N = 20"]["mean"] - parts["curve", "MRD"]["mean"]
    assert large["as_is"]["rms"] == pytest.approx(np.sqrt((difference**2).mean()), abs=1e-6)
    assert large["as_is"]["greatest"] == pytest.approx(difference.abs().max(), abs=1e-6)
    shifted = (
        2 * parts["curve", "R_wvoter, N = 20"]["mean"]
        - parts["half", "R_wvoter, N = 20"]["mean"]
        - parts["curve", "MRD"]["mean"]
    )
    assert large["limit"]["rms"] == pytest.approx(np.sqrt((shifted**2).mean()), abs=1e-6)
    assert parts["half", "R_wvoter, N = 20"]["runs"].eq(10).all()
    assert little["limit"] is None
    rows = parts["curve", "R_wvoter, N = 6"]
    assert little["consensus_time"]["median"] == rows.loc[rows["consensus"] >= 0.5, "time"].min()
    assert little["wrong_consensus"] == pytest.approx(rows["wrong_consensus"].iloc[-1], abs=1e-6)
    assert little["words"].startswith("R_wvoter, N = 6, two hives: ")


@pytest.mark.thorough
def test_an_interrupted_reproduction_goes_on_where_it_stopped(tmp_path, monkeypatch, capsys):
    out = tmp_path / "out"
    calls = []

    def stops(cells, **arguments):
        calls.append(cells)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return run_cells([small(cell) for cell in cells], **arguments)

    monkeypatch.setattr(one_figure, "run_cells", stops)
    command = ["reproduce", "plots", "--runs", "2", "--out", str(out)]
    assert main(command) == 130
    assert "interrupted" in capsys.readouterr().err
    assert sorted(file.suffix for file in out.iterdir()) == [".csv"] * 2 + [
        ".json",
        ".pdf",
        ".pdf",
        ".png",
        ".png",
    ]
    assert main(command) == 0
    assert capsys.readouterr().out.count("was there already") == 2
    assert len(calls) == 8  # two, the one interrupted, and the other five


@pytest.mark.thorough
def test_a_killed_reproduction_leaves_no_half_written_file(tmp_path):
    figures = []
    for number in range(3):
        figures.append(tmp_path / f"hives_{number}.py")
        figures[-1].write_text(
            FIGURE.replace("near zero", ("near one", "near zero", "evenly spaced")[number % 3])
        )
    out = tmp_path / "out"
    code = (
        "import sys; from hivemind_abm.app.figures.reproduction import reproduce\n"
        "for path in sys.argv[2:]: reproduce(path, sys.argv[1], runs=300)"
    )
    command = [sys.executable, "-c", code, str(out), *map(str, figures)]
    process = subprocess.Popen(command)
    deadline = time.monotonic() + 60
    while not list(out.glob("*_1.csv")) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    for file in out.glob("[!.]*"):
        assert {
            ".csv": csv_is_whole,
            ".png": png_is_whole,
            ".pdf": pdf_is_whole,
            ".json": json.loads,
        }[file.suffix](file.read_bytes())
    for path in figures:
        reproduce(path, out, runs=300)
    assert len(list(out.glob("[!.]*"))) == 3 * 3 + 1
    assert not list(out.glob(".*"))


def csv_is_whole(content):
    return content.endswith(b"\n") and len(content.splitlines()) == 1 + 4 * 21


def png_is_whole(content):
    return content.startswith(b"\x89PNG") and b"IEND" in content[-12:]


def pdf_is_whole(content):
    return content.startswith(b"%PDF") and content.rstrip().endswith(b"%%EOF")
