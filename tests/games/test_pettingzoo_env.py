"""PettingZoo environments: their contract, what the agents see, and the hive around them."""

import dataclasses
import doctest
import runpy
import sys
import warnings

import networkx as nx
import numpy as np
import pytest

pytest.importorskip("pettingzoo", reason="pettingzoo is not installed (extra rl)")

from pettingzoo.test import parallel_api_test, parallel_seed_test

from hivemind_abm import BanditLinear, Hive, ImitationRule, Stream
from hivemind_abm.games import pettingzoo_env
from hivemind_abm.games.model import GameModel
from hivemind_abm.games.pettingzoo_env import parallel_env
from hivemind_abm.games.pettingzoo_outside import Outside

pytestmark = pytest.mark.thorough  # compiles many rules

MODES = [True, False]


@dataclasses.dataclass(frozen=True)
class Stubborn(ImitationRule):
    option: int = 0

    hears = 1

    def decide(self, bee, neighbours, rng):
        return self.option


@dataclasses.dataclass(frozen=True)
class Leaver(ImitationRule):
    uncommitted = True

    hears = 1

    def decide(self, bee, neighbours, rng):
        return neighbours.n_action


def all_do(env, option):
    return dict.fromkeys(env.agents, option)


@pytest.mark.parametrize(
    "keywords",
    [
        {"n_agents": 1},
        {"n_agents": 100, "population_size": 200, "rule": [("wvoter", 0.5), ("success", 0.5)]},
        {"n_agents": 5, "population_size": 5, "observation": "bees"},
        {"neighbourhood": "groups", "neighbourhood_size": 5, "observation": "bees"},
        {"neighbourhood": "scale free:2", "observation": "bees", "stop_if_end": 0.9},
        {"updating": "asynchronous"},
        {"updating": 0.5, "bandit": "congestion"},
        {"rule": Leaver(), "n_agents": 3, "neighbourhood_size": 4},
    ],
)
def test_pettingzoo_finds_no_fault(keywords):
    def build():
        return parallel_env(**{"steps": 12, "compiled": False, "population_size": 20, **keywords})

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parallel_api_test(build(), num_cycles=20)
        parallel_seed_test(build, num_cycles=20)


@pytest.mark.parametrize("compiled", MODES)
def test_agents_that_never_change_their_mind_are_stubborn_bees(compiled):
    rules = [(Stubborn(2), 3), ("success", 17)]
    hive = Hive(rules, "near one", population_size=20, neighbourhood_size=4, compiled=False, rng=6)
    hive.run_for(15)
    env = parallel_env(3, "success", "near one", 20, neighbourhood_size=4, compiled=compiled)
    env.reset(seed=6)
    for _ in range(15):
        env.step(all_do(env, 2))
    rows = env.hive.datacollector.get_model_vars_dataframe()
    assert rows.equals(hive.datacollector.get_model_vars_dataframe())
    assert env.hive.mode["rule"] == ("compiled" if compiled else "interpreted")


@pytest.mark.parametrize("observation", ["options", "bees"])
def test_compiled_and_interpreted_are_the_same(observation):
    seen = []
    for compiled in MODES:
        env = parallel_env(3, "success", "near one", 20, neighbourhood_size=4, compiled=compiled,
                           observation=observation)  # fmt: skip
        seen.append([env.reset(seed=6)])
        for step in range(10):
            actions = {agent: (step + i) % 10 for i, agent in enumerate(env.agents)}
            seen[-1].append(env.step(actions))
    np.testing.assert_equal(*seen)


def test_an_agent_is_paid_for_what_its_bee_pulled():
    env = parallel_env(3, "success", BanditLinear(n_action=3, q_star=(0.1, 0.5, 0.9), gap=0.0),
                       10, compiled=False)  # fmt: skip
    observations, infos = env.reset(seed=1)
    assert infos == {agent: {} for agent in env.agents}
    option = int(env.hive.opinions[1])
    own = [*np.eye(3)[option], (0.1, 0.5, 0.9)[option]]
    assert observations["bee_1"][:4] == pytest.approx(own)
    actions = {"bee_0": 2, "bee_1": 0, "bee_2": 1}
    observations, rewards, *_ = env.step(actions)
    assert rewards == {"bee_0": 0.9, "bee_1": 0.1, "bee_2": 0.5}
    assert observations["bee_0"][:4].tolist() == pytest.approx([0, 0, 1, 0.9])
    assert env.hive.opinions[:3].tolist() == [2, 0, 1]
    assert env.state() == pytest.approx([*env.hive.shares, env.hive.payoffs.mean()])


