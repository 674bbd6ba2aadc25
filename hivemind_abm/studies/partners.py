"""Which learners and replicators stand beside a hive in a comparison, and why others do not.

Knows: the natural partners of a hive, and the equation and the clock that go with how it is
updated.  Does not know: how a system is run (`systems`), or what is compared with what.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from hivemind_abm.bandits.names import find_bandit
from hivemind_abm.hives.hive import Hive
from hivemind_abm.hives.mixture import rules_and_weights
from hivemind_abm.hives.names import find_rule
from hivemind_abm.hives.settings import HiveSettings
from hivemind_abm.hives.starting import starting_counts
from hivemind_abm.hives.updating import ASYNCHRONOUS, SYNCHRONOUS
from hivemind_abm.learners.names import find_learner
from hivemind_abm.registry import Part, build_parts, known_keyword
from hivemind_abm.studies.systems import System
from hivemind_abm.theory.dynamics import find_dynamic

__all__ = ["build_systems"]

_BOTH_DYNAMICS = ("TRD", "MRD")
_OF_DYNAMIC = ("delta", "method")


def build_systems(
    hive: Mapping[str, Any],
    learner: Any,
    dynamic: Any,
    fields: Mapping[str, Any],
    reserved: list[str],
) -> tuple[list[System], tuple[str, ...]]:
    """The systems of a comparison, the hive first, then learners and replicators; all checked.

    Args:
        hive: The arguments of `Hive`.
        learner: One or a list; None for the natural one of a hive of one rule, updated together.
        dynamic: One or a list; None for the rule's natural one, else both.
        fields: Fields of whatever is given by name.
        reserved: The names of the arguments of the comparison, which are no fields.

    Returns:
        The systems; and notes, a sentence each: what is compared where that is not plain, and what
        is left out, with the reason.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.
    """
    names, _ = rules_and_weights(hive["rule"])
    rule_parts, bandit_part = list(map(find_rule, names)), find_bandit(hive["bandit"])
    of_rules = _fitting(rule_parts, fields)
    rules = build_parts(rule_parts, of_rules, reserved)
    notes: list[str] = []
    if learner is None:
        learner = _natural_learner(rules, hive["updating"], notes)
    learner_parts = list(map(find_learner, _listed(learner)))
    dynamics = [rule.dynamic for rule in rules] if dynamic is None else _listed(dynamic)
    parts = [*rule_parts, *learner_parts, *_parts_of_dynamics(dynamics), bandit_part]
    for keyword in fields:
        known_keyword(keyword, parts, [*_OF_DYNAMIC, *reserved])
    bandit_fields = _fitting([bandit_part], fields)
    arguments = {**hive, **of_rules, **bandit_fields}
    settings = Hive.settings(**arguments)
    start = _start(settings, hive["initial_shares"], notes)
    shared = {"bandit": hive["bandit"], "initial_shares": start} | bandit_fields
    clock = 1.0 if isinstance(settings.updating, str) else settings.updating
    systems = [System.hive(settings, arguments)]
    for part in learner_parts:
        own_fields = _fitting([part], fields)
        if "parallel_envs" in part.open_fields:
            own_fields.setdefault("parallel_envs", hive["population_size"])
        (instance,) = build_parts([part], own_fields, reserved)
        given = {"learner": part.made, **own_fields, **shared}
        systems.append(System.learner(instance, given, clock))
    given = {name: fields[name] for name in _OF_DYNAMIC if name in fields}
    if dynamic is None:
        dynamic = _natural_dynamics(settings, notes)
    replicators = _listed(dynamic)
    of_dynamic = _as_updated(settings, given, notes) if replicators else {}
    for each in replicators:
        given = _fitting(_parts_of_dynamics([each]), fields) | of_dynamic | shared
        systems.append(System.replicator({"dynamic": each, **given}, clock))
    _check(systems, notes)
    return systems, tuple(notes)


def _parts_of_dynamics(dynamics: Sequence[Any]) -> list[Part]:
    """Those of the dynamics that have fields, as parts; None is no dynamic."""
    parts = [find_dynamic(dynamic) for dynamic in dynamics if dynamic is not None]
    return [part for part in parts if part is not None]


def _natural_learner(rules: Sequence[Any], updating: Any, notes: list[str]) -> list[str]:
    """The learner that a hive is, if it is one; else the reason is noted."""
    natural = rules[0].learner
    if len(rules) > 1:
        notes.append(
            "no learner is beside a hive of several rules; its macro-agent would be one, "
            "MacroAgent(((rule, share), ...))"
        )
    elif updating not in (SYNCHRONOUS, 1) and natural is not None:
        notes.append(
            f"{natural} is left out: its step is one of a hive in which all bees decide together; "
            "name it to see it all the same"
        )
    else:
        return [natural] if natural else []
    return []


def _natural_dynamics(settings: HiveSettings, notes: list[str]) -> Sequence[str]:
    """The replicators that a hive is compared with unless others are asked for."""
    bandit = settings.bandit
    if bandit.changes or bandit.memory_size(bandit.n_action) > 0:
        notes.append(
            f"no replicator is beside it: {type(bandit).__name__} does not pay the same at the "
            "same shares always"
        )
        return ()
    if len(settings.rules) > 1:
        notes.append("TRD and MRD are those of hives of one rule: no dynamic is known for several")
        return _BOTH_DYNAMICS
    return [settings.rule.dynamic] if settings.rule.dynamic else _BOTH_DYNAMICS


def _as_updated(
    settings: HiveSettings, given: Mapping[str, Any], notes: list[str]
) -> dict[str, Any]:
    """The arguments `delta` and `method` of a replicator, for how the hive is updated."""
    updating = settings.updating
    if updating == SYNCHRONOUS:
        return dict(given)
    if updating == ASYNCHRONOUS:
        if settings.bandit.depends_on_shares():
            notes.append(
                "bees of an asynchronous hive hear payoffs of earlier shares, which replicators "
                "do not: only the fixed points are the same"
            )
        of_dynamic: dict[str, Any] = {"method": "exact", **given}
        if of_dynamic["method"] == "exact":
            notes.append(
                "the hive is asynchronous, so replicators are differential equations "
                "(method exact), not the map with delta = 1"
            )
        return of_dynamic
    assert not isinstance(updating, str)
    if "delta" not in given:
        notes.append(
            f"a bee decides with probability {updating:g} in a step, so replicators make steps of "
            f"delta = {updating:g}"
        )
    return {"delta": updating, **given}


def _start(settings: HiveSettings, initial_shares: Any, notes: list[str]) -> Any:
    """The initial shares of learners and replicators, which are those of all bees on options."""
    shares, k = settings.initial_shares, settings.n_action
    if shares is None or (not isinstance(shares[0], tuple) and len(shares) == k):
        return initial_shares
    counts = starting_counts(shares, settings.numbers, k, settings.uncommitted)
    on_options = counts[:, :k].sum(axis=0)
    if on_options.sum() < counts.sum():
        notes.append(
            "learners and replicators start with the shares among bees that hold an option"
        )
    return None if on_options.sum() == 0 else tuple((on_options / on_options.sum()).tolist())


def _check(systems: Sequence[System], notes: Sequence[str]) -> None:
    names = [system.name for system in systems]
    if len(set(names)) < len(names):
        raise ValueError(f"the systems must have different names, not {', '.join(names)}")
    if len(systems) == 1:
        raise ValueError(f"there is nothing to compare with; {'; '.join(notes)}")
    for system in systems:
        system.check()


def _listed(value: Any) -> list[Any]:
    """One or several, as a list."""
    return list(value) if isinstance(value, list | tuple) else [value]


def _fitting(parts: Sequence[Part], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the fields that one of the parts has."""
    return {
        name: value
        for name, value in fields.items()
        if any(name in part.open_fields for part in parts)
    }
