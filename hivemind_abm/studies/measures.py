"""Numbers that sum up a table of runs: consensus, regret, and an option's rewards.

Knows: the tables of `ensemble` and `mesa.batch_run`.
Does not know: which model the runs are of.
"""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from hivemind_abm.bandits.bandit import ROUNDING, Bandit
from hivemind_abm.bandits.names import find_bandit
from hivemind_abm.bandits.world import World
from hivemind_abm.engine.stream import Stream
from hivemind_abm.registry import build_part
from hivemind_abm.studies.best_now import best_reward, best_rewards, follows_the_step
from hivemind_abm.studies.checked_rows import (
    agreed,
    check_no_game,
    check_rows,
    check_stops,
    largest_share,
    quorum,
    stopping,
)
from hivemind_abm.studies.distance import Distance, distance, verdict

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


class WrongConsensus(NamedTuple):
    """How many of the runs end in consensus on a wrong option.

    Attributes:
        value: Their share of all runs.
        error: Its standard error.
        undecided: The share of runs that end without consensus.
    """

    value: float
    error: float
    undecided: float


def consensus_times(table: pd.DataFrame, share: float | None = None) -> pd.Series:
    """The first recorded step of each run at which one share is 1, NaN for a run without consensus.

    For runs that stop at a quorum, `stop_if_end=0.8`, it is the first step at which an option has
    that share.  Bees that hold no option prevent consensus: in a hive that may be uncommitted, all
    bees must hold the option, and for a quorum the share is one of all bees.  In a game, each
    player must have such an option.  Steps are those of the record; one of an asynchronous hive is
    N events.

    Args:
        table: Rows of `ensemble` or `mesa.batch_run`: all recorded steps of each run.  For runs
            with `stop_if_end` the last step of each is enough, because they stop then.
        share: The share of an option that counts; None for `stop_if_end` where the table has it as
            a number, else 1.

    Returns:
        The steps, indexed by RunId.

    Raises:
        ValueError: Only the last step of runs that do not stop at consensus, or not every step of
            runs that do; rows of more than one system; a share above that at which the runs stop.
    """
    check_rows(table)
    check_stops(table)
    enough = quorum(table, share)
    only_last = (table.groupby("RunId").size() == 1).all()
    at_the_end = stopping(table) and enough == quorum(table)
    if only_last and not at_the_end and (table["Step"] > 0).any():
        raise ValueError(
            "table must hold all steps of each run, or the last of runs that stop_if_end stops, "
            "to show consensus times"
        )
    times = table["Step"].where(agreed(table, enough)).groupby(table["RunId"]).min()
    return times.rename("consensus_time")


def wrong_consensus(table: pd.DataFrame) -> WrongConsensus:
    """The share of runs that end in consensus on another option than the best.

    Where the best option changes, it is the one that is best in the last row.  For runs that stop
    at a quorum, `stop_if_end=0.8`, consensus means that an option has that share, and it is wrong
    where the option with the largest share is not a best one.  (With several best options and a
    quorum of at most 1/2, it is called right where they have more bees together.)  A hive whose
    bees hold no option is undecided.  A learner is in consensus once its policy gives an option all
    probability (to double precision), which may take long.

    Args:
        table: Rows of `ensemble` or `mesa.batch_run`.  The last row of each run counts, so runs
            that stop at consensus must show it.  A game has no best option by itself.

    Returns:
        The share, its standard error for so many runs (that of 1 run in n where the share is 0 or
        1), and the share of runs that end without consensus.

    Raises:
        ValueError: Not every step of runs that stop at consensus; rows of more than one system, or
            of a game.
    """
    check_rows(table, best="wrong consensus")
    check_stops(table)
    last = table.sort_values("Step").groupby("RunId").tail(1)
    enough = quorum(table)
    ends = agreed(last, enough)
    half = 0.5 if enough == 1.0 else largest_share(last) - ROUNDING
    wrong = ends & (last["optimal_share"] < half)
    runs, share = len(last), float(wrong.mean())
    likely = min(max(share, 1.0 / runs), 1.0 - 1.0 / runs) if runs > 1 else 0.5
    undecided = 1.0 - float(ends.mean())
    return WrongConsensus(share, float(np.sqrt(likely * (1.0 - likely) / runs)), undecided)


