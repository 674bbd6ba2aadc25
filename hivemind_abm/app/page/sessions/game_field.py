"""What theory says of a game on the plane of two shares: directions and equilibria.

Knows: which dynamic each player follows, as far as one is known.
Does not know: how the plane is drawn.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from hivemind_abm.games.coupled import CoupledReplicators
from hivemind_abm.games.equilibria import NashEquilibrium, nash_equilibria
from hivemind_abm.games.names import GAME_DYNAMICS
from hivemind_abm.games.seating import DynamicSettings, PlayerSettings
from hivemind_abm.games.settings import GameSettings
from hivemind_abm.hives.settings import HiveSettings
from hivemind_abm.theory.dynamics import DYNAMICS, symbol_of

__all__ = ["SQUARE", "Field", "field_of"]

SQUARE = (2, 2)  # the options of the players of a game that has a plane
_ARROWS = 13  # per side
_TINY = 1e-300


@dataclass(frozen=True)
class Field:
    """What theory says of two players with two options each.

    Attributes:
        starts: Where the arrows start, the shares of option 0 of both players, shape (A, 2).
        ends: Where they end, shape (A, 2); the longest is as long as the arrows are apart.
        dynamics: The name of each player's dynamic.
        equilibria: The Nash equilibria: both shares, and "stable", "neutral" or "unstable".
    """

    starts: np.ndarray
    ends: np.ndarray
    dynamics: tuple[str, ...]
    equilibria: tuple[tuple[float, float, str], ...]


def field_of(settings: GameSettings) -> Field | None:
    """The arrows and equilibria of a game; None where it has no plane of two shares.

    Arrows are the mean change of both shares per step.  A player that follows no known dynamic has
    TRD in its place.

    Raises:
        ValueError: Nothing is known of the directions, and why.
    """
    if settings.n_action != SQUARE:
        return None
    if any(map(_is_paid_elsewhere, settings.players)):
        raise ValueError("a bandit pays a player in place of the game")
    dynamics, rates = zip(*map(_dynamic_and_rate, settings.players), strict=True)
    coupled = CoupledReplicators(settings.game, dynamics)
    middles = (np.arange(_ARROWS) + 0.5) / _ARROWS
    starts = np.array([(x, y) for y in middles for x in middles])
    changes = np.array(
        [
            [rate * change[0] for rate, change in zip(rates, _changes(coupled, *at), strict=True)]
            for at in starts
        ]
    )
    length = np.hypot(*changes.T)
    # the root of the length, so that slow places keep visible arrows
    scale = np.sqrt(length / max(length.max(), _TINY)) / np.maximum(length, _TINY) / _ARROWS
    names = tuple(each if isinstance(each, str) else symbol_of(each) for each in dynamics)
    return Field(starts, starts + changes * scale[:, None], names, _equilibria(settings, names))


def _changes(coupled: CoupledReplicators, x: float, y: float) -> list[np.ndarray]:
    return coupled.derivative([(x, 1.0 - x), (y, 1.0 - y)])


def _is_paid_elsewhere(player: PlayerSettings) -> bool:
    """Whether a bandit pays a player in place of the game."""
    bandit = getattr(player.settings, "bandit", player.seat)
    return bandit is not player.seat


def _dynamic_and_rate(player: PlayerSettings) -> tuple[Any, float]:
    """A player's dynamic in the limit of many bees, and the time of it that a step takes."""
    settings = player.settings
    if isinstance(settings, DynamicSettings):
        return settings.derivative, settings.delta
    if isinstance(settings, HiveSettings):
        rule: Any = settings.rule if len(settings.rules) == 1 else None
        rate = 1.0 if isinstance(settings.updating, str) else float(settings.updating)
        return _dynamic_of(rule), rate
    return _dynamic_of(settings.learner), float(settings.learner.rate)


def _dynamic_of(part: Any) -> Any:
    """The dynamic that a rule or learner names, with its fields; TRD where none is known."""
    name = getattr(part, "dynamic", None)
    if name in GAME_DYNAMICS:
        cls = GAME_DYNAMICS[name]
        names = [field.name for field in dataclasses.fields(cls)]  # type: ignore[arg-type]
        return cls(**{each: getattr(part, each) for each in names})
    return name if name in DYNAMICS else "TRD"


def _equilibria(
    settings: GameSettings, dynamics: tuple[str, ...]
) -> tuple[tuple[float, float, str], ...]:
    """The Nash equilibria with their stability: under MRD if all follow it, else under TRD."""
    try:
        found = nash_equilibria(settings.game).equilibria
    except ValueError:  # a game without a fixed table of payoffs
        return ()
    dynamic = "MRD" if set(dynamics) == {"MRD"} else "TRD"
    return tuple((each.shares[0][0], each.shares[1][0], _kind(each, dynamic)) for each in found)


def _kind(equilibrium: NashEquilibrium, dynamic: str) -> str:
    stability = equilibrium.stability[dynamic]
    return "unstable" if stability is None else str(stability.kind)
