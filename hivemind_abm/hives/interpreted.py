"""The step of a hive in plain Python, where a method of a rule or bandit is not compiled.

Knows: the functions that `stepping` takes, each as a call of compiled code or of a user's method.
Does not know: the order in which they run.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from hivemind_abm.bandits.runner import BanditRunner
from hivemind_abm.engine.methods import Methods
from hivemind_abm.engine.stream import Stream
from hivemind_abm.hives.bees import BEYOND, Private, Workspace
from hivemind_abm.hives.neighbours import Neighbours
from hivemind_abm.hives.passes import HiveArrays, Updating
from hivemind_abm.hives.rules import ImitationRule
from hivemind_abm.hives.updating import (
    BANDIT_FAULT,
    DANCE_FAULT,
    beginning,
    checked_opinion,
    checked_payoff,
    choosing,
    count_shares,
    dancing,
    deciding,
    paying,
    stepping,
    taking_turns,
)

__all__ = ["Interpreter", "loop_of_rule"]


def loop_of_rule(rule: ImitationRule, method: str) -> Callable[..., int]:
    """The loop in which bees decide, dance or begin, in plain Python; see `updating`.

    Args:
        rule: The rule, an instance.
        method: "decide", "dance" or "begin".
    """
    call, name = getattr(type(rule), method), type(rule).__name__
    if method == "decide":
        return deciding(call, checked_opinion(name))
    if method == "dance":
        return dancing(call, checked_payoff(name))
    return beginning(call, _checked_nothing(name))


class Interpreter:
    """The tools of `stepping` in plain Python, for the hives of a batch.

    Args:
        rules: The rules of a hive.
        own: How many numbers the bees of each rule keep, shape (rules,).
        runner: The bandit, with the state of the hives.
        methods: The rules' compiled passes, by (method, number of the rule).
        bees: Gives the `Bees` of a hive.
        arrays: The `HiveArrays`.
        workspace: Work arrays.
        updating: When bees decide.
        loops: Makes the loop of a rule's method; see `loop_of_rule`.
        beyond: The address of what rules see beyond the hive, 0 for nothing.

    Attributes:
        hive: The hive whose step was begun last.
    """

    def __init__(
        self,
        rules: Sequence[ImitationRule],
        own: np.ndarray,
        runner: BanditRunner,
        methods: Methods,
        bees: Callable[[int], Any],
        arrays: HiveArrays,
        workspace: Workspace,
        updating: Updating,
        loops: Callable[[ImitationRule, str], Callable[..., int]] = loop_of_rule,
        beyond: int = 0,
    ) -> None:
        self.rules, self.own, self.runner, self.methods = rules, own, runner, methods
        self._bees_of, self.arrays, self.workspace = bees, arrays, workspace
        self.updating, self.events, self.bees = updating, updating.events, updating.bees
        self._loops = {
            (method, kind): loops(rule, method)
            for kind, rule in enumerate(rules)
            for method in ("decide", "dance", "begin")
            if method == "decide" or getattr(rule, f"has_{method}")
        }
        self.fault, self.hive, self._beyond = -1, -1, beyond
        self._choose = choosing(Interpreter._begin, Interpreter._decide, Interpreter._adopt)
        self._pay = paying(Interpreter._pull, Interpreter._dance)
        self._turns = taking_turns(Interpreter._turn, Interpreter._decide, Interpreter._renew)
        self._step = stepping(self._choose, Interpreter._change, self._pay, self._turns)

    def step(self, hive: int, number: int) -> int:
        """Do one step of one hive.

        Args:
            hive: Its index.
            number: The number of the step.

        Returns:
            0 or a fault, such as `RULE_FAULT`; its place is then in `fault`.
        """
        return self._step(self, hive, number)

    def choose(self, hive: int, number: int) -> int:
        """All bees of a hive decide and adopt, unless they do so one at a time; see `step`."""
        return self._choose(self, hive, number)

    def pay(self, hive: int, number: int) -> int:
        """All bees of a hive pull and dance, unless they do so one at a time; see `step`."""
        return self._pay(self, hive, number)

    def turns(self, hive: int, number: int, events: int) -> int:
        """Some events of the hive for which `choose` was called last; see `step`."""
        return self._turns(self, hive, number, events)

    def decide_once(self, hive: int, number: int) -> bool:
        """All bees of a hive decide and adopt, without a pull -> whether a rule is at fault."""
        self._begin(hive, number)
        if self._decide(hive, 0, self.bees):
            return True
        self._adopt(hive)
        return False

    def begin(self, hive: int) -> None:
        """The bees of a hive set their memory."""
        self._begin(hive, 0)
        for kind, rule in enumerate(self.rules):
            if rule.has_begin:
                self._call("begin", kind, hive, 0, self.bees, kind)

    def dance(self, hive: int) -> bool:
        """The bees of a hive show a payoff -> whether a rule is at fault."""
        self._begin(hive, 0)
        return self._dance(hive, 0, self.bees)

    def _begin(self, hive: int, number: int) -> None:
        state, arrays, updating = self.runner.state, self.arrays, self.updating
        private = Private(
            state.payoffs[hive],
            arrays.memory[hive],
            arrays.follows[hive],
            updating.width,
            number,
            updating.none,
        )
        self._rng = Stream.on(state.streams[hive])
        self._neighbours = Neighbours(
            self._bees_of(hive), private, self.workspace, state.shares[hive], self._rng
        )
        self.hive = hive
        self._neighbours._words[-BEYOND:] = self._beyond, hive

    def _call(self, method: str, kind: int, hive: int, first: int, last: int, number: int) -> bool:
        """Call a rule's loop for its bees among these; all of them if there is one rule."""
        number = number if len(self.rules) > 1 else -1
        compiled, own = self.methods[method, kind], int(self.own[kind])
        if compiled is not None:
            words = self._neighbours._words.ctypes.data
            stream = self.runner.state.streams[hive].ctypes.data
            chance = self.updating.chance
            self.fault = compiled.call(words, first, last, number, own, stream, chance)
            return self.fault >= 0
        loop, neighbours = self._loops[method, kind], self._neighbours.of_rule(own)
        further = (self.updating.chance, self._rng) if method == "decide" else (self._rng,)
        self.fault = loop(self.rules[kind], neighbours, first, last, number, *further)
        return self.fault >= 0

    def _decide(self, hive: int, first: int, last: int) -> bool:
        kinds = range(len(self.rules))
        return any(self._call("decide", kind, hive, first, last, kind) for kind in kinds)

    def _adopt(self, hive: int) -> None:
        state = self.runner.state
        state.options[hive] = self.workspace.adopted
        count_shares(state.options[hive], state.shares[hive], self.updating.none)

    def _change(self, hive: int, number: int) -> None:
        self.runner.change(number, [hive])

    def _pull(self, hive: int, number: int) -> bool:
        self.fault = self.runner.pull(number, [hive])
        return self.fault >= 0

    def _dance(self, hive: int, first: int, last: int) -> bool:
        if not any(rule.has_dance for rule in self.rules):
            return False
        shown, follows = self.arrays.shown[hive], self.arrays.follows[hive]
        for kind, rule in enumerate(self.rules):
            if rule.has_dance:
                if self._call("dance", kind, hive, first, last, kind):
                    return True
            else:
                mine = follows[first:last] == kind
                shown[first:last][mine] = self.runner.state.payoffs[hive, first:last][mine]
        return False

    def _turn(self, hive: int) -> tuple[int, int]:
        return self._neighbours.turn(self._rng)

    def _renew(self, hive: int, place: int, number: int) -> int:
        neighbours, state = self._neighbours, self.runner.state
        bee = neighbours.at(place)
        opinion, payoff = neighbours._opinion.item(bee), neighbours._payoff.item(bee)
        neighbours.adopt_one(bee, state.shares[hive])
        self.fault = self.runner.pull_one(hive, bee, number)
        if self.fault >= 0:
            return BANDIT_FAULT
        if self._dance(hive, bee, bee + 1):
            return DANCE_FAULT
        neighbours.replaced(bee, opinion, payoff)
        return 0


def _checked_nothing(name: str) -> Callable[[Any], None]:
    def check(returned: Any) -> None:
        if returned is not None:
            raise TypeError(
                f"{name}.begin must return nothing: write into bee.memory, not {returned!r}"
            )

    return check
