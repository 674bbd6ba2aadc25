"""Numbers that sum up a table of runs: how far two mean curves are apart and how sure that is, consensus, regret.

Knows: the tables of `ensemble` and `mesa.batch_run`, and what chance does to them.  Does not know: how they came about.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.names import find_bandit
from hivemind_abm.engine.stream import Stream
from hivemind_abm.registry import build_parts

__all__ = [
    "Distance",
    "WrongConsensus",
    "consensus_times",
    "cumulative_regret",
    "distance",
    "reward_histogram",
    "verdict",
    "wrong_consensus",
]

CONFIDENCE = 0.95
_ROUNDING = 1e-12


class WrongConsensus(NamedTuple):
    """The share of runs in consensus on a wrong option, its standard error, and the share of runs that are undecided."""

    value: float
    error: float
    undecided: float


@dataclass(frozen=True)
class Distance:
    """How far two mean curves are apart, and what chance alone accounts for.

    Attributes:
        steps: The steps at which both are recorded, shape (T,).
        difference: First minus second at these steps, shape (T,).
        band: Half the width of the band in which, were both means the same, all T differences would lie together with a
            probability of at least 95 %, shape (T,).
        rms: Root mean square of the differences.
        rms_error: Root mean square of their standard errors: the rms that chance alone would give.
        allowed: How many times that the rms is at most with a probability of 95 %, were both means the same.
        greatest: The largest difference, without its sign.
        greatest_error: Half the width of the band at that step.
        at_step: That step.
    """

    steps: np.ndarray = field(repr=False)
    difference: np.ndarray = field(repr=False)
    band: np.ndarray = field(repr=False)
    rms: float
    rms_error: float
    allowed: float
    greatest: float
    greatest_error: float
    at_step: float

    @property
    def equal(self) -> bool:
        """Whether the means are equal within error: the rms is no larger than chance allows."""
        return self.rms <= self.allowed * self.rms_error + _ROUNDING

    @property
    def telling(self) -> bool:
        """Whether there are runs enough that a difference of a tenth of the scale would show."""
        return self.allowed * self.rms_error <= 0.1

    def __str__(self) -> str:
        return (
            f"rms {self.rms:.4f} +- {self.rms_error:.4f}, greatest {self.greatest:.4f} +- {self.greatest_error:.4f} "
            f"at step {self.at_step:g}: {verdict(self, None)}"
        )


def distance(
    first: pd.DataFrame,
    second: pd.DataFrame,
    measure: str = "optimal_share",
    *,
    halved: Sequence[pd.DataFrame | None] = (None, None),
) -> Distance:
    """The distance between two mean curves, with its Monte-Carlo error.

    The means are called equal if their rms distance is at most t times its error, with t the 97.5 % quantile of Student's
    distribution for the fewer runs of the two (1.96 for many).  However the steps depend on each other, chance exceeds that in at
    most 5 % of cases: among all sums of squares of normal numbers with the same mean, that of one number has the heaviest tail
    (Szekely & Bakirov, Probab. Theory Relat. Fields 126, 2003).

    The band is, at T steps and for n runs, z s / sqrt(n) + log(2 T / 0.05) / (3 n) with the normal quantile z of 1 - 0.05 / (2 T)
    (Bonferroni): the second term, from Bernstein's inequality for values in [0, 1], covers what rare runs add that none of the n
    has shown.

    A finite hive differs from its replicator by chance and by a shift of its mean in proportion to 1 / N.  With a table of the
    same system at half the size that shift is known: 2 mean(N) - mean(N / 2) is the mean for N to infinity, to order 1 / N.

    Args:
        first, second: Tables of `ensemble(keep="summary")`; one of a single run counts as exact, which a replicator is.
        measure: The column without its ending: "optimal_share", "mean_payoff", "share_0" ...
        halved: For each of the two, a table of the same system at half its size, or None to take it as it is.

    Raises:
        ValueError: Tables without this measure, or without common steps.
    """
    curves = [
        _curve(table, half, measure, place)
        for table, half, place in zip((first, second), halved, ("first", "second"), strict=True)
    ]
    for name, curve in zip(("first", "second"), curves, strict=True):
        if curve.index.has_duplicates:
            raise ValueError(
                f"{name} must have one row a step; it has several, of more than one system perhaps"
            )
    both = curves[0].add_suffix("_first").join(curves[1].add_suffix("_second"), how="inner")
    if both.empty:
        raise ValueError("first and second must have recorded steps in common")
    tail = (1.0 - CONFIDENCE) / (2.0 * len(both))
    difference = (both["mean_first"] - both["mean_second"]).to_numpy()
    error = np.sqrt((both["variance_first"] + both["variance_second"]).to_numpy())
    rare = (both["weight_first"] + both["weight_second"]).to_numpy() * -np.log(tail) / 3.0
    band = -special.ndtri(tail) * error + rare + _ROUNDING
    fewest = min(
        (int(table["runs"].min()) for table in (first, second) if table["runs"].min() > 1),
        default=2,
    )
    greatest = int(np.argmax(np.abs(difference)))
    return Distance(
        steps=both.index.to_numpy(),
        difference=difference,
        band=band,
        rms=float(np.sqrt(np.mean(difference**2))),
        rms_error=float(np.sqrt(np.mean(error**2))),
        allowed=float(special.stdtrit(fewest - 1, 1.0 - (1.0 - CONFIDENCE) / 2.0)),
        greatest=float(abs(difference[greatest])),
        greatest_error=float(band[greatest]),
        at_step=float(both.index[greatest]),
    )


def verdict(as_is: Distance, limit: Distance | None) -> str:
    """What a distance says, with the one that is left without the shift of finite size where that is known."""
    if as_is.equal:
        return "equal within error" if as_is.telling else "too few runs to tell"
    if limit is not None and limit.equal:
        return "equal within error but for finite size" if limit.telling else "too few runs to tell"
    return "not equal"


def reward_histogram(
    bandit: Bandit,
    option: int,
    shares: np.ndarray,
    seed: Any = 0,
    pulls: int = 20_000,
    bins: int = 50,
) -> tuple[np.ndarray, np.ndarray]:
    """The density of an option's rewards at given shares, from so many pulls.

    Returns:
        The middles of the bins, which cover [0, 1], and the density in each, shape (bins,) both.
    """
    rng = Stream(seed)
    rewards = [bandit.pull(option, shares, rng) for _ in range(pulls)]
    density, edges = np.histogram(rewards, bins, range=(0.0, 1.0), density=True)
    return (edges[:-1] + edges[1:]) / 2.0, density


def _curve(
    table: pd.DataFrame, half: pd.DataFrame | None, measure: str, place: str
) -> pd.DataFrame:
    """By step: the mean, the variance of that mean, and the weight of one run in it (0 for an exact curve)."""
    needed = {"step", "runs", f"{measure}_mean", f"{measure}_std"}
    for given in (table, half):
        if given is not None and not needed <= set(given.columns):
            missing = ", ".join(sorted(needed - set(given.columns)))
            raise ValueError(
                f"{place} must be a table of ensemble(keep='summary') with {measure}; it lacks {missing}"
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
    other = _curve(half, None, measure, place)
    curve, other = curve.align(other, join="inner", axis=0)
    return pd.DataFrame(
        {
            "mean": 2.0 * curve["mean"] - other["mean"],
            "variance": 4.0 * curve["variance"] + other["variance"],
            "weight": 2.0 * curve["weight"] + other["weight"],
        }
    )


def consensus_times(table: pd.DataFrame) -> pd.Series:
    """The first recorded step of each run at which one share is 1, NaN for a run that ends without.

    Args:
        table: Rows of `ensemble` or `mesa.batch_run`: all recorded steps of each run, or only the last of runs with
            `stop_if_end=True`, for which that is the step of consensus.

    Returns:
        Indexed by RunId, in steps.

    Raises:
        ValueError: Only the last step of runs that don't stop at consensus, or not every step of runs that do; rows of more than
            one system.
    """
    _check_rows(table)
    by_run = table.groupby("RunId")
    stops = "stop_if_end" in table and bool(table["stop_if_end"].all())
    if stops and (by_run["Step"].diff().dropna() > 1.0).any():
        raise ValueError(
            "table must hold every step of runs with stop_if_end=True, or only the last: they stop in between"
        )
    if not stops and (by_run.size() == 1).all() and (table["Step"] > 0).any():
        raise ValueError(
            "table must hold all steps of each run, or the last of runs with stop_if_end=True, to show consensus times"
        )
    times = table["Step"].where(table["consensus"].astype(bool)).groupby(table["RunId"]).min()
    return times.rename("consensus_time")


def wrong_consensus(table: pd.DataFrame) -> WrongConsensus:
    """The share of runs that end in consensus on another option than the best, with its standard error.

    A learner is in consensus once its policy gives an option all probability (to double precision), which may take long.

    Args:
        table: Rows of `ensemble` or `mesa.batch_run`; each run's last one counts, so runs that stop at consensus must show it.

    Returns:
        The share, the standard error of a share of so many runs (that of 1 run in n where it is 0 or 1), and the share of runs
        that are in no consensus at their end.

    Raises:
        ValueError: As for `consensus_times`.
    """
    _check_rows(table)
    stops = "stop_if_end" in table and bool(table["stop_if_end"].all())
    if stops and (table.groupby("RunId")["Step"].diff().dropna() > 1.0).any():
        raise ValueError(
            "table must hold every step of runs with stop_if_end=True, or only the last: they stop in between"
        )
    last = table.sort_values("Step").groupby("RunId").tail(1)
    wrong = last["consensus"].astype(bool) & (last["optimal_share"] < 0.5)
    runs, share = len(last), float(wrong.mean())
    likely = min(max(share, 1.0 / runs), 1.0 - 1.0 / runs) if runs > 1 else 0.5
    undecided = 1.0 - float(last["consensus"].astype(bool).mean())
    return WrongConsensus(share, float(np.sqrt(likely * (1.0 - likely) / runs)), undecided)


def cumulative_regret(table: pd.DataFrame, bandit: Any) -> pd.Series:
    """What has been missed up to each row: the sum over the steps so far of best reward - mean payoff.

    The best reward is the expected reward at the bandit's optimal shares.  Between recorded steps the payoff is interpolated.

    Args:
        table: From `ensemble`, `mesa.batch_run` or a model's datacollector: with mean_payoff or mean_payoff_mean, and Step or
            step, or one row a step; from step 0 on.
        bandit: Where the payoffs come from, as for `Hive`.

    Returns:
        One number a row, in rewards; each run has its own sum, which ends where a run with `stop_if_end` stops.

    Raises:
        ValueError: Rows of more than one system, or that don't begin at step 0.
    """
    column = "mean_payoff" if "mean_payoff" in table else "mean_payoff_mean"
    if column not in table:
        raise ValueError("table must have a column mean_payoff or mean_payoff_mean")
    (the_bandit,) = build_parts([find_bandit(bandit)], {}, [])
    shares = np.asarray(the_bandit.optimal_shares(), float)
    missed = float(shares @ np.asarray(the_bandit.expected_rewards(shares), float)) - table[column]
    step = (
        table["Step"]
        if "Step" in table
        else table["step"]
        if "step" in table
        else pd.Series(np.arange(len(table)), table.index)
    )
    run = table["RunId"] if "RunId" in table else pd.Series(0, table.index)
    order = np.lexsort((step.to_numpy(), run.to_numpy()))
    values, steps, runs = (
        missed.to_numpy()[order],
        step.to_numpy(float)[order],
        run.to_numpy()[order],
    )
    first = np.concatenate(([True], runs[1:] != runs[:-1]))
    if (steps[first] != 0.0).any():
        raise ValueError(f"table must begin at step 0 of each run, not at {steps[first].max():g}")
    if (~first[1:] & (np.diff(steps) == 0.0)).any():
        raise ValueError(
            "table must have one row a run and step; it has several, of more than one system perhaps"
        )
    # n steps after a recorded step with payoff a, up to one with payoff b: a + (b - a) i / n for i = 1 .. n
    gap = np.diff(steps, prepend=steps[0])
    before = np.concatenate((values[:1], values[:-1]))
    added = np.where(first, values, gap * before + (values - before) * (gap + 1.0) / 2.0)
    total = np.cumsum(added)
    start = np.maximum.accumulate(np.where(first, np.arange(len(total)), 0))
    result = np.empty(len(total))
    result[order] = total - (total - added)[start]
    return pd.Series(result, table.index, name="cumulative_regret")


def _check_rows(table: pd.DataFrame) -> None:
    missing = {"RunId", "Step", "consensus", "optimal_share"} - set(table.columns)
    if missing:
        raise ValueError(
            f"table must be rows of ensemble or mesa.batch_run; it lacks {', '.join(sorted(missing))}"
        )
    if table.duplicated(["RunId", "Step"]).any():
        raise ValueError(
            "table must have one row a run and step; it has several, of more than one system perhaps"
        )
