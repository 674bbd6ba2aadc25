"""The pages of the API reference: one per subject, from the docstrings of the public names.

Knows: in which subject a public name belongs, and which of its members are shown.
Does not know: what a docstring says.
"""

import inspect
from dataclasses import dataclass
from typing import Any

import hivemind_abm

__all__ = ["GROUPS", "Group", "entries", "pages"]


@dataclass(frozen=True)
class Group:
    """A page of the reference.

    Attributes:
        title: Its title.
        about: One or two sentences about it.
        rooms: The rooms of the package whose public names are here.
        first: The names that come first: those that a user writes or calls most.
    """

    title: str
    about: str
    rooms: tuple[str, ...]
    first: tuple[str, ...] = ()


GROUPS = {
    "hives": Group(
        "Hives and rules",
        "The model of a hive, the base class of a local rule, what a bee hears, and the built-in "
        "rules.",
        ("hives",),
        ("Hive", "ImitationRule", "Neighbours", "BeeState", "Bee"),
    ),
    "bandits": Group(
        "Bandits",
        "What an option pays: the base class, the world that a bandit sees, and the built-in "
        "bandits.",
        ("bandits",),
        ("Bandit", "World"),
    ),
    "learners": Group(
        "Learners",
        "Policies that learn from pulls, the learner that a hive of a rule becomes, and the rule "
        "that a learner becomes.",
        ("learners",),
        ("LearnerModel", "Learner", "Pulls", "Pull", "MacroAgent", "LocalRule"),
    ),
    "theory": Group(
        "Theory",
        "What follows without a run: replicators, mean fields, exact small hives, diffusion and "
        "bifurcations.",
        ("theory",),
        ("ReplicatorModel", "Dynamic", "mean_field", "finite_hive", "diffusion", "bifurcation"),
    ),
    "games": Group(
        "Games",
        "Several populations that pay each other: hives, learners and replicators in one world.",
        ("games",),
        ("GameModel", "Game", "GameRule", "GameLearner", "MatrixGame", "nash_equilibria"),
    ),
    "studies": Group(
        "Studies",
        "Many runs, measured: ensembles, comparisons, parameter studies and the claims of models.",
        ("studies",),
        ("ensemble", "compare", "Study", "Store", "as_xarray"),
    ),
    "tools": Group(
        "Checks and random numbers",
        "Checks of your own rule, bandit, learner or game, and the random stream that all share.",
        ("contract", "engine"),
        ("check_rule", "check_bandit", "check_learner", "check_game", "Stream"),
    ),
}
ROOM_OF_DATA = "theory"  # data have no module
DATA = {"ALL_DYNAMICS": "The classes of all dynamics by the names that people type."}
# What a rule may ask; the others serve the hive.
SHOWN = {
    "Neighbours": "pick, pick_by_payoff, payoff_of, count_of, total_payoff, n_action, size",
}
INHERITED = ("Hive", "LearnerModel", "GameModel", "ReplicatorModel", "GameRule", "GameLearner")
NOT_FROM = "Model, Agent, HasObservables, Generic, Named, ImitationRule, Learner, object"


def entries() -> dict[str, list[str]]:
    """The public names of each page; each name is on one of them.

    Raises:
        ValueError: A public name belongs to no page.
    """
    names = {group: [] for group in GROUPS}
    for name in sorted(hivemind_abm.__all__, key=str.lower):
        room = _room(getattr(hivemind_abm, name))
        group = next((key for key, group in GROUPS.items() if room in group.rooms), None)
        if group is None:
            raise ValueError(f"{name} of the room {room!r} has no page in GROUPS")
        names[group].append(name)
    for group, found in names.items():
        first = GROUPS[group].first
        found.sort(key=lambda name: first.index(name) if name in first else len(first))
    return names


def pages() -> dict[str, str]:
    """The text of each page by its file's name, and index.md."""
    made = {f"{group}.rst": _page(GROUPS[group], names) for group, names in entries().items()}
    return made | {"index.md": _index()}


def _index() -> str:
    cards = "\n".join(
        f":::{{grid-item-card}} {group.title}\n:link: {key}\n:link-type: doc\n\n"
        f"{group.about}\n:::\n"
        for key, group in GROUPS.items()
    )
    return f"""# Reference

All public names can be imported from `hivemind_abm`.  Each is loaded on first use.

::::{{grid}} 1 2 2 2
:gutter: 3

{cards}
:::{{grid-item-card}} The command line
:link: commands
:link-type: doc

Every command of `hivemind`, with its options and an example.
:::
::::

```{{toctree}}
:hidden:

{chr(10).join([*GROUPS, "commands"])}
```
"""


def _page(group: Group, names: list[str]) -> str:
    rows = "\n".join(
        f"   * - :py:obj:`~hivemind_abm.{name}`\n     - {_first_line(name)}" for name in names
    )
    head = f"{group.title}\n{'=' * len(group.title)}\n\n{group.about}\n"
    table = f".. list-table::\n   :class: names\n   :widths: auto\n\n{rows}\n"
    return "\n".join([head, table, *map(_entry, names)])


def _entry(name: str) -> str:
    """The heading of a public name, and the directive that shows its docstring."""
    heading = f"{name}\n{'-' * len(name)}\n"
    value = getattr(hivemind_abm, name)
    if hasattr(value, "py_func"):  # compiled
        signature = f"{name}{inspect.signature(value.py_func)}"
        text = inspect.cleandoc(value.py_func.__doc__).replace("\n", "\n   ")
        return f"{heading}\n.. py:function:: hivemind_abm.{signature}\n\n   {text}\n"
    if not callable(value):
        keys = ", ".join(f"``{key}``" for key in value)
        return f"{heading}\n.. py:data:: hivemind_abm.{name}\n\n   {DATA[name]}\n\n   {keys}\n"
    if not isinstance(value, type):
        return f"{heading}\n.. autofunction:: hivemind_abm.{name}\n"
    options = [f":members: {SHOWN.get(name, '')}".rstrip(), ":exclude-members: observables"]
    if name in INHERITED:
        options.append(f":inherited-members: {NOT_FROM}")
    lines = "\n".join(f"   {option}" for option in options)
    return f"{heading}\n.. autoclass:: hivemind_abm.{name}\n{lines}\n"


def _first_line(name: str) -> str:
    value = getattr(hivemind_abm, name)
    if not callable(value):
        return DATA[name]
    documented = getattr(value, "py_func", value)
    return (inspect.getdoc(documented) or "").partition("\n\n")[0].replace("\n", " ")


def _room(value: Any) -> str:
    module = getattr(getattr(value, "py_func", value), "__module__", None)
    return module.split(".")[1] if module else ROOM_OF_DATA
