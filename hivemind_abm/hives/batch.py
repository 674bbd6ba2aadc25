"""Many hives with the same rule, bandit and neighbourhood, stepped together.

`Hive` shows one of them as a Mesa model and `ensemble` runs thousands.  Both use the steps here, so
both get the same numbers.  Knows: how the choosing pass of hives runs in both modes.  Does not
know: Mesa.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.batch import PullingBatch
from hivemind_abm.checks import whole_number
from hivemind_abm.engine.source import functions_used, names_used
from hivemind_abm.hives.bees import BEYOND, Bees, Workspace
from hivemind_abm.hives.interpreted import Interpreter, loop_of_rule
from hivemind_abm.hives.neighbourhood import GROUPS, Neighbourhood
from hivemind_abm.hives.neighbours_compiled import neighbours_struct
from hivemind_abm.hives.passes import (
    OF_RULE,
    HiveArrays,
    Parts,
    RulePasses,
    Updating,
    begin_loop,
    dance_loop,
    decide_loop,
)
from hivemind_abm.hives.rules import ImitationRule
from hivemind_abm.hives.starting import deal_out, starting_counts
from hivemind_abm.hives.stepping import driver, measure_hives
from hivemind_abm.hives.turns import TURNS, turns_loop
from hivemind_abm.hives.updating import (
    BANDIT_FAULT,
    DANCE_FAULT,
    SYNCHRONOUS,
    chance_of,
    count_shares,
)

__all__ = ["HiveBatch"]

_LOOPS = {"decide": decide_loop, "dance": dance_loop, "begin": begin_loop}


class HiveBatch(PullingBatch):
    """R hives of N bees and K options.

    Args:
        rule: The rule, an instance; or the rules of a hive, a sequence.
        bandit: The bandit, an instance.
        neighbourhood: Which bees a bee hears.
        seeds: One per hive, whatever `seed_sequence` takes.
        initial_shares: K numbers that sum to 1 (K + 1 where a bee may hold no option), or a row of
            them for each rule; None for even shares.
        stop_if_end: Stop a hive at consensus, or at the share of an option that it names.
        compiled: Run machine code; False runs plain Python, which gives the same numbers.
        updating: "synchronous", "asynchronous" or the chance that a bee decides in a step.
        numbers: How many bees follow each rule; None if there is one rule.

    Attributes:
        opinions: Options of the bees, shape (R, N), dtype int32; K for none.
        payoffs: Payoffs pulled with these opinions, shape (R, N).
        shown: The payoffs that others see, shape (R, N).
        follows: The number of each bee's rule, shape (R, N), or (R, 0) if there is one rule.
        shares: x, shape (R, K).
        rows_of_kinds: Whether rows have the shares among the bees of each of several rules.
    """

    rows_of_kinds = True

    def __init__(
        self,
        rule: ImitationRule | Sequence[ImitationRule],
        bandit: Bandit,
        neighbourhood: Neighbourhood,
        seeds: Sequence[Any],
        initial_shares: Any = None,
        stop_if_end: bool | float = False,
        compiled: bool = True,
        updating: str | float = SYNCHRONOUS,
        numbers: Sequence[int] | None = None,
    ) -> None:
        self.rules = (rule,) if isinstance(rule, ImitationRule) else tuple(rule)
        n, runs, k = neighbourhood.population_size, len(seeds), bandit.n_action
        none = any(each.uncommitted for each in self.rules)
        kinds = len(self.rules)
        super().__init__(
            bandit,
            n,
            seeds,
            stop_if_end,
            compiled,
            none,
            kinds if kinds > 1 and self.rows_of_kinds else 0,
        )
        self.neighbourhood, self.opinions = neighbourhood, self.options
        self._own = np.array([_memory_of(each, k) for each in self.rules], np.int64)
        width, chance = int(self._own.max()), chance_of(updating)
        events = 0 if chance is not None else _events(neighbourhood)
        tracked = self._tracks_shares()
        self._updating = Updating(
            1.0 if chance is None else chance, events, n, tracked, width, int(none)
        )
        dances = any(each.has_dance for each in self.rules)
        self.arrays = HiveArrays(
            shown=np.zeros((runs, n)) if dances else self.payoffs,
            memory=np.zeros((runs, n * width)),
            follows=np.zeros((runs, n if kinds > 1 else 0), np.int32),
        )
        self.shown, self.follows = self.arrays.shown, self.arrays.follows
        self._workspace = Workspace.of(neighbourhood, k + none, events > 0)
        self._words = np.zeros(len(neighbours_struct.members) + BEYOND, np.int64)
        self.arrays_before: HiveArrays | None = None
        self._add_methods()
        self._interpreter = self._new_interpreter()
        self._settle(initial_shares, numbers)
        self._start()

    def _add_methods(self) -> None:
        """Compile the methods of the rules."""
        for kind, rule in enumerate(self.rules):
            for name in _LOOPS:
                if name == "decide" or getattr(rule, f"has_{name}"):
                    lazy = self._takes_turns and name == "decide"
                    loop = self._compiled_loop(rule, name)
                    self.methods.add((name, kind), "rule", rule, name, loop, OF_RULE, lazy=lazy)
        if self._takes_turns:
            loop = self._compiled_loop(self.rules[0], "turns")
            self.methods.add("turns", "rule", self.rules[0], "decide", loop, TURNS)

    def _compiled_loop(self, rule: ImitationRule, name: str) -> Callable[..., Any]:
        """What makes the compiled pass of a rule's method, or of "turns"."""
        if rule.looks_across:
            raise ValueError(
                f"{type(rule).__name__} looks at the other players of a game: use it in a GameModel"
            )
        loops: dict[str, Any] = {**_LOOPS, "turns": turns_loop}
        return loops[name]

    def _loop_in_python(self, rule: ImitationRule, name: str) -> Callable[..., int]:
        """The loop of a rule's method in plain Python."""
        return loop_of_rule(rule, name)

    @property
    def _takes_turns(self) -> bool:
        """Whether the events of a step are a pass of the one rule."""
        return self._updating.events > 0 and len(self.rules) == 1

    def _new_interpreter(self) -> Interpreter:
        return Interpreter(
            self.rules,
            self._own,
            self._runner,
            self.methods,
            self.bees,
            self.arrays,
            self._workspace,
            self._updating,
            self._loop_in_python,
            int(self._words[-BEYOND]),
        )

    def __getstate__(self) -> dict[str, Any]:
        """The attributes but what has loops or addresses of machine code."""
        left_out = ("_interpreter", "_parts")
        return {name: value for name, value in self.__dict__.items() if name not in left_out}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take over the attributes, with a new interpreter."""
        self.__dict__.update(state)
        self._interpreter = self._new_interpreter()

    @property
    def memory(self) -> np.ndarray:
        """The bees' own numbers, a view, shape (R, N, width)."""
        runs, n = self.opinions.shape
        return self.arrays.memory.reshape(runs, n, self._updating.width)

    @property
    def rule(self) -> ImitationRule:
        """The rule; the first one if there are several."""
        return self.rules[0]

    @property
    def uncommitted(self) -> int:
        """1 where a bee may hold no option, else 0."""
        return self._updating.none

    def bees(self, hive: int | np.integer[Any]) -> Bees:
        """What the bees of one hive show."""
        return Bees(self.opinions[hive], self.shown[hive])

    def _settle(self, initial_shares: Any, numbers: Sequence[int] | None) -> None:
        """Set the opinions and shares with which the runs start, and who follows which rule."""
        n, k, none = self.opinions.shape[1], self.bandit.n_action, self._updating.none
        numbers = [n] if numbers is None else list(numbers)
        counts = starting_counts(initial_shares, numbers, k, bool(none))
        on_network = self.neighbourhood.starts.size > 0  # there positions matter
        streams = self.state.streams
        deal_out(counts, numbers, self.opinions, self.follows, streams if on_network else None)
        self.shares[:] = counts.sum(axis=0)[:k] / n

    def _start(self) -> None:
        """Set the memories, pull for row 0, and show what was pulled."""
        self._begin()
        self._pull_once()

    def _begin(self) -> None:
        """The bees set their memories."""
        if any(rule.has_begin for rule in self.rules):
            for hive in range(len(self.running)):
                self._interpreter.begin(hive)

    def _tracks_shares(self) -> bool:
        """Whether the shares must follow each event, because the bandit may read them."""
        return "shares" in names_used(functions_used(type(self.bandit), "pull"))

    def _pull_once(self) -> None:
        self._runner.change(self._clock)
        self._fault[0] = self._runner.pull(self._clock)
        self._raise_fault(BANDIT_FAULT if self._fault[0] >= 0 else 0)
        if any(rule.has_dance for rule in self.rules):
            for hive in np.flatnonzero(self.running).tolist():
                if self._interpreter.dance(hive):
                    self._fault[:] = self._interpreter.fault, hive
                    self._raise_fault(DANCE_FAULT)
        self._measure()

    def _measure(self) -> None:
        measure_hives(self._parts)

    def decided(self, counts: np.ndarray, shares: np.ndarray) -> np.ndarray:
        """The shares after one decision of all bees, for a given number of bees on each option.

        The hives must not be used for anything else afterwards.

        Args:
            counts: Bees on each option in each hive, shape (R, K); each row sums to N.  One column
                more where a bee may hold no option.  If there are several rules, the bees of each,
                shape (R, rules, columns).
            shares: The shares that the bandit gets when the bees pull, shape (K,).

        Returns:
            The shares of the options that the bees decided for, in the shape of `counts`; if there
            are several rules, among the bees of each.
        """
        counts = np.asarray(counts)
        by_rule = counts if counts.ndim == 3 else counts[:, np.newaxis]
        for hive, held in enumerate(by_rule):
            deal_out(
                held,
                held.sum(axis=1),
                self.opinions[hive : hive + 1],
                self.follows[hive : hive + 1],
                None,
                in_turn=False,
            )
        self.shares[:], self.running[:] = shares, True
        self._pull_once()
        self.running[:] = True
        self._choose_once()
        return self._shares_by_rule(by_rule).reshape(counts.shape)

    def _shares_by_rule(self, counts: np.ndarray) -> np.ndarray:
        """The shares of each option among the bees of each rule, in the shape of `counts`."""
        if counts.shape[1:] == (1, self.shares.shape[1]):
            return self.shares.copy()[:, np.newaxis]
        shares = np.zeros(counts.shape)
        for hive, opinions in enumerate(self.opinions):
            follows = self.follows[hive] if self.follows.size else np.zeros_like(opinions)
            np.add.at(shares[hive], (follows, opinions), 1.0)
        return shares / np.maximum(shares.sum(axis=2, keepdims=True), 1.0)

    def advance(self, steps: int) -> None:
        """Do `steps` steps; see `PullingBatch.advance`."""
        if self._is_compiled:
            self._drive(steps, np.empty((0, *self.rows.values.shape)), 1)
            return
        for _ in range(steps):
            self._clock += 1
            for hive in np.flatnonzero(self.running).tolist():
                which = self._interpreter.step(hive, self._clock)
                self._fault[:] = self._interpreter.fault, hive
                self._raise_fault(which)
            self._measure()

    def record(self, rows: int, every: int) -> np.ndarray:
        """Do `rows` times `every` steps and return the rows; see `PullingBatch.record`."""
        if not self._is_compiled:
            return super().record(rows, every)
        record = np.empty((rows, *self.rows.values.shape))
        self._drive(rows * every, record, every)
        return record

    def _drive(self, steps: int, record: np.ndarray, every: int) -> None:
        which = driver()(self._clock, steps, self._parts, record, every)
        self._clock += steps
        self._raise_fault(which)

    @property
    def _is_compiled(self) -> bool:
        return self.methods.all_compiled and self._runner.is_compiled

    def _choose(self) -> int:
        """All bees decide and adopt, without a pull."""
        for hive in np.flatnonzero(self.running).tolist():
            if self._interpreter.decide_once(hive, self._clock):
                self._fault[1] = hive
                return self._interpreter.fault
        return -1

    @cached_property
    def _parts(self) -> Parts:
        kinds = range(len(self.rules))
        dances = any(rule.has_dance for rule in self.rules)
        entries = {
            method: np.array([self.methods.entry((method, kind)) for kind in kinds], np.int64)
            for method in (("dance",) if self._takes_turns else ("decide", "dance"))
        }
        return Parts(
            rules=RulePasses(
                entries.get("decide", np.zeros((1, 3), np.int64)),
                entries["dance"] if dances else np.zeros((0, 3), np.int64),
                np.array([self.methods.entry("turns")], np.int64),
                self._own,
            ),
            bandit=self._runner.passes,
            state=self.state,
            arrays=self.arrays,
            workspace=self._workspace,
            words=self._words,
            measured=self._measured,
            even=self._runner.even,
            updating=self._updating,
            fault=self._fault,
        )

    def _memory(self) -> list[np.ndarray]:
        """The arrays beyond `state` that the next steps depend on."""
        shown, *own = self.arrays
        return own if shown is self.payoffs else [shown, *own]

    def _remember(self, memory: list[np.ndarray]) -> None:
        if self.before is not None and self.shown is self.payoffs:
            memory = [self.before.payoffs, *memory]
        self.arrays_before = HiveArrays(*memory)

    def _check_state(self) -> None:
        super()._check_state()
        if self._updating.events:  # each event changes the shares, so they must be up to date
            count_shares(self.opinions[0], self.shares[0], self._updating.none)
        shown = self.shown[0]
        wrong = np.flatnonzero(~((shown >= 0.0) & (shown <= 1.0)))
        if wrong.size:
            raise ValueError(
                f"shown payoffs must lie in [0, 1], not {shown[wrong[0]]} at place {wrong[0]}"
            )

    def _raise_fault(self, which: int) -> None:
        super()._raise_fault(which)
        if which == DANCE_FAULT:
            self._raise_of_dance(int(self._fault[0]))

    def _complaint(self, bee: int) -> str:
        name = type(self._rule_of(bee)).__name__
        most = self.bandit.n_action - 1
        none = f", or {most + 1} for none" if self._updating.none else ""
        return (
            f"{name}.decide returned opinion {self._workspace.adopted[bee]} "
            f"for bee {bee}; an opinion must be 0 to {most}{none}"
        )

    def _raise_of_dance(self, bee: int) -> None:
        name, payoff = type(self._rule_of(bee)).__name__, self.shown[self._fault[1], bee]
        raise ValueError(
            f"{name}.dance returned payoff {payoff} for bee {bee}; a payoff must lie in [0, 1]"
        )

    def _rule_of(self, bee: int) -> ImitationRule:
        """The rule of a bee of the hive with a fault."""
        return self.rules[int(self.follows[self._fault[1], bee]) if self.follows.size else 0]


def _memory_of(rule: ImitationRule, n_action: int) -> int:
    """How many numbers the bees of a rule keep, checked."""
    name = f"{type(rule).__name__}.memory_size(n_action)"
    return whole_number(name, rule.memory_size(n_action), 0)


def _events(neighbourhood: Neighbourhood) -> int:
    """The number of events in an asynchronous step."""
    n = neighbourhood.population_size
    return max(round(n / neighbourhood.size), 1) if neighbourhood.kind == GROUPS else n
