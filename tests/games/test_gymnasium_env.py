"""Gymnasium environments: their contract, their numbers, and a hive whose fields change."""

import copy
import dataclasses
import doctest
import math
import runpy
import sys
import warnings

import numpy as np
import pytest

gymnasium = pytest.importorskip("gymnasium", reason="gymnasium is not installed (extra rl)")

from gymnasium.utils.env_checker import check_env  # noqa: E402

from hivemind_abm import (  # noqa: E402
    Bandit,
    BanditLinear,
    Hive,
    ImitationOfSuccess,
    ImitationRule,
    MajorityRule,
    WeightedVoterRule,
)
from hivemind_abm.games import gymnasium_control, gymnasium_env  # noqa: E402
from hivemind_abm.games.gymnasium_control import HiveControl  # noqa: E402
from hivemind_abm.games.gymnasium_env import BanditEnv, BanditVectorEnv  # noqa: E402

pytestmark = pytest.mark.thorough  # compiles many rules

BANDIT, CONTROL = "hivemind_abm/Bandit-v0", "hivemind_abm/HiveControl-v0"
MODES = [True, False]


def played(env, actions, seed=None):
    """All that an environment returns, in one episode."""
    returned = [env.reset(seed=seed)]
    returned.extend(env.step(action) for action in actions)
    return returned


def same(one, two):
    """Whether two environments returned the same, to the last bit."""
    np.testing.assert_equal(one, two)


@pytest.mark.parametrize(
    "keywords",
    [
        {"id": BANDIT},
        {"id": BANDIT, "bandit": "congestion", "window": 5},
        {"id": BANDIT, "bandit": "switching", "compiled": False},
        {"id": CONTROL, "field": "gap", "bounds": (0.0, 0.3), "population_size": 20},
        {"id": CONTROL, "field": "period", "bounds": (1, 9), "bandit": "switching"},
        {"id": CONTROL, "field": "number_of_votes", "choices": (1, math.inf), "rule": "majority"},
    ],
)
def test_gymnasium_finds_no_fault(keywords):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = gymnasium.make(**keywords, steps=20)
        check_env(env.unwrapped)
    assert keywords["id"] in env.spec.to_json()


# --- a bandit


def test_rewards_are_the_bandits_and_observations_are_the_own_shares():
    env = BanditEnv("near one", n_action=4, gap=0.0, steps=4)
    (first, info), *steps = played(env, [3, 0, 3, 1])
    assert first.tolist() == [0.25] * 4 and info == {}
    assert [reward for _, reward, *_ in steps] == pytest.approx([0.9, 0.6, 0.9, 0.7])
    assert steps[-1][0].tolist() == [0.25, 0.25, 0.0, 0.5]
    assert [truncated for *_, truncated, _ in steps] == [False, False, False, True]
    assert [info["optimal"] for *_, info in steps] == [True, False, True, False]
    assert env.bandit.expected_rewards(env.world).tolist() == pytest.approx([0.6, 0.7, 0.8, 0.9])


@pytest.mark.parametrize(
    ("window", "shares"),
    [(None, [1.0, 1 / 2, 1 / 3, 1 / 2]), (2, [1.0, 1 / 2, 1 / 4, 5 / 8]), (1, [1, 0, 0, 1])],
)
@pytest.mark.parametrize("compiled", MODES)
def test_a_congestion_bandit_pays_with_the_running_shares(window, shares, compiled):
    env = BanditEnv("congestion", gap=0.0, window=window, compiled=compiled)
    _, *steps = played(env, [0, 1, 1, 0])
    assert [seen[0] for seen, *_ in steps] == pytest.approx(shares)
    omega = [0.2 * shares[0], 0.6 * (1 - shares[1]), 0.6 * (1 - shares[2]), 0.2 * shares[3]]
    assert [reward for _, reward, *_ in steps] == pytest.approx([0.8 - load for load in omega])


def test_a_world_changes_before_each_pull_and_starts_anew():
    env = BanditEnv("switching", period=2, steps=5)
    for _ in range(2):
        _, *steps = played(env, [0] * 5)
        assert [reward for _, reward, *_ in steps] == [0.9, 0.9, 0.6, 0.6, 0.9]
        assert [info["optimal"] for *_, info in steps] == [True, True, False, False, True]


