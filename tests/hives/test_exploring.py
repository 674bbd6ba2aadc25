"""Any rule, and then with a small probability a random option."""

import copy
import dataclasses
import pickle
from dataclasses import dataclass

import numpy as np
import pytest
from every_outcome import Field, chances, constant
from test_both_ways import Averager, Recruit

from hivemind_abm import (
    Hive,
    ImitationOfSuccess,
    ImitationRule,
    MajorityRule,
    WeightedVoterRule,
)
from hivemind_abm.contract.rules import check_rule
from hivemind_abm.hives.exploring import Exploring, exploring_rule_of

pytestmark = pytest.mark.thorough  # compiles many rules

RULES = {
    "memory, dance and begin": Averager(0.3),
    "uncommitted": Recruit(),
    "majority": MajorityRule(3),
    "deterministic": ImitationOfSuccess(deterministic=True),
}


def test_it_decides_as_the_rule_does_and_then_explores():
    x, chance = np.array([0.5, 0.3, 0.2]), 0.1
    for rule in (ImitationOfSuccess(), WeightedVoterRule()):
        payoffs = constant((0.9, 0.75, 0.6))
        after = Field(Exploring(rule, chance), payoffs, 2).next(x)
        expected = (1.0 - chance) * Field(rule, payoffs, 2).next(x) + chance / 3.0
        assert np.abs(after - expected).max() < 1e-12


def test_the_fixed_point_of_epsilon_greedy_imitation_of_success():
    field = Field(Exploring("success", 0.01), constant((0.9, 0.6)), 1)
    settled = field.fixed_point(np.array([0.5, 0.5]))
    assert settled[0] == pytest.approx(0.98344832, abs=5e-9)
    root = (-0.01 + 0.99 * 0.3 + np.sqrt((0.01 - 0.99 * 0.3) ** 2 + 4 * 0.99 * 0.3 * 0.005)) / (
        2 * 0.99 * 0.3
    )
    assert settled[0] == pytest.approx(root, abs=1e-12)


@pytest.mark.parametrize("name", RULES)
def test_what_the_rule_is_it_stays(name):
    rule, explorer = RULES[name], Exploring(RULES[name], 0.2)
    assert isinstance(explorer, type(rule))
    for claim in ("hears", "uncommitted", "has_dance", "has_begin"):
        assert getattr(explorer, claim) == getattr(rule, claim)
    assert explorer.memory_size(3) == rule.memory_size(3)
    assert explorer.without_exploring == rule
    assert explorer.symbol == f"exploring {rule.symbol}"
    assert repr(explorer) == f"Exploring({rule!r}, chance=0.2)"
    assert [field.name for field in dataclasses.fields(explorer)][-1] == "chance"


@pytest.mark.parametrize("name", RULES)
def test_it_is_a_value(name):
    explorer = Exploring(RULES[name], 0.2)
    for same in (
        Exploring(RULES[name], 0.2),
        pickle.loads(pickle.dumps(explorer)),
        copy.deepcopy(explorer),
        dataclasses.replace(explorer),
    ):
        assert same == explorer and hash(same) == hash(explorer) and type(same) is type(explorer)
    for other in (Exploring(RULES[name], 0.3), RULES[name]):
        assert other != explorer
    assert dataclasses.replace(explorer, chance=0.3) == Exploring(RULES[name], 0.3)


def test_what_rules_are_called():
    assert (Exploring("wvoter").symbol, Exploring("wvoter").name) == (
        "exploring R_wvoter",
        "exploring wvoter",
    )
    assert (Exploring(Averager).symbol, Exploring(Averager).name) == ("exploring Averager", None)


def test_partners_do_not_explore():
    assert (Exploring("wvoter").learner, Exploring("wvoter").dynamic) == (None, None)
    alone = Exploring("wvoter", 0.0)
    assert (alone.learner, alone.dynamic) == ("P-MCL", "MRD")


@dataclass(frozen=True)
class Halved(ImitationRule):
    margin: float = 0.5
    hears = 1

    def __post_init__(self):
        object.__setattr__(self, "margin", self.margin / 2)

    def decide(self, bee, neighbours, rng):
        other = neighbours.pick(rng)
        return other.opinion if other.payoff > bee.payoff + self.margin else bee.opinion


