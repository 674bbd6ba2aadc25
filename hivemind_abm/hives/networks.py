"""Networks by name, so that a study's file, a command and a page can ask for one in plain words: "ring:4".

Knows: what such a name says, and the graph that goes with it.  Does not know: bees.
"""

from functools import lru_cache
from typing import Any

import networkx as nx

__all__ = ["NETWORKS", "names_a_network", "network"]

# What can follow a name, in this order, and what is taken where it is left out; the seed is written "seed=7".
NETWORKS: dict[str, dict[str, int | float]] = {
    "ring": {"degree": 2},
    "random regular": {"degree": 4, "seed": 0},
    "small world": {"degree": 4, "probability": 0.1, "seed": 0},
    "scale free": {"links": 2, "seed": 0},
    "complete": {},
}


def names_a_network(text: str) -> bool:
    """Whether what stands before the first colon is the name of a network."""
    return text.partition(":")[0] in NETWORKS


@lru_cache(maxsize=16)
def network(name: str, population_size: int) -> "nx.Graph[Any]":
    """The graph that goes with a name; the same name always gives the same graph, which can't be changed.

    Args:
        name: "ring:4" (the 4 nearest on a ring), "random regular:4" (4 neighbours each, else random), "small world:4:0.1" (a
            ring of degree 4, each link rewired with probability 0.1; Watts and Strogatz), "scale free:2" (each new node links
            to 2 of those before it, drawn by their degree; Barabasi and Albert) or "complete".  Numbers at the end can be left
            out: these are the defaults, but "ring" is "ring:2".  Where there is chance, ":seed=7" after all that gives
            another graph of the kind than ":seed=0".
        population_size: N, its nodes, 0 .. N - 1.  Few links or a low degree can leave it in several parts.

    Raises:
        ValueError: With the argument, its value and what is allowed.
    """
    n = population_size
    kind, fields = _read(name)
    if kind == "complete":
        return nx.freeze(nx.complete_graph(n))
    main = "links" if kind == "scale free" else "degree"
    even = kind in ("ring", "small world")
    least, number = 2 if even else 1, fields[main]
    if not least <= number < n or (even and number % 2):
        allowed = f"{'even, ' if even else ''}at least {least} and below the population size, {n}"
        raise ValueError(f"neighbourhood={name!r}: {main} must be {allowed}, not {number}")
    if kind == "random regular" and n * number % 2:
        raise ValueError(
            f"neighbourhood={name!r}: degree must be even where the population size, {n}, is odd, not {number}"
        )
    if not 0.0 <= fields.get("probability", 0.0) <= 1.0:
        raise ValueError(
            f"neighbourhood={name!r}: probability must be 0 to 1, not {fields['probability']}"
        )
    if kind == "ring":
        made = nx.circulant_graph(n, range(1, number // 2 + 1))
    elif kind == "small world":
        made = nx.watts_strogatz_graph(n, number, fields["probability"], seed=fields["seed"])
    elif kind == "scale free":
        made = nx.barabasi_albert_graph(n, number, seed=fields["seed"])
    elif 2 * number < n:
        made = nx.random_regular_graph(number, n, seed=fields["seed"])
    else:  # a dense one hardly ever comes about by drawing its links: draw those it lacks
        made = nx.complement(nx.random_regular_graph(n - 1 - number, n, seed=fields["seed"]))
    graph = nx.Graph()
    graph.add_nodes_from(range(n))  # node i is bee i, and its neighbours stand in order
    graph.add_edges_from(sorted((min(link), max(link)) for link in made.edges))
    return nx.freeze(graph)


def _read(name: str) -> tuple[str, dict[str, Any]]:
    """The kind of network, and all its fields."""
    kind, *given = name.split(":")
    if kind not in NETWORKS:
        raise ValueError(
            f"neighbourhood must be one of {', '.join(map(repr, NETWORKS))}, not {name!r}"
        )
    fields: dict[str, Any] = dict(NETWORKS[kind])
    numbers = [field for field in fields if field != "seed"]
    texts = {}
    if "seed" in fields and given and given[-1].startswith("seed="):
        texts["seed"] = given.pop().removeprefix("seed=")
    if len(given) > len(numbers):
        form = ":".join([kind, *numbers, *(["seed=number"] if "seed" in fields else [])])
        raise ValueError(f"neighbourhood={name!r} has more in it than {form!r}")
    for field, text in (dict(zip(numbers, given, strict=False)) | texts).items():
        of, said = (float, "a number") if field == "probability" else (int, "a whole number")
        try:
            fields[field] = of(text)
        except ValueError:
            raise ValueError(
                f"neighbourhood={name!r}: {field} must be {said}, not {text!r}"
            ) from None
    if fields.get("seed", 0) < 0:
        raise ValueError(
            f"neighbourhood={name!r}: seed must be a whole number of at least 0, not {fields['seed']}"
        )
    return kind, fields
