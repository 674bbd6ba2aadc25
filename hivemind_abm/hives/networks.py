"""Networks by name, for the file of a study, a command or the page: "ring:4".

Knows: what a name means, and the graph for it.  Does not know: bees.
"""

from functools import lru_cache
from typing import Any

import networkx as nx

__all__ = ["NETWORKS", "names_a_network", "network"]

# The numbers that can follow a name, in this order, with their defaults; a seed reads "seed=7".
NETWORKS: dict[str, dict[str, int | float]] = {
    "ring": {"degree": 2},
    "random regular": {"degree": 4, "seed": 0},
    "small world": {"degree": 4, "probability": 0.1, "seed": 0},
    "scale free": {"links": 2, "seed": 0},
    "complete": {},
}


def names_a_network(text: str) -> bool:
    """Whether the text before the first colon is the name of a network."""
    return text.partition(":")[0] in NETWORKS


@lru_cache(maxsize=16)
def network(name: str, population_size: int) -> "nx.Graph[Any]":
    """The graph for a name; the same name always gives the same graph, which cannot be changed.

    Numbers at the end of a name can be left out; the names below have the default numbers, except
    that "ring" is "ring:2".

    Args:
        name: "ring:4": each node is linked to the 4 nearest on a ring.  "random regular:4": 4
            neighbours each, otherwise random.  "small world:4:0.1": a ring of degree 4, each link
            rewired with probability 0.1 (Watts and Strogatz, Nature 393, 1998).  "scale free:2":
            each new node links to 2 earlier ones, drawn by their degree (Barabasi and Albert,
            Science 286, 1999).  Or "complete".  A random network can end in ":seed=7" for another
            graph of its kind than ":seed=0".
        population_size: N; the nodes are 0 .. N - 1.  With few links or a low degree, the graph may
            be disconnected.

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
            f"neighbourhood={name!r}: degree must be even where the population size, {n}, is odd, "
            f"not {number}"
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
    else:  # drawing the links of a dense graph rarely succeeds: draw the missing links instead
        made = nx.complement(nx.random_regular_graph(n - 1 - number, n, seed=fields["seed"]))
    graph = nx.Graph()
    graph.add_nodes_from(range(n))  # node i is bee i, with its neighbours in increasing order
    graph.add_edges_from(sorted((min(link), max(link)) for link in made.edges))
    return nx.freeze(graph)


def _read(name: str) -> tuple[str, dict[str, Any]]:
    """The kind of network that a name means, and its fields."""
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
        raise ValueError(f"neighbourhood={name!r} has more parts than {form!r}")
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
            f"neighbourhood={name!r}: seed must be a whole number of at least 0, "
            f"not {fields['seed']}"
        )
    return kind, fields
