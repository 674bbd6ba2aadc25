"""Networks by name: the graphs, who is heard on them, and every place where a name can stand."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from hivemind_abm import Hive, Study, compare, ensemble, run_seeds
from hivemind_abm.app.cli.main import main
from hivemind_abm.hives.networks import NETWORKS, links_by_name


def network(name, n):
    """The graph for a name."""
    starts, members = links_by_name(name, n)
    assert starts.dtype == np.int64 and members.dtype == np.int32
    heard = np.split(members, starts[1:-1])
    assert all((np.diff(row) > 0).all() for row in heard)
    graph = nx.DiGraph({bee: row.tolist() for bee, row in enumerate(heard)})
    both = graph.to_undirected()
    assert graph.number_of_edges() == 2 * both.number_of_edges()
    assert nx.number_of_selfloops(both) == 0
    return both


def degrees(graph):
    return [graph.degree(node) for node in range(len(graph))]


def rows(**arguments):
    hive = Hive("wvoter", "near one", 24, rng=5, **arguments)
    hive.run_for(8)
    return hive.table()


@pytest.mark.parametrize("n", [11, 12])
@pytest.mark.parametrize("degree", [2, 4, 8, 10])
def test_degrees(n, degree):
    for name in ("ring", "random regular"):
        assert degrees(network(f"{name}:{degree}", n)) == [degree] * n
    small_world = network(f"small world:{degree}:0.5", n)
    assert small_world.number_of_edges() == n * degree // 2
    assert min(degrees(small_world)) >= degree // 2
    scale_free = network(f"scale free:{degree}", n)
    assert scale_free.number_of_edges() == degree * (
        n - degree
    )  # a star of `degree` links, then as many a new node
    assert degrees(network("complete", n)) == [n - 1] * n
    assert degrees(network("random regular:9", 12)) == [9] * 12


def test_a_ring_links_the_nearest():
    assert [sorted(network("ring:4", 7).adj[bee]) for bee in (0, 3, 6)] == [
        [1, 2, 5, 6],
        [1, 2, 4, 5],
        [0, 1, 4, 5],
    ]
    assert set(network("small world:4:0", 30).edges) == set(network("ring:4", 30).edges)
    assert set(network("small world:4:0.1", 30).edges) != set(network("ring:4", 30).edges)


def test_generators_get_their_numbers_in_the_right_order():
    for name, made in (
        ("small world:6:0.3:seed=7", nx.watts_strogatz_graph(40, 6, 0.3, seed=7)),
        ("scale free:3:seed=7", nx.barabasi_albert_graph(40, 3, seed=7)),
        ("random regular:3:seed=7", nx.random_regular_graph(3, 40, seed=7)),
        ("random regular:30:seed=7", nx.complement(nx.random_regular_graph(9, 40, seed=7))),
        ("ring:6", nx.circulant_graph(40, [1, 2, 3])),
        ("complete", nx.complete_graph(40)),
    ):
        assert nx.utils.edges_equal(network(name, 40).edges, made.edges)


def test_the_same_name_is_the_same_graph():
    def links(name, n=60):
        links_by_name.cache_clear()
        return list(network(name, n).edges)

    for left_out, full in (
        ("ring", "ring:2"),
        ("random regular", "random regular:4:seed=0"),
        ("small world:4", "small world:4:0.1"),
        ("small world:seed=0", "small world:4:0.1:seed=0"),
        ("scale free", "scale free:2:seed=0"),
    ):
        assert links(left_out) == links(full)
    for name in ("random regular", "random regular:50", "small world", "scale free"):
        assert links(name) == links(name)
        assert links(f"{name}:seed=7") != links(name)


@pytest.mark.parametrize(
    "name",
    [
        "ring:4",
        "random regular:3",
        "random regular:20",
        "small world:4:0.5",
        "scale free:2",
        "complete",
    ],
)
def test_a_bee_hears_its_neighbours_on_the_network(name):
    graph = network(name, 24)
    hive = Hive("success", "near one", 24, neighbourhood=name, rng=1)
    hive.step()
    assert [hive.decision(bee).heard.tolist() for bee in range(24)] == [
        sorted(graph.adj[bee]) for bee in range(24)
    ]
    few = Hive("success", "near one", 24, neighbourhood=name, neighbourhood_size=2, rng=1)
    few.step()
    for bee in range(24):
        heard = few.decision(bee).heard.tolist()
        assert len(set(heard)) == min(2, graph.degree(bee)) and set(heard) <= set(graph.adj[bee])


def test_a_name_gives_the_numbers_of_its_graph():
    for name in ("ring:4", "random regular:4", "small world:4:0.5", "scale free:3"):
        for size in (None, 2):
            by_name, by_graph = (
                rows(neighbourhood=where, neighbourhood_size=size)
                for where in (name, network(name, 24))
            )
            pd.testing.assert_frame_equal(by_name, by_graph, check_exact=True)
    assert not rows(neighbourhood="ring:4").equals(rows(neighbourhood="ring:6"))
    for size in (None, 3):  # everyone hears all the others there, in a hive that keeps no links
        pd.testing.assert_frame_equal(
            rows(neighbourhood="complete", neighbourhood_size=size),
            rows(neighbourhood_size=size),
            check_exact=True,
        )


REFUSED = [
    (
        "rign",
        "must be 'others', 'groups', 'everyone', "
        + ", ".join(map(repr, NETWORKS))
        + " or a NetworkX graph, not 'rign'",
    ),
    (
        "ring:3",
        "neighbourhood='ring:3': degree must be even, at least 2 and below the population size, "
        "11, not 3",
    ),
    ("ring:12", "degree must be even, at least 2 and below the population size, 11, not 12"),
    ("ring:0", "at least 2 and below the population size, 11, not 0"),
    ("ring:four", "degree must be a whole number, not 'four'"),
    ("ring:", "degree must be a whole number, not ''"),
    ("ring:4:2", "neighbourhood='ring:4:2' has more parts than 'ring:degree'"),
    ("ring:4:seed=2", "has more parts than 'ring:degree'"),
    ("random regular:11", "degree must be at least 1 and below the population size, 11, not 11"),
    ("random regular:0", "degree must be at least 1 and below the population size, 11, not 0"),
    ("random regular:3", "degree must be even where the population size, 11, is odd, not 3"),
    ("small world:5", "degree must be even, at least 2 and below the population size, 11, not 5"),
    ("small world:4:1.5", "probability must be 0 to 1, not 1.5"),
    ("small world:4:nan", "probability must be 0 to 1, not nan"),
    ("small world:4:often", "probability must be a number, not 'often'"),
    ("small world:4:0.1:7", "has more parts than 'small world:degree:probability:seed=number'"),
    ("scale free:11", "links must be at least 1 and below the population size, 11, not 11"),
    ("scale free:2:seed=-1", "seed must be a whole number of at least 0, not -1"),
    ("scale free:2:seed=x", "seed must be a whole number, not 'x'"),
    ("complete:3", "has more parts than 'complete'"),
]


@pytest.mark.parametrize(("name", "message"), REFUSED)
def test_refuses_with_one_clear_line(name, message):
    with pytest.raises(ValueError, match=r"^neighbourhood") as error:
        Hive(population_size=11, neighbourhood=name, rng=1)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_an_ensemble_has_the_rows_of_single_hives():
    parameters = {
        "rule": "success",
        "bandit": "near one",
        "population_size": 24,
        "neighbourhood": "small world:4:0.3",
    }
    table = ensemble(Hive, parameters, runs=4, steps=8, seed=3, keep="rows")
    for run, seed in enumerate(run_seeds(3, 4)):
        hive = Hive(**parameters, rng=seed)
        hive.run_for(8)
        of_run = table.loc[table["RunId"] == run, "mean_payoff"].to_numpy()
        np.testing.assert_array_equal(of_run, hive.table()["mean_payoff"])


def test_a_study_varies_the_network(tmp_path):
    file = tmp_path / "study.toml"
    file.write_text(
        'runs = 3\nsteps = 4\nseed = 1\nkeep = "rows"\n'
        "[[systems]]\npopulation_size = 20\n"
        'neighbourhood = ["ring:4", "random regular:4:seed=2", "others"]\n'
    )
    study = Study.from_toml(file)
    table = study.run()
    assert table.groupby("neighbourhood").size().to_dict() == {
        "ring:4": 15,
        "random regular:4:seed=2": 15,
        "others": 15,
    }
    alone = Study(study.cells[:1], runs=3, steps=4, seed=1, keep="rows").run()
    on_a_ring = table[table["neighbourhood"] == "ring:4"]
    np.testing.assert_array_equal(on_a_ring["mean_payoff"], alone["mean_payoff"])
    with pytest.raises(ValueError, match="cell 0: neighbourhood='ring:5': degree must be even"):
        Study([{"neighbourhood": "ring:5"}], runs=1, steps=1, seed=1)


@pytest.mark.parametrize(
    ("where", "halved"), [("others", True), ("ring:4", False), ("complete", False)]
)
def test_half_a_hive_is_on_another_network(where, halved):
    found = compare("wvoter", population_size=20, neighbourhood=where, runs=3, steps=2)
    assert [pair.limit is not None for pair in found.pairs[:1]] == [halved]


def test_the_command_takes_a_name(tmp_path, capsys):
    words = [
        "run",
        "--rule",
        "success",
        "--population-size",
        "20",
        "--steps",
        "3",
        "--neighbourhood",
    ]
    assert main([*words, "ring:4", "--out", str(tmp_path)]) == 0
    assert "20 bees, each hears 4 (ring:4)" in capsys.readouterr().out
    assert main([*words, "ring:3", "--out", str(tmp_path)]) == 2
    assert "degree must be even" in capsys.readouterr().err
