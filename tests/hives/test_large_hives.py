"""Large hives: bytes per bee, and bees that become agents when somebody asks for them."""

import copy
import gc
import pickle
import tracemalloc

import mesa
import networkx as nx
import pytest

from hivemind_abm import Bee, GameModel, Hive
from hivemind_abm.hives.networks import links_by_name

N = 20_000
MOST_BYTES = 200  # per bee, as for a million bees
NEIGHBOURHOODS = {
    "all": {},
    "M 10": {"neighbourhood_size": 10},
    "ring": {"neighbourhood": "ring:4"},
    "random regular": {"neighbourhood": "random regular:4"},
    "graph": {"neighbourhood": nx.circulant_graph(N, [1, 2])},
}


def agents_in_memory(model):
    agents = (each for each in gc.get_objects() if issubclass(type(each), mesa.Agent))
    return sum(agent.model is model for agent in agents)


def small():
    return Hive(population_size=5, rng=1)


@pytest.mark.thorough
@pytest.mark.parametrize("where", NEIGHBOURHOODS.values(), ids=NEIGHBOURHOODS)
def test_bytes_per_bee(where):
    settings = {"rule": "wvoter", "bandit": "near one", "population_size": N, "rng": 1, **where}
    Hive(**settings).step()  # compiles
    links_by_name.cache_clear()
    gc.collect()
    tracemalloc.start()
    try:
        hive = Hive(**settings)
        hive.run_for(3)
        kept, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 20 < kept / N <= most / N < MOST_BYTES
    assert hive.steps == 3 and agents_in_memory(hive) == 0


def fail(signal):
    raise AssertionError(f"bees that should be there already are news: {signal}")


WAYS_TO_ASK = {
    "agents": lambda model: model.agents,
    "agents_by_type": lambda model: model.agents_by_type,
    "agent_types": lambda model: model.agent_types,
    "observe": lambda model: model.observe("agents", "agent_added", fail),
}


@pytest.mark.parametrize("ask", WAYS_TO_ASK.values(), ids=WAYS_TO_ASK)
def test_agents_are_made_when_they_are_asked_for(ask):
    hive = small()
    hive.run_for(2)
    assert agents_in_memory(hive) == 0 and hive.agent_id_counter == 6
    ask(hive)
    assert agents_in_memory(hive) == 5 and hive.agent_id_counter == 6
    assert [bee.unique_id for bee in hive.agents] == [1, 2, 3, 4, 5]
    assert [bee.index for bee in hive.agents] == [0, 1, 2, 3, 4]
    assert hive.agent_types == [Bee] and list(hive.agents_by_type[Bee]) == list(hive.agents)
    assert [bee.opinion for bee in hive.agents] == hive.opinions.tolist()
    assert list(hive.agents) == list(hive.agents)


def test_another_agent_comes_after_the_bees():
    hive = small()
    keeper = mesa.Agent(hive)
    assert keeper.unique_id == 6 and hive.agent_types == [Bee, mesa.Agent]
    assert [agent.unique_id for agent in hive.agents] == [1, 2, 3, 4, 5, 6]
    keeper.remove()
    assert len(hive.agents) == 5


def test_removed_agents_do_not_come_back():
    hive = small()
    hive.remove_all_agents()
    hive.step()
    assert len(hive.agents) == 0 and mesa.Agent(hive).unique_id == 6
    hive = small()
    next(iter(hive.agents)).remove()
    assert [bee.index for bee in hive.agents] == [1, 2, 3, 4]
    assert [bee.index for bee in copy.deepcopy(hive).agents] == [1, 2, 3, 4]


@pytest.mark.parametrize("asked", [False, True])
def test_copies_are_as_lazy_as_their_hive(asked):
    hive = small()
    if asked:
        hive.agents.do("advance")
    hive.step()
    for twin in (copy.deepcopy(hive), copy.copy(hive), pickle.loads(pickle.dumps(hive))):
        assert agents_in_memory(twin) == (5 if asked else 0)
        assert [bee.unique_id for bee in twin.agents] == [1, 2, 3, 4, 5]
        assert all(bee.model is twin for bee in twin.agents)
        twin.opinions[:] = 7
        assert [bee.opinion for bee in twin.agents] == [7] * 5
    assert [bee.opinion for bee in hive.agents] == hive.opinions.tolist()
    assert mesa.Agent(hive).unique_id == 6


def test_agents_draw_no_random_numbers():
    hive, other = small(), small()
    before = hive.random.getstate(), hive.rng.bit_generator.state
    assert len(hive.agents) == 5
    assert (hive.random.getstate(), hive.rng.bit_generator.state) == before
    hive.run_for(3)
    other.run_for(3)
    assert hive.table().equals(other.table())
    shuffled = [[bee.index for bee in each.agents.shuffle()] for each in (hive, other)]
    assert shuffled[0] == shuffled[1]


def test_agents_cannot_be_set():
    with pytest.raises(AttributeError, match=r"set model\.agents"):
        small().agents = []


def test_an_interruption_leaves_no_half_a_hive(monkeypatch):
    hive, build = small(), Bee.__init__

    def interrupted(bee, model, index):
        if index == 3:
            raise KeyboardInterrupt
        build(bee, model, index)

    with monkeypatch.context() as patch:
        patch.setattr(Bee, "__init__", interrupted)
        with pytest.raises(KeyboardInterrupt):
            _ = hive.agents
    assert [bee.unique_id for bee in hive.agents] == [1, 2, 3, 4, 5]
    assert mesa.Agent(hive).unique_id == 6


def test_bees_of_a_game_are_made_when_they_are_asked_for():
    game = GameModel(players=("success", "P-CL"), population_size=4, rng=1)
    game.run_for(2)
    assert agents_in_memory(game) == 0
    assert [(bee.player, bee.index) for bee in game.agents] == [(0, 0), (0, 1), (0, 2), (0, 3)]
    assert [bee.unique_id for bee in game.agents] == [1, 2, 3, 4]
