"""Where the bees of a network stand in its picture.

Knows: which layout fits which network, and the links that are drawn.
Does not know: how bees spread where no simple layout fits (`spread`), or how they are drawn.
"""

import base64
from dataclasses import dataclass
from functools import cached_property, lru_cache
from numbers import Real
from typing import Any

import numpy as np

from hivemind_abm.app.page.bees.spread import spread
from hivemind_abm.hives.hive import Hive
from hivemind_abm.hives.neighbourhood import NETWORK, NETWORK_SAMPLE

__all__ = ["MOST_LINKS", "Layout", "Links", "has_network", "layout_of"]

MOST_LINKS = 20_000  # that are drawn; more would only be a grey area
_LOCAL = 0.6  # share of the links that join bees near each other, in a ring
_EVEN = 0.85  # of the links to the next bee, those to the second next and so on, in a ring
_LANE = 0.016  # between bees on a circle, in its diameters; more bees get further lanes
_LONGEST_NAME = 40
_WHOLE = 65_535  # a place at the far end, as two bytes


@dataclass(frozen=True)
class Links:
    """What a layout is made from; equal for equal networks.

    Attributes:
        population_size: N.
        starts: As in `Neighbourhood`, as bytes.
        members: As in `Neighbourhood`, as bytes.
        nodes: As in `Neighbourhood`, a tuple.
    """

    population_size: int
    starts: bytes
    members: bytes
    nodes: tuple[Any, ...] | None

    @classmethod
    def of(cls, hive: Hive) -> "Links":
        """Those of a hive."""
        links = hive.neighbourhood
        starts, members = links.starts.tobytes(), links.members.tobytes()
        nodes = None if links.nodes is None else tuple(links.nodes)
        return cls(links.population_size, starts, members, nodes)


@dataclass(frozen=True, eq=False)
class Layout:
    """Where each bee stands, and which bees are linked.

    Attributes:
        kind: "grid", "circle" or "spread".
        places: The places, 0 to 1 from left to right and from the top down, shape (N, 2).  The
            longer side is 1.
        links: Each pair of bees of which one hears the other, the lower index first, shape (E, 2).
        hearers: The bees of the links, shape (L,): `hearers[i]` hears `heard[i]`.
        heard: See `hearers`.
        names: The names of the nodes, where they are not the numbers of the bees; else empty.
    """

    kind: str
    places: np.ndarray
    links: np.ndarray
    hearers: np.ndarray
    heard: np.ndarray
    names: tuple[str, ...]

    def around(self, bee: int | None) -> dict[str, list[int]]:
        """The bees that one bee hears, and those that hear it without being heard."""
        if bee is None or bee >= len(self.places):
            return {"hears": [], "heard_by": []}
        hears = np.unique(self.heard[self.hearers == bee])
        heard_by = np.setdiff1d(self.hearers[self.heard == bee], hears)
        return {"hears": hears.tolist(), "heard_by": heard_by.tolist()}

    @cached_property
    def sent(self) -> dict[str, Any]:
        """What the browser draws it from; places and links are packed, two bytes a number."""
        links = self.links
        if len(links) > MOST_LINKS:
            some = np.random.default_rng(0).choice(len(links), MOST_LINKS, replace=False)
            links = links[np.sort(some)]
        width, height = self.places.max(axis=0).tolist()
        return {
            "places": _packed(np.round(_WHOLE * self.places)),
            "links": _packed(links),
            "all_links": len(self.links),
            "width": width,
            "height": height,
            "gap": _gap(self.places),
            "names": list(self.names),
        }


def has_network(hive: Hive) -> bool:
    """Whether the bees of a hive are linked, so that there is a network to see."""
    return hive.neighbourhood.kind in (NETWORK, NETWORK_SAMPLE)


def layout_of(hive: Hive) -> Layout:
    """The layout of a hive's network.

    A network whose nodes are pairs of numbers, or that is a lattice row by row, is a grid; a ring
    and a small world are a circle, as are bees that hear others anywhere; any other network is
    spread out.  Equal networks get the same layout, which is computed once.
    """
    return _laid_out(Links.of(hive))


