"""The figures: every study runs and is drawn, the table alone redraws it, an interruption loses nothing, the report is right."""

import json
import os
import signal
import subprocess
import sys
import time

import matplotlib as mpl
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from hivemind_abm.app.cli.main import main
from hivemind_abm.app.figures import reproduction
from hivemind_abm.app.figures.drawing import COLOURS, STYLE, colours_of
from hivemind_abm.app.figures.reproduction import (
    MODELS,
    equivalence,
    figure_files,
    read_table,
    reproduce,
    reproduce_all,
    run_cells,
)
from hivemind_abm.loading import gallery, load_module

NAMES = {
    "rl": ["streaming_rl_experiments", "parallel_rl_experiments", "congestion_experiment_rl"],
    "populations": [
        "population_experiments",
        "nei_experiments",
        "hybrid_experiments",
        "congestion_experiments_pop",
    ],
    "plots": [
        "MCL_with_many_alphas",
        "wvr_with_many_nei_sizes",
        "R_wvoter_scenario_evenly_spaced",
        "Majority_population_scenario_evenly_spaced",
        "majority_with_many_nei_sizes",
        "majority_rule",
        "frankstein_bee",
    ],
}
FIGURE = """
\"\"\"A figure of two hives.\"\"\"

from hivemind_abm.app.figures.drawing import draw_panels

GROUP = "mine"
RUNS, QUICK_RUNS = 40, 4
HIVE = {"row": "", "column": "two hives", "model": "Hive", "bandit": "near zero", "steps": 20, "rule": "wvoter"}
STUDY = [
    HIVE | {"curve": "R_wvoter, N = 20", "population_size": 20, "half": {"population_size": 10}},
    HIVE | {"curve": "R_wvoter, N = 6", "population_size": 6, "stop_if_end": True},
    {"row": "", "column": "two hives", "curve": "MRD", "model": "ReplicatorModel", "bandit": "near zero", "steps": 20},
]


def draw(table):
    return draw_panels(table)
"""


@pytest.fixture
def figure(tmp_path):
    file = tmp_path / "two_hives.py"
    file.write_text(FIGURE)
    return file


def test_all_figures_are_there_in_their_groups():
    groups = {}
    for name, file in figure_files().items():
        groups.setdefault(load_module(file).GROUP, []).append(name)
    assert {group: sorted(names) for group, names in groups.items()} == {
        group: sorted(names) for group, names in NAMES.items()
    }


A_FEW = ("population_experiments", "streaming_rl_experiments", "congestion_experiment_rl")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in A_FEW else pytest.mark.thorough)
        for name in figure_files()
    ],
)
def test_a_figure_in_small(name):
    """Its cells with two runs and few steps: they run, they are drawn, and the report speaks of each."""
    module = load_module(figure_files()[name])
    assert module.RUNS == 1000
    cells = [small(cell) for cell in module.STUDY]
    table = run_cells(cells, runs=2, seed=1)
    assert set(table.loc[table["kind"] == "curve", "curve"]) == {
        cell["curve"] for cell in cells if cell["model"] != "Rewards"
    }
    with mpl.rc_context(STYLE):
        drawn = module.draw(table)
    axes = [axis for axis in drawn.axes if axis.get_visible()]
    panels = {(cell["row"], cell["column"]) for cell in cells}
    assert len(axes) == len(panels)
    for axis in axes:
        assert axis.lines
        assert axis.get_xlabel()
    systems = equivalence(table)
    chancy = [cell for cell in cells if cell["model"] in ("Hive", "LearnerModel")]
    assert {(system["row"], system["column"], system["curve"]) for system in systems} == {
        (cell["row"], cell["column"], cell["curve"]) for cell in chancy
    }


def small(cell):
    if cell["model"] == "Rewards":
        return cell
    every = cell.get("record_every") or 1
    less = {"population_size": 8, "parallel_envs": 8}
    found = cell | {"steps": 4 * every} | {key: value for key, value in less.items() if key in cell}
    if cell.get("neighbourhood_size") not in (None, "all"):
        found["neighbourhood_size"] = min(cell["neighbourhood_size"], 8)
    if "half" in cell:
        smaller = {key: 4 for key in ("population_size", "parallel_envs") if key in cell["half"]}
        slower = (
            {"steps": 4 * cell["half"]["record_every"]} if "record_every" in cell["half"] else {}
        )
        found["half"] = cell["half"] | smaller | slower
    return found


