"""Random regular networks: those of NetworkX, number by number."""

import random

import networkx as nx
import numpy as np
import pytest

from hivemind_abm.hives.random_regular import _shuffle, random_regular


def codes(graph):
    return sorted(min(link) * len(graph) + max(link) for link in graph.edges)


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6, 8, 13, 40])
def test_the_links_of_networkx(n):
    """Small dense networks need many passes, and often begin anew."""
    for degree in range(1, min(n, 14)):
        for seed in range(12 if degree * n % 2 == 0 else 0):
            made = nx.random_regular_graph(degree, n, seed=seed)
            assert random_regular(degree, n, seed).tolist() == codes(made)


def test_a_larger_one():
    """It needs more random numbers than are drawn at once."""
    found = random_regular(5, 30_000, 3)
    assert found.dtype == np.int64
    assert found.tolist() == codes(nx.random_regular_graph(5, 30_000, seed=3))


@pytest.mark.parametrize("size", [0, 1, 2, 3, 255, 256, 257, 100_000])
def test_a_shuffle_is_that_of_python(size):
    """Also afterwards, with the next numbers."""
    one, other = random.Random(size), random.Random(size)
    for _ in range(2):
        ends, listed = np.arange(size, dtype=np.int32), list(range(size))
        _shuffle(ends, one)
        other.shuffle(listed)
        assert ends.tolist() == listed
        assert one.getstate() == other.getstate()
        assert one.gauss(0, 1) == other.gauss(0, 1)
