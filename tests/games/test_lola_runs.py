"""LOLA in runs: its drift in hives and learners, both modes, copies, ensembles, small hives."""

import copy
import pickle
from dataclasses import dataclass

import mesa
import numpy as np
import pandas as pd
import pytest
from test_opponent_shaping import COINS, GAMES, TERMS, Coins

from hivemind_abm import GameModel, ImitationRule, ensemble, run_seeds
from hivemind_abm.games.coupled import CoupledReplicators
from hivemind_abm.games.opponent_shaping import Lola
from hivemind_abm.games.shaping_partners import LolaDynamic

pytestmark = pytest.mark.thorough  # compiles many rules

ASYNCHRONOUS = {"updating": "asynchronous"}


@dataclass(frozen=True)
class InterpretedCoins(Coins):
    """The same, but it cannot be compiled."""

    def payoff(self, player, options, rng):
        chance = dict(enumerate(self.chances))[4 * player + 2 * options[0] + options[1]]
        return 1.0 if rng.random() < chance else 0.0


@dataclass(frozen=True)
class GivesUp(ImitationRule):
    """Holds no option now and then."""

    uncommitted = True

    def decide(self, bee, neighbours, rng):
        return neighbours.n_action if rng.random() < 0.5 else neighbours.pick(rng).opinion


def step_of(game, players, starts, runs, size, seed=1, **arguments):
    """The mean change of all shares in one step, and its standard error."""
    parameters = {"game": game, "players": players, "population_size": size}
    rows = ensemble(
        GameModel,
        parameters | {"initial_shares": starts} | arguments,
        runs=runs,
        steps=1,
        seed=seed,
        keep="rows",
    )
    shares = rows[[name for name in rows if "_share_" in name]]
    change = shares[rows.Step == 1].to_numpy() - shares[rows.Step == 0].to_numpy()
    return change.mean(axis=0), change.std(axis=0) / runs**0.5


STARTS = ((0.5, 0.3, 0.2), (0.25, 0.35, 0.4))


@pytest.mark.parametrize("terms", TERMS)
@pytest.mark.parametrize("name", ["lola", "P-LOLA"])
def test_a_step_of_hives_and_learners_is_that_of_the_dynamic(name, terms):
    """Both seats; a hive of 200 deviates by 1 / N, a tenth of the error."""
    game = GAMES["3x3"]
    kind = "rule" if name == "lola" else "learner"
    players = ({kind: name, "terms": terms},) * 2
    change, error = step_of(game, players, STARTS, runs=4000, size=200)
    dynamics = (LolaDynamic(1.0, terms),) * 2
    expected = np.concatenate(CoupledReplicators(game, dynamics).derivative(STARTS))
    assert (np.abs(change - expected) < 4.0 * error).all()
    assert error.max() < 1e-3
    assert np.abs(expected).max() > 8.0 * error.max()


@pytest.mark.parametrize("kind", ["rule", "learner"])
def test_noise_of_matches_that_are_played_changes_no_drift(kind):
    player = {kind: "lola" if kind == "rule" else "P-LOLA", "played": True}
    starts = ((0.6, 0.4), (0.7, 0.3))
    change, error = step_of(COINS, (player, player), starts, runs=4000, size=200)
    expected = np.concatenate(CoupledReplicators(COINS, ("LOLA", "LOLA")).derivative(starts))
    naive = np.concatenate(CoupledReplicators(COINS, ("TRD", "TRD")).derivative(starts)) / 3.0
    assert (np.abs(change - expected) < 4.0 * error).all()
    assert (np.abs(change - naive) > 8.0 * error).all()


@pytest.mark.parametrize("heard", [2, 3, "all"])
def test_the_number_of_bees_heard_does_not_matter(heard):
    """From equal shares of player 1 it is all shaping: half the drift if one bee were both."""
    starts = ((0.7, 0.3), (0.5, 0.5))
    change, error = step_of(
        "matching pennies", ("lola", "TRD"), starts, 4000, 200, neighbourhood_size=heard
    )
    assert abs(change[0] + 0.028) < 4.0 * error[0] < 0.002


@pytest.mark.parametrize("pulls", [2, 3])
def test_a_learner_needs_two_different_pulls(pulls):
    """If a pull were its own third one, that would lose a half, or a third, of the shaping."""
    starts = ((0.7, 0.3), (0.5, 0.5))
    learner = {"learner": "P-LOLA", "parallel_envs": pulls}
    change, error = step_of("matching pennies", (learner, "TRD"), starts, 30_000, 10)
    assert abs(change[0] + 0.028) < 4.0 * error[0] < 0.008


