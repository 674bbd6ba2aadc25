"""`GameModel`: players of all kinds, their streams, their columns, and what must not be lost."""

import copy
import pickle
import random
from dataclasses import dataclass, field

import mesa
import numpy as np
import pandas as pd
import pytest

from hivemind_abm import (
    Bandit,
    Game,
    GameModel,
    ImitationRule,
    MatrixGame,
    ParallelCrossLearning,
    ensemble,
    run_seeds,
)

PENNIES = "matching pennies"
START = ((0.7, 0.3), (0.5, 0.5))
ASYNCHRONOUS = {"updating": "asynchronous"}
THREE = MatrixGame(np.random.default_rng(1).random((3, 2, 3, 2)))


@dataclass(frozen=True)
class Flip(ImitationRule):
    """Change to the other option at each turn."""

    def decide(self, bee, neighbours, rng):
        return 1 - bee.opinion


@dataclass(frozen=True)
class NoisyPennies(Game):
    """Matching pennies whose winner is paid at random."""

    paid: float = 0.9
    n_actions = (2, 2)

    def payoff(self, player, options, rng):
        wins = (options[0] == options[1]) == (player == 0)
        return self.paid * rng.random() if wins else 0.0


@dataclass(frozen=True)
class Against(Bandit):
    """What player 1 does, as a bandit sees it."""

    n_action: int = 2

    def pull(self, option, world, rng):
        return world.rivals[1][option] * len(world.rivals) / 2.0


@dataclass(frozen=True)
class TooMuch(Game):
    """Pays too much when a share of rare cells is reached; the check of cells cannot see it."""

    n_actions = (2, 2)

    def payoff(self, player, options, rng):
        return 2.0 if rng.random() < 0.001 else 0.5


def record(players, steps=5, size=30, game=PENNIES, compiled=True, **arguments):
    model = GameModel(game, players, size, rng=3, compiled=compiled, **arguments)
    for _ in range(steps):
        model.step()
    return model.datacollector.get_model_vars_dataframe()


@pytest.mark.parametrize("match", ["drawn", pytest.param("mean", marks=pytest.mark.thorough)])
@pytest.mark.parametrize(
    "players",
    [
        ("success", "success"),
        ("wvoter", "P-MCL"),
        ("MRD", "P-CL"),
        ({"rule": "success", **ASYNCHRONOUS}, {"rule": "wvoter", **ASYNCHRONOUS}),
        ({"rule": "success", **ASYNCHRONOUS}, "CL"),
        ("macro:wvoter", "TRD"),
        ([("success", 0.5), ("wvoter", 0.5)], "dynamic:logit"),
        ({"rule": "wvoter", "updating": 0.3}, {"rule": "success", "neighbourhood": "ring:2"}),
    ],
    ids=str,
)
def test_compiled_is_interpreted(players, match):
    compiled, interpreted = (
        record(players, match=match, compiled=way, initial_shares=START) for way in (True, False)
    )
    pd.testing.assert_frame_equal(compiled, interpreted, check_exact=True)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("game", "players"),
    [
        (NoisyPennies(), ("success", "TRD")),
        (MatrixGame(np.full((2, 2, 2), 0.5), gap=0.3), ("success", "MRD")),
        (THREE, ("success", "wvoter", "P-CL")),
        (THREE, ("TRD", {"rule": "success", **ASYNCHRONOUS}, "success")),
        ("shared congestion", ("wvoter", "TRD")),
        ("iterated prisoners dilemma", ("success", "P-CL")),
    ],
    ids=str,
)
def test_compiled_is_interpreted_in_other_games(game, players):
    compiled, interpreted = (record(players, game=game, compiled=way) for way in (True, False))
    pd.testing.assert_frame_equal(compiled, interpreted, check_exact=True)


