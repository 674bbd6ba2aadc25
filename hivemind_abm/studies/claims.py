"""Claims of a model: a published number, how it is measured here, and whether it holds.

Knows: claims and estimates, and how a model's claims are measured.  Does not know: any model.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hivemind_abm import checks
from hivemind_abm.loading import load_module
from hivemind_abm.results import Result

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CANNOT_TELL",
    "FAILS",
    "HOLDS",
    "Claim",
    "Estimate",
    "Verification",
    "Verified",
    "claims_of",
    "estimate",
    "measure",
    "verify",
]

_ERRORS = 4.0  # by so many standard errors a measured number may differ from the published one
HOLDS, FAILS, CANNOT_TELL = "holds", "FAILS", "CANNOT TELL"


class Estimate(NamedTuple):
    """A measured number.

    Attributes:
        value: The number.
        error: Its standard error; 0 where it is computed, not sampled.
    """

    value: float
    error: float = 0.0


@dataclass(frozen=True)
class Claim:
    """A number that a paper states, and how this package measures it.

    Attributes:
        what: What the number is, in a few words.
        published: The number.
        source: Where it is stated or what it follows from: "eq. 7", "abstract", "Fig. 2".
        measure: `measure(quick)` returns an `Estimate` or a number that is computed exactly.  With
            `quick` it takes fewer runs.
        otherwise: What the number would be without the effect: of the plain voter, of chance.  A
            measurement that cannot tell `published` from it proves nothing.
        seconds: What a full measurement takes on two cores, about.
        within: How far the published number itself may be off, above 0: its rounding, or the error
            of a formula for infinitely many bees, with the reason in a comment.

    Raises:
        ValueError, TypeError: With the field, its value and what is allowed.
    """

    what: str
    published: float
    source: str
    measure: Callable[[bool], "Estimate | float"]
    otherwise: float
    seconds: float = 1.0
    within: float = 1e-9

    def __post_init__(self) -> None:
        for name in ("published", "otherwise"):
            checks.number(name, getattr(self, name), -math.inf, math.inf)
        checks.number("within", self.within, 0.0, math.inf, above=True)
        checks.number("seconds", self.seconds, 0.0, math.inf)
        if not callable(self.measure):
            raise TypeError(f"measure must be a function measure(quick), not {self.measure!r}")
        if abs(self.published - self.otherwise) <= self.within:
            raise ValueError(
                f"otherwise must differ from published by more than within ({self.within:g}), "
                f"not {self.otherwise:g} beside {self.published:g}: such a claim cannot fail"
            )

    def verdict(self, measured: Estimate) -> str:
        """What a measurement says: "holds", "FAILS", or "CANNOT TELL" where it is too coarse."""
        allowed = self.within + _ERRORS * measured.error
        if not abs(measured.value - self.published) <= allowed:
            return FAILS
        return CANNOT_TELL if abs(measured.value - self.otherwise) <= allowed else HOLDS


def estimate(values: "Sequence[float] | np.ndarray | pd.Series") -> Estimate:
    """The mean of independent runs, with its standard error.

    Args:
        values: One number per run; or True and False, for the share of runs in which something
            happened.

    Returns:
        The mean and its standard error.  For a share the error is that of a share with one run more
        of either kind (Agresti & Coull, Am. Stat. 52, 1998), so that it is never 0.

    Raises:
        ValueError: Fewer than two values, or one that is not finite.
    """
    numbers = np.asarray(values)
    if numbers.ndim != 1 or len(numbers) < 2:
        raise ValueError(f"values must be at least 2 numbers, one per run, not {values!r}")
    n, shares = len(numbers), numbers.dtype == bool
    numbers = numbers.astype(float)
    if not np.isfinite(numbers).all():
        raise ValueError(
            "values must be finite; leave out the runs that have no number, and say so"
        )
    if shares:
        p = (numbers.sum() + 1.0) / (n + 2.0)
        return Estimate(float(numbers.mean()), math.sqrt(p * (1.0 - p) / (n + 2.0)))
    return Estimate(float(numbers.mean()), float(numbers.std(ddof=1) / math.sqrt(n)))


@dataclass(frozen=True)
class Verified:
    """One claim and what was measured.

    Attributes:
        claim: The claim.
        measured: The measurement.
        verdict: See `Claim.verdict`.
        seconds: What it took.
    """

    claim: Claim
    measured: Estimate
    verdict: str
    seconds: float

    @property
    def here(self) -> str:
        """The measured number with its error, as text."""
        value, error = self.measured
        number = f"{value:.{_decimals(self.claim, error)}f}"
        return f"{number} +- {error:.{_of_error(error)}f}" if error > 0.0 else number

    def __str__(self) -> str:
        claim = self.claim
        return f"{claim.what}: published {claim.published:.10g}, here {self.here}: {self.verdict}"


@dataclass(frozen=True, repr=False)
class Verification(Result):
    """The claims of one model, measured.

    Attributes:
        model: The model's name.
        claims: Each claim with its measurement.
        quick: Whether fewer runs were taken.
    """

    model: str
    claims: tuple[Verified, ...]
    quick: bool

    @property
    def holds(self) -> bool:
        """Whether no claim fails, and, unless `quick`, each can tell published from otherwise."""
        wrong = (FAILS,) if self.quick else (FAILS, CANNOT_TELL)
        return not any(each.verdict in wrong for each in self.claims)

    def table(self) -> "pd.DataFrame":
        """One row per claim: model, what, source, published, here, error, verdict, seconds."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "model": self.model,
                    "what": each.claim.what,
                    "source": each.claim.source,
                    "published": each.claim.published,
                    "here": each.measured.value,
                    "error": each.measured.error,
                    "verdict": each.verdict,
                    "seconds": each.seconds,
                }
                for each in self.claims
            ]
        )

    def summary(self) -> dict[str, Any]:
        """The model, whether all claims hold, and each verdict by what it is about."""
        verdicts = {each.claim.what: each.verdict for each in self.claims}
        return {"model": self.model, "holds": self.holds, **verdicts}


