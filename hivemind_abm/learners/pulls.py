"""What a learner pulled in one step, and what it can ask of it.

Knows: how options are drawn from a policy, and the questions that an update may ask.  Does not know: learners, bandits, Mesa.
"""

import operator
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numba import types

from hivemind_abm.engine.loops import (
    advance,
    compiled,
    define_struct,
    iterated_as,
    method_of,
    operation_of,
    pointer,
    property_of,
)

__all__ = ["Desk", "Pull", "Pulls"]


class Pull(NamedTuple):
    """One pull: the option (0 .. K - 1) and the reward it gave, in [0, 1]."""

    option: int
    reward: float


class Desk(NamedTuple):
    """What a batch of learners writes on.

    Attributes:
        memory: Each learner's own numbers, shape (R, any).
        clock: Updates made so far, -1 before the first pulls, shape (1,).
        sums: Rewards per option of the learner whose turn it is in the first K of 4 K places.
        counts: Its pulls per option, shape (K,).
        tallied: Whether `sums`, then `counts`, hold now, shape (2,).
        cumulative: Its cumulative policy, shape (K,).
        guide: For each part of [0, 1] where a search in `cumulative` starts, shape (any,).
    """

    memory: np.ndarray
    clock: np.ndarray
    sums: np.ndarray
    counts: np.ndarray
    tallied: np.ndarray
    cumulative: np.ndarray
    guide: np.ndarray

    @classmethod
    def of(cls, runs: int, n_action: int, memory_size: int) -> "Desk":
        return cls(
            memory=np.zeros((runs, memory_size)),
            clock=np.full(1, -1, np.int64),
            sums=np.zeros(4 * n_action),
            counts=np.zeros(n_action, np.int64),
            tallied=np.zeros(2, np.int64),
            cumulative=np.zeros(n_action),
            guide=np.zeros(_PARTS, np.int64),
        )


desk_type = types.NamedTuple(
    (
        types.float64[:, ::1],
        types.int64[::1],
        types.float64[::1],
        types.int64[::1],
        types.int64[::1],
        types.float64[::1],
        types.int64[::1],
    ),
    Desk,
)
_SUMMED, _COUNTED = 0, 1
_PARTS = 128
_TO_PART, _TO_UNIT, _UNIT = (
    np.uint64(57),
    np.uint64(11),
    2.0**-53,
)  # from 64 random bits to one of 128 parts, and to [0, 1)
_FEW = 48  # pulls for which filling the guide does not pay


# ---------------------------------------------------------------------------------------------------------------------
# The interpreted side


class Pulls:
    """The pulls of one step, as a learner's `update` gets them."""

    __slots__ = ("_arrays",)

    def __init__(self, options: np.ndarray, rewards: np.ndarray, desk: Desk) -> None:
        self._arrays = (options, rewards, desk)
        desk.tallied[:] = 0

    @classmethod
    def of(cls, pulls: Sequence[tuple[int, float]], n_action: int, step: int = 0) -> "Pulls":
        """Pulls by hand, to try an `update` on: one (option, reward) each.

        Raises:
            ValueError: An option that isn't 0 .. n_action - 1.
        """
        desk = Desk.of(1, n_action, 0)
        desk.clock[0] = step
        for option, _ in pulls:
            if (
                isinstance(option, bool)
                or not hasattr(option, "__index__")
                or not 0 <= operator.index(option) < n_action
            ):
                raise ValueError(f"an option must be 0 to {n_action - 1}, not {option!r}")
        options, rewards = [option for option, _ in pulls], [reward for _, reward in pulls]
        return cls(np.array(options, np.int32), np.array(rewards, float), desk)

    @property
    def size(self) -> int:
        """B, how many pulls."""
        return int(self._arrays[0].size)

    @property
    def n_action(self) -> int:
        """K, how many options there are."""
        return int(self._arrays[2].counts.size)

    @property
    def step(self) -> int:
        """How many updates the learner has made before this one; 0 at its first."""
        return int(self._arrays[2].clock[0])

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, b: int) -> Pull:
        """Pull b = 0 .. size - 1.

        Raises:
            IndexError: No such pull.
        """
        options, rewards, _ = self._arrays
        if not 0 <= operator.index(b) < options.size:
            raise IndexError("pulls[b]: b must be 0 .. pulls.size - 1")
        return Pull(int(options[b]), float(rewards[b]))

    def __iter__(self) -> Iterator[Pull]:
        return (self[b] for b in range(self.size))

    def reward_of(self, option: int) -> float:
        """The summed reward of the pulls of this option."""
        return _reward_of(*self._arrays, option)

    def count_of(self, option: int) -> int:
        """How many pulls this option got."""
        return _count_of(*self._arrays, option)

    @property
    def total_reward(self) -> float:
        """The summed reward of all pulls."""
        return _total_reward(*self._arrays)


# ---------------------------------------------------------------------------------------------------------------------
# The same in compiled code

