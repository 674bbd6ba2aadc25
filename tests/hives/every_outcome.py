"""A rule's own `decide` in an infinite hive: every outcome and its chance, without a sampler.

`decide` runs in plain Python.  Its random numbers are stand-ins that take every value that makes a
difference, one after the other, so chances are exact up to rounding.  A bee is (option, payoff).
Nothing here is shared with the package.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement
from types import SimpleNamespace

import numpy as np


class Paths:
    """A stream of random numbers that walks through all outcomes; see `chances`."""

    def __init__(self):
        self._path, self._place = [], 0  # each choice: the one taken, the chances of all

    def walk(self) -> Iterator[None]:
        """One iteration for each path; `chance` is then its probability."""
        while True:
            self._place = 0
            yield
            while self._path and self._path[-1][0] == len(self._path[-1][1]) - 1:
                self._path.pop()
            if not self._path:
                return
            self._path[-1][0] += 1

    @property
    def chance(self):
        return math.prod(chances[taken] for taken, chances in self._path)

    def choose(self, chances):
        possible = [number for number, chance in enumerate(chances) if chance > 0.0]
        if self._place == len(self._path):
            self._path.append([0, [chances[number] for number in possible]])
        self._place += 1
        return possible[self._path[self._place - 1][0]]

    def random(self):
        return Uniform(self)

    def integers(self, n):
        return self.choose([1.0 / n] * n)


@dataclass(frozen=True)
class Uniform:
    """A number that is uniform from 0 to `most`; it can be compared once."""

    paths: Paths
    most: float = 1.0

    def __mul__(self, factor):
        return Uniform(self.paths, self.most * factor)

    def __lt__(self, bound):
        below = min(max(bound / self.most, 0.0), 1.0)
        return self.paths.choose([below, 1.0 - below]) == 0

    def __ge__(self, bound):
        return not self < bound


class Heard(list):
    """The bees that one bee hears."""

    def __init__(self, bees, n_action):
        super().__init__(SimpleNamespace(opinion=option, payoff=payoff) for option, payoff in bees)
        self.size, self.n_action = len(bees), n_action

    def pick(self, rng):
        return self[rng.integers(self.size)]

    def pick_by_payoff(self, rng):
        return self[rng.choose([bee.payoff / self.total_payoff for bee in self])]

    def count_of(self, option):
        return sum(bee.opinion == option for bee in self)

    def payoff_of(self, option):
        return sum(bee.payoff for bee in self if bee.opinion == option)

    @property
    def total_payoff(self):
        return sum(bee.payoff for bee in self)


def chances(rule, me, heard, n_action):
    """The chances of the next option of one bee, shape (K,)."""
    paths, row = Paths(), np.zeros(n_action)
    bee, neighbours = SimpleNamespace(opinion=me[0], payoff=me[1]), Heard(heard, n_action)
    for _ in paths.walk():
        option = rule.decide(bee, neighbours, paths)
        row[option] += paths.chance
    return row


class Field:
    """The expected next shares of a hive of a rule.

    Args:
        rule: A rule that does not look at the order of the bees that it hears.
        payoffs: For each option what it may pay: {payoff: chance}.
        n: How many bees a bee hears.
        own: Whether the rule looks at the bee itself; else it is taken to be on option 0.
    """

    def __init__(self, rule, payoffs, n, own=True):
        k = len(payoffs)
        kinds = [(option, pay) for option in range(k) for pay in payoffs[option]]
        self._option = np.array([option for option, _ in kinds])
        self._pays = np.array([payoffs[option][pay] for option, pay in kinds])
        sets = list(combinations_with_replacement(range(len(kinds)), n))
        self._taken = np.array([[Counter(chosen)[j] for j in range(len(kinds))] for chosen in sets])
        self._ways = np.array([multinomial(row) for row in self._taken])
        self._me = len(kinds) if own else 1
        self._next = np.array(
            [
                [chances(rule, me, [kinds[j] for j in chosen], k) for chosen in sets]
                for me in kinds[: self._me]
            ]
        )

    def next(self, x):
        """The expected shares after one step from shares x, shape (K,)."""
        kinds = np.asarray(x)[self._option] * self._pays
        heard = self._ways * np.prod(kinds**self._taken, axis=1)
        me = kinds if self._me > 1 else np.ones(1)
        return np.einsum("i,j,ijk->k", me, heard, self._next)

    def drift(self, x):
        """The expected change of the shares in one step, shape (K,)."""
        return self.next(x) - x

    def fixed_point(self, x, steps=3000):
        """Where the shares go from x."""
        for _ in range(steps):
            x = self.next(x)
            x = x / x.sum()  # rounding errors of the sum would grow
        return x


def multinomial(counts):
    """In how many orders these counts can be heard."""
    return math.factorial(int(sum(counts))) / math.prod(math.factorial(int(c)) for c in counts)


def constant(q):
    """Payoffs without noise."""
    return [{pay: 1.0} for pay in q]


def zero_or_one(q):
    """Payoffs that are 1 with the probability q, else 0."""
    return [{1.0: pay, 0.0: 1.0 - pay} for pay in q]


def scattered(q):
    """Payoffs that are spread differently for each option, with the means q."""
    spread = [0.1, 0.2, 0.35][: len(q)]
    return [{pay + s: 0.25, pay: 0.25, pay - s / 2: 0.5} for pay, s in zip(q, spread, strict=True)]
