"""The chances of one step of a hive in closed form, and which hives have counts that tell all.

Knows: how the counts of a hive change in one step.  Does not know: what follows from that over many
steps, how a step is sampled (`sampling`).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from hivemind_abm import checks
from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.names import BANDITS
from hivemind_abm.engine.seeds import RunSeed, seed_sequence
from hivemind_abm.hives.hive import Hive
from hivemind_abm.hives.neighbourhood import GROUPS, NETWORK, NETWORK_SAMPLE
from hivemind_abm.hives.settings import HiveSettings
from hivemind_abm.hives.updating import ASYNCHRONOUS
from hivemind_abm.theory.counts import all_counts, codes
from hivemind_abm.theory.kinds import Split
from hivemind_abm.theory.steady_world import check_steady

__all__ = [
    "checked_settings",
    "closed_form_chances",
    "next_counts",
    "seed_of_samples",
]


def checked_settings(
    rule: Any,
    bandit: Any,
    population_size: int,
    neighbourhood: Any,
    neighbourhood_size: Any,
    updating: Any,
    parameters: dict[str, Any],
) -> HiveSettings:
    """The settings of a hive whose counts tell all, from the arguments of `finite_hive`.

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
        updating=updating,
        **parameters,
    )
    if settings.neighbourhood.kind in (NETWORK, NETWORK_SAMPLE):
        raise ValueError(
            "neighbourhood must be 'others', 'groups' or 'everyone', not a network: "
            "there it matters who holds what, not only how many do"
        )
    _check_that_counts_tell_all(settings)
    return settings


def seed_of_samples(samples: int | None, seed: Any) -> RunSeed:
    """The seed that names the samples, with both arguments of `finite_hive` checked.

    Raises:
        ValueError, TypeError: As for `finite_hive`.
    """
    checks.optional_whole_number("samples", samples, 2)
    if seed is None:
        raise ValueError(
            "seed must be a whole number of at least 0, not None: it names the samples"
        )
    return seed_sequence(seed, "seed")


def _check_that_counts_tell_all(settings: HiveSettings) -> None:
    """Check that the next counts of a hive depend on its counts alone.

    Raises:
        ValueError: They depend on what bees remember, on who follows which rule, on when a bee
            pulled, or on the step.
    """
    check_steady(settings.bandit)
    if settings.memory_size:
        raise ValueError(
            "rule must keep no memory here: what the bees remember is not in their counts, so such "
            "a hive can be simulated only"
        )
    if len(settings.rules) > 1 and settings.neighbourhood.kind == GROUPS:
        raise ValueError(
            "neighbourhood must be 'others' or 'everyone' for a hive of several rules, not "
            "'groups': it matters which rules meet in a group"
        )
    if settings.updating != ASYNCHRONOUS:
        return
    kind = type(settings.bandit).__name__
    if settings.dances:
        reason = "a bee keeps what it shows until its next turn, so a dance is a memory"
    elif not settings.bandit.deterministic:
        reason = (
            f"a bee keeps its payoff until its next turn, and {kind} pays with noise; give it "
            "none (gap=0), or simulate"
        )
    elif settings.bandit.depends_on_shares():
        reason = f"a bee keeps its payoff until its next turn, and {kind} pays by the shares then"
    else:
        return
    raise ValueError(f"updating must not be 'asynchronous' here: {reason}")


def closed_form_chances(
    settings: HiveSettings, split: Split
) -> Callable[[np.ndarray], np.ndarray] | None:
    """The chances of one bee's decision as a function of the counts, where they are known.

    Where bees decide with a probability p only, the chances are those of a step.

    Returns:
        A function of the counts of all bees (K,), whose [a, b] is the chance that a bee on option a
        adopts option b, shape (K, K).  None where rewards have noise, zealots dance, bees may hold
        no option, or the rule has no closed form.
    """
    bandit, n = settings.bandit, settings.neighbourhood.population_size
    others_dance = any(rule.has_dance for rule in settings.rules if rule is not split.rule)
    if not bandit.deterministic or others_dance or settings.uncommitted:
        return None
    chances_of = split.rule.one_step_chances(settings.neighbourhood)
    if chances_of is None:
        return None
    p = settings.updating if isinstance(settings.updating, float) else 1.0
    rewards_at = _rewards_by_counts(bandit, n)

    def chances(counts: np.ndarray) -> np.ndarray:
        decided = chances_of(counts, rewards_at(counts))
        return decided if p == 1.0 else p * decided + (1.0 - p) * np.eye(counts.size)

    return chances


def _rewards_by_counts(bandit: Bandit, n: int) -> Callable[[np.ndarray], np.ndarray]:
    """The expected rewards as a function of the counts of N bees, each shape (K,)."""
    if not bandit.depends_on_shares():
        constant = np.clip(bandit.expected_rewards(bandit.world()), 0.0, 1.0)
        return lambda counts: constant
    return lambda counts: np.clip(bandit.expected_rewards(bandit.world(counts / n)), 0.0, 1.0)


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
