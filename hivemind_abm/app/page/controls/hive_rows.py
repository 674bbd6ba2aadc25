"""The controls of the world, the hive and its run.

Knows: how what is typed becomes an argument of a hive, and how an argument is written.
Does not know: the rules, and what stands beside the hive.
"""

import secrets
from collections.abc import Callable
from typing import Any

from hivemind_abm.app.page.controls.control import Block, Control, Extra, Group, select, text
from hivemind_abm.app.page.controls.edit import Edit
from hivemind_abm.app.page.controls.field_words import entries_of
from hivemind_abm.app.page.controls.neighbourhood_rows import (
    neighbourhood_rows,
    size_row,
    updating_rows,
)
from hivemind_abm.app.page.controls.part_controls import Chosen, bandit_summary, part_rows
from hivemind_abm.app.page.controls.text_box import whole_number
from hivemind_abm.app.page.sessions.choices import Choices
from hivemind_abm.app.page.sessions.users_files import Files
from hivemind_abm.bandits.names import BANDITS, find_bandit
from hivemind_abm.hives.hive import Hive
from hivemind_abm.hives.names import find_rule
from hivemind_abm.hives.settings import default_size
from hivemind_abm.registry import build_parts, parse_value

__all__ = ["file_graph", "hive_group", "run_group", "seed_row", "world_group"]

_EVEN, _NEVER = "even", "never"
_COMPILED, _INTERPRETED = "compiled", "interpreted"
_MOST_DIGITS = 1000  # of a seed that an address can bring
_SEEDS = 10**6  # from which a new seed is drawn


def world_group(edit: Edit[Any], files: Files, opened: bool = False) -> Group:
    """The bandit with its fields, of a hive or of a learner."""
    choices, start = edit.choices, edit.start
    rows = part_rows(
        "bandit",
        "bandit",
        [*BANDITS, *files.bandits],
        Chosen(choices.bandit, choices.bandit_fields),
        lambda name: edit.change(bandit=name, bandit_fields={}, initial_shares=None),
        find_bandit,
        lambda: edit.now.bandit_fields,
        lambda fields: edit.change(bandit_fields=fields),
        Chosen(start.bandit, start.bandit_fields),
        "bandit",
    )
    other = choices.bandit != start.bandit
    shares = {"initial_shares": start.initial_shares} if other else {}
    return Group(
        "World",
        bandit_summary(choices.bandit, choices.bandit_fields),
        (Block(tuple(rows)),),
        opened=opened,
        reset=edit.reset("bandit", "bandit_fields", **shares),
    )


def hive_group(edit: Edit[Choices], files: Files) -> Group:
    """How many bees there are, whom they hear and when they decide."""
    choices, start = edit.choices, edit.start
    size = text(
        "population_size",
        "bees N",
        choices.population_size,
        lambda typed: edit.change(population_size=whole_number(typed)),
        name="population_size",
        default=str(start.population_size),
        tip="The number of bees, N. At most 2,000 can be watched.",
    )
    rows = [
        size,
        *neighbourhood_rows(
            "neighbourhood",
            "",
            choices.neighbourhood,
            lambda value: edit.change(neighbourhood=value),
            start.neighbourhood,
            file_graph(choices, files),
        ),
        size_row(
            "neighbourhood_size",
            "",
            choices.neighbourhood_size,
            lambda value: edit.change(neighbourhood_size=value),
            start.neighbourhood_size,
        ),
        *updating_rows(
            "updating",
            "",
            choices.updating,
            lambda value: edit.change(updating=value),
            start.updating,
        ),
    ]
    names = ("population_size", "neighbourhood", "neighbourhood_size", "updating")
    return Group(
        "Hive",
        _summary_of_hive(choices),
        (Block(tuple(rows)),),
        opened=True,
        reset=edit.reset(*names),
    )


