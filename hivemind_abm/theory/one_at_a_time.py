"""The chains of asynchronous hives: one bee, or one group of bees, decides at a time.

Knows: how the events of such a hive are put together, in closed form or from sampled decisions.
Does not know: the matrix of an event (`events`), what follows from the chain (`finite`).
"""

import dataclasses

import numpy as np

from hivemind_abm.engine.seeds import RunSeed
from hivemind_abm.hives.neighbourhood import Neighbourhood
from hivemind_abm.hives.settings import HiveSettings
from hivemind_abm.hives.updating import SYNCHRONOUS
from hivemind_abm.theory.counts import MOST_STATES, all_counts, codes, number_of_states
from hivemind_abm.theory.events import GroupEvents, OneBeeEvents
from hivemind_abm.theory.finite import FiniteHive
from hivemind_abm.theory.kinds import Split
from hivemind_abm.theory.one_step import closed_form_chances, next_counts
from hivemind_abm.theory.sampling import (
    check_consensus,
    default_samples,
    sampled_counts,
    sampled_flows,
)

__all__ = ["MOST_BEES_ON_LINE", "groups_at_a_time", "one_at_a_time"]

MOST_BEES_ON_LINE = 100_000  # where each event leads one count up or down


def one_at_a_time(
    settings: HiveSettings, split: Split, samples: int | None, parent: RunSeed
) -> FiniteHive:
    """The chain of a hive in which one bee, drawn uniformly, decides per event.

    It decides on the counts as they are then.  With two options, each event leads one count up or
    down, or nowhere.

    Args:
        settings: The hive.
        split: Its bees that may change, and those that never do.
        samples: As for `finite_hive`.
        parent: The seed that names the samples.

    Raises:
        ValueError: There are too many states.
    """
    n, columns = settings.neighbourhood.population_size, settings.n_action + settings.uncommitted
    chances_at = closed_form_chances(settings, split)
    if chances_at is not None and columns == 2:
        if split.free > MOST_BEES_ON_LINE:
            raise ValueError(
                f"population_size must be at most {MOST_BEES_ON_LINE} for 2 options of an "
                f"asynchronous hive, not {split.free}"
            )
    else:
        number_of_states(split.free, columns)
    states = all_counts(split.free, columns)
    if chances_at is not None:
        chances = np.stack([chances_at(counts + split.fixed) for counts in states])
        events = OneBeeEvents(states, n, chances)
        return _chain(settings, split, events, n, 0, parent)
    if samples is None:
        samples = default_samples(len(states), n)
    events = _sampled_decisions(settings, split, states, samples, parent)
    return _chain(settings, split, events, n, samples, parent.child(len(states)))


def _sampled_decisions(
    settings: HiveSettings, split: Split, states: np.ndarray, samples: int, parent: RunSeed
) -> OneBeeEvents:
    """The events of a hive whose decisions are sampled.

    Payoffs have no noise, and all bees of a synchronous step decide on the same counts.  So each
    such step samples a decision of every bee.
    """
    together = dataclasses.replace(settings, updating=SYNCHRONOUS)
    size, k = states.shape
    chances, trials = np.tile(np.eye(k), (size, 1, 1)), np.zeros((size, k), np.int64)
    moving = np.arange(size)
    if not split.zealots:
        check_consensus(together, split, parent)
        moving = np.flatnonzero(states[:, : settings.n_action].max(axis=1) < split.free)
    for state in moving:
        named = parent.child(int(state))
        flows = sampled_flows(together, split, states[state], samples, named)
        trials[state] = flows.sum(axis=1)
        held = trials[state] > 0
        chances[state, held] = flows[held] / trials[state, held, None]
    n = settings.neighbourhood.population_size
    return OneBeeEvents(states, n, chances, trials)


def groups_at_a_time(
    settings: HiveSettings, split: Split, samples: int | None, parent: RunSeed
) -> FiniteHive:
    """The chain of a hive in which one random group decides per event.

    A group decides as a hive of its size in which every bee hears everyone.  N need not be a
    multiple of M.  Arguments: see `one_at_a_time`.

    Raises:
        ValueError: There are too many states or groups.
    """
    n, m = settings.neighbourhood.population_size, settings.neighbourhood.size
    columns = settings.n_action + settings.uncommitted
    number_of_states(n, columns)
    states, groups = all_counts(n, columns), all_counts(m, columns)
    group = dataclasses.replace(
        settings,
        numbers=(m,),
        neighbourhood=Neighbourhood.of("everyone", "all", m),
        updating=SYNCHRONOUS,
    )
    whole = Split(split.rule, 0, 0, m, split.fixed)
    steps = max(1, round(n / m))
    chances = closed_form_chances(group, whole)
    if chances is not None:
        outcomes = np.stack([next_counts(counts, chances(counts)) for counts in groups])
        events = GroupEvents(states, groups, outcomes)
        return _chain(settings, split, events, steps, 0, parent)
    if samples is None:
        samples = default_samples(len(groups), m)
    check_consensus(group, whole, parent)
    row_of = np.zeros((m + 1) ** (columns - 1), np.int64)
    row_of[codes(groups, m)] = np.arange(len(groups))
    outcomes = np.empty((len(groups),) * 2)
    for place, counts in enumerate(groups):
        after = sampled_counts(group, whole, counts, samples, parent.child(place))
        outcomes[place] = np.bincount(row_of[codes(after, m)], minlength=len(groups)) / samples
    events = GroupEvents(states, groups, outcomes, samples)
    return _chain(settings, split, events, steps, samples, parent.child(MOST_STATES))


def _chain(
    settings: HiveSettings,
    split: Split,
    events: OneBeeEvents | GroupEvents,
    events_per_step: int,
    samples: int,
    seed: RunSeed,
) -> FiniteHive:
    return FiniteHive(
        events.states,
        events.transition(),
        events.error(),
        samples == 0,
        samples,
        seed,
        settings.updating,
        events_per_step,
        split.zealots,
        settings.uncommitted,
        events if samples else None,
    )
