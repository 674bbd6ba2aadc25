"""A bandit's methods for many runs, compiled or in plain Python.

Knows: how worlds change and options are pulled in both modes, and what is best in a world.  Does
not know: who pulls.
"""

import copy
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from hivemind_abm.bandits.bandit import ROUNDING, Bandit
from hivemind_abm.bandits.passes import (
    BEST,
    CHANGE,
    PULL,
    BanditPasses,
    Measured,
    State,
    best_loop,
    change_loop,
    pull_loop,
)
from hivemind_abm.bandits.rivals import Rivals
from hivemind_abm.bandits.stepping import change_worlds, pull_all, pull_one
from hivemind_abm.bandits.world import World
from hivemind_abm.engine.methods import Methods
from hivemind_abm.engine.stream import Stream

__all__ = ["BanditRunner", "initially_optimal"]


class BanditRunner:
    """The bandit of a batch.

    Args:
        bandit: The bandit, an instance.
        methods: Gets the bandit's methods.
        state: The `State` of the runs.
        measured: The `Measured` of the runs.

    Attributes:
        finds_best: Whether it finds what is best in a world that changes.
        rivals: The players of a game; None outside games.
    """

    finds_best = True

    def __init__(self, bandit: Bandit, methods: Methods, state: State, measured: Measured) -> None:
        self.bandit, self.state = bandit, state
        self._methods, self._measured = methods, measured
        self.even = np.full(bandit.n_action, 1.0 / bandit.n_action)
        self.rivals: Rivals | None = None
        self._add_pull()
        if bandit.changes:
            methods.add("change", "bandit", bandit, "change", change_loop, CHANGE)
            if self.finds_best and _says_what_is_best(type(bandit)):
                methods.add(
                    "best", "bandit", bandit, "expected_rewards", best_loop, BEST, quiet=True
                )

    def _add_pull(self) -> None:
        """Compile the method that pays."""
        self._methods.add("pull", "bandit", self.bandit, "pull", pull_loop, PULL)

    def meet(self, rivals: Rivals) -> None:
        """Play a game with others; must be called before the first pull."""
        self.rivals = rivals
        vars(self).pop("passes", None)  # they hold the address of the rivals

    def for_state(self, state: State) -> "BanditRunner":
        """The same bandit and passes for other runs, without what is best."""
        runner = copy.copy(self)
        runner.state = state
        optimal = np.zeros((len(state.running), self.bandit.n_action + 1), np.int32)
        runner._measured = self._measured._replace(optimal=optimal)
        return runner

    def __getstate__(self) -> dict[str, Any]:
        """The attributes but the addresses of machine code."""
        return {name: value for name, value in self.__dict__.items() if name != "passes"}

    @property
    def is_compiled(self) -> bool:
        """Whether all that a step needs of the bandit is machine code."""
        passes = self.passes
        if not passes.pull or not self.bandit.changes:
            return bool(passes.pull)
        return bool(passes.change and (passes.best or not self.finds_best))

    @cached_property
    def passes(self) -> BanditPasses:
        """The entries of the compiled passes."""
        entries = (self._methods.entry(key) for key in ("pull", "change", "best"))
        rivals = 0 if self.rivals is None else self.rivals.table.ctypes.data
        return BanditPasses(*(number for entry in (*entries, (rivals,)) for number in entry))

    @property
    def parts(self) -> tuple[BanditPasses, State, Measured, np.ndarray]:
        """What `stepping.of_runs` takes."""
        return self.passes, self.state, self._measured, self.even

    def change(self, step: int, runs: Sequence[int] | None = None) -> None:
        """Change the worlds of runs that have not stopped, and find what is best in them.

        Args:
            step: The number of the row to come.
            runs: Which runs, one after the other; None for all.
        """
        if not self.bandit.changes:
            return
        passes, chosen = self.passes, self._chosen(runs)
        if passes.change:
            first = 0 if runs is None else runs[0]
            number = len(self.state.running) if runs is None else len(runs)
            change_worlds(*self.parts, first, number, step)
        else:
            for run in chosen:
                rng = Stream.on(self.state.streams[run])
                returned: Any = self.bandit.change(self._world(run, step), rng)  # type: ignore[func-returns-value]
                if returned is not None:
                    raise TypeError(
                        f"{type(self.bandit).__name__}.change must return nothing: write into "
                        f"world.memory, not {returned!r}"
                    )
        if self.finds_best and not (passes.change and passes.best):
            self._find_best(step, chosen)

    def pull(self, step: int, runs: Sequence[int] | None = None) -> int:
        """Pull the options of runs that have not stopped.

        Args:
            step: The number of the row to which the rewards belong.
            runs: As for `change`.

        Returns:
            The flat index of a reward outside [0, 1], or -1.
        """
        state = self.state
        if self._methods["pull"] is not None:
            first = 0 if runs is None else runs[0]
            number = len(state.running) if runs is None else len(runs)
            return pull_all(*self.parts, first, number, step)
        for run in self._chosen(runs):
            world, rng = self._world(run, step), Stream.on(state.streams[run])
            for place in range(state.options.shape[1]):
                wrong = self._pull_in_python(int(run), place, world, rng)
                if wrong >= 0:
                    return wrong
        return -1

    def pull_one(self, run: int, place: int, step: int) -> int:
        """Pull one option; arguments and result as for `pull`."""
        if self._methods["pull"] is not None:
            return pull_one(*self.parts, run, place, step)
        rng = Stream.on(self.state.streams[run])
        return self._pull_in_python(run, place, self._world(run, step), rng)

    def _pull_in_python(self, run: int, place: int, world: World, rng: Stream) -> int:
        options, payoffs = self.state.options, self.state.payoffs
        option = int(options[run, place])
        if option >= self.bandit.n_action:
            payoffs[run, place] = 0.0
            return -1
        reward = self._reward_in_python(run, option, world, rng)
        if not isinstance(reward, bool | int | float | np.number | np.bool_):
            raise TypeError(f"{self._method} must return a reward, a number, not {reward!r}")
        payoffs[run, place] = reward
        if not -ROUNDING <= reward <= 1.0 + ROUNDING:
            return run * options.shape[1] + place
        payoffs[run, place] = min(max(reward, 0.0), 1.0)
        return -1

    def _reward_in_python(self, run: int, option: int, world: World, rng: Stream) -> Any:
        """What the user's method returns for one pull."""
        return self.bandit.pull(option, world, rng)

    @property
    def _method(self) -> str:
        """The method that pays, for errors."""
        return f"{type(self.bandit).__name__}.pull"

    def _chosen(self, runs: Sequence[int] | None) -> np.ndarray:
        """Those of the runs that have not stopped."""
        running = self.state.running
        return np.flatnonzero(running) if runs is None else np.array(runs)[running[runs]]

    def _world(self, run: Any, step: int) -> World:
        rivals = () if self.rivals is None else self.rivals.of(run)
        return World(self.state.shares[run], step, self.state.worlds[run], rivals)

    def _find_best(self, step: int, runs: np.ndarray) -> None:
        """Write what is best now in these runs; equal worlds are asked once."""
        best: dict[bytes, np.ndarray] = {}
        for run in runs:
            memory = self.state.worlds[run]
            key = memory.tobytes()
            if key not in best:
                options = self.bandit.optimal_options(World(self.even, step, memory.copy()))
                best[key] = _padded(options, self.bandit.n_action)
            self._measured.optimal[run] = best[key]