@lru_cache(maxsize=4)
def _laid_out(links: Links) -> Layout:
    n, nodes = links.population_size, links.nodes
    starts = np.frombuffer(links.starts, np.int64)
    heard = np.frombuffer(links.members, np.int32).astype(np.int64)
    hearers = np.repeat(np.arange(n), np.diff(starts)) if len(starts) else heard
    codes = np.unique(np.minimum(hearers, heard) * n + np.maximum(hearers, heard))
    pairs = np.stack([codes // n, codes % n], axis=1)
    kind, places = _placed(n, pairs, nodes)
    names: tuple[str, ...] = ()
    if nodes is not None and nodes != tuple(range(n)):
        names = tuple(str(node)[:_LONGEST_NAME] for node in nodes)
    return Layout(kind, _scaled(places), pairs, hearers, heard, names)


def _placed(n: int, pairs: np.ndarray, nodes: tuple[Any, ...] | None) -> tuple[str, np.ndarray]:
    """The kind of layout that fits, and the places in any unit."""
    grid = _grid_of_nodes(nodes)
    if grid is None:
        grid = _grid_by_rows(n, pairs)
    if grid is not None:
        return "grid", grid
    if (len(pairs) == 0 and nodes is None) or _is_ring(n, pairs):
        return "circle", _circle(n)
    return "spread", spread(n, pairs)


def _grid_of_nodes(nodes: tuple[Any, ...] | None) -> np.ndarray | None:
    """Nodes that are a row and a column, or None."""
    if not nodes or not all(
        isinstance(node, tuple) and len(node) == 2 and all(isinstance(x, Real) for x in node)
        for node in nodes
    ):
        return None
    places = np.array(nodes, float)[:, ::-1]
    return places if np.isfinite(places).all() else None


def _grid_by_rows(n: int, pairs: np.ndarray) -> np.ndarray | None:
    """The grid of a lattice or torus whose bees are numbered row by row, or None."""
    if len(pairs) < n:  # fewer than a lattice of two rows has, so no lattice but a ring
        return None
    for width in range(2, n // 2 + 1):
        if n % width:
            continue
        height = n // width
        row, column = np.divmod(pairs, width)
        down, across = np.abs(np.diff(row)[:, 0]), np.abs(np.diff(column)[:, 0])
        down, across = np.minimum(down, height - down), np.minimum(across, width - across)
        if (np.maximum(down, across) > 1).any():
            continue
        vertical, horizontal = (across == 0).sum(), (down == 0).sum()
        slanted, all_slanted = len(pairs) - vertical - horizontal, 2 * (width - 1) * (height - 1)
        if (
            vertical >= n - width
            and horizontal >= n - height
            and (slanted == 0 or slanted >= all_slanted)  # a ring winds around, with some
        ):
            return np.stack([np.arange(n) % width, np.arange(n) // width], axis=1)
    return None


def _is_ring(n: int, pairs: np.ndarray) -> bool:
    """Whether most links join bees that are near each other, all around, by their numbers."""
    reach = max(1, round(len(pairs) / n))
    if len(pairs) == 0 or 2 * reach >= n - 1:
        return False
    far = np.diff(pairs)[:, 0]
    near = np.bincount(np.minimum(far, n - far), minlength=reach + 1)[1 : reach + 1]
    return bool(near.sum() >= _LOCAL * len(pairs) and near.min() >= _EVEN * near.max())


def _circle(n: int) -> np.ndarray:
    """Bees around a circle, clockwise from the top; many bees take several lanes in turn."""
    lanes = max(1, int(np.ceil(n * _LANE / np.pi)))
    turn = max(2 * (lanes - 1), 1)
    lane = np.arange(n) % turn
    radius = 0.5 - _LANE * np.minimum(lane, turn - lane) if lanes > 1 else np.full(n, 0.5)
    angle = 2.0 * np.pi * np.arange(n) / n
    return np.stack([radius * np.sin(angle), -radius * np.cos(angle)], axis=1)


def _scaled(places: np.ndarray) -> np.ndarray:
    """Places from 0, with the longer side 1."""
    places = np.asarray(places, float) - places.min(axis=0)
    return np.asarray(places / max(float(places.max()), 1e-9))


def _gap(places: np.ndarray) -> float:
    """How near bees stand to the next one: a quarter of them stand nearer."""
    from scipy.spatial import KDTree

    if len(places) < 2:
        return 1.0
    nearest = KDTree(places).query(places, k=2)[0][:, 1]
    return float(np.quantile(nearest, 0.25))


def _packed(values: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(values.astype("<u2")).tobytes()).decode()
