"""What any game must keep.

Knows: the promises that `GameModel`, `ensemble` and the theory of games rely on.  Does not know:
any particular game, or how its payoffs are drawn and compared (`payoffs`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from hivemind_abm import checks
from hivemind_abm.contract.payoffs import (
    MOST_CHECKED,
    check_payoffs,
    compiled_payoffs,
    mean_and_error,
    sampled_means,
)
from hivemind_abm.contract.running import check_signature, instance_of, quiet
from hivemind_abm.engine.seeds import run_seeds
from hivemind_abm.games.draws import Draws
from hivemind_abm.games.game import Game, actions_of
from hivemind_abm.games.matches import MOST_PLAYERS
from hivemind_abm.games.model import GameModel
from hivemind_abm.games.names import find_game
from hivemind_abm.games.seats import MATCHES
from hivemind_abm.hives.rules import ImitationOfSuccess

__all__ = ["check_game"]

_STEPS = 4
_BEES = 20
_RANDOM_SHARES = 3
_SHOWN_OPTIONS = 6  # so many names of options are printed at most


def check_game(game: Any) -> list[str]:
    """Check that a game keeps the contract of games.

    The payoff of each player in each combination of options is drawn many times, in plain Python
    and compiled.  Where the game says mean or expected payoffs itself, they are compared with what
    was drawn.  Then hives play it, with drawn matches and with mean payoffs.

    Args:
        game: A game, its class, its short name or a file's path.

    Returns:
        The results, one line each.  Some are remarks, not faults.

    Raises:
        ValueError, TypeError: The game breaks the contract; the message names the likely mistake.
    """
    instance = instance_of(replace(find_game(game), check=None), "game")
    name = type(instance).__name__
    actions = _check_class(instance)
    results = [
        f"{name} is a frozen dataclass with n_actions = {actions} and "
        "payoff(self, player, options, rng)",
        _check_option_names(instance, actions),
    ]
    places, calls = check_payoffs(instance)
    results += [
        f"payoffs lie in [0, 1]: {places} combinations of options, {calls} matches",
        "same seed, same numbers: it draws from rng only, and keeps nothing between matches",
    ]
    reason = compiled_payoffs(instance)
    means = sampled_means(instance)
    results += [
        _of_noise(instance, means),
        _check_expected(instance, means),
        _check_matches(instance),
    ]
    if reason is None:
        return [*results, "compiled: the same numbers as interpreted, bit for bit"]
    return [*results, f"remark: runs interpreted, not compiled: {reason}"]


def _check_class(game: Game) -> tuple[int, ...]:
    """The numbers of options, once the methods and attributes have been checked.

    Raises:
        ValueError, TypeError: One of them is wrong.
    """
    name = type(game).__name__
    check_signature(game, Game, "payoff", ["self", "player", "options", "rng"])
    check_signature(game, Game, "expected", ["self", "player", "shares"], needed=False)
    check_signature(game, Game, "mean_payoffs", ["self", "player"], needed=False)
    check_signature(game, Game, "option_names", ["self", "player"], needed=False)
    if not isinstance(game.fellow, bool):
        raise TypeError(
            f"{name}.fellow must be True or False, not {game.fellow!r}: write `fellow = True` in "
            "the class if a match also has a bee of one's own player"
        )
    checks.whole_number(f"{name}.estimate_draws", game.estimate_draws, 2)
    actions = actions_of(game)
    if len(actions) > MOST_PLAYERS:
        raise ValueError(
            f"{name}.n_actions must be those of at most {MOST_PLAYERS} players, not {len(actions)}"
        )
    return actions


def _check_option_names(game: Game, actions: Sequence[int]) -> str:
    """The options of each player, as a line of the results.

    Raises:
        ValueError, TypeError: The names do not fit `n_actions`, or are no texts.
    """
    shown = []
    for player, k in enumerate(actions):
        what = f"{type(game).__name__}.option_names({player})"
        names = game.option_names(player)
        if not isinstance(names, Sequence) or isinstance(names, str):
            raise TypeError(f"{what} must be a tuple of {k} names, not {names!r}")
        if len(names) != k:
            raise ValueError(
                f"{what} must be {k} names, one for each option in n_actions = {tuple(actions)}, "
                f"not {names!r}"
            )
        if not all(isinstance(each, str) for each in names) or len(set(names)) < k:
            raise ValueError(f"{what} must be {k} different texts, not {names!r}")
        more = ", ..." if k > _SHOWN_OPTIONS else ""
        shown.append(", ".join(names[:_SHOWN_OPTIONS]) + more)
    if len(set(shown)) == 1:
        return f"each of {len(shown)} players chooses among {shown[0]}"
    return "; ".join(f"player {player} chooses among {text}" for player, text in enumerate(shown))


def _of_noise(game: Game, means: Sequence[Draws] | None) -> str:
    """Whether the payoffs are noisy, and how their means are known, as a line of the results.

    Raises:
        ValueError: `mean_payoffs` are not the means of what was drawn.
    """
    if means is None:
        return f"remark: over {MOST_CHECKED:,} combinations of options; their means are not checked"
    if not any(each.noisy for each in means):
        return "payoffs have no noise"
    name = type(game).__name__
    for player, drawn in enumerate(means):
        said = game.mean_payoffs(player)
        if said is None:
            return "payoffs are noisy; write mean_payoffs(self, player) where their means are known"
        said = np.asarray(said, float)
        if said.shape != drawn.means.shape:
            raise ValueError(
                f"{name}.mean_payoffs({player}) must have the shape {drawn.means.shape}, "
                f"not {said.shape}"
            )
        wrong = np.abs(said - drawn.means) > mean_and_error(drawn)
        if wrong.any():
            at = tuple(int(place) for place in np.argwhere(wrong)[0])
            raise ValueError(
                f"{name}.mean_payoffs({player}) says {said[at]:.6g} for options {at}, the mean of "
                f"many payoffs is {drawn.means[at]:.6g}; index it with the options of all players "
                "in their order, player 0 first"
            )
    return "payoffs are noisy; mean_payoffs is the mean of many, within 5 standard errors"


def _check_expected(game: Game, means: Sequence[Draws] | None) -> str:
    """How expected payoffs are known, as a line of the results.

    Raises:
        ValueError: `expected` is not the mean of what was drawn.
    """
    if type(game).expected is Game.expected:
        return "expected payoffs are sums over all combinations of options"
    actions, name = actions_of(game), type(game).__name__
    for player, k in enumerate(actions):
        for label, shares in _shares(actions):
            said = np.asarray(game.expected(player, [each.copy() for each in shares]), float)
            if said.shape != (k,) or not np.isfinite(said).all():
                raise ValueError(
                    f"{name}.expected({player}, shares) must be {k} finite numbers, one for each "
                    f"option of player {player}, not {said!r}"
                )
            if means is None:
                continue
            mean, error = _contracted(means[player], player, shares, game.fellow)
            wrong = np.flatnonzero(np.abs(said - mean) > error)
            if wrong.size:
                option = int(wrong[0])
                raise ValueError(
                    f"{name}.expected({player}, shares), {label}, says {said[option]:.6g} for "
                    f"option {option}, the mean of its payoffs is {mean[option]:.6g} (allowed: "
                    f"{error[option]:.2g}); shares[p] are those of player p, and the result is "
                    f"for the options of player {player} whatever shares[{player}] are"
                    f"{', but for the fellow' if game.fellow else ''}"
                )
    return "expected is the mean of the payoffs, within 5 standard errors where they are noisy"


def _shares(actions: Sequence[int]) -> Iterator[tuple[str, list[np.ndarray]]]:
    yield "at even shares", [np.full(k, 1.0 / k) for k in actions]
    yield "with all on the last option", [np.eye(k)[k - 1] for k in actions]
    rng = np.random.default_rng(0)
    for _ in range(_RANDOM_SHARES):
        yield "at uneven shares", [rng.dirichlet(np.ones(k)) for k in actions]


def _contracted(
    drawn: Draws, player: int, shares: Sequence[np.ndarray], fellow: bool
) -> tuple[np.ndarray, np.ndarray]:
    """The mean payoff of each option of a player against shares, and how far it may be off."""
    axes = [*shares, shares[player]] if fellow else [*shares]
    axes[player] = np.ones(len(shares[player]))
    weights = np.ones(())
    for each in axes:
        weights = np.multiply.outer(weights, each)
    others = tuple(axis for axis in range(len(axes)) if axis != player)
    mean = (weights * drawn.means).sum(axis=others)
    error = np.sqrt((weights**2 * mean_and_error(drawn) ** 2).sum(axis=others))
    return mean, error


def _check_matches(game: Game) -> str:
    """Whether hives that play the game get the same numbers both ways, as a line of the results.

    Raises:
        ValueError, TypeError: They do not, or a method failed.
    """
    name = type(game).__name__
    for match in MATCHES:
        rows = _rows_of(game, match, False)
        if not np.array_equal(rows, _rows_of(game, match, True)):
            raise ValueError(
                f'{name}: hives that play it with match="{match}" get other numbers compiled than '
                "interpreted; likely causes: a whole number beyond 64 bits, or a global variable "
                "that changes"
            )
    return f"hives play it, {_STEPS} steps with drawn matches and {_STEPS} with mean payoffs"


def _rows_of(game: Game, match: str, compiled: bool) -> np.ndarray:
    """The rows of hives that imitate success, shape (steps + 1, R, columns)."""
    actions = actions_of(game)
    with quiet():
        settings = _named(
            game,
            lambda: GameModel.settings(
                game=game,
                players=(ImitationOfSuccess(),) * len(actions),
                population_size=max(_BEES, *actions),
                match=match,
                compiled=compiled,
            ),
        )
        batch = settings.batch(run_seeds(3, 2))
        rows = [batch.rows.values.copy()]
        for _ in range(_STEPS):
            _named(game, batch.step)
            rows.append(batch.rows.values.copy())
    return np.stack(rows)


def _named(game: Game, run: Callable[[], Any]) -> Any:
    """What it returns; any error of it names the game."""
    try:
        return run()
    except Exception as error:
        kind = type(error) if isinstance(error, TypeError) else ValueError
        raise kind(f"{type(game).__name__}, played by hives: {error}") from error
