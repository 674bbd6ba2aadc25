"""What a measured drift has in common at all points: options that stay absent, equal options.

Knows: how both are recognised from measurements.  Does not know: what is fitted to them.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.engine.seeds import RunSeed
from hivemind_abm.theory.drift import Measurement, points_of_kinds
from hivemind_abm.theory.fit import LEVEL, chance_of
from hivemind_abm.theory.kinds import Kinds

__all__ = ["absent_options", "equal_options", "places_of"]

_ON_LINE = 21  # points of two options
_MIRRORED = 8  # random points whose image is measured, too
_ON_FACE = 4  # random points at which an option is absent
_LEVEL_UNEQUAL = 0.1  # as LEVEL, where rewards differ: a rule may not care for them
_EQUAL = 1e-12  # of expected rewards


def places_of(kinds: Kinds, columns: int, seed: RunSeed) -> np.ndarray:
    """The points at which drifts are measured, shape (P, F C).

    They cover the simplex; with each point there is its image under the exchange of two options,
    for some points where they are random ones.

    Args:
        kinds: The kinds of bees.
        columns: C, the number of shares of a kind.
        seed: The seed of random points.
    """
    free = len(kinds.free)
    if free == 1 and columns == 2:
        x = np.linspace(0.0, 1.0, _ON_LINE)
        return np.stack([x, 1.0 - x], axis=1)
    places = points_of_kinds(None, kinds, columns, seed)
    if free == 1 and columns == 3:
        return places
    several = places.reshape(len(places), free, columns)
    rng = np.random.default_rng(seed)
    faces = []
    for option in range(columns):
        face = rng.dirichlet(np.ones(columns), (_ON_FACE, free))
        face[:, :, option] = 0.0
        faces.append(face / face.sum(axis=2, keepdims=True))
    images = [
        several[:_MIRRORED, :, _exchange(a, b, columns)] for a, b in combinations(range(columns), 2)
    ]
    corners = np.repeat(np.eye(columns)[:, None], free, axis=1)
    every = np.concatenate([several, *faces, *images, corners])
    return every.reshape(len(every), -1)


def absent_options(measured: Sequence[Measurement], columns: int) -> list[int]:
    """The options that no bee ever takes where no bee has them.

    Args:
        measured: The drift at the same points for each value of the parameter.
        columns: C.
    """
    absent = []
    for option in range(columns):
        without = (measured[0].points[:, option::columns] == 0.0).all(axis=1)
        moved = (part.changes[without][:, :, option::columns].any() for part in measured)
        if without.any() and not any(moved):
            absent.append(option)
    return absent


def equal_options(
    measured: Sequence[Measurement], bandits: Sequence[Bandit], columns: int
) -> list[tuple[int, int]]:
    """Pairs of options whose exchange changes nothing that can be measured.

    Args:
        measured: The drift at the same points for each value of the parameter.
        bandits: The bandit at each value.
        columns: C.
    """
    return [
        (a, b)
        for a, b in combinations(range(bandits[0].n_action), 2)
        if _difference(measured, a, b, columns)
        >= (LEVEL if all(_pay_the_same(each, a, b) for each in bandits) else _LEVEL_UNEQUAL)
    ]


def _exchange(a: int, b: int, columns: int) -> np.ndarray:
    order = np.arange(columns)
    order[[a, b]] = b, a
    return order


def _pay_the_same(bandit: Bandit, a: int, b: int) -> bool:
    """Whether two options have the same expected rewards, also with exchanged shares."""
    if type(bandit).expected_rewards is Bandit.expected_rewards:
        return True  # they would be estimated; what was measured decides
    k = bandit.n_action
    order = _exchange(a, b, k)
    for shares in np.random.default_rng(1).dirichlet(np.ones(k), 3):
        rewards = np.asarray(bandit.expected_rewards(bandit.world(shares)))
        exchanged = np.asarray(bandit.expected_rewards(bandit.world(shares[order])))
        if np.abs(rewards[order] - exchanged).max() > _EQUAL:
            return False
    return True


def _difference(measured: Sequence[Measurement], a: int, b: int, columns: int) -> float:
    """The probability that chance gives drifts that differ as much when a and b are exchanged."""
    points = measured[0].points
    kinds = points.shape[1] // columns
    order = _exchange(a, b, columns)
    both = np.concatenate([order + kind * columns for kind in range(kinds)])
    distance = np.abs(points[:, None, both] - points[None]).max(axis=2)
    firsts, seconds = np.nonzero(distance < _EQUAL)
    once = firsts < seconds
    if not once.any():
        return 0.0
    firsts, seconds = firsts[once], seconds[once]
    differences = [part.changes[seconds] - part.changes[firsts][:, :, both] for part in measured]
    whole = np.concatenate(differences)
    bees = measured[0].bees
    return chance_of(
        Measurement(np.tile(points[seconds], (len(measured), 1)), whole, bees),
        np.zeros((len(whole), points.shape[1])),
    )
