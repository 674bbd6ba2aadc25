"""Games of users: payoffs in both modes, mean payoffs, expected payoffs, and what is refused."""

import itertools
import re
from dataclasses import dataclass, field

import numpy as np
import pytest

from hivemind_abm.engine.loops import compile_loop
from hivemind_abm.engine.stream import Stream
from hivemind_abm.games import draws
from hivemind_abm.games.game import Game
from hivemind_abm.games.tensors import checked_game, contract, expected_payoffs, tensors_of


@dataclass(frozen=True)
class ThreePlayers(Game):
    """Three players with different numbers of options; noise up to `gap`, from one coin."""

    gap: float = 0.0
    n_actions = (2, 3, 4)

    def payoff(self, player, options, rng):
        value = 0.1 * (options[player] + 1)
        for other, option in enumerate(options):
            value += 0.05 * option / self.n_actions[other] * (other + 1)
        if options[player] == options[player - 1]:
            value += 0.1
        if self.gap > 0.0:
            value += self.gap * rng.random()
        return value


@dataclass(frozen=True)
class Crowd(Game):
    """A match with a bee of one's own player."""

    fellow = True

    @property
    def n_actions(self):
        return (2, 3)

    def payoff(self, player, options, rng):
        return 0.1 * options[player] + 0.2 * options[2] + 0.3 * options[1 - player]


@dataclass(frozen=True)
class Coin(Game):
    """A payoff of 0 or 1; the chance of 1 grows with one's own option."""

    n_actions: tuple[int, ...] = (2, 2)
    known: bool = False

    def payoff(self, player, options, rng):
        return 1.0 if rng.random() < 0.25 + 0.5 * options[player] else 0.0

    def mean_payoffs(self, player):
        means = np.array([[0.25, 0.25], [0.75, 0.75]])
        return (means if player == 0 else means.T) if self.known else None


THREE = [np.array([0.3, 0.7]), np.array([0.2, 0.3, 0.5]), np.array([0.1, 0.2, 0.3, 0.4])]


def by_enumeration(game, player, shares):
    """Expected payoffs by the definition: a sum over all options of all who are in a match."""
    who = [*range(game.players), player] if game.fellow else [*range(game.players)]
    total = np.zeros(game.n_actions[player])
    for options in itertools.product(*(range(game.n_actions[p]) for p in who)):
        weight = np.prod([shares[p][options[i]] for i, p in enumerate(who) if i != player])
        total[options[player]] += weight * game.payoff(player, options, None)
    return total


@pytest.mark.parametrize("player", [0, 1, 2])
def test_expected_payoffs_of_three_players_with_different_options(player):
    game = ThreePlayers()
    expected = game.expected(player, THREE)
    np.testing.assert_allclose(expected, by_enumeration(game, player, THREE), atol=1e-15)
    others = [([x, [q]]) for q, x in enumerate(THREE) if q != player]
    tensor = tensors_of(game).values[player]
    summed = np.einsum(tensor, [0, 1, 2], *itertools.chain(*others), [player])
    np.testing.assert_allclose(expected, summed, atol=1e-15)


@pytest.mark.parametrize("player", [0, 1])
def test_expected_payoffs_with_a_bee_of_ones_own_player(player):
    game, shares = Crowd(), [np.array([0.3, 0.7]), np.array([0.2, 0.3, 0.5])]
    assert tensors_of(game).values[player].shape == ((2, 3, 2), (2, 3, 3))[player]
    expected = game.expected(player, shares)
    np.testing.assert_allclose(expected, by_enumeration(game, player, shares), atol=1e-15)
    mean = [0.7, 1.3]
    by_hand = 0.1 * np.arange(game.n_actions[player]) + 0.2 * mean[player] + 0.3 * mean[1 - player]
    np.testing.assert_allclose(expected, by_hand, atol=1e-15)


def test_the_sum_has_the_same_digits_whoever_calls_it():
    values = np.arange(24.0) / 7.0
    result = np.full(3, np.nan)
    axes = np.array([2, 3, 4])
    contract(values, axes, 1, np.concatenate(THREE), result)
    by_hand = [0.0] * 3
    for a, b in itertools.product(range(2), range(3)):
        total = 0.0
        for c in range(4):
            total += THREE[2][c] * values[12 * a + 4 * b + c]
        by_hand[b] += THREE[0][a] * total
    assert result.tolist() == by_hand


@pytest.mark.thorough
@pytest.mark.parametrize("game", [ThreePlayers(0.1), ThreePlayers(), Crowd(), Coin()])
def test_both_modes_draw_the_same_payoffs(game, monkeypatch):
    compile_loop(draws._loop, game, "payoff", draws._SIGNATURE)  # it can be compiled
    drawn = []
    for worth in (0, np.inf):
        monkeypatch.setattr(draws, "_WORTH_COMPILING", worth)
        drawn.append(draws.draw_payoffs(game, 1, 50, Stream(3)))
    assert (drawn[0].means == drawn[1].means).all()
    assert (drawn[0].errors == drawn[1].errors).all()
    assert drawn[0].noisy == drawn[1].noisy == (game in (ThreePlayers(0.1), Coin()))


def test_payoffs_without_noise_are_stored_as_they_are():
    game = ThreePlayers()
    tensors = tensors_of(game)
    assert tensors.exact and not any(errors.any() for errors in tensors.errors)
    for options in itertools.product(range(2), range(3), range(4)):
        for player in range(3):
            assert tensors.values[player][options] == game.payoff(player, options, None)
    assert tensors_of(ThreePlayers()) is tensors
    assert not tensors.values[0].flags.writeable


