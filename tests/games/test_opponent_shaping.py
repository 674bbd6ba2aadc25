"""LOLA as a rule and a dynamic against its equation, exactly; and what is refused.

The enumeration calls the rule's own `decide` with stand-ins; nothing of it is shared with the
package.  A[a, b] is the own payoff and B[a, b] the rival's; x and y are the shares.
"""

import itertools
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

from hivemind_abm import Game, GameModel, MatrixGame
from hivemind_abm.games.coupled import CoupledReplicators
from hivemind_abm.games.opponent_shaping import Lola
from hivemind_abm.games.shaping_partners import LolaDynamic, ParallelLola, shaped_fitness

RANDOM = np.random.default_rng(5)
TERMS = ("both", "shaping", "lookahead")


def random_point(k, m):
    """Payoffs of a random game and shares: A, B, x, y."""
    a, b = RANDOM.random((2, k, m))
    return a, b, RANDOM.dirichlet(np.ones(k)), RANDOM.dirichlet(np.ones(m))


POINTS = {"3x4": random_point(3, 4), "3x3": random_point(3, 3)}
GAMES = {name: MatrixGame(np.array(point[:2])) for name, point in POINTS.items()}


@dataclass(frozen=True)
class Coins(Game):
    """Payoffs 0 or 1; the chances of 1 are those of player 0, then of player 1, cell by cell."""

    chances: tuple[float, ...] = (0.9, 0.1, 0.3, 0.7, 0.15, 0.8, 0.75, 0.35)
    n_actions = (2, 2)

    def payoff(self, player, options, rng):
        chance = self.chances[4 * player + 2 * options[0] + options[1]]
        return 1.0 if rng.random() < chance else 0.0

    def mean_payoffs(self, player):
        return np.array(self.chances).reshape(2, 2, 2)[player]


COINS = Coins()


# ------------------------------------------------------------------------------
# The equation, written a second time


def gradient(a, b, x, y, eta, terms="both"):
    """The derivative, along each corner, of the own payoff after a step of the rival's TRD.

    By differences of a quadratic function of x, so exact but for rounding; up to a constant.
    """

    def value(x, ahead, shaped):
        """`ahead` is the x in the rival's gains, `shaped` that in the own payoff of its move."""
        gains = b.T @ ahead
        moved = y * (gains - y @ gains)
        return x @ a @ y + eta * (shaped @ a @ moved)

    f, step = np.empty(x.size), 1e-3
    for option, corner in enumerate(np.eye(x.size)):
        up, down = x + step * corner, x - step * corner
        of = {
            "both": lambda z: value(z, z, z),
            "shaping": lambda z: value(z, z, x),
            "lookahead": lambda z: value(z, x, z),
        }[terms]
        f[option] = (of(up) - of(down)) / (2.0 * step)
    return f


def expected_drift(a, b, x, y, eta, terms="both"):
    f = gradient(a, b, x, y, eta, terms)
    return x * (f - x @ f) / (1.0 + (2.0 if terms == "both" else 1.0) * eta)


# ------------------------------------------------------------------------------
# The rule's own decide, enumerated


class Draw:
    """A uniform number that is compared once; it notes the chance of being below."""

    def __init__(self, noted, factor=1.0):
        self._noted, self._factor = noted, factor

    def __mul__(self, factor):
        return Draw(self._noted, self._factor * factor)

    def __lt__(self, bound):
        chance = bound / self._factor
        assert -1e-12 <= chance <= 1.0 + 1e-12
        self._noted.append(chance)
        return True


class Rival(SimpleNamespace):
    def pick(self, rng):
        return SimpleNamespace(opinion=next(self.picks), payoff=0.0)


class Heard(list):
    size = property(len)


def chance_to_adopt(rule, own, heard, rivals, a, b, places=(0, 0), coins=None):
    """One call of `decide` -> the option it may adopt, and the chance."""
    noted, places = [], iter(places)
    k, m = a.shape
    bees = Heard(SimpleNamespace(opinion=option, payoff=0.0) for option in heard)
    bees.n_action = k
    bees.pick = lambda rng: bees[next(places)]
    played = iter(coins or ())
    game = SimpleNamespace(
        player=0,
        players=2,
        mine=lambda i, j: a[i, j],
        theirs=lambda i, j: b[i, j],
        play=lambda i, j, rng: next(played),
    )
    rng = SimpleNamespace(random=lambda: Draw(noted), integers=lambda n: next(places) % n)
    players = [SimpleNamespace(), Rival(n_action=m, size=9, picks=iter(rivals))]
    adopted = rule.decide(SimpleNamespace(opinion=own), bees, players, game, rng)
    return adopted, noted[0]


