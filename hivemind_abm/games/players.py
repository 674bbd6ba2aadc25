"""The players of a game: hives and learners whose bandit is all the others.

Knows: how a player goes through the phases of a step, compiled or in plain Python.  Does not know:
in which order the phases of several players come; see `playing`.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from hivemind_abm.bandits.passes import BANDIT_FAULT, CHOOSER_FAULT, State
from hivemind_abm.bandits.rivals import Rivals
from hivemind_abm.bandits.runner import BanditRunner
from hivemind_abm.engine.loops import Loop
from hivemind_abm.engine.phases import CHANGE, CHOOSE, MEASURE, PAY, TURNS
from hivemind_abm.engine.rows import Rows
from hivemind_abm.games.across import (
    PLAY_MATCH,
    decide_across_loop,
    loop_across,
    play_loop,
    turns_across_loop,
    update_across_loop,
    with_matches,
)
from hivemind_abm.games.game import Game
from hivemind_abm.games.looking import GameSeen, RivalsSeen
from hivemind_abm.games.seats import Seat, SeatRunner
from hivemind_abm.games.sight import Sight
from hivemind_abm.games.tensors import has_noise
from hivemind_abm.hives.batch import HiveBatch
from hivemind_abm.hives.bees import BEYOND
from hivemind_abm.hives.interpreted import loop_of_rule
from hivemind_abm.hives.passes import begin_loop, dance_loop, decide_loop
from hivemind_abm.hives.phases import WORDS, keep_hives_at, phase_of_hives
from hivemind_abm.hives.rules import ImitationRule
from hivemind_abm.hives.turns import turns_loop
from hivemind_abm.hives.updating import RULE_FAULT
from hivemind_abm.learners.batch import LearnerBatch
from hivemind_abm.learners.macro_agent import MacroBatch
from hivemind_abm.learners.passes import phase_of_learners, update_loop

__all__ = ["HivePlayer", "LearnerPlayer", "MacroPlayer", "Player", "Seated"]

_LOOPS: dict[str, Any] = {"decide": decide_loop, "dance": dance_loop, "begin": begin_loop}
_ACROSS: dict[str, Any] = {"decide": decide_across_loop, "turns": turns_across_loop}


def played_by(bandit: Any) -> Game:
    """The game behind the bandit of a player that looks across."""
    if not isinstance(bandit, Seat):
        raise ValueError("a player that looks across must be paid by the game, not by a bandit")
    return bandit.played


class Seated:
    """What all players have in common; the rest of a player is a batch.

    Attributes:
        events: The number of events in a step of a hive whose bees decide one at a time; else 0.
    """

    events = 0
    bandit: Any
    methods: Any
    state: State
    rows: Rows
    _measured: Any
    _runner: BanditRunner
    _fault: np.ndarray

    def _initially_optimal(self, runs: int) -> np.ndarray:
        return np.full((1, self.bandit.n_action + 1), -1, np.int32)  # no option is best

    def _new_runner(self) -> BanditRunner:
        return SeatRunner(self.bandit, self.methods, self.state, self._measured)

    @property
    def held(self) -> np.ndarray:
        """The options that opponents meet, shape (R, N), dtype int32."""
        return self.state.options

    @property
    def looks_across(self) -> bool:
        """Whether it looks at the other players when it chooses."""
        return False

    def look(self, sight: Sight) -> None:
        """Learn what it sees of the other players; must be called before the first phase."""

    def meet(self, rivals: Rivals) -> None:
        """Learn who else plays; must be called before the first phase."""
        self._runner.meet(rivals)
        for name in ("_kept", "_parts"):  # they hold the addresses of the runner's passes
            vars(self).pop(name, None)

    def begin_playing(self) -> None:
        """Play the matches of row 0, and measure it."""
        self._pull_once()  # type: ignore[attr-defined]

    def raise_fault(self, which: int) -> None:
        """Raise the error of a fault from `phase`."""
        self._raise_fault(which)  # type: ignore[attr-defined]

    def check(self) -> None:
        """Raise an error where arrays of a single run hold values that they must not."""
        self._check_state()  # type: ignore[attr-defined]

    def all_arrays(self) -> list[np.ndarray]:
        """All that the next steps depend on."""
        return [*self.state, *self._memory()]  # type: ignore[attr-defined]

    def _complaint_of_pull(self, option: int, reward: float) -> str:
        if not isinstance(self.bandit, Seat):
            return super()._complaint_of_pull(option, reward)  # type: ignore[misc]
        return (
            f"{type(self.bandit.played).__name__}.payoff returned payoff {reward} for player "
            f"{self.bandit.number} with option {option}; a payoff must lie in [0, 1]"
        )


class Player(Seated):
    """A player with machine code for its phases."""

    @property
    def machine(self) -> Loop:
        """The machine code of its phases; see `phases.PHASE`."""
        raise NotImplementedError

    @property
    def address(self) -> int:
        """What the machine code loads."""
        raise NotImplementedError

    @property
    def is_compiled(self) -> bool:
        """Whether machine code does all phases."""
        raise NotImplementedError

    def phase(self, which: int, run: int, step: int, number: int) -> int:
        """Do one phase of a step of one run; arguments and result as for `phases.PHASE`."""
        if which == MEASURE or self.is_compiled:
            return self.machine.run(self.address, which, run, step, number)
        return self._phase_in_python(which, run, step, number)

    def _phase_in_python(self, which: int, run: int, step: int, number: int) -> int:
        raise NotImplementedError


class HivePlayer(Player, HiveBatch):
    """A hive at a seat."""

    _sight: Sight | None = None
    _table: np.ndarray

    def _start(self) -> None:
        pass

    def begin_playing(self) -> None:
        """Set the memories, play the matches of row 0, and measure it."""
        self._begin()
        super().begin_playing()

    @property
    def looks_across(self) -> bool:
        """Whether one of its rules looks at the other players."""
        return any(rule.looks_across for rule in self.rules)

    def look(self, sight: Sight) -> None:
        """See `Seated.look`."""
        self._sight = sight
        self._set_table()

    def _set_table(self) -> None:
        """Write the address of what its rules see where they find it."""
        if self._sight is not None:
            self._table = self._sight.table(self.methods.entry("play"))
            self._words[-BEYOND] = self._table.ctypes.data
            self._interpreter = self._new_interpreter()

    def _add_methods(self) -> None:
        if self.looks_across and has_noise(self._game):
            self.methods.add("play", "game", self._game, "payoff", play_loop, PLAY_MATCH)
        super()._add_methods()

    @property
    def _game(self) -> Game:
        return played_by(self.bandit)

    def _compiled_loop(self, rule: ImitationRule, name: str) -> Callable[..., Any]:
        if not rule.looks_across or name not in _ACROSS:
            return _LOOPS.get(name, turns_loop)
        return with_matches(_ACROSS[name], self.methods)

    def _loop_in_python(self, rule: ImitationRule, name: str) -> Callable[..., int]:
        if not rule.looks_across or name != "decide":
            return loop_of_rule(rule, name)
        play = self._game.payoff if has_noise(self._game) else None
        return loop_across(rule, self._what_is_seen, play)  # type: ignore[arg-type]

    def _what_is_seen(self) -> tuple[Sight, int]:
        assert self._sight is not None
        return self._sight, self._interpreter.hive

    def _tracks_shares(self) -> bool:
        return True  # others may read the shares

    def __getstate__(self) -> dict[str, Any]:
        """The attributes but what has addresses."""
        left_out = ("_kept", "_table")
        return {
            name: value for name, value in super().__getstate__().items() if name not in left_out
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take over the attributes."""
        super().__setstate__(state)
        self._set_table()

    @property
    def events(self) -> int:  # type: ignore[override]
        """The number of events in a step, 0 if all bees decide together."""
        return self._updating.events

    @property
    def machine(self) -> Loop:
        """See `Player`."""
        return phase_of_hives()

    @cached_property
    def _kept(self) -> np.ndarray:
        kept = np.zeros(WORDS, np.int64)
        keep_hives_at(self._parts, kept.ctypes.data)
        return kept

    @property
    def address(self) -> int:
        """See `Player`."""
        return self._kept.ctypes.data

    @property
    def is_compiled(self) -> bool:
        """See `Player`."""
        return self._is_compiled

    def _phase_in_python(self, which: int, run: int, step: int, number: int) -> int:
        interpreter, fault = self._interpreter, 0
        if which == CHOOSE:
            fault = interpreter.choose(run, step)
        elif which == CHANGE:
            self._runner.change(step, [run])
        elif which == PAY:
            fault = interpreter.pay(run, step)
        elif which == TURNS:
            fault = interpreter.turns(run, step, number)
        self._fault[:] = interpreter.fault, run
        return fault


