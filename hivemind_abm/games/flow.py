"""A game of replicators only, in continuous time.

Knows: the rows of a game whose shares come from the ODE solver.  Does not know: how it is solved
(`coupled`), bees, learners.
"""

from collections.abc import Sequence

import numpy as np

from hivemind_abm.engine.rows import MEAN_PAYOFF, NEVER, SHARES, Rows, quorum_of, record_by_steps
from hivemind_abm.games.batch import GameRows
from hivemind_abm.games.coupled import CoupledReplicators, fitness_of

__all__ = ["FlowBatch"]


class FlowBatch:
    """R runs of coupled replicators, all the same because there is no chance in them.

    Args:
        replicators: The game and the dynamic of each player.
        start: The shares of each player at first.
        delta: The time of a step.
        runs: R.
        stop_if_end: As for `GameBatch`.

    Attributes:
        shares: The shares of each player after the last step, P arrays of shape (K_p,).
        fitness: The expected payoffs of their options, the same shapes.
        rows, running, steps_done: As of `GameBatch`.
    """

    def __init__(
        self,
        replicators: CoupledReplicators,
        start: Sequence[np.ndarray],
        delta: float,
        runs: int,
        stop_if_end: bool | float = False,
    ) -> None:
        self._replicators, self._delta = replicators, delta
        self._fitness_of = fitness_of(replicators.game)
        self._columns = [Rows.names(len(x)) for x in start]
        self._quorum = quorum_of(stop_if_end)
        self.shares = [np.array(x, float) for x in start]
        self.rows = GameRows(self._columns, runs)
        self.running, self.steps_done = np.ones(runs, np.bool_), np.zeros(runs, np.int64)
        self._measure()

    @property
    def mode(self) -> dict[str, str]:
        """Empty: there are no users' methods."""
        return {}

    reasons = mode

    def step(self) -> None:
        """Do one step."""
        self.advance(1)

    def advance(self, steps: int) -> None:
        """Do `steps` steps.

        The solver goes from one step to the next, so a row does not depend on which other rows are
        recorded.
        """
        for _ in range(steps):
            if not self.running[0]:
                return
            self.shares = [x[0] for x in self._replicators.solve(self.shares, [self._delta])]
            self.steps_done[:] += 1
            if self._quorum < NEVER:
                self._measure()
        self._measure()

    def record(self, rows: int, every: int) -> np.ndarray:
        """Do `rows` times `every` steps and return the rows, shape (rows, R, columns)."""
        return record_by_steps(self, rows, every)

    def _measure(self) -> None:
        self.fitness = self._fitness_of(self.shares)
        parts = []
        for columns, x, f in zip(self._columns, self.shares, self.fitness, strict=True):
            row = np.zeros(len(columns))
            row[MEAN_PAYOFF], row[SHARES : SHARES + x.size] = x @ f, x
            row[columns.index("consensus")] = (x == 1.0).any()
            parts.append(row)
        self.rows.values[:] = self.rows.of_players(np.concatenate(parts)[np.newaxis])
        self.running[:] = not all((x >= self._quorum).any() for x in self.shares)
