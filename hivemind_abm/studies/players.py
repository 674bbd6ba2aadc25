"""Hives and learners that play a game, beside the same game with other forms of the players.

Knows: what is compared with what, and what the comparison shows.  Does not know: which forms a
player has (`line_ups`), or how a distance is measured (`distance`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from hivemind_abm import checks
from hivemind_abm.games.model import GameModel
from hivemind_abm.games.seats import DRAWN
from hivemind_abm.games.settings import GameSettings
from hivemind_abm.hives.updating import SYNCHRONOUS
from hivemind_abm.results import Result
from hivemind_abm.studies.comparison import Pair
from hivemind_abm.studies.distance import Distance, distance
from hivemind_abm.studies.line_ups import LineUp, forms_of, line_ups_of

__all__ = ["PlayerComparison", "PlayerPairs", "compare_players"]

_OF_HIVES = ("neighbourhood", "neighbourhood_size", "updating")
_WORDS = {
    "equal within error": "as {}, within error",
    "equal within error but for finite size": "as {}, within error but for finite size",
    "too few runs to tell": "too few runs to tell whether it is as {}",
    "not equal": "not as {}",
}
_NOISE = (
    "a hive, its learner and their replicator have the same expected step but not the same noise, "
    "and the first pulls of a learner are drawn too; some games amplify that from step to step, so "
    "that more bees or fewer steps show the common mean"
)


def compare_players(
    game: Any = "matching pennies",
    players: Sequence[Any] = ("success", "P-CL"),
    *,
    population_size: int | Sequence[int] = 1000,
    match: str = DRAWN,
    neighbourhood: Any = "others",
    neighbourhood_size: int | str | None = None,
    updating: str | float = SYNCHRONOUS,
    initial_shares: Any = None,
    steps: int = 50,
    runs: int = 200,
    seed: Any = 1,
    progress: bool = False,
    **parameters: Any,
) -> "PlayerComparison":
    """Compare the players of a game with other forms of them: hives, learners and replicators.

    It says whether a hive against a learner is the same as a learner against a learner, or two
    hives.  The given players play, and beside them the same game is played with each hive as its
    natural learner and each learner as its hive, by learners only, by hives only, and by
    replicators only.  Hives, which have as many bees as their learners have pulls, and learners are
    run at half their size too, to separate the effect of finite size.

    Args:
        game: As for `GameModel`.
        players: As for `GameModel`.
        population_size: As for `GameModel`.
        match: As for `GameModel`.
        neighbourhood: As for `GameModel`, also for hives that take the place of learners.
        neighbourhood_size: As for `neighbourhood`.
        updating: As for `GameModel`; a hive has a learner where all bees decide together.
        initial_shares: As for `GameModel`.
        steps: At least 1.
        runs: Of each line-up with chance in it, at least 2.
        seed: The one number that names the comparison; each line-up gets its own seeds from it.
        progress: Show a progress bar.
        **parameters: Fields of the game and the players, as for `GameModel`.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed; also if no player
            has another form.

    Example:
        `print(compare_players("matching pennies", ("success", "P-CL"), steps=20))`
    """
    checks.whole_number("steps", steps)
    checks.whole_number("runs", runs, least=2)
    of_hives = dict(zip(_OF_HIVES, (neighbourhood, neighbourhood_size, updating), strict=True))
    given = {"population_size": population_size, "match": match, "initial_shares": initial_shares}
    settings = GameModel.settings(game=game, players=players, **given, **of_hives, **parameters)
    line_ups, notes = _line_ups(settings, players, of_hives)
    return _compared(line_ups, notes, steps, runs, seed, progress)


@dataclass(frozen=True, repr=False)
class PlayerComparison(Result):
    """The result of `compare_players`.

    The expected step of a hive of R_success is that of P-CL, but its noise is not.  For two options
    that always pay r, the variance of a share x is x (1 - x) / N times r (2 - r) in a hive, and r^2
    in a learner.  A hive of R_wvoter that hears everyone, itself included, and P-MCL are the same
    process while some payoff is above 0, but for the first draw: the shares of a hive are those of
    its bees, the shares of a learner are the policy from which its pulls are drawn next.  A
    replicator makes steps of `delta` = `Learner.rate`, for a hive 1 or the chance that a bee
    decides.

    Attributes:
        game: The game, an instance.
        curves: One row per line-up and step: players (its name), step, runs, and of all measures of
            the game the mean, std, q05, q50 and q95; consensus_mean.
        pairs: The distances of the given players to each other line-up.
        line_ups: What the players of each line-up are, by its name; the given players first.
        notes: Which forms of players are left out, and why.
    """

    game: Any
    curves: pd.DataFrame
    pairs: list["PlayerPairs"]
    line_ups: dict[str, tuple[str, ...]]
    notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The first words of its repr, str and HTML."""
        return f"PlayerComparison of {type(self.game).__name__}"

    @property
    def distances(self) -> pd.DataFrame:
        """The distances as a table, one row per line-up and player, and one for all together."""
        return pd.DataFrame([row for pairs in self.pairs for row in pairs.rows()])

    def table(self) -> pd.DataFrame:
        """The curves, one row per line-up and step."""
        return self.curves

    def summary(self) -> dict[str, Any]:
        """The line-ups, and the verdict on each but the given one by its name."""
        verdicts = {pairs.together.second: pairs.together.verdict for pairs in self.pairs}
        return {"line-ups": tuple(self.line_ups)} | verdicts

    def __str__(self) -> str:
        """The players, the notes, and the verdict and the distances of each line-up in a line."""
        players = dict.fromkeys(each for line_up in self.line_ups.values() for each in line_up)
        lines = [self.title, *(f"  {each}" for each in players)]
        lines += [f"  ({note})" for note in self.notes]
        lines += [f"  {pairs}" for pairs in self.pairs]
        if any(pairs.together.verdict == "not equal" for pairs in self.pairs):
            lines.append(f"  ({_NOISE})")
        return "\n".join(lines)


