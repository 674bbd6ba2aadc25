"""Rules, learners and dynamics that look across: what they see, in both modes, and what is refused.

The rules here are a user's own; `test_opponent_shaping` has the built-in ones.
"""

import copy
import pickle
from dataclasses import dataclass

import mesa
import numpy as np
import pandas as pd
import pytest

from hivemind_abm import Game, GameModel, Hive, LearnerModel, MatrixGame, ensemble, run_seeds
from hivemind_abm.games.game_dynamic import GameDynamic
from hivemind_abm.games.looking import GameLearner, GameRule

pytestmark = pytest.mark.thorough  # compiles many rules

CELLS = np.random.default_rng(1).random((2, 3, 3))
PLAIN, NOISY = MatrixGame(CELLS), MatrixGame(0.2 + 0.6 * CELLS, gap=0.2)
EQUAL = MatrixGame(np.full((2, 2, 2), 0.5))
FIRST, SECOND = (1.0, 0.0), (0.0, 1.0)
ASYNCHRONOUS = {"updating": "asynchronous"}


@dataclass(frozen=True)
class Asking(GameRule):
    """Asks all that can be asked, of all players; the answers change what it does."""

    def decide(self, bee, neighbours, rivals, game, rng):
        one, score = neighbours.pick(rng).opinion, 0.0
        for p in range(len(rivals)):
            other = rivals[p].pick(rng)
            score += 0.1 * (other.payoff + rivals[p].share_of(other.opinion) + other.opinion)
            score += 0.01 * (rivals[p].size % 7 + rivals[p].n_action)
        rival = rivals[1 - game.player].pick(rng).opinion
        mine, theirs = game.play(one, rival, rng)
        score += mine - theirs + game.mine(one, rival) - 0.5 * game.theirs(one, rival)
        return one if rng.random() * game.players < score else bee.opinion


@dataclass(frozen=True)
class Watching(GameLearner):
    """Moves towards an option by what a rival's bee would be paid; keeps a number."""

    parallel_envs: int = 5

    def memory_size(self, n_action):
        return 1

    def update(self, policy, pulls, rivals, game, memory, rng):
        rival = rivals[1 - game.player]
        other = rival.pick(rng)
        memory[0] += rival.share_of(other.opinion) + 0.01 * len(rivals) * rival.size
        for place in range(pulls.size):
            a = pulls[place].option
            mine, theirs = game.play(a, other.opinion, rng)
            rate = 0.1 * abs(mine - theirs + game.mine(a, other.opinion)) / (1.0 + memory[0])
            for b in range(policy.size):
                policy[b] -= rate * policy[b]
            policy[a] += rate


@dataclass(frozen=True)
class Following(GameDynamic):
    """Moves to the option with the same number as the rival's most common one."""

    def growth(self, game, player, shares):
        x = shares[player]
        target = np.arange(x.size) == shares[1 - player].argmax()
        return target - x @ target


@dataclass(frozen=True)
class Copying(GameRule):
    """Does what a bee of the rival does."""

    def decide(self, bee, neighbours, rivals, game, rng):
        return rivals[1 - game.player].pick(rng).opinion


@dataclass(frozen=True)
class CopyingLearner(GameLearner):
    """Does what a bee of the rival does."""

    parallel_envs: int = 1

    def update(self, policy, pulls, rivals, game, memory, rng):
        option = rivals[1 - game.player].pick(rng).opinion
        for a in range(policy.size):
            policy[a] = 1.0 if a == option else 0.0


@dataclass(frozen=True)
class Questioner(GameRule):
    """Asks one question that may be wrong."""

    question: int = 0
    option: int = 0

    def decide(self, bee, neighbours, rivals, game, rng):
        if self.question == 0:
            return int(game.mine(self.option, 0) > 2.0)
        if self.question == 1:
            return int(game.theirs(0, self.option) > 2.0)
        if self.question == 2:
            return int(rivals[self.option].size < 0)
        if self.question == 3:
            return int(rivals[0].share_of(self.option) > 2.0)
        mine, _ = game.play(self.option, 0, rng)
        return int(mine > 2.0)


@dataclass(frozen=True)
class PaysTooMuch(Game):
    """Pays 2 now and then, which the checks of cells cannot see."""

    n_actions = (2, 2)

    def payoff(self, player, options, rng):
        return 2.0 if rng.random() < 0.002 else 0.5

    def mean_payoffs(self, player):
        return np.full((2, 2), 0.5)


def record(players, steps=6, size=30, game=PLAIN, compiled=True, **arguments):
    model = GameModel(game, players, size, rng=3, compiled=compiled, **arguments)
    model.run_for(steps)
    if compiled:
        assert set(model.mode.values()) <= {"compiled"} or not model.reasons
    return model.table()


def assert_both_modes(players, **arguments):
    both = [record(players, compiled=way, **arguments) for way in (True, False)]
    pd.testing.assert_frame_equal(*both, check_exact=True)
    moved = both[0].iloc[0] != both[0].iloc[-1]
    assert moved.any()


# ------------------------------------------------------------------------------
# Both modes give the same numbers


