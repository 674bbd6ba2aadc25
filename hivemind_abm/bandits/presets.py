"""Arguments that the built-in bandits share: expected rewards and their bounds.

Knows: how expected rewards are given, by a preset's name or as numbers.  Does not know: bandits.
"""

import math
from collections.abc import Mapping, Set

import numpy as np

from hivemind_abm.bandits.bandit import ROUNDING

__all__ = ["LEVELS", "check_bounds", "named_or_given", "numbers"]

LEVELS = ("near zero", "evenly spaced", "near one")  # the names of the presets


def numbers(name: str, values: object, n_action: int | None = None) -> tuple[float, ...]:
    """A sequence of finite numbers, one for each option.

    Args:
        name: The argument's name, for the error.
        values: The argument.
        n_action: K, or None where any length is allowed.

    Raises:
        TypeError: Not a sequence of numbers.
        ValueError: Not K numbers, or one that is not finite.
    """
    try:
        if isinstance(values, str | bytes | Set | Mapping):
            raise TypeError
        found = tuple(float(value) for value in values)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        raise TypeError(
            f"{name} must be a sequence of numbers, one for each option, not {values!r}"
        ) from None
    if n_action is not None and len(found) != n_action:
        raise ValueError(
            f"{name} must have one number for each of the {n_action} options, not {len(found)}"
        )
    for option, number in enumerate(found):
        if not math.isfinite(number):
            raise ValueError(f"{name} must be finite, not {number} for option {option}")
    return found


def _preset(
    name: object, presets: dict[str, tuple[float, float]], n_action: int
) -> tuple[float, ...]:
    """The evenly spaced numbers of a preset."""
    if not isinstance(name, str) or name not in presets:
        known = ", ".join(repr(known) for known in presets)
        raise ValueError(f"name must be one of {known}, not {name!r}")
    low, high = presets[name]
    return tuple(float(q) for q in np.linspace(low, high, n_action))


def named_or_given(
    name: str | None, q_star: object, presets: dict[str, tuple[float, float]], n_action: int
) -> tuple[float, ...] | None:
    """q_star from a preset or from the caller; None where it is to be drawn.

    Args:
        name: The preset's name, or None.
        q_star: The caller's numbers, or None.
        presets: For each preset the lowest and the highest number.
        n_action: K.

    Raises:
        ValueError: An unknown preset, or a preset together with other numbers.
        TypeError: q_star is not a sequence of numbers.
    """
    given = None if q_star is None else numbers("q_star", q_star, n_action)
    if name is None:
        return given
    preset = _preset(name, presets, n_action)
    if given is not None and given != preset:
        raise ValueError(f"give name ({name!r}) or q_star, not both")
    return preset


def check_bounds(option: int, low: float, high: float) -> None:
    """Check that the rewards of an option, from `low` to `high`, lie in [0, 1].

    Raises:
        ValueError: They could leave [0, 1] by more than rounding; with the option and the bound.
    """
    if low < -ROUNDING:
        raise ValueError(
            f"rewards must lie in [0, 1]; those of option {option} could be as low as {low:.6g}"
        )
    if high > 1.0 + ROUNDING:
        raise ValueError(
            f"rewards must lie in [0, 1]; those of option {option} could be as high as {high:.6g}"
        )
