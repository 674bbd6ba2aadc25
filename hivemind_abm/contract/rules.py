"""What any rule must keep.

Knows: the promises that `Hive` and `ensemble` rely on, in every neighbourhood and updating, beside
other rules, with memory, dance and bees without an option.  Does not know: any particular rule.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np

from hivemind_abm.bandits.linear import BanditLinear
from hivemind_abm.contract.across import check_across
from hivemind_abm.contract.running import (
    Keep,
    check_runs,
    check_signature,
    instance_of,
    names_in,
    quiet,
    remark_on_mode,
)
from hivemind_abm.engine.seeds import run_seeds
from hivemind_abm.hives.batch import HiveBatch
from hivemind_abm.hives.names import find_rule
from hivemind_abm.hives.neighbourhood import Neighbourhood
from hivemind_abm.hives.rules import ImitationRule
from hivemind_abm.hives.updating import ASYNCHRONOUS, SYNCHRONOUS

__all__ = ["check_rule"]

_STEPS = 5
_BEES = 9
_CHANCE = 0.4  # that a bee decides in a step
_MIXED = (6, 3)  # bees of the rule, and bees that keep their opinion


def check_rule(rule: Any) -> list[str]:
    """Check that a rule keeps the contract of rules.

    It runs in small hives of every neighbourhood, with 1, 2 and 7 options, compiled and
    interpreted; also one bee at a time, with a probability to decide, beside bees that never change
    and, where it is `uncommitted`, from bees that hold no option.

    Args:
        rule: A rule, its class, its short name or a file's path.

    Returns:
        The results, one line each.  Some are remarks, not faults.

    Raises:
        ValueError, TypeError: The rule breaks the contract; the message names the likely mistake.
    """
    instance = instance_of(find_rule(rule), "rule")
    if instance.looks_across:
        return check_across(instance)
    name = type(instance).__name__
    _check_class(instance)
    results = [f"{name} is a frozen dataclass with decide(self, bee, neighbours, rng)"]
    wrote = False
    for case in _cases(instance):
        states = _states(case, instance)
        wrote = wrote or _memory_changes(case, states)
    opinions = "0 .. K - 1, or K for none," if instance.uncommitted else "0 .. K - 1"
    results += [
        f"returns an opinion of {opinions} in every neighbourhood, "
        f"for K = 1, 2 and 7, {_STEPS} steps each",
        "so it does in hives updated together, one at a time and with a probability, and beside "
        "another rule",
        "same seed, same numbers: it draws from rng only",
        _uses(instance),
    ]
    if instance.memory_size(2) > 0 and not wrote:
        results.append("remark: its memory never changed; write bee.memory[i] = ...")
    results.append(remark_on_mode(lambda: _Case(instance, 2).batch(True), "rule"))
    results.append(_remark_on_consensus(instance))
    return results


def _states(case: "_Case", rule: ImitationRule) -> list[np.ndarray]:
    """`check_runs` of a case; a rule that returns K learns how to be allowed to."""
    try:
        return check_runs(case.batch, rule, "rule", "decide", case.label, _STEPS)
    except ValueError as error:
        returned_none = f"decide returned opinion {case.n_action} " in str(error)
        if rule.uncommitted or not returned_none or "n_action" not in names_in(rule, ImitationRule):
            raise
        raise ValueError(
            f"{error}; for bees that may hold no option, write `uncommitted = True` in the class"
        ) from error


@dataclass(frozen=True)
class _Case:
    """A small hive in which a rule is run.

    Attributes:
        rule: The rule.
        n_action: K.
        where: The neighbourhood, with its description.
        updating: As for `Hive`.
        mixed: Whether some bees follow another rule.
        initial_shares: As for `Hive`.
    """

    rule: ImitationRule
    n_action: int
    where: tuple[str, Neighbourhood] | None = None
    updating: str | float = SYNCHRONOUS
    mixed: bool = False
    initial_shares: Any = None

    @property
    def label(self) -> str:
        """What is run, in words."""
        words = [self._where[0], f"{self.n_action} options"]
        if self.updating != SYNCHRONOUS:
            words.append(f"updating {self.updating}")
        words += ["beside bees that keep their option"] if self.mixed else []
        words += ["from bees without an option"] if self.initial_shares is not None else []
        return ", ".join(words)

    @property
    def _where(self) -> tuple[str, Neighbourhood]:
        return self.where or ("hearing all others", Neighbourhood.of("others", "all", _BEES))

    def batch(self, compiled: bool) -> HiveBatch:
        """Two such hives."""
        return HiveBatch(
            (self.rule, Keep()) if self.mixed else self.rule,
            BanditLinear(n_action=self.n_action, name="evenly spaced"),
            self._where[1],
            run_seeds(self.n_action, 2),
            initial_shares=self.initial_shares,
            compiled=compiled,
            updating=self.updating,
            numbers=_MIXED if self.mixed else None,
        )


def _cases(rule: ImitationRule) -> Iterator[_Case]:
    for n_action in (7, 2, 1):
        for where in _neighbourhoods():
            yield _Case(rule, n_action, where)
    for where in _neighbourhoods():
        yield _Case(rule, 3, where, ASYNCHRONOUS)
    yield _Case(rule, 3, updating=_CHANCE)
    for updating in (SYNCHRONOUS, ASYNCHRONOUS, _CHANCE):
        yield _Case(rule, 3, updating=updating, mixed=True)
        if rule.uncommitted:
            for shares in ((0.0, 0.0, 1.0), (1 / 3, 1 / 3, 1 / 3)):
                yield _Case(rule, 2, updating=updating, initial_shares=shares)


def _neighbourhoods() -> Iterator[tuple[str, Neighbourhood]]:
    lonely = nx.path_graph(_BEES - 1)
    lonely.add_node(_BEES - 1)
    yield "hearing all others", Neighbourhood.of("others", "all", _BEES)
    yield "hearing 1 other", Neighbourhood.of("others", 1, _BEES)
    yield "hearing 3 others", Neighbourhood.of("others", 3, _BEES)
    yield "hearing everyone, itself included", Neighbourhood.of("everyone", "all", _BEES)
    yield "in groups of 3", Neighbourhood.of("groups", 3, _BEES)
    yield "on a path, one bee hearing nobody", Neighbourhood.of(lonely, "all", _BEES)
    yield "alone", Neighbourhood.of("others", "all", 1)


def _check_class(rule: ImitationRule) -> None:
    """Raise TypeError unless the class has the methods and attributes of a rule."""
    name = type(rule).__name__
    check_signature(rule, ImitationRule, "decide", ["self", "bee", "neighbours", "rng"])
    check_signature(rule, ImitationRule, "memory_size", ["self", "n_action"], needed=False)
    check_signature(rule, ImitationRule, "begin", ["self", "bee", "rng"], needed=False)
    check_signature(rule, ImitationRule, "dance", ["self", "bee", "rng"], needed=False)
    if not isinstance(rule.uncommitted, bool):
        raise TypeError(
            f"{name}.uncommitted must be True or False, not {rule.uncommitted!r}: write "
            "`uncommitted = True` in the class"
        )


def _memory_changes(case: _Case, states: list[np.ndarray]) -> bool:
    """Whether a bee's memory was other than zero at some time."""
    n, k = case._where[1].population_size, case.n_action
    first = 2 * n + k
    width = states[0].shape[1] - first - n  # after the memory come the payoffs that bees show
    return any(bool(rows[:, first : first + width].any()) for rows in states)


def _uses(rule: ImitationRule) -> str:
    """Which of the further things that a rule may have it uses, as a line of the results."""
    size = rule.memory_size(2)
    uses = [f"memory ({size} number{'' if size == 1 else 's'} per bee for K = 2)"] if size else []
    uses += ["begin"] if rule.has_begin else []
    uses += ["dance"] if rule.has_dance else []
    uses += ["bee.step"] if "step" in names_in(rule, ImitationRule) else []
    uses += ["uncommitted"] if rule.uncommitted else []
    if not uses:
        return "uses none of memory, begin, dance, bee.step, uncommitted"
    return f"uses {', '.join(uses)}"


def _remark_on_consensus(rule: ImitationRule) -> str:
    """Whether consensus is absorbing, as a line of the results."""
    others = Neighbourhood.of("others", "all", _BEES)
    with quiet():
        batch = HiveBatch(
            rule,
            BanditLinear(n_action=3, name="evenly spaced"),
            others,
            run_seeds(2, 50),
            initial_shares=(0, 0, 1),
        )
        for _ in range(_STEPS):
            batch.step()
    if (batch.opinions == 2).all():
        return "consensus is absorbing: bees that hear one opinion keep it"
    return "remark: consensus is not absorbing; bees leave an opinion that all share"