def enumerated(rule, a, b, x, y):
    """The exact drift of an infinite hive, over the bee, the two it hears, and two rivals."""
    drift, k, m = np.zeros(x.size), x.size, y.size
    for own, j, c in itertools.product(range(k), repeat=3):
        for pair in itertools.product(range(m), repeat=2):
            weight = x[own] * x[j] * x[c] * y[pair[0]] * y[pair[1]]
            adopted, chance = chance_to_adopt(rule, own, (j, c), pair, a, b)
            drift[adopted] += weight * chance
            drift[own] -= weight * chance
    return drift


@pytest.mark.parametrize("terms", TERMS)
@pytest.mark.parametrize("point", POINTS.values(), ids=POINTS)
@pytest.mark.parametrize("eta", [1.0, 0.3])
def test_the_drift_of_the_rule_is_its_equation(point, terms, eta):
    """With the deciding bee as the third bee it would be TRD / (1 + 2 eta), which is far off."""
    drift = enumerated(Lola(eta, terms), *point)
    assert np.abs(drift - expected_drift(*point, eta, terms)).max() < 1e-12
    naive = expected_drift(*point, 0.0)
    most = 2.0 if terms == "both" else 1.0
    assert np.abs(drift - naive / (1.0 + most * eta)).max() > 1e-5


def test_without_looking_ahead_it_is_imitation_of_success():
    a, b, x, y = POINTS["3x3"]
    drift = enumerated(Lola(0.0), a, b, x, y)
    assert np.abs(drift - x * (a @ y - x @ a @ y)).max() < 1e-12


def test_with_the_own_bee_as_the_third_one_the_covariances_cancel():
    """Why the rule hears two bees: the same mark with the deciding bee in place of the third."""
    (a, b, x, y), eta = POINTS["3x4"], 1.0
    drift = np.zeros(x.size)
    for own, j in itertools.product(range(x.size), repeat=2):
        for k, other in itertools.product(range(y.size), repeat=2):
            ahead = (a[j, k] - a[j, other]) * (b[own, k] - b[own, other])
            shaping = (a[own, k] - a[own, other]) * (b[j, k] - b[j, other])
            mark = a[j, k] + 0.5 * eta * (ahead + shaping)
            moved = x[own] * x[j] * y[k] * y[other] * (mark + eta) / (1.0 + 2.0 * eta)
            drift[j] += moved
            drift[own] -= moved
    assert np.abs(drift - expected_drift(a, b, x, y, 0.0) / (1.0 + 2.0 * eta)).max() < 1e-12


@pytest.mark.parametrize("n", [2, 3, 5])
def test_the_two_bees_are_different_and_all_pairs_are_equally_likely(n):
    """Each bee has an option of its own, so the payoffs that are asked for tell which they are."""
    seen = []
    for places in itertools.product(range(n), range(n - 1)):
        asked, payoffs = set(), np.zeros((n, 2))

        class Asked:
            def __getitem__(self, cell, asked=asked, payoffs=payoffs):
                asked.add(cell[0])
                return payoffs[cell]

            shape = (n, 2)

        matrix = Asked()
        one, _ = chance_to_adopt(Lola(), 0, range(n), (0, 1), matrix, matrix, places)
        assert len(asked) == 2
        (third,) = asked - {one}
        seen.append((one, third))
    assert sorted(seen) == sorted(itertools.permutations(range(n), 2))


