"""The mean field of the hive that a page shows, measured beside the page.

Knows: for which hives there is one, and that hives with the same settings share it.
Does not know: how it is measured (`field_meter`) or drawn.
"""

from collections.abc import Callable
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hivemind_abm.hives.hive import Hive
from hivemind_abm.hives.neighbourhood import EVERYONE, GROUPS, OTHERS, SAMPLE

if TYPE_CHECKING:
    from hivemind_abm.theory.kinds import Kinds
    from hivemind_abm.theory.mean_field import MeanField

__all__ = ["SharedField", "Stopped", "mean_field_of", "no_mean_field", "shared_field"]

_FEWEST_SHARES, _MOST_SHARES = 2, 3  # of an option each, and of none: what the page can draw
_KEPT = 32  # settings whose mean fields are kept


class Stopped(Exception):
    """The mean field is not wanted any more."""


class SharedField:
    """The mean field of some settings, for all pages that show a hive of these.

    Attributes:
        field: The mean field; None until it is measured.
        trouble: Why it cannot be measured, or "".
        lock: Held by who measures it.
    """

    def __init__(self) -> None:
        """Begin without a mean field."""
        self.field: MeanField | None = None
        self.trouble = ""
        self.lock = Lock()


def no_mean_field(hive: Hive) -> str:
    """Why the page cannot draw a mean field of this hive, or "".

    Args:
        hive: A hive; nothing is measured.
    """
    k, none = hive.bandit.n_action, _uncommitted(hive)
    if not _FEWEST_SHARES <= k + none <= _MOST_SHARES:
        return f"the hive has {k + none} shares{', with that of no option' if none else ''}"
    kind, size = hive.neighbourhood.kind, hive.neighbourhood.size
    if kind == GROUPS and size < hive.neighbourhood.population_size:
        return "it is measured for bees that hear others drawn at random, not for groups"
    if kind not in (OTHERS, SAMPLE, EVERYONE, GROUPS):
        return "on a network the change depends on where the bees are, not on the shares alone"
    try:
        _kinds_of(hive)
    except ValueError as error:
        return str(error)
    return ""


def shared_field(hive: Hive) -> SharedField:
    """The place where the mean field of the hive's settings is kept, measured or not."""
    return _shared(_settings_of(hive))


def mean_field_of(
    hive: Hive,
    on_progress: Callable[[float], None] = lambda part: None,
    still_wanted: Callable[[], bool] = lambda: True,
) -> "MeanField":
    """The mean field of a hive's rules, in an infinite hive; it takes about two seconds at most.

    Hives with the same rules, bandit, neighbourhood size and updating share it.

    Args:
        hive: A hive; only its settings are read.
        on_progress: Called with the part that is done, 0 to 1.
        still_wanted: Asked now and then.

    Raises:
        ValueError: Why there is none.
        Stopped: It is not wanted any more.
    """
    reason = no_mean_field(hive)
    if reason:
        raise ValueError(reason)
    shared = shared_field(hive)
    with shared.lock:
        if not still_wanted():
            raise Stopped
        if shared.field is None and not shared.trouble:
            try:
                shared.field = _measured(hive, on_progress, still_wanted)
            except Stopped:
                raise
            except (Exception, SystemExit) as error:  # also what a user's rule raises
                kind = "" if isinstance(error, ValueError) else f"{type(error).__name__}: "
                shared.trouble = f"{kind}{error}"
        if shared.field is None:
            raise ValueError(shared.trouble)
        return shared.field


class _Settings(NamedTuple):
    """What a mean field depends on."""

    parts: tuple[tuple[type, str], ...]
    numbers: tuple[int, ...]
    size: int | str
    updating: str | float


@lru_cache(maxsize=_KEPT)
def _shared(settings: _Settings) -> SharedField:
    return SharedField()


def _settings_of(hive: Hive) -> _Settings:
    parts = tuple((type(part), repr(part)) for part in (*hive.rules, hive.bandit))
    return _Settings(parts, tuple(_numbers(hive)), _size_of(hive), hive.updating)


def _numbers(hive: Hive) -> list[int]:
    """The bees of each of several rules; of one rule their number does not matter."""
    rules = len(hive.rules)
    return [1] if rules == 1 else np.bincount(hive.follows, minlength=rules).tolist()


def _size_of(hive: Hive) -> int | str:
    return hive.neighbourhood.size if hive.neighbourhood.kind == SAMPLE else "all"


def _uncommitted(hive: Hive) -> bool:
    return any(rule.uncommitted for rule in hive.rules)


def _kinds_of(hive: Hive) -> "Kinds":
    """The kinds of bees of the infinite hive.

    Raises:
        ValueError: Why theory has none.
    """
    from hivemind_abm.theory.kinds import kinds_of
    from hivemind_abm.theory.mean_field import kinds_of_hive
    from hivemind_abm.theory.steady_world import check_steady

    rules, numbers, k = list(hive.rules), _numbers(hive), hive.bandit.n_action
    if k > 1:
        weights: list[Any] | None = None if len(rules) == 1 else list(numbers)
        return kinds_of_hive(rules, weights, hive.bandit)
    check_steady(hive.bandit)
    if any(rule.memory_size(k) > 0 for rule in rules):
        raise ValueError("what its bees remember is no share of options")
    return kinds_of(rules, [number / sum(numbers) for number in numbers], k + _uncommitted(hive))


def _measured(
    hive: Hive, on_progress: Callable[[float], None], still_wanted: Callable[[], bool]
) -> "MeanField":
    """Measure the drift at points that cover all shares, then look for its fixed points."""
    from hivemind_abm.app.page.cards.field_meter import measured_field

    return measured_field(hive, _kinds_of(hive), _size_of(hive), on_progress, still_wanted)
