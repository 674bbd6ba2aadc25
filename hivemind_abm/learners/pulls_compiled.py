"""The pulls of one step, and what a learner can ask about them, in compiled code.

Knows: how options are drawn from a policy, and the questions that an update may ask.  Does not
know: learners, bandits, Mesa.
"""

import operator
from typing import Any, NamedTuple

import numpy as np
from numba import types

from hivemind_abm.engine.intrinsics import advance, pointer
from hivemind_abm.engine.loops import compiled
from hivemind_abm.engine.structs import (
    define_iterator,
    define_struct,
    method_of,
    operation_of,
    pointers_to,
    property_of,
    record_type,
    takes_whole_number,
    with_fields,
)
from hivemind_abm.learners.pulled import PARTS, Pull, Workspace

__all__ = ["pulls_of", "pulls_struct"]


class _Size(NamedTuple):
    """B, K, and the number of updates before."""

    size: int
    n_action: int
    step: int


class _Place(NamedTuple):
    """The addresses of the options and rewards of one run."""

    options: Any
    rewards: Any


pulls_struct, _no_pulls = define_struct(
    "Pulls",
    {
        **{name.removeprefix("_"): kind for name, kind in pointers_to(_Size).items()},
        "_options": types.CPointer(types.int32),
        "_rewards": types.CPointer(types.float64),
        **pointers_to(Workspace),
    },
    __name__,
)
define_iterator(pulls_struct, record_type(Pull))

_SUMMED, _COUNTED = 0, 1  # places in `Workspace.tallied`
# Shifts and a factor that turn 64 random bits into one of 128 parts, and into a number in [0, 1).
_TO_PART, _TO_UNIT, _UNIT = (
    np.uint64(57),
    np.uint64(11),
    2.0**-53,
)
_FEW = 48  # up to so many pulls, filling the guide takes longer than it saves


@compiled
def pulls_of(options, rewards, workspace):
    """The pulls of the first run.

    Args:
        options: The options, shape (R, B) or (B,).
        rewards: The rewards, same shape.
        workspace: The `Workspace`.
    """
    size = _Size(options.shape[-1], workspace.counts.size, workspace.clock[0])
    place = _Place(pointer(options, 0), pointer(rewards, 0))
    return with_fields(with_fields(with_fields(_no_pulls(), workspace), size), place)


@method_of(pulls_struct)
def of_run(self, run, step):
    """The pulls of another run, after so many updates."""
    self._tallied[_SUMMED] = self._tallied[_COUNTED] = 0
    first = run * self.size
    place = _Place(advance(self._options, first), advance(self._rewards, first))
    size = _Size(self.size, self.n_action, step)
    return with_fields(with_fields(self, place), size)


@operation_of(pulls_struct, len)
def _length(self):
    return self.size


@operation_of(pulls_struct, operator.getitem, when=takes_whole_number)
def _item(self, b):
    if b < 0 or b >= self.size:
        raise IndexError("pulls[b]: b must be 0 .. pulls.size - 1")
    return Pull(np.int64(self._options[b]), self._rewards[b])


@compiled
def _count(self):
    """Count the pulls per option."""
    for option in range(self.n_action):
        self._counts[option] = 0
    for b in range(self.size):
        self._counts[np.int64(self._options[b])] += 1
    self._tallied[_COUNTED] = 1


@compiled
def _sum(self):
    """Sum the rewards per option."""
    k, n, sums = self.n_action, self.size, self._sums
    for i in range(4 * k):
        sums[i] = 0.0
    # Four sums per option, so that equal options in a row need not wait for each other.
    for b in range(n):
        sums[4 * np.int64(self._options[b]) + (b & 3)] += self._rewards[b]
    for option in range(k):
        i = 4 * option
        sums[option] = (sums[i] + sums[i + 1]) + (sums[i + 2] + sums[i + 3])
    self._tallied[_SUMMED] = 1


@method_of(pulls_struct, when=takes_whole_number)
def count_of(self, option):
    """As `Pulls.count_of`."""
    option = np.int64(option)
    if option < 0 or option >= self.n_action:
        raise IndexError("count_of(option): option must be 0 .. n_action - 1")
    if self._tallied[_COUNTED] == 0:
        _count(self)
    return self._counts[option]


@method_of(pulls_struct, when=takes_whole_number)
def reward_of(self, option):
    """As `Pulls.reward_of`."""
    option = np.int64(option)
    if option < 0 or option >= self.n_action:
        raise IndexError("reward_of(option): option must be 0 .. n_action - 1")
    if self._tallied[_SUMMED] == 0:
        _sum(self)
    return self._sums[option]


@property_of(pulls_struct)
def total_reward(self):
    """As `Pulls.total_reward`."""
    if self._tallied[_SUMMED] == 0:
        _sum(self)
    total = 0.0
    for option in range(self.n_action):
        total += self._sums[option]
    return total


@method_of(pulls_struct)
def draw(self, policy, rng):
    """Draw all options anew, option a with probability policy_a.

    A pull is the first option whose cumulative probability exceeds a uniform number, whichever way
    the search goes.

    Returns:
        False if the policy has a number below 0 or does not sum to 1 (to 1e-9).
    """
    total = least = 0.0
    if self.size > _FEW:
        for a in range(self.n_action):
            total += policy[a]
            self._cumulative[a] = total
            least = policy[a] if policy[a] < least else least
        self._draw_by_guide(_last_possible(policy), rng)
    else:
        for b in range(self.size):
            u, total, option = rng.random(), 0.0, 0
            for a in range(self.n_action):
                total += policy[a]
                option += u >= total
                least = policy[a] if policy[a] < least else least
            self._options[b] = option if option < self.n_action else _last_possible(policy)
    return least >= 0.0 and abs(total - 1.0) <= 1e-9


@compiled
def _last_possible(policy):
    """The last option with a probability above 0."""
    option = policy.size - 1
    while option > 0 and policy[option] <= 0.0:
        option -= 1
    return option


@method_of(pulls_struct)
def _draw_by_guide(self, last, rng):
    """Draw many options: each search starts at the option that the guide gives."""
    cumulative, guide, options = self._cumulative, self._guide, self._options
    # Rounding can leave a uniform number above the sum of all probabilities: it goes to `last`.
    cumulative[last] = 2.0
    option = 0
    for part in range(PARTS):
        while cumulative[option] <= part / PARTS:
            option += 1
        guide[part] = option
    for b in range(self.size):
        bits = rng._bits()
        u, option = np.int64(bits >> _TO_UNIT) * _UNIT, guide[bits >> _TO_PART]
        option += u >= cumulative[option]
        while u >= cumulative[option]:
            option += 1
        options[b] = option
