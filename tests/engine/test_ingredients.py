"""When something changes that machine code was made from, so does what runs."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from both_modes import _SIGNATURE, _compiled_value, _loop

import hivemind_abm
from hivemind_abm.engine.loops import compile_loop
from hivemind_abm.engine.source import CannotCompile
from hivemind_abm.loading import load_module

# Each case reads one ingredient, which is made from V.
ELSEWHERE = """
import os
import numba

V = float(os.environ.get("V", "1"))
CONSTANT = V


def helper(x):
    return x + CONSTANT


def with_default(x, by=V):
    return x + by


@numba.njit
def compiled_by_numba(x):
    return x + CONSTANT
"""
CASES = """
import enum
import os
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

import elsewhere_of_test
from elsewhere_of_test import compiled_by_numba, helper, with_default

V = float(os.environ.get("V", "1"))
CONSTANT, TUPLE, NESTED, ARRAY = V, (0.0, V), ((V, 1.0), 2.0), np.array([0.0, V])


class Level(enum.IntEnum):
    HIGH = int(V)


def maker(amount):
    def closed(x):
        return x + amount

    return closed


closed = maker(V)


class Base:
    def inherited(self, x):
        return x + V


class Value(Base):
    number: int = 1

    def value(self, x, y, i, j):
        return self.of(x)


def case(body, **members):
    fields = {"__annotations__": {"number": int}, "number": 1}
    return dataclass(frozen=True)(type("Case", (Value,), fields | {"of": body} | members))()


def a_constant(self, x):
    return x + CONSTANT


def in_a_tuple(self, x):
    return x + TUPLE[1]


def in_a_nested_tuple(self, x):
    return x + NESTED[0][0]


def in_an_array(self, x):
    return x + ARRAY[1]


def in_an_enum(self, x):
    return x + (1.0 if Level.HIGH == 1 else 5.0)


def in_a_closure(self, x):
    return closed(x)


def a_helper(self, x):
    return helper(x)


def a_default(self, x):
    return with_default(x)


def of_another_module(self, x):
    return x + elsewhere_of_test.CONSTANT


def compiled_elsewhere(self, x):
    return compiled_by_numba(x)


def of_the_class(self, x):
    return x + self.LEVEL


def a_property(self, x):
    return x + self.level


def of_the_base(self, x):
    return self.inherited(x)


def a_method(self, x):
    return self.method(x)


