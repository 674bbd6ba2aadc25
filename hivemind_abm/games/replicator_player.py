"""A replicator as a player of a game: its shares follow a dynamic, and it has no bees.

Knows: its step, by Euler's method, against the shares of the others.  Does not know: the dynamics
(`theory.dynamics`), or how several replicators are solved together (`coupled`).
"""

from collections.abc import Sequence
from functools import cache, cached_property
from typing import Any, NamedTuple

import numpy as np
from numba import types

from hivemind_abm.bandits.batch import PullingBatch
from hivemind_abm.bandits.passes import (
    BANDIT_FAULT,
    WORDS_OF_RUNS,
    BanditPasses,
    Measured,
    State,
    of_runs,
    runs_struct,
    save_runs,
)
from hivemind_abm.engine.intrinsics import advance
from hivemind_abm.engine.loops import Loop, compiled, loop_of
from hivemind_abm.engine.phases import CHOOSE, MEASURE, PAY, PHASE
from hivemind_abm.engine.rows import MEAN_PAYOFF
from hivemind_abm.engine.structs import (
    Integers,
    Reals,
    define_struct,
    kept_at,
    kept_on_stack,
    with_fields,
    words_in,
)
from hivemind_abm.games.game_dynamic import GameDynamic
from hivemind_abm.games.players import Player
from hivemind_abm.games.seats import Seat
from hivemind_abm.games.sight import Sight
from hivemind_abm.theory.dynamics import Derivative, maynard, name_of, taylor
from hivemind_abm.theory.solvers import euler

__all__ = ["ReplicatorPlayer"]


class _Parts(NamedTuple):
    """All that the compiled steps of replicators work with; `by_mean` is 1 for MRD, 0 for TRD."""

    bandit: BanditPasses
    state: State
    measured: Measured
    even: Reals
    delta: float
    by_mean: int
    fault: Integers


class _Fields(NamedTuple):
    runs: Any
    runs_at: int
    delta: float
    by_mean: int


class _Place(NamedTuple):
    fault: Integers


_replicators, _no_replicators = define_struct(
    "Replicators",
    {
        "runs": runs_struct,
        "runs_at": types.int64,
        "delta": types.float64,
        "by_mean": types.int64,
        "fault": types.CPointer(types.int64),
    },
    __name__,
)
_save = kept_at(_replicators)
_, _load = kept_on_stack(_replicators)
_WORDS = words_in(_replicators) + WORDS_OF_RUNS


