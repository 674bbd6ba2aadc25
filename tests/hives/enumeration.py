"""One step of a hive, directly from the text of its laws: every random outcome and its chance.

An independent check of the package, so it shares nothing with it: no stored sums, no sampler, none
of its rules or neighbourhoods.  A bee is (opinion, payoff).  Payoffs are fractions, so that ties
are exact.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from itertools import combinations, product

import networkx as nx
import numpy as np
from scipy.stats import binom, multinomial, norm

Bee = tuple[int, Fraction]
Chances = Mapping[int, float]
Law = Callable[[Bee, Sequence[Bee]], Chances]
World = tuple[float, list[list[tuple[int, ...]]]]

FIVE_SIGMA = norm.sf(5.0)


# ------------------------------------------------------------------------------
# Rules: (me, those I hear) -> the chance of each opinion that I may hold next


def success(me: Bee, heard: Sequence[Bee]) -> Chances:
    return _copy_or_stay(
        me,
        {bee: Fraction(many, len(heard)) for bee, many in Counter(heard).items()},
        lambda bee: bee[1],
    )


def success_deterministic(me: Bee, heard: Sequence[Bee]) -> Chances:
    draw = {bee: Fraction(many, len(heard)) for bee, many in Counter(heard).items()}
    return _copy_or_stay(me, draw, lambda bee: int(bee[1] > me[1]))


def wvoter(me: Bee, heard: Sequence[Bee]) -> Chances:
    return _copy_or_stay(me, _by_payoff(heard), lambda bee: 1)


def wvoter_is_stoc(me: Bee, heard: Sequence[Bee]) -> Chances:
    return _copy_or_stay(me, _by_payoff(heard), lambda bee: bee[1])


def wvoter_is_det(me: Bee, heard: Sequence[Bee]) -> Chances:
    return _copy_or_stay(me, _by_payoff(heard), lambda bee: int(bee[1] > me[1]))


def majority(votes: float) -> Law:
    """S votes, each drawn as by the weighted voter; the most votes win, ties uniform.

    With S = infinity the largest total payoff wins.
    """

    @cache
    def elect(totals: frozenset[tuple[int, Fraction]]) -> Chances:
        options, scores = zip(*totals, strict=True)
        if votes == math.inf:
            return _winner(scores, options)
        weights = [float(score / sum(scores)) for score in scores]
        polls = list(_shared_out(int(votes), [int(votes)] * len(options)))
        chances: Counter[int] = Counter()
        for poll, chance in zip(
            polls, np.atleast_1d(multinomial.pmf(polls, int(votes), weights)), strict=True
        ):
            for option, part in _winner(poll, options).items():
                chances[option] += part * chance
        return chances

    def law(me: Bee, heard: Sequence[Bee]) -> Chances:
        totals: Counter[int] = Counter()
        for opinion, payoff in heard:
            totals[opinion] += payoff
        return elect(frozenset((+totals).items())) if +totals else {me[0]: 1.0}

    return law


def _by_payoff(heard: Sequence[Bee]) -> dict[Bee, Fraction]:
    total = sum(payoff for _, payoff in heard)
    return {bee: many * bee[1] / total for bee, many in Counter(heard).items() if bee[1] > 0}


def _copy_or_stay(
    me: Bee, draw: Mapping[Bee, Fraction], accept: Callable[[Bee], Fraction | int]
) -> Chances:
    chances: Counter[int] = Counter()
    for bee, chance in draw.items():
        chances[bee[0]] += chance * accept(bee)
    chances[me[0]] += 1 - sum(chances.values())
    return {option: float(chance) for option, chance in chances.items()}


def _winner(scores: Sequence[Fraction] | Sequence[int], options: Sequence[int]) -> Chances:
    best = [option for option, score in zip(options, scores, strict=True) if score == max(scores)]
    return dict.fromkeys(best, 1.0 / len(best))


def _shared_out(draws: int, available: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """All ways to take `draws` items from kinds of which `available` items exist."""
    if len(available) == 1:
        if draws <= available[0]:
            yield (draws,)
        return
    for first in range(min(draws, available[0]) + 1):
        for rest in _shared_out(draws - first, available[1:]):
            yield (first, *rest)


# ------------------------------------------------------------------------------
# Neighbourhoods: the possible worlds, each with its chance and, for each bee, the equally likely
# sets of bees that it hears.  In one world bees draw independently of each other.


def others(n: int, m: int) -> list[World]:
    return [(1.0, [list(combinations([j for j in range(n) if j != i], m)) for i in range(n)])]


def everyone(n: int) -> list[World]:
    return [(1.0, [[tuple(range(n))] for _ in range(n)])]


def groups(n: int, m: int) -> list[World]:
    splits = list(partitions(tuple(range(n)), m))
    return [
        (1.0 / len(splits), [[group] for i in range(n) for group in split if i in group])
        for split in splits
    ]


def partitions(bees: tuple[int, ...], m: int) -> Iterator[list[tuple[int, ...]]]:
    if not bees:
        yield []
    for company in combinations(bees[1:], m - 1) if bees else ():
        group = (bees[0], *company)
        for rest in partitions(tuple(bee for bee in bees if bee not in group), m):
            yield [group, *rest]


def network(graph: nx.Graph, m: int) -> list[World]:
    return [
        (
            1.0,
            [
                list(combinations(sorted(graph[i]), min(m, graph.degree(i))))
                for i in range(len(graph))
            ],
        )
    ]


# ------------------------------------------------------------------------------
# One step


def next_opinions(
    law: Law, worlds: Sequence[World], bees: Sequence[Bee], n_action: int
) -> np.ndarray:
    """The chance of every vector of next opinions, shape (K, ..., K), one axis per bee."""
    joint = np.zeros((n_action,) * len(bees))
    for chance, hears in worlds:
        world = np.array(chance)
        for me, sets in zip(bees, hears, strict=True):
            row = np.zeros(n_action)
            for heard in sets:
                for option, part in law(me, [bees[j] for j in heard]).items():
                    row[option] += part / len(sets)
            world = np.multiply.outer(world, row)
        joint += world
    return joint


def next_opinion(
    law: Law, me: Bee, pool: Sequence[Bee], draws: int, n_action: int, itself: bool = False
) -> np.ndarray:
    """The chances of the next opinion of one bee, shape (K,).

    It hears `draws` bees of a pool (and itself).  Equal bees are only counted, so the pool may be
    large.
    """
    kinds = Counter(pool)
    row = np.zeros(n_action)
    for taken in _shared_out(draws, list(kinds.values())):
        ways = math.prod(
            math.comb(many, take) for many, take in zip(kinds.values(), taken, strict=True)
        )
        heard = [bee for bee, take in zip(kinds, taken, strict=True) for _ in range(take)] + [
            me
        ] * itself
        for option, part in law(me, heard).items():
            row[option] += part * ways / math.comb(len(pool), draws)
    return row


def assert_frequencies(counts: np.ndarray, chances: np.ndarray) -> None:
    """Counts of outcomes agree with their chances.

    Each count must lie within the part of its binomial distribution that five sigma bound in a
    normal one (2.9e-7 on each side).  The tail is exact, since a normal one would be wrong for rare
    outcomes.  Impossible outcomes must not occur.
    """
    counts, chances = np.asarray(counts).ravel(), np.asarray(chances, float).ravel()
    assert counts.shape == chances.shape and abs(chances.sum() - 1.0) < 1e-9
    possible = chances > 1e-15
    assert not counts[~possible].any(), (
        f"impossible outcomes {np.flatnonzero(counts * ~possible)} were seen"
    )
    samples, p = counts.sum(), np.minimum(chances[possible], 1.0)
    tail = np.minimum(
        binom.cdf(counts[possible], samples, p), binom.sf(counts[possible] - 1, samples, p)
    )
    worst = np.flatnonzero(possible)[tail.argmin()]
    assert tail.min() > FIVE_SIGMA, (
        f"outcome {worst}: {counts[worst]} of {samples}, expected {samples * chances[worst]:.1f}"
    )


def votes_one_by_one(votes: int, me: Bee, heard: Sequence[Bee]) -> Chances:
    """`majority(votes)` from a list of every sequence of bees voted for.

    It is slow, and only used to check that function.
    """
    draw = _by_payoff(heard)
    chances: Counter[int] = Counter()
    for ballots in product(draw, repeat=votes):
        poll = Counter(opinion for opinion, _ in ballots)
        for option, part in _winner(list(poll.values()), list(poll)).items():
            chances[option] += part * float(math.prod(draw[bee] for bee in ballots))
    return chances or {me[0]: 1.0}
