"""Where the bees of a network stand, and what the browser is sent of it, without a browser."""

import base64
from pathlib import Path
from types import SimpleNamespace

import networkx as nx
import numpy as np
import pytest

from hivemind_abm.app.page.bees import bees
from hivemind_abm.app.page.bees.honeycomb import frame_of
from hivemind_abm.app.page.bees.layout import MOST_LINKS, has_network, layout_of
from hivemind_abm.app.page.bees.spread import spread
from hivemind_abm.hives.neighbourhood import Neighbourhood


def hive_on(neighbourhood, n=None, size="all"):
    """What a layout is made from: the neighbourhood of a hive."""
    n = neighbourhood.number_of_nodes() if n is None else n
    return SimpleNamespace(neighbourhood=Neighbourhood.of(neighbourhood, size, n))


def numbers_of(text):
    return np.frombuffer(base64.b64decode(text), "<u2")


def shuffled(graph):
    """The same graph with its nodes in another order, under other names."""
    nodes = list(graph.nodes)
    order = np.random.default_rng(2).permutation(len(nodes))
    other = nx.Graph()
    other.add_nodes_from(f"n{place}" for place in order)
    name = {node: f"n{place}" for place, node in enumerate(nodes)}
    other.add_edges_from((name[one], name[two]) for one, two in graph.edges)
    return other


BYTES = ("opinions", "payoffs", "shown", "follows")
GRID = nx.grid_2d_graph(4, 6)
NUMBERED = nx.convert_node_labels_to_integers
KINDS = {
    "others": (hive_on("others", 30), "circle"),
    "ring": (hive_on("ring:4", 40), "circle"),
    "small ring": (hive_on("ring:2", 6), "circle"),
    "thick ring": (hive_on("ring:6", 60), "circle"),
    "small world": (hive_on("small world:6:0.2", 200), "circle"),
    "grid": (hive_on(GRID), "grid"),
    "numbered grid": (hive_on(NUMBERED(GRID)), "grid"),
    "torus": (hive_on(NUMBERED(nx.grid_2d_graph(5, 7, periodic=True))), "grid"),
    "eight neighbours": (
        hive_on(NUMBERED(nx.strong_product(nx.path_graph(5), nx.path_graph(8)))),
        "grid",
    ),
    "ladder": (hive_on(NUMBERED(nx.ladder_graph(9))), "grid"),
    "scale free": (hive_on("scale free:2", 120), "spread"),
    "large": (hive_on("scale free:4", 2000), "spread"),
    "random": (hive_on("random regular:4", 100), "spread"),
    "cliques": (hive_on(nx.connected_caveman_graph(8, 6)), "spread"),
    "shuffled grid": (hive_on(shuffled(GRID)), "spread"),
    "no links": (hive_on(nx.empty_graph(7)), "spread"),
    "star": (hive_on(nx.star_graph(20)), "spread"),
    "one": (hive_on(nx.empty_graph(1)), "spread"),
    "pair": (hive_on(nx.path_graph(2)), "spread"),
}


@pytest.mark.parametrize("name", KINDS)
def test_each_network_has_a_layout_that_fits_it(name):
    hive, kind = KINDS[name]
    layout = layout_of(hive)
    assert layout.kind == kind
    assert layout.places.shape == (hive.neighbourhood.population_size, 2)
    assert layout.places.min() == 0.0 and layout.places.max() <= 1.0
    assert len(np.unique(layout.places.round(6), axis=0)) == len(layout.places)
    assert 0.0 < layout.sent["gap"] <= 1.5


def test_a_grid_has_its_rows_and_columns():
    places = layout_of(hive_on(GRID)).places
    assert np.allclose(places, layout_of(hive_on(NUMBERED(GRID))).places)
    assert np.allclose(places[6 * 2 + 3], [3 / 5, 2 / 5])  # row 2 and column 3


