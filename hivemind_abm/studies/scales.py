"""Which measures are counts, and what a summary of them needs to hold.

Knows: of how many bees each share is a share, and when a summary is streamed.
Does not know: how runs are stepped or counted.
"""

from typing import NamedTuple

from hivemind_abm.engine.rows import Settings
from hivemind_abm.games.settings import GameSettings
from hivemind_abm.hives.settings import HiveSettings
from hivemind_abm.studies.columns import CONSENSUS

__all__ = ["BINNED", "BINS", "MISSING", "Needs", "places_of", "scales_of"]

BINS = 4096  # equal bins on [0, 1] for the quantiles of a measure that is no count
BINNED, MISSING = 0, -1  # scales of a measure that is no count, and of one that is always NaN

_HELD = 256 * 2**20  # bytes of bees and rows that a summary holds at once, at most
_PER_BEE, _PER_COLUMN, _PER_RUN = 20, 16, 64  # bytes of a run that is held
_ENTRY = 4  # bytes of an entry of a tally


class Needs(NamedTuple):
    """What a summary of many runs needs to hold.

    Attributes:
        run: Bytes of a run that is held.
        places: How many different values each column is counted at.
    """

    run: int
    places: tuple[int, ...]

    @classmethod
    def of(cls, settings: Settings) -> "Needs":
        """The needs of runs with these settings."""
        columns = settings.columns
        run = _PER_BEE * settings.work + _PER_COLUMN * len(columns) + _PER_RUN
        scales = scales_of(settings)
        return cls(run, tuple(places_of(scales.get(name, BINNED)) for name in columns))

    def entries(self, runs: int, rows: int) -> int:
        """The numbers that a tally of so many runs and recorded rows has, at most."""
        return rows * sum(min(runs, places) for places in self.places)

    def streams(self, runs: int, rows: int) -> bool:
        """Whether a summary of so many runs and recorded rows is streamed.

        That is so where all runs together would be too large, and their tally is smaller.
        """
        held = runs * self.run
        return held > _HELD and _ENTRY * self.entries(runs, rows) < held


def places_of(scale: int) -> int:
    """How many different values a measure with this scale is counted at."""
    return {BINNED: BINS + 1, MISSING: 1}.get(scale, scale + 1)


def scales_of(settings: Settings) -> dict[str, int]:
    """The whole number that a measure's values are a multiple of one part of, by column.

    The share of an option in a hive of N bees is a whole number divided by N; its scale is N.
    Other columns have the scale `BINNED`, those of the bees of a rule without bees `MISSING`.

    Args:
        settings: Those of any model.
    """
    if isinstance(settings, HiveSettings):
        return {name: _scale_in_hive(name, settings) for name in settings.columns}
    if isinstance(settings, GameSettings):
        scales = dict.fromkeys(settings.columns, BINNED) | {CONSENSUS: 1}
        for number, player in enumerate(settings.players):
            if isinstance(player.settings, HiveSettings):
                hive = scales_of(player.settings).items()
                of_player = {f"p{number}_{name}": scale for name, scale in hive}
                scales |= {name: of_player[name] for name in scales if name in of_player}
        return scales
    return dict.fromkeys(settings.columns, BINNED) | {CONSENSUS: 1}


def _scale_in_hive(name: str, settings: HiveSettings) -> int:
    if name == CONSENSUS:
        return 1
    if name.startswith("kind_"):
        return settings.numbers[int(name.split("_")[1])] or MISSING
    if name == "mean_payoff":
        return BINNED
    return settings.neighbourhood.population_size