@pytest.mark.parametrize("bandit", ["random walk", "congestion", "sigmoid"])
def test_a_seed_fixes_this_episode_and_the_next_compiled_or_not(bandit):
    env, plain = BanditEnv(bandit, n_action=2), BanditEnv(bandit, n_action=2, compiled=False)
    actions = [0, 1, 1, 0, 1] * 4
    first = [played(env, actions, seed=7), played(env, actions)]
    same(first, [played(env, actions, seed=7), played(env, actions)])
    same(first, [played(plain, actions, seed=7), played(plain, actions)])
    rewards = [[step[1] for step in episode[1:]] for episode in first]
    assert rewards[0] != rewards[1]
    assert rewards[0] != [step[1] for step in played(env, actions, seed=8)[1:]]


def test_a_vector_environment_is_many_single_ones():
    keywords = {"id": BANDIT, "num_envs": 3, "bandit": "congestion", "steps": 4}
    vector = gymnasium.make_vec(**keywords)
    single = gymnasium.make_vec(**keywords, vectorization_mode="sync")
    assert isinstance(vector, BanditVectorEnv)
    assert vector.action_space == single.action_space
    assert vector.observation_space == single.observation_space
    actions = np.random.default_rng(1).integers(2, size=(13, 3))
    for seed in (5, [3, 1, 2]):
        same(played(vector, actions, seed), played(single, actions, seed))


def test_the_pulls_of_a_vector_environment_are_independent():
    env = BanditVectorEnv(1000, BanditLinear(n_action=2, q_star=(0.5, 0.5), gap=0.5))
    _, (_, rewards, *_), (_, again, *_) = played(env, [np.zeros(1000, int)] * 2, seed=1)
    bound = 5 / math.sqrt(12 * 1000)  # five standard errors of the mean of uniform numbers
    assert abs(rewards.mean() - 0.5) < bound and abs(again.mean() - 0.5) < bound
    assert abs(np.corrcoef(rewards, again)[0, 1]) < 5 / math.sqrt(1000)


