"""The floors of the house, read from the imports."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import hivemind_abm

PACKAGE = Path(hivemind_abm.__file__).parent
FLOORS = [
    ["compiler", "files", "loading"],
    ["randomness", "elementary", "networks"],
    ["neighbours", "pulls", "bandits", "replicators", "recorded"],
    ["rules", "learners", "batch"],
    ["hive_batch", "learner_batch", "tracing"],
    ["macro_agent"],
    ["catalogue"],
    ["hive", "macro", "ensemble", "store"],
    ["contract", "measures", "study"],
    ["comparison", "finite"],
    ["mean_field"],
    ["figures", "watch"],
    ["reproduction", "charts", "controls"],
    ["components", "serving"],
    ["cli"],
]
FLOOR = {name: floor for floor, names in enumerate(FLOORS) for name in names}
MODULES = sorted(file.stem for file in PACKAGE.glob("*.py") if file.stem != "__init__")


def imports(name):
    tree = ast.parse((PACKAGE / f"{name}.py").read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def test_every_module_has_a_floor():
    assert set(MODULES) == set(FLOOR)


@pytest.mark.parametrize("name", MODULES)
def test_imports_go_strictly_downwards(name):
    for imported in imports(name):
        if imported.startswith("hivemind_abm."):
            assert FLOOR[imported.split(".")[1]] < FLOOR[name], f"{name} imports {imported}"


@pytest.mark.parametrize("name", MODULES)
def test_only_modules_with_compiled_code_import_numba(name):
    roots = {imported.split(".")[0] for imported in imports(name)}
    if "numba" in roots:
        assert name == "compiler" or "hivemind_abm.compiler" in set(imports(name))
    if name not in ("figures", "reproduction", "charts", "controls", "components", "serving", "cli"):
        assert not roots & {"matplotlib", "solara"}


def test_importing_the_package_loads_neither_matplotlib_nor_solara():
    code = "import sys, hivemind_abm; sys.exit(any(name in sys.modules for name in ('matplotlib', 'solara')))"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_the_public_list_is_all_there_is_in_init():
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    kinds = {type(node) for node in tree.body}
    assert kinds <= {ast.Expr, ast.ImportFrom, ast.Assign}
    assert all(hasattr(hivemind_abm, name) for name in hivemind_abm.__all__)
    assert sorted(hivemind_abm.__all__) == hivemind_abm.__all__
