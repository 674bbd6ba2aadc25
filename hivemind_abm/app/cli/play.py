"""`hivemind play`: hives, learners and replicators that play a game.

Knows: which options become which arguments of a game's model, and what is printed about it.
Does not know: how a game is played, compared or drawn.
"""

import argparse
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hivemind_abm import checks
from hivemind_abm.app.cli.command import Command
from hivemind_abm.app.cli.games import print_equilibria, print_games
from hivemind_abm.app.cli.options import (
    add_neighbourhood_size,
    add_seed,
    add_steps,
    add_updating,
    refuse_parameters,
    shares,
    truth_or_share,
)
from hivemind_abm.app.cli.text import described, listed
from hivemind_abm.registry import parse_value

if TYPE_CHECKING:
    import pandas as pd

    from hivemind_abm.engine.seeds import RunSeed
    from hivemind_abm.games.game import Game
    from hivemind_abm.games.seating import PlayerSettings
    from hivemind_abm.games.settings import GameSettings

__all__ = ["PLAY"]

_RUNS_OF_A_COMPARISON = 200
_PICTURES = (".png", ".pdf", ".svg")
_SEVERAL = " + "  # between the rules of one player
_PAYOFF = "mean payoff"  # what it is called in the table of many runs


def _add_options(parser: argparse.ArgumentParser) -> None:
    from hivemind_abm.games.names import GAME_DYNAMICS, GAME_LEARNERS, GAME_RULES, GAMES
    from hivemind_abm.hives.names import RULES
    from hivemind_abm.learners.names import LEARNERS
    from hivemind_abm.theory.dynamics import ALL_DYNAMICS

    parser.add_argument("game", nargs="?", help=f"{listed(GAMES)} or a .py file")
    parser.add_argument(
        "players",
        nargs="*",
        metavar="PLAYER",
        help=f"one for each player of the game: a rule ({listed([*RULES, *GAME_RULES])}), several "
        f'rules ("0.9 wvoter + 0.1 success"), a learner ({listed([*LEARNERS, *GAME_LEARNERS])}), '
        f"a dynamic ({listed([*ALL_DYNAMICS, *GAME_DYNAMICS])}) or a .py file",
    )
    parser.add_argument("--list", action="store_true", help="list the games and exit")
    parser.add_argument(
        "--equilibria",
        action="store_true",
        help="print the Nash equilibria of a game of two players, and whether they are stable",
    )
    _add_model(parser)
    add_steps(parser)
    add_seed(parser)
    parser.add_argument(
        "--runs",
        type=int,
        metavar="R",
        help="runs; several give means and quantiles (default: 1; with --compare 200)",
    )
    parser.add_argument("--out", type=Path, metavar="FILE.csv", help="write the record")
    parser.add_argument(
        "--compare",
        action="store_true",
        help="compare with hives, learners and replicators in the players' places",
    )
    parser.add_argument(
        "--draw",
        type=_picture,
        dest="picture",
        metavar="FILE",
        help="draw the plane of both players' shares, as .png, .pdf or .svg",
    )


def _add_model(parser: argparse.ArgumentParser) -> None:
    """The options that are arguments of a `GameModel`."""
    parser.add_argument(
        "--population-size",
        type=_sizes,
        default=1000,
        metavar="N[,N,...]",
        help="bees of each hive and pulls of each learner, or a number for each player, such as "
        "1000,50 (default: 1000)",
    )
    parser.add_argument(
        "--match",
        default="drawn",
        help="drawn: a bee meets one bee of each other player; mean: it gets the mean payoff "
        "against their shares (default: drawn)",
    )
    parser.add_argument(
        "--neighbourhood",
        default="others",
        help="of all hives: others, groups, everyone or a network (default: others)",
    )
    add_neighbourhood_size(parser)
    add_updating(parser)
    parser.add_argument(
        "--initial-shares",
        type=_starts,
        metavar="X,X,.../X,X,...",
        help="shares of each player at the start, such as 0.7,0.3/0.5,0.5; even where there is "
        "nothing: 0.7,0.3/ (default: all even)",
    )
    parser.add_argument(
        "--stop-if-end",
        nargs="?",
        type=truth_or_share,
        const=True,
        default=False,
        metavar="Q",
        help="stop when all players are in consensus; with a number, at that share of an option",
    )
    parser.add_argument(
        "--interpreted", action="store_true", help="run plain Python instead of machine code"
    )


