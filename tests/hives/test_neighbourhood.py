"""A graph as neighbourhood: which bee is which node, who hears whom, and what is ignored."""

import warnings

import networkx as nx
import numpy as np
import pytest

from hivemind_abm import Hive, LearnerModel, ReplicatorModel
from hivemind_abm.engine import notices
from hivemind_abm.hives.neighbourhood import Neighbourhood


def heard(graph, **arguments):
    """Whom each bee hears, as nodes."""
    hive = Hive("success", population_size=len(graph), neighbourhood=graph, rng=1, **arguments)
    hive.step()
    assert hive.nodes == list(graph.nodes)
    return {
        node: {hive.nodes[other] for other in hive.decision(bee).heard}
        for bee, node in enumerate(hive.nodes)
    }


@pytest.fixture(autouse=True)
def _nothing_said(monkeypatch):
    monkeypatch.setattr(notices, "_shown", set())


def test_bees_are_the_nodes_in_the_order_of_the_graph():
    graph = nx.Graph([("c", "a"), ("a", "b")])
    hive = Hive(population_size=3, neighbourhood=graph, rng=1)
    assert hive.nodes == ["c", "a", "b"]
    assert heard(graph) == {"c": {"a"}, "a": {"b", "c"}, "b": {"a"}}


def test_without_a_graph_bees_have_no_nodes():
    assert Hive(population_size=3).nodes is None
    assert Hive(population_size=3, neighbourhood="complete").nodes is None
    assert Hive(population_size=4, neighbourhood="ring").nodes == [0, 1, 2, 3]


def test_in_a_directed_graph_the_start_of_an_edge_hears_its_end():
    graph = nx.DiGraph([("u", "v"), ("v", "w")])
    assert heard(graph) == {"u": {"v"}, "v": {"w"}, "w": set()}
    assert heard(graph.reverse()) == {"u": set(), "v": {"u"}, "w": {"v"}}
    assert heard(nx.DiGraph(nx.path_graph(3))) == {0: {1}, 1: {0, 2}, 2: {1}}


def test_a_chosen_option_goes_against_the_edges():
    graph = nx.DiGraph([(i, i + 1) for i in range(4)])  # the last one hears nobody
    hive = Hive("wvoter", "near one", 5, neighbourhood=graph, n_action=2, rng=1)
    hive.opinions[:] = [0, 0, 0, 0, 1]
    hive.payoffs[:] = 1.0
    for step in range(1, 5):
        hive.step()
        assert hive.opinions.tolist() == [0] * (4 - step) + [1] * (step + 1)


WEIGHTED = nx.Graph()
WEIGHTED.add_weighted_edges_from([(0, 1, 0.5), (1, 2, 3.0)])
PARTLY_WEIGHTED = nx.path_graph(3)
PARTLY_WEIGHTED.edges[0, 1]["weight"] = 2
LOOPS = nx.Graph([(0, 1), (1, 2), (1, 1)])
PARALLEL = nx.MultiGraph([(0, 1), (0, 1), (1, 2)])
DIRECTED = nx.MultiDiGraph([(0, 1), (0, 1), (1, 0), (1, 2), (2, 1)])
ALL = nx.MultiGraph([(0, 1), (0, 1), (1, 2), (2, 2)])
ALL.edges[1, 2, 0]["weight"] = 7
IGNORED = {
    "weights": (WEIGHTED, ["weights"]),
    "some weights": (PARTLY_WEIGHTED, ["weights"]),
    "loops": (LOOPS, ["loops"]),
    "parallel edges": (PARALLEL, ["parallel edges"]),
    "parallel directed edges": (DIRECTED, ["parallel edges"]),
    "everything": (ALL, ["weights", "loops", "parallel edges"]),
}


