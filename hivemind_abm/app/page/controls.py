"""The controls of the page: what can be chosen about a session.

Knows: which control changes which choice.
Does not know: what a session does with its choices.
"""

from collections.abc import Callable
from typing import Any

import solara

from hivemind_abm.app.page.choices import Choices
from hivemind_abm.app.page.edit import Edit
from hivemind_abm.app.page.rule_rows import rule_rows
from hivemind_abm.app.page.text_box import TextBox, whole_number
from hivemind_abm.app.page.users_files import Files
from hivemind_abm.bandits.names import BANDITS, find_bandit
from hivemind_abm.hives.networks import NETWORKS
from hivemind_abm.hives.updating import ASYNCHRONOUS, SYNCHRONOUS
from hivemind_abm.learners.names import LEARNERS, find_learner
from hivemind_abm.loading import MACRO
from hivemind_abm.registry import parse_value
from hivemind_abm.theory.dynamics import DYNAMICS

__all__ = ["Controls"]

_EVEN, _NO_LEARNER, _NEVER = "even", "none", "never"
_WITH_CHANCE = "each bee with probability p"
_FIRST_CHANCE = 0.5
_NEIGHBOURHOODS = ("others", "groups", "everyone")
_OF_THE_FILE = "network of the file"


@solara.component
def Controls(
    chosen: solara.Reactive[Choices],
    on_choices: Callable[[Choices], None],
    files: Files,
    building: bool,
) -> None:
    """All that can be chosen about a session.

    Args:
        chosen: What is chosen now; the page may not show it yet.
        on_choices: Called with what is chosen after a change.
        files: What users' files add.
        building: Whether a session is being built.
    """
    edit = Edit(chosen, on_choices)
    with solara.Column(gap="10px", classes=["hm-controls"]):
        solara.ProgressLinear(building)
        rule_rows(edit, files)
        _bandit(edit, files)
        _size_and_neighbourhood(edit, files)
        _updating(edit)
        _start_and_stop(edit)
        _replicators(edit)
        _learner(edit, files)


def _bandit(edit: Edit[Choices], files: Files) -> None:
    def choose(name: str) -> None:
        edit.change(bandit=name, bandit_fields={}, initial_shares=None)

    edit.select("bandit", [*BANDITS, *files.bandits], edit.choices.bandit, choose)
    edit.fields(edit.choices.bandit, find_bandit, "bandit_fields")


def _size_and_neighbourhood(edit: Edit[Choices], files: Files) -> None:
    choices = edit.choices
    graphs = [files.start.neighbourhood, choices.neighbourhood]
    graph = next((each for each in graphs if not isinstance(each, str)), None)
    named = choices.neighbourhood if isinstance(choices.neighbourhood, str) else _OF_THE_FILE
    kind, _, numbers = named.partition(":")
    TextBox(
        "bees N",
        str(choices.population_size),
        lambda text: edit.change(population_size=whole_number(text)),
    )
    edit.select(
        "neighbourhood",
        [*_NEIGHBOURHOODS, *NETWORKS, *([] if graph is None else [_OF_THE_FILE])],
        kind,
        lambda name: edit.change(neighbourhood=graph if name == _OF_THE_FILE else name),
    )
    if NETWORKS.get(kind):
        TextBox(
            " : ".join(NETWORKS[kind]).replace("seed", "seed="),
            numbers,
            lambda text: edit.change(neighbourhood=f"{kind}:{text}" if text.strip() else kind),
            placeholder=":".join(map(str, NETWORKS[kind].values())),
        )
    size = choices.neighbourhood_size
    TextBox(
        "neighbourhood size M",
        "" if size is None else str(size),
        lambda text: edit.change(neighbourhood_size=whole_number(text) if text.strip() else None),
        placeholder="the rule's, a number, or all",
    )


def _updating(edit: Edit[Choices]) -> None:
    updating = edit.choices.updating
    by_name = updating in (SYNCHRONOUS, ASYNCHRONOUS)

    def choose(name: str) -> None:
        edit.change(updating=_FIRST_CHANCE if name == _WITH_CHANCE else name)

    edit.select(
        "updating",
        [SYNCHRONOUS, ASYNCHRONOUS, _WITH_CHANCE],
        str(updating) if by_name else _WITH_CHANCE,
        choose,
    )
    if not by_name:
        TextBox(
            "probability p",
            str(updating),
            lambda text: edit.change(updating=parse_value(text.strip())),
            placeholder="above 0, at most 1",
        )


def _start_and_stop(edit: Edit[Choices]) -> None:
    """The controls of the start and the end, and how the hive runs."""
    choices = edit.choices
    shares = choices.initial_shares
    TextBox(
        "initial shares",
        _EVEN if shares is None else _written(shares),
        lambda text: edit.change(initial_shares=_shares(text)),
        placeholder="even, or K numbers: 0.5, 0.3, 0.2",
    )
    TextBox(
        "stop at share",
        _written_quorum(choices.stop_if_end),
        lambda text: edit.change(stop_if_end=_quorum(text.strip())),
        placeholder="1 is consensus; or never",
    )
    TextBox("seed", choices.seed, lambda text: edit.change(seed=text.strip()))
    edit.select(
        "runs as",
        ["compiled", "interpreted"],
        "compiled" if choices.compiled else "interpreted",
        lambda mode: edit.change(compiled=mode == "compiled"),
    )


def _replicators(edit: Edit[Choices]) -> None:
    for dynamic in DYNAMICS:

        def toggle(wanted: bool, dynamic: str = dynamic) -> None:
            before = set(edit.chosen.peek().dynamics)
            after = before | {dynamic} if wanted else before - {dynamic}
            edit.change(dynamics=tuple(name for name in DYNAMICS if name in after))

        solara.Checkbox(
            label=f"{dynamic} beside it", value=dynamic in edit.choices.dynamics, on_value=toggle
        )


def _learner(edit: Edit[Choices], files: Files) -> None:
    choices = edit.choices
    shown = choices.learner or _NO_LEARNER
    macro = [] if choices.mix else [f"{MACRO}{choices.rule}"]  # it has no name for several rules
    offered = [_NO_LEARNER, *LEARNERS, *files.learners, *macro, shown]

    def choose(name: str) -> None:
        edit.change(learner=None if name == _NO_LEARNER else name, learner_fields={})

    edit.select("learner beside it", dict.fromkeys(offered), shown, choose)
    if choices.learner:
        edit.fields(choices.learner, find_learner, "learner_fields")


def _shares(text: str) -> Any:
    """The initial shares that were typed.

    None for even ones, else a tuple: of numbers, or of a row for each rule where semicolons part
    them.
    """
    if text.strip() in ("", _EVEN):
        return None
    if ";" in text:
        return tuple(_shares(row) for row in text.split(";"))
    value = parse_value(text.strip())
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def _written(shares: Any) -> str:
    """Initial shares as they are typed."""
    if not isinstance(shares, tuple):
        return str(shares)
    nested = any(isinstance(row, tuple) for row in shares)
    return ("; " if nested else ", ").join(map(_written, shares))


def _quorum(text: str) -> Any:
    """The share that was typed at which the hive stops, as `stop_if_end`."""
    if text == _NEVER:
        return False
    value = parse_value(text) if text else True
    return True if value == 1 else value


def _written_quorum(stop_if_end: Any) -> str:
    """`stop_if_end` as it is typed."""
    return {True: "1", False: _NEVER}.get(stop_if_end, str(stop_if_end))
