"""Expected rewards estimated from pulls, for bandits that do not define theirs.

Knows: the mean of many pulls.  Does not know: any particular bandit.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import types

from hivemind_abm.bandits.world import World
from hivemind_abm.bandits.world_compiled import world_of
from hivemind_abm.engine.intrinsics import pointer
from hivemind_abm.engine.loops import compile_loop
from hivemind_abm.engine.source import CannotCompile
from hivemind_abm.engine.stream import Stream, stream_on

if TYPE_CHECKING:
    from hivemind_abm.bandits.bandit import Bandit

__all__ = ["mean_rewards"]


def mean_rewards(bandit: "Bandit", world: World, pulls: int) -> np.ndarray:
    """The mean reward of `pulls` pulls of each option, from a fixed stream, shape (K,).

    Args:
        bandit: The bandit, an instance.
        world: The world; not changed, because the pulls get a copy.
        pulls: The number of pulls of each option.
    """
    rng, rewards = Stream(0), np.zeros(bandit.n_action)
    shares, memory = np.array(world.shares), np.array(world.memory)
    try:
        loop = compile_loop(_mean_loop, bandit, "pull", _MEAN)
    except CannotCompile:
        copy = World(shares, world.step, memory)
        for option in range(bandit.n_action):
            for _ in range(pulls):
                rewards[option] += bandit.pull(option, copy, rng)
        return rewards / pulls
    loop.run(shares, world.step, memory, rng.state, pulls, rewards)
    return rewards / pulls


def _mean_loop(pull: Any, build: Any) -> Any:
    def loop(integers, reals, shares, step, memory, state, pulls, rewards):
        bandit = build(integers, reals)
        rng = stream_on(state, 0)
        held, own = pointer(shares, 0), pointer(memory, 0)
        world = world_of(held, shares.size, step, own, memory.size, 0, 0)
        for option in range(rewards.size):
            for _ in range(pulls):
                rewards[option] += pull(bandit, option, world, rng)

    return loop


_reals, _integer = types.float64[::1], types.int64
_WORLD = (_reals, _integer, _reals)
_MEAN = types.void(types.int64[::1], _reals, *_WORLD, types.uint64[::1], _integer, _reals)
