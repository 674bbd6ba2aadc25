"""Nash equilibria of small games, their stability, and degenerate games."""

import sys
from dataclasses import dataclass

import numpy as np
import pytest

from hivemind_abm.games import classic
from hivemind_abm.games.coupled import CoupledReplicators
from hivemind_abm.games.equilibria import nash_equilibria
from hivemind_abm.games.game import Game
from hivemind_abm.games.matrix import MatrixGame

pytest.importorskip("nashpy")


def shares_of(result):
    return [[*each.shares[0], *each.shares[1]] for each in result.equilibria]


@pytest.mark.parametrize(
    ("game", "shares", "kinds"),
    [
        ("matching pennies", [[0.5] * 4], ["neutral"]),
        (
            "stag hunt",
            [[1, 0, 1, 0], [0, 1, 0, 1], [0.6, 0.4] * 2],
            ["stable", "stable", "unstable"],
        ),
        ("prisoners dilemma", [[0, 1, 0, 1]], ["stable"]),
        (
            "chicken",
            [[1, 0, 0, 1], [0, 1, 1, 0], [3 / 7, 4 / 7] * 2],
            ["stable", "stable", "unstable"],
        ),
        ("rock paper scissors", [[1 / 3] * 6], ["neutral"]),
    ],
)
def test_the_equilibria_of_named_games(game, shares, kinds):
    result = nash_equilibria(game)
    assert not result.degenerate
    np.testing.assert_allclose(shares_of(result), shares, atol=1e-12)
    for dynamic in ("TRD", "MRD"):
        assert [each.stability[dynamic].kind for each in result.equilibria] == kinds
    assert [each.kind for each in result.equilibria] == [
        "pure" if set(each) == {0, 1} else "mixed" for each in shares
    ]


def test_rates_and_moduli_of_matching_pennies_by_hand():
    (centre,) = nash_equilibria(classic.MatchingPennies()).equilibria
    trd, mrd = centre.stability["TRD"], centre.stability["MRD"]
    assert sorted(rate.imag for rate in trd.rates) == pytest.approx([-0.5, 0.5])
    assert sorted(rate.imag for rate in mrd.rates) == pytest.approx([-1.0, 1.0])
    assert trd.modulus == pytest.approx(1.25**0.5) and mrd.modulus == pytest.approx(2**0.5)
    assert trd.kind_of_steps == mrd.kind_of_steps == "unstable"
    assert centre.payoffs == (0.5, 0.5)


@pytest.mark.parametrize("seed", range(4))
def test_rates_are_those_of_the_coupled_replicators(seed):
    game = MatrixGame(np.random.default_rng(seed).random((2, 3, 4)))
    for each in nash_equilibria(game).equilibria:
        x = [np.array(shares) for shares in each.shares]
        for name, one in each.stability.items():
            replicators = CoupledReplicators(game, name)
            assert all(np.abs(change).max() < 1e-12 for change in replicators.derivative(x))
            # numerical derivatives in directions that keep the sums; the last option pays
            columns = []
            for player, k in enumerate((3, 4)):
                for option in range(k - 1):
                    step = np.zeros(k)
                    step[option], step[-1] = 1e-6, -1e-6
                    ways = [
                        np.concatenate([change[:-1] for change in replicators._derivative(moved)])
                        for sign in (1.0, -1.0)
                        for moved in [
                            [s + sign * step if p == player else s for p, s in enumerate(x)]
                        ]
                    ]
                    columns.append((ways[0] - ways[1]) / 2e-6)
            rates = np.linalg.eigvals(np.array(columns).T)
            assert max(rates.real) == pytest.approx(one.rates[0].real, abs=1e-6)
            assert np.abs(1.0 + rates).max() == pytest.approx(one.modulus, abs=1e-6)


def test_a_stable_equilibrium_attracts_and_an_unstable_one_does_not():
    replicators = CoupledReplicators("chicken")
    for each in nash_equilibria("chicken").equilibria:
        near = [np.array(shares) * 0.99 + 0.005 for shares in each.shares]
        near[0] += [0.001, -0.001]
        end = [path[-1] for path in replicators.solve(near, [200.0])]
        comes = max(np.abs(e - s).max() for e, s in zip(end, each.shares, strict=True)) < 1e-3
        assert comes == (each.stability["TRD"].kind == "stable")


@pytest.mark.parametrize(
    "game",
    [
        "iterated prisoners dilemma",
        MatrixGame((((0.5, 0.5), (0.5, 0.5)),) * 2),  # anything is an equilibrium
        MatrixGame((((0.5, 0.2), (0.5, 0.1)), ((0.3, 0.9), (0.4, 0.4)))),
    ],
)
def test_degenerate_games_say_so(game):
    result = nash_equilibria(game)
    assert result.degenerate and not all(each.isolated for each in result.equilibria)
    assert result.summary()["degenerate"] == "yes: there may be more equilibria"
    replicators = CoupledReplicators(game)
    for each in result.equilibria:  # what is listed is an equilibrium
        fitness = replicators.fitness(each.shares)
        for x, f, paid in zip(each.shares, fitness, each.payoffs, strict=True):
            assert f.max() <= paid + 1e-9 and np.dot(x, f) == pytest.approx(paid, abs=1e-9)


def test_mutual_defection_is_stable_among_reciprocators():
    first = nash_equilibria("iterated prisoners dilemma").equilibria[0]
    assert first.shares == ((0, 1, 0, 0, 0),) * 2
    assert first.stability["TRD"].kind == "stable" and first.isolated


def test_maynard_is_not_defined_where_a_mean_payoff_is_zero():
    game = MatrixGame((((0.0, 0.0), (0.0, 0.0)), ((0.5, 0.2), (0.5, 0.2))))
    result = nash_equilibria(game)
    assert all(each.stability["MRD"] is None for each in result.equilibria)
    assert set(result.table()["MRD"]) == {"not defined"} and "MRD not defined" in str(result)


def test_it_is_shown_as_a_table_and_in_words():
    result = nash_equilibria("stag hunt")
    table = result.table()
    assert table["p1_share_0"].tolist() == pytest.approx([1.0, 0.0, 0.6])
    assert table["TRD"].tolist() == ["stable", "stable", "unstable"]
    assert table["TRD_rate"].tolist() == pytest.approx([-0.4, -0.6, 0.24])
    assert table["MRD_modulus"].tolist() == pytest.approx([0.6, 0.0, 1.4], abs=1e-12)
    assert "TRD stable, MRD stable: hare / hare" in str(result)
    assert repr(result).startswith("<Nash equilibria: game=StagHunt, equilibria=2 pure, 1 mixed")
    assert "and 35 more, see table()" in str(nash_equilibria("iterated prisoners dilemma"))


@dataclass(frozen=True)
class Noisy(Game):
    n_actions = (2, 2)
    estimate_draws = 100

    def payoff(self, player, options, rng):
        return rng.random()


@pytest.mark.parametrize(
    ("game", "message"),
    [
        ("shared congestion", "two players that meet each other only, not SharedCongestion"),
        (MatrixGame(np.full((3, 2, 2, 2), 0.5)), "not MatrixGame with 3 players"),
        (MatrixGame(np.full((2, 10, 5), 0.5)), "at most 14 options of both players .* not 15"),
        (Noisy(), "those of Noisy are estimates: write mean_payoffs"),
    ],
)
def test_what_is_refused(game, message):
    with pytest.raises(ValueError, match=message):
        nash_equilibria(game)


def test_without_nashpy_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "nashpy", None)
    with pytest.raises(ValueError, match=r"pip install 'hivemind_abm\[nash\]'"):
        nash_equilibria("chicken")
