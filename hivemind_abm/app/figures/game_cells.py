"""The paths of a game's players, as the cells of a figure lay them out and as planes show them.

Knows: the tables of one run and of the mean over many, and of coupled replicators in continuous
time.  Does not know: how a path is drawn (`plane`), or other kinds of cells (`cells`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from hivemind_abm.engine.seeds import RunSeed
from hivemind_abm.games.coupled import CoupledReplicators
from hivemind_abm.games.model import GameModel
from hivemind_abm.games.seating import PlayerSettings
from hivemind_abm.games.settings import GameSettings
from hivemind_abm.hives.settings import HiveSettings
from hivemind_abm.learners.model import LearnerSettings
from hivemind_abm.studies.ensemble import ensemble
from hivemind_abm.theory.dynamics import DYNAMICS

__all__ = [
    "AND",
    "CONTINUOUS_MODEL",
    "GAME_MODEL",
    "MEAN",
    "RUN",
    "continuous_path",
    "joined",
    "paths_beside_replicators",
    "played_paths",
]

GAME_MODEL, CONTINUOUS_MODEL = "GameModel", "CoupledReplicators"  # what a cell calls them
RUN, MEAN = "run", "mean"  # the kinds of rows
AND = " and "  # between the symbols of players
_DECIMALS = 9  # of times
_POINTS = 1000  # of a smooth path


def played_paths(
    model: GameSettings | Mapping[str, Any],
    *,
    runs: int,
    steps: int,
    seed: RunSeed,
    record_every: int | None = None,
    rate: float = 1.0,
    progress: bool = False,
) -> pd.DataFrame:
    """The shares of all players: those of the first run, and their means over all runs.

    Args:
        model: The checked settings of a `GameModel`, or its arguments.
        runs: How many; without chance in the model there is one.
        steps: Steps per run.
        seed: Names the runs.
        record_every: As for `ensemble`; None for at most 1,000 rows.
        rate: The time that a step takes.
        progress: Show a progress bar.

    Returns:
        Columns kind ("run"; "mean" only where there are several runs), step, time, runs,
        p0_share_0, p0_share_1, ..., p1_share_0 and so on.
    """
    settings = model if isinstance(model, GameSettings) else GameModel.settings(**model)
    runs = 1 if settings.deterministic else runs
    names = [
        f"p{player}_share_{option}"
        for player, options in enumerate(settings.n_action)
        for option in range(options)
    ]
    common: dict[str, Any] = {"steps": steps, "seed": seed, "record_every": record_every}
    rows = ensemble(settings, {}, runs=1, keep="rows", with_rng=False, **common)
    tables = [rows[names].assign(kind=RUN, step=rows["Step"].astype(int), runs=1)]
    if runs > 1:
        summary = ensemble(settings, {}, runs=runs, measures=names, progress=progress, **common)
        means = {name: summary[f"{name}_mean"] for name in names}
        tables.append(summary[["step", "runs"]].assign(kind=MEAN, **means))
    table = pd.concat(tables, ignore_index=True)
    table["time"] = np.round(table["step"] * rate, _DECIMALS)
    return table[["kind", "step", "time", "runs", *names]]


def paths_beside_replicators(
    settings: GameSettings, *, runs: int, steps: int, seed: RunSeed, progress: bool = False
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The paths of the players, and from the same start those of replicators in continuous time.

    Args:
        settings: The checked settings of the game.
        runs: As for `played_paths`.
        steps: As for `played_paths`.
        seed: As for `played_paths`.
        progress: As for `played_paths`.

    Returns:
        The columns of `played_paths` and curve, which names the players, then the replicators.
        Replicators are left out where a player follows neither TRD nor MRD, where steps of the
        players take different times, and where bees hold no option.  And the dynamic of each
        player, TRD where it follows neither.
    """
    played = played_paths(settings, runs=runs, steps=steps, seed=seed, progress=progress)
    tables = [played.assign(curve=joined([player.symbol for player in settings.players]))]
    dynamics = list(map(_dynamic, settings.players))
    followed = tuple(dynamic for dynamic in dynamics if dynamic is not None)
    rates = set(map(_rate, settings.players))
    first = played.iloc[0]
    start = [
        np.array([first[f"p{player}_share_{option}"] for option in range(options)], float)
        for player, options in enumerate(settings.n_action)
    ]
    held = all(np.isclose(each.sum(), 1.0) for each in start)
    if len(followed) == len(dynamics) and len(rates) == 1 and held:
        (rate,) = rates
        smooth = continuous_path(
            settings.game, followed, start, steps=_POINTS, rate=rate * max(steps, 1) / _POINTS
        )
        curve = f"{joined(followed)}, continuous"
        tables.append(smooth.assign(curve=curve, time=smooth["time"] / rate))
    known = tuple(dynamic or "TRD" for dynamic in dynamics)
    return pd.concat(tables, ignore_index=True), known


def continuous_path(
    game: Any, dynamics: Any, initial_shares: Any, *, steps: int, rate: float = 1.0
) -> pd.DataFrame:
    """The solution of coupled replicators in continuous time, with the columns of `played_paths`.

    Args:
        game: As for `CoupledReplicators`.
        dynamics: As for `CoupledReplicators`.
        initial_shares: The shares of each player at time 0.
        steps: How many times after 0 there are.
        rate: The time from one to the next.
    """
    times = np.round(np.arange(steps + 1) * rate, _DECIMALS)
    table = CoupledReplicators(game, dynamics).table(initial_shares, times=times)
    shares = [name for name in table if "_share_" in str(name)]
    table = table.assign(kind=RUN, step=np.arange(steps + 1), runs=1)
    return table[["kind", "step", "time", "runs", *shares]]


def joined(symbols: Sequence[str]) -> str:
    """The symbols of players as the name of a process; one where all are the same."""
    return AND.join(dict.fromkeys(symbols))


def _dynamic(player: PlayerSettings) -> str | None:
    """TRD or MRD, if a player follows one of them in the limit of many bees."""
    settings: Any = player.settings
    if isinstance(settings, HiveSettings):
        name = settings.rule.dynamic if len(settings.rules) == 1 else None
    elif isinstance(settings, LearnerSettings):
        name = settings.learner.dynamic
    else:
        name = player.symbol
    return name if name in DYNAMICS else None


def _rate(player: PlayerSettings) -> float:
    """The time of its dynamic that a step of a player takes."""
    settings: Any = player.settings
    if isinstance(settings, HiveSettings):
        return 1.0 if isinstance(settings.updating, str) else float(settings.updating)
    return float(settings.learner.rate if isinstance(settings, LearnerSettings) else settings.delta)
