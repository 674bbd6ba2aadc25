"""Expected rewards estimated from pulls, for bandits that do not define theirs.

Knows: the mean of many pulls.  Does not know: any particular bandit.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import types

from hivemind_abm.engine.intrinsics import read_only
from hivemind_abm.engine.loops import compile_loop
from hivemind_abm.engine.numbers import as_numbers
from hivemind_abm.engine.source import CannotCompile
from hivemind_abm.engine.stream import Stream, stream_on

if TYPE_CHECKING:
    from hivemind_abm.bandits.bandit import Bandit

__all__ = ["mean_rewards"]


def mean_rewards(bandit: "Bandit", shares: np.ndarray, pulls: int) -> np.ndarray:
    """The mean reward of `pulls` pulls of each option, from a fixed stream, shape (K,).

    Args:
        bandit: The bandit, an instance.
        shares: x, shape (K,), sums to 1.
        pulls: The number of pulls of each option.
    """
    rng, rewards = Stream(0), np.zeros(bandit.n_action)
    try:
        loop = compile_loop(_mean_loop, bandit, "pull", _MEAN)
    except CannotCompile:
        x = as_numbers(shares, writable=False)
        for option in range(bandit.n_action):
            for _ in range(pulls):
                rewards[option] += bandit.pull(option, x, rng)
        return rewards / pulls
    loop.run(shares, rng.state, pulls, rewards)
    return rewards / pulls


def _mean_loop(pull: Any, build: Any) -> Any:
    def loop(integers, reals, shares, state, pulls, rewards):
        bandit = build(integers, reals)
        rng, x = stream_on(state, 0), read_only(shares)
        for option in range(rewards.size):
            for _ in range(pulls):
                rewards[option] += pull(bandit, option, x, rng)

    return loop


_reals = types.float64[::1]
_MEAN = types.void(types.int64[::1], _reals, _reals, types.uint64[::1], types.int64, _reals)
