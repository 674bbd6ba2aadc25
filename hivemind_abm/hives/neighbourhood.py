"""Which bees each bee of a hive hears.

Knows: the kinds of neighbourhood, and the arguments that name them.  Does not know: how the
neighbours of one bee are drawn.
"""

import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import networkx as nx
import numpy as np

from hivemind_abm.engine.notices import warn_once
from hivemind_abm.hives.networks import NETWORKS, links_by_name, names_a_network

__all__ = [
    "EVERYONE",
    "GROUPS",
    "NETWORK",
    "NETWORK_SAMPLE",
    "OTHERS",
    "SAMPLE",
    "Neighbourhood",
]

OTHERS, EVERYONE, GROUPS, SAMPLE, NETWORK, NETWORK_SAMPLE = range(6)


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """Which bees each bee of a hive hears; build it with `Neighbourhood.of`.

    Attributes:
        kind: One of this module's constants.
        population_size: N, the number of bees in the hive.
        size: M, the largest number of neighbours of a bee.
        starts: For a network, where each bee's neighbours start in `members`, shape (N + 1,); else
            empty.
        members: For a network, the neighbours of bee 0, then those of bee 1, and so on, dtype
            int32; else empty.
        nodes: For a network, the node of each bee, N of them; else None.
    """

    kind: int
    population_size: int
    size: int
    starts: np.ndarray
    members: np.ndarray
    nodes: Sequence[Any] | None = None

    @classmethod
    def of(
        cls, neighbourhood: Any, size: Any, population_size: int, any_groups: bool = False
    ) -> "Neighbourhood":
        """Read the arguments `neighbourhood` and `neighbourhood_size` of a hive.

        Args:
            neighbourhood: "others": M of the other bees, drawn afresh each step, uniformly, without
                replacement.  "groups": disjoint groups of M, a random partition each step; a bee
                hears all of its group, itself included.  "everyone": all bees, itself included.  A
                network by name ("ring:4", see `networks.network`; "complete" is "others"), or a
                NetworkX graph with N nodes.  Bee i is the i-th node of `graph.nodes`.  In a
                directed graph, an edge u -> v means that u hears v; v does not hear u by it.  A bee
                without neighbours hears nobody.  The graph is read once; later changes of it have
                no effect.  Weights, loops from a node to itself and parallel edges are ignored,
                with one warning: a bee hears each of its neighbours alike, and not itself.
            size: M, or "all".  Among "others", "all", N - 1 and N all mean the N - 1 others.  On a
                network, a bee hears M of its neighbours there, or all of them.
            population_size: N.
            any_groups: Whether groups need not divide the bees evenly, as where one random group
                decides at a time.

        Raises:
            ValueError, TypeError: With the argument, its value and what is allowed.
        """
        n = population_size
        none = np.zeros(0, np.int32)
        if isinstance(neighbourhood, nx.Graph):
            return cls._on_network(neighbourhood, size, n)
        if isinstance(neighbourhood, str) and names_a_network(neighbourhood):
            if neighbourhood != "complete":
                return cls._of_links(*links_by_name(neighbourhood, n), range(n), size)
            neighbourhood = "others"  # the same neighbours, without N (N - 1) links in memory
        if neighbourhood == "others":
            m = n - 1 if size == "all" else _size(size, n, f"1 to {max(n - 1, 1)} or 'all'", n)
            return cls(OTHERS if m >= n - 1 else SAMPLE, n, min(m, n - 1), none, none)
        if neighbourhood == "everyone":
            if size != "all" and _size(size, n, f"'all' or {n}", n) != n:
                raise ValueError(
                    f"neighbourhood_size must be 'all' or {n} where every bee hears everyone, "
                    f"not {size!r}"
                )
            return cls(EVERYONE, n, n, none, none)
        if neighbourhood == "groups":
            m = n if size == "all" else _size(size, n, f"a divisor of {n}", n)
            if n % m and not any_groups:
                raise ValueError(
                    f"neighbourhood_size must divide the {n} bees into equal groups, "
                    f"which {m} does not"
                )
            return cls(GROUPS, n, m, none, none)
        names = ", ".join(map(repr, ("others", "groups", "everyone", *NETWORKS)))
        raise ValueError(
            f"neighbourhood must be {names} or a NetworkX graph, not {neighbourhood!r}"
        )

    @classmethod
    def _on_network(cls, graph: "nx.Graph[Any]", size: Any, n: int) -> "Neighbourhood":
        if graph.number_of_nodes() != n:
            raise ValueError(
                f"neighbourhood must be a graph with as many nodes as bees, {n}; "
                f"this one has {graph.number_of_nodes()}"
            )
        nodes = tuple(graph.nodes)
        degrees = np.fromiter((len(heard) for _, heard in graph.adjacency()), np.int64, n)
        hearers = np.repeat(np.arange(n, dtype=np.int32), degrees)
        heard = _places_of(chain.from_iterable(heard for _, heard in graph.adjacency()), nodes)
        loops = heard == hearers
        _warn_of_what_is_ignored(graph, bool(loops.any()))
        if loops.any():
            hearers, heard = hearers[~loops], heard[~loops]
        starts = np.concatenate(([0], np.cumsum(np.bincount(hearers, minlength=n))))
        return cls._of_links(starts.astype(np.int64, copy=False), heard, nodes, size)

    @classmethod
    def _of_links(
        cls, starts: np.ndarray, members: np.ndarray, nodes: Sequence[Any], size: Any
    ) -> "Neighbourhood":
        """A neighbourhood from its links, as in the attributes."""
        n = len(nodes)
        largest = int(np.diff(starts).max(initial=0))
        m = largest if size == "all" else _size(size, n, f"1 to {max(n - 1, 1)} or 'all'", n)
        kind = NETWORK if m >= largest else NETWORK_SAMPLE
        return cls(kind, n, min(m, largest), starts, members, nodes)


def _places_of(some: Iterable[Any], nodes: tuple[Any, ...]) -> np.ndarray:
    """The places in `nodes` of some of them, dtype int32."""
    if nodes != tuple(range(len(nodes))):
        some = map({node: place for place, node in enumerate(nodes)}.__getitem__, some)
    return np.fromiter(some, np.int32)


def _warn_of_what_is_ignored(graph: "nx.Graph[Any]", loops: bool) -> None:
    """Warn once of what a graph has that does not change who hears whom."""
    ignored = {
        "weights": _has_weights(graph),
        "loops from a node to itself": loops,
        "parallel edges": graph.is_multigraph()
        and any(len(keys) > 1 for _, heard in graph.adjacency() for keys in heard.values()),
    }
    for what in (name for name, present in ignored.items() if present):
        warn_once(
            f"neighbourhood: {what} of the graph are ignored; a bee hears each of its neighbours "
            "alike, and not itself",
            stacklevel=6,
        )


def _has_weights(graph: "nx.Graph[Any]") -> bool:
    """Whether the weights of a graph differ; an edge without one has the weight 1."""
    if not any(chain.from_iterable(heard.values() for _, heard in graph.adjacency())):
        return False  # no edge has anything: quickly found out, because there may be millions
    edges = graph.edges.data("weight", default=1)
    return len(set(map(str, (weight for _, _, weight in edges)))) > 1


def _size(value: Any, largest: int, allowed: str, n: int) -> int:
    """The argument `neighbourhood_size`, checked."""
    message = f"neighbourhood_size must be {allowed} in a hive of {n} bees, not {value!r}"
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(message) if not isinstance(value, str | float) else ValueError(message)
    if not 1 <= operator.index(value) <= largest:
        raise ValueError(message)
    return operator.index(value)
