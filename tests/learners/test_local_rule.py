"""The local rule of a learner: exact drifts, memory, names, errors, and back to the learner."""

import copy
import pickle
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import multinomial

from hivemind_abm import (
    BanditLinear,
    Hive,
    Learner,
    LearnerModel,
    ParallelCrossLearning,
    ParallelMaynardCrossLearning,
    Study,
    compare,
    ensemble,
)
from hivemind_abm.hives.batch import HiveBatch
from hivemind_abm.hives.neighbourhood import Neighbourhood
from hivemind_abm.learners.cross_learning import CrossLearning, MaynardCrossLearning
from hivemind_abm.learners.local_rule import LocalRule
from hivemind_abm.learners.macro_agent import MacroAgent
from hivemind_abm.loading import gallery, load_module

pytestmark = pytest.mark.thorough  # compiles many rules

enumeration = load_module(Path(__file__).parents[1] / "hives" / "enumeration.py")
X, Q = np.array([0.5, 0.3, 0.2]), np.array([0.9, 0.75, 0.6])
TRD = np.array([0.0525, -0.0135, -0.039])
EXP3 = str(gallery("models") / "my_first_learner.py")


@dataclass(frozen=True)
class Clock(Learner):
    """All on one option, which is another one in each step."""

    shift: int = 0

    def update(self, policy, pulls, memory, rng):
        for option in range(pulls.n_action):
            policy[option] = 0.0
        policy[(pulls.step + self.shift) % pulls.n_action] = 1.0


@dataclass(frozen=True)
class Fewest(Learner):
    """All on the option that fewest pulls have."""

    def update(self, policy, pulls, memory, rng):
        fewest = 0
        for option in range(pulls.n_action):
            policy[option] = 0.0
            if pulls.count_of(option) < pulls.count_of(fewest):
                fewest = option
        policy[fewest] = 1.0


@dataclass(frozen=True)
class Coin(Learner):
    """All on option 0 or all on option 1, by a coin."""

    def update(self, policy, pulls, memory, rng):
        for option in range(pulls.n_action):
            policy[option] = 0.0
        policy[rng.integers(min(2, pulls.n_action))] = 1.0


@dataclass(frozen=True)
class Weights(Learner):
    """Exponential weights of the means heard, as Exp3 with all its pulls; `power` is its fault."""

    eta: float = 1.0
    power: float = 0.0

    def update(self, policy, pulls, memory, rng):
        total = 0.0
        for option in range(pulls.n_action):
            if pulls.count_of(option) > 0:
                mean = pulls.reward_of(option) / pulls.count_of(option)
                policy[option] *= (1.0 + self.eta) ** mean
            total += policy[option]
        for option in range(pulls.n_action):
            policy[option] /= total if total > 0.0 else 1.0
            policy[option] += self.power


MEMORY = LocalRule("MCL", memory=True)
RULES = {
    "P-MCL": LocalRule("P-MCL"),
    "P-CL heard": LocalRule("P-CL", policy="heard", explore=0.1),
    "MCL": MEMORY,
    "Exp3": LocalRule(EXP3, memory=True),
    "weights": LocalRule(Weights()),
    "coin": LocalRule(Coin()),
}


def law_of(rule, n_action):
    """The rule as a law of `enumeration`."""

    def law(me, heard):
        chances = rule.next_policy(me[0], [(a, float(r)) for a, r in heard], n_action)
        return dict(enumerate(chances.tolist()))

    return law


def drift(rule, x, q, n):
    """The expected change of the shares of an infinite hive, for n bees heard; no noise."""
    after = np.zeros(x.size)
    for counts in np.ndindex(*[n + 1] * x.size):
        if sum(counts) == n:
            heard = [(a, q[a]) for a, many in enumerate(counts) for _ in range(many)]
            mean = sum(x[a] * rule.next_policy(a, heard, x.size) for a in range(x.size))
            after += multinomial.pmf(counts, n, x) * mean
    return after - x


# ------------------------------------------------------------------------------
# Exact numbers


@pytest.mark.parametrize(
    ("rule", "law", "draws"),
    [
        (LocalRule("P-MCL"), "wvoter", 3),
        (LocalRule(CrossLearning(alpha=1.0)), "success", 1),
        (LocalRule(CrossLearning(alpha=1.0)), "success", 3),
    ],
    ids=["P-MCL", "CL hears 1", "CL hears 3"],
)
def test_it_is_the_rule_whose_learner_it_comes_from(rule, law, draws):
    assert rule.reading == "own"
    pool = [(0, 0.25), (0, 0.5), (1, 0.0), (1, 1.0), (2, 0.75), (2, 0.125)]
    law = getattr(enumeration, law)
    if law is enumeration.success and draws == 3:  # CL takes the first pull, one of three at random
        pool = [(0, 0.25), (0, 0.25), (0, 0.25)]
    for me in ((0, 0.5), (2, 0.25)):
        ours = enumeration.next_opinion(law_of(rule, 3), me, pool, draws, 3)
        theirs = enumeration.next_opinion(law, me, pool, draws, 3)
        assert np.abs(ours - theirs).max() < 1e-12


