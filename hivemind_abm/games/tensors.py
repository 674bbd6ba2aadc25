"""The mean payoff of each combination of options, and expected payoffs against shares.

Knows: the payoff tensors of a game and how one is contracted with shares.  Does not know: how a
payoff is drawn (`draws`), any particular game, or who plays.
"""

import dataclasses
import pickle
from collections.abc import Sequence
from functools import lru_cache
from math import prod
from typing import Any, NamedTuple

import numpy as np

from hivemind_abm import checks
from hivemind_abm.engine.fields import Fields
from hivemind_abm.engine.ingredients import digest_of
from hivemind_abm.engine.loops import compiled
from hivemind_abm.engine.source import CannotCompile, functions_used, names_used, other_chance
from hivemind_abm.engine.stream import Stream
from hivemind_abm.games.draws import Draws, axes_of, draw_payoffs
from hivemind_abm.games.game import Game, actions_of

__all__ = [
    "MOST_CELLS",
    "Tensors",
    "checked_game",
    "contract",
    "expected_payoffs",
    "has_noise",
    "tensors_of",
]

MOST_CELLS = 1_000_000  # combinations of options of a player's tensor
_PROBES = 3  # payoffs per combination that show whether there is noise
_SEED = 0  # of the stream for the estimates


class Tensors(NamedTuple):
    """The mean payoffs of a game; the arrays are read-only.

    Attributes:
        values: For each player p, A^p[a_1, ..., a_P], shape (K_1, ..., K_P); with `fellow`, shape
            (K_1, ..., K_P, K_p), where the last axis is the option of the other bee of player p.
        errors: The standard errors of the values, the same shapes; 0 where the means are known.
        exact: Whether the payoffs have no noise, so that each match pays exactly its value.
    """

    values: tuple[np.ndarray, ...]
    errors: tuple[np.ndarray, ...]
    exact: bool


def tensors_of(game: Game) -> Tensors:
    """The mean payoffs of a game, one tensor per player.

    Payoffs are without noise where `payoff` never draws from its stream in several calls.  Then the
    tensors hold them as they are.  Otherwise they hold `game.mean_payoffs`, or where that says
    nothing, the means of `game.estimate_draws` payoffs from a fixed stream.  The result is kept
    while the game's fields and code stay the same.

    Args:
        game: The game.

    Raises:
        ValueError: A payoff outside [0, 1], or more than 1,000,000 combinations of options.
        TypeError: A payoff that is no number, or wrong `n_actions`.
    """
    known = _known(game)
    return _tensors_of(game) if known is None else _remembered_tensors(known)


def checked_game(game: Game) -> Game:
    """The game, once its options and its payoffs have been checked.

    Each payoff is drawn several times for each combination of options.  A game of more than
    1,000,000 combinations is not checked so; its payoffs are still checked when it is played.

    Raises:
        ValueError, TypeError: Wrong `n_actions`, or a payoff that is no number in [0, 1]; the
            message names the player, the options and the value.
    """
    players = range(len(actions_of(game)))
    if max(prod(axes_of(game, player)) for player in players) <= MOST_CELLS:
        _probes(game)
    return game


def has_noise(game: Game) -> bool:
    """Whether payoffs may differ from call to call, or are too many to be looked at.

    Payoffs of a game whose code cannot be followed, or that draws from another stream than its
    own, may differ.
    """
    few = max(prod(axes_of(game, player)) for player in range(game.players)) <= MOST_CELLS
    if not few or _known(game) is None or other_chance(type(game), "payoff") is not None:
        return True
    return any(each.noisy for each in _probes(game))


def expected_payoffs(game: Game, player: int, shares: Sequence[Any]) -> np.ndarray:
    """The expected payoff of each option of one player, from the game's tensors.

    Arguments, result and errors as for `Game.expected`.
    """
    actions = actions_of(game)
    checks.index_below("player", player, len(actions))
    arrays = [np.asarray(each, np.float64) for each in shares]
    if tuple(array.shape for array in arrays) != tuple((k,) for k in actions):
        raise ValueError(
            f"shares must be {len(actions)} arrays of lengths {actions}, "
            f"not of shapes {[array.shape for array in arrays]}"
        )
    if game.fellow:
        arrays.append(arrays[player])
    values = tensors_of(game).values[player]
    result = np.empty(actions[player])
    axes = np.array(values.shape, np.int64)
    contract(values.reshape(-1), axes, player, np.concatenate(arrays), result)
    return result


