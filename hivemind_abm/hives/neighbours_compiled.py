"""What a rule can ask about the neighbours of a bee, in compiled code.

Knows: the questions that a rule may ask.  Where a bee hears everyone, their cost does not grow with
the hive.  Does not know: how neighbours are drawn (`listening`), rules, bandits, Mesa.
"""

import operator

import numpy as np

from hivemind_abm.engine.loops import compiled, inlined
from hivemind_abm.engine.structs import (
    method_of,
    operation_of,
    property_of,
    takes_whole_number,
)
from hivemind_abm.hives.listening import FEW, another, neighbours_struct
from hivemind_abm.hives.neighbourhood import GROUPS, OTHERS, SAMPLE
from hivemind_abm.hives.neighbours_struct import (
    AMONG,
    ASKED,
    FLAG_CUMULATED,
    FLAG_TALLIED,
    KEY,
    STAMP,
    load_neighbours,
    of_workspace,
    save_neighbours,
)

__all__ = ["load_neighbours", "neighbours_struct", "of_workspace", "save_neighbours"]

_ATTEMPTS = 24  # rejections before `pick_by_payoff` uses cumulative sums


@operation_of(neighbours_struct, len)
def _length(self):
    return self.size


@operation_of(neighbours_struct, operator.getitem, when=takes_whole_number)
def _item_of(self, j):
    if j < 0 or j >= self.size:
        raise IndexError("neighbours[j]: j must be 0 .. neighbours.size - 1")
    return self._show(self._member(np.int64(j)))


@method_of(neighbours_struct)
def pick(self, rng):
    """As `Neighbours.pick`."""
    if self.size == 0:
        return self._show(self._me)
    if self._one_at_a_time and self.size == 1:  # a draw would change nothing
        return self._show(self._member(0))
    return self._show(self._member(rng.integers(self.size)))


@method_of(neighbours_struct)
def pick_by_payoff(self, rng):
    """As `Neighbours.pick_by_payoff`: by rejection, then by `_search`."""
    if self.size == 0 or self._top[0] <= 0.0:
        return self._show(self._me)
    if self.size <= 2:
        one, two = self._member(0), self._member(self.size - 1)
        total = self._payoff[one] + self._payoff[two]
        if total <= 0.0:
            return self._show(self._me)
        return self._show(one if rng.random() * total < self._payoff[one] else two)
    for _ in range(_ATTEMPTS):
        j, fraction = rng._split(self.size)
        bee = self._member(j)
        if fraction * self._top[0] < self._payoff[bee]:
            return self._show(bee)
    return self._show(self._search(rng))


@method_of(neighbours_struct)
def _search(self, rng):
    """The index of a bee picked by payoff, where most payoffs are small against the largest.

    The search is exact, and its time is bounded.
    """
    if self._keeps_sums:
        bee = _search_tree(self, rng)
        if bee >= 0:
            return bee
    if self._kind > GROUPS or self._one_at_a_time:
        total = 0.0
        for j in range(self.size):
            total += self._payoff[self._member(j)]
        if total <= 0.0:
            return self._me
        left = rng.random() * total
        bee = self._me
        for j in range(self.size):
            candidate = self._member(j)
            if self._payoff[candidate] > 0.0:
                bee = candidate
                left -= self._payoff[candidate]
                if left < 0.0:
                    break
        return bee
    cumulative = self._cumulative
    if self._flags[FLAG_CUMULATED] == 0:
        total = 0.0
        for place in range(self._n):
            total += self._payoff[np.int64(self._order[place]) if self._kind == GROUPS else place]
            cumulative[place] = total
        self._flags[FLAG_CUMULATED] = 1
    skip = self._kind == OTHERS
    low, high = self._first, self._first + self.size + skip
    floor = cumulative[low - 1] if low > 0 else 0.0
    below, above = cumulative[high - 1] - floor, 0.0
    if skip:
        below = (cumulative[self._me - 1] if self._me > 0 else 0.0) - floor
        above = cumulative[high - 1] - cumulative[self._me]
    if below + above <= 0.0:
        return self._me
    while True:
        target = rng.random() * (below + above)
        if target < below:
            left, right, target = low, (self._me if skip else high), target + floor
        else:
            left, right, target = self._me + 1, high, target - below + cumulative[self._me]
        end = right
        while left < right:
            middle = (left + right) >> 1
            if cumulative[middle] > target:
                right = middle
            else:
                left = middle + 1
        if left < end:
            return np.int64(self._order[left]) if self._kind == GROUPS else left


@compiled
def _others_dancing(self):
    """How many bees that this bee hears show a payoff above 0, where everyone is heard."""
    dancing = 0
    for option in range(self.n_action + self._none):
        dancing += self._dancing[option]
    return dancing - (self._kind == OTHERS and self._payoff[self._me] > 0.0)