def test_a_bandit_in_place_of_the_game_sees_the_rivals():
    players = ({"rule": "success", "bandit": Against()}, "success")
    both = [record(players, initial_shares=START, compiled=way) for way in (True, False)]
    pd.testing.assert_frame_equal(*both, check_exact=True)
    first = both[0].iloc[0]
    assert first.p0_payoff == pytest.approx(0.7 * first.p1_share_0 + 0.3 * first.p1_share_1)


def test_an_ensemble_is_a_batch_run():
    parameters = {"game": PENNIES, "players": ("success", "P-MCL"), "population_size": 20}
    rows = ensemble(GameModel, parameters, runs=5, steps=8, seed=1, keep="rows", threads=2)
    grid = parameters | {"players": [parameters["players"]]}
    batch = pd.DataFrame(
        mesa.batch_run(
            GameModel,
            parameters=grid,
            rng=run_seeds(1, 5),
            max_steps=8,
            number_processes=1,
            data_collection_period=1,
            display_progress=False,
        )
    )
    assert list(rows) == list(batch)
    for column in rows:
        assert (rows[column].to_numpy() == batch[column].to_numpy()).all(), column


def test_columns_are_those_of_each_player():
    players = ([("success", 0.5), (Flip(), 0.5)], "P-CL")
    assert list(record(players, steps=0)) == [
        *("p0_share_0", "p0_share_1", "p0_payoff"),
        *(f"p0_kind_{kind}_share_{a}" for kind in (0, 1) for a in (0, 1)),
        *("p1_share_0", "p1_share_1", "p1_payoff", "consensus"),
    ]


def test_one_stream_per_player():
    """Another rule of player 1 changes neither what player 0 is paid at first, nor its step."""
    first = [
        record(("success", other), steps=1, initial_shares=START) for other in ("success", "wvoter")
    ]
    assert first[0].p0_share_0.tolist() == first[1].p0_share_0.tolist()
    assert first[0].p1_share_0[1] != first[1].p1_share_0[1]
    assert first[0].iloc[0].tolist() == first[1].iloc[0].tolist()


def test_bees_of_all_hives_are_agents_with_live_values():
    model = GameModel(THREE, ("success", "P-CL", "wvoter"), (5, 7, 3), rng=1)
    assert len(model.agents) == 8  # the pulls of a learner are drawn anew in each step
    (bee,) = model.agents.select(lambda bee: bee.player == 2 and bee.index == 1)
    bee.opinion = 1
    assert model.players[2].opinions[1] == 1
    assert bee.rule is model.players[2].rules[0]
    assert bee.payoff == model.players[2].payoffs[1]
    with pytest.raises(ValueError, match="opinion must be 0 to 1, not 2"):
        bee.opinion = 2


def test_payoffs_are_those_of_the_game():
    """One bee each, so that there is one match."""
    game = MatrixGame(np.arange(8).reshape(2, 2, 2) / 8)
    for a, b in np.ndindex(2, 2):
        starts = [[1.0, 0.0], [0.0, 1.0]]
        row = record(
            ("success", "P-CL"), steps=0, size=1, game=game, initial_shares=(starts[a], starts[b])
        ).iloc[0]
        assert (row.p0_payoff, row.p1_payoff) == ((2 * a + b) / 8, (4 + 2 * a + b) / 8)


@pytest.mark.thorough
def test_events_of_two_asynchronous_hives_come_in_random_order():
    """One bee each.  Who flips first is paid 0: the other has the other option still."""
    equal = MatrixGame(np.array([np.eye(2), np.eye(2)]))
    parameters = {"game": equal, "players": (Flip(), Flip()), "population_size": 1}
    parameters |= {"initial_shares": ((1.0, 0.0), (1.0, 0.0)), **ASYNCHRONOUS}
    table = ensemble(GameModel, parameters, runs=2000, steps=1, seed=1, keep="last")
    assert (table.p0_payoff + table.p1_payoff == 1.0).all()
    assert abs(table.p0_payoff.mean() - 0.5) < 4.0 * 0.5 / 2000**0.5


