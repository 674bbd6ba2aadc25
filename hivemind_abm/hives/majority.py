"""R_majority: a bee casts votes among the options that it hears, weighted by payoff.

Knows: the rule.  Does not know: how neighbours are drawn, or when bees decide.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hivemind_abm.hives.rules import ImitationRule

if TYPE_CHECKING:
    from hivemind_abm.engine.stream import Stream
    from hivemind_abm.hives.bees import BeeView
    from hivemind_abm.hives.neighbours import Neighbours

__all__ = ["MajorityRule"]


@dataclass(frozen=True)
class MajorityRule(ImitationRule):
    """R_majority: cast S votes, each drawn as by R_wvoter, and adopt the option with most votes.

    A vote is for option a with probability (sum of r_j of the neighbours on a) / (sum of r_j of all
    neighbours).  Ties are broken uniformly at random.  S = 1 is R_wvoter; with S = infinity the
    option with the largest total payoff wins.  Votes are drawn as counts per option, so many votes
    cost about as much as a few.

    Attributes:
        number_of_votes: S, a whole number from 1 to 10**10, or infinity.

    Source: Soma et al., arXiv 2410.17517; Valentini et al., Auton. Agents Multi-Agent Syst. 30,
    2016.
    """

    number_of_votes: float = math.inf

    name = "majority"
    symbol = "R_majority"

    @property
    def learner(self) -> str | None:
        """The equivalent learner: "P-MCL" for one vote, else None."""
        return "P-MCL" if self.number_of_votes == 1 else None

    @property
    def dynamic(self) -> str | None:
        """The replicator dynamic: "MRD" for one vote, else None."""
        return "MRD" if self.number_of_votes == 1 else None

    def __post_init__(self) -> None:
        votes = self.number_of_votes
        if isinstance(votes, bool) or not isinstance(votes, int | float | np.number):
            raise TypeError(
                f"number_of_votes must be a whole number of at least 1 or infinity, not {votes!r}"
            )
        if not votes >= 1 or (
            math.isfinite(votes) and (votes != math.floor(votes) or votes > 10**10)
        ):
            raise ValueError(
                "number_of_votes must be a whole number from 1 to 10**10 or infinity, "
                f"not {votes!r}"
            )

    def decide(self, bee: "BeeView", neighbours: "Neighbours", rng: "Stream") -> int:
        """The bee's next opinion; see `ImitationRule.decide`."""
        if self.number_of_votes == 1.0:
            return neighbours.pick_by_payoff(rng).opinion
        if neighbours.size == 2:
            return self.between_two(bee, neighbours, rng)
        if neighbours.total_payoff <= 0.0:
            return bee.opinion
        if self.number_of_votes == math.inf:
            return self.largest_total(bee, neighbours, rng)
        return self.most_votes(bee, neighbours, rng)

    def between_two(self, bee: "BeeView", neighbours: "Neighbours", rng: "Stream") -> int:
        """The next opinion where a bee hears two bees.

        It has the same chances as `largest_total` and `most_votes`, without a loop over all
        options.
        """
        one, other = neighbours[0], neighbours[1]
        total = one.payoff + other.payoff
        if total <= 0.0:
            return bee.opinion
        if one.opinion == other.opinion:
            return one.opinion
        if self.number_of_votes == math.inf:
            lead = one.payoff - other.payoff
            tied = abs(lead) <= 1e-12 * total
        else:
            votes = int(self.number_of_votes)
            ahead = 2 * rng.binomial(votes, one.payoff / total) - votes
            lead, tied = float(ahead), ahead == 0
        if tied:
            return one.opinion if rng.integers(2) == 0 else other.opinion
        return one.opinion if lead > 0.0 else other.opinion

    def largest_total(self, bee: "BeeView", neighbours: "Neighbours", rng: "Stream") -> int:
        """The option with the largest total payoff.

        Totals that differ by no more than rounding are a tie.
        """
        rounding = 1e-12 * neighbours.total_payoff
        best, winner, tied = 0.0, bee.opinion, 0
        for option in range(neighbours.n_action):
            total = neighbours.payoff_of(option)
            if total > best + rounding:
                best, winner, tied = total, option, 1
            elif total > 0.0 and total >= best - rounding:
                tied += 1
                if rng.integers(tied) == 0:
                    winner = option
        return winner

    def most_votes(self, bee: "BeeView", neighbours: "Neighbours", rng: "Stream") -> int:
        """The option with most of S votes.

        Each option in turn gets a binomial part of the votes that are left.
        """
        left = int(self.number_of_votes)
        weight = neighbours.total_payoff
        best, winner, tied = 0, bee.opinion, 0
        for option in range(neighbours.n_action):
            if left == 0:
                break
            total = neighbours.payoff_of(option)
            if total <= 0.0:
                continue
            votes = rng.binomial(left, total / weight) if total < weight else left
            left -= votes
            weight -= total
            if votes > best:
                best, winner, tied = votes, option, 1
            elif votes > 0 and votes == best:
                tied += 1
                if rng.integers(tied) == 0:
                    winner = option
        return winner
