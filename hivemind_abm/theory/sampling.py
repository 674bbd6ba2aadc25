"""One step of a hive by sampling, where its chances are not known in closed form.

Knows: how many hives make a step from the same counts.  Does not know: chances in closed form
(`one_step`), what follows from a step.
"""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from hivemind_abm.engine.seeds import RunSeed, RunSeeds
from hivemind_abm.hives.settings import HiveSettings
from hivemind_abm.theory.counts import MOST_STATES
from hivemind_abm.theory.kinds import Split, fixed_shares

__all__ = ["check_consensus", "default_samples", "sampled_counts", "sampled_flows"]

_EFFORT = 100_000_000  # bee-steps that a default number of samples takes, roughly
_COST_OF_A_HIVE = 1000  # bee-steps: building a hive, its seed above all
_CHECKS = 100  # samples that show whether a rule keeps consensus
_BEES_AT_ONCE = 500_000  # in memory


def default_samples(starts: int, population_size: int) -> int:
    """How many steps to sample from each of these starts, so that a compiled rule takes seconds."""
    return max(_CHECKS, _EFFORT // (starts * (population_size + _COST_OF_A_HIVE)))


def sampled_counts(
    settings: HiveSettings, split: Split, counts: np.ndarray, samples: int, seed: RunSeed
) -> np.ndarray:
    """The counts of the bees that may change after one step from the same counts.

    Args:
        settings: The hive.
        split: Its bees that may change, and those that never do.
        counts: The bees that may change on each option, and those on none where bees may be
            uncommitted, shape (K,) or (K + 1,).
        samples: The number of hives.
        seed: The seed that names them.

    Returns:
        Shape (samples, K) or (samples, K + 1).
    """
    steps = _one_step(settings, split, counts, samples, seed)
    return np.concatenate([_counted(after, counts.size) for _, after in steps])


def sampled_flows(
    settings: HiveSettings, split: Split, counts: np.ndarray, samples: int, seed: RunSeed
) -> np.ndarray:
    """How many bees of all samples went from option a to option b, [a, b].

    All bees decide on the same counts.  Arguments: see `sampled_counts`.

    Returns:
        Shape (K, K) or (K + 1, K + 1).
    """
    k = counts.size
    flows = np.zeros(k * k, np.int64)
    for before, after in _one_step(settings, split, counts, samples, seed):
        flows += np.bincount((before * k + after).ravel(), minlength=k * k)
    return flows.reshape(k, k)


def _counted(opinions: np.ndarray, k: int) -> np.ndarray:
    """The number of bees on each option in each row, shape (R, K)."""
    return np.stack([(opinions == option).sum(axis=1) for option in range(k)], axis=1)


def _one_step(
    settings: HiveSettings, split: Split, counts: np.ndarray, samples: int, seed: RunSeed
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The opinions of the bees that may change before and after a step, some hives at a time."""
    n = settings.neighbourhood.population_size
    start = dataclasses.replace(settings, initial_shares=_shares_of_kinds(settings, split, counts))
    free = slice(split.first, split.first + split.free)
    hives_at_once = max(1, _BEES_AT_ONCE // n)
    for first in range(0, samples, hives_at_once):
        batch = start.batch(RunSeeds(seed, range(first, min(first + hives_at_once, samples))))
        before = batch.opinions[:, free].copy()
        batch.advance(1)
        yield before, batch.opinions[:, free]


def _shares_of_kinds(settings: HiveSettings, split: Split, counts: np.ndarray) -> Any:
    """The argument `initial_shares` for these counts: a row, or a row for each rule."""
    if len(settings.rules) == 1:
        return tuple((counts / max(split.free, 1)).tolist())
    rows = []
    for place, rule in enumerate(settings.rules):
        row = np.zeros(counts.size)
        if place == split.place:
            row[:] = counts / max(split.free, 1)
        else:
            row[:] = fixed_shares(rule, counts.size)
        rows.append(tuple(row.tolist()))
    return tuple(rows)


def check_consensus(settings: HiveSettings, split: Split, seed: RunSeed) -> None:
    """Check by samples that the rule keeps consensus, in a hive of this rule alone.

    Raises:
        ValueError: A hive has left consensus.
    """
    n, k = split.free, settings.n_action
    for option, counts in enumerate(n * np.eye(k, k + settings.uncommitted, dtype=np.int64)):
        # the numbers up to MOST_STATES are those of the chain's states and of its bootstrap
        named = seed.child(MOST_STATES + 1 + option)
        if (sampled_counts(settings, split, counts, _CHECKS, named) != counts).any():
            raise ValueError(
                "rule must keep consensus, as imitation does; "
                f"{type(split.rule).__name__} has left the one on option {option}, "
                "so no end has a probability or a time"
            )
