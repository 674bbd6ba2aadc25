"""The controls of whom the bees hear and when they decide, of the first hive and of a second one.

Knows: how neighbourhoods and ways of updating are named and typed.
Does not know: which choices hold them.
"""

from collections.abc import Callable
from typing import Any

from hivemind_abm.app.page.controls.control import Control, select, text
from hivemind_abm.app.page.controls.field_bounds import Bounds
from hivemind_abm.app.page.controls.field_words import entries_of
from hivemind_abm.app.page.controls.text_box import whole_number
from hivemind_abm.hives.hive import Hive
from hivemind_abm.hives.networks import NETWORKS
from hivemind_abm.hives.updating import ASYNCHRONOUS, SYNCHRONOUS
from hivemind_abm.registry import parse_value

__all__ = ["SAME", "neighbourhood_rows", "size_row", "updating_rows"]

SAME = "as the first hive"  # of a second hive; stands for None
_NEIGHBOURHOODS = ("others", "groups", "everyone")
_OF_THE_FILE = "network of the file"
_WITH_CHANCE = "each bee with probability p"
_FIRST_CHANCE = 0.5
_FORM = "The numbers of the network, in this order, with a colon between them."
_SEED = '  At their end ":seed=7" gives another network of its kind.'
_CHANCES = Bounds(0.01, 1.0, 0.01)


def neighbourhood_rows(
    key: str, of: str, value: Any, put: Callable[[Any], None], start: Any, graph: Any
) -> list[Control]:
    """The select of a neighbourhood, and the numbers of a network.

    Args:
        key: Begins the keys of the controls.
        of: Whose it is, " of the second hive" for instance; "" for the first.
        value: What is chosen: a name, a graph of the file, or None for that of the first hive.
        put: Called with another one.
        start: What the page began with.
        graph: The graph of the file, or None.
    """
    kind, numbers = _read(value)
    kind_at_start, numbers_at_start = _read(start)

    def choose(name: str) -> None:
        put({_OF_THE_FILE: graph, SAME: None}.get(name, name))

    rows = [
        select(
            key,
            f"neighbourhood{of}",
            [
                *([SAME] if of else []),
                *_NEIGHBOURHOODS,
                *NETWORKS,
                *([] if graph is None else [_OF_THE_FILE]),
            ],
            kind,
            choose,
            name="" if of else "neighbourhood",
            default=kind_at_start,
            tip=entries_of(Hive)["neighbourhood"],
        )
    ]
    if NETWORKS.get(kind):
        rows.append(
            text(
                f"{key} {kind}",
                " : ".join(name for name in NETWORKS[kind] if name != "seed") + of,
                numbers,
                lambda typed: put(f"{kind}:{typed.strip()}" if typed.strip() else kind),
                hint=":".join(map(str, NETWORKS[kind].values())),
                default=numbers_at_start if kind == kind_at_start else "",
                tip=_FORM + (_SEED if "seed" in NETWORKS[kind] else ""),
                narrow=True,
            )
        )
    return rows


def size_row(key: str, of: str, size: Any, put: Callable[[Any], None], start: Any) -> Control:
    """The box of the number of bees that a bee hears; arguments as for `neighbourhood_rows`."""
    return text(
        key,
        f"neighbourhood size M{of}",
        _written(size),
        lambda typed: put(whole_number(typed) if typed.strip() else None),
        name="" if of else "neighbourhood_size",
        default=_written(start),
        hint="same" if of else "the rule's",
        tip=entries_of(Hive)["neighbourhood_size"],
        narrow=True,
    )


def updating_rows(
    key: str, of: str, updating: Any, put: Callable[[Any], None], start: Any
) -> list[Control]:
    """The select of the way of updating, and a probability; arguments as above."""

    def named(value: Any) -> str:
        names = {None: SAME, SYNCHRONOUS: SYNCHRONOUS, ASYNCHRONOUS: ASYNCHRONOUS}
        return names.get(value, _WITH_CHANCE)

    rows = [
        select(
            key,
            f"updating{of}",
            [*([SAME] if of else []), SYNCHRONOUS, ASYNCHRONOUS, _WITH_CHANCE],
            named(updating),
            lambda name: put({SAME: None, _WITH_CHANCE: _FIRST_CHANCE}.get(name, name)),
            name="" if of else "updating",
            default=named(start),
            tip=entries_of(Hive)["updating"],
        )
    ]
    if named(updating) == _WITH_CHANCE:
        rows.append(
            text(
                f"{key} chance",
                f"probability p{of}",
                updating,
                lambda typed: put(parse_value(typed.strip())),
                default=str(start if named(start) == _WITH_CHANCE else _FIRST_CHANCE),
                tip="The probability with which a bee decides in a step, above 0 and at most 1.",
                bounds=_CHANCES,
            )
        )
    return rows


def _read(neighbourhood: Any) -> tuple[str, str]:
    """The name in the select, and the numbers of a network as they are typed."""
    if neighbourhood is None:
        return SAME, ""
    if not isinstance(neighbourhood, str):
        return _OF_THE_FILE, ""
    kind, _, numbers = neighbourhood.partition(":")
    return kind, numbers


def _written(size: Any) -> str:
    return "" if size is None else str(size)
