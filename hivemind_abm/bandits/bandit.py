"""The base class of bandits: the options, with their expected rewards and one pull.

A bandit is a frozen dataclass with a plain method `pull`.  The same source runs compiled and
interpreted, as for rules.  Rewards always lie in [0, 1].  x_a is the share of the pulls that go to
option a (for a learner, its policy).
"""

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from hivemind_abm.bandits.world import World

if TYPE_CHECKING:  # the machine code is loaded where a bandit is pulled, not where it is defined
    from hivemind_abm.engine.stream import Stream

__all__ = ["ROUNDING", "Bandit", "options_of"]

ROUNDING = 1e-9  # a reward outside [0, 1] by at most this is set to the bound


class Bandit:
    """An environment.  Subclass it as a frozen dataclass and write `pull`.

    A subclass needs a field or property `n_action`: K, the number of options.

    Attributes:
        estimate_pulls: The number of pulls per option in the default `expected_rewards`.
        names: The names that users type for it, each with the fields that the name fixes; empty for
            a bandit without a short name.

    See also: `BanditLinear`, `BanditSigmoid`, `BanditCongestion`.
    """

    estimate_pulls: ClassVar[int] = 100_000
    names: ClassVar[Mapping[str, Mapping[str, Any]]] = {}

    n_action: int

    def __init_subclass__(cls, **keywords: Any) -> None:
        """Refuse methods that take shares where the world belongs."""
        super().__init_subclass__(**keywords)
        for name, line in _SIGNATURES.items():
            method = vars(cls).get(name)
            if callable(method) and "shares" in inspect.signature(method).parameters:
                raise TypeError(
                    f"{cls.__name__}.{name} must take the world, not its shares: write "
                    f"`def {line}` and `world.shares`"
                )

    def memory_size(self, n_action: int) -> int:
        """How many numbers the bandit keeps in `world.memory`; they are 0.0 at first."""
        return 0

    def change(self, world: World, rng: "Stream") -> None:
        """Change the world, once per step, before the pulls; write into `world.memory`.

        It is also called before the pulls of row 0, with `world.step` 0 and the first shares.

        Args:
            world: The world.
            rng: The stream to draw from.
        """

    def pull(self, option: int, world: World, rng: "Stream") -> float:
        """The reward of one pull.

        Args:
            option: 0 .. K - 1.
            world: The shares x of the options, `world.shares`, shape (K,), read-only; the number of
                the row to which the payoff belongs, `world.step`; `world.memory`.
            rng: The stream to draw from: `random()`, `integers(n)`, `normal()`, `binomial(n, p)`.

        Returns:
            A reward in [0, 1].
        """
        raise NotImplementedError(f"{type(self).__name__} has no {_SIGNATURES['pull']}")

    def expected_rewards(self, world: World) -> np.ndarray:
        """The expected reward of each option in a world, shape (K,).

        Write it where it is known.  This default is the mean of `estimate_pulls` pulls from a fixed
        stream.  Its standard error is at most 0.5 / sqrt(estimate_pulls), which is 0.0016.  In a
        world that changes it is asked at each step, which takes milliseconds.

        Args:
            world: The world; not changed.
        """
        from hivemind_abm.bandits.estimate import mean_rewards  # loads the machine code

        return mean_rewards(self, world, self.estimate_pulls)

    @property
    def deterministic(self) -> bool:
        """Whether each pull returns the expected reward in the current world, without noise."""
        return False

    @property
    def changes(self) -> bool:
        """Whether what is best may change from step to step.

        So it is where the bandit has a `change` of its own, or its `pull` reads `world.step`.
        Override it where a function that `pull` calls reads `world.step`.
        """
        own = type(self)
        code = getattr(own.pull, "__code__", None)
        return own.change is not Bandit.change or (code is not None and "step" in code.co_names)

    def depends_on_shares(self) -> bool:
        """Whether the expected rewards depend on the shares.

        They are compared at even shares and at all shares on one option.
        """
        k = self.n_action
        tried = [np.full(k, 1.0 / k), *np.eye(k)]
        rewards = {np.asarray(self.expected_rewards(self.world(x))).tobytes() for x in tried}
        return len(rewards) > 1

    def world(self, shares: Any = None) -> World:
        """The world as it is built, before any `change`.

        Args:
            shares: x, shape (K,); None for even shares.
        """
        k = self.n_action
        x = np.full(k, 1.0 / k) if shares is None else shares
        return World(x, 0, np.zeros(self.memory_size(k)))

    def optimal_shares(self, world: World | None = None) -> np.ndarray:
        """The shares that a hive should reach, shape (K,), sum to 1.

        By default, all is on the option with the largest expected reward.  Options that tie (to
        1e-12) share it evenly.

        Args:
            world: The world as it is now, with even shares; None for the world as it is built.
        """
        rewards = np.asarray(self.expected_rewards(self.world() if world is None else world))
        best = rewards >= rewards.max() - 1e-12
        return best / best.sum()

    def optimal_options(self, world: World | None = None) -> np.ndarray:
        """The options whose summed share is recorded as `optimal_share`.

        Args:
            world: As for `optimal_shares`.

        Returns:
            Option numbers in increasing order, shape (any,), dtype int64.
        """
        return np.flatnonzero(self.optimal_shares(world))


_SIGNATURES = {
    "pull": "pull(self, option, world, rng)",
    "expected_rewards": "expected_rewards(self, world)",
}


def options_of(bandit: Bandit) -> int:
    """K, the number of options of a bandit.

    Raises:
        TypeError: `n_action` is missing, or no whole number of at least 1.
    """
    k = getattr(bandit, "n_action", None)
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise TypeError(
            f"{type(bandit).__name__}.n_action must be a whole number of at least 1, "
            f"a field or a property, not {k!r}"
        )
    return int(k)
