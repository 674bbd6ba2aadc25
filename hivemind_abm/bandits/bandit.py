"""The base class of bandits: the options, with their expected rewards and one pull.

A bandit is a frozen dataclass with a plain method `pull`.  The same source runs compiled and
interpreted, as for rules.  Rewards always lie in [0, 1].  x_a is the share of the pulls that go to
option a (for a learner, its policy).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

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

    def pull(self, option: int, shares: np.ndarray, rng: "Stream") -> float:
        """The reward of one pull.

        Args:
            option: 0 .. K - 1.
            shares: x, shape (K,), sums to 1; read-only.
            rng: The stream to draw from: `random()`, `integers(n)`, `normal()`, `binomial(n, p)`.

        Returns:
            A reward in [0, 1].
        """
        raise NotImplementedError(f"{type(self).__name__} has no pull(self, option, shares, rng)")

    def expected_rewards(self, shares: np.ndarray) -> np.ndarray:
        """The expected reward of each option at the shares x, shape (K,).

        Write it where it is known.  This default is the mean of `estimate_pulls` pulls from a fixed
        stream.  Its standard error is at most 0.5 / sqrt(estimate_pulls), which is 0.0016.

        Args:
            shares: x, shape (K,), sums to 1.
        """
        from hivemind_abm.bandits.estimate import mean_rewards  # loads the machine code

        return mean_rewards(self, np.array(shares, float), self.estimate_pulls)

    @property
    def deterministic(self) -> bool:
        """Whether each pull returns the expected reward at the current shares, without noise."""
        return False

    def depends_on_shares(self) -> bool:
        """Whether the expected rewards depend on the shares.

        They are compared at even shares and at all shares on one option.
        """
        k = self.n_action
        tried = [np.full(k, 1.0 / k), *np.eye(k)]
        return len({np.asarray(self.expected_rewards(x)).tobytes() for x in tried}) > 1

    def optimal_shares(self) -> np.ndarray:
        """The shares that a hive should reach, shape (K,), sum to 1.

        By default, all is on the option with the largest expected reward at even shares.  Options
        that tie (to 1e-12) share it evenly.
        """
        rewards = np.asarray(self.expected_rewards(np.full(self.n_action, 1.0 / self.n_action)))
        best = rewards >= rewards.max() - 1e-12
        return best / best.sum()

    def optimal_options(self) -> np.ndarray:
        """The options whose summed share is recorded as `optimal_share`.

        Returns:
            Option numbers in increasing order, shape (any,), dtype int64.
        """
        return np.flatnonzero(self.optimal_shares())


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