def run_group(edit: Edit[Choices]) -> Group:
    """The start and the end of a run, and how it runs."""
    choices, start = edit.choices, edit.start
    tips = entries_of(Hive)
    shares = text(
        "initial_shares",
        "initial shares",
        _written(choices.initial_shares),
        lambda typed: edit.change(initial_shares=_shares(typed)),
        name="initial_shares",
        default=_written(start.initial_shares),
        hint="even, or K numbers: 0.5, 0.3, 0.2",
        tip=tips["initial_shares"],
    )
    stop = text(
        "stop_if_end",
        "stop at share",
        _written_quorum(choices.stop_if_end),
        lambda typed: edit.change(stop_if_end=_quorum(typed.strip())),
        name="stop_if_end",
        default=_written_quorum(start.stop_if_end),
        hint="or never",
        tip="The share of an option at which the hive stops: 1 is consensus; or never.",
        narrow=True,
    )
    mode = select(
        "compiled",
        "runs as",
        [_COMPILED, _INTERPRETED],
        _mode(choices.compiled),
        lambda mode: edit.change(compiled=mode == _COMPILED),
        name="compiled",
        default=_mode(start.compiled),
        tip=tips["compiled"],
    )
    seed = seed_row(choices.seed, start.seed, lambda typed: edit.change(seed=typed))
    ends: dict[Any, str] = {True: "until consensus", False: "without end"}
    end = ends.get(choices.stop_if_end, f"until a share of {choices.stop_if_end}")
    even = choices.initial_shares is None
    told = ["from even shares" if even else f"from {_written(choices.initial_shares)}", end]
    return Group(
        "Run",
        ", ".join([f"seed {choices.seed}", *told, *([] if choices.compiled else [_INTERPRETED])]),
        (Block((seed, shares, stop, mode)),),
        reset=edit.reset("seed", "initial_shares", "stop_if_end", "compiled"),
    )


def seed_row(
    seed: str, start: str | None, put: Callable[[str], None], of: str = "", hint: str = ""
) -> Control:
    """The box of a seed, with a button that draws another one.

    Args:
        seed: What is chosen.
        start: What the page began with.
        put: Called with another seed.
        of: Whose it is, " of the second hive" for instance.
        hint: What stands in it while it is empty.
    """
    return text(
        f"seed{of}",
        f"seed{of}",
        seed,
        lambda typed: put(_seed_in(typed)),
        name="" if of else "seed",
        default=start,
        hint=hint,
        tip="All random numbers come from it: the same seed gives the same run.",
        narrow=True,
        extra=Extra(
            f"new seed{of}", "mdi-dice-5-outline", lambda: put(str(secrets.randbelow(_SEEDS)))
        ),
    )


def _seed_in(typed: str) -> str:
    """A seed as it is written elsewhere; what is none stays as it is, and is refused."""
    typed = typed.strip()
    return str(int(typed)) if typed.isdecimal() and len(typed) <= _MOST_DIGITS else typed


def file_graph(choices: Choices, files: Files) -> Any:
    """The graph that a file has as its neighbourhood, or None."""
    graphs = [files.start.neighbourhood, choices.neighbourhood]
    return next((each for each in graphs if not isinstance(each, str)), None)


def _summary_of_hive(choices: Choices) -> str:
    whom = choices.neighbourhood
    named = whom if isinstance(whom, str) else "network"
    size = choices.neighbourhood_size
    try:
        size = _default_size(choices) if size is None else size
    except (Exception, SystemExit):  # the page shows what is wrong when it builds the session
        size = "?"
    updating = choices.updating
    when = updating if isinstance(updating, str) else f"p = {updating}"
    return f"N = {choices.population_size}, {named}, M = {size}, {when}"


def _default_size(choices: Choices) -> int | str:
    """M of a hive for which none is chosen."""
    chosen = [(choices.rule, choices.rule_fields)]
    chosen += [(further.rule, further.fields) for further in choices.mix]
    rules = [build_parts([find_rule(name)], fields, [])[0] for name, fields in chosen]
    return default_size(rules, choices.neighbourhood, choices.population_size)


def _mode(compiled: bool) -> str:
    return _COMPILED if compiled else _INTERPRETED


def _shares(typed: str) -> Any:
    """The initial shares that were typed.

    None for even ones, else a tuple: of numbers, or of a row for each rule where semicolons part
    them.
    """
    if typed.strip() in ("", _EVEN):
        return None
    if ";" in typed:
        return tuple(_shares(row) for row in typed.split(";"))
    value = parse_value(typed.strip())
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def _written(shares: Any) -> str:
    """Initial shares as they are typed."""
    if shares is None:
        return _EVEN
    if not isinstance(shares, tuple):
        return str(shares)
    nested = any(isinstance(row, tuple) for row in shares)
    return ("; " if nested else ", ").join(map(_written, shares))


def _quorum(typed: str) -> Any:
    """The share that was typed at which the hive stops, as `stop_if_end`."""
    if typed == _NEVER:
        return False
    value = parse_value(typed) if typed else True
    return True if value == 1 else value


def _written_quorum(stop_if_end: Any) -> str:
    """`stop_if_end` as it is typed."""
    return {True: "1", False: _NEVER}.get(stop_if_end, str(stop_if_end))
