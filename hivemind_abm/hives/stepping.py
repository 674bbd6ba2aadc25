"""The compiled steps of many hives.

Knows: how one hive begins a step, adopts, takes turns and dances, and the function that repeats
steps.  Does not know: the methods of rules and bandits; it has the addresses of their passes.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numba import carray, types

from hivemind_abm.bandits.passes import keep_runs, of_runs
from hivemind_abm.bandits.stepping import runs_struct
from hivemind_abm.engine.intrinsics import address_of, advance, call_at
from hivemind_abm.engine.loops import compiled, entry_of, inlined
from hivemind_abm.engine.rows import SHARES
from hivemind_abm.engine.stream import stream_at
from hivemind_abm.engine.structs import (
    Integers,
    define_struct,
    kept_at,
    kept_on_stack,
    method_of,
    pointers_to,
    record_type,
    with_fields,
    words_in,
)
from hivemind_abm.hives.bees import Bees, Private
from hivemind_abm.hives.neighbourhood import GROUPS
from hivemind_abm.hives.neighbours_compiled import (
    load_neighbours,
    neighbours_struct,
    of_workspace,
    save_neighbours,
)
from hivemind_abm.hives.passes import HiveArrays, Parts, RulePasses, Updating
from hivemind_abm.hives.updating import (
    BANDIT_FAULT,
    DANCE_FAULT,
    choosing,
    count_shares,
    paying,
    stepping,
    taking_turns,
)

__all__ = [
    "WORDS_OF_HIVES",
    "choose",
    "driver",
    "load_hives",
    "measure_hives",
    "of_parts",
    "pay",
    "save_hives",
    "turns",
]


class _Structs(NamedTuple):
    """The runs, their address for `runs_struct.pull`, and the neighbours in no hive."""

    runs: Any
    runs_at: int
    nobody: Any


class _Sizes(NamedTuple):
    """The number of rules, that of rules with a place for `dance`, and whether rules differ."""

    kinds: int
    dances: int
    mixed: bool


class _Places(NamedTuple):
    words: Integers
    fault: Integers


_hives, _no_hives = define_struct(
    "Hives",
    {
        "_runs": runs_struct,
        "_runs_at": types.int64,
        "_nobody": neighbours_struct,
        "events": types.int64,
        "bees": types.int64,
        **{
            name: kind
            for record in (RulePasses, HiveArrays, Updating, _Sizes, _Places)
            for name, kind in pointers_to(record).items()
            if name not in ("_events", "_bees")
        },
    },
    __name__,
)


_WORDS_OF_NEIGHBOURS = len(neighbours_struct.members)
keep_hives, load_hives = kept_on_stack(_hives)
save_hives = kept_at(_hives)
WORDS_OF_HIVES = words_in(_hives)


@cache
def driver() -> Callable[..., int]:
    """The compiled function that does many steps of all hives.

    It does not check its arguments; see `_drive` for them.
    """
    rows = types.float64[:, :, ::1]
    return entry_of(
        _drive, types.int64(types.int64, types.int64, record_type(Parts), rows, types.int64)
    )


@compiled
def of_parts(parts, runs, runs_at):
    """The hives as addresses, which cost nothing to pass on; the arrays must outlive them."""
    n, rules = parts.state.options.shape[1], parts.rules
    nobody = of_workspace(parts.workspace, n, parts.updating.none)
    hives = with_fields(with_fields(_no_hives(), _Structs(runs, runs_at, nobody)), rules)
    hives = with_fields(with_fields(hives, parts.arrays), parts.updating)
    mixed = parts.arrays.follows.shape[1] > 0
    hives = with_fields(hives, _Sizes(rules.decide.shape[0], rules.dance.shape[0], mixed))
    return with_fields(hives, _Places(parts.words, parts.fault))


@method_of(_hives)
def begin(self, hive, step):
    """Keep the neighbours of this hive, before any bee listens, in memory."""
    runs, first = self._runs, hive * self.bees
    bees = Bees(advance(runs._options, first), advance(self._shown, first))
    private = Private(
        advance(runs._payoffs, first),
        advance(self._memory, first * self._width),
        advance(self._follows, first if self._mixed else 0),
        self._width,
        step,
        self._none,
    )
    neighbours = self._nobody.of_hive(bees, private)
    save_neighbours(neighbours, self._words)
    self._words[_WORDS_OF_NEIGHBOURS + 1] = hive
    neighbours.begin(stream_at(advance(runs._streams, 4 * hive)))
    if self.events:
        neighbours.count_held(advance(runs._shares, hive * runs._k))


@method_of(_hives)
def call(self, passes, kind, hive, first, last, number):
    """Call the pass of rule `kind`; it takes the bees of rule `number`, or all if it is -1."""
    entry = (
        passes[3 * kind + 1],
        passes[3 * kind + 2],
        address_of(self._words),
        first,
        last,
        number,
        self._own[kind],
        address_of(advance(self._runs._streams, 4 * hive)),
        self._chance,
    )
    self._fault[0] = call_at(passes[3 * kind], entry)
    return self._fault[0] >= 0


@method_of(_hives)
def decide(self, hive, first, last):
    """The bees at these positions decide."""
    if not self._mixed:
        return self.call(self._decide, 0, hive, first, last, -1)
    if last == first + 1 and self._nobody._kind != GROUPS:
        mine = np.int64(self._follows[hive * self.bees + first])
        return self.call(self._decide, mine, hive, first, last, -1)
    for kind in range(self._kinds):
        if self.call(self._decide, kind, hive, first, last, kind):
            return True
    return False


@method_of(_hives)
def adopt(self, hive):
    """All bees adopt what they have decided."""
    n, adopted = self.bees, self._nobody._adopted
    opinions = advance(self._runs._options, hive * n)
    for bee in range(n):
        opinions[bee] = adopted[bee]
    self.count(hive)


@method_of(_hives)
def count(self, hive):
    """Write the shares of the options."""
    n, k = self.bees, self._runs._k
    opinions = carray(advance(self._runs._options, hive * n), (n,))
    count_shares(opinions, carray(advance(self._runs._shares, hive * k), (k,)), self._none)


@method_of(_hives)
def dance(self, hive, first, last):
    """These bees show a payoff."""
    start = hive * self.bees
    for kind in range(self._dances):  # none if all show what they pulled
        if self._dance[3 * kind] != 0:
            if self.call(self._dance, kind, hive, first, last, kind if self._mixed else -1):
                return True
            continue
        for bee in range(start + first, start + last):
            if not self._mixed or self._follows[bee] == kind:
                self._shown[bee] = self._runs._payoffs[bee]
    return False


@method_of(_hives)
def renew(self, neighbours, hive, place, step):
    """One bee adopts, pulls and dances."""
    bee = neighbours.at(place)
    opinion, payoff = np.int64(neighbours._opinion[bee]), neighbours._payoff[bee]
    shares = advance(self._runs._shares, hive * self._runs._k)
    neighbours.adopt_one(bee, shares, self._tracked)
    self._fault[0] = self._runs.pull(self._runs_at, hive, 1, bee, 1, step)
    if self._fault[0] >= 0:
        return BANDIT_FAULT
    if self.dance(hive, bee, bee + 1):
        return DANCE_FAULT
    neighbours.replaced(bee, opinion, payoff)
    return 0


@method_of(_hives)
def measure(self, hive, steps):
    """Write the row of one hive; see `runs_struct.measure`."""
    runs, n, k = self._runs, self.bees, self._runs._k
    runs.measure(hive, steps)
    row, opinions = advance(runs._values, hive * runs._columns), advance(runs._options, hive * n)
    if self._none:
        missing = 0
        for bee in range(n):
            missing += opinions[bee] == k
        row[SHARES + k] = missing / n
    first, options = SHARES + k + self._none + 1, k + self._none
    if runs._columns == first:  # no columns of kinds
        return
    for place in range(first, runs._columns):
        row[place] = 0.0
    for bee in range(n):
        row[first + self._follows[hive * n + bee] * options + opinions[bee]] += 1.0
    for kind in range(self._kinds):
        followers, start = 0.0, first + kind * options
        for place in range(start, start + options):
            followers += row[place]
        for place in range(start, start + options):
            row[place] = row[place] / followers if followers > 0.0 else np.nan


@inlined
def _begin(hives, hive, step):
    hives.begin(hive, step)


@inlined
def _decide(hives, hive, first, last):
    return hives.decide(hive, first, last)


@inlined
def _adopt(hives, hive):
    hives.adopt(hive)


@inlined
def _change(hives, hive, step):
    hives._runs.change(hive, 1, step)


@inlined
def _pull(hives, hive, step):
    hives._fault[0] = hives._runs.pull(hives._runs_at, hive, 1, 0, hives.bees, step)
    return hives._fault[0] >= 0


@inlined
def _dance(hives, hive, first, last):
    return hives.dance(hive, first, last)


@inlined
def _turn(hives, hive):
    rng = stream_at(advance(hives._runs._streams, 4 * hive))
    return load_neighbours(hives._words).turn(rng)


@inlined
def _renew(hives, hive, place, step):
    return hives.renew(load_neighbours(hives._words), hive, place, step)


_turns_of_many = inlined(taking_turns(_turn, _decide, _renew))


@inlined
def turns(hives, hive, step, events):
    """Bees take turns; see `taking_turns`."""
    entry = hives._turns
    if hives._mixed:
        fault = _turns_of_many(hives, hive, step, events)
    else:  # one rule: the loop is in the rule's own pass
        fault = call_at(entry[0], (entry[1], entry[2], keep_hives(hives), hive, step, events))
    if not hives._tracked:
        hives.count(hive)
    return fault


choose, pay = inlined(choosing(_begin, _decide, _adopt)), inlined(paying(_pull, _dance))
_step = inlined(stepping(choose, _change, pay, turns))


@compiled
def _drive(clock, steps, parts, record, every):
    """Do `steps` steps of each hive that has not stopped, the first with the number `clock` + 1.

    One hive does all its steps before the next one, so that its bees stay in the processor's cache.

    Args:
        clock: The number of steps done.
        steps: How many.
        parts: The `Parts`.
        record: Gets every so many-th row of each hive, shape (rows, R, columns); the last row of a
            hive that stops is repeated.  Shape (0, R, columns) for no rows.
        every: Steps from one row to the next.

    Returns:
        0 or a fault, such as `RULE_FAULT`; its place is then in `parts.fault`.
    """
    runs = of_runs(parts.bandit, parts.state, parts.measured, parts.even)
    hives = of_parts(parts, runs, keep_runs(runs))
    running, each_step = hives._runs._running, hives._runs._quorum <= 1.0
    rows, columns = record.shape[0], record.shape[2]
    for hive in range(hives._runs._runs):
        row, unmeasured = 0, 0
        for step in range(steps):
            if not running[hive]:
                break
            fault = _step(hives, hive, clock + step + 1)
            if fault:
                parts.fault[1] = hive
                return fault
            unmeasured += 1
            due = rows > 0 and (step + 1) % every == 0
            if each_step or due or step == steps - 1:
                hives.measure(hive, unmeasured)
                unmeasured = 0
            if due:
                for column in range(columns):
                    record[row, hive, column] = parts.measured.values[hive, column]
                row += 1
        while row < rows:
            for column in range(columns):
                record[row, hive, column] = parts.measured.values[hive, column]
            row += 1
    return 0


@compiled
def measure_hives(parts):
    """Write the rows of the hives that have not stopped, one step after the rows before."""
    runs = of_runs(parts.bandit, parts.state, parts.measured, parts.even)
    hives = of_parts(parts, runs, keep_runs(runs))
    for hive in range(hives._runs._runs):
        if hives._runs._running[hive]:
            hives.measure(hive, 1)