@pytest.mark.parametrize("name", figure_files())
def test_a_figures_arguments_are_right_at_full_scale(name):
    for cell in load_module(figure_files()[name]).STUDY:
        for arguments in (cell, cell | cell.get("half", {})):
            if cell["model"] in MODELS:
                given = {
                    key: value for key, value in arguments.items() if key not in reproduction._PLACE
                }
                MODELS[cell["model"]].settings(**given)
                assert arguments["steps"] / (arguments.get("record_every") or 1) <= 1000


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
    figure.write_text(FIGURE.replace('steps": 20, "rule', 'steps": 21, "rule'))
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


def test_words():
    base = {
        "curve": "R_wvoter",
        "row": "N = 1000",
        "column": "Low",
        "replicator": "MRD",
        "wrong_consensus": 0.0,
    }
    base |= {
        "consensus_time": {"q05": None, "median": None, "q95": None},
        "limit": None,
        "verdict": "equal within error",
    }
    base |= {
        "as_is": {
            "rms": 0.001,
            "rms_error": 0.002,
            "greatest": 0.003,
            "greatest_error": 0.01,
            "at_time": 7.0,
        }
    }
    assert (
        reproduction._words(base)
        == "R_wvoter, N = 1000, Low: equal to MRD within error (rms 0.0010 +- 0.0020)"
    )
    wrong = base | {
        "verdict": "not equal",
        "wrong_consensus": 0.25,
        "consensus_time": {"q05": 1.0, "median": 4.0, "q95": None},
    }
    assert reproduction._words(wrong) == (
        "R_wvoter, N = 1000, Low: not MRD: rms 0.0010 +- 0.0020, at most 0.003 apart, at time 7; half in consensus by 4; "
        "25.0 % on a wrong option"
    )
    limit = base["as_is"] | {"rms": 0.0005}
    shifted = base | {"verdict": "equal within error but for finite size", "limit": limit}
    assert (
        "equal to MRD within error but for finite size (rms 0.0010 +- 0.0020, without its shift 0.0005 +- 0.0020)"
        in (reproduction._words(shifted))
    )


@pytest.mark.thorough
def test_an_interrupted_reproduction_goes_on_where_it_stopped(tmp_path, monkeypatch, capsys):
    out = tmp_path / "out"
    calls = []

    def stops(cells, **arguments):
        calls.append(cells)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return run_cells([small(cell) for cell in cells], **arguments)

    monkeypatch.setattr(reproduction, "run_cells", stops)
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


def test_a_process_keeps_its_colour_and_a_family_has_shades():
    assert colours_of(["R_wvoter", "MRD"]) == {
        "R_wvoter": COLOURS["R_wvoter"],
        "MRD": COLOURS["MRD"],
    }
    shades = colours_of(["R_wvoter, M = 1", "R_wvoter, M = 2", "R_wvoter, M = 3", "MRD"])
    assert shades["R_wvoter, M = 2"].lower() == COLOURS["R_wvoter"].lower()
    assert len(set(shades.values())) == 4
    assert len(set(COLOURS.values())) == len(COLOURS)
    drawn = [
        cell
        for file in figure_files().values()
        for cell in load_module(file).STUDY
        if cell["model"] != "Rewards"
    ]
    assert {cell["curve"].split(",")[0] for cell in drawn} == set(COLOURS)
    strange = colours_of(["HesitantImitator", "ExponentialWeights", "TRD"])
    assert len(set(strange.values())) == 3
    mixed = colours_of(
        ["HesitantImitator", "deterministic R_success", "deterministic hybrid", "stochastic hybrid"]
    )
    assert len(set(mixed.values())) == 4


@pytest.mark.thorough
def test_the_tutorial_runs(tmp_path):
    notebook = nbformat.read(gallery("visualizations") / "tutorial.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path)}},
    ).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert not any(output.output_type == "error" for output in outputs)
    assert any("image/png" in output.get("data", {}) for output in outputs)
