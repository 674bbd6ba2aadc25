"""The systems of a comparison: their sizes, and when half a system is the same at half the size."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from hivemind_abm import CrossLearning, Hive, ParallelCrossLearning, WeightedVoterRule, compare
from hivemind_abm.studies.systems import System


def hive(**arguments):
    usual = {"population_size": 20, "neighbourhood": "others", "neighbourhood_size": None}
    arguments = {"rule": WeightedVoterRule(), **usual, **arguments}
    return System.hive(Hive.settings(**arguments), arguments)


@pytest.mark.parametrize(
    ("arguments", "half"),
    [
        ({}, (10, None)),
        ({"neighbourhood_size": 9}, (10, 9)),
        ({"neighbourhood_size": "all"}, (10, "all")),
        ({"neighbourhood_size": 19}, (10, "all")),
        ({"neighbourhood_size": 10}, None),
        ({"population_size": 21}, None),
        ({"population_size": 2}, None),
        ({"neighbourhood": "groups", "neighbourhood_size": 5}, (10, 5)),
        ({"neighbourhood": "groups", "neighbourhood_size": 4}, None),
        ({"neighbourhood": "everyone"}, (10, None)),
        ({"neighbourhood": "ring:4"}, None),
        ({"rule": [("wvoter", 0.8), ("success", 0.2)]}, (10, None)),
        ({"rule": [("wvoter", 15), ("success", 5)]}, None),
    ],
)
def test_half_a_hive_hears_the_same(arguments, half):
    system = hive(**arguments)
    if half is None:
        assert system.half is None
    else:
        assert (system.half["population_size"], system.half["neighbourhood_size"]) == half


def test_a_whole_number_of_any_kind_is_a_size():
    pairs = compare("wvoter", population_size=np.int64(20), runs=3, steps=2).pairs
    assert all(pair.limit is not None for pair in pairs)
    graph = nx.cycle_graph(20)
    one, two = (
        compare("wvoter", population_size=20, neighbourhood=graph.copy(), runs=3, steps=2).curves
        for _ in range(2)
    )
    pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_a_learner_of_an_even_number_of_pulls_has_a_half():
    def half(pulls):
        learner = ParallelCrossLearning(pulls)
        return System.learner(learner, {"learner": "P-CL", "parallel_envs": pulls}).half

    assert half(8)["parallel_envs"] == 4
    assert half(7) is None
    assert System.learner(CrossLearning(0.2), {"learner": CrossLearning(0.2)}).half is None


def test_a_learners_step_takes_its_rate_and_a_replicators_step_its_delta():
    assert System.learner(CrossLearning(0.2), {"learner": "CL", "alpha": 0.2}).rate == 0.2
    replicator = System.replicator({"dynamic": "TRD", "delta": 0.5})
    assert (replicator.name, replicator.rate, replicator.exact) == ("TRD", 0.5, True)
    table = replicator.run(steps=3, runs=100, seed=1)
    assert table["step"].tolist() == [0, 1, 2, 3]
    assert (table["runs"] == 1).all()
