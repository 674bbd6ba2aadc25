"""Conserved quantities stay constant where they say so, and only there."""

import numpy as np
import pytest

from hivemind_abm.games import classic
from hivemind_abm.games.congestion_game import SharedCongestion
from hivemind_abm.games.conserved import CONTINUOUS, ONE_STEP, conserved
from hivemind_abm.games.coupled import CoupledReplicators
from hivemind_abm.games.matrix import MatrixGame

RNG = np.random.default_rng(7)
ANY = MatrixGame(RNG.random((2, 2, 2)))
COMMON = MatrixGame([RNG.random((2, 2))] * 2)
# rock, paper, scissors with other weights: both players mix (.2, .3, .5)
CYCLE = 0.5 + np.array([[0.0, 0.5, -0.3], [-0.5, 0.0, 0.2], [0.3, -0.2, 0.0]])
ZERO_SUM = MatrixGame((CYCLE, 1.0 - CYCLE))
CASES = [
    (ANY, "TRD", ["two options"]),
    (ANY, "MRD", []),
    (COMMON, "TRD", ["two options"]),
    (COMMON, "MRD", ["two options"]),
    (classic.MatchingPennies(), "TRD", ["two options", "constant sum"]),
    (classic.MatchingPennies(), "MRD", []),
    (classic.MatchingPennies(), ("TRD", "MRD"), []),
    (classic.RockPaperScissors(), "TRD", ["constant sum"]),
    (classic.Coordination(), "MRD", ["two options"]),
    (ZERO_SUM, "TRD", ["constant sum"]),
    (MatrixGame(RNG.random((2, 3, 3))), "TRD", []),
    (MatrixGame(RNG.random((3, 2, 2, 2))), "TRD", []),
]


def spread(quantity, paths):
    return float(np.ptp(quantity(paths)))


def start(game):
    rng = np.random.default_rng(1)
    return [rng.dirichlet(np.full(k, 5.0)) for k in game.n_actions]


@pytest.mark.parametrize(("game", "dynamics", "names"), CASES)
def test_what_is_known_stays_constant_in_continuous_time(game, dynamics, names):
    found = conserved(game, dynamics)
    assert [each.name for each in found] == names
    paths = CoupledReplicators(game, dynamics).solve(start(game), np.linspace(0.0, 20.0, 11))
    for quantity in found:
        assert quantity.exact_in == CONTINUOUS
        assert spread(quantity, paths) < 1e-9
    # the shares themselves have moved
    assert max(np.ptp(path, axis=0).max() for path in paths) > 0.01


@pytest.mark.parametrize(("dynamic", "exact_in"), [("TRD", CONTINUOUS), ("MRD", ONE_STEP)])
def test_hives_at_congested_sites_keep_the_differences_of_their_log_odds(dynamic, exact_in):
    game = SharedCongestion(3, (0.8, 0.7, 0.9), (0.2, 0.6, 0.5))
    replicators, shares = CoupledReplicators(game, dynamic), start(game)
    ways = {
        CONTINUOUS: replicators.solve(shares, np.linspace(0.0, 20.0, 11)),
        ONE_STEP: replicators.euler(shares, 20),
    }
    found = conserved(game, dynamic)
    assert len(found) == 4  # two pairs of hives, two pairs of options
    for quantity in found:
        assert quantity.exact_in == exact_in
        for way, paths in ways.items():
            assert (spread(quantity, paths) < 1e-10) == (way == exact_in)


def test_formulas_and_values_by_hand():
    two, both = conserved("matching pennies")
    assert two.formula == "1 log x_0 +1 log x_1 +1 log y_0 +1 log y_1"
    assert both.formula.endswith("with x* = (0.5, 0.5), y* = (0.5, 0.5)")
    shares = [(0.7, 0.3), (0.5, 0.5)]
    assert two(shares) == pytest.approx(np.log(0.0525), abs=1e-14)
    assert both(shares) == pytest.approx(np.log(0.0525) / 2.0, abs=1e-12)
    coordination = conserved(classic.Coordination())[0]  # V(y) - V(x), V = b log z + a log(1 - z)
    skew = conserved(ZERO_SUM)[0]
    assert skew.formula.endswith("with x* = (0.2, 0.3, 0.5), y* = (0.2, 0.3, 0.5)")
    assert coordination([(0.6, 0.4), (0.1255437353, 0.8744562647)]) == pytest.approx(0, abs=1e-9)
    tie = conserved(MatrixGame((((0.5, 0.5), (0.5, 0.5)),) * 2))
    assert [each.formula[:1] for each in tie] == ["0", "s"]


def test_estimated_payoffs_have_no_conserved_quantity():
    from dataclasses import dataclass

    @dataclass(frozen=True)
    class Noisy(classic.MatchingPennies):
        estimate_draws = 100

        def payoff(self, player, options, rng):
            return 0.5 * rng.random()

    assert conserved(Noisy()) == ()