def test_noisy_payoffs_have_means_with_errors():
    tensors = tensors_of(Coin())
    exact = np.array([[0.25, 0.25], [0.75, 0.75]])
    assert not tensors.exact
    for player, means in enumerate((exact, exact.T)):
        error = tensors.errors[player]
        np.testing.assert_allclose(error, np.sqrt(3.0 / 16.0 / 100_000), rtol=0.02)
        assert (np.abs(tensors.values[player] - means) <= 4.5 * error).all()


def test_a_game_can_say_its_means():
    tensors = tensors_of(Coin(known=True))
    assert tensors.values[1].tolist() == [[0.25, 0.75], [0.25, 0.75]]
    assert not tensors.exact and not tensors.errors[0].any()


@dataclass(frozen=True)
class Rarely(Game):
    """It draws for one combination of options only."""

    n_actions = (2, 2)
    estimate_draws = 1_000

    def payoff(self, player, options, rng):
        return rng.random() if player == 1 and options[0] + options[1] == 2 else 0.5


def test_one_noisy_combination_makes_a_game_noisy():
    tensors = tensors_of(Rarely())
    assert not tensors.exact
    assert tensors.errors[1][1, 1] == pytest.approx(12**-0.5 / 1000**0.5, rel=0.1)
    assert (np.count_nonzero(tensors.errors[0]), np.count_nonzero(tensors.errors[1])) == (0, 1)


def test_payoffs_that_seldom_differ_are_noisy_all_the_same():
    game = with_payoff(lambda self, p, o, rng: 0.75 if rng.random() < 0.003 else 0.5)
    type(game).estimate_draws = 10_000
    tensors = tensors_of(game)
    assert not tensors.exact and all(errors.all() for errors in tensors.errors)


@dataclass(frozen=True)
class Lists(Game):
    """It cannot be hashed."""

    table: list = field(default_factory=lambda: [0.1, 0.2])
    n_actions = (2, 2)

    def payoff(self, player, options, rng):
        return self.table[options[player]]


def test_a_game_that_cannot_be_hashed():
    assert checked_game(Lists()).expected(1, [(0.5, 0.5)] * 2).tolist() == [0.1, 0.2]


def with_payoff(payoff, actions=(2, 2)):
    @dataclass(frozen=True)
    class Wrong(Game):
        n_actions = actions

    Wrong.payoff = payoff
    return Wrong()


def test_a_payoff_outside_the_bounds_is_named():
    game = with_payoff(lambda self, p, o, rng: 1.5 if (p, *o) == (1, 0, 1) else 0.5)
    message = "Wrong.payoff of player 1 with options (0, 1) must be a number from 0 to 1, not 1.5"
    for refuse in (checked_game, tensors_of):
        with pytest.raises(ValueError, match=re.escape(message)):
            refuse(game)


@dataclass(frozen=True)
class TooMuch(Game):
    """Large enough to be compiled."""

    n_actions = (150, 150)

    def payoff(self, player, options, rng):
        return 1.25 if player == 1 and options[0] == 7 and options[1] == 149 else 1.0 + 1e-12


def test_it_is_named_by_compiled_code_too():
    message = "TooMuch.payoff of player 1 with options (7, 149) must be a number from 0 to 1, not"
    with pytest.raises(ValueError, match=re.escape(message)):
        checked_game(TooMuch())


def test_rounding_errors_are_cut_off():
    game = with_payoff(lambda self, p, o, rng: 1.0 + 1e-12 if o[p] else -1e-12)
    assert tensors_of(game).values[0].tolist() == [[0.0, 0.0], [1.0, 1.0]]


@pytest.mark.parametrize("value", [None, "much", np.zeros(2)])
def test_a_payoff_that_is_no_number(value):
    with pytest.raises(TypeError, match=r"player 0 with options \(0, 0\) must be a number"):
        checked_game(with_payoff(lambda self, p, o, rng: value))


def test_a_payoff_that_is_not_a_number():
    with pytest.raises(ValueError, match="not nan"):
        checked_game(with_payoff(lambda self, p, o, rng: float("nan")))


@pytest.mark.parametrize(
    "actions", [2, (2,), (2, 0), (2, 2.0), (2, True), "22", None, np.zeros((2, 2))]
)
def test_wrong_numbers_of_options(actions):
    with pytest.raises(
        TypeError, match=r"Wrong\.n_actions must be a whole number of at least 1 for"
    ):
        checked_game(with_payoff(lambda self, p, o, rng: 0.5, actions))


def test_a_class_without_what_it_needs():
    @dataclass(frozen=True)
    class Empty(Game):
        pass

    with pytest.raises(TypeError, match=r"Empty\.n_actions must be"):
        checked_game(Empty())
    Empty.n_actions = (2, 2)
    with pytest.raises(NotImplementedError, match="Empty has no payoff"):
        checked_game(Empty())


def test_too_many_combinations():
    game = with_payoff(lambda self, p, o, rng: 0.5, (101, 100, 100))
    assert checked_game(game) is game
    with pytest.raises(ValueError, match=r"at most 1,000,000 combinations .* not 1,010,000"):
        tensors_of(game)


@pytest.mark.parametrize(
    "shares", [THREE[:2], [THREE[0]] * 3, [*THREE[:2], 0.5], [*THREE, THREE[0]]]
)
def test_shares_that_do_not_fit(shares):
    with pytest.raises(ValueError, match=r"shares must be 3 arrays of lengths \(2, 3, 4\)"):
        ThreePlayers().expected(0, shares)
    with pytest.raises(ValueError, match="player must be 0 to 2, not 3"):
        expected_payoffs(ThreePlayers(), 3, THREE)


def test_options_have_names():
    assert ThreePlayers().option_names(2) == ("0", "1", "2", "3")
    assert ThreePlayers().players == 3