def initially_optimal(bandit: Bandit, runs: int) -> np.ndarray:
    """`Measured.optimal` as it is at first."""
    if bandit.changes:  # found once the worlds have changed for row 0
        return np.full((runs, bandit.n_action + 1), -1, np.int32)
    try:
        return _remembered_optimal(bandit).copy()
    except TypeError:  # a bandit that cannot be hashed, or a mistake in it: then this raises it
        return _padded(bandit.optimal_options(), bandit.n_action)[np.newaxis]


@lru_cache(maxsize=256)
def _remembered_optimal(bandit: Bandit) -> np.ndarray:
    """`optimal_options`, computed once for equal bandits."""
    return _padded(bandit.optimal_options(), bandit.n_action)[np.newaxis]


def _padded(options: Any, n_action: int) -> np.ndarray:
    """Options, then -1, shape (K + 1,)."""
    padded = np.full(n_action + 1, -1, np.int32)
    padded[: len(options)] = options
    return padded


def _says_what_is_best(bandit: type[Bandit]) -> bool:
    """Whether the best options follow from `expected_rewards` of its own as the base class says."""
    same = ("optimal_shares", "optimal_options")
    return bandit.expected_rewards is not Bandit.expected_rewards and all(
        getattr(bandit, name) is getattr(Bandit, name) for name in same
    )