class MacroPlayer(HivePlayer, MacroBatch):
    """A macro-agent at a seat."""

    is_compiled = False  # its decisions are; each step draws new pulls between them

    def _phase_in_python(self, which: int, run: int, step: int, number: int) -> int:
        if which != CHOOSE:
            return super()._phase_in_python(which, run, step, number)
        if self._interpreter.decide_once(run, step):
            self._fault[:] = self._interpreter.fault, run
            return RULE_FAULT
        self._draw_pulls_of(run)
        return 0


class LearnerPlayer(Player, LearnerBatch):
    """A learner at a seat: its pulls are its bees."""

    _sight: Sight | None = None
    _table: np.ndarray

    def _start(self) -> None:
        self._choose_once()

    @property
    def looks_across(self) -> bool:
        """Whether the learner looks at the other players."""
        return self.learner.looks_across

    def look(self, sight: Sight) -> None:
        """See `Seated.look`."""
        self._sight = sight
        self._set_table()

    def _set_table(self) -> None:
        """Write the address of what the learner sees where it finds it."""
        if self._sight is not None:
            self._table = self._sight.table(self.methods.entry("play"))
            self._beyond[0] = self._table.ctypes.data

    def _compiled_loop(self) -> Callable[..., Any]:
        if not self.learner.looks_across:
            return update_loop
        if has_noise(played_by(self.bandit)):
            game = played_by(self.bandit)
            self.methods.add("play", "game", game, "payoff", play_loop, PLAY_MATCH)
        return with_matches(update_across_loop, self.methods)

    def _update_call(self, run: int) -> Callable[..., Any]:
        if not self.learner.looks_across:
            return self.learner.update
        assert self._sight is not None
        game = played_by(self.bandit)
        play = game.payoff if has_noise(game) else None
        rivals, seen = RivalsSeen(self._sight, run), GameSeen(self._sight, play)
        update: Any = self.learner.update
        return lambda policy, pulls, memory, rng: update(policy, pulls, rivals, seen, memory, rng)

    def __getstate__(self) -> dict[str, Any]:
        """The attributes but what has addresses."""
        return {name: value for name, value in super().__getstate__().items() if name != "_table"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take over the attributes."""
        self.__dict__.update(state)
        self._set_table()

    @property
    def machine(self) -> Loop:
        """See `Player`."""
        return phase_of_learners()

    @property
    def address(self) -> int:
        """See `Player`."""
        return self._kept.ctypes.data

    @property
    def is_compiled(self) -> bool:
        """See `Player`."""
        return self.methods["update"] is not None and self._runner.is_compiled

    def _phase_in_python(self, which: int, run: int, step: int, number: int) -> int:
        if which == CHOOSE:
            self._workspace.clock[0] = step - 1
            if not self._update(run, True):
                self._fault[:] = run, run
                return CHOOSER_FAULT
        elif which == CHANGE:
            self._runner.change(step, [run])
        elif which == PAY:
            self._fault[:] = self._runner.pull(step, [run]), run
            return BANDIT_FAULT if self._fault[0] >= 0 else 0
        return 0

    def _update(self, run: int, began: bool) -> bool:
        """Update the policy of one run and draw its pulls -> whether the policy is valid."""
        update = self.methods["update"]
        if update is None:
            return self._update_in_python(run, began)
        updates = int(self._workspace.clock[0])
        return bool(update.call(self._kept.ctypes.data, run, 1, updates) < 0)