def heard_by(env, observations):
    """The bees that each agent hears, by the payoff that they show, which no two share."""
    k = env.hive.bandit.n_action
    place = {np.float32(payoff): bee for bee, payoff in enumerate(env.hive.shown)}
    assert len(place) == env.hive.opinions.size
    heard = []
    for seen in observations.values():
        bees = seen[k + 1 :].reshape(-1, k + 1)
        bees = bees[bees.any(axis=1)]
        heard.append([place[bee[k]] for bee in bees])
        options = env.hive.opinions[heard[-1]]
        assert (bees[:, :k] == np.eye(k)[options]).all()
    return heard


def after_a_step(**keywords):
    env = parallel_env(bandit="near one", observation="bees", compiled=False, **keywords)
    env.reset(seed=2)
    return env, env.step(all_do(env, 1))[0]


def test_an_agent_hears_all_others_everyone_or_its_neighbours():
    env, seen = after_a_step(n_agents=3, rule="wvoter", population_size=8)
    assert heard_by(env, seen) == [[j for j in range(8) if j != i] for i in range(3)]
    env, seen = after_a_step(n_agents=2, population_size=8, neighbourhood="everyone")
    assert heard_by(env, seen) == [list(range(8))] * 2
    graph = nx.star_graph(7)  # node 0 in the middle
    env, seen = after_a_step(n_agents=8, population_size=8, neighbourhood=graph)
    assert heard_by(env, seen) == [list(range(1, 8)), *[[0]] * 7]


def test_agents_on_a_network_are_bees_drawn_at_random():
    env, seen = after_a_step(n_agents=3, population_size=20, neighbourhood="ring:2")
    assert env.bees.tolist() != [0, 1, 2]
    for bee, heard in zip(env.bees, heard_by(env, seen), strict=True):
        assert set(heard) == {(bee - 1) % 20, (bee + 1) % 20}


def test_agents_hear_their_groups_of_one_partition():
    env, seen = after_a_step(
        n_agents=12, population_size=12, neighbourhood="groups", neighbourhood_size=4
    )
    heard = heard_by(env, seen)
    assert all(bee in group for bee, group in enumerate(heard))
    groups = {frozenset(group) for group in heard}
    assert sorted(len(group) for group in groups) == [4, 4, 4]
    assert sorted(bee for group in groups for bee in group) == list(range(12))


def test_whom_an_agent_hears_is_drawn_uniformly_and_afresh():
    env, seen = after_a_step(
        n_agents=10, population_size=10, neighbourhood_size=3, steps=300, rule="success"
    )
    counts = np.zeros((10, 10))
    for _ in range(200):
        for bee, heard in enumerate(heard_by(env, seen)):
            assert len(set(heard)) == 3 and bee not in heard
            counts[bee, heard] += 1
        seen = env.step(all_do(env, 1))[0]
    expected, p = 200 / 3, 1 / 3
    bound = 4.5 * np.sqrt(200 * p * (1 - p))  # one in 100 tests of 90 numbers would exceed 4.1
    assert np.abs(counts[~np.eye(10, dtype=bool)] - expected).max() < bound


def test_what_agents_hear_comes_from_a_stream_apart():
    env = parallel_env(rule="wvoter", compiled=False)  # hears all, so nothing is drawn
    env.reset(seed=6)
    assert env._stream.state.tolist() != Stream(6).state.tolist()


def test_summed_up_by_option_is_what_a_rule_can_ask():
    env = parallel_env(2, "wvoter", BanditLinear(n_action=3, q_star=(0.1, 0.5, 0.9)), 10,
                       compiled=False)  # fmt: skip
    env.reset(seed=1)
    seen = env.step({"bee_0": 2, "bee_1": 2})[0]["bee_0"]
    others, payoffs = env.hive.opinions[1:], env.hive.payoffs[1:]
    assert seen[4:7] == pytest.approx(np.bincount(others, minlength=3) / 9)
    means = [payoffs[others == a].mean() if (others == a).any() else 0.0 for a in range(3)]
    assert seen[7:] == pytest.approx(means)


