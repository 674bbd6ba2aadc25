"""Many payoffs of each combination of options, compiled or in plain Python.

Knows: how often a game's `payoff` is called, and the mean, the error and the faults of what it
returns.  Does not know: any particular game, or what the means are for (`tensors`).
"""

import math
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numba import types

from hivemind_abm.bandits.bandit import ROUNDING
from hivemind_abm.engine.intrinsics import pointer
from hivemind_abm.engine.loops import compile_loop, must_return
from hivemind_abm.engine.source import CannotCompile
from hivemind_abm.engine.stream import Stream, stream_on
from hivemind_abm.engine.vectors import read_only_integers
from hivemind_abm.games.game import Game, actions_of

__all__ = ["Draws", "axes_of", "draw_payoffs"]

_WORTH_COMPILING = 50_000  # calls of `payoff`


class Draws(NamedTuple):
    """What one player was paid in each combination of options.

    Attributes:
        means: The mean payoff, shape `axes_of(game, player)`.
        errors: The standard error of the mean, the same shape.
        noisy: Whether the payoffs were drawn from the stream, or differed from each other.
    """

    means: np.ndarray
    errors: np.ndarray
    noisy: bool


def axes_of(game: Game, player: int) -> tuple[int, ...]:
    """The shape of a player's payoffs: K_1, ..., K_P, and once more K_player with `fellow`."""
    actions = actions_of(game)
    return (*actions, actions[player]) if game.fellow else actions


def draw_payoffs(game: Game, player: int, draws: int, rng: Stream) -> Draws:
    """Call `payoff` this many times for each combination of options.

    Payoffs that leave [0, 1] by rounding errors only are set to the bound.

    Args:
        game: The game.
        player: Whose payoffs.
        draws: The number of calls for each combination, at least 1.
        rng: The stream that `payoff` gets.

    Raises:
        ValueError: A payoff outside [0, 1]; the message names the player, the options and the
            value.
        TypeError: A payoff that is no number.
    """
    axes = np.array(axes_of(game, player), np.int64)
    means, errors = np.zeros((2, *axes))
    before = rng.state.copy()
    if draws * means.size < _WORTH_COMPILING:
        _draw_in_python(game, player, draws, rng, means, errors)
    else:
        try:
            loop = compile_loop(_loop, game, "payoff", _SIGNATURE)
        except CannotCompile:
            _draw_in_python(game, player, draws, rng, means, errors)
        else:
            wrong = loop.run(player, axes, draws, rng.state, means.ravel(), errors.ravel())
            if wrong >= 0:
                options = tuple(int(each) for each in np.unravel_index(wrong, means.shape))
                raise ValueError(_complaint(game, player, options, float(means.flat[wrong])))
    return Draws(means, errors, bool((rng.state != before).any() or errors.any()))


def _draw_in_python(
    game: Game, player: int, draws: int, rng: Stream, means: np.ndarray, errors: np.ndarray
) -> None:
    """As the compiled loop below, number for number."""
    for options in product(*map(range, means.shape)):
        first = total = squares = 0.0
        for draw in range(draws):
            value = game.payoff(player, options, rng)
            if not isinstance(value, bool | int | float | np.number | np.bool_):
                raise TypeError(_complaint(game, player, options, value))
            if not -ROUNDING <= value <= 1.0 + ROUNDING:
                raise ValueError(_complaint(game, player, options, value))
            paid = min(max(float(value), 0.0), 1.0)
            first = first if draw else paid
            total += paid - first
            squares += (paid - first) * (paid - first)
        means[options] = first + total / draws
        spread = squares - total * total / draws
        errors[options] = math.sqrt(max(spread, 0.0) / draws / max(draws - 1, 1))


def _complaint(game: Game, player: int, options: tuple[int, ...], value: Any) -> str:
    return (
        f"{type(game).__name__}.payoff of player {player} with options {options} must be a number "
        f"from 0 to 1, not {value!r}"
    )


_number = must_return(
    "a payoff, a number", (types.Float, types.Integer, types.IntegerLiteral, types.Boolean)
)
_integers, _reals, _integer = types.int64[::1], types.float64[::1], types.int64
_SIGNATURE = types.int64(
    *(_integers, _reals, _integer, _integers, _integer, types.uint64[::1], _reals, _reals)
)


def _loop(payoff: Any, build: Any) -> Any:
    def loop(integers, reals, player, axes, draws, state, means, errors):  # type: ignore[no-untyped-def]
        game = build(integers, reals)
        rng = stream_on(state, 0)
        chosen = np.zeros(axes.size, np.int64)
        options = read_only_integers(pointer(chosen, 0), axes.size)
        for cell in range(means.size):
            rest = cell
            for axis in range(axes.size - 1, -1, -1):
                chosen[axis] = rest % axes[axis]
                rest //= axes[axis]
            first = total = squares = 0.0
            for draw in range(draws):
                value = np.float64(_number(payoff(game, player, options, rng)))
                if not -ROUNDING <= value <= 1.0 + ROUNDING:
                    means[cell] = value
                    return cell
                paid = min(max(value, 0.0), 1.0)
                first = paid if draw == 0 else first
                total += paid - first
                squares += (paid - first) * (paid - first)
            means[cell] = first + total / draws
            spread = squares - total * total / draws
            errors[cell] = math.sqrt(max(spread, 0.0) / draws / max(draws - 1, 1))
        return -1

    return loop
