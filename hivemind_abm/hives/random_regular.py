"""Random networks in which all have the same number of links, for a million bees in a second.

Knows: how such a network is drawn.  Does not know: names, bees.
"""

import random

import numpy as np

from hivemind_abm.engine.loops import compiled

__all__ = ["random_regular"]

_WORDS = 1 << 16  # of random numbers that are drawn at once


def random_regular(degree: int, n: int, seed: int) -> np.ndarray:
    """The links of a random regular network, those of `networkx.random_regular_graph`.

    Each node has as many loose ends as it will have links.  The ends are shuffled and joined in
    pairs.  The ends of pairs that would be a loop or a second link are shuffled again, until none
    is left; where they cannot become links any more, all begins anew (Steger and Wormald,
    Combinatorics, Probability and Computing 8, 1999).

    Args:
        degree: The number of links of each node, 1 .. n - 1; degree * n must be even.
        n: The number of nodes.
        seed: The seed, as for `random.Random`.

    Returns:
        low * n + high for each link between two nodes low < high, in increasing order, shape
        (degree * n / 2,), dtype int64.
    """
    rng = random.Random(seed)
    while (links := _attempt(degree, n, rng)) is None:
        pass
    return links


def _attempt(degree: int, n: int, rng: random.Random) -> np.ndarray | None:
    """The links, or None where the ends that are left cannot be joined."""
    first, failed = _joined(np.tile(np.arange(n, dtype=np.int32), degree), n, rng, ())
    later = np.zeros(0, np.int64)
    while failed.size:
        loose: dict[int, int] = {}  # loose ends by node, in the order in which they are met
        for code in failed.tolist():
            for node in divmod(code, n):
                loose[node] = loose.get(node, 0) + 1
        if not _can_go_on(list(loose), n, (first, later)):
            return None
        ends = np.repeat(np.array(list(loose), np.int32), list(loose.values()))
        added, failed = _joined(ends, n, rng, (first, later))
        later = np.union1d(later, added)
    return np.sort(np.concatenate([first, later])) if later.size else first


def _joined(
    ends: np.ndarray, n: int, rng: random.Random, links: tuple[np.ndarray, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Shuffle loose ends and join them in pairs.

    Returns:
        The new links in increasing order, and the pairs that cannot be links, as they came.
    """
    _shuffle(ends, rng)
    codes = np.minimum(ends[::2], ends[1::2]).astype(np.int64)
    codes *= n
    codes += np.maximum(ends[::2], ends[1::2])
    failed = codes % (n + 1) == 0  # loops: low * n + low
    for known in links:
        failed |= _are_in(codes, known)
    ordered = np.sort(codes)
    twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if twice.size:  # the first of equal pairs is a link, unless it has failed
        places = np.flatnonzero(_are_in(codes, twice))
        _, firsts = np.unique(codes[places], return_index=True)
        failed[np.delete(places, firsts)] = True
    if not failed.any():
        return ordered, codes[:0]
    return np.sort(codes[~failed]), codes[failed]


def _are_in(codes: np.ndarray, ordered: np.ndarray) -> np.ndarray:
    """Which of some codes are among others in increasing order, shape as `codes`."""
    if not ordered.size:
        return np.zeros(codes.shape, np.bool_)
    places = np.minimum(np.searchsorted(ordered, codes), ordered.size - 1)
    found: np.ndarray = ordered[places] == codes
    return found


def _can_go_on(nodes: list[int], n: int, links: tuple[np.ndarray, ...]) -> bool:
    """Whether two of the nodes with loose ends are found that are not linked yet.

    It looks at the pairs at which NetworkX looks, which are not all: after a swap it goes on with
    the lower node of the two.
    """
    for low in nodes:
        for other in nodes:
            if other == low:
                break
            low, high = min(low, other), max(low, other)
            code = np.array([low * n + high])
            if not any(_are_in(code, known)[0] for known in links):
                return True
    return False


def _shuffle(ends: np.ndarray, rng: random.Random) -> None:
    """Shuffle in place, with the numbers of `rng.shuffle`, and leave `rng` as that would."""
    version, internal, gauss = rng.getstate()
    words = np.random.MT19937()
    words.state = {
        "bit_generator": "MT19937",
        "state": {"key": np.array(internal[:-1], np.uint32), "pos": internal[-1]},
    }
    before, last, used = words.state, ends.size - 1, 0
    while last > 0:
        before = words.state
        last, used = _swap(ends, last, words.random_raw(_WORDS))
    words.state = before
    words.random_raw(used)
    left = words.state["state"]
    rng.setstate((version, (*left["key"].tolist(), int(left["pos"])), gauss))


@compiled
def _swap(ends, last, words):
    """Do the swaps of a shuffle from `last` down, as far as the words go (Fisher & Yates).

    A word gives as many of its 32 bits as `last + 1` has; it counts where they are at most `last`.

    Returns:
        The place of the next swap, and how many words were used.
    """
    bits = 32
    for used in range(words.size):
        if last == 0:
            return last, used
        while last + 1 < 1 << (bits - 1):
            bits -= 1
        drawn = np.int64(words[used] >> np.uint64(32 - bits))
        if drawn <= last:
            ends[last], ends[drawn] = ends[drawn], ends[last]
            last -= 1
    return last, words.size
