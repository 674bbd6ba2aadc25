"""What a rule or learner that looks across a game must keep.

Knows: the small games in which it plays, and how two runs of a game are compared.  Does not know:
any particular rule or learner, or what those that do not look across must keep.
"""

from typing import Any

import numpy as np

from hivemind_abm.contract.running import check_signature, quiet
from hivemind_abm.games.looking import GameLearner, GameRule
from hivemind_abm.games.matrix import MatrixGame
from hivemind_abm.games.model import GameModel

__all__ = ["check_across"]

_STEPS = 10
_BEES = 9
_RULE = ["self", "bee", "neighbours", "rivals", "game", "rng"]
_LEARNER = ["self", "policy", "pulls", "rivals", "game", "memory", "rng"]
_UPDATINGS = ("synchronous", "asynchronous")


def check_across(part: GameRule | GameLearner) -> list[str]:
    """Check a rule or learner that looks across a game.

    It plays two small games against a hive, in either place, compiled and interpreted; a rule also
    with bees that decide one at a time.

    Args:
        part: A `GameRule` or `GameLearner`, an instance.

    Returns:
        The results, one line each.  Some are remarks, not faults.

    Raises:
        ValueError, TypeError: It breaks the contract; the message names the likely mistake.
    """
    name, is_rule = type(part).__name__, isinstance(part, GameRule)
    method, arguments = ("decide", _RULE) if is_rule else ("update", _LEARNER)
    check_signature(part, GameRule if is_rule else GameLearner, method, arguments)
    modes = set()
    for game in _games():
        for place in (0, 1):
            for updating in _UPDATINGS if is_rule else _UPDATINGS[:1]:
                modes.add(_check_play(part, game, place, updating))
    results = [
        f"{name} is a frozen dataclass with {method}({', '.join(arguments)})",
        f"plays games of 2 and 3 options against a hive, in either place, {_STEPS} steps each",
        "same seed, same numbers: it draws from rng only",
    ]
    if modes == {True}:
        return [*results, "compiled and interpreted, same seed: the same numbers"]
    return [*results, "remark: it cannot be compiled, so it runs interpreted"]


def _games() -> list[MatrixGame]:
    payoffs = np.linspace(0.05, 0.95, 18).reshape(2, 3, 3)[:, ::-1]
    return [
        MatrixGame(payoffs=(tuple(map(tuple, mine)), tuple(map(tuple, theirs))))
        for mine, theirs in (payoffs, payoffs[:, :2, :2])
    ]


def _check_play(part: Any, game: MatrixGame, place: int, updating: str) -> bool:
    """Play a game twice in plain Python and once compiled.

    Returns:
        Whether it could be compiled.

    Raises:
        ValueError: The runs differ.
    """
    players = [part, "success"] if place == 0 else ["success", part]
    tables, compiled = [], False
    for wanted in (False, False, True):
        with quiet():
            model = GameModel(
                game, players, population_size=_BEES, updating=updating, compiled=wanted, rng=7
            )
            model.run_for(_STEPS)
        tables.append(model.table().to_numpy(float))
        compiled = set(model.mode.values()) == {"compiled"}
    name = type(part).__name__
    for other, what in (
        (tables[1], "gives other numbers for the same seed; draw from rng only"),
        (tables[2], "gives other numbers compiled than interpreted"),
    ):
        if not np.array_equal(tables[0], other):
            raise ValueError(f"{name} as player {place} of a game, updating {updating}: {what}")
    return compiled
