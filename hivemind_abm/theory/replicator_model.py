"""A replicator as a Mesa model, with the columns of a hive.

Knows: how a replicator steps and is recorded.  Does not know: bees, learners, how a dynamic is
solved.
"""

import dataclasses
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hivemind_abm import checks
from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.names import find_bandit
from hivemind_abm.engine.record import RecordedModel
from hivemind_abm.engine.rows import NEVER, Rows, quorum_of, record_by_steps, starting_shares
from hivemind_abm.engine.seeds import seed_sequence
from hivemind_abm.registry import build_parts
from hivemind_abm.results import shortened
from hivemind_abm.theory.dynamic import Dynamic
from hivemind_abm.theory.dynamics import (
    DYNAMICS,
    Derivative,
    find_dynamic,
    name_of,
    replicator,
)
from hivemind_abm.theory.solvers import closed_form, euler, solve
from hivemind_abm.theory.steady_world import check_steady

__all__ = ["METHODS", "ReplicatorBatch", "ReplicatorModel", "ReplicatorSettings"]

METHODS = ("euler", "exact")

_LONGEST_UNIT = 1e9  # steps that the ODE solver takes at once, at most


class ReplicatorModel(RecordedModel):
    """A replicator dynamic (TRD, MRD) or another one on a bandit, with the rows of a `Hive`.

    Row t is at time t delta.  Its mean_payoff is sum_a x_a q_a.

    Args:
        dynamic: A name: "TRD", "MRD", "logit" or another of `ALL_DYNAMICS`; a class or an instance
            that extends `Dynamic`; or a function (shares, fitness) -> derivative.
        bandit: As for `Hive`.  Its `expected_rewards` are the fitness.
        delta: The time of a step, above 0, and at most 1 for Euler's method.  1 corresponds to one
            synchronous step of a hive, alpha to one step of a learner with that rate.
        method: "euler" (with delta = 1 the exact map of a large hive), or "exact" (the closed form
            for constant rewards, else SciPy's ODE solver).
        initial_shares: K numbers that sum to 1, or None for even shares.
        stop_if_end: Whether to stop when one share is 1; or a number q: stop when one share is at
            least q.
        rng: As for `Hive`.  It has no effect, since a replicator is deterministic.
        parameters: Fields of the dynamic and of the bandit where they are given by name, such as
            tau=0.2.

    Attributes:
        bandit: What was built from the arguments.
        seed: The SeedSequence in use.
        datacollector: Columns optimal_share, mean_payoff, share_0 .. share_K-1, consensus.

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
        stop_if_end: bool | float = False,
        rng: Any = None,
        **parameters: Any,
    ) -> None:
        """Build the model and collect row 0."""
        self._settings = ReplicatorSettings.of(
            dynamic, bandit, delta, method, initial_shares, stop_if_end, parameters
        )
        seed = seed_sequence(rng)
        super().__init__(seed, self._settings.batch([seed]))
        self.bandit = self._settings.bandit
        self._start_record()

    @classmethod
    def settings(cls, **arguments: Any) -> "ReplicatorSettings":
        """The checked settings of a model with these arguments, as `ensemble` needs them."""
        return cls(**arguments)._settings

    def summary(self) -> dict[str, Any]:
        """The settings, the step, and the last row with its shares as one entry."""
        settings = self._settings
        row: dict[str, Any] = {
            "dynamic": name_of(settings.derivative),
            **_fields_of(settings.derivative),
            "bandit": repr(self.bandit),
            "delta": settings.delta,
            "method": settings.method,
        }
        return row | super().summary()

    def __repr__(self) -> str:
        """The dynamic, the bandit, and the shares at the last step."""
        return (
            f"<ReplicatorModel: {name_of(self._settings.derivative)} on "
            f"{type(self.bandit).__name__}, step {self.steps}, shares {shortened(self.shares)}>"
        )


@dataclass(frozen=True)
class ReplicatorSettings:
    """The arguments of a `ReplicatorModel`, checked, apart from its seed.

    Attributes:
        derivative: The dynamic, a function (shares, fitness) -> derivative.
        bandit: The bandit, an instance.
        delta: The time of a step.
        method: One of `METHODS`.
        start: The initial shares, shape (K,).
        stop_if_end: Whether the run stops when one share is 1, or the share that stops it.
        work: The cost of one step of one run, in bee-steps.
        deterministic: True, since there is no chance in a replicator.
    """

    derivative: Derivative
    bandit: Bandit
    delta: float
    method: str
    start: np.ndarray
    stop_if_end: bool | float

    work = 1
    deterministic = True

    @classmethod
    def of(
        cls,
        dynamic: Any,
        bandit: Any,
        delta: float,
        method: str,
        initial_shares: Sequence[float] | None,
        stop_if_end: bool | float,
        parameters: Mapping[str, Any],
    ) -> "ReplicatorSettings":
        """Check a model's arguments.  `ReplicatorModel` says what they mean and what they raise."""
        arguments = [
            name for name in inspect.signature(ReplicatorModel).parameters if name != "parameters"
        ]
        part = find_dynamic(dynamic)
        parts = [*([part] if part else []), find_bandit(bandit)]
        *named, bandit = build_parts(parts, parameters, arguments)
        derivative = named[0] if named else replicator(dynamic)
        check_steady(bandit)
        checks.one_of("method", method, METHODS)
        checks.number("delta", delta, 0.0, above=True)
        if method == "euler" and delta > 1.0:
            raise ValueError(
                f"delta must be at most 1 for Euler steps, not {delta!r}; method='exact' takes any"
            )
        quorum_of(stop_if_end)
        start = starting_shares(initial_shares, bandit.n_action)
        return cls(derivative, bandit, delta, method, start, stop_if_end)

    @property
    def n_action(self) -> int:
        """K, the number of options."""
        return self.bandit.n_action

    @property
    def columns(self) -> list[str]:
        """The columns of its rows."""
        return Rows.names(self.n_action)

    @property
    def constant(self) -> bool:
        """Whether the expected rewards are the same at all shares that were tried."""
        return not self.bandit.depends_on_shares()

    def fitness(self, shares: np.ndarray) -> np.ndarray:
        """The expected rewards at the shares x, shape (K,)."""
        return self.bandit.expected_rewards(self.bandit.world(shares))

    def batch(self, seeds: Sequence[Any]) -> "ReplicatorBatch":
        """One run per seed, all with these settings."""
        return ReplicatorBatch(self, len(seeds))


