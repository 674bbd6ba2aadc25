"""A network spread out so that linked bees stand near each other.

Knows: the forces that spread bees, and how parts of a network that are not linked are put side by
side.  Does not know: hives, or other layouts.
"""

from collections.abc import Callable

import numpy as np

__all__ = ["spread"]

_PIVOTS = 30  # bees from which distances are counted for the first places
_FEW = 250  # bees among which each pair is looked at; more bees repel each other on a mesh
_MESH = 80  # cells on a side of the mesh
_ROUNDS = 120
_COOLING = 0.96  # of the longest move, from round to round
_APART = 0.55  # least distance in the end; 1 would fill the whole picture evenly
_PUSHES = 40
_WIDE = 1.3  # width of the picture over its height, where parts are put side by side


def spread(n: int, pairs: np.ndarray) -> np.ndarray:
    """Places of the bees of a network, in lengths of a link; the same network gives the same ones.

    The first places are classical scaling of the distances to a few bees (Brandes and Pich, Graph
    Drawing 2006).  Then links pull and all bees repel each other (Fruchterman and Reingold,
    Software: Practice and Experience 21, 1991).

    Args:
        n: N, the number of bees.
        pairs: The linked pairs, each once, shape (E, 2).

    Returns:
        Shape (N, 2).
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(len(pairs))
    links = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(n, n)).tocsr()
    count, part = connected_components(links, directed=False)
    places = np.zeros((n, 2))
    order = np.argsort(part, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(part, minlength=count))[:-1])
    index = np.zeros(n, np.int64)
    links_by_part = np.split(
        pairs[np.argsort(part[pairs[:, 0]], kind="stable")],
        np.cumsum(np.bincount(part[pairs[:, 0]], minlength=count))[:-1],
    )
    for bees, own in zip(members, links_by_part, strict=True):
        index[bees] = np.arange(len(bees))
        places[bees] = _one_part(len(bees), index[own])
    return places if count == 1 else _side_by_side(places, members)


def _one_part(n: int, pairs: np.ndarray) -> np.ndarray:
    """Places of bees that are all linked with each other over some others."""
    if n <= 2:
        return np.array([[0.0, 0.0], [1.0, 0.0]])[:n]
    places = _first_places(n, pairs)
    repulsion = _repulsion_of_pairs if n <= _FEW else _repulsion_on_mesh
    places = _settled(places, pairs, repulsion)
    places -= places.mean(axis=0)
    axes = np.linalg.svd(places, full_matrices=False)[2]
    return _pushed_apart(places @ axes.T)  # the longest side lies


def _first_places(n: int, pairs: np.ndarray) -> np.ndarray:
    """Classical scaling of the numbers of links to a few bees far from each other."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import shortest_path

    ones = np.ones(len(pairs))
    links = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(n, n)).tocsr()
    rows, nearest, pivot = [], np.full(n, np.inf), 0
    for _ in range(min(_PIVOTS, n)):
        row = shortest_path(links, directed=False, unweighted=True, indices=pivot)
        rows.append(row)
        nearest = np.minimum(nearest, row)
        pivot = int(nearest.argmax())
    squares = np.stack(rows, axis=1) ** 2
    centred = squares - squares.mean(axis=0) - squares.mean(axis=1)[:, None] + squares.mean()
    vectors = np.linalg.eigh(centred.T @ centred)[1][:, -2:]
    places = -0.5 * centred @ vectors
    places /= np.maximum(places.std(axis=0), 1e-9)
    noise = np.random.default_rng(0).normal(size=(n, 2))
    return np.asarray((places + 0.05 * noise) * 0.5 * np.sqrt(n))