@pytest.mark.parametrize("game", [PLAIN, NOISY], ids=["plain", "noisy"])
@pytest.mark.parametrize(
    "players",
    [
        (Asking(), "success"),
        ("wvoter", Asking()),
        (Asking(), Watching()),
        (Watching(), "TRD"),
        ("MRD", {"rule": Asking(), **ASYNCHRONOUS}),
        ({"rule": Asking(), **ASYNCHRONOUS}, {"rule": Asking(), **ASYNCHRONOUS}),
        ({"rule": Asking(), "updating": 0.4}, Asking()),
        ([(Asking(), 0.5), ("success", 0.3), (Copying(), 0.2)], "P-CL"),
        (Following(), Asking()),
    ],
    ids=str,
)
def test_compiled_is_interpreted(players, game):
    assert_both_modes(players, game=game)


@pytest.mark.parametrize("match", ["drawn", "mean"])
def test_compiled_is_interpreted_in_other_worlds(match):
    groups = {"rule": Asking(), "neighbourhood": "groups", "neighbourhood_size": 5}
    assert_both_modes((groups, Asking()), match=match)


# ------------------------------------------------------------------------------
# What is seen


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize(
    "players",
    [
        (Copying(), Copying()),
        (Copying(), CopyingLearner()),
        (CopyingLearner(), CopyingLearner()),
    ],
    ids=str,
)
def test_all_see_the_state_before_the_step(players, compiled):
    """They swap their options.  If player 1 saw those after the step of player 0, it would not."""
    table = record(
        players,
        steps=3,
        size=1,
        game=EQUAL,
        compiled=compiled,
        initial_shares=(FIRST, SECOND),
    )
    assert table.p0_share_0.tolist() == [1.0, 0.0, 1.0, 0.0]
    assert table.p1_share_0.tolist() == [0.0, 1.0, 0.0, 1.0]


def test_dynamics_see_the_state_before_the_step():
    """The majority of player 0 changes in the step; player 1 follows the one before it."""
    starts = ((0.55, 0.45), (0.45, 0.55))
    table = record((Following(), Following()), 1, game=EQUAL, initial_shares=starts)
    moved = 0.45 + 0.45 * 0.55
    assert table.p0_share_1[1] == pytest.approx(moved, abs=1e-15)
    assert table.p1_share_0[1] == pytest.approx(moved, abs=1e-15)


@pytest.mark.parametrize("compiled", [True, False])
def test_bees_one_at_a_time_see_the_state_as_it_is(compiled):
    """The first to act copies the other, who then copies what it is itself."""
    for seed in range(4):
        model = GameModel(
            EQUAL,
            ({"rule": Copying(), **ASYNCHRONOUS},) * 2,
            1,
            rng=seed,
            compiled=compiled,
            initial_shares=(FIRST, SECOND),
        )
        model.step()
        assert (model.shares[0] == model.shares[1]).all()


@pytest.mark.parametrize("compiled", [True, False])
def test_a_bee_one_at_a_time_sees_what_others_have_done_in_this_step(compiled):
    """Player 0 swaps first, with all others; then the bee of player 1 copies what it has now."""
    players = (Copying(), {"rule": Copying(), **ASYNCHRONOUS})
    table = record(players, 2, 1, game=EQUAL, compiled=compiled, initial_shares=(FIRST, SECOND))
    assert table.p0_share_0.tolist() == [1.0, 0.0, 0.0]
    assert table.p1_share_0.tolist() == [0.0, 0.0, 0.0]


@dataclass(frozen=True)
class Reporting(GameRule):
    """Keeps what it has seen in its memory."""

    def memory_size(self, n_action):
        return 8

    def decide(self, bee, neighbours, rivals, game, rng):
        rival = rivals[1 - game.player]
        bee.memory[0], bee.memory[1] = game.player, game.players
        bee.memory[2], bee.memory[3] = rival.size, rival.n_action
        bee.memory[4], bee.memory[5] = rival.share_of(0), rivals[game.player].share_of(0)
        bee.memory[6], bee.memory[7] = game.mine(1, 2), game.theirs(1, 2)
        return bee.opinion


@pytest.mark.parametrize("compiled", [True, False])
def test_the_answers_are_those_of_the_own_seat(compiled):
    game = MatrixGame(np.random.default_rng(2).random((2, 3, 3)))
    starts = ((0.5, 0.25, 0.25), (0.125, 0.5, 0.375))
    model = GameModel(
        game, (Reporting(), Reporting()), (4, 8), rng=1, initial_shares=starts, compiled=compiled
    )
    model.step()
    mine, theirs = np.array(game.payoffs)
    assert (model.players[0].memory == [0, 2, 8, 3, 0.125, 0.5, mine[1, 2], theirs[1, 2]]).all()
    assert (model.players[1].memory == [1, 2, 4, 3, 0.5, 0.125, theirs[2, 1], mine[2, 1]]).all()


