"""The learner and the dynamic of a hive that shapes its opponents.

Knows: the learner whose expected step, and the dynamic whose derivative, is the mean field of
`Lola`.  Does not know: the rule itself (`opponent_shaping`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hivemind_abm import checks
from hivemind_abm.games.game import Game
from hivemind_abm.games.game_dynamic import GameDynamic
from hivemind_abm.games.looking import GameLearner
from hivemind_abm.games.opponent_shaping import Terms, mark_of, mark_played
from hivemind_abm.games.tensors import tensors_of
from hivemind_abm.learners.cross_learning import MOST_PULLS

if TYPE_CHECKING:
    from hivemind_abm.engine.stream import Stream
    from hivemind_abm.games.looking import GameSeen, RivalsSeen
    from hivemind_abm.learners.pulls import Pulls

__all__ = ["LolaDynamic", "ParallelLola", "shaped_fitness"]

TERMS = ("both", "shaping", "lookahead")


@dataclass(frozen=True)
class ParallelLola(GameLearner):
    """P-LOLA: pi <- pi + mean over B pulls of m_b (e_{a_b} - pi), with the marks of `Lola`.

    m_b in [0, 1] is (m + eta) / (1 + 2 eta), where m is the mark of `Lola` for pull b as the
    candidate, another pull as the third bee, and two bees of the rival.  In expectation a step is
    that of a hive of `Lola`.

    Attributes:
        parallel_envs: B, pulls per step, at least 2.
        eta: As of `Lola`.
        terms: As of `Lola`.
        played: As of `Lola`.

    Sources: as for `Lola`.
    """

    parallel_envs: int = 1000
    eta: float = 1.0
    terms: Terms = "both"
    played: bool = False

    name = "P-LOLA"
    symbol = "P-LOLA"

    @property
    def dynamic(self) -> str:
        """The dynamic of the expected step: "LOLA"."""
        return "LOLA"

    def __post_init__(self) -> None:
        checks.whole_number("parallel_envs", self.parallel_envs, 2, MOST_PULLS)
        checks.number("eta", self.eta, 0.0)
        checks.one_of("terms", self.terms, TERMS)
        checks.truth_value("played", self.played)

    def update(  # type: ignore[override]
        self,
        policy: np.ndarray,
        pulls: "Pulls",
        rivals: "RivalsSeen",
        game: "GameSeen",
        memory: np.ndarray,
        rng: "Stream",
    ) -> None:
        """Change the policy; see `GameLearner.update`."""
        rival, b = rivals[1 - game.player], pulls.size
        most = self.eta if self.terms == "both" else 0.5 * self.eta
        gains = np.zeros(policy.size)
        total = 0.0
        for place in range(b):
            third = rng.integers(b - 1)
            if third >= place:
                third += 1
            one, other = pulls[place].option, pulls[third].option
            first, second = rival.pick(rng).opinion, rival.pick(rng).opinion
            if self.played:
                mark = mark_played(game, self.terms, self.eta, one, other, first, second, rng)
            else:
                mark = mark_of(game, self.terms, self.eta, one, other, first, second)
            gain = (mark + most) / (1.0 + 2.0 * most)
            gains[one] += gain
            total += gain
        kept = max(1.0 - total / b, 0.0)  # below 0 by rounding errors only
        for a in range(policy.size):
            policy[a] = kept * policy[a] + gains[a] / b


@dataclass(frozen=True)
class LolaDynamic(GameDynamic):
    """LOLA: dx_a/dt = x_a (f_a - fbar) / (1 + 2 eta), with f of `shaped_fitness`.

    With one of the terms it is divided by 1 + eta.  It is the mean field of hives of `Lola`.

    Attributes:
        eta: As of `Lola`.
        terms: As of `Lola`.

    Sources: as for `Lola`.
    """

    eta: float = 1.0
    terms: Terms = "both"

    name = "LOLA"
    symbol = "LOLA"

    def __post_init__(self) -> None:
        checks.number("eta", self.eta, 0.0)
        checks.one_of("terms", self.terms, TERMS)

    def growth(self, game: Game, player: int, shares: Sequence[np.ndarray]) -> np.ndarray:
        """(dx_a/dt) / x_a of one player; see `GameDynamic.growth`."""
        x = np.asarray(shares[player], float)
        f = shaped_fitness(game, player, shares, self.eta, self.terms)
        growth: np.ndarray = f - x @ f
        return growth / (1.0 + (2.0 if self.terms == "both" else 1.0) * self.eta)


def shaped_fitness(
    game: Game, player: int, shares: Sequence[np.ndarray], eta: float, terms: str = "both"
) -> np.ndarray:
    """The gradient of the own mean payoff after a step of the rival's TRD, up to a constant.

    f_a = (Ay)_a + eta (Cov_y(A_a., h) + Cov_y(p, B_a.)) with h = B'x, p = A'x, where
    Cov_y(u, v) = sum y u v - (sum y u) (sum y v).

    Args:
        game: A game of two players.
        player: The player.
        shares: x of each player.
        eta: The time of the rival's step.
        terms: "both", "shaping" (the second covariance alone) or "lookahead" (the first alone).

    Returns:
        f, shape (K_player,).

    Raises:
        ValueError: The game has not two players, or also pays by bees of the own player.
    """
    if game.players != 2 or game.fellow:
        raise ValueError(
            "LOLA is known for games of two players that pay by their options alone, not for "
            f"{type(game).__name__}"
        )
    values = tensors_of(game).values
    own, theirs = values[player], values[1 - player]
    if player == 1:
        own, theirs = own.T, theirs.T
    x, y = np.asarray(shares[player], float), np.asarray(shares[1 - player], float)
    h, p = theirs.T @ x, own.T @ x
    f: np.ndarray = own @ y
    if terms != "shaping":
        f = f + eta * ((own * (y * h)).sum(axis=1) - (own @ y) * (y @ h))
    if terms != "lookahead":
        f = f + eta * ((theirs * (y * p)).sum(axis=1) - (theirs @ y) * (y @ p))
    return f
