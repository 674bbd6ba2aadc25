"""The other side of the equation as Mesa models: what the hive as a whole amounts to.

Knows: how a replicator steps on the hive's clock, with the hive's columns.  Does not know: bees.
"""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hivemind_abm.bandits import Bandit
from hivemind_abm.catalogue import build_parts, find_bandit
from hivemind_abm.randomness import seed_sequence
from hivemind_abm.recorded import RecordedModel, starting_shares
from hivemind_abm.replicators import Derivative, closed_form, euler, replicator, solve

__all__ = ["ReplicatorModel", "ReplicatorSettings"]

METHODS = ("euler", "exact")


class _ReplicatorBatch:
    """The same curve as often as there are seeds: a replicator has no chance in it."""

    def __init__(self, settings: "ReplicatorSettings", runs: int) -> None:
        self._settings = settings
        self._start = self._x = settings.start
        self._step = 0
        self.measures = np.zeros((runs, settings.n_action + 3))
        self.running = np.ones(runs, np.bool_)
        self._measure()

    def step(self) -> None:
        settings, self._step = self._settings, self._step + 1
        rewards = settings.bandit.expected_rewards
        if settings.method == "euler":
            self._x = euler(settings.derivative, self._x, rewards, 1, settings.delta)[1]
        elif settings.constant:
            q = rewards(self._start)
            self._x = closed_form(settings.derivative, self._start, q, [self._step * settings.delta])[0]
        else:
            self._x = solve(settings.derivative, self._x, rewards, [0.0, settings.delta])[1]
        self._measure()

    def _measure(self) -> None:
        x, bandit = self._x, self._settings.bandit
        end = bool((x == 1.0).any())
        self.measures[:] = [x[bandit.optimal_options()].sum(), x @ bandit.expected_rewards(x), *x, end]
        self.running[:] = not (self._settings.stop_if_end and end)


@dataclass(frozen=True)
class ReplicatorSettings:
    """The arguments of a `ReplicatorModel`, checked."""

    derivative: Derivative
    bandit: Bandit
    delta: float
    method: str
    start: np.ndarray
    stop_if_end: bool

    work = 1

    @property
    def n_action(self) -> int:
        return self.bandit.n_action

    @property
    def constant(self) -> bool:
        """Whether the expected rewards are the same at all shares tried."""
        k = self.n_action
        tried = [np.full(k, 1.0 / k), *np.eye(k)]
        return len({self.bandit.expected_rewards(x).tobytes() for x in tried}) == 1

    def batch(self, seeds: Sequence[Any]) -> _ReplicatorBatch:
        return _ReplicatorBatch(self, len(seeds))


class ReplicatorModel(RecordedModel):
    """The Taylor (TRD) or Maynard (MRD) replicator dynamic on a bandit, with the rows of a `Hive`.

    Row t is at time t delta; its mean_payoff is sum_a x_a q_a.

    Args:
        dynamic: "TRD", "MRD", or a function (shares, fitness) -> derivative.
        bandit: As for `Hive`; its `expected_rewards` are the fitness.
        delta: Time a step, above 0; at most 1 for Euler.  1 goes with one synchronous step of a hive, alpha with a learner of
            that rate.
        method: "euler" (with delta = 1 the exact map of a large hive), or "exact" (closed form for constant rewards, else SciPy's
            ODE solver).
        initial_shares: K numbers that sum to 1; None for even shares.
        stop_if_end: Stop when one share is 1.
        rng: As for `Hive`; there is no chance in a replicator.
        parameters: Fields of the bandit where it is given by name.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.
    """

    def __init__(
        self,
        dynamic: Any = "MRD",
        bandit: Any = "evenly spaced",
        *,
        delta: float = 1.0,
        method: str = "euler",
        initial_shares: Sequence[float] | None = None,
        stop_if_end: bool = False,
        rng: Any = None,
        **parameters: Any,
    ) -> None:
        arguments = [name for name in inspect.signature(ReplicatorModel).parameters if name != "parameters"]
        (the_bandit,) = build_parts([find_bandit(bandit)], parameters, arguments)
        if method not in METHODS:
            raise ValueError(f"method must be one of {', '.join(METHODS)}, not {method!r}")
        k = the_bandit.n_action
        start = starting_shares(initial_shares, k)
        self._settings = ReplicatorSettings(replicator(dynamic), the_bandit, delta, method, start, stop_if_end)
        seed = seed_sequence(rng)
        super().__init__(seed, self._settings.batch([seed]))
        self.bandit = the_bandit
        self._start_record()

    @classmethod
    def settings(cls, **arguments: Any) -> ReplicatorSettings:
        """The checked settings of a model with these arguments; `ensemble` steps its runs from them."""
        return cls(**arguments)._settings