@pytest.mark.parametrize("compiled", [True, False])
def test_a_replicator_shows_its_shares_and_the_payoffs_of_its_options(compiled):
    """Its bees are drawn by its shares, here all of option 1; the payoff is the expected one."""
    game = MatrixGame((np.eye(2), [[0.25, 0.5], [0.75, 1.0]]))
    model = GameModel(
        game, (Asking(), "TRD"), 4, rng=1, initial_shares=(FIRST, SECOND), compiled=compiled
    )
    from hivemind_abm.engine.stream import Stream
    from hivemind_abm.games.looking import RivalsSeen

    sight = model._batch.players[0]._sight
    rival = RivalsSeen(sight, 0)[1]
    model.step()
    bee = rival.pick(Stream(1))
    assert (rival.size, rival.n_action, bee.opinion, bee.payoff) == (0, 2, 1, 0.5)


# ------------------------------------------------------------------------------
# Copies, ensembles


@pytest.mark.parametrize(
    "players", [(Asking(), Watching()), ({"rule": Asking(), **ASYNCHRONOUS}, Asking())], ids=str
)
def test_a_copy_goes_on_alike(players):
    model = GameModel(NOISY, players, 20, rng=1)
    model.run_for(3)
    copies = [copy.deepcopy(model), pickle.loads(pickle.dumps(model)), copy.copy(model)]
    for each in (*copies, model):
        each.run_for(3)
    for each in copies:
        pd.testing.assert_frame_equal(each.table(), model.table(), check_exact=True)
    copies[0].players[1].opinions[:] = 0
    assert model.players[1].opinions.any()


def test_an_ensemble_is_a_batch_run():
    parameters = {"game": NOISY, "players": (Asking(), Watching()), "population_size": 10}
    rows = ensemble(GameModel, parameters, runs=5, steps=8, seed=1, keep="rows", threads=2)
    batch = pd.DataFrame(
        mesa.batch_run(
            GameModel,
            parameters=parameters | {"players": [parameters["players"]]},
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


# ------------------------------------------------------------------------------
# Errors


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (Questioner(0, 3), "there is no such option"),
        (Questioner(0, -1), "there is no such option"),
        (Questioner(1, 3), "there is no such option"),
        (Questioner(2, 2), r"rivals\[p\]: there is no such player"),
        (Questioner(2, -1), r"rivals\[p\]: there is no such player"),
        (Questioner(3, 3), r"share_of\(option\): there is no such option"),
        (Questioner(4, 3), "there is no such option"),
    ],
    ids=str,
)
def test_a_wrong_question_is_an_error(rule, message, compiled):
    model = GameModel(NOISY, (rule, "success"), 5, rng=1, compiled=compiled)
    before = model.players[0].opinions.copy()
    with pytest.raises(IndexError, match=message):
        model.step()
    assert model.steps == 0 and (model.players[0].opinions == before).all()


@pytest.mark.parametrize("compiled", [True, False])
def test_a_payoff_out_of_range_in_a_match_that_is_played_is_an_error(compiled):
    players = (Questioner(4, 1), "TRD")
    model = GameModel(PaysTooMuch(), players, 50, rng=1, compiled=compiled)
    with pytest.raises(ValueError, match="a payoff must lie in"):
        model.run_for(1000)
    assert len(model.table()) == model.steps + 1


@pytest.mark.parametrize("compiled", [True, False])
def test_questions_about_matches_are_of_two_players(compiled):
    game = MatrixGame(np.full((3, 2, 2, 2), 0.5))
    model = GameModel(game, (Questioner(0, 0), "TRD", "TRD"), 5, rng=1, compiled=compiled)
    with pytest.raises(ValueError, match="are of games of two players"):
        model.step()
    record((Questioner(2, 2), "success", "TRD"), game=game, compiled=compiled)  # others are allowed


def test_who_looks_across_plays_in_a_game_only():
    with pytest.raises(ValueError, match="Asking looks at the other players of a game: use it in"):
        Hive(rule=Asking(), population_size=10)
    with pytest.raises(ValueError, match="Watching looks at the other players of a game: use it"):
        LearnerModel(learner=Watching())
    with pytest.raises(ValueError, match="Following looks at the other players of a game: use it"):
        Following()(np.array([0.5, 0.5]), np.array([0.5, 0.5]))
    with pytest.raises(ValueError, match="must be paid by the game, not by a bandit"):
        GameModel(PLAIN, ({"rule": Asking(), "bandit": "evenly spaced", "n_action": 3}, "TRD"), 9)
    for player in (Asking(), Watching()):
        with pytest.raises(ValueError, match="SharedCongestion also pays by bees of the own"):
            GameModel("shared congestion", (player, "TRD"), 9)


def test_what_is_not_written_is_said():
    @dataclass(frozen=True)
    class Empty(GameRule):
        pass

    @dataclass(frozen=True)
    class EmptyDynamic(GameDynamic):
        pass

    with pytest.raises(NotImplementedError, match="Empty has no decide"):
        Empty().decide(None, None, None, None, None)
    with pytest.raises(NotImplementedError, match="EmptyDynamic has no growth"):
        EmptyDynamic().growth(None, 0, None)
    with pytest.raises(NotImplementedError, match="GameLearner has no update"):
        GameLearner().update(None, None, None, None, None, None)
