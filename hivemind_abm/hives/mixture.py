"""The rules of a hive, and how many bees follow each.

Knows: how users write one rule or several, and how shares become numbers of bees.  Does not know:
what the rules do.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hivemind_abm.hives.starting import counts_of_shares

__all__ = ["is_mixture", "numbers_of_bees", "rules_and_weights"]


def rules_and_weights(rule: Any) -> tuple[list[Any], list[Any] | None]:
    """The argument `rule` of a hive, taken apart.

    Args:
        rule: One rule, in any form that `find_rule` takes; or a list of pairs of such a rule and
            its share of the bees, or its number of bees.

    Returns:
        The rules, not yet found, and their shares or numbers; None for one rule.

    Raises:
        ValueError: An empty list, or an item that is no pair.
    """
    if not isinstance(rule, list | tuple):
        return [rule], None
    pairs = [
        tuple(item) if isinstance(item, list | tuple) and len(item) == 2 else None for item in rule
    ]
    if not pairs or None in pairs:
        raise ValueError(
            'rule must be a rule, or a list of pairs [("wvoter", 0.9), ("success", 0.1)] of a rule '
            f"and its share of the bees, not {rule!r}"
        )
    found = [pair for pair in pairs if pair is not None]
    return [pair[0] for pair in found], [pair[1] for pair in found]


def is_mixture(rule: Any) -> bool:
    """Whether plain data is several rules: a list of pairs of a text and a number, not a choice."""
    return (
        isinstance(rule, list | tuple)
        and len(rule) > 0
        and all(
            isinstance(pair, list | tuple)
            and len(pair) == 2
            and isinstance(pair[0], str)
            and isinstance(pair[1], int | float | np.number)
            and not isinstance(pair[1], bool)
            for pair in rule
        )
    )


def numbers_of_bees(weights: Sequence[Any], population_size: int) -> tuple[int, ...]:
    """How many bees follow each rule.

    Args:
        weights: Whole numbers that sum to N, or shares that sum to 1; the rules with the largest
            remainders get the bees that are left over.
        population_size: N.

    Raises:
        ValueError, TypeError: Anything else.
    """
    message = (
        f"rule must give each rule a share, which sum to 1, or a number of bees, which sum to "
        f"{population_size}, not {list(weights)!r}"
    )
    for weight in weights:
        if isinstance(weight, bool) or not isinstance(weight, int | float | np.number):
            raise TypeError(message)
    whole = all(isinstance(weight, int | np.integer) for weight in weights)
    if whole and sum(weights) == population_size and min(weights) >= 0:
        return tuple(map(int, weights))
    try:
        counts = counts_of_shares(weights, population_size, len(weights))
    except ValueError:
        raise ValueError(message) from None
    return tuple(counts.tolist())