def claims_of(file: str | Path) -> tuple[Claim, ...]:
    """The claims of a model's file: its `CLAIMS`; none where it has none.

    Raises:
        ValueError, TypeError: `CLAIMS` is something else; or as for `load_module`.
    """
    claims = getattr(load_module(file), "CLAIMS", ())
    if isinstance(claims, Claim):
        claims = (claims,)
    if not all(isinstance(claim, Claim) for claim in claims):
        raise TypeError(f"CLAIMS in {file} must be a tuple of Claim, not {claims!r}")
    return tuple(claims)


def measure(claim: Claim, quick: bool = False) -> Verified:
    """Measure one claim.

    Raises:
        TypeError: `measure` returns no number.
    """
    start = time.perf_counter()
    measured = claim.measure(quick)
    if not isinstance(measured, Estimate):
        if isinstance(measured, tuple) or not isinstance(measured, int | float | np.number):
            raise TypeError(
                f"the measure of {claim.what!r} must return an Estimate or a number, "
                f"not {measured!r}"
            )
        measured = Estimate(float(measured))
    return Verified(claim, measured, claim.verdict(measured), time.perf_counter() - start)


def verify(file: str | Path, quick: bool = False) -> Verification:
    """Measure all claims of a model's file.

    Args:
        file: The path of the file; it has a tuple `CLAIMS`.
        quick: Take fewer runs.

    Raises:
        ValueError: The file has no claims; or as for `load_module`.
    """
    claims = tuple(measure(claim, quick) for claim in claims_of(file))
    if not claims:
        raise ValueError(f"{file} has no CLAIMS to verify")
    return Verification(Path(file).stem, claims, quick)


def _decimals(claim: Claim, error: float) -> int:
    """The digits after the point that are worth showing."""
    scale = error if error > 0.0 else claim.within
    return min(max(1 - math.floor(math.log10(scale)), 0), 10)


def _of_error(error: float) -> int:
    return min(max(1 - math.floor(math.log10(error)), 0), 10)
