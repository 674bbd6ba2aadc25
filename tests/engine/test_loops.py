"""Users' code: compiled it gives the rows of plain Python; what cannot be compiled is interpreted.

Every rule here is tested with `both_ways`, which steps an interpreted and a compiled hive together.
"""

import inspect
import json
import math
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

import hivemind_abm
from hivemind_abm import Hive
from hivemind_abm.bandits.linear import BanditLinear
from hivemind_abm.engine import loops as compiler
from hivemind_abm.engine.cache import _cache_folder as cache_folder
from hivemind_abm.hives.batch import HiveBatch
from hivemind_abm.hives.neighbourhood import Neighbourhood
from hivemind_abm.hives.rules import ImitationRule, WeightedVoterRule

BANDIT = BanditLinear(n_action=3, q_star=(0.4, 0.5, 0.6), gap=0.3)


def hive_of(rule, compiled, bees=12, runs=1, size="all", bandit=BANDIT):
    return HiveBatch(
        rule, bandit, Neighbourhood.of("others", size, bees), list(range(runs)), compiled=compiled
    )


def state(hive):
    return [hive.opinions.tolist(), hive.payoffs.tolist(), hive.state.streams.tolist()]


def both_ways(rule, steps=6, **arguments):
    """Step both hives and compare them after every step.

    Returns:
        The compiled hive, and the texts of its warnings.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        compiled = hive_of(rule, True, **arguments)
        interpreted = hive_of(rule, False, **arguments)
        for _ in range(steps):
            assert state(compiled) == state(interpreted)
            compiled.step()
            interpreted.step()
        assert state(compiled) == state(interpreted)
    return compiled, [
        str(warning.message) for warning in caught if issubclass(warning.category, RuntimeWarning)
    ]


def runs_compiled(hive):
    return hive.mode["rule"] == "compiled"


# ------------------------------------------------------------------------------
# What can be compiled

THRESHOLD, WEIGHTS, NAME = 0.35, (0.25, 0.5, 0.75), "careful"
TABLE = np.array([0.1, 0.2, 0.3])


def squeeze(x, by=0.5):
    return by * x + offset()


def offset():
    return TABLE[1] * WEIGHTS[0]


@dataclass(frozen=True)
class WithHelpers(ImitationRule):
    """A helper method that calls another, properties, class constants."""

    margin: float = 0.05

    SCALE: ClassVar[float] = 0.75
    TRIES: ClassVar[int] = 2
    MODE: ClassVar[str] = "scaled"

    @property
    def doubled(self):
        return 2.0 * self.margin

    @property
    def quadrupled(self):
        return 2.0 * self.doubled

    def gain(self, dancer, bee, rng):
        return self._scaled(dancer.payoff) - bee.payoff + self.quadrupled * rng.random()

    def _scaled(self, x, offset=0.1):
        return (self.SCALE if self.MODE == "scaled" else 0.0) * x + offset

    def decide(self, bee, neighbours, rng):
        for _ in range(self.TRIES):
            dancer = neighbours.pick(rng)
            if self.gain(dancer, bee, rng) > self._scaled(self.doubled, 0.0):
                return dancer.opinion
        return bee.opinion


@dataclass(frozen=True)
class Narrower(WithHelpers):
    """`decide` of the parent, with another helper and another constant."""

    SCALE: ClassVar[float] = 0.5

    def _scaled(self, x, offset=0.1):
        return self.SCALE * x - offset


@dataclass(frozen=True)
class WithModule(ImitationRule):
    """Functions, constants, a tuple, an array and a module of this file."""

    def decide(self, bee, neighbours, rng):
        dancer = neighbours.pick_by_payoff(rng)
        level = squeeze(dancer.payoff) + WEIGHTS[dancer.opinion] * math.sqrt(
            squeeze(bee.payoff, 0.1)
        )
        if NAME == "careful" and level > THRESHOLD + TABLE[bee.opinion]:
            return dancer.opinion
        return bee.opinion


@dataclass(frozen=True)
class WithIteration(ImitationRule):
    def decide(self, bee, neighbours, rng):
        best = bee
        for other in neighbours:
            if other.payoff > best.payoff:
                best = other
        return best.opinion


@dataclass(frozen=True)
class WithFields(ImitationRule):
    """Every kind of field."""

    margin: float = 0.05
    tries: int = 2
    mode: str = "eager"
    twice: bool = True
    cap: float | None = None
    weights: tuple[float, ...] = (0.5, 0.75, 1.0)
    skips: tuple[int, ...] = (0, 2)
    seldom: float = 3

    def decide(self, bee, neighbours, rng):
        best, opinion = bee.payoff + self.margin, bee.opinion
        for _ in range(self.tries if self.mode == "eager" else 1):
            dancer = neighbours.pick(rng)
            cap = self.cap if self.cap is not None else 9.0
            worth = min(dancer.payoff * self.weights[dancer.opinion], cap)
            if self.twice:
                worth = 2 * worth
            skipped = False
            for option in self.skips:
                skipped = skipped or option == dancer.opinion
            if worth > best and not (skipped and rng.random() < 1 / self.seldom):
                best, opinion = worth, dancer.opinion
        return opinion + 0 * len(self.weights) - 0 * self.skips[-1]


@dataclass(frozen=True)
class AsksAll(ImitationRule):
    """Every question to the neighbours and every draw."""

    def decide(self, bee, neighbours, rng):
        first = neighbours[rng.integers(len(neighbours))]
        dancer = neighbours.pick(rng) if rng.random() < 0.5 else neighbours.pick_by_payoff(rng)
        opinion, payoff = dancer
        share = neighbours.payoff_of(opinion) / neighbours.total_payoff
        often = neighbours.count_of(first.opinion) / neighbours.size
        votes = rng.binomial(20, share)
        if payoff + 0.1 * rng.normal() > bee.payoff and votes > 20 * often:
            return opinion
        return (bee.opinion + (votes % neighbours.n_action == 0)) % neighbours.n_action


@dataclass(frozen=True)
class WithOptional(ImitationRule):
    cap: float | None = None

    def decide(self, bee, neighbours, rng):
        dancer = neighbours.pick(rng)
        if self.cap is not None and dancer.payoff > self.cap:
            return bee.opinion
        return dancer.opinion


COMPILED = [
    WithIteration(),
    WithHelpers(),
    WithHelpers(0.2),
    Narrower(),
    WithModule(),
    WithFields(),
    WithFields(margin=0, tries=3, cap=None, weights=(1, 2, 3), skips=(1,), seldom=2),
    WithFields(margin=np.float64(0.1), tries=np.int64(3), weights=(1, 0.5, 2.5), skips=(0, 1, 2)),
    WithFields(mode="shy", twice=False, cap=0.4, skips=(2, 1)),
    AsksAll(),
]


@pytest.mark.parametrize(
    "rule",
    [*COMPILED[:3], *(pytest.param(rule, marks=pytest.mark.thorough) for rule in COMPILED[3:])],
    ids=lambda rule: type(rule).__name__,
)
def test_compiled_equals_interpreted(rule):
    hive, warned = both_ways(rule, runs=2)
    assert runs_compiled(hive)
    assert warned == []
    assert not np.array_equal(
        hive.opinions, hive_of(rule, False, runs=2).opinions
    )  # somebody moved


@pytest.mark.thorough
@pytest.mark.parametrize("rule", [WithHelpers(), AsksAll()], ids=lambda rule: type(rule).__name__)
@pytest.mark.parametrize("size", [1, 4])
def test_compiled_equals_interpreted_in_samples(rule, size):
    assert both_ways(rule, bees=30, size=size)[1] == []


def test_an_optional_field_is_compiled_where_it_has_a_value():
    hive, warned = both_ways(WithOptional(0.6))
    assert runs_compiled(hive) and warned == []
    hive, warned = both_ways(
        WithOptional(None)
    )  # the branch that compares it is typed all the same, and can't be
    assert not runs_compiled(hive)
    assert len(warned) == 1


@pytest.mark.thorough
def test_the_fields_decide():
    """No value of the first instance stays in the machine code that the others use."""
    results = [
        state(both_ways(rule, runs=2)[0]) for rule in COMPILED if isinstance(rule, WithFields)
    ]
    assert all(a != b for i, a in enumerate(results) for b in results[:i])


# ------------------------------------------------------------------------------
# How often it is compiled


def compilations():
    return compiler._compile_loop.cache_info().misses


def test_another_number_needs_no_other_machine_code():
    hive_of(WithFields(), True)
    before = compilations()
    for rule in (
        WithFields(0.2),
        WithFields(margin=1),
        WithFields(tries=7),
        WithFields(weights=(1, 1, 1)),
        WithFields(weights=(0.1, 0.2, 0.3, 0.4)),
        WithFields(skips=(1, 1, 0, 2)),
        WithFields(seldom=np.float64(0.5)),
    ):
        both_ways(rule, steps=2)
    assert compilations() == before


@pytest.mark.parametrize("name", ["near zero", "evenly spaced", None])
def test_presets_share_their_machine_code(name):
    rule = WithFields()
    hive_of(rule, True, bandit=BanditLinear(name="near one"))
    before = compilations()
    hive_of(rule, True, bandit=BanditLinear(name=name, gap=0.05, n_action=7, q_star_seed=3))
    assert compilations() == before


# ------------------------------------------------------------------------------
# What can't be compiled


class Elsewhere:
    def option(self):
        return 1


ELSEWHERE = Elsewhere()


@dataclass(frozen=True)
class WithDict(ImitationRule):
    def decide(self, bee, neighbours, rng):
        dancer = neighbours.pick(rng)
        after = {0: 1, 1: 2, 2: 0}  # <- a dict
        return after[dancer.opinion]


@dataclass(frozen=True)
class WithDictComprehension(ImitationRule):
    def decide(self, bee, neighbours, rng):
        heard = {j: neighbours[j].opinion for j in range(neighbours.size)}  # <- a dict
        return heard[rng.integers(neighbours.size)]


@dataclass(frozen=True)
class WithSet(ImitationRule):
    def decide(self, bee, neighbours, rng):
        seen = set()  # <- a set
        for j in range(3):
            seen.add(neighbours[j].opinion)
        return max(seen)


@dataclass(frozen=True)
class WithObject(ImitationRule):
    def decide(self, bee, neighbours, rng):
        neighbours.pick(rng)
        return ELSEWHERE.option()  # <- ELSEWHERE


@dataclass(frozen=True)
class WithList(ImitationRule):  # <- WithList.after is
    after: list[int] = field(default_factory=lambda: [1, 2, 0])

    def decide(self, bee, neighbours, rng):
        return self.after[neighbours.pick(rng).opinion]


@dataclass(frozen=True)
class WithDictField(ImitationRule):  # <- WithDictField.after is
    after: dict[int, int] = field(default_factory=lambda: {0: 1, 1: 2, 2: 0})

    def decide(self, bee, neighbours, rng):
        return self.after[neighbours.pick(rng).opinion]


@dataclass(frozen=True)
class WithUnknownField(ImitationRule):
    def decide(self, bee, neighbours, rng):
        neighbours.pick(rng)
        return bee.unique_id  # <- unique_id


@dataclass(frozen=True)
class WithUnknownInHelper(ImitationRule):
    def chosen(self, neighbours, rng):
        dancer = neighbours.pick(rng)
        return dancer.waggles  # <- waggles

    def decide(self, bee, neighbours, rng):
        return self.chosen(neighbours, rng)


def place_of_mark(owner):
    lines, first = inspect.getsourcelines(owner)
    ((line, text),) = [(first + i, text) for i, text in enumerate(lines) if "# <- " in text]
    return f"{Path(__file__).name}, line {line}", text.split("# <- ")[1].strip()


@pytest.mark.parametrize(
    "owner",
    [
        WithDict,
        WithDictComprehension,
        WithSet,
        WithObject,
        WithList,
        WithDictField,
    ],
)
def test_what_cannot_be_compiled_runs_interpreted_with_one_warning(owner):
    hive, warned = both_ways(owner())
    assert not runs_compiled(hive)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        hive_of(owner(), True).step()  # warned of once, not once a hive
    place, cause = place_of_mark(owner)
    (message,) = warned
    assert message.startswith(f"{owner.__name__}.decide runs interpreted, not compiled: ")
    assert cause in message
    assert place in message
    assert "\n" not in message


@pytest.mark.parametrize(
    "owner",
    [
        WithUnknownField,
        WithUnknownInHelper,
    ],
)
def test_an_unknown_attribute_raises_what_python_raises(owner):
    place, cause = place_of_mark(owner)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        hive = hive_of(owner(), True)
    with pytest.raises(AttributeError, match=f"'BeeView' object has no attribute '{cause}'"):
        hive.step()
    with pytest.raises(AttributeError, match=f"'BeeView' object has no attribute '{cause}'"):
        hive_of(owner(), False).step()
    (message,) = [str(warning.message) for warning in warned]
    assert cause in message
    assert place in message


# Rules that users are likely to write.  They must work: compiled, or interpreted with the warning.


@dataclass(frozen=True)
class WithLambda(ImitationRule):
    margin: float = 0.1

    def decide(self, bee, neighbours, rng):
        dancer = neighbours.pick(rng)
        beats = lambda payoff: payoff > bee.payoff + self.margin  # noqa: E731
        return dancer.opinion if beats(dancer.payoff) else bee.opinion


@dataclass(frozen=True)
class WithKeyword(ImitationRule):
    def chosen(self, neighbours, rng, which=0):
        return neighbours[which].opinion

    def decide(self, bee, neighbours, rng):
        return self.chosen(neighbours, rng, which=1)


@dataclass(frozen=True)
class WithKeywordOfOurs(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return neighbours.pick(rng=rng).opinion


@dataclass(frozen=True)
class WithStatic(ImitationRule):
    @staticmethod
    def next(option):
        return (option + 1) % 3

    def decide(self, bee, neighbours, rng):
        return self.next(neighbours.pick(rng).opinion)


@dataclass(frozen=True)
class WithSuper(WeightedVoterRule):
    def decide(self, bee, neighbours, rng):
        opinion = super().decide(bee, neighbours, rng)
        return opinion if rng.random() < 0.5 else bee.opinion


class Undecorated(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return neighbours.pick(rng).opinion


class Mood(StrEnum):
    CALM = "calm"
    WILD = "wild"


@dataclass(frozen=True)
class WithEnum(ImitationRule):
    mood: Mood = Mood.WILD

    def decide(self, bee, neighbours, rng):
        return neighbours.pick(rng).opinion if self.mood == Mood.WILD else bee.opinion


@dataclass
class Counting(ImitationRule):
    """Not frozen: it changes itself."""

    count: int = 0

    def decide(self, bee, neighbours, rng):
        self.count += 1
        return self.count % 3


def countdown(n):
    return 0 if n == 0 else countdown(n - 1)


@dataclass(frozen=True)
class WithRecursion(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return neighbours.pick(rng).opinion + countdown(3)


def boldness(rule):
    """Has the name of the attribute that it reads."""
    return rule.boldness


@dataclass(frozen=True)
class WithNamesake(ImitationRule):
    boldness: float = 0.5

    def decide(self, bee, neighbours, rng):
        return neighbours.pick(rng).opinion if rng.random() < boldness(self) else bee.opinion


@dataclass(frozen=True)
class WithOptionalTuple(ImitationRule):
    order: tuple[int, ...] = ()

    def decide(self, bee, neighbours, rng):
        if self.order:
            return self.order[neighbours.pick(rng).opinion]
        return bee.opinion


@dataclass(frozen=True)
class WithTruths(ImitationRule):
    allowed: tuple[bool, ...] = (True, False, True)

    def decide(self, bee, neighbours, rng):
        dancer = neighbours.pick(rng)
        return dancer.opinion if self.allowed[dancer.opinion] is True else bee.opinion


@dataclass(frozen=True)
class WithMargin(ImitationRule):
    margin: float = 0.1

    def decide(self, bee, neighbours, rng):
        return int(1e9 * (self.margin * bee.payoff + 0.1 * self.margin)) % 3


@pytest.mark.thorough
@pytest.mark.parametrize(
    "make",
    [
        WithLambda,
        lambda: WithLambda(0.5),
        WithKeyword,
        WithKeywordOfOurs,
        WithStatic,
        WithSuper,
        Undecorated,
        WithEnum,
        WithRecursion,
        WithNamesake,
        lambda: WithOptionalTuple((2, 0, 1)),
        lambda: WithOptionalTuple((0, 0, 0)),
        WithTruths,
        WithMargin,
        lambda: WithMargin(np.float64(0.1)),
        lambda: WithMargin(np.float32(0.1)),
    ],
)
def test_whatever_runs_interpreted_runs_with_compiled_true_too(make: Callable[[], ImitationRule]):
    both_ways(make(), steps=3)


def test_a_rule_that_changes_itself_runs_interpreted_or_is_refused():
    results = []
    for compiled in (True, False):
        try:
            hive = hive_of(Counting(), compiled)
            hive.step()
            results.append(hive.opinions.tolist())
        except (TypeError, ValueError) as error:
            results.append(str(error))
    assert results[0] == results[1]


# ------------------------------------------------------------------------------
# A rule that breaks its contract


@dataclass(frozen=True)
class Breaks(ImitationRule):
    """Does what `how` says once it hears of a payoff below 0.45, which bee 0 doesn't."""

    how: int = 0
    zero: float = 0.0
    none: int = 0

    def decide(self, bee, neighbours, rng):
        rng.random()
        if bee.payoff >= 0.45:
            return (bee.opinion + 1) % 3
        if self.how == 0:
            return int(1.0 / self.zero)
        if self.how == 1:
            return 1 // self.none
        if self.how == 2:
            return neighbours.n_action
        if self.how == 3:
            return -1
        if self.how == 4:
            return 2_000_000_000
        if self.how == 5:
            return neighbours[neighbours.size].opinion
        if self.how == 6:
            return rng.integers(self.none)
        raise ValueError("no dance")


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize(
    ("how", "error", "message"),
    [
        (0, ZeroDivisionError, "division"),
        (1, ZeroDivisionError, "division"),
        (
            2,
            ValueError,
            r"Breaks.decide returned opinion 3 for bee \d+; an opinion must be 0 to 2$",
        ),
        (
            3,
            ValueError,
            r"Breaks.decide returned opinion -1 for bee \d+; an opinion must be 0 to 2$",
        ),
        (
            4,
            ValueError,
            r"Breaks.decide returned opinion 2000000000 for bee \d+; an opinion must be 0 to 2$",
        ),
        (5, IndexError, r"neighbours\[j\]: j must be 0 .. neighbours.size - 1"),
        (6, ValueError, r"integers\(n\): n must be at least 1"),
        (7, ValueError, "no dance"),
    ],
)
def test_an_error_in_a_rule_is_raised_and_changes_nothing(how, error, message, compiled):
    hive = hive_of(Breaks(how), compiled)
    assert runs_compiled(hive) == compiled
    assert hive.payoffs[0, 0] >= 0.45 > hive.payoffs.min()
    before = state(hive), hive.shares.tolist(), hive.rows.values.tolist()
    for _ in range(2):
        with pytest.raises(error, match=message) as caught:
            hive.step()
        assert "\n" not in str(caught.value)
        assert (state(hive), hive.shares.tolist(), hive.rows.values.tolist()) == before


