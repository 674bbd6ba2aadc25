"""What a rule does to the shares of a hive too large for chance, and which dynamic that is.

Knows: the expected next shares at given shares, from the rule's own `decide`, with standard errors; where they stand still; and
how far that is from the known dynamics.  Does not know: how it is drawn.
"""

import copy
import inspect
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize, special

from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.names import find_bandit
from hivemind_abm.engine.seeds import RunSeed, RunSeeds, seed_sequence
from hivemind_abm.engine.threads import available_cores
from hivemind_abm.hives.batch import HiveBatch
from hivemind_abm.hives.names import find_rule
from hivemind_abm.hives.neighbours import Neighbourhood
from hivemind_abm.hives.rules import ImitationRule
from hivemind_abm.registry import build_parts
from hivemind_abm.theory.dynamics import DYNAMICS, Derivative

__all__ = ["Fit", "FixedPoint", "MeanField", "mean_field"]

LEVEL = 0.01  # a difference that chance gives more seldom is called one
_HIVES = 64  # at each point; the spread between them gives the error
_LARGE = 20_000  # bees of a hive in which all are heard: its own shift, of order 1 / N, is far below the error
_FEW = 20_000  # bees a point where the rule runs interpreted
_STEP = 0.02  # for derivatives
_PULLS = 20_000_000  # an option, where expected rewards have to be estimated


@dataclass(frozen=True)
class Fit:
    """How a measured drift compares with a dynamic.

    Attributes:
        name: Of the dynamic.
        rms, rms_error: Root mean square of the difference over all points and options, and what chance alone would give.
        greatest, at: The greatest difference of an option, and the shares where it is.
        p: How often chance gives a difference as large, all points together.
        factor, factor_error: The multiple of the dynamic that fits best, and its standard error.
        factor_rms, factor_p: As rms and p, for that multiple.
    """

    name: str
    rms: float
    rms_error: float
    greatest: float
    at: tuple[float, ...]
    p: float
    factor: float
    factor_error: float
    factor_rms: float
    factor_p: float

    @property
    def equal(self) -> bool:
        """Whether the drift is the dynamic's, one step of delta = 1, within error."""
        return self.p >= LEVEL

    @property
    def proportional(self) -> bool:
        """Whether the drift is a multiple of the dynamic's, and not of length zero, within error."""
        return self.factor_p >= LEVEL and abs(self.factor) > 3.0 * self.factor_error

    def __str__(self) -> str:
        if self.equal:
            return (
                f"equal to {self.name} (one synchronous step, delta = 1) within error: rms {self.rms:.5f}, "
                f"of which chance gives {self.rms_error:.5f}"
            )
        where = ", ".join(f"{share:.3g}" for share in self.at)
        if self.proportional:
            return f"{self.factor:.4f} +- {self.factor_error:.4f} times {self.name} within error"
        best = f"; the best multiple, {self.factor:.3f} times {self.name}, leaves {self.factor_rms:.5f}"
        return (
            f"not {self.name}: rms {self.rms:.5f} (chance: {self.rms_error:.5f}), at most {self.greatest:.4f} apart, at shares "
            f"({where}){best if math.isfinite(self.factor_error) else ''}"
        )


@dataclass(frozen=True)
class FixedPoint:
    """Shares that the drift leaves as they are.

    Attributes:
        shares: Shape (K,).
        kind: "stable", "unstable", "saddle", or "unclear" where the error hides which.
        rates: Eigenvalues of the drift there (real parts, increasing), in units of 1 / step, shape (K - 1,).
        error: Standard error of a rate, roughly.
    """

    shares: tuple[float, ...]
    kind: str
    rates: tuple[float, ...]
    error: float

    def __str__(self) -> str:
        rates = ", ".join(f"{rate:.4f}" for rate in self.rates[:4]) + (
            " ..." if len(self.rates) > 4 else ""
        )
        return f"({', '.join(f'{share:.4g}' for share in self.shares)}) {self.kind}, rates {rates} +- {self.error:.4f}"


