"""Many runs of one game, stepped together.

`GameModel` shows one of them as a Mesa model and `ensemble` runs thousands.  Both use the steps
here, so both get the same numbers.  Knows: the players' batches, and the rows of a game.  Does not
know: Mesa, or what a player is.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from hivemind_abm.bandits.rivals import Rivals
from hivemind_abm.engine.phases import MEASURE
from hivemind_abm.engine.rows import MEAN_PAYOFF, NEVER, SHARES, quorum_of, record_by_steps
from hivemind_abm.engine.seeds import states_of
from hivemind_abm.engine.stream import Stream
from hivemind_abm.games.players import Player
from hivemind_abm.games.playing import Tools, driver, ended, playing
from hivemind_abm.games.sight import Shown, Sight

__all__ = ["GameBatch", "GameRows", "columns_of_game"]


def columns_of_game(players: Sequence[Sequence[str]]) -> list[str]:
    """The columns of a game's rows.

    For each player p: p0_share_0, p0_share_1, ..., p0_share_none where its bees may hold no option,
    p0_payoff, and for each of several rules the shares among its bees, p0_kind_0_share_0 and so on.
    Then consensus.

    Args:
        players: The columns of each player, as of `Rows.names`.
    """
    names = [f"p{p}_{name}" for p, columns in enumerate(players) for name in _shown(columns)]
    return [*(name.replace("mean_payoff", "payoff") for name in names), "consensus"]


def _shown(columns: Sequence[str]) -> list[str]:
    """Those of a player's columns that a game shows, in its order."""
    consensus = columns.index("consensus")
    return [*columns[SHARES:consensus], columns[MEAN_PAYOFF], *columns[consensus + 1 :]]


class GameRows:
    """The rows of many runs of a game at one step.

    Args:
        players: The columns of each player, as of `Rows.names`.
        runs: R, the number of runs.

    Attributes:
        columns: The names of the columns; see `columns_of_game`.
        values: One row per run, shape (R, columns).
    """

    def __init__(self, players: Sequence[Sequence[str]], runs: int) -> None:
        self.columns = columns_of_game(players)
        starts = np.cumsum([0, *map(len, players)])[:-1].tolist()
        self._places = [
            start + list(columns).index(name)
            for start, columns in zip(starts, players, strict=True)
            for name in _shown(columns)
        ]
        self._ends = [
            start + list(columns).index("consensus")
            for start, columns in zip(starts, players, strict=True)
        ]
        self.values = np.zeros((runs, len(self.columns)))

    @property
    def consensus(self) -> np.ndarray:
        """1.0 where each player has an option with the share 1, else 0.0, shape (R,)."""
        return self.values[:, -1]

    def of_players(self, rows: np.ndarray) -> np.ndarray:
        """The rows of the game, shape (..., R, columns).

        Args:
            rows: The rows of the players, one player after the other, shape (..., R, any).
        """
        return np.concatenate(
            [rows[..., self._places], rows[..., self._ends].min(axis=-1, keepdims=True)], axis=-1
        )

    def entry(self, run: int, place: int) -> float | bool:
        """The value in the column at position `place`, in the row of one run."""
        value = self.values[run, place].item()
        return bool(value) if place == len(self.columns) - 1 else float(value)


