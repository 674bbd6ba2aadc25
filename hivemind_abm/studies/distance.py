"""How far two mean curves are apart, and whether chance alone explains it.

Knows: summaries of `ensemble`, and the Monte-Carlo error of their means.
Does not know: which systems the curves belong to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from hivemind_abm.results import Result

__all__ = ["Distance", "distance", "verdict"]

_CONFIDENCE = 0.95
_ROUNDING = 1e-12  # a difference of means that rounding alone may give
_CLEAR = 0.1  # a difference of means that enough runs show


@dataclass(frozen=True, repr=False)
class Distance(Result):
    """How far two mean curves are apart, and what chance alone accounts for.

    Attributes:
        steps: The steps at which both are recorded, shape (T,).
        difference: First minus second at these steps, shape (T,).
        band: Half the width of the band in which all T differences lie together with a probability
            of at least 95 % if both means are the same, shape (T,).
        rms: Root mean square of the differences.
        rms_error: Root mean square of their standard errors: the rms that chance alone gives.
        allowed: The multiple of `rms_error` that the rms exceeds with a probability of at most 5 %
            if both means are the same.
        greatest: The largest difference, without its sign.
        greatest_error: Half the width of the band at that step.
        at_step: That step.
        measures: For several measures together, which of them each difference is of, shape (T,) as
            a tuple; empty for one.
    """

    steps: np.ndarray
    difference: np.ndarray
    band: np.ndarray
    rms: float
    rms_error: float
    allowed: float
    greatest: float
    greatest_error: float
    at_step: float
    measures: tuple[str, ...] = ()

    @property
    def equal(self) -> bool:
        """Whether the means are equal within error: the rms is no larger than chance allows."""
        return self.rms <= self.allowed * self.rms_error + _ROUNDING

    @property
    def telling(self) -> bool:
        """Whether there are enough runs to show a difference of a tenth of the scale."""
        return self.allowed * self.rms_error <= _CLEAR

    def table(self) -> pd.DataFrame:
        """One row per step: step, difference, band; before these measure, where it has several."""
        columns = {"step": self.steps, "difference": self.difference, "band": self.band}
        return pd.DataFrame(({"measure": self.measures} if self.measures else {}) | columns)

    def summary(self) -> dict[str, Any]:
        """The distances with their errors, and the verdict."""
        return self.numbers() | {"verdict": verdict(self, None)}

    def numbers(self) -> dict[str, float]:
        """The distances with their errors."""
        return {
            "rms": self.rms,
            "rms_error": self.rms_error,
            "greatest": self.greatest,
            "greatest_error": self.greatest_error,
            "at_step": self.at_step,
        }

    def in_words(self) -> str:
        """The distances with their errors, in one line."""
        return (
            f"rms {self.rms:.4f} +- {self.rms_error:.4f}, "
            f"greatest {self.greatest:.4f} +- {self.greatest_error:.4f} at step {self.at_step:g}"
        )

    def __str__(self) -> str:
        """The distances with their errors and the verdict, in one line."""
        return f"{self.in_words()}: {verdict(self, None)}"


def distance(
    first: pd.DataFrame,
    second: pd.DataFrame,
    measure: str | Sequence[str] = "optimal_share",
    *,
    halved: Sequence[pd.DataFrame | None] = (None, None),
) -> Distance:
    """The distance between two mean curves, with its Monte-Carlo error.

    The means are called equal if their rms distance is at most t times its error.  Here t is the
    97.5 % quantile of Student's distribution for the fewer runs of the two (1.96 for many).  Chance
    exceeds that in at most 5 % of cases, however the steps depend on each other: among all sums of
    squares of normal numbers with the same mean, that of one number has the heaviest tail (Szekely
    & Bakirov, Probab. Theory Relat. Fields 126, 2003).

    For T steps and n runs the band is z s / sqrt(n) + log(2 T / 0.05) / (3 n), with the normal
    quantile z of 1 - 0.05 / (2 T) (Bonferroni).  The second term is from Bernstein's inequality for
    values in [0, 1].  It covers rare runs that are not among the n.

    A finite hive differs from its replicator by chance and by a shift of its mean in proportion to
    1 / N.  A table of the same system at half the size shows that shift: 2 mean(N) - mean(N / 2) is
    the mean for N to infinity, to order 1 / N.

    Args:
        first: A table of `ensemble(keep="summary")`.  One of a single run counts as exact, as a
            replicator is.
        second: Another one.
        measure: The column without its ending: "optimal_share", "mean_payoff", "share_0", and for a
            game "p0_share_0", "p0_payoff"; or several, whose differences count together.
        halved: For each of the two, a table of the same system at half its size, or None to take
            it as it is.

    Raises:
        ValueError: Tables without this measure, with several rows per step, or with no common
            steps.
    """
    names = [measure] if isinstance(measure, str) else list(measure)
    parts = [_common_curves(first, second, name, halved) for name in names]
    curves, several = pd.concat(parts), len(names) > 1
    tail = (1.0 - _CONFIDENCE) / (2.0 * len(curves))
    difference = (curves["mean_first"] - curves["mean_second"]).to_numpy()
    error = np.sqrt((curves["variance_first"] + curves["variance_second"]).to_numpy())
    rare = (curves["weight_first"] + curves["weight_second"]).to_numpy() * -np.log(tail) / 3.0
    band = -special.ndtri(tail) * error + rare + _ROUNDING
    greatest = int(np.argmax(np.abs(difference)))
    return Distance(
        steps=curves.index.to_numpy(),
        difference=difference,
        band=band,
        rms=float(np.sqrt(np.mean(difference**2))),
        rms_error=float(np.sqrt(np.mean(error**2))),
        allowed=_allowed(first, second),
        greatest=float(abs(difference[greatest])),
        greatest_error=float(band[greatest]),
        at_step=float(curves.index[greatest]),
        measures=tuple(name for name in names for _ in parts[0].index) if several else (),
    )


def verdict(as_is: Distance, limit: Distance | None) -> str:
    """Whether two means are equal, in words.

    Args:
        as_is: The distance of the means.
        limit: The distance without the shift of finite size, or None where it is not known.
    """
    if as_is.equal:
        return "equal within error" if as_is.telling else "too few runs to tell"
    if limit is not None and limit.equal:
        return "equal within error but for finite size" if limit.telling else "too few runs to tell"
    return "not equal"


def _common_curves(
    first: pd.DataFrame,
    second: pd.DataFrame,
    measure: str,
    halved: Sequence[pd.DataFrame | None],
) -> pd.DataFrame:
    """The curves of both at their common steps; the columns of `_curve` with _first and _second."""
    curves = {}
    for name, table, half in zip(("first", "second"), (first, second), halved, strict=True):
        curves[name] = _curve(table, half, measure, name)
    for name, curve in curves.items():
        if curve.index.has_duplicates:
            raise ValueError(
                f"{name} must have one row per step; it has several, "
                "of more than one system perhaps"
            )
    both = curves["first"].add_suffix("_first")
    both = both.join(curves["second"].add_suffix("_second"), how="inner")
    if both.empty:
        raise ValueError("first and second must have recorded steps in common")
    return both


def _curve(table: pd.DataFrame, half: pd.DataFrame | None, measure: str, name: str) -> pd.DataFrame:
    """By step the mean, its variance, and the weight of one run in it (0 for an exact curve)."""
    needed = {"step", "runs", f"{measure}_mean", f"{measure}_std"}
    for each in (table, half):
        if each is not None and not needed <= set(each.columns):
            missing = ", ".join(sorted(needed - set(each.columns)))
            raise ValueError(
                f"{name} must be a table of ensemble(keep='summary') with {measure}; "
                f"it lacks {missing}"
            )
    runs = table["runs"]
    curve = pd.DataFrame(
        {
            "mean": table[f"{measure}_mean"],
            "variance": table[f"{measure}_std"] ** 2 / runs,
            "weight": np.where(runs > 1, 1.0 / runs, 0.0),
        }
    ).set_index(pd.Index(table["step"], name="step"))
    if half is None:
        return curve
    other = _curve(half, None, measure, name)
    curve, other = curve.align(other, join="inner", axis=0)
    return pd.DataFrame(
        {
            "mean": 2.0 * curve["mean"] - other["mean"],
            "variance": 4.0 * curve["variance"] + other["variance"],
            "weight": 2.0 * curve["weight"] + other["weight"],
        }
    )


def _allowed(first: pd.DataFrame, second: pd.DataFrame) -> float:
    """The quantile of Student's distribution for the fewer runs of the two."""
    fewest = min(
        (int(table["runs"].min()) for table in (first, second) if table["runs"].min() > 1),
        default=2,
    )
    return float(special.stdtrit(fewest - 1, 1.0 - (1.0 - _CONFIDENCE) / 2.0))
