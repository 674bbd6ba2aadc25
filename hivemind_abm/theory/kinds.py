"""Which bees of a hive may change their option, and which never do.

Knows: how a rule that never changes its option (a zealot) is recognised.  Does not know: what the
others do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

import numpy as np

from hivemind_abm.hives.bees import BeeView
from hivemind_abm.hives.rules import ImitationRule
from hivemind_abm.hives.settings import HiveSettings
from hivemind_abm.hives.starting import counts_of_shares

__all__ = ["Kinds", "Split", "fixed_shares", "kinds_of", "split_of"]

_PAYOFFS = (0.0, 0.25, 0.5, 0.75, 1.0)  # of a bee that is asked what it does


class Split(NamedTuple):
    """The bees of a hive, by whether they may change.

    Attributes:
        rule: The only rule whose bees may change.
        place: Its place among the rules of the hive.
        first: The index of the first bee with this rule.
        free: The number of bees with this rule.
        fixed: The other bees, which never change, on each option, shape (K,).
    """

    rule: ImitationRule
    place: int
    first: int
    free: int
    fixed: np.ndarray

    @property
    def zealots(self) -> tuple[int, ...]:
        """The fixed bees on each option; empty where there are none."""
        return tuple(self.fixed.tolist()) if self.fixed.any() else ()


@dataclass(frozen=True, eq=False)
class Kinds:
    """The kinds of bees of an infinite hive.

    Attributes:
        rules: The rule of each.
        weights: The share of the bees that follow each; they sum to 1.
        fixed: For each, how its bees are spread over the options if they are zealots, shape (K,)
            (K + 1 where bees may hold no option); None where they may change.
    """

    rules: tuple[ImitationRule, ...]
    weights: tuple[float, ...]
    fixed: tuple[np.ndarray | None, ...]

    @property
    def alone(self) -> bool:
        """Whether all bees follow the same rule."""
        return len(self.rules) == 1

    @property
    def free(self) -> list[int]:
        """The kinds whose bees may change."""
        return [kind for kind, shares in enumerate(self.fixed) if shares is None]

    @property
    def free_weights(self) -> np.ndarray:
        """The weights of the kinds that may change, shape (F,)."""
        return np.array([self.weights[kind] for kind in self.free])

    @property
    def zealots(self) -> np.ndarray:
        """The share of all bees that always hold each option, shape (K,) or (K + 1,)."""
        pairs = zip(self.fixed, self.weights, strict=True)
        return sum(
            (weight * shares for shares, weight in pairs if shares is not None), start=np.zeros(1)
        )

    def numbers(self, population_size: int) -> list[int]:
        """How many of N bees are of each kind."""
        edges = np.rint(np.cumsum((0.0, *self.weights)) * population_size)
        return np.diff(edges).astype(int).tolist()


def kinds_of(rules: Sequence[ImitationRule], weights: Sequence[float], columns: int) -> Kinds:
    """The kinds of bees that follow these rules.

    Args:
        rules: The rules.
        weights: The share of the bees that follow each.
        columns: K, or K + 1 where bees may hold no option.

    Raises:
        ValueError: All rules are zealots.
    """
    if len(rules) == 1:
        return Kinds(tuple(rules), (1.0,), (None,))
    fixed = tuple(fixed_shares(rule, columns) for rule in rules)
    if all(shares is not None for shares in fixed):
        raise ValueError("rule must have a rule whose bees change their option")
    return Kinds(tuple(rules), tuple(weights), fixed)


def split_of(settings: HiveSettings) -> Split:
    """The bees of a hive of one rule, or of one rule beside others that never change.

    Raises:
        ValueError: Several rules may change, or none may.
    """
    rules, numbers, k = settings.rules, settings.numbers, settings.n_action
    n = settings.neighbourhood.population_size
    kinds = kinds_of(rules, [number / n for number in numbers], k + settings.uncommitted)
    if len(kinds.free) > 1:
        names = " and ".join(type(rules[place]).__name__ for place in kinds.free)
        raise ValueError(
            f"rule must have one rule whose bees change their option, not {names}: "
            "the counts of each would be a state of its own"
        )
    (place,) = kinds.free
    fixed = np.zeros(k, np.int64)
    for shares, number in zip(kinds.fixed, numbers, strict=True):
        if shares is not None:
            fixed += counts_of_shares(shares, number, shares.size)[:k]
    return Split(rules[place], place, sum(numbers[:place]), numbers[place], fixed)


def fixed_shares(rule: ImitationRule, columns: int) -> np.ndarray | None:
    """How zealots with this rule are spread over the options, or None if bees with it may change.

    A rule of zealots is recognised by its `decide`.  It asks neither its neighbours nor the stream,
    and returns either the same option for each opinion and payoff, or always the bee's own opinion.
    Bees that keep their opinion are spread evenly, as a hive starts them.

    Args:
        rule: The rule.
        columns: K, or K + 1 where bees may hold no option.

    Returns:
        Shape (columns,), sums to 1.
    """
    silent: Any = _Silent()
    decided = set()
    try:
        for opinion in range(columns):
            for payoff in _PAYOFFS:
                bee = BeeView.of(opinion, payoff, 1)
                decided.add((opinion, int(rule.decide(bee, silent, silent))))
    except _Asked:
        return None
    options = {option for _, option in decided}
    if len(options) == 1:
        return np.eye(columns)[options.pop()]
    if all(before == after for before, after in decided):
        k = columns - rule.uncommitted
        return np.append(np.full(k, 1.0 / k), np.zeros(columns - k))
    return None


class _Asked(Exception):
    """A rule has asked its neighbours or the stream."""


class _Silent:
    """Neighbours, and a stream, that nobody may ask."""

    def __getattr__(self, name: str) -> NoReturn:
        raise _Asked

    def __getitem__(self, place: int) -> NoReturn:
        raise _Asked

    def __len__(self) -> NoReturn:
        raise _Asked

    def __bool__(self) -> NoReturn:
        raise _Asked
