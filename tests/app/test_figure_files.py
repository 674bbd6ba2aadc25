"""The figure files of the gallery and the tutorial: their studies run and are drawn."""

import matplotlib as mpl
import nbformat
import pytest
from nbclient import NotebookClient
from small_cells import small

from hivemind_abm.app.cli.figures import _chosen_files
from hivemind_abm.app.figures.cells import arguments_of, run_cells
from hivemind_abm.app.figures.reproduction import PAPER, figure_files
from hivemind_abm.app.figures.style import STYLE
from hivemind_abm.games.coupled import CoupledReplicators
from hivemind_abm.loading import gallery, load_module
from hivemind_abm.studies.cells import MODELS
from hivemind_abm.studies.equivalence import equivalence

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
    "games": ["games", "lola"],
    "derived": ["derived_rules"],
}
A_FEW = ("population_experiments", "streaming_rl_experiments", "congestion_experiment_rl", "games")


def test_all_figures_are_there_in_their_groups():
    groups = {}
    for name, file in figure_files().items():
        groups.setdefault(load_module(file).GROUP, []).append(name)
    assert {group: sorted(names) for group, names in groups.items()} == {
        group: sorted(names) for group, names in NAMES.items()
    }


def test_all_is_all_of_the_paper_and_no_other():
    chosen = {file.stem for file in _chosen_files("all", figure_files())}
    assert chosen == {name for group in PAPER for name in NAMES[group]}
    assert len(chosen) == 14


@pytest.mark.thorough
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in A_FEW else pytest.mark.thorough)
        for name in figure_files()
    ],
)
def test_a_figure_in_small(name):
    """Its cells with two runs and few steps run, are drawn, and are all in the report."""
    module = load_module(figure_files()[name])
    assert module.RUNS == 1000
    cells = [small(cell) for cell in module.STUDY]
    table = run_cells(cells, runs=2, seed=1)
    assert set(table.loc[table["kind"].isin(["curve", "run"]), "curve"]) == {
        cell["curve"] for cell in cells if cell["model"] not in ("Rewards", "Drift")
    }
    with mpl.rc_context(STYLE):
        drawn = module.draw(table)
    axes = [axis for axis in drawn.axes if axis.get_visible()]
    panels = {(cell["row"], cell["column"]) for cell in cells}
    if module.GROUP == "games":  # beside the planes there is the conserved quantity
        panels |= {(cell["row"], module.CONSERVED) for cell in cells}
    if module.GROUP == "derived":  # beside the drifts, how far they are from the learner's
        panels |= {(cell["row"], module.BIAS) for cell in cells}
    assert len(axes) == len(panels)
    for axis in axes:
        assert axis.lines
        assert axis.get_xlabel() or not axis.axison
    systems = equivalence(table)
    chancy = [cell for cell in cells if cell["model"] in ("Hive", "LearnerModel")]
    assert {(system["row"], system["column"], system["curve"]) for system in systems} == {
        (cell["row"], cell["column"], cell["curve"]) for cell in chancy
    }


@pytest.mark.parametrize("name", figure_files())
def test_a_figures_arguments_are_right_at_full_scale(name):
    for cell in load_module(figure_files()[name]).STUDY:
        for arguments in (cell, cell | cell.get("half", {})):
            if cell["model"] in MODELS:
                MODELS[cell["model"]].settings(**arguments_of(arguments))
                assert arguments["steps"] / (arguments.get("record_every") or 1) <= 1000
            elif cell["model"] == "CoupledReplicators":
                arguments = arguments_of(arguments)
                CoupledReplicators(arguments["game"], arguments["dynamics"]).derivative(
                    arguments["initial_shares"]
                )


@pytest.mark.thorough
def test_the_tutorial_runs(tmp_path):
    notebook = nbformat.read(gallery("visualizations") / "site" / "tutorial.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    NotebookClient(
        notebook,
        timeout=1200,
        startup_timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path)}},
    ).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert not any(output.output_type == "error" for output in outputs)
    assert any("image/png" in output.get("data", {}) for output in outputs)