PullsType, pulls_type, _pulls = define_struct(
    "Pulls",
    {
        "_options": types.CPointer(types.int32),
        "_rewards": types.CPointer(types.float64),
        "_sums": types.CPointer(types.float64),
        "_counts": types.CPointer(types.int64),
        "_tallied": types.CPointer(types.int64),
        "_cumulative": types.CPointer(types.float64),
        "_guide": types.CPointer(types.int64),
        "size": types.int64,
        "n_action": types.int64,
        "step": types.int64,
    },
    __name__,
)
iterated_as(pulls_type, types.NamedTuple((types.int64, types.float64), Pull))


@compiled
def pulls_of(options, rewards, desk):
    """What the first run pulled; `options` and `rewards` have shape (R, B), or (B,)."""
    return _pulls(
        (
            pointer(options, 0),
            pointer(rewards, 0),
            pointer(desk.sums, 0),
            pointer(desk.counts, 0),
            pointer(desk.tallied, 0),
            pointer(desk.cumulative, 0),
            pointer(desk.guide, 0),
            options.shape[-1],
            desk.counts.size,
            desk.clock[0],
        )
    )


@method_of(PullsType)
def of_run(self, run):
    """What another run pulled."""
    self._tallied[_SUMMED] = self._tallied[_COUNTED] = 0
    return _pulls(
        (
            advance(self._options, run * self.size),
            advance(self._rewards, run * self.size),
            self._sums,
            self._counts,
            self._tallied,
            self._cumulative,
            self._guide,
            self.size,
            self.n_action,
            self.step,
        )
    )


@operation_of(PullsType, len)
def _length(self):
    return self.size


@operation_of(PullsType, operator.getitem, when=lambda self, b: isinstance(b, types.Integer))
def _item(self, b):
    if b < 0 or b >= self.size:
        raise IndexError("pulls[b]: b must be 0 .. pulls.size - 1")
    return Pull(np.int64(self._options[b]), self._rewards[b])


@compiled
def _count(self):
    for option in range(self.n_action):
        self._counts[option] = 0
    for b in range(self.size):
        self._counts[np.int64(self._options[b])] += 1
    self._tallied[_COUNTED] = 1


@compiled
def _sum(self):
    k, n, sums = self.n_action, self.size, self._sums
    for i in range(4 * k):
        sums[i] = 0.0
    for b in range(
        n
    ):  # four sums an option, so that pulls of one option in a row don't wait for each other
        sums[4 * np.int64(self._options[b]) + (b & 3)] += self._rewards[b]
    for option in range(k):
        i = 4 * option
        sums[option] = (sums[i] + sums[i + 1]) + (sums[i + 2] + sums[i + 3])
    self._tallied[_SUMMED] = 1


@method_of(PullsType)
def count_of(self, option):
    if option < 0 or option >= self.n_action:
        raise IndexError("count_of(option): option must be 0 .. n_action - 1")
    if self._tallied[_COUNTED] == 0:
        _count(self)
    return self._counts[option]


@method_of(PullsType)
def reward_of(self, option):
    if option < 0 or option >= self.n_action:
        raise IndexError("reward_of(option): option must be 0 .. n_action - 1")
    if self._tallied[_SUMMED] == 0:
        _sum(self)
    return self._sums[option]


@property_of(PullsType)
def total_reward(self):
    if self._tallied[_SUMMED] == 0:
        _sum(self)
    total = 0.0
    for option in range(self.n_action):
        total += self._sums[option]
    return total


# ---------------------------------------------------------------------------------------------------------------------
# The bridge: what the interpreted side calls


@compiled
def _reward_of(options, rewards, desk, option):
    return pulls_of(options, rewards, desk).reward_of(option)


@compiled
def _count_of(options, rewards, desk, option):
    return pulls_of(options, rewards, desk).count_of(option)


@compiled
def _total_reward(options, rewards, desk):
    return pulls_of(options, rewards, desk).total_reward


# ---------------------------------------------------------------------------------------------------------------------
# Drawing options from a policy


@method_of(PullsType)
def draw(self, policy, rng):
    """Draw all options anew, each a with probability policy_a.

    Each is the first option whose cumulative probability exceeds a uniform number, however it is found.

    Returns:
        False where the policy's numbers are below 0 or don't sum to 1 (to 1e-9).
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
    """The last option of a probability above 0."""
    option = policy.size - 1
    while option > 0 and policy[option] <= 0.0:
        option -= 1
    return option


@method_of(PullsType)
def _draw_by_guide(self, last, rng):
    cumulative, guide, options = self._cumulative, self._guide, self._options
    cumulative[last] = (
        2.0  # where a uniform number goes that rounding has left above the sum of all probabilities
    )
    option = 0
    for part in range(_PARTS):
        while cumulative[option] <= part / _PARTS:
            option += 1
        guide[part] = option
    for b in range(self.size):
        bits = rng._bits()
        u, option = np.int64(bits >> _TO_UNIT) * _UNIT, guide[bits >> _TO_PART]
        option += u >= cumulative[option]
        while u >= cumulative[option]:
            option += 1
        options[b] = option