@dataclasses.dataclass(frozen=True)
class TooRich(Bandit):
    n_action: int = 2

    def pull(self, option, world, rng):
        return 1.5

    def expected_rewards(self, world):
        return np.array([1.5, 1.5])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: BanditEnv(steps=0), "steps must be a whole number of at least 1, not 0"),
        (lambda: BanditEnv(window=0), "window must be a whole number of at least 1 or None"),
        (lambda: BanditEnv(gap=2.0), "gap must be a number from 0 to 0.5, not 2.0"),
        (lambda: BanditEnv(votes=2), "votes fits nothing here"),
        (lambda: BanditEnv().step(0), "step must follow reset: the episode has ended"),
        (lambda: played(BanditEnv(steps=1), [0, 0]), "step must follow reset"),
        (lambda: played(BanditEnv(), [10]), "action must be 0 to 9, not 10"),
        (lambda: played(BanditEnv(), [0.5]), "action must be 0 to 9, not 0.5"),
        (lambda: played(BanditVectorEnv(2), [[0, 10]]), "actions must be 2 options, each 0 to 9"),
        (lambda: played(BanditVectorEnv(2), [[0, 1, 2]]), "actions must be 2 options"),
        (lambda: BanditVectorEnv(2).step([0, 0]), "step must follow reset"),
        (lambda: BanditVectorEnv(2).reset(seed=[1]), "seed must be one number, or 2 of them"),
        (lambda: BanditVectorEnv(2).reset(options={"reset_mask": 1}), "no reset_mask"),
        (
            lambda: played(BanditEnv(TooRich(), compiled=False), [0]),
            r"TooRich.pull returned reward 1.5 for option 0; a reward must lie in \[0, 1\]",
        ),
    ],
)
def test_errors_of_bandits_say_what_is_allowed(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call()


# --- a hive with a field that is set from step to step


@dataclasses.dataclass(frozen=True)
class Scheduled(ImitationRule):
    """In step t the bees follow rule number t - 1."""

    plan: tuple

    hears = "all"

    def decide(self, bee, neighbours, rng):
        return self.plan[bee.step - 1].decide(bee, neighbours, rng)


@dataclasses.dataclass(frozen=True)
class ScheduledBandit(Bandit):
    """The payoffs of row t are those of bandit number t."""

    plan: tuple
    n_action: int = 3

    def pull(self, option, world, rng):
        return self.plan[world.step].pull(option, world, rng)

    def expected_rewards(self, world):
        return self.plan[world.step].expected_rewards(world)


@dataclasses.dataclass(frozen=True)
class Remembering(ImitationRule):
    numbers: int = 1

    def memory_size(self, n_action):
        return self.numbers


def rows_of(env, actions, seed=4):
    env.reset(seed=seed)
    for action in actions:
        env.step(action)
    return env.hive.datacollector.get_model_vars_dataframe()


VOTES, SWITCHES = (1, 3, math.inf, 2, 1, 5), ("bee", "is_det", "is_stoc", "bee", "is_det")
PLANS = {
    "number_of_votes": [MajorityRule(votes) for votes in VOTES],
    "switch": [WeightedVoterRule(switch) for switch in SWITCHES],
    "deterministic": [ImitationOfSuccess(each) for each in (True, False, False, True, False)],
}


@pytest.mark.parametrize("compiled", MODES)
@pytest.mark.parametrize(
    ("field", "updating"),
    [
        ("number_of_votes", "synchronous"),  # a number of the machine code
        ("switch", "synchronous"),  # a constant of the machine code
        ("number_of_votes", "asynchronous"),
        ("deterministic", 0.5),
    ],
)
def test_the_rule_follows_the_new_value_from_the_next_step_on(field, updating, compiled):
    plan, common = PLANS[field], {"population_size": 30, "updating": updating, "bandit": "near one"}
    reference = Hive(rule=Scheduled(tuple(plan)), **common, neighbourhood_size=4, compiled=False,
                     rng=4)  # fmt: skip
    reference.run_for(len(plan))
    values = [getattr(rule, field) for rule in plan]
    choices = sorted(set(values), key=str)
    env = HiveControl(field, choices=choices, rule=type(plan[0])(), **common, compiled=compiled,
                      neighbourhood_size=4)  # fmt: skip
    rows = rows_of(env, [choices.index(value) for value in values])
    assert rows.equals(reference.datacollector.get_model_vars_dataframe())
    assert env.hive.mode["rule"] == ("compiled" if compiled else "interpreted")
    assert getattr(env.hive.rule, field) == values[-1]


@pytest.mark.parametrize("compiled", MODES)
def test_the_bandit_pays_by_the_new_value_from_the_next_row_on(compiled):
    stars = [(0.2, 0.5, 0.8), (0.8, 0.5, 0.2), (0.8, 0.5, 0.2), (0.2, 0.8, 0.8), (0.2, 0.5, 0.8)]
    plan = [BanditLinear(n_action=3, q_star=q, gap=0.1) for q in stars]
    reference = Hive("success", ScheduledBandit(tuple(plan)), 30, compiled=False, rng=4)
    reference.run_for(4)
    choices = sorted(set(stars))
    env = HiveControl("q_star", choices=choices, rule="success", bandit=plan[0], compiled=compiled,
                      population_size=30)  # fmt: skip
    rows = rows_of(env, [choices.index(q) for q in stars[1:]])
    assert rows.equals(reference.datacollector.get_model_vars_dataframe())
    assert env.hive.mode["bandit"] == ("compiled" if compiled else "interpreted")


def test_one_value_throughout_is_the_plain_hive():
    env = HiveControl("number_of_votes", choices=[1, 3], rule="majority", population_size=30)
    hive = Hive("majority", number_of_votes=3, population_size=30, rng=4)
    hive.run_for(5)
    assert rows_of(env, [1] * 5).equals(hive.datacollector.get_model_vars_dataframe())


def test_one_of_several_rules_is_set():
    rules = [(MajorityRule(1), 10), (MajorityRule(1), 20)]
    common = {"population_size": 30, "neighbourhood_size": 4}
    hive = Hive(rule=[(MajorityRule(1), 10), (MajorityRule(5), 20)], **common, rng=4)
    hive.run_for(5)
    env = HiveControl("number_of_votes", choices=[5], part=1, rule=rules, **common)
    assert rows_of(env, [0] * 5).equals(hive.datacollector.get_model_vars_dataframe())


def test_observation_reward_and_end():
    env = HiveControl("gap", (0.0, 0.1), bandit="near one", n_action=3, steps=3,
                      reward="optimal_share", population_size=30)  # fmt: skip
    (seen, info), *steps = played(env, [[0.1], np.array([0.1], np.float32), 0.0], seed=4)
    hive = Hive(bandit="near one", n_action=3, population_size=30, rng=4)
    assert info == {"value": 0.1}
    assert seen == pytest.approx([*hive.shares, hive.payoffs.mean()])
    for seen, reward, terminated, truncated, info in steps[:2]:  # the gap stays as it is
        hive.step()
        assert seen == pytest.approx([*hive.shares, hive.payoffs.mean()])
        assert reward == hive.shares[2] and info == {"value": 0.1}
        assert not terminated and not truncated
    assert steps[2][2:] == (False, True, {"value": 0.0})
    assert env.hive.payoffs.tolist() == [(0.6, 0.75, 0.9)[a] for a in env.hive.opinions]


@pytest.mark.parametrize("bounds", [(0.0, 0.1), (0.01, 0.1), (0.03, 0.07)])
def test_bounds_are_reached_in_single_precision_too(bounds):
    env = HiveControl("gap", bounds, bandit="near one", population_size=20)
    scaled = gymnasium.wrappers.RescaleAction(env, np.float32(0.0), np.float32(1.0))
    actions = np.array([[0.0], [1.0], [0.5]], np.float32)
    values = [info["value"] for *_, info in played(scaled, actions, seed=1)[1:]]
    assert values == pytest.approx([*bounds, sum(bounds) / 2], rel=1e-6)
    assert bounds[0] <= min(values) and max(values) <= bounds[1]


def test_a_hive_that_stops_ends_the_episode():
    env = HiveControl("gap", (0.0, 0.1), bandit="near one", stop_if_end=True, population_size=5)
    env.reset(seed=1)
    for _ in range(99):
        *_, terminated, truncated, _ = env.step([0.1])
        if terminated:
            break
    assert terminated and not truncated and not env.hive.running
    with pytest.raises(ValueError, match="step must follow reset"):
        env.step([0.1])


def test_a_copy_goes_on_alike():
    env = HiveControl("number_of_votes", choices=[1, 3], rule="majority", population_size=30)
    played(env, [1, 0, 1], seed=4)
    twin = copy.deepcopy(env)
    same([env.step(a) for a in (0, 1, 1)], [twin.step(a) for a in (0, 1, 1)])


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"field": "margin", "bounds": (0, 1)}, "field must be a field of WeightedVoterRule, Ban"),
        ({"field": "gap", "bounds": (0, 0.1), "rng": 3}, "rng must not be given here: reset"),
        ({"field": "gap"}, "one of bounds and choices must be given"),
        ({"field": "gap", "bounds": (0.2, 0.1)}, r"bounds\[1\] must be a number from 0.2"),
        ({"field": "gap", "bounds": (0.0, 0.7)}, "gap must be a number from 0 to 0.5, not 0.7"),
        ({"field": "gap", "bounds": 0.1}, "bounds must be the smallest and the largest value"),
        ({"field": "gap", "choices": []}, "choices must hold at least one value"),
        ({"field": "gap", "bounds": (0, 0.1), "part": 0}, "part must be 'bandit', which have"),
        ({"field": "gap", "bounds": (0, 0.1), "reward": "joy"}, "reward must be one of optimal_sh"),
        ({"field": "switch", "choices": ["be"]}, "switch must be one of bee"),
        (
            {"field": "numbers", "choices": [1, 2], "rule": Remembering()},
            r"Remembering.memory_size\(n_action\) must be 1, as before, not 2",
        ),
        (
            {"field": "n_action", "choices": [2, 3], "bandit": TooRich()},
            "TooRich.n_action must be 2, as before, not 3",
        ),
        ({"field": "gap", "bounds": (0, 0.1), "population_size": 0}, "population_size must be"),
    ],
)
def test_errors_of_control_say_what_is_allowed(keywords, message):
    with pytest.raises((ValueError, TypeError), match=message):
        HiveControl(**keywords)