class GameBatch:
    """R runs of a game.

    Args:
        players: The batch of each player, each with R runs.
        fellow: Whether a match also has a bee of the own player.
        seeds: One per run, whatever `seed_sequence` takes.
        stop_if_end: Stop a run when each player has an option with the share 1, or at least with
            the share that it names.

    Attributes:
        players: As above.
        rows: The rows of the runs after the last step.
        running: False for a run that has stopped, shape (R,).
        steps_done: The number of steps of each run, shape (R,).
    """

    def __init__(
        self,
        players: Sequence[Player],
        fellow: bool,
        seeds: Sequence[Any],
        stop_if_end: bool | float = False,
    ) -> None:
        self.players, runs = tuple(players), len(seeds)
        shares, held = [p.shares for p in players], [p.held for p in players]  # type: ignore[attr-defined]
        for seat, player in enumerate(self.players):
            player.meet(Rivals(seat, shares, held, fellow))
        paid = [player.state.payoffs for player in self.players]
        self._shown = Shown(shares, held, paid)
        self._before: Shown | None = None
        self._let_look()
        self.running, self.steps_done = np.ones(runs, np.bool_), np.zeros(runs, np.int64)
        self.rows = GameRows([player.rows.columns for player in players], runs)
        self._quorum, self._clock = quorum_of(stop_if_end), 0
        self._streams, self._fault = states_of(seeds), np.zeros(2, np.int64)
        self._left = np.zeros(len(players), np.int64)
        for player in self.players:
            player.begin_playing()
        if self._quorum < NEVER:
            for run in range(runs):
                self.running[run] = not ended(self._tools, run)
        self._show()

    def _let_look(self) -> None:
        """Give players that look across what they see.

        Those whose bees decide together see all players as they were before the step.
        """
        looking = [player for player in self.players if player.looks_across]
        if any(player.events == 0 for player in looking):
            self._before = self._shown.copied()
        for player in looking:
            shown = self._shown if player.events > 0 or self._before is None else self._before
            player.look(Sight(player.bandit.played, self.players.index(player), shown))

    def __getstate__(self) -> dict[str, Any]:
        """The attributes but the addresses."""
        return {name: value for name, value in self.__dict__.items() if name != "_tools"}

    @cached_property
    def _tools(self) -> Tools:
        players = self.players

        def integers(values: Any) -> np.ndarray:
            return np.array(list(values), np.int64)

        return Tools(
            machine=integers(p.machine.address for p in players),
            address=integers(p.address for p in players),
            values=integers(p.rows.values.ctypes.data for p in players),
            columns=integers(p.rows.values.shape[1] for p in players),
            shares=integers(p.state.shares.ctypes.data for p in players),
            options=integers(p.state.shares.shape[1] for p in players),
            events=integers(p.events for p in players),
            left=self._left,
            streams=self._streams,
            running=self.running,
            steps_done=self.steps_done,
            quorum=self._quorum,
            fault=self._fault,
            copied=self._copied,
        )

    @property
    def _copied(self) -> np.ndarray:
        """`Tools.copied`."""
        if self._before is None:
            return np.zeros((0, 3), np.int64)
        pairs = zip(self._shown.arrays(), self._before.arrays(), strict=True)
        words = [
            (source.ctypes.data, target.ctypes.data, source[0].nbytes) for source, target in pairs
        ]
        return np.array(words, np.int64)

    @property
    def is_compiled(self) -> bool:
        """Whether machine code does all steps."""
        return all(player.is_compiled for player in self.players)

    @property
    def mode(self) -> dict[str, str]:
        """How each part runs, "compiled" or "interpreted", by player and part: "p0 rule"."""
        return {
            f"p{p} {part}": mode
            for p, player in enumerate(self.players)
            for part, mode in player.methods.mode.items()
        }

    @property
    def reasons(self) -> dict[str, str]:
        """Why a part runs interpreted although `compiled` is true, with the keys of `mode`."""
        return {
            f"p{p} {part}": reason
            for p, player in enumerate(self.players)
            for part, reason in player.methods.reasons.items()
        }

    def step(self) -> None:
        """Do one step.

        Raises:
            ValueError, TypeError: A user's method broke its contract.  A batch of a single run is
                left as it was before the step.
        """
        if len(self.running) > 1:
            self.advance(1)
            return
        for player in self.players:
            player.check()
        arrays = [array for player in self.players for array in player.all_arrays()]
        arrays += [self._streams, self.steps_done]
        before, clock = [array.copy() for array in arrays], self._clock
        try:
            self.advance(1)
        except BaseException:
            for array, old in zip(arrays, before, strict=True):
                array[:] = old
            self._clock = clock
            raise

    def advance(self, steps: int) -> None:
        """Do `steps` steps of all runs that have not stopped; `rows` then holds the last rows.

        Raises:
            ValueError, TypeError: A user's method broke its contract; the batch must not be used
                again.
        """
        if self.is_compiled:
            width = sum(player.rows.values.shape[1] for player in self.players)
            self._drive(steps, np.empty((0, len(self.running), width)), 1)
        else:
            for run in np.flatnonzero(self.running).tolist():
                self._play_in_python(run, steps)
            self._clock += steps
        self._show()

    def record(self, rows: int, every: int) -> np.ndarray:
        """Do `rows` times `every` steps and return the rows, shape (rows, R, columns)."""
        if not self.is_compiled:
            return record_by_steps(self, rows, every)
        width = sum(player.rows.values.shape[1] for player in self.players)
        record = np.empty((rows, len(self.running), width))
        self._drive(rows * every, record, every)
        self._show()
        return self.rows.of_players(record)

    def _drive(self, steps: int, record: np.ndarray, every: int) -> None:
        which = driver()(self._clock, steps, self._tools, record, every)
        self._clock += steps
        if which:
            self.players[int(self._fault[0])].raise_fault(which)

    def _play_in_python(self, run: int, steps: int) -> None:
        tools = self._tools_in_python
        for step in range(self._clock + 1, self._clock + steps + 1):
            which = _play(tools, run, step)
            if which:
                self.players[int(self._fault[0])].raise_fault(which)
            self.steps_done[run] += 1
            if self._quorum <= 1.0 or step == self._clock + steps:
                for player in self.players:
                    player.phase(MEASURE, run, step, 1)
            if self._quorum <= 1.0 and ended(self._tools, run):
                self.running[run] = False
                return

    @property
    def _tools_in_python(self) -> "_ToolsInPython":
        return _ToolsInPython(self)

    def _show(self) -> None:
        """Write the rows of the game from those of the players."""
        rows = np.concatenate([player.rows.values for player in self.players], axis=1)
        self.rows.values[:] = self.rows.of_players(rows)


class _ToolsInPython:
    """What the steps of games in plain Python work with; see `Tools`."""

    def __init__(self, batch: GameBatch) -> None:
        self.players = batch.players
        self.shown, self.before = batch._shown, batch._before
        self.events = np.array([player.events for player in batch.players])
        self.left, self.streams, self.fault = batch._left, batch._streams, batch._fault


def _phase(tools: _ToolsInPython, player: int, which: int, run: int, step: int, number: int) -> int:
    return tools.players[player].phase(which, run, step, int(number))


def _draw(tools: _ToolsInPython, run: int, n: int) -> int:
    return Stream.on(tools.streams[run]).integers(int(n))


def _look(tools: _ToolsInPython, run: int) -> None:
    if tools.before is not None:
        tools.before.copy_run(tools.shown, run)


_play = playing(_look, _phase, _draw)
