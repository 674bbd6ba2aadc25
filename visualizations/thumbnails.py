"""Makes the thumbnails of the gallery's models, which the page shows where a model is chosen.

python visualizations/thumbnails.py             # the models that have none, or were edited
python visualizations/thumbnails.py --all
"""

import sys
from pathlib import Path

import numpy as np

from hivemind_abm import GameModel, Hive, LearnerModel
from hivemind_abm.app.page.models.catalogue import GAME, HIVE, LEARNER, catalogue
from hivemind_abm.app.page.models.thumbnails import FILE, ONE, Thumbnail, digest_of, read, written
from hivemind_abm.loading import load_module

MODELS = {HIVE: Hive, GAME: GameModel, LEARNER: LearnerModel}
LONGEST = {HIVE: 2_000, GAME: 2_000, LEARNER: 10_000}  # steps of a run
POINTS = 60  # of a thumbnail, beside the first
LEAST = 20  # steps of a thumbnail
UNSETTLED = 200  # steps of a run that stays where it was, or never comes to rest
SMALL, LARGE = 0.05, 0.25  # how far shares move that are at rest; that never are
ROUND = [digit * 10**power for power in range(1, 5) for digit in (1, 2, 3, 5)]


def thumbnail_of(listed):
    """The thumbnail of a model of the catalogue: its own run, for as long as fits."""
    model = model_of(listed)
    model.run_for(LONGEST[listed.kind])
    rows = model.datacollector.get_model_vars_dataframe()
    names = option_names(model)
    columns = [columns_of(names, player) for player in range(len(names))]
    steps = steps_that_fit(rows[[name for own in columns for name in own]].to_numpy())
    places = np.unique(np.linspace(0, steps, min(steps, POINTS) + 1).round().astype(int))
    stacked = [rows[own].iloc[places].cumsum(axis=1) for own in columns]
    distinct = list(dict.fromkeys(name for options in names for name in options))
    return Thumbnail(
        digest=digest_of(listed.path),
        tops=tuple(
            tuple(map(tuple, (ONE * tops).round().astype(int).to_numpy().T.tolist()))
            for tops in stacked
        ),
        places=tuple(tuple(map(distinct.index, options)) for options in names),
    )


def columns_of(names, player):
    """The columns of a player's shares in the record."""
    before = f"p{player}_" if len(names) > 1 else ""
    return [f"{before}share_{option}" for option in range(len(names[player]))]


def model_of(listed):
    """A model of the catalogue, built as its file says it, with the seed that the page has."""
    arguments = getattr(load_module(listed.path), listed.kind)
    return MODELS[listed.kind](**{"rng": 1, **arguments})


def option_names(model):
    """The names of each player's options; a hive and a learner are one player."""
    if isinstance(model, GameModel):
        return [tuple(model.game.option_names(player)) for player in range(model.game.players)]
    return [tuple(range(model.bandit.n_action))]


def steps_that_fit(shares):
    """How many steps show what happens: half as many again as the shares take to come to rest.

    Args:
        shares: Of a long run, shape (steps + 1, options).
    """
    late = shares[len(shares) // 2 :]
    rest = late.mean(axis=0)
    band = max(SMALL, 1.5 * np.abs(late - rest).max())
    away = np.abs(shares - rest).max(axis=1)
    if band > LARGE or away[0] < 2.0 * band:
        steps = UNSETTLED
    else:
        steps = max(1.5 * (np.flatnonzero(away > band)[-1] + 1), LEAST)
    return min(next(number for number in ROUND if number >= min(steps, ROUND[-1])), len(shares) - 1)


def main():
    known = {} if "--all" in sys.argv[1:] or not FILE.exists() else read(FILE.read_text("utf-8"))
    made = {}
    for name, model in catalogue().items():
        made[name] = known.get(name)
        if made[name] is None or made[name].digest != digest_of(model.path):
            made[name] = thumbnail_of(model)
            print(name, flush=True)
    FILE.write_text(written(made), encoding="utf-8", newline="\n")
    print(f"written: {FILE.relative_to(Path.cwd()) if FILE.is_relative_to(Path.cwd()) else FILE}")


if __name__ == "__main__":
    main()
