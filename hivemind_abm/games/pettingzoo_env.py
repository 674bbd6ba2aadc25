"""The PettingZoo environments of this package, by one function.

Knows: which environment the arguments ask for.  Does not know: what happens in it.
"""

from typing import Any

from hivemind_abm.games.pettingzoo_bees import BeesEnv
from hivemind_abm.games.pettingzoo_outside import OutsideEnv
from hivemind_abm.games.pettingzoo_players import PlayersEnv

__all__ = ["parallel_env"]


def parallel_env(*arguments: Any, game: Any = None, **keywords: Any) -> OutsideEnv:
    """Outside agents that are bees of a hive, or with `game` whole players of a game.

    Args:
        arguments: Without `game`, the first arguments of `BeesEnv`: n_agents, rule, bandit,
            population_size.
        game: A game, as for `GameModel`; None for a hive.
        keywords: Further arguments of `BeesEnv`, or with `game` of `PlayersEnv`.

    Returns:
        A `BeesEnv` or a `PlayersEnv`, which are `pettingzoo.ParallelEnv`.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.

    Example:
        >>> from hivemind_abm.games.pettingzoo_env import parallel_env
        >>> env = parallel_env(2, "wvoter", "near one", n_action=3, gap=0.0)
        >>> observations, infos = env.reset(seed=1)
        >>> env.step({"bee_0": 2, "bee_1": 0})[1]
        {'bee_0': 0.9, 'bee_1': 0.6}
        >>> players = ("outside", "wvoter")
        >>> env = parallel_env(game="stag hunt", players=players, population_size=(1, 1000))
        >>> observations, infos = env.reset(seed=1)
        >>> env.step({"player_0": 1})[1]
        {'player_0': 0.6}
    """
    if game is None:
        return BeesEnv(*arguments, **keywords)
    if arguments:
        raise TypeError(f"with a game, all arguments need a name: {arguments!r} have none")
    return PlayersEnv(game, **keywords)