def _settled(
    places: np.ndarray, pairs: np.ndarray, repulsion: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Places after the rounds, with lengths of a link of about 1."""
    n, (one, other) = len(places), pairs.T
    degree = np.maximum(np.bincount(pairs.ravel(), minlength=n), 1.0)
    # A link pulls less where a bee has many, so that hubs do not swallow their neighbours.
    weight = (2.0 / np.sqrt(degree[one] * degree[other]))[:, None]
    longest = 0.1 * np.sqrt(n) + 1.0
    for _ in range(_ROUNDS):
        apart = places[one] - places[other]
        pull = weight * apart * np.linalg.norm(apart, axis=1, keepdims=True)
        force = repulsion(places)
        for axis in range(2):
            force[:, axis] -= np.bincount(one, pull[:, axis], n)
            force[:, axis] += np.bincount(other, pull[:, axis], n)
        force -= 0.02 * (places - places.mean(axis=0)) * np.sqrt(n) / 10.0
        size = np.maximum(np.linalg.norm(force, axis=1, keepdims=True), 1e-9)
        places = places + force / size * np.minimum(size, longest)
        longest = max(longest * _COOLING, 0.02)
    return places


def _repulsion_of_pairs(places: np.ndarray) -> np.ndarray:
    """The sum over all others of 1 / distance, away from them."""
    apart = places[:, None, :] - places[None, :, :]
    squares = (apart**2).sum(axis=2) + 1e-2
    return np.asarray((apart / squares[:, :, None]).sum(axis=1))


def _repulsion_on_mesh(places: np.ndarray) -> np.ndarray:
    """As `_repulsion_of_pairs`, from the number of bees in each cell of a mesh.

    Bees are shared out among the four cells around them; the sum over all cells is a convolution.
    """
    from scipy.fft import irfft2, rfft2

    low = places.min(axis=0)
    cell = float((places - low).max()) / (_MESH - 2) + 1e-9
    at = (places - low) / cell
    corner = at.astype(np.int64)
    part = at - corner
    cells, shares = [], []
    for x in (0, 1):
        for y in (0, 1):
            cells.append((corner[:, 0] + x) * _MESH + corner[:, 1] + y)
            shares.append(np.abs(1 - x - part[:, 0]) * np.abs(1 - y - part[:, 1]))
    bees = np.bincount(np.concatenate(cells), np.concatenate(shares), _MESH**2)
    bees = rfft2(bees.reshape(_MESH, _MESH), (2 * _MESH, 2 * _MESH))
    offset = (np.arange(2 * _MESH) + _MESH) % (2 * _MESH) - _MESH
    along, across = np.meshgrid(offset, offset, indexing="ij")
    squares = (along**2 + across**2 + 0.25) * cell
    force = []
    for kernel in (along / squares, across / squares):
        field = irfft2(bees * rfft2(kernel), (2 * _MESH, 2 * _MESH))[:_MESH, :_MESH].ravel()
        force.append(sum(field[c] * share for c, share in zip(cells, shares, strict=True)))
    return np.stack(force, axis=1)


def _pushed_apart(places: np.ndarray) -> np.ndarray:
    """Places of which few cover each other: the crowded ones move apart."""
    from scipy.spatial import KDTree

    places = places.copy()
    least = _APART * float(np.sqrt(np.ptp(places, axis=0).prod() / len(places)))
    for _ in range(_PUSHES):
        pairs = KDTree(places).query_pairs(least, output_type="ndarray")
        if not len(pairs):
            break
        apart = places[pairs[:, 0]] - places[pairs[:, 1]]
        far = np.maximum(np.linalg.norm(apart, axis=1, keepdims=True), 1e-6)
        push = 0.5 * (least - far) * apart / far
        for axis in range(2):
            places[:, axis] += np.bincount(pairs[:, 0], push[:, axis], len(places))
            places[:, axis] -= np.bincount(pairs[:, 1], push[:, axis], len(places))
    return places


def _side_by_side(places: np.ndarray, members: list[np.ndarray]) -> np.ndarray:
    """Parts in rows, the largest first, so that none cover each other."""
    margin = 1.0
    sizes = [np.ptp(places[bees], axis=0) + margin for bees in members]
    area = sum(float(size.prod()) for size in sizes)
    full = max(np.sqrt(_WIDE * area), max(float(size[0]) for size in sizes))
    result = np.zeros_like(places)
    left = top = tallest = 0.0
    for place in sorted(range(len(members)), key=lambda part: -float(sizes[part].max())):
        bees, (width, height) = members[place], sizes[place]
        if left + width > full + 1e-9:
            left, top, tallest = 0.0, top + tallest, 0.0
        result[bees] = places[bees] - places[bees].min(axis=0) + (left, top)
        left, tallest = left + width, max(tallest, height)
    return result
