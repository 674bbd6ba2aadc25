"""The other side of the equation as Mesa models: what the hive as a whole amounts to.

Knows: how a learner or a replicator steps, with the hive's columns.  Does not know: bees.
"""

import inspect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.names import find_bandit
from hivemind_abm.engine.record import RecordedModel, starting_shares
from hivemind_abm.engine.seeds import seed_sequence
from hivemind_abm.learners.batch import LearnerBatch
from hivemind_abm.learners.learner import Learner
from hivemind_abm.learners.macro_agent import MacroAgent, MacroBatch
from hivemind_abm.learners.names import find_learner
from hivemind_abm.registry import build_parts
from hivemind_abm.theory.dynamics import DYNAMICS, Derivative, closed_form, euler, replicator, solve

__all__ = ["LearnerModel", "LearnerSettings", "ReplicatorModel", "ReplicatorSettings"]

METHODS = ("euler", "exact")


@dataclass(frozen=True)
class LearnerSettings:
    """The arguments of a `LearnerModel`, checked, apart from its seed."""

    learner: Learner
    bandit: Bandit
    initial_shares: Sequence[float] | None
    stop_if_end: bool
    compiled: bool

    @property
    def n_action(self) -> int:
        return self.bandit.n_action

    @property
    def work(self) -> int:
        return self.learner.parallel_envs

    @classmethod
    def of(
        cls,
        learner: Any,
        bandit: Any,
        initial_shares: Sequence[float] | None,
        stop_if_end: bool,
        compiled: bool,
        parameters: Mapping[str, Any],
    ) -> "LearnerSettings":
        """Check a model's arguments; see `LearnerModel` for what they mean and raise."""
        for name, flag in (("stop_if_end", stop_if_end), ("compiled", compiled)):
            if not isinstance(flag, bool | np.bool_):
                raise TypeError(f"{name} must be True or False, not {flag!r}")
        arguments = [
            name for name in inspect.signature(LearnerModel).parameters if name != "parameters"
        ]
        the_learner, the_bandit = build_parts(
            [find_learner(learner), find_bandit(bandit)], parameters, arguments
        )
        starting_shares(initial_shares, the_bandit.n_action)
        pulls = the_learner.parallel_envs
        if isinstance(pulls, bool) or not isinstance(pulls, int | np.integer) or pulls < 1:
            name = type(the_learner).__name__
            raise ValueError(
                f"{name}.parallel_envs must be a whole number of at least 1, not {pulls!r}"
            )
        return cls(the_learner, the_bandit, initial_shares, bool(stop_if_end), bool(compiled))

    def batch(self, seeds: Sequence[Any]) -> LearnerBatch | MacroBatch:
        """Learners with these settings, one a seed."""
        if isinstance(self.learner, MacroAgent):
            return MacroBatch(
                self.learner,
                self.bandit,
                seeds,
                self.initial_shares,
                self.stop_if_end,
                self.compiled,
            )
        return LearnerBatch(
            self.learner, self.bandit, seeds, self.initial_shares, self.stop_if_end, self.compiled
        )


class LearnerModel(RecordedModel):
    """A reinforcement learner on a bandit, with the rows of a `Hive`.

    Row t of the record holds the policy pi(t) as share_a and the mean of the rewards pulled with it; building a model makes the
    first pulls and collects row 0.  In one `step()` the learner updates its policy with the rewards at hand, pulls anew, and a
    row is collected.  A bandit whose rewards depend on shares takes the policy for them.

    Args:
        learner: "CL", "MCL", "P-CL" or "P-MCL", the path of a .py file with a learner (FILE.py or FILE.py:ClassName), "macro:"
            and a rule (its name or path) for the macro-agent of that rule, or a `Learner`.
        bandit: As for `Hive`.
        initial_shares: The policy at the start, K numbers that sum to 1; None for a uniform one.
        stop_if_end: Stop when one share is 1 (to double precision): `running` becomes False and `step()` does nothing.
        compiled: Run the learner and the bandit as machine code, which gives the same numbers as plain Python, only faster.
        rng: The seed: a whole number, its digits, a SeedSequence, or None for fresh entropy (kept in `seed.entropy`).
        parameters: Fields of the learner and of the bandit where they are given by name: `alpha=0.01, gap=0.05`.

    Attributes:
        learner, bandit: What was built from the arguments.
        seed: The SeedSequence in use.
        memory: The learner's own numbers beside its policy, shape (any,).
        options, rewards: What was pulled with the policy, shape (parallel_envs,) each.
        datacollector: Columns optimal_share, mean_payoff, share_0 .. share_K-1, consensus.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.
    """

    def __init__(
        self,
        learner: Any = "P-MCL",
        bandit: Any = "evenly spaced",
        *,
        initial_shares: Sequence[float] | None = None,
        stop_if_end: bool = False,
        compiled: bool = True,
        rng: Any = None,
        **parameters: Any,
    ) -> None:
        settings = LearnerSettings.of(
            learner, bandit, initial_shares, stop_if_end, compiled, parameters
        )
        seed = seed_sequence(rng)
        self._batch: LearnerBatch | MacroBatch
        super().__init__(seed, settings.batch([seed]))
        self.learner, self.bandit = settings.learner, settings.bandit
        self.memory, self.options, self.rewards = (
            self._batch.memory[0],
            self._batch.options[0],
            self._batch.payoffs[0],
        )
        self._start_record()

    @classmethod
    def settings(cls, **arguments: Any) -> LearnerSettings:
        """The checked settings of a model with these arguments; `ensemble` builds its learners from them."""
        if cls is not LearnerModel:
            raise TypeError(
                f"ensemble runs LearnerModel itself; {cls.__name__} extends it, so run it with mesa.batch_run"
            )
        bound = inspect.signature(cls).bind(**arguments)
        bound.apply_defaults()
        return LearnerSettings.of(
            **{name: value for name, value in bound.arguments.items() if name != "rng"}
        )

    @property
    def way(self) -> dict[str, str]:
        """How the learner and the bandit run: "compiled" or "interpreted"."""
        return self._batch.way