def _run(options: argparse.Namespace) -> int:
    from hivemind_abm.games.model import GameModel

    if options.list:
        print_games()
        return 0
    if options.game is None:
        raise ValueError("the game is missing; hivemind play --list lists the games")
    refuse_parameters(options, inspect.signature(GameModel).parameters)
    if options.equilibria:
        print_equilibria(options.game, options.parameters)
        if not options.players:
            return 0
    _play(options)
    return 0


def _play(options: argparse.Namespace) -> None:
    """Play the game, and print and write what was asked for."""
    from hivemind_abm.app.figures.plane import check_plane
    from hivemind_abm.engine.seeds import seed_sequence
    from hivemind_abm.files import write_table
    from hivemind_abm.games.model import GameModel

    runs = options.runs or (_RUNS_OF_A_COMPARISON if options.compare else 1)
    checks.whole_number("--steps", options.steps, 0)
    checks.whole_number("--runs", runs if options.runs is None else options.runs)
    seed, arguments = seed_sequence(options.seed, "--seed"), _arguments(options)
    settings = GameModel.settings(**arguments)
    if options.picture is not None:
        check_plane(settings.game)
    print(f"{described(settings.game)}, matches {settings.match}; seed {options.seed}")
    for player in settings.players:
        print(f"  player {player.seat.number}: {_described_player(player)}")
    if runs == 1:
        table = _one_run(arguments, seed, options.steps)
    else:
        table = _many_runs(settings, seed, runs, options)
    if options.compare:
        _print_comparison(options, runs)
    if options.picture is not None:
        _draw(settings, seed, runs, options)
        print(f"written: {options.picture}")
    if options.out is not None:
        print(f"written: {write_table(table, options.out)}")


def _arguments(options: argparse.Namespace) -> dict[str, Any]:
    """The arguments of the model, without its seed."""
    return {
        "game": options.game,
        "players": tuple(map(_player, options.players)),
        "population_size": options.population_size,
        "match": options.match,
        "neighbourhood": options.neighbourhood,
        "neighbourhood_size": options.neighbourhood_size,
        "updating": options.updating,
        "initial_shares": options.initial_shares,
        "stop_if_end": options.stop_if_end,
        "compiled": not options.interpreted,
        **options.parameters,
    }


def _one_run(arguments: dict[str, Any], seed: "RunSeed", steps: int) -> "pd.DataFrame":
    """Play one run and print how it ended; returns its record."""
    from hivemind_abm.games.model import GameModel

    model = GameModel(**arguments, rng=seed)
    for _ in range(steps):
        model.step()
    print(", ".join(f"{part} {mode}" for part, mode in model.mode.items()))
    table = model.table()
    print(f"after {model.steps} steps:")
    for number, player in enumerate(model.players):
        names = [*model.game.option_names(number), "no option"]
        values = [*player.shares, 1.0 - player.shares.sum()][: len(names) - 1 + player.uncommitted]
        words = ", ".join(f"{name} {x:.4g}" for name, x in zip(names, values, strict=False))
        print(f"  player {number}, {player.symbol}: {words}; mean payoff {player.payoff:.4g}")
    ends = table["step"][table["consensus"]]
    print(f"all in consensus from step {ends.iloc[0]} on" if len(ends) else "no consensus of all")
    return table


def _many_runs(
    settings: "GameSettings", seed: "RunSeed", runs: int, options: argparse.Namespace
) -> "pd.DataFrame":
    """Play many runs and print how they ended; returns the statistics per step."""
    from hivemind_abm.studies.ensemble import ensemble

    common: dict[str, Any] = {"runs": runs, "steps": options.steps, "seed": seed}
    common["progress"] = sys.stderr.isatty()
    last = ensemble(settings, {}, keep="last", with_rng=False, **common)
    print(f"{runs} runs, at their ends after at most {options.steps} steps:")
    print(f"  {'':28}{'mean':>8}   {'5-95 %':22}consensus on it")
    for player in settings.players:
        print(f"  player {player.seat.number}, {player.symbol}")
        for name, values in _ends(settings.game, player, last):
            low, high = (f"{values.quantile(q):.4g}" for q in (0.05, 0.95))
            locked = "" if name == _PAYOFF else f"{(values == 1.0).sum()} of {runs} runs"
            print(f"    {name:26}{values.mean():8.4f}   {f'{low} to {high}':22}{locked}".rstrip())
    return last if options.out is None else ensemble(settings, {}, **common)


