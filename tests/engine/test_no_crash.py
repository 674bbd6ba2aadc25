"""Nothing that a user writes ends the process: every index, type and array is checked once."""

import json
import os
import subprocess
import sys
import warnings
from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest

from hivemind_abm import Bandit, Hive, Learner, LearnerModel
from hivemind_abm.engine.cache import DiskCache

VALUES = [
    *("0", "1", "-1", "10**6", "2**63 - 1", "-2**63", "2**70", "True", "1.0", "-0.5"),
    *("float('nan')", "float('inf')", "None", "'a'", "(0, 1)", "bee", "bee.payoff", "rng"),
    *("neighbours", "neighbours.size", "[1]", "np.zeros(2)", "np.int32(1)", "1j", "-bee.opinion"),
]
QUESTIONS = [
    *("neighbours[{0}].opinion", "neighbours.payoff_of({0})", "neighbours.count_of({0})"),
    *("rng.integers({0})", "rng.binomial({0}, {1})", "rng.binomial(3, {0})"),
    *(
        "self.pair[{0}]",
        "TABLE[{0}]",
        "({0}) // ({1})",
        "({0}) % ({1})",
        "({0}) << 3",
        "2.5 ** ({0})",
        "({0}) ** 3",
    ),
    *("neighbours.pick({0}).opinion", "neighbours.pick_by_payoff({0}).payoff", "{0}"),
    *("len({0})", "int({0})", "min({0}, {1})", "sum({0})", "range(3)[{0}]", "({0})[{1}]"),
]
HEAD = """
import numpy as np
from dataclasses import dataclass
from hivemind_abm import ImitationRule

TABLE = np.array([0.1, 0.2, 0.3])
"""
RULE = """

@dataclass(frozen=True)
class Rule{number}(ImitationRule):
    pair: tuple[float, ...] = (0.1, 0.2)

    def decide(self, bee, neighbours, rng):
        value = {expression}
        return bee.opinion if value != value else 0
"""
CHILD = """
import json, sys, warnings
warnings.simplefilter("ignore")
from hivemind_abm import Hive
from hivemind_abm.loading import load_module
module = load_module(sys.argv[1])
for number in range(int(sys.argv[2])):
    rule = getattr(module, f"Rule{number}")()
    told = []
    for compiled in (True, False):
        try:
            hive = Hive(rule=rule, n_action=3, population_size=4, rng=1, compiled=compiled)
            hive.run_for(2)
            told.append(hive.opinions.tolist())
        except Exception as error:
            told.append(f"{type(error).__name__}: {' '.join(str(error).split())}")
    print(json.dumps([number, *told]), flush=True)
"""


CASES = 300


