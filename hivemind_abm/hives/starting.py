"""How a hive starts: how many bees hold each option, and which bee holds which.

Knows: how shares are rounded to bees, and the order in which options are dealt out.  Does not know:
what happens afterwards.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hivemind_abm.engine.loops import compiled
from hivemind_abm.engine.rows import starting_shares
from hivemind_abm.engine.stream import stream_on

__all__ = ["checked_shares", "counts_of_shares", "deal_out", "starting_counts"]


def checked_shares(initial_shares: Any, n_action: int, none: bool, rules: int) -> Any:
    """The argument `initial_shares` as tuples of numbers, or None.

    Args:
        initial_shares: K numbers that sum to 1, with `none` also K + 1; or such a row for each of
            several rules; or None.
        n_action: K.
        none: Whether a bee may hold no option.
        rules: The number of rules.

    Raises:
        ValueError: Anything else.
    """
    if initial_shares is None:
        return None
    rows = _rows(initial_shares, rules)
    if rows is not None:
        return tuple(tuple(_one_row(row, n_action, none).tolist()) for row in rows)
    return tuple(_one_row(initial_shares, n_action, none).tolist())


def starting_counts(
    initial_shares: Any, numbers: Sequence[int], n_action: int, none: bool
) -> np.ndarray:
    """How many bees of each rule start with each option.

    Args:
        initial_shares: As for `checked_shares`.
        numbers: How many bees follow each rule.
        n_action: K.
        none: Whether a bee may hold no option.

    Returns:
        Shape (rules, K), with `none` (rules, K + 1).

    Raises:
        ValueError: Shares that are not as described.
    """
    rows = _rows(initial_shares, len(numbers)) or [initial_shares] * len(numbers)
    counts = np.zeros((len(numbers), n_action + none), np.int64)
    for place, (row, bees) in enumerate(zip(rows, numbers, strict=True)):
        shares = _one_row(row, n_action, none)
        counts[place, : shares.size] = counts_of_shares(shares, bees, shares.size)
    return counts


def counts_of_shares(initial_shares: Any, population_size: int, n_action: int) -> np.ndarray:
    """How many bees start with each option, shape (K,).

    The options with the largest remainders get the bees that are left over, the first of them where
    remainders are equal.

    Args:
        initial_shares: K numbers that sum to 1, or None for even shares.
        population_size: N.
        n_action: K.

    Raises:
        ValueError: Anything but K numbers of at least 0 that sum to 1.
    """
    shares = starting_shares(initial_shares, n_action)
    exact = np.round(shares * population_size, 9)
    counts = np.floor(exact).astype(np.int64)
    missing = population_size - int(counts.sum())
    counts[np.argsort(counts - exact, kind="stable")[:missing]] += 1
    return counts


def deal_out(
    counts: np.ndarray,
    numbers: Sequence[int] | np.ndarray,
    opinions: np.ndarray,
    follows: np.ndarray,
    streams: np.ndarray | None,
    *,
    in_turn: bool = True,
) -> None:
    """Give each bee its first opinion, and its rule.

    Args:
        counts: Bees of each rule on each option, shape (rules, options).
        numbers: How many bees follow each rule.
        opinions: Gets the opinions, shape (R, N).
        follows: Gets the number of each bee's rule, shape (R, N), or (R, 0) if there is one rule.
        streams: The streams with which the bees of each run are shuffled, shape (R, 4); None for no
            shuffle.
        in_turn: Whether the options take turns, else one option follows the other.
    """
    opinions[:] = np.concatenate([_dealt(held, in_turn) for held in counts])
    if follows.shape[1]:
        follows[:] = np.repeat(np.arange(len(counts)), numbers)
    if streams is not None:
        for one, rule, state in zip(opinions, follows, streams, strict=True):
            _shuffle(one, rule, state)


def _dealt(counts: np.ndarray, in_turn: bool) -> np.ndarray:
    """The opinions of the bees of one rule, shape (bees,)."""
    options = np.repeat(np.arange(counts.size, dtype=np.int32), counts)
    if not in_turn:
        return options
    turns = np.arange(options.size) - np.repeat(np.cumsum(counts) - counts, counts)
    return options[np.argsort(turns, kind="stable")]


def _rows(initial_shares: Any, rules: int) -> list[Any] | None:
    """The rows of shares for several rules, or None where there is one row for all."""
    if rules == 1 or initial_shares is None or isinstance(initial_shares, str):
        return None
    try:
        rows = list(initial_shares)
        nested = [hasattr(row, "__len__") and not isinstance(row, str) for row in rows]
    except TypeError:
        return None
    if not any(nested):
        return None
    if not all(nested) or len(rows) != rules:
        raise ValueError(
            f"initial_shares must be one row of shares, or one for each of the {rules} rules, "
            f"not {initial_shares!r}"
        )
    return rows


def _one_row(shares: Any, n_action: int, none: bool) -> np.ndarray:
    """One row of shares, shape (K,) or (K + 1,)."""
    with_none = none and shares is not None and np.shape(shares) == (n_action + 1,)
    return starting_shares(shares, n_action + with_none)


@compiled
def _shuffle(opinions, follows, state):
    """Shuffle the bees in place (Fisher & Yates)."""
    rng = stream_on(state, 0)
    for i in range(opinions.size - 1, 0, -1):
        j = rng.integers(i + 1)
        opinions[i], opinions[j] = opinions[j], opinions[i]
        if follows.size:
            follows[i], follows[j] = follows[j], follows[i]