@pytest.mark.parametrize(
    ("policy", "n", "factor"), [("heard", 2, 0.5), ("heard", 10, 0.9), ("own", 3, 1.0)]
)
def test_parallel_cross_learning(policy, n, factor):
    rule = LocalRule("P-CL", hears=n, policy=policy)
    assert np.abs(drift(rule, X, Q, n) - factor * TRD).max() < 1e-12


def test_parallel_maynard_cross_learning():
    rule, q = LocalRule("P-MCL", policy="heard"), np.array([0.9, 0.6])
    found = drift(rule, np.array([0.5, 0.5]), q, 10)
    assert found[0] == pytest.approx(0.0902905690, abs=1e-10)
    assert np.abs(found - drift(LocalRule("P-MCL"), np.array([0.5, 0.5]), q, 10)).max() < 1e-12
    one_in_ten = rule.next_policy(1, [(0, 0.9)] + 9 * [(1, 0.6)], 2)
    assert 10 * one_in_ten[0] == pytest.approx(1.4285714286, abs=1e-10)
    rare = 1e-7
    grown = 1.0 + drift(rule, np.array([rare, 1.0 - rare]), q, 10)[0] / rare
    assert grown == pytest.approx(1.4285714286, abs=1e-5)


def test_exploration_and_the_readings():
    found = LocalRule("P-MCL", explore=0.3).next_policy(0, [(0, 1.0), (1, 1.0)], 3)
    assert found == pytest.approx([0.45, 0.45, 0.1])
    readings = {"CL": "own", "P-CL": "own", "P-MCL": "own"}
    assert {name: LocalRule(name).reading for name in readings} == readings
    assert LocalRule("MCL", memory=True).reading == "own"
    assert LocalRule(Clock()).reading == LocalRule(Coin()).reading == "own"
    assert LocalRule(Weights()).reading == LocalRule(EXP3, memory=True).reading == "heard"
    assert LocalRule(Weights(), policy="own").reading == "own"


@pytest.mark.parametrize("hears", [3, "everyone"])
@pytest.mark.parametrize(("learner", "policy"), [("P-MCL", "own"), ("P-CL", "heard")])
def test_bees_decide_with_these_chances(learner, policy, hears):
    """Five bees with constant payoffs, 60,000 times: each next opinion of a bee on option 0."""
    rule, whom = (
        LocalRule(learner, policy=policy),
        ("everyone", "all") if hears == "everyone" else ("others", 3),
    )
    bandit = BanditLinear(q_star=(0.75, 0.25), n_action=2, gap=0.0)
    batch = HiveBatch(rule, bandit, Neighbourhood.of(*whom, 5), range(60_000), (0.6, 0.4))
    before = batch.opinions.copy()
    assert (before.sum(axis=1) == 2).all()
    batch.advance(1)
    pool = [(0, 0.75)] * 2 + [(1, 0.25)] * 2
    if hears == "everyone":
        expected = np.array([*law_of(rule, 2)((0, 0.75), [*pool, (0, 0.75)]).values()])
    else:
        expected = enumeration.next_opinion(law_of(rule, 2), (0, 0.75), pool, 3, 2)
    place = int(np.flatnonzero(before[0] == 0)[0])
    enumeration.assert_frequencies(np.bincount(batch.opinions[:, place], minlength=2), expected)


# ------------------------------------------------------------------------------
# Memory


def test_a_bee_with_memory_is_a_learner_of_its_own():
    """Nobody is heard but one bee, so each bee's numbers are those of MCL with these rewards."""
    model = Hive(
        LocalRule(MaynardCrossLearning(1.0, 0.5), memory=True, hears=1), "evenly spaced", 2, rng=1
    )
    means = [None, None]
    for _ in range(6):
        heard = model.payoffs[::-1].copy()
        model.step()
        means = [r if m is None else 0.5 * m + 0.5 * r for m, r in zip(means, heard, strict=True)]
        assert model.memory[:, 0] == pytest.approx(means)
    assert (model.memory[:, 1] == 6).all()


def test_without_memory_it_is_refused():
    with pytest.raises(
        ValueError, match=r"MaynardCrossLearning keeps numbers .* memory=True gives"
    ):
        Hive("local:MCL")
    assert Hive("local:MCL", memory=True, population_size=10).rule == MEMORY
    with pytest.raises(ValueError, match="ExponentialWeights keeps numbers beside its policy"):
        Hive(f"local:{EXP3}")


# ------------------------------------------------------------------------------
# Names, errors, identity


