"""Users' files by path: the line at which an error arose in one, and the modules of its own."""

import copy
import importlib
import os
import pickle
import subprocess
import sys
import threading

import pytest

from hivemind_abm import Hive
from hivemind_abm.loading import files_behind, load_module, users_line

FILE = """
def divide(number):
    return 1 // number


def call(function):
    return function()
"""


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(FILE)
    return file


def line_of(function, *arguments):
    with pytest.raises(Exception) as caught:  # noqa: PT011 (whatever arises)
        function(*arguments)
    return users_line(caught.value)


def test_the_line_of_an_error_in_a_users_file(file):
    assert line_of(load_module(file).divide, 0) == "mine.py, line 3"


def test_the_innermost_line_of_the_file_counts(file):
    module = load_module(file)
    assert line_of(module.call, lambda: module.divide(0)) == "mine.py, line 3"
    assert line_of(module.call, lambda: int("x")) == "mine.py, line 7"


def test_no_line_where_no_users_file_is_at_work():
    assert line_of(int, "x") is None
    assert users_line(ValueError("never raised")) is None


def test_the_line_of_a_file_that_is_no_python(tmp_path):
    file = tmp_path / "broken.py"
    file.write_text("a = 1\nb = )\n")
    assert line_of(load_module, file) == "broken.py, line 2"
    assert users_line(SyntaxError("without a file")) is None


def write(folder, **files):
    """Write files, NAME.py each.  Their times stay the same, as in one quick edit."""
    for name, text in files.items():
        file = folder / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n")
        os.utime(file, (1_000_000_000, 1_000_000_000))
    return folder / f"{next(iter(files))}.py"


RULE = """
from dataclasses import dataclass
from hivemind_abm import ImitationRule
import helpers

@dataclass(frozen=True)
class Fixed(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return helpers.OPTION
"""


@pytest.mark.parametrize("compiled", [True, False])
def test_files_whose_helpers_share_a_name(tmp_path, compiled):
    files = [
        write(tmp_path / folder, rule=RULE, helpers=f"OPTION = {option}")
        for folder, option in (("a", 0), ("b", 1))
    ]
    hives = [Hive(str(file), population_size=4, compiled=compiled, rng=1) for file in files]
    for hive in hives:
        hive.step()
    assert [hive.shares[1] for hive in hives] == [0.0, 1.0]
    assert "helpers" not in sys.modules


def test_a_helper_that_was_edited(tmp_path):
    file = write(tmp_path, rule=RULE, helpers="OPTION = 0")
    for option in (0, 1, 0):  # the same length and time: only the content tells
        write(tmp_path, helpers=f"OPTION = {option}")
        hive = Hive(str(file), population_size=4, rng=1)
        hive.step()
        assert hive.shares[option] == 1.0


def test_a_file_of_the_same_length_and_time_is_run_again(tmp_path):
    for number in (1, 2):
        assert load_module(write(tmp_path, mine=f"number = {number}")).number == number


def test_an_unchanged_file_is_run_once(tmp_path):
    file = write(tmp_path, rule=RULE, helpers="OPTION = 0", other="OPTION = 5")
    module = load_module(file)
    write(tmp_path, other="OPTION = 6")  # not imported by it
    assert load_module(file) is module
    assert load_module(str(tmp_path / "." / "rule.py")) is module


