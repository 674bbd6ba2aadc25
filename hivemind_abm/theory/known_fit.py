"""How a measured drift compares with one known dynamic, in numbers and in words.

Knows: what "equal" and "proportional" mean, and how numbers with errors are written.  Does not
know: how the comparison is made, nor which of several dynamics is the best (`nearest`).
"""

import math
from dataclasses import dataclass
from typing import Any

from hivemind_abm.theory.dynamics import replicator, symbol_of
from hivemind_abm.theory.fit import LEVEL
from hivemind_abm.theory.least_squares import BestFit

__all__ = ["KnownFit"]

_SURE = 3.0  # standard errors from 0


@dataclass(frozen=True)
class KnownFit:
    """How a measured drift compares with a known dynamic.

    Attributes:
        name: The dynamic's name.
        parameter: The name of its parameter, or None.
        best: The best multiple with the best value of the parameter.
        rms: The root mean square of the difference that is left by these.
        p: The probability that chance leaves as much.
        once: The dynamic itself, not a multiple of it, with the best value of the parameter.
        once_rms: As rms, for that.
        once_p: As p, for that.
    """

    name: str
    parameter: str | None
    best: BestFit
    rms: float
    p: float
    once: BestFit
    once_rms: float
    once_p: float

    @property
    def equal(self) -> bool:
        """Whether the drift is that of the dynamic, within error, with some parameter."""
        return self.once_p >= LEVEL

    @property
    def proportional(self) -> bool:
        """Whether the drift is a multiple of the dynamic, other than 0, within error."""
        return self.p >= LEVEL and abs(self.best.factor) > _SURE * self.best.factor_error

    @property
    def fits(self) -> bool:
        """Whether the dynamic or a multiple of it is the drift, within error."""
        return self.equal or self.proportional

    @property
    def complexity(self) -> int:
        """How much is chosen for the fit: 0 nothing, 1 a multiple, 2 a parameter, 3 both."""
        return 2 * (self.parameter is not None) + (not self.equal)

    @property
    def determined(self) -> bool:
        """Whether the measurement determines the multiple, and the parameter if there is one."""
        sure = math.isfinite(self.best.factor_error)
        return sure and not self.best.value < _SURE * self.best.value_error

    @property
    def follows(self) -> str:
        """One of "equal", "proportional", "limit" and "no", within error.

        It is "limit" where it fits, but its parameter can't be told from a limit: it is less than 3
        standard errors from 0, or one of the limits of the search.
        """
        if self.fits and self.shown.value < _SURE * self.shown.value_error:
            return "limit"
        return "equal" if self.equal else "proportional" if self.proportional else "no"

    @property
    def shown(self) -> BestFit:
        """The dynamic itself where the drift is equal to it, else the best multiple."""
        return self.once if self.equal else self.best

    @property
    def shown_rms(self) -> float:
        """The rms that `shown` leaves."""
        return self.once_rms if self.equal else self.rms

    @property
    def shown_p(self) -> float:
        """The probability that chance leaves as much as `shown` does."""
        return self.once_p if self.equal else self.p

    @property
    def multiple(self) -> str:
        """The best multiple with its standard error."""
        return _with_error(self.best.factor, self.best.factor_error)

    @property
    def setting(self) -> str:
        """The parameter, such as "tau = 0.2 +- 0.01"; empty without one."""
        if self.parameter is None:
            return ""
        return f"{self.parameter} = {_with_error(self.shown.value, self.shown.value_error)}"

    @property
    def label(self) -> str:
        """The dynamic's symbol with its multiple, for a figure."""
        symbol = symbol_of(replicator(self.name))
        return symbol if self.equal else f"{self.best.factor:.3g} times {symbol}"

    @property
    def in_words(self) -> str:
        """The dynamic with its multiple and its parameter; each has its standard error."""
        name = f"{self.name} with {self.setting}" if self.parameter else self.name
        return f"equal to {name}" if self.equal else f"{self.multiple} times {name}"

    def summary(self) -> dict[str, Any]:
        """The row of `Nearest.table`."""
        return {
            "dynamic": self.name,
            "follows": self.follows,
            "multiple": self.best.factor,
            "multiple_error": self.best.factor_error,
            "parameter": self.parameter or "",
            "value": self.best.value,
            "value_error": self.best.value_error,
            "rms": self.rms,
            "p": self.p,
            "once_value": self.once.value,
            "once_value_error": self.once.value_error,
            "once_rms": self.once_rms,
            "once_p": self.once_p,
        }


def _with_error(value: float, error: float) -> str:
    """A number and its standard error, with two digits of the error."""
    if not math.isfinite(error):
        return f"{value:.3g} (undetermined)"
    digits = max(0, 1 - math.floor(math.log10(error))) if error > 0.0 else 4
    return f"{value:.{digits}f} +- {error:.{digits}f}"