def test_by_name_with_the_learners_fields():
    model = Hive("local:CL", alpha=1.0, hears=4, explore=0.1, population_size=30, rng=1)
    assert model.rule == LocalRule(CrossLearning(1.0), 4, explore=0.1)
    assert model.rule.derived_from == CrossLearning(1.0)
    assert model.neighbourhood.size == 4
    assert (model.rule.name, model.rule.symbol) == ("local:CL", "local CL")
    with pytest.raises(TypeError, match="did you mean alpha"):
        Hive("local:CL", alph=1.0)
    with pytest.raises(ValueError, match=r"learner must be one of 'CL'.* not 'P-MC'"):
        Hive("local:P-MC")
    with pytest.raises(ValueError, match="learner must be one of"):
        LearnerModel(f"local:{EXP3}")


def test_partners_are_those_that_it_is_equivalent_to():
    assert (LocalRule("P-MCL").learner, LocalRule("P-MCL").dynamic) == ("P-MCL", "MRD")
    assert LocalRule("P-CL").learner == "P-CL"
    assert LocalRule("P-CL", policy="heard").dynamic is None
    assert LocalRule("P-CL", explore=0.1).learner is None
    assert (LocalRule("CL").dynamic, LocalRule(CrossLearning(1.0)).dynamic) == (None, "TRD")
    found = compare("local:P-MCL", bandit="near one", population_size=50, steps=5, runs=5)
    assert list(found.systems) == ["local P-MCL", "P-MCL", "MRD"]


def test_a_file_in_a_study(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(Path(EXP3).read_text())
    cell = {"rule": f"local:{file}", "memory": True, "population_size": 10}
    study = Study(cells=[cell], runs=2, steps=3, seed=1, keep="last")
    assert list(study.files) == [f"local:{file}"]
    assert len(study.run()) == 2


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_copies_are_equal(rule):
    for other in (pickle.loads(pickle.dumps(rule)), copy.deepcopy(rule)):
        assert other == rule and hash(other) == hash(rule) and type(other) is type(rule)
        assert repr(other) == repr(rule) and other.derived_from == rule.derived_from
    assert rule != LocalRule(rule.derived_from, hears=3, memory=True)
    assert rule != rule.derived_from


def test_errors():
    for wrong, match in (
        ({"hears": 0}, "hears must be a whole number of at least 1, not 0"),
        ({"hears": "some"}, "hears must be a whole number or 'all', not 'some'"),
        ({"policy": "mine"}, "policy must be"),
        ({"explore": 1.5}, "explore must be"),
    ):
        with pytest.raises(ValueError, match=match):
            LocalRule("P-MCL", **wrong)
    with pytest.raises(TypeError, match="memory must be"):
        LocalRule("P-MCL", memory=1)
    with pytest.raises(ValueError, match="alpha must be"):
        Hive("local:CL", alpha=2.0)
    with pytest.raises(ValueError, match="MacroAgent is the learner that a hive of a rule is"):
        LocalRule(MacroAgent(LocalRule("P-MCL")))

    @dataclass(frozen=True)
    class Clash(Learner):
        hears: int = 3

        def update(self, policy, pulls, memory, rng):
            pass

    @dataclass(frozen=True)
    class Divides(ParallelCrossLearning):
        def update(self, policy, pulls, memory, rng):
            policy[0] = pulls.total_reward / self.parallel_envs

    with pytest.raises(ValueError, match="hears is a name in Clash and belongs to its local rule"):
        LocalRule(Clash())
    with pytest.raises(ValueError, match=r"Divides.update reads parallel_envs.* use pulls.size"):
        LocalRule(Divides())


# ------------------------------------------------------------------------------
# And back: the macro-agent of the local rule of a learner has the learner's expected step


@pytest.mark.parametrize(
    ("name", "learner"),
    [
        ("macro:local:P-MCL", ParallelMaynardCrossLearning()),
        ("macro:local:P-CL", ParallelCrossLearning()),
    ],
)
def test_the_macro_agent_of_the_rule_has_the_learners_expected_step(name, learner):
    arguments = {
        "bandit": "near one",
        "n_action": 3,
        "parallel_envs": 400,
        "initial_shares": tuple(X),
    }
    macro, own = (
        ensemble(LearnerModel, given | arguments, runs=2000, steps=1, seed=5, keep="last")
        for given in ({"learner": name, "hears": "all"}, {"learner": type(learner)})
    )
    for option in range(3):
        one, other = macro[f"share_{option}"], own[f"share_{option}"]
        assert abs(one.mean() - other.mean()) < 4.0 * np.hypot(one.sem(), other.sem())
        assert one.sem() < 8e-4
    model = LearnerModel(MacroAgent(LocalRule(learner), 50), "near one", rng=1)
    assert model.learner.rule.derived_from.name == learner.name
    assert LearnerModel("macro:local:P-MCL", hears=3).learner.neighbourhood.size == 3