def test_matches_that_are_played_give_the_same_drift_whatever_their_noise():
    """All outcomes of four matches with payoffs 0 or 1."""
    a, b = (COINS.mean_payoffs(player) for player in (0, 1))
    x, y = np.array([0.6, 0.4]), np.array([0.7, 0.3])
    outcomes = list(itertools.product((0.0, 1.0), repeat=8))
    drift = np.zeros(2)
    for own, j, c, k, other in itertools.product(range(2), repeat=5):
        weight = x[own] * x[j] * x[c] * y[k] * y[other]
        cells = [(j, k), (j, other), (c, k), (c, other)]
        means = np.array([each[cell] for cell in cells for each in (a, b)])
        for paid in outcomes:
            happens = np.prod(np.where(np.array(paid) == 1.0, means, 1.0 - means))
            coins = list(zip(paid[::2], paid[1::2], strict=True))
            rule = Lola(1.0, "both", played=True)
            adopted, chance = chance_to_adopt(rule, own, (j, c), (k, other), a, b, coins=coins)
            drift[adopted] += weight * happens * chance
            drift[own] -= weight * happens * chance
    assert np.abs(drift - expected_drift(a, b, x, y, 1.0)).max() < 1e-12
    assert abs(drift[0] - expected_drift(a, b, x, y, 0.0)[0] / 3.0) > 1e-3


@pytest.mark.parametrize("terms", TERMS)
@pytest.mark.parametrize("player", [0, 1])
def test_the_dynamic_is_the_equation_for_both_players(terms, player):
    a, b, x, y = POINTS["3x4"]
    shares, dynamic = [x, y], LolaDynamic(0.7, terms)
    mine = (a, b, x, y) if player == 0 else (b.T, a.T, y, x)
    expected = expected_drift(*mine, 0.7, terms)
    game = GAMES["3x4"]
    assert np.abs(dynamic.derivative(game, player, shares) - expected).max() < 1e-12
    f = shaped_fitness(game, player, shares, 0.7, terms) - gradient(*mine, 0.7, terms)
    assert np.ptp(f) < 1e-12
    dynamics = (dynamic, "TRD") if player == 0 else ("TRD", dynamic)
    coupled = CoupledReplicators(game, dynamics).derivative(shares)
    assert np.abs(coupled[player] - expected).max() < 1e-12
    naive = expected_drift(*((b.T, a.T, y, x) if player == 0 else (a, b, x, y)), 0.0)
    assert np.abs(coupled[1 - player] - naive).max() < 1e-12


def test_what_changes_against_a_rival_that_follows_mrd():
    """The gradient of the own payoff after a step of MRD, as `Lola` says it."""
    a, b, x, y = POINTS["3x4"]
    eta, step = 0.5, 1e-5

    def value(x):
        h = b.T @ x
        return x @ a @ (y + eta * y * (h / (y @ h) - 1.0))

    h, p = b.T @ x, a.T @ x
    w, covariance = y @ h, y @ (p * h) - (y @ p) * (y @ h)
    naive = a @ y
    both = (gradient(a, b, x, y, eta) - naive) / w  # up to a constant
    expected = naive + both - eta * covariance * (b @ y) / w**2
    slopes = [(value(x + up) - value(x - up)) / (2.0 * step) for up in step * np.eye(3)]
    assert np.ptp(slopes - expected) < 1e-9


# ------------------------------------------------------------------------------
# Errors


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Lola(-0.1), "eta must be .* at least 0, not -0.1"),
        (lambda: Lola(terms="all"), "terms must be one of both, shaping, lookahead, not 'all'"),
        (lambda: Lola(played=2), "played must be True or False"),
        (lambda: ParallelLola(1), "parallel_envs must be .* at least 2, not 1|2 to"),
        (lambda: ParallelLola(eta=-1.0), "eta must be"),
        (lambda: ParallelLola(terms=""), "terms must be one of"),
        (lambda: LolaDynamic(-1.0), "eta must be"),
        (lambda: LolaDynamic(terms="x"), "terms must be one of"),
    ],
)
def test_bad_fields_get_one_clear_error(build, message):
    with pytest.raises((ValueError, TypeError), match=message) as caught:
        build()
    assert "\n" not in str(caught.value)


@pytest.mark.thorough
def test_games_of_two_players_that_pay_by_their_options_alone():
    three = MatrixGame(np.full((3, 2, 2, 2), 0.5))
    for game, dynamics in (
        (three, ("LOLA", "TRD", "TRD")),
        ("shared congestion", ("LOLA", "TRD")),
    ):
        starts = [np.full(2, 0.5)] * len(dynamics)
        with pytest.raises(ValueError, match="LOLA is known for games of two players that pay by"):
            CoupledReplicators(game, dynamics).derivative(starts)
    for player in ("lola", "P-LOLA"):
        model = GameModel(three, (player, "TRD", "TRD"), 9, rng=1)
        with pytest.raises(ValueError, match="are of games of two players"):
            model.step()