def _ends(
    game: "Game", player: "PlayerSettings", last: "pd.DataFrame"
) -> Iterator[tuple[str, "pd.Series"]]:
    """What is printed of a player's last rows, by name."""
    number = player.seat.number
    for option, name in enumerate(game.option_names(number)):
        yield name, last[f"p{number}_share_{option}"]
    if f"p{number}_share_none" in last:
        yield "no option", last[f"p{number}_share_none"]
    yield _PAYOFF, last[f"p{number}_payoff"]


def _print_comparison(options: argparse.Namespace, runs: int) -> None:
    from hivemind_abm.studies.players import compare_players

    given = _arguments(options)
    left_out = ("compiled", "stop_if_end")
    comparison = compare_players(
        **{name: value for name, value in given.items() if name not in left_out},
        steps=options.steps,
        runs=runs,
        seed=options.seed,
        progress=sys.stderr.isatty(),
    )
    print(comparison)


def _draw(
    settings: "GameSettings", seed: "RunSeed", runs: int, options: argparse.Namespace
) -> None:
    import matplotlib as mpl

    from hivemind_abm.app.figures.game_cells import paths_beside_replicators
    from hivemind_abm.app.figures.plane import draw_game
    from hivemind_abm.app.figures.style import STYLE, save_figure

    table, dynamics = paths_beside_replicators(
        settings, runs=runs, steps=options.steps, seed=seed, progress=sys.stderr.isatty()
    )
    with mpl.rc_context(STYLE):
        save_figure(
            draw_game(settings.game, table, dynamics, described(settings.game)), [options.picture]
        )


def _described_player(player: "PlayerSettings") -> str:
    """What a player is, in one line."""
    settings: Any = player.settings
    if hasattr(settings, "rules"):
        rules = [
            f"{number} bees with {described(rule)}"
            for rule, number in zip(settings.rules, settings.numbers, strict=True)
        ]
        how = "" if settings.updating == "synchronous" else f", updating {settings.updating}"
        return f"hive of {' and '.join(rules)}, each hears {settings.neighbourhood.size}{how}"
    if hasattr(settings, "learner"):
        return f"learner {described(settings.learner)}"
    return f"dynamic {player.symbol}, delta {settings.delta:g}"


def _player(text: str) -> Any:
    """A player as a `GameModel` takes it: a name or path, or rules with their shares.

    Raises:
        ValueError: "0.9 wvoter + success", a rule without its share.
    """
    if _SEVERAL not in text:
        return text
    rules = []
    for part in text.split(_SEVERAL):
        share, _, rule = part.strip().partition(" ")
        number = parse_value(share)
        if not isinstance(number, int | float) or not rule:
            raise ValueError(
                f'several rules must have their shares, "0.9 wvoter + 0.1 success", not {text!r}'
            )
        rules.append((rule.strip(), number))
    return rules


def _picture(text: str) -> Path:
    """The file of a picture."""
    if Path(text).suffix not in _PICTURES:
        raise argparse.ArgumentTypeError(f"must end with {', '.join(_PICTURES)}, not {text!r}")
    return Path(text)


def _sizes(text: str) -> int | tuple[int, ...]:
    """A number of bees, or one for each player."""
    try:
        sizes = tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"must be a whole number, or one for each player such as 1000,50, not {text!r}"
        ) from None
    return sizes if len(sizes) > 1 else sizes[0]


def _starts(text: str) -> tuple[Any, ...]:
    """The shares of each player; None where there is nothing between the slashes."""
    return tuple(shares(part) if part.strip() else None for part in text.split("/"))


PLAY = Command(
    name="play",
    summary="hives, learners and replicators that play a game against each other",
    example='hivemind play "matching pennies" success P-MCL --runs 20',
    add_options=_add_options,
    run=_run,
    takes_parameters=True,
    note="Any other option is a field of the game, a rule, a learner or a dynamic: --hare 0.7\n"
    "--number-of-votes 3 --delta 0.1.  The game and its players stand first.",
)