@pytest.mark.parametrize(("graph", "names"), IGNORED.values(), ids=IGNORED)
def test_what_is_ignored_is_said_once(graph, names):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert heard(graph) == {0: {1}, 1: {0, 2}, 2: {1}}
        heard(graph)
    texts = [str(warning.message) for warning in caught]
    assert len(texts) == len(names)
    for text, name in zip(texts, names, strict=True):
        assert text.startswith(f"neighbourhood: {name}")
    assert {warning.filename for warning in caught} == {__file__}
    plain = Hive("wvoter", population_size=3, neighbourhood=nx.path_graph(3), rng=2)
    hive = Hive("wvoter", population_size=3, neighbourhood=graph, rng=2)
    for each in (plain, hive):
        each.run_for(5)
    assert plain.table().equals(hive.table())


QUIET = {
    "equal weights": nx.from_numpy_array(np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])),
    "multigraph": nx.MultiGraph(nx.path_graph(3)),
    "both directions": nx.DiGraph(nx.path_graph(3)),
    "frozen": nx.freeze(nx.path_graph(3)),
    "subgraph view": nx.path_graph(6).subgraph([0, 1, 2]),
    "filtered view": nx.subgraph_view(nx.path_graph(6), filter_node=lambda node: node < 3),
    "restricted edges": nx.subgraph_view(
        nx.complete_graph(3), filter_edge=lambda u, v: abs(u - v) == 1
    ),
}


@pytest.mark.parametrize("graph", QUIET.values(), ids=QUIET)
def test_other_graphs_raise_no_warning(graph):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert heard(graph) == {0: {1}, 1: {0, 2}, 2: {1}}


@pytest.mark.parametrize("size", [None, 2])
def test_bees_that_hear_nobody_keep_their_option(size):
    empty = nx.empty_graph(4)
    assert heard(empty, neighbourhood_size=size) == {node: set() for node in range(4)}
    hive = Hive("wvoter", population_size=4, neighbourhood=empty, neighbourhood_size=size, rng=1)
    before = hive.opinions.copy()
    hive.run_for(5)
    np.testing.assert_array_equal(hive.opinions, before)
    some = nx.Graph([("a", "b")])
    some.add_node("alone")
    assert heard(some, neighbourhood_size=size) == {"a": {"b"}, "b": {"a"}, "alone": set()}


def test_a_graph_of_another_size_is_refused():
    for graph in (nx.Graph(), nx.path_graph(4)):
        with pytest.raises(ValueError, match=f"nodes as bees, 3; this one has {len(graph)}"):
            Hive(population_size=3, neighbourhood=graph)


def test_a_later_change_of_the_graph_has_no_effect():
    graph = nx.path_graph(3)
    whom = Neighbourhood.of(graph, "all", 3)
    graph.add_node(3)
    graph.add_edge(0, 2)
    assert whom.nodes == (0, 1, 2) and whom.members.tolist() == [1, 0, 2, 1]


@pytest.mark.parametrize("make", [Hive, LearnerModel, ReplicatorModel])
def test_shares_in_single_precision(make):
    for weights in ([0.1] * 10, [1 / 3, 1 / 3, 1 / 3], [0.7, 0.2, 0.1], [0.3333333] * 3):
        single = np.array(weights, np.float32)
        for shares in (single, single.tolist(), list(single), (float(x) for x in single)):
            model = make(bandit="near one", n_action=len(weights), initial_shares=shares)
            np.testing.assert_allclose(model.shares.sum(), 1.0, rtol=0, atol=1e-12)


@pytest.mark.parametrize("make", [Hive, LearnerModel, ReplicatorModel])
def test_shares_with_another_sum_are_refused_with_it(make):
    for shares, total in (([0.5, 0.4], "0.9"), ([0.5, 0.50001], "1.00001"), ([0, 0], "0")):
        with pytest.raises(ValueError, match=f"that sum to 1.*with the sum {total}$"):
            make(n_action=2, initial_shares=shares)
    for shares in ([0.5, 0.5, 0.0], [-0.5, 1.5], [float("nan"), 1.0], [float("inf"), 0.5], "ab", 1):
        with pytest.raises(ValueError, match="initial_shares must be 2 numbers"):
            make(n_action=2, initial_shares=shares)
