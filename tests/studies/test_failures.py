"""Errors of users' code: what is said of them, and that they end one cell only."""

import pytest

from hivemind_abm import Study
from hivemind_abm.studies.executors import processes
from hivemind_abm.studies.failures import failure_text, one_line

pytestmark = pytest.mark.thorough  # starts processes

RULE = """
import sys
from dataclasses import dataclass
from hivemind_abm import ImitationRule


class Unpicklable(Exception):
    def __init__(self, one, two):
        super().__init__(f"{one} and {two}")


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError("no text")


class Final(BaseException):
    pass


@dataclass(frozen=True)
class Failing(ImitationRule):
    fails: int = 0

    def decide(self, bee, neighbours, rng):
        if self.fails:
            LINE
        return bee.opinion
"""
ERRORS = {
    "raise Unpicklable(1, 2)": "Unpicklable: 1 and 2",
    "raise Unspeakable": "Unspeakable",
    "raise Final('over')": "Final: over",
    "raise GeneratorExit": "GeneratorExit",
    "sys.exit(0)": "it ends the program: sys.exit(0)",
    "sys.exit('enough')": "it ends the program: sys.exit('enough')",
}


@pytest.fixture
def study(tmp_path):
    def study(line):
        file = tmp_path / "failing.py"
        file.write_text(RULE.replace("LINE", line))
        cells = [
            {"rule": str(file), "fails": fails, "population_size": 5, "compiled": False}
            for fails in (0, 1, 0)
        ]
        return Study(cells, runs=2, steps=2, seed=1, keep="last")

    return study


@pytest.mark.parametrize("line", ERRORS)
@pytest.mark.filterwarnings("ignore:cell")
def test_any_error_of_a_rule_is_a_failed_cell(line, study):
    design = study(line)
    table = design.run()
    (failure,) = table.attrs["failures"]
    assert failure["cell"] == design.ids[1]
    assert failure["error"] == f"failing.py, line 27: {ERRORS[line]}"
    assert table["fails"].tolist() == [0] * 4


@pytest.mark.parametrize("line", ["raise Unpicklable(1, 2)", "sys.exit(0)"])
@pytest.mark.filterwarnings("ignore:cell")
def test_a_worker_process_sends_back_the_message(line, study):
    table = study(line).run(make_executor=processes(1))
    (failure,) = table.attrs["failures"]
    assert failure["error"] == f"failing.py, line 27: {ERRORS[line]}"
    assert len(table) == 4


def test_an_interruption_still_ends_the_study(study):
    with pytest.raises(KeyboardInterrupt):
        study("raise KeyboardInterrupt").run()


def test_a_file_that_ends_the_program_is_a_wrong_cell(tmp_path):
    file = tmp_path / "ending.py"
    file.write_text("import sys\nsys.exit(0)\n")
    with pytest.raises(ValueError, match=r"cell 1: .*ending\.py"):
        Study([{}, {"rule": str(file)}], runs=1, steps=1, seed=1)


def test_an_error_of_a_users_own_class_keeps_its_message(tmp_path):
    file = tmp_path / "own.py"
    file.write_text(
        RULE.replace("LINE", "pass").replace("Unpicklable(Exception)", "Unpicklable(ValueError)")
        + "\n    def __post_init__(self):\n        raise Unpicklable(self.fails, 2)\n"
    )
    with pytest.raises(ValueError, match="cell 0: 0 and 2"):
        Study([{"rule": str(file)}], runs=1, steps=1, seed=1)


def test_a_message_is_one_line():
    assert one_line(ValueError("two\n  lines")) == "two lines"
    assert one_line(KeyboardInterrupt()) == "KeyboardInterrupt"
    assert failure_text(ZeroDivisionError()) == "ZeroDivisionError"
