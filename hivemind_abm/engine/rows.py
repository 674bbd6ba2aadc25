"""The row of a record, its columns by name, and the interface of what steps in rows.

Knows: the columns of a row and their order.  Does not know: what chose the options or paid the
rewards.
"""

import math
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

__all__ = [
    "MEAN_PAYOFF",
    "NEVER",
    "OPTIMAL_SHARE",
    "SHARES",
    "AnyRows",
    "Batch",
    "Rows",
    "Settings",
    "quorum_of",
    "record_by_steps",
    "starting_shares",
]

# Positions of the columns in a row; the consensus follows the K shares.
OPTIMAL_SHARE, MEAN_PAYOFF, SHARES = 0, 1, 2
NEVER = 2.0  # a quorum that no share reaches

# How much the sum of initial shares may differ from 1; up to the first they are kept as they are.
_DOUBLE_PRECISION, _SINGLE_PRECISION = 1e-9, 1e-6


class Rows:
    """The rows of many runs at one step.

    Args:
        runs: R, the number of runs.
        n_action: K, the number of options.
        uncommitted: Whether bees may hold no option.
        kinds: The number of rules whose bees have shares of their own in the row; 0 for none.

    Attributes:
        columns: The names of the columns.
        values: One row per run, shape (R, columns), in the order of `columns`.
    """

    def __init__(self, runs: int, n_action: int, uncommitted: bool = False, kinds: int = 0) -> None:
        self.columns = self.names(n_action, uncommitted, kinds)
        self.values = np.zeros((runs, len(self.columns)))
        self._end = SHARES + n_action  # the column after the shares
        self._consensus = self._end + uncommitted

    @staticmethod
    def names(n_action: int, uncommitted: bool = False, kinds: int = 0) -> list[str]:
        """The columns.

        optimal_share, mean_payoff, share_0 .. share_K-1, then share_none if `uncommitted`, then
        consensus, then for each kind g the shares of its own bees, kind_g_share_0 and so on.
        """
        options = [*map(str, range(n_action)), *(["none"] if uncommitted else [])]
        return [
            "optimal_share",
            "mean_payoff",
            *(f"share_{a}" for a in options),
            "consensus",
            *(f"kind_{kind}_share_{a}" for kind in range(kinds) for a in options),
        ]

    @property
    def optimal_share(self) -> np.ndarray:
        """The summed share of the best options, shape (R,)."""
        return self.values[:, OPTIMAL_SHARE]

    @property
    def mean_payoff(self) -> np.ndarray:
        """The mean of the payoffs pulled with the shares, shape (R,)."""
        return self.values[:, MEAN_PAYOFF]

    @property
    def shares(self) -> np.ndarray:
        """The share of each option, shape (R, K)."""
        return self.values[:, SHARES : self._end]

    @property
    def consensus(self) -> np.ndarray:
        """1.0 where one share is 1, else 0.0, shape (R,)."""
        return self.values[:, self._consensus]

    def entry(self, run: int, place: int) -> float | bool:
        """The value in the column at position `place` of `names`, in the row of one run."""
        value = self.values[run, place].item()
        return bool(value) if place == self._consensus else float(value)


def starting_shares(initial_shares: Any, n_action: int) -> np.ndarray:
    """The argument `initial_shares` as an array, shape (K,); None means even shares.

    Shares whose sum differs from 1 by the rounding of single precision are divided by their sum.

    Raises:
        ValueError: Anything but K numbers of at least 0 that sum to 1.
    """
    if initial_shares is None:
        return np.full(n_action, 1.0 / n_action)
    try:
        shares = np.array(
            [math.nan if isinstance(share, str) else share for share in initial_shares], float
        )
    except (TypeError, ValueError):
        shares = np.zeros(0)
    valid = shares.shape == (n_action,) and bool((shares >= 0.0).all())
    total = float(shares.sum())
    error = abs(total - 1.0)
    if not valid or not error <= _SINGLE_PRECISION:
        wrong = f", with the sum {total:.10g}" if valid else ""
        raise ValueError(
            f"initial_shares must be {n_action} numbers of at least 0 that sum to 1, "
            f"one for each option, not {initial_shares!r}{wrong}"
        )
    return shares if error <= _DOUBLE_PRECISION else shares / total


def quorum_of(stop_if_end: Any) -> float:
    """The argument `stop_if_end` as the share of an option that stops a run; 2.0 for never.

    Raises:
        ValueError, TypeError: Neither a truth value nor a share above 0 and at most 1.
    """
    if isinstance(stop_if_end, bool | np.bool_):
        return 1.0 if stop_if_end else NEVER
    message = (
        "stop_if_end must be True, False or the share of an option that stops the run, "
        f"above 0 and at most 1, not {stop_if_end!r}"
    )
    if isinstance(stop_if_end, str) or not isinstance(stop_if_end, int | float | np.number):
        raise TypeError(message)
    if not 0.0 < stop_if_end <= 1.0:
        raise ValueError(message)
    quorum = float(stop_if_end)
    return quorum if quorum == 1.0 else quorum - _DOUBLE_PRECISION


def record_by_steps(batch: "Batch", rows: int, every: int) -> np.ndarray:
    """Do `rows` times `every` steps of a batch and return the rows, shape (rows, R, columns)."""
    record = np.empty((rows, *batch.rows.values.shape))
    for row in range(rows):
        batch.advance(every)
        record[row] = batch.rows.values
    return record


class AnyRows(Protocol):
    """The rows of many runs at one step, as `Rows` are.

    Attributes:
        columns: The names of the columns.
        values: One row per run, shape (R, columns).
    """

    columns: list[str]
    values: np.ndarray

    @property
    def consensus(self) -> np.ndarray:
        """1.0 in consensus, else 0.0, shape (R,)."""
        ...

    def entry(self, run: int, place: int) -> float | bool:
        """The value in the column at position `place`, in the row of one run."""
        ...


class Batch(Protocol):
    """Runs that are stepped together.

    Attributes:
        running: False for a run that has stopped, shape (R,).
        steps_done: The number of steps of each run, shape (R,).
    """

    @property
    def rows(self) -> AnyRows:
        """Their rows after the last step."""
        ...

    running: np.ndarray
    steps_done: np.ndarray

    def step(self) -> None:
        """Do one step.

        After an error, a batch of a single run is left as it was before the step.
        """
        ...

    def advance(self, steps: int) -> None:
        """Do `steps` steps; only the rows of the last one are measured."""
        ...

    def record(self, rows: int, every: int) -> np.ndarray:
        """Do `rows` times `every` steps and return the rows, shape (rows, R, columns)."""
        ...


class Settings(Protocol):
    """The checked arguments of a model, without its seed."""

    @property
    def n_action(self) -> int:
        """K, the number of options."""
        ...

    @property
    def columns(self) -> list[str]:
        """The columns of its rows, as of `Rows.names`."""
        ...

    @property
    def work(self) -> int:
        """The approximate cost of one step of one run, in bee-steps."""
        ...

    @property
    def deterministic(self) -> bool:
        """Whether the model is free of chance, so that all runs are the same."""
        ...

    def batch(self, seeds: Sequence[Any]) -> Batch:
        """Runs with these settings, one per seed."""
        ...