@pytest.mark.thorough
def test_a_fuzz_of_questions_never_ends_the_process(tmp_path):
    expressions = [q.format(a, b) for q, a, b in product(QUESTIONS, VALUES, VALUES[::4])]
    chosen = list(dict.fromkeys(expressions))
    chosen = chosen[:: max(1, len(chosen) // CASES)][:CASES]
    rules = (RULE.format(number=n, expression=each) for n, each in enumerate(chosen))
    (tmp_path / "rules.py").write_text(HEAD + "".join(rules))
    (tmp_path / "child.py").write_text(CHILD)
    done = subprocess.run(
        [sys.executable, tmp_path / "child.py", tmp_path / "rules.py", str(len(chosen))],
        capture_output=True,
        text=True,
        timeout=60 + 60 * CASES,
        env=os.environ | {"PYTHONPATH": os.getcwd()},
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    after = f"the last case before: {chosen[len(rows) - 1] if rows else None}; {done.stderr[-500:]}"
    assert (done.returncode, len(rows)) == (0, len(chosen)), after
    for number, compiled, plain in rows:
        both_fail = isinstance(compiled, str) and isinstance(plain, str)
        limited = isinstance(compiled, str) and "64 bits" in compiled
        assert compiled == plain or both_fail or limited, (chosen[number], compiled, plain)


@pytest.mark.parametrize("value", [10**6, 99, -1, 3, 2**31 - 1, -(2**31)])
def test_an_opinion_from_outside_is_told(value):
    hive = Hive(population_size=5, n_action=3, rng=1)
    hive.opinions[2] = value
    with pytest.raises(ValueError, match=f"must be 0 to 2, not {value} at place 2"):
        hive.step()
    hive.opinions[2] = 0
    hive.step()


@pytest.mark.parametrize("value", [np.nan, np.inf, -0.1, 1.5])
def test_a_payoff_from_outside_is_told(value):
    hive = Hive(population_size=5, rng=1)
    hive.payoffs[:] = value
    with pytest.raises(ValueError, match=r"payoffs must lie in \[0, 1\], not .* at place 0"):
        hive.step()


@dataclass(frozen=True)
class Vandal(Bandit):
    n_action: int = 3

    def pull(self, option, world, rng):
        world.shares[0] = 0.9
        return 0.5

    def expected_rewards(self, world):
        return np.full(3, 0.5)


@pytest.mark.filterwarnings("ignore:.*runs interpreted:RuntimeWarning")
@pytest.mark.parametrize("compiled", [True, False])
def test_a_bandit_cannot_change_the_shares(compiled):
    with pytest.raises(ValueError, match="read-only"):
        Hive(bandit=Vandal(), rng=1, compiled=compiled)


@dataclass(frozen=True)
class Divides(Learner):
    def memory_size(self, n_action):
        return 1

    def update(self, policy, pulls, memory, rng):
        memory[0] = policy[0] / memory[0]


@pytest.mark.parametrize("compiled", [True, False])
def test_an_item_of_an_array_is_a_number_of_python(compiled):
    with pytest.raises(ZeroDivisionError):
        LearnerModel(Divides(), rng=1, compiled=compiled).step()


def test_machine_code_is_loaded_only_as_it_was_written(tmp_path, monkeypatch):
    monkeypatch.setattr("numba.config.CACHE_DIR", str(tmp_path))
    cache = DiskCache("name")
    cache.write("signature", "target", b"machine code")
    assert cache.read("signature", "target") == b"machine code"
    (file,) = (tmp_path / "hivemind_abm").iterdir()
    content = bytearray(file.read_bytes())
    for place in (0, 31, 32, len(content) - 1):
        changed = content.copy()
        changed[place] ^= 1
        file.write_bytes(changed)
        assert cache.read("signature", "target") is None
    file.write_bytes(content[:-3])
    assert cache.read("signature", "target") is None
    file.write_bytes(b"")
    assert cache.read("signature", "target") is None
    file.write_bytes(content)
    assert cache.read("signature", "target") == b"machine code"
    if hasattr(os, "getuid"):
        monkeypatch.setattr(os, "getuid", lambda: -5)
        assert cache.read("signature", "target") is None  # another user's


CHANCE = {
    "import random": "random.random()",
    "from random import random as draw": "draw()",
    "import numpy as np": "np.random.random()",
    "import numpy.random as chance": "chance.random()",
}


@pytest.mark.parametrize("line", CHANCE)
@pytest.mark.parametrize("compiled", [True, False])
def test_another_source_of_chance_is_told(line, compiled, tmp_path):
    file = tmp_path / f"rule{abs(hash((line, compiled)))}.py"
    file.write_text(
        f"{line}\nfrom dataclasses import dataclass\nfrom hivemind_abm import ImitationRule\n\n"
        "@dataclass(frozen=True)\nclass Dicey(ImitationRule):\n"
        "    def decide(self, bee, neighbours, rng):\n"
        f"        return bee.opinion if {CHANCE[line]} < 0.5 else 0\n"
    )
    with warnings.catch_warnings(record=True) as log:
        warnings.simplefilter("always")
        Hive(rule=str(file), rng=1, compiled=compiled)
    texts = [str(warning.message) for warning in log]
    (text,) = [text for text in texts if "not from rng" in text]
    assert text.startswith("Dicey.decide draws from ") and f"{file.name}, line 8" in text


@pytest.mark.thorough
def test_the_built_in_rules_are_not_suspected():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Hive(rule="majority", bandit="sigmoid", rng=1)


@pytest.mark.thorough
def test_numba_may_be_disabled(tmp_path):
    """Then users' methods run interpreted, with breakpoints; the numbers stay."""
    code = (
        "import warnings; warnings.simplefilter('ignore')\n"
        "from hivemind_abm import Hive\n"
        "hive = Hive(rule='models/my_first_rule.py', population_size=20, rng=1); hive.run_for(3)\n"
        "print(hive.mode['rule'], hive.payoffs.sum())"
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            timeout=1200,
            env=os.environ | {"NUMBA_DISABLE_JIT": value},
        )
        for value in ("0", "1")
    ]
    assert [each.returncode for each in told] == [0, 0], told[1].stderr
    (mode, plain), (other, disabled) = (each.stdout.split() for each in told)
    assert (mode, other) == ("compiled", "interpreted")
    assert plain == disabled
