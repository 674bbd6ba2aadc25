"""The chances of one step of a hive: in closed form where the rule has one, else by sampling.

Knows: how the counts of a hive change in one step.  Does not know: what follows from that over many
steps.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from hivemind_abm import checks
from hivemind_abm.bandits.names import BANDITS
from hivemind_abm.engine.seeds import RunSeed, RunSeeds, seed_sequence
from hivemind_abm.hives.hive import Hive
from hivemind_abm.hives.neighbourhood import NETWORK, NETWORK_SAMPLE
from hivemind_abm.hives.settings import HiveSettings
from hivemind_abm.theory.counts import MOST_STATES, all_counts, codes

__all__ = [
    "check_consensus",
    "checked_settings",
    "closed_form_chances",
    "default_samples",
    "next_counts",
    "sampled_counts",
]

_EFFORT = 100_000_000  # bee-steps that a default number of samples takes, roughly
_COST_OF_A_HIVE = 1000  # bee-steps: building a hive, its seed above all
_CHECKS = 100  # samples that show whether a rule keeps consensus
_BEES_AT_ONCE = 500_000  # in memory


def checked_settings(
    rule: Any,
    bandit: Any,
    population_size: int,
    neighbourhood: Any,
    neighbourhood_size: Any,
    samples: int | None,
    seed: Any,
    parameters: dict[str, Any],
) -> tuple[HiveSettings, RunSeed]:
    """Check the arguments of `finite_hive` and `diffusion`.

    Returns:
        The settings of the hive, and the seed that names the samples.

    Raises:
        ValueError, TypeError: As for `finite_hive`.
    """
    for name in ("initial_shares", "stop_if_end", "agent_reporters", "rng"):
        if name in parameters:
            raise TypeError(
                f"{name} fits nothing here: the chain covers every start, and ends at consensus"
            )
    if isinstance(bandit, str) and bandit in BANDITS:
        parameters = {"n_action": 2} | parameters
    settings = Hive.settings(
        rule=rule,
        bandit=bandit,
        population_size=population_size,
        neighbourhood=neighbourhood,
        neighbourhood_size=neighbourhood_size,
        **parameters,
    )
    if settings.neighbourhood.kind in (NETWORK, NETWORK_SAMPLE):
        raise ValueError(
            "neighbourhood must be 'others', 'groups' or 'everyone', not a network: "
            "there it matters who holds what, not only how many do"
        )
    checks.optional_whole_number("samples", samples, 2)
    if seed is None:
        raise ValueError(
            "seed must be a whole number of at least 0, not None: it names the samples"
        )
    return settings, seed_sequence(seed, "seed")


# --------------------------------------------------------------------------------------------------
# In closed form


def closed_form_chances(settings: HiveSettings) -> Callable[[np.ndarray], np.ndarray] | None:
    """The chances of one bee's decision as a function of the counts, where they are known.

    Returns:
        A function of the counts (K,), whose [a, b] is the chance that a bee on option a adopts
        option b, shape (K, K).  None where rewards have noise or the rule has no closed form.
    """
    bandit, n = settings.bandit, settings.neighbourhood.population_size
    if not bandit.deterministic:
        return None
    chances_of = settings.rule.one_step_chances(settings.neighbourhood)
    if chances_of is None:
        return None

    def chances(counts: np.ndarray) -> np.ndarray:
        return chances_of(counts, np.clip(bandit.expected_rewards(counts / n), 0.0, 1.0))

    return chances


def next_counts(counts: np.ndarray, chances: np.ndarray) -> np.ndarray:
    """The chance of each state after one step.

    Given the counts, bees decide independently.  The next counts are therefore a sum of independent
    multinomials, one for the bees on each option.

    Args:
        counts: Bees on each option, shape (K,).
        chances: [a, b] is the chance that a bee on a adopts b, shape (K, K).

    Returns:
        The chances of the rows of `all_counts`, shape (S,).  They sum to 1.
    """
    n, k = int(counts.sum()), len(counts)
    total = np.ones(1)
    for bees, chance in zip(counts.tolist(), chances, strict=True):
        parts = all_counts(bees, k)
        log = special.gammaln(bees + 1) + (
            special.xlogy(parts, chance) - special.gammaln(parts + 1)
        ).sum(axis=1)
        places = codes(parts, n)
        of_these_bees = np.zeros(places[-1] + 1)
        of_these_bees[places] = np.exp(log)
        total = np.convolve(total, of_these_bees)
    row = total[codes(all_counts(n, k), n)]
    return row / row.sum()


# --------------------------------------------------------------------------------------------------
# By sampling


def default_samples(starts: int, population_size: int) -> int:
    """How many steps to sample from each of these starts, so that a compiled rule takes seconds."""
    return max(_CHECKS, _EFFORT // (starts * (population_size + _COST_OF_A_HIVE)))


def sampled_counts(
    settings: HiveSettings, counts: np.ndarray, samples: int, seed: RunSeed
) -> np.ndarray:
    """The counts after one step from the same counts, shape (samples, K)."""
    n = settings.neighbourhood.population_size
    start = dataclasses.replace(settings, initial_shares=tuple((counts / n).tolist()))
    hives_at_once, results = max(1, _BEES_AT_ONCE // n), []
    for first in range(0, samples, hives_at_once):
        numbers = range(first, min(first + hives_at_once, samples))
        batch = start.batch(RunSeeds(seed, numbers))
        batch.advance(1)
        results.append(np.rint(batch.shares * n).astype(np.int64))
    return np.concatenate(results)


def check_consensus(settings: HiveSettings, seed: RunSeed) -> None:
    """Check by samples that the rule keeps consensus.

    Raises:
        ValueError: A hive has left consensus.
    """
    n, k = settings.neighbourhood.population_size, settings.n_action
    for option, counts in enumerate(n * np.eye(k, dtype=np.int64)):
        # the numbers up to MOST_STATES are those of the chain's states and of its bootstrap
        samples = sampled_counts(settings, counts, _CHECKS, seed.child(MOST_STATES + 1 + option))
        if (samples != counts).any():
            raise ValueError(
                "rule must keep consensus, as imitation does; "
                f"{type(settings.rule).__name__} has left the one on option {option}, "
                "so no end has a probability or a time"
            )