def record(players, steps=6, size=30, game="stag hunt", compiled=True, **arguments):
    model = GameModel(game, players, size, rng=3, compiled=compiled, **arguments)
    model.run_for(steps)
    return model.table()


@pytest.mark.parametrize("game", ["3x4", "coins"])
@pytest.mark.parametrize(
    "players",
    [
        ("lola", "success"),
        ("wvoter", {"rule": "lola", "terms": "shaping"}),
        ({"rule": "lola", "played": True}, "P-LOLA"),
        ({"learner": "P-LOLA", "played": True, "terms": "lookahead"}, "MRD"),
        ("LOLA", "lola"),
        ("LOLA", "P-CL"),
        ({"rule": "lola", "played": True, **ASYNCHRONOUS}, {"rule": "lola", **ASYNCHRONOUS}),
        ({"rule": "lola", **ASYNCHRONOUS}, "P-LOLA"),
        ([("lola", 0.5), ("success", 0.3), (Lola(0.2, "shaping", played=True), 0.2)], "TRD"),
        ({"rule": "lola", "neighbourhood": "ring:4"}, {"rule": "lola", "updating": 0.3}),
    ],
    ids=str,
)
def test_compiled_is_interpreted(players, game):
    game = COINS if game == "coins" else GAMES[game]
    both = [record(players, game=game, compiled=way) for way in (True, False)]
    pd.testing.assert_frame_equal(*both, check_exact=True)


@pytest.mark.filterwarnings("ignore:.* runs interpreted:RuntimeWarning")
@pytest.mark.parametrize(
    "players",
    [({"rule": "lola", "played": True}, "TRD"), ("TRD", {"learner": "P-LOLA", "played": True})],
    ids=str,
)
def test_matches_of_a_game_that_is_not_compiled_are_played_too(players):
    """Not looked up: the passes that play them run interpreted, and say why."""
    model = GameModel(InterpretedCoins(), players, 30, rng=3)
    model.run_for(6)
    pd.testing.assert_frame_equal(model.table(), record(players, game=COINS), check_exact=True)
    assert any("the game's payoff, which it may ask for" in why for why in model.reasons.values())


def test_a_copy_goes_on_alike():
    model = GameModel(COINS, ({"rule": "lola", "played": True}, "P-LOLA"), 20, rng=1)
    model.run_for(3)
    copies = [copy.deepcopy(model), pickle.loads(pickle.dumps(model))]
    for each in (*copies, model):
        each.run_for(3)
    for each in copies:
        pd.testing.assert_frame_equal(each.table(), model.table(), check_exact=True)


def test_an_ensemble_is_a_batch_run():
    players = ("lola", {"learner": "P-LOLA", "eta": 0.5})
    parameters = {"game": "chicken", "players": players, "population_size": 10}
    rows = ensemble(GameModel, parameters, runs=4, steps=8, seed=1, keep="rows", threads=2)
    batch = pd.DataFrame(
        mesa.batch_run(
            GameModel,
            parameters=parameters | {"players": [players]},
            rng=run_seeds(1, 4),
            max_steps=8,
            number_processes=1,
            data_collection_period=1,
            display_progress=False,
        )
    )
    for column in rows:
        assert (rows[column].to_numpy() == batch[column].to_numpy()).all(), column


@pytest.mark.parametrize("compiled", [True, False])
def test_bees_without_an_option_shape_nobody(compiled):
    """A bee keeps its option if one of the four has none, in its own hive or the rival's."""
    mixed = [(GivesUp(), 0.9), ("lola", 0.1)]
    table = record((mixed, mixed), 20, compiled=compiled)
    assert (table[["p0_share_none", "p1_share_none"]].to_numpy()[1:] > 0.2).all()
    table = record(("lola", GivesUp()), 20, compiled=compiled)
    assert ((table.p0_share_0 + table.p0_share_1) == 1.0).all()


def test_a_bee_that_hears_one_other_keeps_its_option():
    table = record(("lola", "lola"), 20, size=2)
    assert (table.p0_share_0 == 0.5).all() and (table.p1_share_0 == 0.5).all()
    table = record(("lola", "lola"), 20, size=50, neighbourhood_size=1)
    assert (table.p0_share_0 == 0.5).all()