def test_the_bee_named_is_the_one_that_breaks_it():
    messages = []
    for compiled in (True, False):
        hive = hive_of(Breaks(2), compiled)
        first = int(np.flatnonzero(hive.payoffs[0] < 0.45)[0])
        with pytest.raises(ValueError, match=f"for bee {first};") as caught:
            hive.step()
        messages.append(str(caught.value))
    assert messages[0] == messages[1]


@dataclass(frozen=True)
class ReturnsNone(ImitationRule):
    def decide(self, bee, neighbours, rng):
        neighbours.pick(rng)


@dataclass(frozen=True)
class ForgetsToReturn(ImitationRule):
    def decide(self, bee, neighbours, rng):  # noqa: RET503
        if bee.payoff > 0.5:
            return bee.opinion


@dataclass(frozen=True)
class ReturnsText(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return "1"


@dataclass(frozen=True)
class ReturnsBee(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return neighbours.pick(rng)


@dataclass(frozen=True)
class ReturnsFloat(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return bee.opinion + 0.5


@dataclass(frozen=True)
class ReturnsTruth(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return bee.payoff > 0.5


@pytest.mark.filterwarnings("ignore:.*runs interpreted:RuntimeWarning")
@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize(
    "owner", [ReturnsNone, ReturnsText, ReturnsBee, ForgetsToReturn, ReturnsFloat, ReturnsTruth]
)
def test_what_is_no_opinion_is_refused(owner, compiled):
    with pytest.raises(
        TypeError, match=rf"{owner.__name__}\.decide must return an opinion, a whole number, not "
    ):
        hive_of(owner(), compiled).step()


@pytest.mark.thorough
@pytest.mark.parametrize("owner", [ReturnsNone, ReturnsText])
def test_the_warning_of_what_is_no_opinion_names_the_cause(owner):
    class Fresh(owner):  # warned of once a class
        pass

    with pytest.warns(RuntimeWarning, match="must return an opinion"):
        hive_of(Fresh(), True)


# ------------------------------------------------------------------------------
# Machine code on disk

CHILD = """
import importlib, json, sys
from numba.core import event
from hivemind_abm.bandits.linear import BanditLinear
from hivemind_abm.hives.batch import HiveBatch
from hivemind_abm.hives.neighbourhood import Neighbourhood

results = {}
with event.install_recorder("numba:compile") as recorder:
    for name in sys.argv[1:]:
        rule = importlib.import_module(name).Rule()
        results[name] = []
        hive = HiveBatch(rule, BanditLinear(), Neighbourhood.of("others", "all", 6), [1])
        for _ in range(2):
            hive.step()
            results[name].append([hive.opinions[0].tolist(), hive.payoffs[0].tolist()])
        assert hive.mode["rule"] == "compiled"
print(json.dumps({"compilations": len(recorder.buffer), "results": results}))
"""
HEAD = "from dataclasses import dataclass\nfrom hivemind_abm.hives.rules import ImitationRule\n"
RULE = (
    "\n@dataclass(frozen=True)\nclass Rule({base}):\n"
    "    def decide(self, bee, neighbours, rng):\n        {body}\n"
)


def rule_file(head, body, base="ImitationRule"):
    return HEAD + head + RULE.format(base=base, body=body)


# OPTION is 0 in the first version of these files and 1 in the second.
USERS_FILES = {
    "own": {
        "own": rule_file(
            "import in_module\nfrom in_parent import Base\n"
            "from in_import import OPTION as IMPORTED\n"
            "OPTION = 0\ndef in_helper():\n    return OPTION\n",
            "return in_helper() + IMPORTED + in_module.OPTION + self.in_parent()",
            "Base",
        ),
        "in_import": "OPTION = 0\n",
        "in_module": "OPTION = 0\n",
        "in_parent": HEAD
        + "OPTION = 0\nclass Base(ImitationRule):\n"
        + "    def in_parent(self):\n        return OPTION\n",
    },
    "hidden": {
        "hidden": rule_file(
            "import enum\nimport second_file\nIN_LAMBDA = OPTION = 0\n"
            "class Way(enum.IntEnum):\n    IN_ENUM = OPTION = 0\n",
            "f = lambda x: x + IN_LAMBDA\n"
            "        return second_file.IN_THIRD_FILE + Way.IN_ENUM.value + f(0)",
        ),
        "second_file": "from third_file import IN_THIRD_FILE\n",
        "third_file": "IN_THIRD_FILE = OPTION = 0\n",
    },
    "in_tuple": {  # the same digits, otherwise divided
        "in_tuple": rule_file(
            "OPTION = 0\nIN_TUPLE = (12, 3) if OPTION else (1, 23)\n",
            "return 1 if IN_TUPLE[0] == 12 else 0",
        )
    },
}


@pytest.fixture(scope="module")
def processes(tmp_path_factory):
    """The output of three processes, with these rules' files.

    The first starts without machine code of the rules, the second with it, and the third after the
    constants have changed.
    """
    folder = tmp_path_factory.mktemp("user")
    cache = folder / "cache" / "hivemind_abm"
    cache.mkdir(parents=True)
    # The library's own machine code may be used; this only saves time.
    for file in cache_folder().glob("hivemind_abm.*"):
        (cache / file.name).symlink_to(file)
    environment = {
        **os.environ,
        "NUMBA_CACHE_DIR": str(folder / "cache"),
        "PYTHONPATH": os.pathsep.join((str(Path(hivemind_abm.__file__).parents[1]), str(folder))),
        "PYTHONDONTWRITEBYTECODE": "1",
    }

    def write(option):
        for files in USERS_FILES.values():
            for name, text in files.items():
                (folder / f"{name}.py").write_text(text.replace("OPTION = 0", f"OPTION = {option}"))

    def run():
        done = subprocess.run(
            [sys.executable, "-c", CHILD, *USERS_FILES],
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    write(0)
    empty, full = run(), run()
    write(1)
    return empty, full, run()


@pytest.mark.thorough
def test_a_second_process_compiles_nothing_and_gives_the_same(processes):
    empty, full, _ = processes
    assert empty["compilations"] > 0
    assert full["compilations"] == 0
    assert full["results"] == empty["results"]


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("name", "constants"),
    [
        ("own", 4),
        ("hidden", 3),
        ("in_tuple", 1),
    ],
)
def test_a_changed_file_is_compiled_again(processes, name, constants):
    for process, option in zip(processes, (0, 0, constants), strict=True):
        assert [opinions for opinions, _ in process["results"][name]] == [[option] * 6] * 2


def test_a_file_that_changes_is_compiled_again(tmp_path):
    file = tmp_path / "changing.py"
    text = """from dataclasses import dataclass

from hivemind_abm import ImitationRule


@dataclass(frozen=True)
class Changing(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return WHAT
"""
    made = []
    for what in ("bee.opinion", "neighbours.pick(rng).opinion", "0", "bee.opinion"):
        file.write_text(text.replace("WHAT", what))
        os.utime(file, ns=(10**18 + len(made), 10**18 + len(made)))
        hive = Hive(str(file), population_size=30, n_action=3, rng=1)
        hive.step()
        assert set(hive.mode.values()) == {"compiled"}
        made.append(hive.opinions.tolist())
    assert made[0] == made[3] and set(made[2]) == {0} and made[1] not in (made[0], made[2])