@pytest.mark.thorough
def test_a_step_of_an_asynchronous_hive_has_as_many_events_as_bees():
    parameters = {"game": PENNIES, "players": ({"rule": Flip(), **ASYNCHRONOUS}, "success")}
    parameters |= {"population_size": (3, 50), "initial_shares": ((1.0, 0.0), None)}
    table = ensemble(GameModel, parameters, runs=300, steps=1, seed=1, keep="last")
    flips = np.round(3.0 * table.p0_share_1).to_numpy()
    # three events among three bees: the number of bees that were drawn an odd number of times
    assert np.bincount(flips.astype(int), minlength=4)[[0, 2]].sum() == 0
    assert abs((flips == 3).mean() - 6.0 / 27.0) < 4.0 * 0.42 / 300**0.5


def test_a_copy_goes_on_alike():
    model = GameModel(PENNIES, ("wvoter", "P-MCL"), 50, rng=1)
    model.run_for(3)
    copies = [copy.deepcopy(model), pickle.loads(pickle.dumps(model)), copy.copy(model)]
    for each in (model, *copies):
        each.run_for(3)
    for each in copies:
        pd.testing.assert_frame_equal(each.table(), model.table(), check_exact=True)
        assert not np.shares_memory(each.players[0].opinions, model.players[0].opinions)


@pytest.mark.parametrize("compiled", [True, False])
def test_after_an_error_the_model_is_as_before_the_step(compiled):
    model = GameModel(TooMuch(), ("success", "success"), 20, rng=1, compiled=compiled)
    with pytest.raises(ValueError, match=r"TooMuch.payoff returned payoff 2.0 for player \d"):
        model.run_for(1000)
    steps, before = model.steps, [player.opinions.copy() for player in model.players]
    with pytest.raises(ValueError, match="a payoff must lie in"):
        model.step()
    assert model.steps == steps == len(model.table()) - 1
    assert all((p.opinions == old).all() for p, old in zip(model.players, before, strict=True))


def test_consensus_of_all_players_stops_the_model():
    model = GameModel(PENNIES, ("success", "P-CL"), (30, 30), rng=1, stop_if_end=0.9)
    model.run_for(500)
    last = model.table().iloc[-1]
    assert not model.running and model.steps < 500
    for player in ("p0", "p1"):
        assert max(last[f"{player}_share_0"], last[f"{player}_share_1"]) >= 0.9
    steps = model.steps
    model.step()
    assert model.steps == steps


def test_a_learner_given_by_name_has_as_many_pulls_as_a_hive_has_bees():
    model = GameModel(PENNIES, ("P-CL", ParallelCrossLearning(7)), (40, 50), rng=1)
    assert [player.population_size for player in model.players] == [40, 7]
    model = GameModel(PENNIES, ("P-CL", "success"), 50, rng=1, parallel_envs=9)
    assert [player.population_size for player in model.players] == [9, 50]


