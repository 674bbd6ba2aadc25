"""Small hives without runs: the Markov chain of a hive's counts.

Knows: which chances the chain needs, and how the chain is put together from them.  Does not know:
the chances of one step (`one_step`, `sampling`, `events`), what follows from a chain (`finite`).
"""

from typing import Any

import numpy as np

from hivemind_abm.engine.seeds import RunSeed
from hivemind_abm.hives.neighbourhood import GROUPS
from hivemind_abm.hives.settings import HiveSettings
from hivemind_abm.hives.updating import ASYNCHRONOUS
from hivemind_abm.theory.counts import all_counts, codes, number_of_states
from hivemind_abm.theory.finite import FiniteHive
from hivemind_abm.theory.kinds import Split, split_of
from hivemind_abm.theory.one_at_a_time import groups_at_a_time, one_at_a_time
from hivemind_abm.theory.one_step import (
    checked_settings,
    closed_form_chances,
    next_counts,
    seed_of_samples,
)
from hivemind_abm.theory.sampling import check_consensus, default_samples, sampled_counts

__all__ = ["FiniteHive", "finite_hive"]


def finite_hive(
    rule: Any = "wvoter",
    bandit: Any = "near one",
    population_size: int = 10,
    *,
    neighbourhood: Any = "others",
    neighbourhood_size: int | str | None = None,
    updating: str | float = "synchronous",
    samples: int | None = None,
    seed: Any = 1,
    **parameters: Any,
) -> FiniteHive:
    """The Markov chain of the counts of a hive of N bees on K = 2 or 3 options.

    All bees pull in each step, and bees differ only in option and payoff, so the next counts depend
    on the counts alone.  (This does not hold for a rule that distinguishes its neighbours by their
    index, such as `neighbours[0]`.)

    The chain is exact where the rule knows its chances in closed form (`rule.one_step_chances`) and
    rewards have no noise (`bandit.deterministic`).  These are R_success and R_wvoter with
    switch="bee", where a bee hears M of the others or everyone, on BanditLinear and
    BanditCongestion with gap=0.  Otherwise the chain is estimated: `samples` hives make one step
    from each state.

    An asynchronous hive is the chain of its events; see `one_at_a_time`.  A payoff stays with its
    bee until its next turn, so rewards must have no noise and not depend on the shares.  With two
    options, a closed form is solved for up to 100,000 bees.

    In a hive of several rules, only one may change its bees' options; the others are zealots.  Then
    the states are the counts of the bees that may change.

    Args:
        rule: As for `Hive`.
        bandit: As for `Hive`.  One with a built-in name has two options by default.
        population_size: N.
        neighbourhood: As for `Hive`, but not a network: there it matters who holds what.
        neighbourhood_size: As for `Hive`.
        updating: As for `Hive`.
        samples: Steps from each state, where they are needed, at least 2.  None for as many as take
            some seconds with a compiled rule.
        seed: The number that names the samples, or whatever `seed_sequence` takes.
        parameters: As for `Hive`.

    Raises:
        ValueError, TypeError: Other than 2 or 3 options, more than 3,000 states (100,001 as above),
            a network, a rule that leaves consensus, rules with memory, a bandit that changes,
            several rules that may change, and as for `Hive`.
    """
    settings = checked_settings(
        rule, bandit, population_size, neighbourhood, neighbourhood_size, updating, parameters
    )
    parent = seed_of_samples(samples, seed)
    k, split = settings.n_action, split_of(settings)
    if k not in (2, 3):
        raise ValueError(f"n_action must be 2 or 3 for the chain of a hive's counts, not {k}")
    if settings.updating == ASYNCHRONOUS:
        build = groups_at_a_time if settings.neighbourhood.kind == GROUPS else one_at_a_time
        return build(settings, split, samples, parent)
    return _all_at_once(settings, split, samples, parent)


def _all_at_once(
    settings: HiveSettings, split: Split, samples: int | None, parent: RunSeed
) -> FiniteHive:
    """The chain of a hive in which all bees decide on the same counts."""
    columns = settings.n_action + settings.uncommitted
    number_of_states(split.free, columns)
    states, chances = all_counts(split.free, columns), closed_form_chances(settings, split)
    if chances is None:
        return _sampled_chain(settings, split, states, samples, parent)
    transition = np.stack([next_counts(counts, chances(counts + split.fixed)) for counts in states])
    return FiniteHive(
        states,
        transition,
        np.zeros_like(transition),
        True,
        0,
        parent,
        settings.updating,
        fixed=split.zealots,
    )


def _sampled_chain(
    settings: HiveSettings,
    split: Split,
    states: np.ndarray,
    samples: int | None,
    parent: RunSeed,
) -> FiniteHive:
    """The chain with chances that are estimated from samples."""
    size, n = len(states), split.free
    if samples is None:
        samples = default_samples(size, settings.neighbourhood.population_size)
    row_of = np.zeros((n + 1) ** (states.shape[1] - 1), np.int64)
    row_of[codes(states, n)] = np.arange(size)
    transition, moving = np.eye(size), np.arange(size)
    if not split.zealots:
        check_consensus(settings, split, parent)
        moving = np.flatnonzero(states[:, : settings.n_action].max(axis=1) < n)
    for state in moving:
        named = parent.child(int(state))
        counts = sampled_counts(settings, split, states[state], samples, named)
        transition[state] = np.bincount(row_of[codes(counts, n)], minlength=size) / samples
    error = np.sqrt(transition * (1.0 - transition) / samples)
    return FiniteHive(
        states,
        transition,
        error,
        False,
        samples,
        parent.child(size),
        settings.updating,
        fixed=split.zealots,
        uncommitted=settings.uncommitted,
    )