PLAIN = [a_constant, in_a_tuple, in_a_nested_tuple, in_an_array, in_an_enum, in_a_closure]
PLAIN += [a_helper, a_default, of_another_module, compiled_elsewhere, of_the_base]
ALL = {body.__name__: case(body) for body in PLAIN}
ALL["of_the_class"] = case(of_the_class, LEVEL=V)
ALL["a_property"] = case(a_property, level=property(lambda self: V))
ALL["a_method"] = case(a_method, method=lambda self, x: x + V)
"""
NAMES = [
    *("a_constant", "in_a_tuple", "in_a_nested_tuple", "in_an_array", "in_an_enum"),
    *("in_a_closure", "a_helper", "a_default", "of_another_module", "compiled_elsewhere"),
    *("of_the_base", "of_the_class", "a_property", "a_method"),
]


@pytest.fixture
def loaded(tmp_path, monkeypatch):
    """The two modules, freshly made; the second is on the path as an installed one is."""
    installed = tmp_path / "site-packages"
    installed.mkdir()
    (installed / "elsewhere_of_test.py").write_text(ELSEWHERE)
    (tmp_path / "cases.py").write_text(CASES)
    monkeypatch.syspath_prepend(installed)
    monkeypatch.delitem(sys.modules, "elsewhere_of_test", raising=False)
    module = load_module(tmp_path / "cases.py")
    yield module
    sys.modules.pop("elsewhere_of_test", None)


def run(case):
    try:
        loop = compile_loop(_loop, case, "value", _SIGNATURE)
    except CannotCompile as reason:
        return None, str(reason)
    return _compiled_value(loop, 10.0, 0.0, 0, 0), None


def change(module, name, case):
    """Change what the case reads, from 1 to 5."""
    elsewhere = module.elsewhere_of_test
    if name == "a_constant":
        module.CONSTANT = 5.0
    elif name == "in_a_tuple":
        module.TUPLE = (0.0, 5.0)
    elif name == "in_a_nested_tuple":
        module.NESTED = ((5.0, 1.0), 2.0)
    elif name == "in_an_array":
        module.ARRAY[1] = 5.0
    elif name == "in_an_enum":
        module.Level = module.enum.IntEnum("Level", {"HIGH": 5})
    elif name == "in_a_closure":
        module.closed.__closure__[0].cell_contents = 5.0
    elif name in ("a_helper", "of_another_module"):
        elsewhere.CONSTANT = 5.0
    elif name == "a_default":
        module.with_default.__defaults__ = (5.0,)
    elif name == "compiled_elsewhere":
        replaced = elsewhere.numba.njit(lambda x: x + 5.0)
        module.compiled_by_numba = replaced
    elif name == "of_the_base":
        module.V = 5.0
    elif name == "of_the_class":
        type(case).LEVEL = 5.0
    elif name == "a_property" or name == "a_method":
        module.V = 5.0


@pytest.mark.parametrize("name", NAMES)
def test_a_change_is_noticed_in_one_process(name, loaded):
    case = loaded.ALL[name]
    value, reason = run(case)
    assert value == 11.0, reason
    assert run(case)[0] == 11.0
    change(loaded, name, case)
    assert case.value(10.0, 0.0, 0, 0) == 15.0
    assert run(case)[0] == 15.0


def test_a_method_that_is_replaced_runs(loaded):
    """As autoreload of a notebook replaces the methods of a class."""
    case = loaded.ALL["a_constant"]
    assert run(case)[0] == 11.0
    type(case).of = loaded.in_a_tuple
    loaded.TUPLE = (0.0, 7.0)
    assert run(case)[0] == 17.0


def test_what_cannot_be_followed_is_not_compiled(loaded):
    case = loaded.ALL["a_constant"]
    loaded.CONSTANT = [1.0]
    value, reason = run(case)
    assert value is None
    assert "CONSTANT is list, whose changes could not be noticed" in reason


@pytest.mark.thorough
def test_changes_are_noticed_in_the_next_process(tmp_path):
    """The files stay as they are; what they hold is made from the environment."""
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages" / "elsewhere_of_test.py").write_text(ELSEWHERE)
    (tmp_path / "cases.py").write_text(CASES)
    (tmp_path / "main.py").write_text(
        textwrap.dedent("""
        import sys
        from both_modes import _compiled_value, _loop, _SIGNATURE
        from hivemind_abm.engine.loops import compile_loop
        from hivemind_abm.loading import load_module
        for name, case in load_module(sys.argv[1]).ALL.items():
            loop = compile_loop(_loop, case, "value", _SIGNATURE)
            print(name, _compiled_value(loop, 10.0, 0.0, 0, 0))
        """)
    )
    root = Path(hivemind_abm.__file__).parents[1]
    paths = [root, Path(__file__).parent, tmp_path / "site-packages"]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "NUMBA_CACHE_DIR": str(tmp_path / "cache"),
    }
    for value in ("1", "1", "5"):
        done = subprocess.run(
            [sys.executable, tmp_path / "main.py", tmp_path / "cases.py"],
            env=environment | {"V": value},
            capture_output=True,
            text=True,
            timeout=1200,
        )
        assert done.returncode == 0, done.stderr
        told = dict(line.split() for line in done.stdout.splitlines())
        assert told == dict.fromkeys(NAMES, str(10.0 + float(value)))


SAME_EVERYWHERE = """
from mine import Choosy
from hivemind_abm.engine.fields import Fields
from hivemind_abm.engine.ingredients import digest_of
from hivemind_abm.engine.source import functions_used, names_used
from hivemind_abm.hives.names import RULES

for rule in (Choosy(), *(each() for each in RULES.values())):
    functions = functions_used(type(rule), "decide")
    layout = Fields.of(rule, names_used(functions)).layout
    print(type(rule).__name__, digest_of(type(rule), layout, functions))
"""
CHOOSY = """
from dataclasses import dataclass


@dataclass(frozen=True)
class Choosy:
    mood: str = "calm"

    def decide(self, bee, neighbours, rng):
        if self.mood in {"calm", "glad", "sad", "wild", "shy"}:
            return self.first(bee) + self.second(bee) + self.third(bee) + self.fourth(bee)
        return (lambda x: x in {"left", "right", "up", "down"})(self.mood)

    def first(self, bee):
        return bee + 1

    def second(self, bee):
        return bee + 2

    def third(self, bee):
        return bee + 3

    def fourth(self, bee):
        return bee + 4
"""


def test_stored_code_is_found_by_each_process(tmp_path):
    """Whatever the order in which the process has its sets."""
    (tmp_path / "mine.py").write_text(CHOOSY)
    told = set()
    for seed in ("1", "2", "3"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", SAME_EVERYWHERE]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        told.add(done.stdout)
    assert len(told) == 1 and "Choosy" in told.pop()
