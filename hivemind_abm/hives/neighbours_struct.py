"""A bee and its neighbours in compiled code: the values that a rule gets.

Knows: one struct of addresses and numbers, and the struct of a bee, each defined once.  Does not
know: whom a bee hears; see `listening`.  What a rule can ask is in `neighbours_compiled`.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import types

from hivemind_abm.engine.intrinsics import advance
from hivemind_abm.engine.loops import compiled
from hivemind_abm.engine.structs import (
    define_iterator,
    define_struct,
    kept_in_memory,
    method_of,
    pointers_to,
    property_of,
    record_type,
    row_loader,
    with_fields,
)
from hivemind_abm.engine.unpacking import stands_for_tuple
from hivemind_abm.engine.vectors import writable_view
from hivemind_abm.hives.bees import Bees, BeeState, Private, Workspace
from hivemind_abm.hives.neighbourhood import GROUPS

__all__ = [
    "AMONG",
    "ASKED",
    "FLAG_CUMULATED",
    "FLAG_TALLIED",
    "GROUP",
    "KEY",
    "PASS",
    "STAMP",
    "Among",
    "Listening",
    "bee_struct",
    "load_neighbours",
    "neighbours_struct",
    "of_workspace",
    "save_neighbours",
]


class Listening(NamedTuple):
    """What is known as soon as a bee listens.

    Attributes:
        me: The bee's index.
        size: The number of its neighbours.
        first: Where they start in the order or the graph.
        drawn: Whether they are drawn at random, each when the rule asks for it.
        one, two: The first two, which are drawn at once where M is at most 2.
    """

    me: int
    size: int
    first: int
    drawn: bool
    one: int
    two: int


class _Hive(NamedTuple):
    """N, the kind of neighbourhood, M, K, and whether bees decide one at a time."""

    n: int
    kind: int
    m: int
    n_action: int
    one_at_a_time: int


class _Own(NamedTuple):
    """How many numbers the bees of the rule at hand keep."""

    own: int


class _View(NamedTuple):
    """A bee as a rule's methods get it; see `BeeView`."""

    opinion: int
    payoff: float
    step: int
    memory: Any
    m: int


class Among(NamedTuple):
    """The candidates from which the neighbours come.

    Attributes:
        direct: Whether they are 0, 1, 2, ..., without `skip`.
        skip: The bee that is left out where `direct`.
        members: The candidates where not `direct`.
    """

    direct: bool
    skip: int
    members: Any


bee_struct, _no_bee = define_struct(
    "Bee",
    {
        "opinion": types.int64,
        "payoff": types.float64,
        "step": types.int64,
        "_memory": types.CPointer(types.float64),
        "_m": types.int64,
    },
    __name__,
)


@stands_for_tuple(bee_struct)
def _opinion_and_payoff(value):
    """As the named tuple of plain Python, `BeeState`."""
    return value.opinion, value.payoff


@property_of(bee_struct)
def memory(self):
    """As `BeeView.memory`."""
    return writable_view(self._memory, self._m)


neighbours_struct, _of_nobody = define_struct(
    "Neighbours",
    {
        "size": types.int64,
        "n_action": types.int64,
        **{
            name: kind
            for record in (Bees, Private, Workspace, _Hive, _Own, Listening)
            for name, kind in pointers_to(record).items()
            if name not in ("_size", "_n_action")
        },
        "_direct": types.boolean,
        "_skip": types.int64,
        "_members": types.CPointer(types.int32),
    },
    __name__,
)
define_iterator(neighbours_struct, bee_struct)
_load_shown = row_loader(record_type(BeeState))
save_neighbours, load_neighbours = kept_in_memory(neighbours_struct)

# Places in `Workspace.flags`.
FLAG_TALLIED, FLAG_CUMULATED, STAMP, ASKED, AMONG, KEY, GROUP, PASS = range(8)


@compiled
def of_workspace(workspace, n, none):
    """The neighbours in no hive; `of_hive` must follow.

    Args:
        workspace: The `Workspace`.
        n: N.
        none: As in `Private`.
    """
    settings, n_action = workspace.settings, workspace.sums.size - none
    hive = _Hive(n, settings[0], settings[1], n_action, settings[2])
    return with_fields(with_fields(_of_nobody(), workspace), hive)


@method_of(neighbours_struct)
def of_hive(self, bees, private):
    """The same in a hive, before any bee listens; `begin` and then `listen` must follow.

    Args:
        self: The neighbours in no hive.
        bees: The `Bees` of one hive, as arrays or as addresses.
        private: Their `Private`, as arrays or as addresses.
    """
    return with_fields(with_fields(self, bees), private)


@property_of(neighbours_struct)
def _keeps_sums(self):
    """Whether sums and counts over all bees are kept while bees decide one at a time."""
    return self._one_at_a_time != 0 and self._kind < GROUPS


@method_of(neighbours_struct)
def of_rule(self, own):
    """The same for the bees of a rule that keep `own` numbers each; a new pass over bees begins."""
    self._flags[PASS] += 1
    return with_fields(self, _Own(own))


@method_of(neighbours_struct)
def _show(self, bee):
    """What a bee shows."""
    shown = _load_shown(self, bee)
    view = _View(shown.opinion, shown.payoff, self._step, self._memory, 0)
    return with_fields(_no_bee(), view)


@method_of(neighbours_struct)
def of_bee(self, bee):
    """A bee as it is to itself."""
    shown, memory = _load_shown(self, bee), advance(self._memory, bee * self._width)
    view = _View(shown.opinion, self._reward[bee], self._step, memory, self._own)
    return with_fields(_no_bee(), view)


@property_of(neighbours_struct)
def _bee(self):
    """The listening bee, as it is to itself."""
    return self.of_bee(self._me)


@property_of(neighbours_struct)
def _options(self):
    """How many opinions there are: K, and one more where a bee may hold no option."""
    return self.n_action + self._none


@method_of(neighbours_struct)
def count_held(self, shares):
    """Find the number of bees that hold each option from `shares`, shape (K,).

    `adopt_one` keeps these numbers.
    """
    left = self._n
    for option in range(self.n_action):
        self._held[option] = np.int64(shares[option] * self._n + 0.5)
        left -= self._held[option]
    if self._none:
        self._held[self.n_action] = left


@method_of(neighbours_struct)
def adopt_one(self, bee, shares, tracked):
    """One bee adopts what it has decided; if `tracked`, `shares`, shape (K,), follow."""
    before, after = np.int64(self._opinion[bee]), np.int64(self._adopted[bee])
    self._opinion[bee] = after  # no branch where they are equal: it could not be predicted
    if not tracked:
        return
    self._held[before] -= 1
    self._held[after] += 1
    if before < self.n_action:
        shares[before] = self._held[before] / self._n
    if after < self.n_action:
        shares[after] = self._held[after] / self._n