@compiled
def contract(values, axes, own, shares, result):  # type: ignore[no-untyped-def]
    """The sum of a tensor over all axes but one, weighted with shares.

    The order of the additions is fixed, so all callers get the same digits.

    Args:
        values: The tensor in C order, float64, shape (any,).
        axes: The sizes of its axes, int64, at least two.
        own: The axis that stays; the shares along it have no influence.
        shares: The shares along each axis, one axis after the other, float64.
        result: Gets the sums, float64, shape (axes[own],).
    """
    last = axes.size - 1
    row, start = axes[last], shares.size - axes[last]
    result[:] = 0.0
    for first in range(0, values.size, row):
        rest, weight, end, kept = first // row, 1.0, start, 0
        for axis in range(last - 1, -1, -1):
            digit = rest % axes[axis]
            rest //= axes[axis]
            end -= axes[axis]
            if axis == own:
                kept = digit
            else:
                weight *= shares[end + digit]
        if own == last:
            for option in range(row):
                result[option] += weight * values[first + option]
        else:
            total = 0.0
            for option in range(row):
                total += shares[start + option] * values[first + option]
            result[kept] += weight * total


@lru_cache(maxsize=16)
def _remembered_tensors(known: "_Known") -> Tensors:
    return _tensors_of(known.game)


def _tensors_of(game: Game) -> Tensors:
    for player in range(len(actions_of(game))):
        cells = prod(axes_of(game, player))
        if cells > MOST_CELLS:
            raise ValueError(
                f"{type(game).__name__} must have at most {MOST_CELLS:,} combinations of options "
                f"for its mean payoffs, not {cells:,}"
            )
    draws = _probes(game)
    exact = not any(each.noisy for each in draws)
    if not exact:
        draws = _known_draws(game) or _drawn(
            game, checks.whole_number("estimate_draws", game.estimate_draws, 2)
        )
    return Tensors(
        tuple(_read_only(each.means) for each in draws),
        tuple(_read_only(each.errors) for each in draws),
        exact,
    )


def _known_draws(game: Game) -> tuple[Draws, ...] | None:
    """What the game says about its means; None where it says nothing about a player."""
    known = []
    for player in range(game.players):
        means, shape = game.mean_payoffs(player), axes_of(game, player)
        if means is None:
            return None
        array = np.array(means, np.float64)
        if array.shape != shape or not ((array >= 0.0) & (array <= 1.0)).all():
            raise ValueError(
                f"{type(game).__name__}.mean_payoffs({player}) must be numbers from 0 to 1 of "
                f"shape {shape}, not {means!r}"
            )
        known.append(Draws(array, np.zeros(shape), noisy=True))
    return tuple(known)


def _probes(game: Game) -> tuple[Draws, ...]:
    """A few payoffs of each combination of options."""
    known = _known(game)
    return _probes_of(game) if known is None else _remembered_probes(known)


class _Known:
    """A game, equal to another one if all fields and all code behind its payoffs are the same."""

    def __init__(self, game: Game, identity: tuple[Any, ...]) -> None:
        self.game, self._identity = game, identity

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)


def _known(game: Game) -> _Known | None:
    """A game as what it is made from, or None if changes of it could not be noticed."""
    owner: Any = type(game)
    methods = [functions_used(owner, name) for name in ("payoff", "mean_payoffs")]
    try:
        layout = Fields.of(game, names_used(methods[0])).layout
        digests = [digest_of(owner, layout, functions) for functions in methods]
        values = pickle.dumps([getattr(game, field.name) for field in dataclasses.fields(owner)])
    except (CannotCompile, pickle.PicklingError, TypeError, AttributeError):
        return None
    return _Known(game, (owner, actions_of(game), game.estimate_draws, *digests, values))


@lru_cache(maxsize=16)
def _remembered_probes(known: _Known) -> tuple[Draws, ...]:
    return _probes_of(known.game)


def _probes_of(game: Game) -> tuple[Draws, ...]:
    return _drawn(game, _PROBES)


def _drawn(game: Game, draws: int) -> tuple[Draws, ...]:
    rng = Stream(_SEED)
    return tuple(draw_payoffs(game, p, draws, rng) for p in range(len(actions_of(game))))


def _read_only(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array
