"""Why a bee did what it did, and how many went where: what the page asks a hive."""

import networkx as nx
import numpy as np
import pytest

from hivemind_abm import Hive

NEIGHBOURHOODS = [
    {},
    {"neighbourhood": "everyone"},
    {"neighbourhood": "groups", "neighbourhood_size": 5},
    {"neighbourhood_size": 3},
    {"neighbourhood": nx.cycle_graph(20)},
    {"neighbourhood": nx.complete_graph(20), "neighbourhood_size": 2},
]


@pytest.mark.parametrize("hears", NEIGHBOURHOODS)
@pytest.mark.parametrize("rule", ["success", "wvoter", "majority"])
def test_a_decision_is_the_one_that_was_made(rule, hears):
    hive = Hive(rule, "near one", 20, rng=3, **hears)
    with pytest.raises(ValueError, match="no step has been made yet"):
        hive.decision(0)
    for _ in range(2):
        opinions, payoffs = hive.opinions.copy(), hive.payoffs.copy()
        hive.step()
        for bee in range(20):
            decision = hive.decision(bee)
            assert decision.after == hive.opinions[bee]
            assert decision.before == (opinions[bee], payoffs[bee])
            for asked in decision.asked:
                if asked.bee is not None:
                    assert asked.answer == (opinions[asked.bee], payoffs[asked.bee])
                    assert asked.bee in decision.heard


def test_those_heard_are_the_neighbourhood():
    ring = Hive("wvoter", "near one", 20, rng=3, neighbourhood=nx.cycle_graph(20))
    ring.step()
    assert ring.decision(0).heard.tolist() == [1, 19]
    groups = Hive("wvoter", "near one", 20, rng=3, neighbourhood="groups", neighbourhood_size=5)
    groups.step()
    parts = {tuple(groups.decision(bee).heard) for bee in range(20)}
    assert sorted(bee for part in parts for bee in part) == list(range(20))
    for bad in (-1, 20, 1.5, True, "3"):
        with pytest.raises(ValueError, match="bee must be 0 to 19"):
            ring.decision(bad)


def test_looking_into_a_decision_changes_nothing():
    looked, other = Hive(rng=1, population_size=50), Hive(rng=1, population_size=50)
    for _ in range(5):
        looked.step()
        other.step()
        looked.decision(7)
    assert looked.table().equals(other.table())


def test_flows_count_who_went_where():
    hive = Hive("wvoter", "near one", 100, rng=1)
    assert np.array_equal(hive.flows(), np.diag(np.full(10, 10)))
    before = hive.opinions.copy()
    hive.step()
    flows = hive.flows()
    assert flows[3, 7] == ((before == 3) & (hive.opinions == 7)).sum()
    assert np.array_equal(flows.sum(axis=0), np.bincount(hive.opinions, minlength=10))