@dataclass(frozen=True)
class Quarter(Halved):
    """It calls the method of its base."""

    def decide(self, bee, neighbours, rng):
        return super().decide(bee, neighbours, rng)


def test_a_field_that_the_rule_has_changed_is_not_changed_again():
    explorer = Exploring(Halved(0.4), 0.1)
    assert (explorer.margin, explorer.without_exploring.margin) == (0.2, 0.2)
    assert pickle.loads(pickle.dumps(explorer)).margin == 0.2
    assert exploring_rule_of(Halved)(0.4, 0.1) == explorer


def test_a_rule_that_calls_its_base_explores_too():
    hives = [
        Hive(Exploring(rule, 0.1), "near one", 20, compiled=False, rng=1)
        for rule in (Halved(), Quarter())
    ]
    for hive in hives:
        hive.run_for(5)
    assert hives[0].table().equals(hives[1].table())


@dataclass(frozen=True)
class Chancy(ImitationRule):
    chance: float = 0.5

    def decide(self, bee, neighbours, rng):
        return bee.opinion


@dataclass(frozen=True)
class LooksAcross(Halved):
    looks_across = True


@pytest.mark.parametrize(
    ("rule", "chance", "message"),
    [
        ("wvoter", 1.1, r"chance must be a number from 0 to 1, not 1\.1"),
        ("wvoter", True, "chance must be a number from 0 to 1, not True"),
        ("voter", 0.1, "rule must be one of 'success', .* not 'voter'"),
        (Exploring("wvoter"), 0.1, "rule must not explore already, and exploring R_wvoter does"),
        (Chancy(), 0.1, "chance is an attribute of Chancy and belongs to Exploring too: rename it"),
        (LooksAcross(), 0.1, "rule must not look across to explore, and LooksAcross does"),
    ],
)
def test_what_is_refused(rule, chance, message):
    with pytest.raises((ValueError, TypeError), match=message):
        Exploring(rule, chance)
    with pytest.raises(ValueError, match="chance must be"):
        dataclasses.replace(Exploring("wvoter"), chance=-0.1)


def test_the_chances_of_a_step_in_closed_form_are_those_of_its_decisions():
    explorer = Exploring("success", 0.1)
    neighbourhood = Hive.settings(rule=explorer, population_size=8).neighbourhood
    closed = explorer.one_step_chances(neighbourhood)(np.array([5.0, 3.0]), np.array([0.9, 0.6]))
    bees = [(0, 0.9)] * 5 + [(1, 0.6)] * 3
    for option, me in ((0, 0), (1, 5)):
        row = chances(explorer, bees[me], bees[:me] + bees[me + 1 :], 2)
        assert np.abs(closed[option] - row).max() < 1e-12
    assert Exploring(Averager(), 0.1).one_step_chances(neighbourhood) is None


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[] if n == "uncommitted" else pytest.mark.thorough) for n in RULES],
)
def test_both_modes_agree(name):
    explorer = Exploring(RULES[name], 0.2)
    hives = [Hive(explorer, "near one", 30, compiled=mode, rng=4) for mode in (True, False)]
    for hive in hives:
        hive.run_for(6)
    assert hives[0].mode == {"rule": "compiled", "bandit": "compiled"}
    assert hives[1].mode["rule"] == "interpreted"
    assert hives[0].table().equals(hives[1].table())
    assert np.array_equal(hives[0].memory, hives[1].memory)


@pytest.mark.thorough
@pytest.mark.parametrize("name", RULES)
def test_it_keeps_the_contract(name):
    assert "compiled: the same numbers as interpreted, bit for bit" in check_rule(
        Exploring(RULES[name], 0.2)
    )


def test_a_file_of_a_user_explores(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "from dataclasses import dataclass\nimport random\nfrom hivemind_abm import ImitationRule\n"
        "\n\n@dataclass(frozen=True)\nclass Mine(ImitationRule):\n    hears = 1\n\n"
        "    def decide(self, bee, neighbours, rng):\n"
        "        return neighbours.pick(rng).opinion if random.random() < 0.5 else bee.opinion\n"
    )
    explorer = Exploring(str(file), 0.1)
    with pytest.warns(RuntimeWarning) as told:
        Hive(explorer, population_size=5, rng=1)
    texts = [str(warning.message) for warning in told]
    assert any("ExploringMine.decide draws from random" in text for text in texts)
    assert any("ExploringMine.decide runs interpreted" in text for text in texts)
