"""The rooms of the house, read from the files."""

import ast
import subprocess
import sys
from pathlib import Path

import hivemind_abm

PACKAGE = Path(hivemind_abm.__file__).parent
ROOMS = ["app", "bandits", "engine", "hives", "learners", "studies", "theory"]


def test_a_reader_sees_seven_rooms():
    assert sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py")) == ROOMS


def test_importing_the_package_loads_neither_matplotlib_nor_solara():
    code = "import sys, hivemind_abm; sys.exit(any(name in sys.modules for name in ('matplotlib', 'solara')))"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_the_public_list_is_all_there_is_in_init():
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    kinds = {type(node) for node in tree.body}
    assert kinds <= {ast.Expr, ast.ImportFrom, ast.Assign}
    assert all(hasattr(hivemind_abm, name) for name in hivemind_abm.__all__)
    assert sorted(hivemind_abm.__all__) == hivemind_abm.__all__
