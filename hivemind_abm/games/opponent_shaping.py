"""Hives that shape their opponents: learning with opponent-learning awareness (LOLA).

A[a, b] is the own payoff and B[a, b] the rival's, where the own player plays a and the rival b; y_b
is the share of the rival's option b.  The rival is taken to follow TRD, dy_b = y_b (h_b - y.h) with
h = B'x.  After such a step of the time eta the own mean payoff is x'Ay + eta Cov_y(p, h), p = A'x.
Its gradient is f_a = (Ay)_a + eta (Cov_y(A_a., h) + Cov_y(p, B_a.)).  The first covariance looks
ahead, the second shapes the rival.  Knows: the local rule whose hive follows f exactly.  Does not
know: its learner and its dynamic (`shaping_partners`).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from hivemind_abm import checks
from hivemind_abm.games.looking import GameRule

if TYPE_CHECKING:
    from hivemind_abm.engine.stream import Stream
    from hivemind_abm.games.looking import GameSeen, RivalsSeen
    from hivemind_abm.hives.bees import BeeView
    from hivemind_abm.hives.neighbours import Neighbours

__all__ = ["Lola", "Terms", "mark_of", "mark_played"]

Terms = Literal["both", "shaping", "lookahead"]


def mark_of(
    game: "GameSeen", terms: str, eta: float, one: int, third: int, rival: int, other: int
) -> float:
    """An unbiased estimate of f_a, for a candidate with the option a, up to what all share.

    Args:
        game: The game.
        terms: As of `Lola`.
        eta: As of `Lola`.
        one: The option of the candidate.
        third: That of another bee of the own hive.
        rival: That of a bee of the rival.
        other: That of another one.

    Returns:
        A number in [-eta, 1 + eta]; with one of the terms in [-eta / 2, 1 + eta / 2].
    """
    ahead = shaping = 0.0
    if terms != "shaping":
        ahead = (game.mine(one, rival) - game.mine(one, other)) * (
            game.theirs(third, rival) - game.theirs(third, other)
        )
    if terms != "lookahead":
        shaping = (game.mine(third, rival) - game.mine(third, other)) * (
            game.theirs(one, rival) - game.theirs(one, other)
        )
    return game.mine(one, rival) + 0.5 * eta * (ahead + shaping)


def mark_played(
    game: "GameSeen",
    terms: str,
    eta: float,
    one: int,
    third: int,
    rival: int,
    other: int,
    rng: "Stream",
) -> float:
    """As `mark_of`, from four matches that are played.

    The candidate and the third bee each play both rivals.  The products are of payoffs of different
    matches, so noise does not bias them.
    """
    mine, theirs = game.play(one, rival, rng)
    mine_other, theirs_other = game.play(one, other, rng)
    third_mine, third_theirs = game.play(third, rival, rng)
    third_mine_other, third_theirs_other = game.play(third, other, rng)
    ahead = shaping = 0.0
    if terms != "shaping":
        ahead = (mine - mine_other) * (third_theirs - third_theirs_other)
    if terms != "lookahead":
        shaping = (third_mine - third_mine_other) * (theirs - theirs_other)
    return mine + 0.5 * eta * (ahead + shaping)


@dataclass(frozen=True)
class Lola(GameRule):
    """R_lola: adopt the opinion of a bee with the chance (m + eta) / (1 + 2 eta).

    The mark m is what its option earns against a rival, and what it changes in the rival: of a
    candidate j and a third bee c of the own hive, and two bees k and l of the rival,
    m = A[j,k] + eta/2 ((A[j,k] - A[j,l]) (B[c,k] - B[c,l]) + (A[c,k] - A[c,l]) (B[j,k] - B[j,l])).
    j and c are different bees, and neither is the deciding bee itself: with that as the third bee
    the covariances would cancel.  A large hive then follows, exactly, with f as above,

        dx_a/dt = x_a (f_a - fbar) / (1 + 2 eta):

    LOLA against a rival that follows TRD.  With one of the terms the chance is
    (m + eta/2) / (1 + eta).  A bee keeps its option if it hears fewer than two bees, or if one of
    the four holds none.

    A rival that follows MRD moves with h / (y.h) in place of h.  Then both covariances of f are
    divided by w = y.h, and -eta Cov_y(p, h) (B y)_a / w^2 comes in addition.  That is no polynomial
    of the shares, so no rule that hears a fixed number of bees follows it exactly.  This rule still
    shapes such a rival, as if with the smaller eta w; so it needs a larger eta.

    Attributes:
        eta: How far it looks ahead: the time of a step of the rival, at least 0; at most 1 if the
            rival can make such a step.
        terms: "both", "shaping" (as Foerster et al.) or "lookahead".
        played: Play the four matches, so that only payoffs are needed; else the payoffs of the game
            are known to the bees.

    Sources: Foerster et al., Learning with Opponent-Learning Awareness, AAMAS 2018; Letcher et al.,
    Stable Opponent Shaping in Differentiable Games, ICLR 2019.
    """

    eta: float = 1.0
    terms: Terms = "both"
    played: bool = False

    name = "lola"
    symbol = "R_lola"
    hears: ClassVar[int | str] = 2

    @property
    def learner(self) -> str:
        """The learner with the same expected step: "P-LOLA"."""
        return "P-LOLA"

    @property
    def dynamic(self) -> str:
        """The dynamic that a large hive follows: "LOLA"."""
        return "LOLA"

    def __post_init__(self) -> None:
        checks.number("eta", self.eta, 0.0)
        checks.one_of("terms", self.terms, ("both", "shaping", "lookahead"))
        checks.truth_value("played", self.played)

    def decide(  # type: ignore[override]
        self,
        bee: "BeeView",
        neighbours: "Neighbours",
        rivals: "RivalsSeen",
        game: "GameSeen",
        rng: "Stream",
    ) -> int:
        """The opinion that this bee holds from now on; see `GameRule.decide`."""
        n, rival = neighbours.size, rivals[1 - game.player]
        if n < 2:
            return bee.opinion
        place = rng.integers(n)
        one = neighbours[place].opinion
        third = neighbours[(place + 1 + rng.integers(n - 1)) % n].opinion
        first, other = rival.pick(rng).opinion, rival.pick(rng).opinion
        if max(one, third) >= neighbours.n_action or max(first, other) >= rival.n_action:
            return bee.opinion
        if self.played:
            mark = mark_played(game, self.terms, self.eta, one, third, first, other, rng)
        else:
            mark = mark_of(game, self.terms, self.eta, one, third, first, other)
        most = self.eta if self.terms == "both" else 0.5 * self.eta
        return one if rng.random() * (1.0 + 2.0 * most) < mark + most else bee.opinion
