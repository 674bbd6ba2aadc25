"""Games given as numbers: which number belongs to which cell, noise, refusals."""

import itertools
import re

import numpy as np
import pytest

from hivemind_abm.engine.loops import compile_loop
from hivemind_abm.engine.stream import Stream
from hivemind_abm.games import draws
from hivemind_abm.games.matrix import MatrixGame
from hivemind_abm.games.tensors import checked_game, tensors_of

A, B = ((0.1, 0.9, 0.3), (0.5, 0.2, 0.8)), ((0.4, 0.6, 0.7), (0.15, 0.25, 0.35))


def test_the_cell_of_two_players_is_row_and_column():
    game = MatrixGame((A, B))
    assert game.n_actions == (2, 3)
    for a, b in itertools.product(range(2), range(3)):
        assert game.payoff(0, (a, b), None) == A[a][b]
        assert game.payoff(1, (a, b), None) == B[a][b]
    tensors = tensors_of(game)
    assert tensors.exact and tensors.values[1].tolist() == [list(row) for row in B]
    x, y = (0.3, 0.7), (0.2, 0.3, 0.5)
    np.testing.assert_allclose(game.expected(0, [x, y]), np.array(A) @ y, atol=1e-15)
    np.testing.assert_allclose(game.expected(1, [x, y]), np.array(B).T @ x, atol=1e-15)


def test_three_players_with_different_numbers_of_options():
    payoffs = np.random.default_rng(1).random((3, 2, 3, 4))
    game = MatrixGame(payoffs)
    assert game.n_actions == (2, 3, 4)
    for player in range(3):
        assert (tensors_of(game).values[player] == payoffs[player]).all()
        for options in itertools.product(range(2), range(3), range(4)):
            assert game.payoff(player, options, None) == payoffs[(player, *options)]


def test_lists_arrays_and_tuples_are_the_same_game():
    games = [MatrixGame((A, A)), MatrixGame([np.array(A), [list(row) for row in A]])]
    assert games[0] == games[1] and hash(games[0]) == hash(games[1])
    assert games[0].payoffs == (A, A) and games[1].payoffs == (A, A)
    assert MatrixGame((A, A), gap=0.05) != games[0] != MatrixGame((A, B))
    assert repr(games[0]) == f"MatrixGame(payoffs={(A, A)}, gap=0.0)"


def test_noise_is_uniform_and_its_means_are_known(monkeypatch):
    game = MatrixGame((A, B), gap=0.1)
    tensors = tensors_of(game)
    assert not tensors.exact and not tensors.errors[0].any()
    assert tensors.values[0].tolist() == [list(row) for row in A]
    monkeypatch.setattr(draws, "_WORTH_COMPILING", 0)
    drawn = draws.draw_payoffs(game, 1, 20_000, Stream(5))
    error = 0.1 / 3**0.5 / 20_000**0.5  # of a mean; 6 cells
    assert (np.abs(drawn.means - B) <= 4.5 * error).all()
    np.testing.assert_allclose(drawn.errors, error, rtol=0.03)


@pytest.mark.parametrize("gap", [0.0, 0.05])
def test_it_is_compiled_and_draws_only_with_noise(gap, monkeypatch):
    game = MatrixGame((A, B), gap)
    compile_loop(draws._loop, game, "payoff", draws._SIGNATURE)
    drawn = []
    for worth in (0, np.inf):
        monkeypatch.setattr(draws, "_WORTH_COMPILING", worth)
        rng = Stream(2)
        drawn.append((draws.draw_payoffs(game, 0, 10, rng), rng.state.tolist()))
    assert (drawn[0][0].means == drawn[1][0].means).all() and drawn[0][1] == drawn[1][1]
    assert (drawn[0][1] == Stream(2).state.tolist()) == (gap == 0.0)


def test_a_cell_that_leaves_the_bounds_is_named():
    worse = ((0.4, 0.6, 0.7), (0.15, 1.2, 0.35))
    message = "from 0 to 1, so that they stay in [0, 1] with gap 0, not 1.2 for player 1 at options"
    with pytest.raises(ValueError, match=re.escape(f"{message} (1, 1)")):
        MatrixGame((A, worse))
    message = "from 0.2 to 0.8, so that they stay in [0, 1] with gap 0.2, not 0.1 for player 0"
    with pytest.raises(ValueError, match=re.escape(f"{message} at options (0, 0)")):
        MatrixGame((A, B), gap=0.2)
    with pytest.raises(ValueError, match=r"from 0.15 to 0.85, .* not 0.9 for player 0 at options"):
        MatrixGame((((0.2, 0.9),), ((0.2, 0.2),)), gap=0.15)
    with pytest.raises(ValueError, match="not nan for player 0"):
        MatrixGame(((A[0], (0.1, 0.1, float("nan"))), B))
    assert checked_game(MatrixGame((((0.1, 0.9), (0.9, 0.1)),) * 2, gap=0.1))


@pytest.mark.parametrize("payoffs", [[A], (A, B, A), 0.5, A, (A, [[0.1], [0.2]]), "ab", None, []])
def test_other_shapes_are_refused(payoffs):
    with pytest.raises(ValueError, match=r"payoffs must (be numbers nested|have the shape)"):
        MatrixGame(payoffs)


@pytest.mark.parametrize("gap", [-0.1, 0.6, "much"])
def test_a_wrong_gap_is_refused(gap):
    with pytest.raises((ValueError, TypeError), match=r"gap must be a number from 0 to 0\.5"):
        MatrixGame((A, B), gap)