WAYS = {
    "through another helper": (
        {"main": "from middle import LAST", "middle": "from last import LAST", "last": "LAST = 1"},
        "last",
    ),
    "a module of a package": (
        {"main": "import pkg.sub\nLAST = pkg.sub.LAST", "pkg/sub": "LAST = 1", "pkg/__init__": ""},
        "pkg/sub",
    ),
    "a folder without __init__": (
        {"main": "from parts import sub\nLAST = sub.LAST", "parts/sub": "LAST = 1"},
        "parts/sub",
    ),
    "within a package": (
        {
            "main": "from pkg import LAST",
            "pkg/__init__": "from .sub import *",
            "pkg/sub": "from . import last\nfrom ..pkg.last import LAST",
            "pkg/last": "LAST = 1",
        },
        "pkg/last",
    ),
    "by name": (
        {"main": "import importlib\nLAST = importlib.import_module('pkg.sub').LAST",
         "pkg/sub": "LAST = 1"},
        "pkg/sub",
    ),
    "by a name that was imported": (
        {"main": "from importlib import import_module as get\nLAST = get('last').LAST",
         "last": "LAST = 1"},
        "last",
    ),
    "by __import__": ({"main": "LAST = __import__('last').LAST", "last": "LAST = 1"}, "last"),
    "with the name of an installed module": (
        {"main": "import mesa, statistics\nLAST = statistics.LAST", "statistics": "LAST = 1"},
        "statistics",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("files", "last"), WAYS.values(), ids=WAYS)
def test_all_ways_to_import_what_is_beside_a_file(tmp_path, files, last):
    main = write(tmp_path / "one", **files)
    assert load_module(main).LAST == 1
    before = files_behind(main)
    write(tmp_path / "one", **{last: "LAST = 2"})
    assert load_module(main).LAST == 2
    after = files_behind(main)
    assert next(iter(after)) == "main.py"
    assert [name for name in after if before[name] != after[name]] == [f"{last}.py"]
    assert len(after) == len(files)
    other = write(tmp_path / "two", **files)
    assert load_module(other).LAST == 1


LATE = """
from dataclasses import dataclass
from hivemind_abm import ImitationRule

@dataclass(frozen=True)
class Late(ImitationRule):
    def decide(self, bee, neighbours, rng):
        import helpers
        return helpers.OPTION
"""


def test_an_import_within_decide(tmp_path):
    files = [
        write(tmp_path / folder, rule=LATE, helpers="from one import OPTION", one=f"OPTION = {n}")
        for folder, n in (("a", 0), ("b", 1))
    ]
    behind = [files_behind(file) for file in files]
    assert [*behind[0]] == ["rule.py", "helpers.py", "one.py"]
    hives = [Hive(str(file), population_size=4, compiled=False, rng=1) for file in files]
    for hive in hives:
        hive.step()
    assert [hive.shares[1] for hive in hives] == [0.0, 1.0]
    assert [files_behind(file) for file in files] == behind
    write(tmp_path / "a", one="OPTION = 1")
    again = Hive(str(files[0]), population_size=4, compiled=False, rng=1)
    again.step()
    assert again.shares[1] == 1.0
    assert files_behind(files[0])["one.py"] != behind[0]["one.py"]


def test_an_optional_helper_that_appears_later(tmp_path):
    file = write(
        tmp_path,
        rule="try:\n    from optional_helper import N\nexcept ImportError as error:\n"
        "    N = str(error)",
    )
    assert load_module(file).N == "No module named 'optional_helper'"
    write(tmp_path, optional_helper="N = 1")
    assert load_module(file).N == 1
    assert [*files_behind(file)] == ["rule.py", "optional_helper.py"]
    (tmp_path / "optional_helper.py").unlink()
    assert [*files_behind(file)] == ["rule.py"]


def test_a_missing_module_has_its_own_name_in_the_error(tmp_path):
    for text, missing in (
        ("import no_such_module", "no_such_module"),
        ("import pkg.missing", "pkg.missing"),
        ("from pkg.missing import a", "pkg.missing"),
    ):
        file = write(tmp_path, main=text, **{"pkg/__init__": ""})
        with pytest.raises(ModuleNotFoundError, match=f"^No module named '{missing}'"):
            load_module(file)


def test_after_an_error_in_a_helper(tmp_path):
    before = set(sys.modules)
    file = write(tmp_path, main="import good, bad", good="A = 1", bad="1 / 0")
    with pytest.raises(ZeroDivisionError) as caught:
        load_module(file)
    assert users_line(caught.value) == "bad.py, line 1"
    assert set(sys.modules) == before
    write(tmp_path, bad="B = 1")
    assert load_module(file).bad.B == 1


def test_a_helper_that_imports_the_file(tmp_path):
    file = write(
        tmp_path,
        main="class Shared: pass\nimport helper\nSAME = helper.get() is Shared",
        helper="def get():\n    from main import Shared\n    return Shared",
    )
    assert load_module(file).SAME


def test_classes_of_helpers_can_be_pickled_and_looked_up(tmp_path):
    file = write(
        tmp_path,
        main="from parts import Part\nPARTS = [Part(1)]",
        parts="from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "@dataclass(frozen=True)\nclass Part:\n    number: int\n    other: Part | None = None",
    )
    module = load_module(file)
    assert pickle.loads(pickle.dumps(module.PARTS)) == module.PARTS
    assert copy.deepcopy(module.PARTS) == module.PARTS
    write(tmp_path, main="from parts import Part\nPARTS = [Part(2)]")
    assert load_module(file).PARTS != module.PARTS
    assert type(pickle.loads(pickle.dumps(module.PARTS))[0]) is module.Part


def test_modules_from_elsewhere_are_shared(tmp_path):
    file = write(tmp_path, main="import json, numpy, hivemind_abm.checks as checks", sys="1 / 0")
    write(tmp_path, **{"hivemind_abm/__init__": "1 / 0"})
    (tmp_path / "numpy").mkdir()  # an empty folder hides no module
    module = load_module(file)
    for name in ("json", "numpy", "hivemind_abm.checks"):
        assert getattr(module, name.rpartition(".")[2]) is importlib.import_module(name)


def test_threads_that_load_at_once_get_the_same_modules(tmp_path):
    files = [
        write(tmp_path / str(n), main="import slow\nn = slow.n",
              slow=f"import time\ntime.sleep(0.05)\nn = {n}")
        for n in range(3)
    ]  # fmt: skip
    modules = [[] for _ in files]
    start = threading.Barrier(9)

    def load(n):
        start.wait()
        modules[n].append(load_module(files[n]))

    threads = [threading.Thread(target=load, args=(n,)) for n in range(3) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for n, loaded in enumerate(modules):
        assert len(loaded) == 3 and len(set(map(id, loaded))) == 1 and loaded[0].n == n


@pytest.mark.thorough
def test_a_spawned_process_loads_by_path(tmp_path):
    file = write(tmp_path, rule=RULE, helpers="OPTION = 1")
    script = write(
        tmp_path,
        script="import sys, multiprocessing\nfrom hivemind_abm import Hive\n"
        "def last(file):\n    hive = Hive(file, population_size=4, rng=1)\n    hive.step()\n"
        "    return hive.shares[1]\n"
        "if __name__ == '__main__':\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "        print(pool.map(last, sys.argv[1:]))",
    )
    command = [sys.executable, str(script), str(file)]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    assert "1.0" in result.stdout


def test_files_behind_takes_what_names_a_class(tmp_path):
    file = write(tmp_path, rule=RULE, helpers="OPTION = 1")
    assert files_behind(f"macro:{file}:Fixed") == files_behind(file)
    with pytest.raises(ValueError, match="there is no file"):
        files_behind(tmp_path / "nothing.py")
