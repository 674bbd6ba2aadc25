"""Networks by name, for the file of a study, a command or the page: "ring:4".

Knows: what a name means, and who is linked to whom there.  Does not know: bees.
"""

from functools import lru_cache
from itertools import chain
from typing import Any

import networkx as nx
import numpy as np

from hivemind_abm.hives.random_regular import random_regular

__all__ = ["NETWORKS", "links_by_name", "names_a_network"]

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
def links_by_name(name: str, population_size: int) -> tuple[np.ndarray, np.ndarray]:
    """Who is linked to whom; the same name always gives the same links.

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

    Returns:
        Where each node's neighbours start, shape (N + 1,), dtype int64; and the neighbours of node
        0 in increasing order, then those of node 1, and so on, dtype int32.  All who ask get the
        same arrays, so they must not be written to.

    Raises:
        ValueError: With the argument, its value and what is allowed.
    """
    n = population_size
    kind, fields = _read(name)
    if kind == "complete":
        return _around(n, np.arange(1, n))
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
        half = np.arange(1, number // 2 + 1)
        return _around(n, np.concatenate([half, n - half]))
    return _listed(_drawn(kind, number, n, fields), n)


def _around(n: int, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The links of nodes on a ring to those that are so many steps away."""
    members = ((np.arange(n)[:, np.newaxis] + steps) % n).astype(np.int32)
    members.sort(axis=1)
    return np.arange(n + 1) * steps.size, members.ravel()


def _drawn(kind: str, number: int, n: int, fields: dict[str, Any]) -> np.ndarray:
    """The links of a random network: low * n + high for each link, shape (links,), dtype int64."""
    seed = fields["seed"]
    if kind == "random regular":
        if 2 * number < n:
            return random_regular(number, n, seed)
        # drawing the links of a dense graph rarely succeeds: draw the missing links instead
        linked = np.triu(np.ones((n, n), np.bool_), 1)
        if number < n - 1:
            linked.flat[random_regular(n - 1 - number, n, seed)] = False
        return np.flatnonzero(linked)
    if kind == "small world":
        made = nx.watts_strogatz_graph(n, number, fields["probability"], seed=seed)
    else:
        made = nx.barabasi_albert_graph(n, number, seed=seed)
    ends = np.fromiter(chain.from_iterable(made.edges), np.int64).reshape(-1, 2)
    return ends.min(axis=1) * n + ends.max(axis=1)


def _listed(codes: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """The links, each of them from both sides."""
    both = np.concatenate([codes, codes % n * n + codes // n])
    both.sort()
    starts = np.searchsorted(both, np.arange(n + 1) * n)
    both %= n
    return starts.astype(np.int64, copy=False), both.astype(np.int32)


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