def test_agents_may_hold_no_option_where_bees_may():
    env = parallel_env(2, Leaver(), BanditLinear(n_action=2, q_star=(0.5, 0.9), gap=0.0), 6,
                       compiled=False)  # fmt: skip
    env.reset(seed=1)
    observations, rewards, *_ = env.step({"bee_0": 2, "bee_1": 1})
    assert env.action_space("bee_0").n == 3 and rewards == {"bee_0": 0.0, "bee_1": 0.9}
    assert observations["bee_0"][:4].tolist() == [0, 0, 1, 0]
    assert env.state()[:3] == pytest.approx([0.0, 1 / 6, 5 / 6])


def test_a_choice_waits_for_the_turn_of_its_bee():
    env = parallel_env(2, Stubborn(0), "near one", 20, updating=0.1, compiled=False,
                       initial_shares=[1.0, *[0.0] * 9])  # fmt: skip
    env.reset(seed=1)
    held = []
    for _ in range(60):
        env.step(all_do(env, 3))
        held.append(env.hive.opinions[:2].tolist())
    assert 0 in held[0] and held[-1] == [3, 3]


def test_episodes_end_and_follow_each_other():
    env = parallel_env(2, "success", "near one", 10, steps=2, compiled=False)
    first = env.reset(seed=1)[0]
    env.step(all_do(env, 0))
    *_, terminations, truncations, _ = env.step(all_do(env, 0))
    assert env.agents == [] and set(truncations.values()) == {True}
    assert set(terminations.values()) == {False}
    with pytest.raises(ValueError, match="step must follow reset"):
        env.step({})
    second, again = env.reset()[0], env.reset(seed=1)[0]
    np.testing.assert_equal(first, again)
    assert not np.array_equal(first["bee_0"], second["bee_0"])
    np.testing.assert_equal(second, env.reset()[0])
    env = parallel_env(2, "success", "near one", 2, stop_if_end=True, compiled=False)
    env.reset(seed=1)
    *_, terminations, truncations, _ = env.step(all_do(env, 0))
    assert env.agents == [] and set(terminations.values()) == {True}
    assert set(truncations.values()) == {False}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: parallel_env(0), "n_agents must be a whole number of at least 1, not 0"),
        (lambda: parallel_env(101), "n_agents must be a whole number from 1 to 100, not 101"),
        (lambda: parallel_env(observation="all"), "observation must be one of options, bees, not"),
        (lambda: parallel_env(rule="sucess"), "rule must be one of 'success'"),
        (lambda: parallel_env(rng=1), "rng must not be given here: reset"),
        (lambda: parallel_env(agent_reporters={}), "agent_reporters must not be given here"),
        (lambda: parallel_env().step({}), "step must follow reset"),
        (lambda: parallel_env().state(), "reset must be called first"),
    ],
)
def test_errors_say_what_is_allowed(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call()


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        ({"bee_0": 0}, r"actions must have one for each agent and no other: see \['bee_1'\]"),
        ({"bee_0": 0, "bee_1": 0, "bee_2": 0}, r"see \['bee_2'\]"),
        ({"bee_0": 0, "bee_1": 10}, r"actions\['bee_1'\] must be 0 to 9, not 10"),
    ],
)
def test_wrong_actions_are_refused(actions, message):
    env = parallel_env(compiled=False)
    env.reset(seed=1)
    with pytest.raises(ValueError, match=message):
        env.step(actions)


def test_a_bee_of_rule_outside_keeps_its_opinion_until_it_is_told():
    hive = Hive(Outside(), population_size=10, compiled=False, rng=1)
    before = hive.opinions.copy()
    hive.step()
    assert (hive.opinions == before).all()
    hive.memory[3, 0] = 7
    hive.step()
    assert hive.opinions[3] == 7


# --- players of a game