class ReplicatorBatch:
    """Runs of a replicator, all the same curve because it is deterministic.

    Args:
        settings: What to run.
        runs: R, the number of runs.

    Attributes:
        rows: The rows of the runs after the last step.
        running: False for a run that has stopped, shape (R,).
        steps_done: Steps that each run has made, shape (R,).
    """

    def __init__(self, settings: ReplicatorSettings, runs: int) -> None:
        """Start all runs and measure row 0."""
        self._settings = settings
        self._x = settings.start
        self._constant = settings.constant
        self._solved_step, self._solved_x = 0, settings.start
        self._quorum = quorum_of(settings.stop_if_end)
        self._optimal = settings.bandit.optimal_options()
        self.rows = Rows(runs, settings.n_action)
        self.running, self.steps_done = np.ones(runs, np.bool_), np.zeros(runs, np.int64)
        self._measure(0)

    def step(self) -> None:
        """Make one step of all runs."""
        self.advance(1)

    def advance(self, steps: int) -> None:
        """Make this many steps of all runs, and measure the last one."""
        settings = self._settings
        if not self.running[0]:
            return
        if self._quorum < NEVER and steps > 1:  # each row may be the last
            for _ in range(steps):
                self.advance(1)
            return
        step = int(self.steps_done[0]) + steps
        fitness: Any = settings.fitness
        if self._constant:
            fitness = fitness(settings.start)
        if settings.method == "euler":
            self._x = euler(settings.derivative, self._x, fitness, steps, settings.delta)[-1]
        elif self._constant and settings.derivative in DYNAMICS.values():
            times = [step * settings.delta]
            self._x = closed_form(settings.derivative, settings.start, fitness, times)[0]
        else:
            self._x = self._solve(fitness, step)
        self._measure(step)

    def record(self, rows: int, every: int) -> np.ndarray:
        """Do `rows` times `every` steps and return the rows, shape (rows, R, columns)."""
        return record_by_steps(self, rows, every)

    def _solve(self, fitness: Any, step: int) -> np.ndarray:
        """The shares at a step, by the ODE solver.

        The solver goes from one unit of time to the next, and from the last one to the step.  A row
        then does not depend on which other rows are recorded.
        """
        derivative, delta = self._settings.derivative, self._settings.delta
        unit = max(1, round(min(1.0 / delta, _LONGEST_UNIT)))
        solved_step, x = self._solved_step, self._solved_x
        while solved_step + unit <= step:
            x = solve(derivative, x, fitness, [unit * delta])[0]
            solved_step += unit
        self._solved_step, self._solved_x = solved_step, x
        if solved_step == step:
            return x
        return solve(derivative, x, fitness, [(step - solved_step) * delta])[0]

    def _measure(self, step: int) -> None:
        x = self._x
        end = bool((x == 1.0).any())
        self.rows.optimal_share[:] = x[self._optimal].sum()
        self.rows.mean_payoff[:] = x @ self._settings.fitness(x)
        self.rows.shares[:] = x
        self.rows.consensus[:] = end
        stops = end if self._quorum == 1.0 else bool((x >= self._quorum).any())
        self.running[:] = not stops
        self.steps_done[:] = step


def _fields_of(derivative: Derivative) -> dict[str, Any]:
    """The parameter of a dynamic by name; nothing for a function."""
    if not isinstance(derivative, Dynamic):
        return {}
    return {field.name: getattr(derivative, field.name) for field in dataclasses.fields(derivative)}  # type: ignore[arg-type]