def test_a_keyword_is_set_for_all_players_that_have_it():
    model = GameModel(PENNIES, ("MCL", {"learner": "MCL", "alpha": 0.5}), rng=1, alpha=0.2)
    rates = [player._settings.settings.learner.alpha for player in model.players]
    assert rates == [0.2, 0.5]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"players": ("success",)}, "players must be 2 for MatchingPennies, .* not 1"),
        ({"players": "success"}, "players must be a sequence with one item for each player"),
        ({"players": ("succes", "P-CL")}, "player 0 must be a rule .*, not 'succes'"),
        ({"players": ("success", 3)}, "player 1 must be a rule, .* not 3"),
        ({"players": ({"rule": "success", "size": 1}, "P-CL")}, "player 0: size is no setting"),
        ({"players": ({"population_size": 1}, "P-CL")}, "player 0 must have one of the keys"),
        ({"population_size": (10,)}, r"population_size must have 2 items, .* not \(10,\)"),
        ({"population_size": (10, 0)}, "player 1: population_size must be .* at least 1, not 0"),
        ({"initial_shares": (0.5, 0.5)}, "player 0: initial_shares must be 2 numbers"),
        (
            {"players": ("smith", "P-CL")},
            "player 0: 'smith' is a rule and a dynamic; write 'rule:s",
        ),
        ({"match": "all"}, "match must be one of drawn, mean, not 'all'"),
        ({"players": ("success", "TRD"), "delta": 2.0}, "player 1: delta must be a number above 0"),
        ({"players": ("success", "TRD"), "method": "exact"}, "method must be 'euler' unless all"),
        ({"hare": 0.5}, "hare fits nothing here"),
        ({"game": "pennies"}, "game must be one of 'matching pennies', .* not 'pennies'"),
        (
            {"players": ({"rule": "wvoter", "bandit": "near one"}, "P-CL")},
            "player 0: bandit must have 2 options, as the player in the game, not 10",
        ),
        (
            {"game": TooMuch, "players": ({"rule": "success"}, "P-CL"), "win": 1.0},
            "win fits nothing here",
        ),
    ],
)
def test_bad_arguments_get_one_clear_error(arguments, message):
    with pytest.raises((ValueError, TypeError), match=message) as caught:
        GameModel(**({"game": PENNIES, "players": ("success", "P-CL")} | arguments))
    assert "\n" not in str(caught.value)


PRIZE = 0.2


@dataclass(frozen=True)
class Prize(Game):
    """Pays a module constant, or what a field says that does not count in comparisons."""

    more: float = field(default=0.0, compare=False)
    n_actions = (2, 2)

    def payoff(self, player, options, rng):
        return PRIZE + self.more


def test_a_changed_constant_behind_a_game_is_noticed(monkeypatch):
    """Payoffs without noise are looked up, but not those of a game as it was."""
    first = [record(("success", "TRD"), steps=1, game=Prize(), size=5).p0_payoff[1]]
    monkeypatch.setitem(globals(), "PRIZE", 0.7)
    for game, compiled in ((Prize(), True), (Prize(), False), (Prize(0.1), True)):
        table = record(("success", "TRD"), steps=1, game=game, size=5, compiled=compiled)
        assert table.p0_payoff[1] == pytest.approx(table.p1_payoff[1])
        first.append(table.p0_payoff[1])
    assert first == pytest.approx([0.2, 0.7, 0.7, 0.8])


@dataclass(frozen=True)
class OtherChance(Game):
    """Draws from a stream that is not its own."""

    n_actions = (2, 2)

    def payoff(self, player, options, rng):
        return random.random()


def test_a_game_that_draws_from_another_stream_is_not_looked_up():
    with pytest.warns(RuntimeWarning, match=r"OtherChance\.payoff"):
        model = GameModel(OtherChance(), ("success", "success"), 20, rng=1)
    assert len(set(model.players[0].payoffs.tolist())) == 20
    assert model.mode["p0 game"] == "interpreted"


def test_arrays_as_arguments():
    model = GameModel(
        PENNIES, ("success", "P-CL"), np.array([10, 20]), rng=1, initial_shares=np.array(START)
    )
    assert [player.population_size for player in model.players] == [10, 20]


def test_a_dynamic_of_ones_own_that_is_wrong_is_named():
    with pytest.raises(ValueError, match=r"player 1 must return 2 finite numbers, not \[5.0\]"):
        GameModel(PENNIES, ("success", lambda shares, fitness: [5.0]), 10, rng=1).step()


def test_a_dynamic_that_jumps_does_not_hang_in_continuous_time():
    model = GameModel(
        "rock paper scissors",
        ("projection", "projection"),
        initial_shares=((1, 0, 0), (0.2, 0.8, 0)),
        method="exact",
    )
    model.run_for(4)
    assert model.steps == 4