@compiled
def _search_tree(self, rng):
    """As `_search`, where everyone is heard and bees decide one at a time.

    The sums are in a binary indexed tree (Fenwick, Softw. Pract. Exper. 24, 1994), in which the
    payoff of one bee can change.
    """
    if self._flags[FLAG_TALLIED] == 0:
        _tally(self)
    if _others_dancing(self) == 0:
        return self._me
    n, tree = self._n, self._cumulative
    if self._flags[FLAG_CUMULATED] == 0:
        for i in range(n):
            tree[i] = self._payoff[i]
        for i in range(n):
            if i | (i + 1) < n:
                tree[i | (i + 1)] += tree[i]
        self._flags[FLAG_CUMULATED] = 1
    skip = self._kind == OTHERS
    own = self._payoff[self._me] if skip else 0.0
    below, total = _sum_below(tree, self._me), _sum_below(tree, n) - own
    for _ in range(_ATTEMPTS):
        target = rng.random() * total
        if skip and target >= below:
            target += own
        bee, width = 0, 1
        while 2 * width <= n:
            width *= 2
        while width:
            if bee + width <= n and tree[bee + width - 1] <= target:
                target -= tree[bee + width - 1]
                bee += width
            width >>= 1
        # rounding errors may lead to a bee that is not heard, or that shows nothing
        if bee < n and self._payoff[bee] > 0.0 and not (skip and bee == self._me):
            return bee
    return -1  # payoffs so small that the rounding errors of the sums are larger


@compiled
def _sum_below(tree, end):
    """The sum of the payoffs of the bees 0 .. end - 1."""
    total = 0.0
    while end > 0:
        total += tree[end - 1]
        end &= end - 1
    return total


@compiled
def _tally(self):
    """Sum payoffs and count bees per option."""
    kept = self._keeps_sums  # until the end of the step
    for option in range(self._options):
        self._sums[option] = 0.0
        self._counts[option] = 0
    for option in range(self._options if kept else 0):
        self._dancing[option] = 0
    self._flags[FLAG_TALLIED] = 1
    if self._drawn and self._m > FEW and self._flags[ASKED] == 0:
        self._total[0] = _tally_as_drawn(self)
        return
    total = 0.0
    others = self._kind == OTHERS  # sums with the bee itself, computed once for all bees
    for j in range(self.size + others):
        bee = j if others else self._member(j)
        option, payoff = np.int64(self._opinion[bee]), self._payoff[bee]
        self._sums[option] += payoff
        self._counts[option] += 1
        if kept:
            self._dancing[option] += payoff > 0.0
        total += payoff
    self._total[0] = total


@inlined
def _tally_as_drawn(self):
    """Draw all neighbours, where none is drawn yet, as `_draw` does, and tally them at once.

    Returns:
        The payoff of all.
    """
    flags, shuffle, sample, me = self._flags, self._shuffle, self._kind == SAMPLE, self._me
    stamp, among, state, total = flags[STAMP], flags[AMONG], np.uint64(flags[KEY]), 0.0
    marks = self._marks
    for j in range(self._m):
        drawn, state = another(shuffle, stamp, state, j, among, marks)
        bee = drawn + (drawn >= me) if sample else np.int64(self._members[drawn])
        self._slots[j], self._heard[j] = stamp, bee
        option, payoff = np.int64(self._opinion[bee]), self._payoff[bee]
        self._sums[option] += payoff
        self._counts[option] += 1
        total += payoff
    flags[ASKED], flags[KEY] = self._m, np.int64(state)
    return total


@method_of(neighbours_struct, when=takes_whole_number)
def count_of(self, option):
    """As `Neighbours.count_of`."""
    option = np.int64(option)
    if option < 0 or option >= self.n_action + self._none:
        raise IndexError("count_of(option): option must be 0 .. n_action - 1")
    if self._flags[FLAG_TALLIED] == 0:
        _tally(self)
    return self._counts[option] - (self._kind == OTHERS and self._opinion[self._me] == option)


@method_of(neighbours_struct, when=takes_whole_number)
def payoff_of(self, option):
    """As `Neighbours.payoff_of`."""
    option = np.int64(option)
    if option < 0 or option >= self.n_action + self._none:
        raise IndexError("payoff_of(option): option must be 0 .. n_action - 1")
    if self._flags[FLAG_TALLIED] == 0:
        _tally(self)
    mine = self._kind == OTHERS and self._opinion[self._me] == option
    if self._keeps_sums:  # what is kept for long has rounding errors
        dancing = self._dancing[option] - (mine and self._payoff[self._me] > 0.0)
        left = self._sums[option] - (self._payoff[self._me] if mine else 0.0)
        return max(left, 0.0) if dancing > 0 else 0.0
    if mine:
        return (
            max(self._sums[option] - self._payoff[self._me], 0.0)
            if self._counts[option] > 1
            else 0.0
        )
    return self._sums[option]


@property_of(neighbours_struct)
def total_payoff(self):
    """As `Neighbours.total_payoff`."""
    if self.size == 0:
        return 0.0
    if self._flags[FLAG_TALLIED] == 0:
        _tally(self)
    if self._keeps_sums and _others_dancing(self) == 0:
        return 0.0
    return max(self._total[0] - (self._payoff[self._me] if self._kind == OTHERS else 0.0), 0.0)


@method_of(neighbours_struct)
def replaced(self, bee, opinion, payoff):
    """Update what is kept until the end of the step, after one bee has shown something new.

    Args:
        self: The neighbours.
        bee: Its index.
        opinion: What it held before.
        payoff: What it showed before.
    """
    shown = self._payoff[bee]
    if shown > self._top[0]:
        self._top[0] = shown
    if self._kind >= GROUPS:
        return
    if self._flags[FLAG_TALLIED]:
        held = self._opinion[bee]
        self._sums[opinion] -= payoff
        self._sums[held] += shown
        self._counts[opinion] -= 1
        self._counts[held] += 1
        self._dancing[opinion] -= payoff > 0.0
        self._dancing[held] += shown > 0.0
        self._total[0] += shown - payoff
    if self._flags[FLAG_CUMULATED]:
        i = bee
        while i < self._n:
            self._cumulative[i] += shown - payoff
            i |= i + 1
