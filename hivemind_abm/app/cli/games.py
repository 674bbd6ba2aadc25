"""What `hivemind play` prints about games before anyone plays: their fields and equilibria.

Knows: how a game and its Nash equilibria read in a few lines.  Does not know: who plays, or how
equilibria are found.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from hivemind_abm.app.cli.text import described
from hivemind_abm.registry import written_value

__all__ = ["print_equilibria", "print_games"]

_DECIMALS = 9  # of rates


def print_games() -> None:
    """Print all games with their players, options and fields."""
    from hivemind_abm.games.names import GAMES

    for name, (cls, fixed) in GAMES.items():
        game = cls(**fixed)
        options = [", ".join(game.option_names(player)) for player in range(game.players)]
        each = "each" if len(set(options)) == 1 else "player by player"
        print(f"{name}: {(cls.__doc__ or '').splitlines()[0]}")
        print(f"  {game.players} players, {each}: {' / '.join(dict.fromkeys(options))}")
        fields = [
            f"--{field.name.replace('_', '-')} {_typed(getattr(game, field.name))}"
            for field in dataclasses.fields(game)  # type: ignore[arg-type]
            if field.init and field.name not in fixed
        ]
        print(f"  {' '.join(fields)}")


def _typed(value: Any) -> str:
    """A field's value as it is typed."""
    text = written_value(value)
    return f'"{text}"' if " " in text else text


def print_equilibria(name: str, parameters: Mapping[str, Any]) -> None:
    """Print the Nash equilibria of a game, and whether replicators stay there.

    Args:
        name: The game, as for `find_game`.
        parameters: Fields of the game, by name.

    Raises:
        ValueError, TypeError: As for `nash_equilibria`; a parameter that is no field of the game.
    """
    from hivemind_abm.games.equilibria import nash_equilibria
    from hivemind_abm.games.names import find_game
    from hivemind_abm.registry import build_parts

    (game,) = build_parts([find_game(name)], parameters, [])
    result = nash_equilibria(game)
    summary = result.summary()
    print(f"{described(game)}: {summary['equilibria']}; degenerate: {summary['degenerate']}")
    for each in result.equilibria:
        mixtures = [_mixture(game.option_names(player), x) for player, x in enumerate(each.shares)]
        paid = ", ".join(f"{payoff:.4g}" for payoff in each.payoffs)
        print(f"  {' / '.join(mixtures)}; payoffs {paid}")
        for dynamic, one in each.stability.items():
            if one is None:
                print(f"    {dynamic}: not defined, a mean payoff is 0")
                continue
            print(
                f"    {dynamic}: {one.kind} (rate {_rounded(one.rates[0].real)}), in whole steps "
                f"{one.kind_of_steps} (factor {_rounded(one.modulus)})"
            )


def _mixture(names: Sequence[str], x: Sequence[float]) -> str:
    """The options in use, with their shares where there are several."""
    used = [(name, share) for name, share in zip(names, x, strict=True) if share > 0.0]
    if len(used) == 1:
        return used[0][0]
    return " + ".join(f"{share:.4g} {name}" for name, share in used)


def _rounded(number: float) -> str:
    """A number without rounding errors around 0."""
    return f"{round(number, _DECIMALS) + 0.0:.4g}"