@dataclass(frozen=True, eq=False)
class MeanField:
    """The expected change of the shares in one step of an infinite hive.

    Attributes:
        rule, bandit, neighbourhood_size: As used; M or "all".
        shares: The points, shape (P, K).
        drift, error: Expected change in one step and its standard error, shape (P, K).
        still: How often chance gives as much where nothing changes.
        fits: How it compares with TRD, MRD and other dynamics asked for, by name.
        fixed_points: Where it is zero, as far as was looked; none where nothing changes anywhere.
    """

    rule: ImitationRule
    bandit: Bandit
    neighbourhood_size: int | str
    shares: np.ndarray
    drift: np.ndarray
    error: np.ndarray
    still: float
    fits: dict[str, Fit]
    fixed_points: tuple[FixedPoint, ...]

    @property
    def name(self) -> str:
        return self.rule.symbol

    @property
    def verdict(self) -> str:
        """Which dynamic the rule follows, or how far it is from each, a line each."""
        if self.still >= LEVEL:
            return f"{self.name}, M = {self.neighbourhood_size}: no change within error, only chance (neutral drift)"
        equal = [fit for fit in self.fits.values() if fit.equal]
        return "\n".join(
            f"{self.name}, M = {self.neighbourhood_size}: {fit}"
            for fit in equal or self.fits.values()
        )

    @property
    def searched(self) -> str:
        """Where fixed points were looked for."""
        return {2: "everywhere", 3: "corners, edges and inside", 4: "corners and edges"}.get(
            self.bandit.n_action, "corners only"
        )

    def table(self) -> pd.DataFrame:
        """One row a point: share_a, drift_a, error_a and, for each dynamic, NAME_a."""
        k = self.bandit.n_action
        columns: dict[str, np.ndarray] = {}
        for what, values in (("share", self.shares), ("drift", self.drift), ("error", self.error)):
            columns |= {f"{what}_{a}": values[:, a] for a in range(k)}
        for name in self.fits:
            if name in DYNAMICS:
                expected = _expected(DYNAMICS[name], self.bandit, self.shares)
                columns |= {f"{name}_{a}": expected[:, a] for a in range(k)}
        return pd.DataFrame(columns)


def mean_field(
    rule: Any = "wvoter",
    bandit: Any = "evenly spaced",
    neighbourhood_size: int | str | None = None,
    *,
    points: Any = None,
    bees: int | None = None,
    dynamics: Mapping[str, Derivative] = DYNAMICS,
    fixed_points: bool = True,
    seed: Any = 1,
    **parameters: Any,
) -> MeanField:
    """Measure the mean field of a rule: the expected change of the shares in one step of an infinite hive.

    At each point bees draw their opinions from the shares, pull, hear M others drawn the same way, and decide with the rule's own
    compiled `decide`.  With a finite M this is exactly what happens in an infinite hive.  Where all are heard, hives of 20,000
    bees stand for it, whose shift of order 1 / N is far below the error.  Any rule goes, a user's too.

    Args:
        rule, bandit: As for `Hive`.
        neighbourhood_size: M, "all", or None for what the rule hears by default.
        points: Shares, shape (P, K); None for 41 points (K = 2), a grid of 66 (K = 3) or 60 random ones.
        bees: Decisions a point; None for 1,280,000 (20,000 where the rule runs interpreted).
        dynamics: What to compare with, by name: functions (shares, fitness) -> derivative.
        fixed_points: Look for them; False saves the time.
        seed: The one number that names the measurement.
        parameters: Fields of the rule and of the bandit where they are given by name.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.
    """
    own = [name for name in inspect.signature(mean_field).parameters if name != "parameters"]
    the_rule, the_bandit = build_parts([find_rule(rule), find_bandit(bandit)], parameters, own)
    k = the_bandit.n_action
    if k < 2:
        raise ValueError(f"bandit must have at least 2 options, not {k}")
    size = the_rule.hears if neighbourhood_size is None else neighbourhood_size
    if bees is not None and (
        isinstance(bees, bool) or not isinstance(bees, int | np.integer) or bees < 2 * _HIVES
    ):
        raise ValueError(f"bees must be a whole number of at least {2 * _HIVES}, not {bees!r}")
    field = _Field(the_rule, the_bandit, size, bees, seed_sequence(seed, "seed"))
    grid = _grid(k, seed) if points is None else _checked_points(points, k)
    changes = field.at(grid)
    drift, error = changes.mean(axis=1), changes.std(axis=1, ddof=1) / math.sqrt(_HIVES)
    expected = {name: _expected(dynamic, the_bandit, grid) for name, dynamic in dynamics.items()}
    fits = {
        name: _fit(name, values, grid, changes, field.bees) for name, values in expected.items()
    }
    still = _chance(changes, np.zeros_like(grid), field.bees)
    fixed = (
        tuple(_fixed_points(field, k, grid, drift, error)) if fixed_points and still < LEVEL else ()
    )
    return MeanField(the_rule, the_bandit, size, grid, drift, error, still, fits, fixed)