def cumulative_regret(table: pd.DataFrame, bandit: Any) -> pd.Series:
    """The regret up to each row: the sum over the steps so far of best reward - mean payoff.

    The best reward is the expected reward at the bandit's optimal shares, at that step.  The mean
    payoff is over all bees: a bee that holds no option is paid 0, and misses the whole best reward.
    In an asynchronous hive it is over the payoffs as they stand after the step.  Between recorded
    steps the payoff is interpolated.

    Args:
        table: From `ensemble`, `mesa.batch_run` or a model's datacollector, from step 0 on: with
            mean_payoff or mean_payoff_mean, and with Step or step, or one row per step.  Where the
            bandit changes at random it must also have a column best_reward.
        bandit: Where the payoffs come from, as for `Hive`.

    Returns:
        One number per row, in rewards.  Each run has its own sum, which ends where a run with
        `stop_if_end` stops.

    Raises:
        ValueError: Rows of more than one system or of a game, or that do not begin at step 0; a
            bandit that changes at random, and no column best_reward.
    """
    check_no_game(table, "regret")
    column = "mean_payoff" if "mean_payoff" in table else "mean_payoff_mean"
    if column not in table:
        raise ValueError("table must have a column mean_payoff or mean_payoff_mean")
    instance = build_part(find_bandit(bandit))
    run = table["RunId"].to_numpy() if "RunId" in table else np.zeros(len(table), np.int64)
    step = _steps(table)
    by_step = instance.changes and follows_the_step(instance)
    best = 0.0 if by_step else _best_reward(instance, table)
    missed = (best - table[column]).to_numpy()
    order = np.lexsort((step, run))
    result = np.empty(len(table))
    result[order] = _sums_by_run(missed[order], step[order].astype(float), run[order])
    if by_step and len(table):
        result += np.cumsum(best_rewards(instance, int(step.max())))[step.astype(np.int64)]
    return pd.Series(result, table.index, name="cumulative_regret")


def reward_histogram(
    bandit: Bandit,
    option: int,
    shares: Any,
    seed: Any = 0,
    pulls: int = 20_000,
    bins: int = 50,
) -> tuple[np.ndarray, np.ndarray]:
    """The density of an option's rewards at fixed shares, from pulls.

    Args:
        bandit: An instance.
        option: Which option is pulled.
        shares: The shares of the options, shape (K,), in the world as it is built; or a `World`,
            which is not changed.
        seed: The seed of the pulls.
        pulls: How many.
        bins: Bins of the histogram, which cover [0, 1].

    Returns:
        The middles of the bins, and the density in each, shape (bins,) both.
    """
    rng = Stream(seed)
    if isinstance(shares, World):
        world = World(shares.shares, shares.step, np.array(shares.memory))
    else:
        world = bandit.world(shares)
    rewards = [bandit.pull(option, world, rng) for _ in range(pulls)]
    density, edges = np.histogram(rewards, bins, range=(0.0, 1.0), density=True)
    return (edges[:-1] + edges[1:]) / 2.0, density


def _best_reward(bandit: Bandit, table: pd.DataFrame) -> Any:
    """The best reward: one number, or one per row where the bandit changes at random."""
    if not bandit.changes and follows_the_step(bandit):
        return best_reward(bandit)
    if "best_reward" not in table:
        raise ValueError(
            f"table must have a column best_reward, because the rewards of {type(bandit).__name__} "
            "differ between runs"
        )
    return table["best_reward"]


def _steps(table: pd.DataFrame) -> np.ndarray:
    for name in ("Step", "step"):
        if name in table:
            return table[name].to_numpy()
    return np.arange(len(table))


def _sums_by_run(missed: np.ndarray, step: np.ndarray, run: np.ndarray) -> np.ndarray:
    """The running sums over steps, of rows in the order of the runs and steps.

    Args:
        missed: What each row's payoff lacks, shape (rows,).
        step: The step of each row, shape (rows,).
        run: The run of each row, shape (rows,).
    """
    first = np.concatenate(([True], run[1:] != run[:-1]))
    if (step[first] != 0.0).any():
        raise ValueError(f"table must begin at step 0 of each run, not at {step[first].max():g}")
    if (~first[1:] & (np.diff(step) == 0.0)).any():
        raise ValueError(
            "table must have one row per run and step; it has several, of more than one system "
            "perhaps"
        )
    # n steps from payoff a to payoff b: the i-th of them has the payoff a + (b - a) i / n.
    gap = np.diff(step, prepend=step[0])
    before = np.concatenate((missed[:1], missed[:-1]))
    added = np.where(first, missed, gap * before + (missed - before) * (gap + 1.0) / 2.0)
    total = np.cumsum(added)
    start = np.maximum.accumulate(np.where(first, np.arange(len(total)), 0))
    return total - (total - added)[start]