@dataclass(frozen=True, repr=False)
class PlayerPairs(Result):
    """How far a line-up is from the given one.

    Attributes:
        together: All shares of all players; its verdict counts.
        players: The shares of each player.
    """

    together: Pair
    players: tuple[Pair, ...]

    def table(self) -> pd.DataFrame:
        """One row per measure and step; see `Pair.table`."""
        return self.together.table()

    def summary(self) -> dict[str, Any]:
        """The two line-ups, their distance with its error, and the verdict."""
        return self.together.summary()

    def rows(self) -> list[dict[str, Any]]:
        """The distances, one dict for each player and one for all together."""
        players = [*map(str, range(len(self.players)))]
        pairs = zip(["all", *players], [self.together, *self.players], strict=True)
        return [{"player": player, **pair.summary()} for player, pair in pairs]

    def __str__(self) -> str:
        """The verdict and the distances in a line."""
        words = _WORDS[self.together.verdict].format(self.together.second)
        shown = [f"player {p}: {_numbers(pair.as_is)}" for p, pair in enumerate(self.players)]
        limit = self.together.limit
        if limit is not None and not self.together.as_is.equal:
            shown.append(f"without 1/N shift: {_numbers(limit)}")
        return f"{self.together.first}: {words} ({'; '.join(shown)})"


def _numbers(value: Distance) -> str:
    return f"distance {value.rms:.4f}, chance allows {value.allowed * value.rms_error:.4f}"


def _line_ups(
    settings: GameSettings, players: Sequence[Any], of_hives: Mapping[str, Any]
) -> tuple[list[LineUp], tuple[str, ...]]:
    """The line-ups, checked, the given one first; and the notes on what is left out."""
    notes: list[str] = []
    kinds, forms = [], []
    for player, written in zip(settings.players, players, strict=True):
        own = written if isinstance(written, Mapping) else {}
        hears = dict(of_hives) | {name: own[name] for name in _OF_HIVES if name in own}
        kind, of_player = forms_of(player, hears, notes)
        kinds.append(kind)
        forms.append(of_player)
    line_ups = line_ups_of(forms, kinds, settings.game, settings.match)
    _check(line_ups, notes)
    return line_ups, tuple(notes)


def _check(line_ups: Sequence[LineUp], notes: Sequence[str]) -> None:
    if len(line_ups) == 1:
        reasons = "; ".join(notes) or "all players are replicators"
        raise ValueError(f"there is nothing to compare with: {reasons}")
    names = [line_up.name for line_up in line_ups]
    if len(set(names)) < len(names):
        raise ValueError(f"the line-ups must have different names, not {'; '.join(names)}")
    for line_up in line_ups:
        for half in (False, True) if line_up.has_half else (False,):
            GameModel.settings(**line_up.arguments(half))


@dataclass(frozen=True)
class _Run:
    """A line-up with the summary of its runs, and that of its half where it has one."""

    line_up: LineUp
    table: pd.DataFrame
    half: pd.DataFrame | None

    @property
    def has_limit(self) -> bool:
        """Whether its mean for many bees is known."""
        return self.line_up.exact or self.half is not None


def _compared(
    line_ups: Sequence[LineUp],
    notes: tuple[str, ...],
    steps: int,
    runs: int,
    seed: Any,
    progress: bool,
) -> PlayerComparison:
    done = []
    for line_up in line_ups:
        table = line_up.run(steps, runs, seed, progress=progress)
        half = None
        if line_up.has_half:
            half = line_up.run(steps, runs, seed, half=True, progress=progress)
        done.append(_Run(line_up, table, half))
    curves = pd.concat([run.table.assign(players=run.line_up.name) for run in done])
    columns = ["players", *(name for name in curves if name != "players")]
    described = {
        run.line_up.name: tuple(
            f"{each.symbol}: {each.description}" for each in run.line_up.players
        )
        for run in done
    }
    pairs = [_pairs(done[0], other) for other in done[1:]]
    curves = curves[columns].reset_index(drop=True)
    return PlayerComparison(done[0].line_up.game, curves, pairs, described, notes)


def _pairs(first: _Run, second: _Run) -> PlayerPairs:
    measures = [
        [f"p{player}_share_{option}" for option in range(k)]
        for player, k in enumerate(first.line_up.game.n_actions)
    ]
    players = tuple(_pair(first, second, of_player) for of_player in measures)
    together = [name for of_player in measures for name in of_player]
    return PlayerPairs(_pair(first, second, together), players)


def _pair(first: _Run, second: _Run, measures: Sequence[str]) -> Pair:
    limit = None
    if first.has_limit and second.has_limit:
        halved = first.half, second.half
        limit = distance(first.table, second.table, measures, halved=halved)
    as_is = distance(first.table, second.table, measures)
    return Pair(first.line_up.name, second.line_up.name, as_is, limit)