def test_linked_bees_stand_near_each_other():
    """A grid whose bees are in any order unfolds: links are shorter than other pairs are apart."""
    graph = shuffled(nx.grid_2d_graph(12, 24))  # many bees, which repel each other on a mesh
    layout = layout_of(hive_on(graph))
    ends = layout.places[layout.links]
    linked = np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1)
    pairs = np.random.default_rng(0).integers(0, len(graph), (4000, 2))
    apart = np.linalg.norm(np.diff(layout.places[pairs], axis=1)[:, 0], axis=1)
    assert np.median(apart) > 6.0 * linked.mean()
    assert np.ptp(layout.places[:, 0]) >= np.ptp(layout.places[:, 1])  # its long side lies


def test_parts_that_are_not_linked_stand_side_by_side():
    graph = nx.disjoint_union_all([nx.path_graph(9), nx.cycle_graph(12), nx.empty_graph(20)])
    places = spread(41, np.array(graph.edges))
    boxes = [places[:9], places[9:21], places[21:]]
    sides = [(box.min(axis=0), box.max(axis=0)) for box in boxes[:2]]
    (low, high), (other_low, other_high) = sides
    assert ((high < other_low) | (other_high < low)).any()
    assert np.array_equal(places, spread(41, np.array(graph.edges)))


def test_what_the_browser_is_sent():
    layout = layout_of(hive_on(GRID))
    assert layout is layout_of(hive_on(GRID))  # laid out once
    sent = layout.sent
    places = numbers_of(sent["places"]).reshape(-1, 2) / 65_535
    assert np.allclose(places, layout.places, atol=1e-4)
    links = {tuple(sorted(link)) for link in numbers_of(sent["links"]).reshape(-1, 2).tolist()}
    assert links == {tuple(sorted(link)) for link in NUMBERED(GRID).edges}
    assert sent["names"][7] == "(1, 1)" and (sent["width"], sent["height"]) == (1.0, 0.6)
    assert layout_of(hive_on("ring:4", 40)).sent["names"] == []


def test_many_links_are_not_all_drawn_but_all_known():
    layout = layout_of(hive_on(nx.circulant_graph(400, range(1, 61))))
    assert len(numbers_of(layout.sent["links"])) == 2 * MOST_LINKS
    assert layout.sent["all_links"] == 24_000 and len(layout.around(7)["hears"]) == 120


def test_whom_a_bee_hears_and_who_hears_it():
    directed = layout_of(hive_on(nx.DiGraph([(0, 1), (0, 2), (2, 0), (3, 0)])))
    assert directed.around(0) == {"hears": [1, 2], "heard_by": [3]}
    assert len(directed.links) == 3
    assert directed.around(None) == directed.around(9) == {"hears": [], "heard_by": []}


def test_which_hives_have_a_network():
    assert has_network(hive_on("ring:4", 40)) and has_network(hive_on("ring:4", 40, 1))
    assert not any(has_network(hive_on(name, 40)) for name in ("others", "everyone", "complete"))


def test_a_frame_is_of_the_hive_as_it_is_given():
    """Also of 255 options and none."""
    payoffs = np.linspace(0.0, 1.0, 256)
    shown = np.where(np.arange(256) % 2, payoffs, 0.0)
    hive = SimpleNamespace(
        opinions=np.arange(256), payoffs=payoffs, shown=shown, follows=np.zeros(256, int)
    )
    frame = frame_of(hive, 3)
    bytes_of = {name: np.frombuffer(base64.b64decode(frame[name]), np.uint8) for name in BYTES}
    assert frame["tick"] == 3 and np.array_equal(bytes_of["opinions"], hive.opinions)
    assert np.array_equal(bytes_of["payoffs"], np.arange(256))
    assert np.array_equal(bytes_of["shown"] > 0, shown > 0.0)


@pytest.mark.parametrize("view", ["honeycomb", "network"])
def test_both_pictures_are_made_from_one_component(view):
    text = bees._template(view)
    assert text.count("module.exports") == 1 and f"name: '{view}'" in text
    assert (Path(bees.__file__).parent / f"{view}.js").read_text(encoding="utf-8") in text
    assert "http" not in text  # nothing from elsewhere
