"""The structure of the package, read from its files: rooms, imports, sizes, names, docstrings."""

import ast
import inspect
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import hivemind_abm
from hivemind_abm.engine.cache import WITHOUT_MACHINE_CODE

PACKAGE = Path(hivemind_abm.__file__).parent
ROOMS = [
    "engine",
    "bandits",
    "hives",
    "learners",
    "theory",
    "games",
    "studies",
    "app",
]  # each may import those before it
BELOW = {
    "checks",
    "files",
    "loading",
    "registry",
    "results",
}  # files at the top that every room may import
ABOVE = {"__init__", "contract"}  # the latter a folder; both may import every room but the app
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 400, 60
FILES = sorted(PACKAGE.rglob("*.py"))


def name_of(file):
    return ".".join(file.relative_to(PACKAGE).with_suffix("").parts)


def place_of(name):
    """How far up the house a module stands."""
    first = name.split(".")[0]
    if first in ROOMS:
        return ROOMS.index(first)
    return -1 if first in BELOW else ROOMS.index("app") - 0.5 if first in ABOVE else None


def imported(tree, outside_functions=False):
    """The modules that a file imports, whether at its top or where they are needed."""
    nodes = tree.body if outside_functions else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own(names):
    """Those of this package, without its name before them, as long as they are modules."""
    for name in names:
        inner = name.removeprefix("hivemind_abm.")
        if inner != name and (
            (PACKAGE / Path(*inner.split("."))).with_suffix(".py").is_file()
            or (PACKAGE / Path(*inner.split("."))).is_dir()
        ):
            yield inner


def trees():
    return [(name_of(file), ast.parse(file.read_text())) for file in FILES]


def test_a_reader_sees_eight_rooms_a_contract_and_at_most_eight_files():
    folders = {
        path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"
    }
    assert folders == {*ROOMS, "contract"}
    files = {path.stem for path in PACKAGE.glob("*.py")}
    assert files == BELOW | {"__init__"}
    assert len(files) + 1 <= 8  # py.typed


@pytest.mark.parametrize(
    ("name", "tree"), trees(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_module_imports_only_rooms_before_its_own(name, tree):
    for module in own(imported(tree)):
        if module.split(".")[0] != name.split(".")[0]:
            beside = {name, module} <= BELOW or {name, module.split(".")[0]} == ABOVE
            assert place_of(module) < place_of(name) or beside, f"{name} imports {module}"


def test_no_modules_import_each_other():
    """Within a room too, imports have an order; those inside functions may break it."""
    edges = {
        name: {m for m in own(imported(tree, outside_functions=True)) if m != name}
        for name, tree in trees()
    }
    while edges:
        free = {name for name, needs in edges.items() if not needs & edges.keys()}
        assert free, f"these import each other: {sorted(edges)}"
        edges = {name: needs for name, needs in edges.items() if name not in free}


@pytest.mark.parametrize("room", [*ROOMS, "contract", "app.cli", "app.page", "app.figures"])
def test_a_room_tells_what_is_in_it(room):
    tree = ast.parse((PACKAGE / Path(*room.split(".")) / "__init__.py").read_text())
    assert len(tree.body) == 1, "only a docstring: importing a room loads nothing"
    assert len(ast.get_docstring(tree).split()) > 30


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_files_and_functions_are_short(file):
    source = file.read_text()
    assert len(source.splitlines()) <= MOST_LINES
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno < MOST_LINES_OF_A_FUNCTION, node.name


def test_private_parts_of_numba_and_llvmlite_are_used_in_one_file():
    for name, tree in trees():
        for module in imported(tree):
            if module.startswith(("llvmlite", "numba.core", "numba.misc", "numba.np")):
                assert name == "engine.numba_internals", f"{name} imports {module}"


def test_no_machine_code_is_made_where_a_change_leaves_stored_code_valid():
    for name, tree in trees():
        if name.split(".")[0] in WITHOUT_MACHINE_CODE:
            used = {*imported(tree)} & {"numba", "hivemind_abm.engine.loops"}
            assert not used, f"{name} imports {used}"


def test_mesa_is_used_in_one_file_and_by_its_public_names():
    for name, tree in trees():
        if any(module.split(".")[0] == "mesa" for module in imported(tree)):
            assert name == "engine.record"
    source = (PACKAGE / "engine" / "record.py").read_text()
    for private in (
        "_wrapped_step",
        "_do_step",
        "_user_step",
        "_advance_time",
        "_event_list",
        "_default_schedule",
    ):
        assert private not in source


def test_only_the_app_draws():
    for name, tree in trees():
        if not name.startswith("app."):
            assert not {module.split(".")[0] for module in imported(tree)} & {
                "matplotlib",
                "solara",
            }, name


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        (
            "import hivemind_abm",
            ["numpy", "numba", "pandas", "scipy", "mesa", "matplotlib", "solara"],
        ),
        (
            "from hivemind_abm import ImitationRule",
            ["numba", "pandas", "scipy", "mesa", "matplotlib", "solara"],
        ),
        (
            "from hivemind_abm import Bandit, BanditLinear, Learner",
            ["numba", "pandas", "scipy", "mesa"],
        ),
        (
            "from hivemind_abm import Hive",
            ["matplotlib", "solara", "scipy.optimize", "scipy.integrate"],
        ),
    ],
)
def test_a_name_loads_only_what_it_needs(code, absent):
    code += f"; import sys; print([name for name in {absent} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.strip() == "[]"


def test_public_names_are_listed_once_for_people_and_once_for_type_checkers():
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    typed = {alias.name: node.module for node in block.body for alias in node.names}
    assert {name: f"hivemind_abm.{home}" for name, home in hivemind_abm._HOME_OF.items()} == typed
    assert sorted(typed) == hivemind_abm.__all__
    for name in hivemind_abm.__all__:
        value = getattr(hivemind_abm, name)
        assert getattr(value, "__module__", typed[name]) == typed[name]
    with pytest.raises(AttributeError, match="has no attribute 'hives_of_gold'"):
        hivemind_abm.hives_of_gold  # noqa: B018


def test_versions_that_were_not_tried_are_kept_out():
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["project"]
    for name in ("mesa", "numba", "solara"):
        (bounds,) = [text for text in project["dependencies"] if text.startswith(name)]
        assert ">=" in bounds and "<" in bounds, bounds


def test_an_unknown_numba_is_told_in_one_line():
    code = "import numba; numba.__version__ = '9.9.9'; from hivemind_abm import Stream"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert (
        "ImportError: hivemind_abm needs Numba from 0.61 to below" in done.stderr.splitlines()[-1]
    )
    assert "not 9.9.9" in done.stderr.splitlines()[-1]


def test_public_classes_and_functions_are_documented():
    for name in hivemind_abm.__all__:
        assert inspect.getdoc(getattr(hivemind_abm, name)), name