@pytest.mark.parametrize(
    ("keywords", "action", "message"),
    [
        ({"field": "gap", "bounds": (0, 0.1)}, [0.2], "action must be one number from 0 to 0.1"),
        ({"field": "gap", "bounds": (0, 0.1)}, [0.0, 0.0], "action must be one number"),
        ({"field": "gap", "bounds": (0, 0.1)}, [math.nan], "action must be one number"),
        ({"field": "gap", "choices": (0, 0.1)}, 2, "action must be 0 to 1, not 2"),
        (
            {"field": "period", "bounds": (2, 5), "bandit": "switching"},
            1,
            "action must be a whole number of at least 2, not 1",
        ),
    ],
)
def test_an_impossible_action_is_refused(keywords, action, message):
    with pytest.raises(ValueError, match=message):
        played(HiveControl(**keywords, population_size=20), [action])


@pytest.mark.parametrize("module", [gymnasium_env, gymnasium_control])
def test_the_examples_run(module):
    failed, tried = doctest.testmod(module)
    assert tried and not failed


@pytest.mark.parametrize("module", ["gymnasium_env", "gymnasium_control"])
def test_without_gymnasium_one_line_says_what_to_install(module, monkeypatch):
    monkeypatch.setitem(sys.modules, "gymnasium", None)
    monkeypatch.delitem(sys.modules, f"hivemind_abm.games.{module}")
    with pytest.raises(ImportError, match=r"gymnasium: pip install 'hivemind_abm\[rl\]'"):
        runpy.run_module(f"hivemind_abm.games.{module}")
