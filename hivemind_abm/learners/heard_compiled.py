"""What a bee hears as the pulls of a learner, in compiled code.

Knows: the questions of `Pulls`, asked of the bee's neighbours, and how a policy is kept for the
bees that hear the same.  Does not know: rules, learners, Mesa.
"""

import operator
from typing import Any, NamedTuple

import numpy as np
from numba import carray, types

from hivemind_abm.engine.intrinsics import advance
from hivemind_abm.engine.loops import compiled
from hivemind_abm.engine.structs import (
    define_iterator,
    define_struct,
    method_of,
    operation_of,
    property_of,
    record_type,
    takes_whole_number,
    with_fields,
)
from hivemind_abm.hives.bees import MOST_ROWS
from hivemind_abm.hives.neighbourhood import EVERYONE
from hivemind_abm.hives.neighbours_compiled import neighbours_struct
from hivemind_abm.hives.neighbours_struct import PASS
from hivemind_abm.learners.pulled import Pull

__all__ = ["INVALID", "closed", "heard_by", "heard_struct", "option_at", "option_of"]

INVALID = (
    "the learner's update left a policy that has a number below 0 or does not sum to 1; "
    "a policy must be at least 0 and sum to 1: divide it by its sum"
)
_ROUNDING = 1e-9  # by so much the sum of a policy may differ from 1
_FEW = 24  # among up to so many options, all are compared


class _Heard(NamedTuple):
    """The neighbours, how many of them hold an option, K, and the updates made before."""

    neighbours: Any
    size: int
    n_action: int
    step: int


heard_struct, _nothing_heard = define_struct(
    "HeardPulls",
    {
        "size": types.int64,
        "n_action": types.int64,
        "step": types.int64,
        "_neighbours": neighbours_struct,
    },
    __name__,
)
define_iterator(heard_struct, record_type(Pull))


def heard_by(neighbours, step):
    """The pulls that a bee hears.

    Args:
        neighbours: Its neighbours.
        step: The number of updates before.
    """
    size = neighbours.size
    if neighbours._none:
        size -= neighbours.count_of(neighbours.n_action)
    heard = _Heard(neighbours, size, neighbours.n_action, step)
    return with_fields(_nothing_heard(), heard)


@operation_of(heard_struct, len)
def _length(self):
    return self.size


@operation_of(heard_struct, operator.getitem, when=takes_whole_number)
def _item(self, b):
    if b < 0 or b >= self.size:
        raise IndexError("pulls[b]: b must be 0 .. pulls.size - 1")
    neighbours, j = self._neighbours, np.int64(b)
    if neighbours._none:
        j, left = -1, b
        while left >= 0:
            j += 1
            left -= neighbours._opinion[neighbours._member(j)] < self.n_action
    bee = neighbours._member(j)
    return Pull(np.int64(neighbours._opinion[bee]), neighbours._payoff[bee])


@method_of(heard_struct, when=takes_whole_number)
def count_of(self, option):
    """As `Pulls.count_of`."""
    if option < 0 or option >= self.n_action:
        raise IndexError("count_of(option): option must be 0 .. n_action - 1")
    return self._neighbours.count_of(option)


@method_of(heard_struct, when=takes_whole_number)
def reward_of(self, option):
    """As `Pulls.reward_of`."""
    if option < 0 or option >= self.n_action:
        raise IndexError("reward_of(option): option must be 0 .. n_action - 1")
    return self._neighbours.payoff_of(option)


@property_of(heard_struct)
def total_reward(self):
    """As `Pulls.total_reward`."""
    return self._neighbours.total_payoff


@property_of(heard_struct)
def shared(self):
    """As `HeardPulls.shared`."""
    hears = self._neighbours
    return hears._kind == EVERYONE and hears._one_at_a_time == 0 and hears._rows > 1


@property_of(neighbours_struct)
def _rows(self):
    """The number of rows of `Workspace.kept`."""
    return self._options if self._options <= MOST_ROWS else 1


@method_of(heard_struct)
def is_kept(self, row):
    """As `HeardPulls.is_kept`."""
    options = self._neighbours._options
    number = self._neighbours._kept[row * (options + 1) + options]
    return self.shared and number == self._neighbours._flags[PASS]


@method_of(heard_struct)
def policy_before(self, row, opinion):
    """As `HeardPulls.policy_before`."""
    first = advance(self._neighbours._kept, row * (self._neighbours._options + 1))
    if opinion >= 0:
        for option in range(self.n_action):
            first[option] = 1.0 if option == opinion else 0.0
    else:
        for option in range(self.n_action):
            first[option] = self.count_of(option) / self.size
    return carray(first, (self.n_action,))


@method_of(heard_struct)
def memory_of(self, bee):
    """As `HeardPulls.memory_of`."""
    return carray(bee._memory, (max(bee._m - 1, 0),))


@method_of(heard_struct)
def state_of(self, rng):
    """As `HeardPulls.state_of`."""
    state = rng.state
    return state[0], state[1], state[2], state[3]


@method_of(heard_struct)
def close(self, row, keep):
    """As `HeardPulls.close`."""
    if not self.shared:
        return
    options = self._neighbours._options
    first = row * (options + 1)
    if not closed(self._neighbours._kept, first, self.n_action):
        raise ValueError(INVALID)
    if keep:
        self._neighbours._kept[first + options] = self._neighbours._flags[PASS]


@method_of(heard_struct)
def draw(self, row, rng):
    """As `HeardPulls.draw`."""
    numbers, first, u = self._neighbours._kept, row * (self._neighbours._options + 1), rng.random()
    if self.shared:
        return option_at(numbers, first, self.n_action, u)
    option = option_of(numbers, first, self.n_action, u)
    if option < 0:
        raise ValueError(INVALID)
    return option


@compiled
def closed(numbers, first, k):
    """Turn a policy into cumulative numbers, in place -> whether it is a valid policy.

    From the last option with a probability above 0 on, they are 2, because rounding can leave the
    sum of all below 1.

    Args:
        numbers: The K numbers from `first` on are the policy.
        first: Its place.
        k: K.
    """
    total, least, last = 0.0, 0.0, 0
    for a in range(k):
        p = numbers[first + a]
        total += p
        least = p if p < least else least
        last = a if p > 0.0 else last
        numbers[first + a] = total
    for a in range(last, k):
        numbers[first + a] = 2.0
    return least >= 0.0 and abs(total - 1.0) <= _ROUNDING


@compiled
def option_at(numbers, first, k, u):
    """The first option whose cumulative number, one of those of `closed`, is above u."""
    if k <= _FEW:
        option = 0
        for a in range(k):
            option += u >= numbers[first + a]
        return option
    low, high = 0, k - 1
    while low < high:
        middle = (low + high) >> 1
        if u >= numbers[first + middle]:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def option_of(numbers, first, k, u):
    """As `closed` and then `option_at`, in one go; -1 for a policy that is not valid."""
    total, below, option = 0.0, 0, 0
    for a in range(k):
        p = numbers[first + a]
        total += p
        option += u >= total
        below += p < 0.0
    if below > 0 or not abs(total - 1.0) <= _ROUNDING:
        return -1
    if option == k:  # rounding has left the sum of all below u
        option -= 1
        while numbers[first + option] <= 0.0:
            option -= 1
    return option