class _ReplicatorBatch:
    """The same curve as often as there are seeds: a replicator has no chance in it."""

    def __init__(self, settings: "ReplicatorSettings", runs: int) -> None:
        self._settings = settings
        self._start = self._x = settings.start
        self._step = 0
        self._constant = settings.constant
        self._solved = (0, settings.start)
        self._optimal = settings.bandit.optimal_options()
        self.measures = np.zeros((runs, settings.n_action + 3))
        self.running, self.made = np.ones(runs, np.bool_), np.zeros(runs, np.int64)
        self._measure()

    def step(self) -> None:
        self.advance(1)

    def advance(self, steps: int) -> None:
        settings = self._settings
        if not self.running[0]:
            return
        if settings.stop_if_end and steps > 1:  # each row tells whether to go on
            for _ in range(steps):
                self.advance(1)
            return
        step = self._step + steps
        rewards, time = settings.bandit.expected_rewards, [step * settings.delta]
        fitness: Any
        fitness = rewards(self._start) if self._constant else rewards
        if settings.method == "euler":
            self._x = euler(settings.derivative, self._x, fitness, steps, settings.delta)[-1]
        elif self._constant and settings.derivative in DYNAMICS.values():
            self._x = closed_form(settings.derivative, self._start, fitness, time)[0]
        else:
            self._x = self._solve(fitness, step)
        self._step = step
        self._measure()

    def _solve(self, fitness: Any, step: int) -> np.ndarray:
        """From one unit of time to the next, and on from there, so that a row doesn't depend on which others are recorded."""
        derivative, delta = self._settings.derivative, self._settings.delta
        unit = max(1, round(min(1.0 / delta, 1e9)))
        done, x = self._solved
        while done + unit <= step:
            done, x = done + unit, solve(derivative, x, fitness, [unit * delta])[0]
        self._solved = done, x
        return solve(derivative, x, fitness, [(step - done) * delta])[0] if done < step else x

    def _measure(self) -> None:
        x, bandit = self._x, self._settings.bandit
        end = bool((x == 1.0).any())
        self.measures[:] = [x[self._optimal].sum(), x @ bandit.expected_rewards(x), *x, end]
        self.running[:] = not (self._settings.stop_if_end and end)
        self.made[:] = self._step


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
        return not self.bandit.depends_on_shares()

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
        arguments = [
            name for name in inspect.signature(ReplicatorModel).parameters if name != "parameters"
        ]
        (the_bandit,) = build_parts([find_bandit(bandit)], parameters, arguments)
        if method not in METHODS:
            raise ValueError(f"method must be one of {', '.join(METHODS)}, not {method!r}")
        if (
            isinstance(delta, bool)
            or not isinstance(delta, int | float | np.number)
            or not 0.0 < delta < math.inf
        ):
            raise ValueError(f"delta must be a number above 0, not {delta!r}")
        if method == "euler" and delta > 1.0:
            raise ValueError(
                f"delta must be at most 1 for Euler steps, not {delta!r}; method='exact' takes any"
            )
        k = the_bandit.n_action
        start = starting_shares(initial_shares, k)
        self._settings = ReplicatorSettings(
            replicator(dynamic), the_bandit, delta, method, start, stop_if_end
        )
        seed = seed_sequence(rng)
        super().__init__(seed, self._settings.batch([seed]))
        self.bandit = the_bandit
        self._start_record()

    @classmethod
    def settings(cls, **arguments: Any) -> ReplicatorSettings:
        """The checked settings of a model with these arguments; `ensemble` steps its runs from them."""
        return cls(**arguments)._settings
