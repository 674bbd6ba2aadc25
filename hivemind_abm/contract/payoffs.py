"""Payoffs of a game, drawn in all ways in which a game is played, and compared.

Knows: the combinations of options, and the likely mistake behind a wrong payoff.  Does not know:
what else a game must keep (`games`).
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numba import types

from hivemind_abm.bandits.bandit import ROUNDING
from hivemind_abm.engine.intrinsics import pointer
from hivemind_abm.engine.loops import compile_loop, must_return
from hivemind_abm.engine.source import CannotCompile
from hivemind_abm.engine.stream import Stream, stream_on
from hivemind_abm.engine.vectors import read_only_integers
from hivemind_abm.games.draws import Draws, axes_of, draw_payoffs
from hivemind_abm.games.game import Game, actions_of

__all__ = ["MOST_CHECKED", "check_payoffs", "compiled_payoffs", "mean_and_error", "sampled_means"]

MOST_CHECKED = 5_000  # combinations of options; of a larger game so many are drawn at random
_CALLS = 20_000  # of `payoff` for one player in plain Python, about
_FEWEST, _MOST = 4, 500  # payoffs per combination
_SAMPLES = 2_000_000  # compiled calls for the means of one player, about
_MOST_SAMPLES = 20_000  # per combination
_ERRORS = 5.0  # standard errors within which means must agree
_RARE = 10.0  # what is missed with less than one chance in 10,000 has a weight of 10 / draws
_SEED = 7


def check_payoffs(game: Game) -> tuple[int, int]:
    """Draw the payoffs twice in plain Python from the same seed.

    Returns:
        The number of combinations of options and players, and of calls.

    Raises:
        ValueError, TypeError: A payoff that is no number in [0, 1], or the second time is not like
            the first; with the player, the options and the likely mistake.
    """
    places = calls = 0
    for player in range(len(actions_of(game))):
        cells = _cells(game, player)
        draws = _draws(cells)
        first, second = (_in_python(game, player, cells, draws) for _ in range(2))
        if not all(map(np.array_equal, first, second)):
            raise ValueError(
                f"{type(game).__name__}.payoff gives other numbers for the same seed; draw from "
                "rng only, not from the modules random or numpy.random, and keep nothing between "
                "calls"
            )
        places, calls = places + len(cells), calls + 2 * draws * len(cells)
    return places, calls


def compiled_payoffs(game: Game) -> str | None:
    """Draw the payoffs compiled, and compare them with those in plain Python.

    Returns:
        Why they can't be compiled; None if they can.

    Raises:
        ValueError: They differ.
    """
    for player in range(len(actions_of(game))):
        cells = _cells(game, player)
        draws = _draws(cells)
        expected = _in_python(game, player, cells, draws)
        try:
            loop = compile_loop(_loop, game, "payoff", _SIGNATURE)
        except CannotCompile as reason:
            return str(reason)
        rng, paid = Stream(_SEED), np.zeros((len(cells), draws))
        axes = np.array(axes_of(game, player), np.int64)
        loop.run(player, axes, cells, draws, rng.state, paid.ravel())
        different = np.argwhere(paid != expected[0])
        if different.size or not np.array_equal(rng.state, expected[1]):
            where = ""
            if different.size:
                place, draw = different[0]
                at = _options(game, player, cells[place])
                values = f"{paid[place, draw]!r} and {expected[0][place, draw]!r}"
                where = f" (player {player}, options {at}: {values})"
            raise ValueError(
                f"{type(game).__name__}.payoff gives other numbers compiled than interpreted"
                f"{where}; likely causes: a whole number beyond 64 bits, a global variable that "
                "changes, or a function such as math.exp whose last digit differs (then use "
                "compiled=False)"
            )
    return None


def sampled_means(game: Game) -> tuple[Draws, ...] | None:
    """The mean of many payoffs in each combination of options, for each player.

    Returns:
        None where there are too many combinations.
    """
    players = range(len(actions_of(game)))
    sizes = [math.prod(axes_of(game, player)) for player in players]
    if max(sizes) > MOST_CHECKED:
        return None
    rng = Stream(_SEED)
    return tuple(
        draw_payoffs(game, player, min(_MOST_SAMPLES, _SAMPLES // size), rng)
        if _is_noisy(game, player)
        else draw_payoffs(game, player, 1, rng)
        for player, size in zip(players, sizes, strict=True)
    )


def mean_and_error(drawn: Draws) -> np.ndarray:
    """How far a mean may be from its true value, for each combination of options."""
    if not drawn.noisy:
        return np.full(drawn.means.shape, 1e-9)
    draws = min(_MOST_SAMPLES, _SAMPLES // drawn.means.size)
    return _ERRORS * drawn.errors + _RARE / draws


def _is_noisy(game: Game, player: int) -> bool:
    return draw_payoffs(game, player, _FEWEST, Stream(_SEED)).noisy


def _cells(game: Game, player: int) -> np.ndarray:
    """Combinations of options by their flat index: all, or some of a large game."""
    size = math.prod(axes_of(game, player))
    if size <= MOST_CHECKED:
        return np.arange(size)
    rng = Stream(_SEED)
    return np.array([rng.integers(size) for _ in range(MOST_CHECKED)], np.int64)


def _draws(cells: np.ndarray) -> int:
    return min(max(_CALLS // len(cells), _FEWEST), _MOST)


def _options(game: Game, player: int, cell: Any) -> tuple[int, ...]:
    return tuple(int(each) for each in np.unravel_index(cell, axes_of(game, player)))


def _in_python(
    game: Game, player: int, cells: np.ndarray, draws: int
) -> tuple[np.ndarray, np.ndarray]:
    """The payoffs, shape (cells, draws), and the state of the stream after them."""
    rng, paid = Stream(_SEED), np.zeros((len(cells), draws))
    for place, draw, options in _matches(game, player, cells, draws):
        where = f"{type(game).__name__}.payoff of player {player} with options {options}"
        try:
            value = game.payoff(player, options, rng)
        except Exception as error:
            kind = type(error) if isinstance(error, TypeError) else ValueError
            text = f"{type(error).__name__}: {error}"
            raise kind(f"{where} failed with {text}{_advice(game, error)}") from error
        if not isinstance(value, bool | int | float | np.number | np.bool_):
            raise TypeError(
                f"{where} must return a number from 0 to 1, not {value!r}; end every branch with "
                "`return`"
            )
        if not -ROUNDING <= value <= 1.0 + ROUNDING:
            raise ValueError(
                f"{where} must return a number from 0 to 1, not {value!r}; scale all payoffs to "
                "[0, 1]"
            )
        paid[place, draw] = value
    return paid, rng.state.copy()


def _matches(
    game: Game, player: int, cells: np.ndarray, draws: int
) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    for place, cell in enumerate(cells):
        options = _options(game, player, cell)
        for draw in range(draws):
            yield place, draw, options


def _advice(game: Game, error: Exception) -> str:
    """The line to write after an error, if the likely mistake is known."""
    players = len(actions_of(game))
    if isinstance(error, IndexError):
        more = "" if game.fellow else "; with `fellow = True` one more, a bee of one's own player"
        return (
            f"; options has {players} items, the option of each player{more}; options[p] is below "
            f"n_actions[p], and n_actions is {actions_of(game)}"
        )
    if "does not support item assignment" in str(error):
        return "; options is not written to: copy it to variables"
    return ""


_number = must_return(
    "a payoff, a number", (types.Float, types.Integer, types.IntegerLiteral, types.Boolean)
)
_integers, _reals, _integer = types.int64[::1], types.float64[::1], types.int64
_SIGNATURE = types.int64(
    *(_integers, _reals, _integer, _integers, _integers, _integer, types.uint64[::1], _reals)
)


def _loop(payoff: Any, build: Any) -> Any:
    """The payoffs of some combinations of options, one after the other."""

    def loop(integers, reals, player, axes, cells, draws, state, paid):  # type: ignore[no-untyped-def]
        game = build(integers, reals)
        rng = stream_on(state, 0)
        chosen = np.zeros(axes.size, np.int64)
        options = read_only_integers(pointer(chosen, 0), axes.size)
        for place in range(cells.size):
            rest = cells[place]
            for axis in range(axes.size - 1, -1, -1):
                chosen[axis] = rest % axes[axis]
                rest //= axes[axis]
            for draw in range(draws):
                value = _number(payoff(game, player, options, rng))
                paid[place * draws + draw] = np.float64(value)
        return 0

    return loop