def _checked_points(points: Any, k: int) -> np.ndarray:
    shares = np.asarray(points, float)
    if (
        shares.ndim != 2
        or shares.shape[1] != k
        or not (shares >= 0.0).all()
        or np.abs(shares.sum(axis=1) - 1.0).max() > 1e-9
    ):
        raise ValueError(
            f"points must be rows of {k} shares of at least 0 that sum to 1, not {points!r}"
        )
    return shares


def _grid(k: int, seed: Any) -> np.ndarray:
    if k == 2:
        x = np.linspace(0.0, 1.0, 41)
        return np.stack([x, 1.0 - x], axis=1)
    if k == 3:
        return np.array([[i, j, 10 - i - j] for i in range(11) for j in range(11 - i)]) / 10.0
    rng = np.random.default_rng(seed_sequence(seed, "seed"))
    return (
        0.9 * rng.dirichlet(np.ones(k), 60) + 0.1 / k
    )  # away from the faces, where too little happens to be measured


class _Field:
    """The change of the shares in one step, measured at any point."""

    def __init__(
        self,
        rule: ImitationRule,
        bandit: Bandit,
        size: int | str,
        bees: int | None,
        seed: RunSeed,
    ) -> None:
        self.rule, self.bandit, self.seed = rule, bandit, seed
        large = _LARGE if size == "all" else 2
        probe = HiveBatch(rule, bandit, Neighbourhood.of("others", 1, 2), [0])
        self.bees = bees or (_FEW if "interpreted" in probe.way.values() else _HIVES * _LARGE)
        n = max(self.bees // _HIVES, large if bees is None else 2)
        if isinstance(size, int):
            n = max(n, size + 2)
        self.neighbourhood = Neighbourhood.of("others", size, n)

    def at(self, points: np.ndarray, alike: bool = False) -> np.ndarray:
        """The change in each of the hives, shape (P, hives, K); `alike`: the same chance at all points, for differences."""
        with ThreadPoolExecutor(available_cores()) as pool:
            return np.array(
                list(
                    pool.map(
                        self._at_one, points, [0] * len(points) if alike else range(len(points))
                    )
                )
            )

    def _at_one(self, shares: np.ndarray, place: int) -> np.ndarray:
        n = self.neighbourhood.population_size
        seed = self.seed.child(place)
        rng = np.random.default_rng(seed)
        counts = rng.multinomial(n, shares / shares.sum(), size=_HIVES)
        seeds = RunSeeds(seed, range(_HIVES))
        batch = HiveBatch(self.rule, self.bandit, self.neighbourhood, seeds)
        return batch.decided(counts, shares) - counts / n


def _expected(dynamic: Derivative, bandit: Bandit, points: np.ndarray) -> np.ndarray:
    if (
        type(bandit).expected_rewards is Bandit.expected_rewards
    ):  # estimated: so closely that its error can be left out
        bandit = copy.copy(bandit)
        object.__setattr__(bandit, "estimate_pulls", _PULLS)
    constant = (
        None if bandit.depends_on_shares() else np.asarray(bandit.expected_rewards(points[0]))
    )
    return np.array(
        [
            dynamic(x, np.asarray(bandit.expected_rewards(x)) if constant is None else constant)
            for x in points
        ]
    )


# ---------------------------------------------------------------------------------------------------------------------
# Which dynamic it is


def _fit(
    name: str, expected: np.ndarray, points: np.ndarray, changes: np.ndarray, bees: int
) -> Fit:
    drift, variance = changes.mean(axis=1), changes.var(axis=1, ddof=1) / _HIVES
    weights = np.where(
        variance.sum(axis=1) > 0.0, 1.0 / np.maximum(variance.sum(axis=1), 1e-300), 0.0
    )
    square = float((weights[:, None] * expected**2).sum())
    there = bool(np.abs(expected).max() > 1e-9) and square > 0.0
    factor = float((weights[:, None] * expected * drift).sum()) / square if there else 0.0
    # each option's share of the variance counts once: the options of a point are not independent
    factor_error = (
        math.sqrt(float((weights[:, None] ** 2 * expected**2 * variance).sum())) / square
        if there
        else math.inf
    )
    difference = drift - expected
    worst = np.unravel_index(np.abs(difference).argmax(), difference.shape)
    return Fit(
        name,
        math.sqrt(float((difference**2).mean())),
        math.sqrt(float(variance.mean())),
        float(abs(difference[worst])),
        tuple(float(share) for share in points[worst[0]]),
        _chance(changes, expected, bees),
        factor,
        factor_error,
        math.sqrt(float(((drift - factor * expected) ** 2).mean())),
        _chance(changes, factor * expected, bees),
    )


def _chance(changes: np.ndarray, expected: np.ndarray, bees: int) -> float:
    """How often chance alone brings the means of the hives as far from what is expected.

    Hotelling's test at each point, Fisher's for all of them together.
    """
    total, tested = 0.0, 0
    for at_point, wanted in zip(changes, expected, strict=True):
        hives = len(at_point)
        difference = at_point.mean(axis=0) - wanted
        values, vectors = np.linalg.eigh(np.cov(at_point, rowvar=False))
        there = values > 1e-9 * max(values.max(), 1e-12)
        if np.abs(difference @ vectors[:, ~there]).max(initial=0.0) * bees > 12.0:
            return 0.0  # some bees should have moved, and none did: chance has exp(-12) for that
        p = int(there.sum())
        if p == 0 or p >= hives:
            continue
        square = hives * float((((difference @ vectors[:, there]) ** 2) / values[there]).sum())
        chance = special.fdtrc(p, hives - p, square * (hives - p) / (p * (hives - 1)))
        total -= 2.0 * math.log(max(float(chance), 1e-300))
        tested += 1
    return float(special.chdtrc(2 * tested, total)) if tested else 1.0


# ---------------------------------------------------------------------------------------------------------------------
# Where it stands still


def _fixed_points(
    field: _Field, k: int, grid: np.ndarray, drift: np.ndarray, error: np.ndarray
) -> list[FixedPoint]:
    """Vertices at which nothing changes; zeros on the edges (K up to 4); inside, zeros of a fitted surface (K = 3)."""
    corners = np.eye(k)
    moved = np.abs(field.at(corners).mean(axis=1)).max(axis=1)
    found = [corner for corner, change in zip(corners, moved, strict=True) if change < 1e-12]
    if k == 2:
        found += _zeros_between(
            field, corners[1], corners[0], 0, drift[:, 0], error[:, 0], grid[:, 0]
        )
    elif k <= 4:
        x = np.linspace(0.0, 1.0, 21)
        for a, b in combinations(range(k), 2):
            edge = np.outer(x, corners[a]) + np.outer(1.0 - x, corners[b])
            changes = field.at(edge)
            along, spread = (
                changes.mean(axis=1)[:, a],
                changes.std(axis=1, ddof=1)[:, a] / math.sqrt(_HIVES),
            )
            off = np.abs(
                changes.mean(axis=1).sum(axis=1) - changes.mean(axis=1)[:, [a, b]].sum(axis=1)
            ).max()
            if off < 1e-12:  # absent options stay absent
                found += _zeros_between(field, corners[b], corners[a], a, along, spread, x)
    if k == 3:
        found += _zeros_inside(field, grid, drift)
    return [_described(field, np.asarray(point)) for point in found]


def _zeros_between(
    field: _Field,
    start: np.ndarray,
    end: np.ndarray,
    option: int,
    drift: np.ndarray,
    error: np.ndarray,
    x: np.ndarray,
) -> list[np.ndarray]:
    """Where the drift along a line changes sign, from one sure point to the next.

    The space between is halved as far as the error lets it.
    """
    sure = [i for i in range(len(x)) if abs(drift[i]) > max(3.0 * error[i], 1e-12)]
    zeros = []
    for i, j in pairwise(sure):
        if drift[i] * drift[j] >= 0.0:
            continue
        (low, at_low), (high, at_high) = (x[i], drift[i]), (x[j], drift[j])
        for _ in range(8):
            middle = 0.5 * (low + high)
            change = field.at(((1.0 - middle) * start + middle * end)[None])[0, :, option]
            at = change.mean()
            if abs(at) <= 3.0 * change.std(ddof=1) / math.sqrt(_HIVES):
                if high - low < 0.06:
                    low, high, at_low, at_high = middle, middle, 1.0, 1.0
                break
            if at * at_low > 0.0:
                low, at_low = middle, at
            else:
                high, at_high = middle, at
        place = low + (high - low) * abs(at_low) / (abs(at_low) + abs(at_high))
        zeros.append((1.0 - place) * start + place * end)
    return zeros


def _zeros_inside(field: _Field, grid: np.ndarray, drift: np.ndarray) -> list[np.ndarray]:
    """Zeros of polynomials of degree 5 through the drift of the first two options, held against a fresh measurement."""
    powers = [(i, j) for i in range(6) for j in range(6 - i)]

    def terms(x: np.ndarray) -> np.ndarray:
        return np.stack([x[..., 0] ** i * x[..., 1] ** j for i, j in powers], axis=-1)

    coefficients = np.linalg.lstsq(terms(grid), drift[:, :2], rcond=None)[0]
    found: list[np.ndarray] = []
    for start in grid[(grid > 0.05).all(axis=1)]:
        solution = optimize.root(lambda x: terms(x) @ coefficients, start[:2])
        x = np.array([*solution.x, 1.0 - solution.x.sum()])
        if (
            solution.success
            and (x > 0.002).all()
            and not any(np.abs(x - other).max() < 0.03 for other in found)
        ):
            changes = field.at(x[None])[0]
            spread = changes.std(axis=0, ddof=1) / math.sqrt(_HIVES)
            if (np.abs(changes.mean(axis=0)) < 5.0 * spread + 1e-3).all():
                found.append(x)
    return found


def _described(field: _Field, x: np.ndarray) -> FixedPoint:
    """The kind of a fixed point, from the derivative of the drift along the directions that stay in the simplex."""
    k, last = len(x), int(np.argmax(x))
    others = [a for a in range(k) if a != last]
    places, steps = [], []
    for a in others:
        up = np.zeros(k)
        up[a], up[last] = _STEP, -_STEP
        places.append([x + up, x - up if x[a] >= _STEP else x])  # at the edge only inwards
        steps.append(2.0 * _STEP if x[a] >= _STEP else _STEP)
    wanted = np.clip(np.concatenate(places), 0.0, 1.0)
    still = np.array([bool((point == x).all()) for point in wanted])
    changes = np.zeros((len(wanted), _HIVES, k))  # at the fixed point itself nothing changes
    changes[~still] = field.at(wanted[~still], alike=True)
    differences = (changes[0::2] - changes[1::2])[:, :, others] / np.array(steps)[:, None, None]
    jacobian = differences.mean(axis=1).T
    spread = float(differences.std(axis=1, ddof=1).max()) / math.sqrt(_HIVES)
    rates = np.sort(np.linalg.eigvals(jacobian).real)
    if rates[-1] < -2.0 * spread:
        kind = "stable"
    elif rates[0] > 2.0 * spread:
        kind = "unstable"
    else:
        kind = "saddle" if rates[0] < -2.0 * spread and rates[-1] > 2.0 * spread else "unclear"
    return FixedPoint(
        tuple(float(share) for share in x),
        kind,
        tuple(float(rate) for rate in rates),
        float(spread),
    )


def describe_fixed_points(points: Sequence[FixedPoint], most: int = 12) -> list[str]:
    """A line each, the stable ones first."""
    order = {"stable": 0, "unclear": 1, "saddle": 2, "unstable": 3}
    ranked = sorted(points, key=lambda point: order[point.kind])
    return [str(point) for point in ranked[:most]] + (
        [f"and {len(ranked) - most} more"] if len(ranked) > most else []
    )
