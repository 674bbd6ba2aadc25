"""The colours: each process keeps its own, whatever else is listed or drawn."""

from dataclasses import dataclass

import pytest

from hivemind_abm import ImitationRule, Learner
from hivemind_abm.app.figures.cells import run_cells
from hivemind_abm.app.figures.colours import colours_of, process_colours
from hivemind_abm.app.figures.panels import draw_panels
from hivemind_abm.app.figures.reproduction import PAPER, figure_files
from hivemind_abm.hives.names import RULES
from hivemind_abm.learners.names import LEARNERS
from hivemind_abm.loading import load_module
from hivemind_abm.theory.dynamics import DYNAMICS, taylor

PUBLISHED = {
    "R_success": "#56B4E9",
    "R_wvoter": "#E69F00",
    "R_majority": "#009E73",
    "CL": "#CC79A7",
    "MCL": "#882255",
    "P-CL": "#44AA99",
    "P-MCL": "#117733",
    "TRD": "#0072B2",
    "MRD": "#D55E00",
    "deterministic R_success": "#555555",
    "deterministic hybrid": "#999933",
    "stochastic hybrid": "#AA4499",
}


@dataclass(frozen=True)
class Hesitant(ImitationRule):
    """A rule that somebody lists."""

    name = "hesitant"
    symbol = "R_hesitant"

    def decide(self, bee, neighbours, rng):
        return bee.opinion


@dataclass(frozen=True)
class Idle(Learner):
    """A learner that somebody lists."""

    name = "idle"
    symbol = "idle"


def test_the_processes_of_published_figures_keep_their_colours():
    colours = process_colours()
    assert {name: colours[name] for name in PUBLISHED} == PUBLISHED


def test_the_curves_of_the_papers_figures_are_listed():
    figures = (load_module(file) for file in figure_files().values())
    cells = [cell for figure in figures if figure.GROUP in PAPER for cell in figure.STUDY]
    curves = {cell["curve"].split(",")[0] for cell in cells if cell["model"] != "Rewards"}
    assert curves == set(PUBLISHED)


def test_a_process_keeps_its_colour_and_a_family_has_shades():
    colours = process_colours()
    assert colours_of(["R_wvoter", "MRD"]) == {name: colours[name] for name in ("R_wvoter", "MRD")}
    shades = colours_of(["R_wvoter, M = 1", "R_wvoter, M = 2", "R_wvoter, M = 3", "MRD"])
    assert shades["R_wvoter, M = 2"].lower() == colours["R_wvoter"].lower()
    assert len(set(shades.values())) == 4


@pytest.mark.parametrize(
    "names",
    [
        ["HesitantImitator", "ExponentialWeights", "TRD"],
        ["stranger", "deterministic R_success", "deterministic hybrid", "stochastic hybrid"],
        [f"rule {number}" for number in range(30)],
    ],
)
def test_a_process_that_is_not_listed_has_a_colour_that_no_other_curve_has(names):
    assert len(set(colours_of(names).values())) == len(names)


def test_a_newly_listed_rule_is_drawn_in_a_colour_that_no_other_process_has(monkeypatch):
    before = process_colours()
    monkeypatch.setitem(RULES, "hesitant", Hesitant)
    colours = process_colours()
    assert colours == before | {"R_hesitant": colours["R_hesitant"]}
    assert colours["R_hesitant"] not in before.values()
    shared = {"row": "", "column": "", "model": "Hive", "population_size": 8, "steps": 3}
    cells = [
        shared | {"curve": rule.symbol, "rule": name, "compiled": False}
        for name, rule in RULES.items()
    ]
    (panel,) = draw_panels(run_cells(cells, runs=2, seed=1)).axes
    drawn = {line.get_label(): line.get_color() for line in panel.lines}
    assert drawn["R_hesitant"] == colours["R_hesitant"]
    assert len(set(drawn.values())) == len(RULES)


def test_however_many_processes_are_listed_no_two_share_a_colour(monkeypatch):
    for number in range(20):
        rule = type(f"Rule{number}", (Hesitant,), {})
        learner = type(f"Learner{number}", (Idle,), {})
        monkeypatch.setitem(RULES, f"rule {number}", rule)
        monkeypatch.setitem(LEARNERS, f"learner {number}", learner)
        monkeypatch.setitem(DYNAMICS, f"dynamic {number}", taylor)
    colours = process_colours()
    assert len(colours) >= len(PUBLISHED) + 60
    assert len({colour.lower() for colour in colours.values()}) == len(colours)
    assert {name: colours[name] for name in PUBLISHED} == PUBLISHED