@pytest.mark.parametrize(
    "keywords",
    [
        {"game": "matching pennies"},
        {"game": "stag hunt", "players": ("P-MCL", "outside"), "action": "shares"},
        {"game": "rock paper scissors", "players": ("outside", "outside"), "action": "shares"},
        {"game": "chicken", "players": ("outside", "MRD"), "match": "mean", "stop_if_end": 0.9},
    ],
)
def test_pettingzoo_finds_no_fault_with_games(keywords):
    def build():
        return parallel_env(steps=12, compiled=False, population_size=20, **keywords)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parallel_api_test(build(), num_cycles=20)
        parallel_seed_test(build, num_cycles=20)


@pytest.mark.parametrize("compiled", MODES)
@pytest.mark.parametrize("updating", ["synchronous", "asynchronous"])
def test_an_agent_that_never_changes_its_mind_is_a_stubborn_hive(updating, compiled):
    stubborn = {"rule": Stubborn(1), "updating": "synchronous"}
    common = {"population_size": (5, 30), "updating": updating}
    model = GameModel("stag hunt", (stubborn, "success"), **common, compiled=False, rng=3)
    model.run_for(8)
    env = parallel_env(game="stag hunt", players=("outside", "success"), **common,
                       compiled=compiled)  # fmt: skip
    env.reset(seed=3)
    rewards = [env.step({"player_0": 1})[1]["player_0"] for _ in range(8)]
    rows = env.model.datacollector.get_model_vars_dataframe()
    assert rows.equals(model.datacollector.get_model_vars_dataframe())
    assert rewards == rows["p0_payoff"].tolist()[1:]
    assert set(env.model.mode.values()) == {"compiled" if compiled else "interpreted"}


def test_a_mixed_strategy_is_rounded_to_shares_of_bees_and_paid_its_mean():
    env = parallel_env(game="rock paper scissors", players=("TRD", "outside"), action="shares",
                       match="mean", population_size=8, initial_shares=[(0.5, 0.5, 0.0), None],
                       compiled=False)  # fmt: skip
    observations, _ = env.reset(seed=1)
    assert observations["player_1"][:3].tolist() == [0.5, 0.5, 0.0]
    for weights, shares in [
        ([2.0, 1.0, 1.0], [0.5, 0.25, 0.25]),
        ([0.0, 0.0, 1e-3], [0.0, 0.0, 1.0]),
        ([0.0, 0.0, 0.0], [0.375, 0.375, 0.25]),
    ]:
        observations, rewards, *_ = env.step({"player_1": np.array(weights, np.float32)})
        assert observations["player_1"][3:].tolist() == shares
        x = env.model.shares[0]
        pays = np.array([[0.5, 0.0, 1.0], [1.0, 0.5, 0.0], [0.0, 1.0, 0.5]])  # own, other
        assert rewards["player_1"] == pytest.approx(shares @ pays @ x)
        assert env.state() == pytest.approx([*x, *shares])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: parallel_env(2, game="chicken"), r"all arguments need a name: \(2,\) have none"),
        (lambda: parallel_env(game="checkers"), "game must be one of 'matching pennies'"),
        (
            lambda: parallel_env(game="chicken", players=("TRD", "CL")),
            "players must hold 'outside'",
        ),
        (
            lambda: parallel_env(game="chicken", action="all"),
            "action must be one of option, shares",
        ),
        (lambda: acted("option", 2), r"actions\['player_0'\] must be 0 to 1, not 2"),
        (lambda: acted("shares", [1.0]), r"actions\['player_0'\] must be 2 weights of at least 0"),
        (lambda: acted("shares", [1.0, -1.0]), "must be 2 weights of at least 0"),
        (lambda: acted("shares", [1.0, np.nan]), "must be 2 weights of at least 0"),
    ],
)
def test_errors_of_games_say_what_is_allowed(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call()


def acted(kind, action):
    env = parallel_env(game="chicken", action=kind, population_size=5, compiled=False)
    env.reset(seed=1)
    env.step({"player_0": action})


def test_the_examples_run():
    failed, tried = doctest.testmod(pettingzoo_env)
    assert tried and not failed


def test_without_pettingzoo_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pettingzoo", None)
    module = "hivemind_abm.games.pettingzoo_outside"
    monkeypatch.delitem(sys.modules, module)
    with pytest.raises(ImportError, match=r"parallel_env needs pettingzoo: pip install 'hivemind"):
        runpy.run_module(module)
