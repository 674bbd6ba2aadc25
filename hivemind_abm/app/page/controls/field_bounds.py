"""The bounds of a number among the fields of a rule, bandit or learner.

Knows: how bounds are stated, and how those from 0 to 1 are found by trying.
Does not know: how a field is shown.
"""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

__all__ = ["Bounds", "bounds_of"]

_STEPS = 100  # of a slider, at least
_STEP = 0.01  # of a slider from 0 to 1
_INSIDE, _OUTSIDE = 0.5, (-0.001, 1.001)


@dataclass(frozen=True)
class Bounds:
    """The numbers that a slider offers.

    Attributes:
        low: The smallest.
        high: The largest.
        step: Between two of them.
    """

    low: float
    high: float
    step: float


def bounds_of(
    cls: type, field: "dataclasses.Field[Any]", hint: Any, fixed: Mapping[str, Any]
) -> Bounds | None:
    """The bounds of a field, or None where it has none.

    They are those of `dataclasses.field(metadata={"bounds": (low, high)})`.  Without, a float has
    the bounds 0 and 1 if the class accepts 0.5 but neither -0.001 nor 1.001; if it does not accept
    0 or 1 itself, the next number of the slider is the bound.

    Args:
        cls: The class, a frozen dataclass.
        field: One of its fields.
        hint: The field's type.
        fixed: The values of other fields with which the class is built.
    """
    stated = field.metadata.get("bounds")
    if stated is not None:
        return _stated(stated, hint is int)
    if hint is not float:
        return None
    try:
        return _tried(cls, field.name, frozenset(fixed.items()))
    except TypeError:  # a value that has no hash
        return None


def _stated(bounds: Any, whole: bool) -> Bounds | None:
    try:
        low, high = map(float, bounds)
    except (TypeError, ValueError):
        return None
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        return None
    return Bounds(
        low, high, 1.0 if whole else 10.0 ** math.floor(math.log10((high - low) / _STEPS))
    )


@lru_cache(maxsize=512)
def _tried(cls: type, name: str, fixed: frozenset[tuple[str, Any]]) -> Bounds | None:
    def accepts(value: float) -> bool:
        try:
            cls(**{**dict(fixed), name: value})
        except (Exception, SystemExit):  # whatever the class raises, it is a refusal
            return False
        return True

    if any(map(accepts, _OUTSIDE)) or not accepts(_INSIDE):
        return None
    low = next(filter(accepts, (0.0, _STEP)), None)
    high = next(filter(accepts, (1.0, 1.0 - _STEP)), None)
    return None if low is None or high is None else Bounds(low, high, _STEP)
