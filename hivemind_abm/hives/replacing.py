"""Another value of a field of a rule or a bandit, while a hive runs.

Knows: what a hive keeps of its parts, and how it goes on with others.  Does not know: who chooses
the value.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.engine.methods import Methods
from hivemind_abm.hives.batch import HiveBatch
from hivemind_abm.hives.hive import Hive
from hivemind_abm.hives.rules import ImitationRule

__all__ = ["check_alike", "parts_with_field", "replace_part"]


def parts_with_field(rules: Sequence[ImitationRule], bandit: Bandit, field: str) -> list[int | str]:
    """Which parts of a hive have a field that can be set.

    Args:
        rules: The rules of the hive.
        bandit: Its bandit.
        field: The name of the field.

    Returns:
        The numbers of the rules, in increasing order, then "bandit".
    """
    parts: list[tuple[int | str, Any]] = [*enumerate(rules), ("bandit", bandit)]
    return [
        which
        for which, part in parts
        if any(each.name == field and each.init for each in dataclasses.fields(part))
    ]


def replace_part(hive: Hive, which: int | str, part: Any) -> None:
    """Let a hive go on with another instance of one of its rules, or of its bandit.

    The next step follows it, compiled or interpreted; the last row is left as it is.  Another value
    of a number needs no new machine code.

    Args:
        hive: The hive.
        which: The number of a rule, or "bandit".
        part: An instance of the same class, with as many options and numbers in its memory.

    Raises:
        ValueError, TypeError: See `check_alike`.
    """
    batch: HiveBatch = hive._batch
    rules, bandit = list(batch.rules), batch.bandit
    if which == "bandit":
        check_alike(bandit, part, bandit.n_action)
        bandit = part
    else:
        check_alike(rules[int(which)], part, bandit.n_action)
        rules[int(which)] = part
    _take_parts(batch, tuple(rules), bandit)
    hive.rules, hive.rule, hive.bandit = batch.rules, batch.rule, batch.bandit


def check_alike(old: Any, new: Any, n_action: int) -> None:
    """Refuse a part with which the arrays of a hive do not fit.

    Args:
        old: The rule or bandit of the hive.
        new: Another one.
        n_action: K.

    Raises:
        ValueError, TypeError: It has another class, or another number of options or of places in
            its memory.
    """
    name = type(old).__name__
    if type(new) is not type(old):
        raise TypeError(f"part must be a {name}, as before, not {new!r}")
    for what in ("n_action", "changes"):  # of a bandit
        before, now = getattr(old, what, None), getattr(new, what, None)
        if before != now:
            raise ValueError(f"{name}.{what} must be {before!r}, as before, not {now!r}")
    before, now = old.memory_size(n_action), new.memory_size(n_action)
    if before != now:
        raise ValueError(f"{name}.memory_size(n_action) must be {before}, as before, not {now}")


def _take_parts(batch: HiveBatch, rules: tuple[ImitationRule, ...], bandit: Bandit) -> None:
    """Let the hives of a batch go on with these rules and this bandit."""
    if bandit is not batch.bandit:
        batch.bandit = bandit
        optimal = batch._initially_optimal(len(batch.running))
        batch._measured = batch._measured._replace(optimal=optimal)
    batch.rules, batch.methods = rules, Methods(batch.methods._compiled)
    batch._runner = batch._new_runner()
    batch._add_methods()
    batch.__dict__.pop("_parts", None)  # it has the addresses of the old fields
    batch._interpreter = batch._new_interpreter()