class ReplicatorPlayer(Player, PullingBatch):
    """R runs of a replicator at a seat.  Its "pulls" are the K options, one of each.

    Args:
        seat: The seat, with mean payoffs.
        seeds: One per run; only their number matters.
        derivative: The dynamic, a function (shares, fitness) -> derivative.
        delta: The time of a step.
        start: The shares at first, shape (K,).
        compiled: Run TRD and MRD as machine code, which gives the same numbers.
    """

    def __init__(
        self,
        seat: Seat,
        seeds: Sequence[Any],
        derivative: Derivative,
        delta: float,
        start: np.ndarray,
        compiled: bool,
    ) -> None:
        super().__init__(seat, seat.n_action, seeds, False, compiled)
        self._derivative, self._delta, self._compiled = derivative, delta, compiled
        self._sight: Sight | None = None
        self._game, self._seat = seat.played, seat.number
        self.options[:] = np.arange(seat.n_action)
        self.shares[:] = start

    def __getstate__(self) -> dict[str, Any]:
        """The attributes but what has addresses."""
        return {name: value for name, value in self.__dict__.items() if name != "_kept"}

    @property
    def looks_across(self) -> bool:
        """Whether its dynamic looks at the other players."""
        return isinstance(self._derivative, GameDynamic)

    def look(self, sight: Sight) -> None:
        """See `Seated.look`."""
        self._sight = sight

    @property
    def held(self) -> np.ndarray:
        """Empty, shape (R, 0): opponents draw an option from its shares."""
        return self.options[:, :0]

    @property
    def machine(self) -> Loop:
        """See `Player`."""
        return _phase_of_replicators()

    @property
    def address(self) -> int:
        """See `Player`."""
        return self._kept.ctypes.data

    @property
    def is_compiled(self) -> bool:
        """See `Player`."""
        return self._compiled and self._known and self._runner.is_compiled

    @property
    def _known(self) -> bool:
        return self._derivative in (taylor, maynard)

    @cached_property
    def _kept(self) -> np.ndarray:
        kept = np.zeros(_WORDS, np.int64)
        by_mean = int(self._derivative is maynard)
        parts = _Parts(*self._runner.parts, self._delta, by_mean, self._fault)
        _keep(parts, kept.ctypes.data)
        return kept

    def _pull_once(self) -> None:
        self._fault[0] = self._runner.pull(0)
        for run in range(len(self.running)):
            self.phase(MEASURE, run, 0, 1)

    def _phase_in_python(self, which: int, run: int, step: int, number: int) -> int:
        if which == CHOOSE:
            if self._known:
                self.machine.run(self.address, which, run, step, number)
            elif isinstance(self._derivative, GameDynamic):
                self._move_across(self._derivative, run)
            else:
                self._move_by_function(run)
        elif which == PAY:
            self._fault[:] = self._runner.pull(step, [run]), run
            return BANDIT_FAULT if self._fault[0] >= 0 else 0
        return 0

    def _move_across(self, dynamic: GameDynamic, run: int) -> None:
        assert self._sight is not None
        shares = [each[run] for each in self._sight.shown.shares]
        x = np.maximum(
            self.shares[run] + self._delta * dynamic.derivative(self._game, self._seat, shares), 0.0
        )
        self.shares[run] = x / x.sum()

    def _move_by_function(self, run: int) -> None:
        x, f = self.shares[run], self.payoffs[run]
        change = np.asarray(self._derivative(x.copy(), f.copy()), float)
        if change.shape != x.shape or not np.isfinite(change).all():
            raise ValueError(
                f"{name_of(self._derivative)} of player {self.bandit.number} must return "
                f"{x.size} finite numbers, not {change.tolist()}"
            )
        self.shares[run] = euler(self._derivative, x, f, 1, self._delta)[-1]


@compiled
def _keep(parts, address):
    """Keep the replicators as addresses, in `_WORDS` words; the arrays must outlive them."""
    runs = of_runs(parts.bandit, parts.state, parts.measured, parts.even)
    runs_at = address + 8 * (_WORDS - WORDS_OF_RUNS)
    save_runs(runs, runs_at)
    fields = _Fields(runs, runs_at, parts.delta, parts.by_mean)
    _save(with_fields(with_fields(_no_replicators(), fields), _Place(parts.fault)), address)


@cache
def _phase_of_replicators() -> Loop:
    """The machine code of one phase of a step; see `phases.PHASE`."""
    return loop_of(_phase, PHASE)


@compiled
def _phase(address, phase, run, step, number):
    replicators = _load(address)
    runs, fault, k = replicators.runs, replicators.fault, replicators.runs._k
    x, f = advance(runs._shares, run * k), advance(runs._payoffs, run * k)
    if phase == CHOOSE:
        _move(x, f, k, replicators.delta, replicators.by_mean)
    elif phase == PAY:
        fault[0] = runs.pull(replicators.runs_at, run, 1, 0, k, step)
        return BANDIT_FAULT if fault[0] >= 0 else 0
    elif phase == MEASURE:
        runs.measure(run, number)
        mean = 0.0
        for option in range(k):
            mean += x[option] * f[option]
        row = advance(runs._values, run * runs._columns)
        row[MEAN_PAYOFF] = mean
    return 0


@compiled
def _move(x, f, k, delta, by_mean):
    """One Euler step of TRD, or of MRD; shares stay at least 0 and sum to 1."""
    mean = 0.0
    for option in range(k):
        mean += x[option] * f[option]
    scale = delta
    if by_mean:
        scale = delta / mean if mean > 0.0 else 0.0
    total = 0.0
    for option in range(k):
        x[option] = max(x[option] + scale * x[option] * (f[option] - mean), 0.0)
        total += x[option]
    for option in range(k):
        x[option] /= total
