"""The games with names: their matrices, options and refusals; how a game is found."""

import dataclasses

import numpy as np
import pytest

from hivemind_abm.bandits.congestion import BanditCongestion
from hivemind_abm.engine.loops import compile_loop
from hivemind_abm.engine.stream import Stream
from hivemind_abm.games import classic, draws
from hivemind_abm.games.congestion_game import SharedCongestion
from hivemind_abm.games.iterated import IteratedPrisonersDilemma
from hivemind_abm.games.matrix import MatrixGame
from hivemind_abm.games.names import GAMES, find_game
from hivemind_abm.games.tensors import checked_game, tensors_of
from hivemind_abm.registry import build_part, build_parts, reserved_as

MATRICES = {  # player 0's; player 1's is the transpose, but for matching pennies
    "matching pennies": [[1, 0], [0, 1]],
    "stag hunt": [[1, 0], [0.6, 0.6]],
    "prisoners dilemma": [[0.6, 0], [1, 0.4]],
    "chicken": [[0.6, 0.3], [1, 0]],
    "coordination": [[1, 0], [0, 0.5]],
    "rock paper scissors": [[0.5, 0, 1], [1, 0.5, 0], [0, 1, 0.5]],
}


@pytest.mark.parametrize("name", MATRICES)
def test_its_matrix(name):
    game = build_part(find_game(name))
    first, second = tensors_of(checked_game(game)).values
    assert first.tolist() == MATRICES[name]
    other = 1.0 - first if name == "matching pennies" else first.T
    assert second.tolist() == other.tolist()
    assert len(game.option_names(1)) == game.n_actions[1] == len(first)


@pytest.mark.parametrize(
    ("game", "matrix"),
    [
        (classic.MatchingPennies(win=0.8, lose=0.2), [[0.8, 0.2], [0.2, 0.8]]),
        (classic.StagHunt(hare=0.3), [[1, 0], [0.3, 0.3]]),
        (classic.PrisonersDilemma(0.9, 0.7, 0.2, 0.1), [[0.7, 0.1], [0.9, 0.2]]),
        (classic.Chicken(0.9, 0.7, 0.1, 0.2), [[0.7, 0.2], [0.9, 0.1]]),
        (classic.Coordination(a=0.7, b=0.9), [[0.7, 0], [0, 0.9]]),
        (
            classic.RockPaperScissors(0.9, 0.6, 0.1),
            [[0.6, 0.1, 0.9], [0.9, 0.6, 0.1], [0.1, 0.9, 0.6]],
        ),
    ],
)
def test_its_fields_are_its_payoffs(game, matrix):
    assert tensors_of(game).values[0].tolist() == matrix
    name = dataclasses.fields(game)[-1].name
    for wrong in (-0.1, 1.1):
        with pytest.raises(ValueError, match=f"{name} must be a number from 0 to 1, not {wrong}"):
            dataclasses.replace(game, **{name: wrong})


@pytest.mark.parametrize("name", GAMES)
def test_it_is_compiled_and_its_fields_have_free_names(name):
    game = build_part(find_game(name))
    assert GAMES[name] == (type(game), {})
    loop = compile_loop(draws._loop, game, "payoff", draws._SIGNATURE)
    for player in range(game.players):
        shape = draws.axes_of(game, player)
        means, errors = np.zeros((2, *shape))
        wrong = loop.run(
            player, np.array(shape), 1, Stream(0).state, means.reshape(-1), errors.reshape(-1)
        )
        assert wrong == -1 and (means == tensors_of(game).values[player]).all()
    for field in dataclasses.fields(game):
        assert reserved_as(field.name, "game") is None


def test_a_game_is_found_by_name_path_class_or_instance(tmp_path):
    file = tmp_path / "my_game.py"
    file.write_text(
        "from dataclasses import dataclass\nfrom hivemind_abm.games.game import Game\n\n"
        "@dataclass(frozen=True)\nclass Mine(Game):\n    high: float = 0.5\n"
        "    n_actions = (2, 3)\n\n"
        "    def payoff(self, player, options, rng):\n"
        "        return self.high if options[0] == options[1] else 0.0\n"
    )
    keywords = {"high": 0.75}
    for path in (str(file), f"{file}:Mine"):
        game = build_parts([find_game(path)], keywords, [])[0]
        assert game.n_actions == (2, 3) and game.expected(0, [(1, 0), (1, 0, 0)])[0] == 0.75
    with pytest.raises(ValueError, match=r"Mine.payoff of player 0 with options \(0, 0\) must be"):
        build_parts([find_game(str(file))], {"high": 7.5}, [])
    assert build_part(find_game(classic.StagHunt)) == classic.StagHunt()
    assert build_parts([find_game("stag hunt")], {"hare": 0.5}, [])[0].hare == 0.5
    game = MatrixGame((((0.5,),), ((0.5,),)))
    assert build_part(find_game(game)) is game


@pytest.mark.parametrize(
    ("value", "kind", "message"),
    [
        ("chess", ValueError, "game must be one of 'matching pennies', .* not 'chess'"),
        (BanditCongestion(), TypeError, "game must be a name, the path of a .py file or a Game"),
        ("no_such.py", ValueError, "there is no file"),
    ],
)
def test_what_is_no_game(value, kind, message):
    with pytest.raises(kind, match=message):
        find_game(value)


@pytest.mark.parametrize("hives", [2, 3])
def test_shared_congestion_expects_the_mean_load(hives):
    q, omega = (0.9, 0.7, 0.8), (0.2, 0.6, 0.3)
    game = SharedCongestion(hives, q, omega)
    x = np.random.default_rng(1).dirichlet(np.ones(3), hives)
    for player in range(hives):
        expected = game.expected(player, list(x))
        np.testing.assert_allclose(expected, q - omega * x.mean(0), atol=1e-15)
    # by hand: player 1 with option 0; one bee of its own, one of three, with the same option
    options = (0, 0, 1)[:hives] + (1,)
    assert game.payoff(1, options, None) == pytest.approx(0.9 - 0.2 / hives)
    assert game.fellow and tensors_of(game).exact


def test_shared_congestion_with_equal_hives_is_one_hive():
    x = np.array([0.4, 0.6])
    bandit = BanditCongestion(gap=0.0)
    expected = SharedCongestion().expected(0, [x, x])
    np.testing.assert_allclose(expected, bandit.expected_rewards(bandit.world(x)), atol=1e-15)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"hives": 1}, "hives must be a whole number of at least 2, not 1"),
        ({"q_star": (0.5, 1.2)}, "q_star of option 1 must be a number from 0 to 1, not 1.2"),
        ({"q_star": (0.8, 0.5)}, "congestion_factors of option 1 must be .* 0 to 0.5, not 0.6"),
        ({"q_star": (0.8, 0.8, 0.8)}, "congestion_factors"),
        ({"q_star": 0.8}, "q_star must be one number per option, not 0.8"),
    ],
)
def test_wrong_congestion_is_refused(fields, message):
    with pytest.raises((ValueError, TypeError), match=message):
        SharedCongestion(**fields)


def test_a_prisoners_dilemma_of_one_round_is_the_iterated_one():
    game = IteratedPrisonersDilemma(("AllC", "AllD"), continuation=0.0, P=0.4)
    one = tensors_of(classic.PrisonersDilemma()).values[0]
    np.testing.assert_allclose(tensors_of(game).values[0], one, atol=1e-15)
