"""Local rules: what one bee does with what it hears.

Each rule is written for one bee, as a frozen dataclass with a plain method `decide`; the same source runs interpreted and
compiled.  r_j is the payoff of bee j, x_a the share of bees with opinion a.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, get_args

import numpy as np

from hivemind_abm import checks
from hivemind_abm.registry import Named

if TYPE_CHECKING:  # the machine code is loaded where a hive runs, not where a rule is defined
    from hivemind_abm.engine.stream import Stream
    from hivemind_abm.hives.neighbours import BeeState, Neighbours

__all__ = ["ImitationOfSuccess", "ImitationRule", "MajorityRule", "WeightedVoterRule"]

Switch = Literal["bee", "is_stoc", "is_det"]


class ImitationRule(Named):
    """A local rule.  Subclass it as a frozen dataclass and write `decide` for one bee.

    Attributes:
        hears: The `neighbourhood_size` of a hive that names none: "all", or how many other bees a bee hears.
        learner: The learner that a hive of this rule amounts to, if one is known: "P-CL", "P-MCL" or None.
        dynamic: The replicator that it follows in a large hive, if one is known: "TRD", "MRD" or None.
    """

    hears: ClassVar[int | str] = "all"

    @property
    def learner(self) -> str | None:
        return None

    @property
    def dynamic(self) -> str | None:
        return None

    def decide(self, bee: "BeeState", neighbours: "Neighbours", rng: "Stream") -> int:
        """The opinion that this bee holds after the step.

        Called once a bee and step.  All bees decide on the same snapshot, so nothing here sees another bee's decision.

        Args:
            bee: What this bee shows: `bee.opinion` (0 .. K - 1) and `bee.payoff` (in [0, 1]).
            neighbours: The bees it hears: `size`, `[j]`, `pick(rng)`, `pick_by_payoff(rng)`, `payoff_of(option)`,
                `count_of(option)`, `total_payoff`, `n_action`.
            rng: The stream to draw from: `random()`, `integers(n)`, `normal()`, `binomial(n, p)`.

        Returns:
            An option, 0 .. K - 1.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no decide(self, bee, neighbours, rng)"
        )


@dataclass(frozen=True)
class ImitationOfSuccess(ImitationRule):
    """R_success: hear one bee j, chosen uniformly, and adopt its opinion with probability r_j.

    In a large hive x follows the Taylor replicator dynamic, dx_a/dt = x_a (q_a - sum_b x_b q_b), and the hive as a whole is
    Cross Learning (Soma et al., arXiv 2410.17517).

    Attributes:
        deterministic: Adopt it if r_j is larger than one's own payoff, and only then.
    """

    deterministic: bool = False

    name = "success"
    symbol = "R_success"
    hears: ClassVar[int | str] = 1

    @property
    def learner(self) -> str | None:
        return None if self.deterministic else "P-CL"

    @property
    def dynamic(self) -> str | None:
        return None if self.deterministic else "TRD"

    def __post_init__(self) -> None:
        checks.truth_value("deterministic", self.deterministic)

    def decide(self, bee: "BeeState", neighbours: "Neighbours", rng: "Stream") -> int:
        dancer = neighbours.pick(rng)
        if self.deterministic:
            return dancer.opinion if dancer.payoff > bee.payoff else bee.opinion
        return dancer.opinion if rng.random() < dancer.payoff else bee.opinion


@dataclass(frozen=True)
class WeightedVoterRule(ImitationRule):
    """R_wvoter: hear one bee j with probability r_j / sum_i r_i over the neighbours, and adopt its opinion.

    In a large hive x follows the Maynard replicator dynamic, dx_a/dt = x_a (q_a - qbar) / qbar with qbar = sum_b x_b q_b, and
    the hive as a whole is Maynard-Cross Learning (Soma et al., arXiv 2410.17517; the rule: Valentini et al., AAMAS 2014).

    Attributes:
        switch: "bee": adopt it.  "is_stoc": adopt it with probability r_j.  "is_det": adopt it if r_j is larger than one's own
            payoff.  The last two are the paper's hybrid of this rule and imitation of success.
    """

    switch: Switch = "bee"

    name = "wvoter"
    symbol = "R_wvoter"

    @property
    def learner(self) -> str | None:
        return "P-MCL" if self.switch == "bee" else None

    @property
    def dynamic(self) -> str | None:
        return "MRD" if self.switch == "bee" else None

    def __post_init__(self) -> None:
        checks.one_of("switch", self.switch, get_args(Switch))

    def decide(self, bee: "BeeState", neighbours: "Neighbours", rng: "Stream") -> int:
        dancer = neighbours.pick_by_payoff(rng)
        if self.switch == "is_stoc":
            return dancer.opinion if rng.random() < dancer.payoff else bee.opinion
        if self.switch == "is_det":
            return dancer.opinion if dancer.payoff > bee.payoff else bee.opinion
        return dancer.opinion


@dataclass(frozen=True)
class MajorityRule(ImitationRule):
    """R_majority: cast S votes, each for an option with probability sum of its r_j / sum of all r_j; adopt the winner.

    Ties are broken uniformly.  S = 1 is R_wvoter; with S = infinity the option with the largest total payoff heard wins.  The
    votes are drawn as counts, so that many cost what few cost.  (Soma et al., arXiv 2410.17517; Valentini et al., Auton. Agents
    Multi-Agent Syst. 30, 2016.)

    Attributes:
        number_of_votes: S, a whole number of at least 1, or infinity.
    """

    number_of_votes: float = math.inf

    name = "majority"
    symbol = "R_majority"

    @property
    def learner(self) -> str | None:
        return "P-MCL" if self.number_of_votes == 1 else None

    @property
    def dynamic(self) -> str | None:
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
                f"number_of_votes must be a whole number from 1 to 10**10 or infinity, not {votes!r}"
            )

    def decide(self, bee: "BeeState", neighbours: "Neighbours", rng: "Stream") -> int:
        if self.number_of_votes == 1.0:
            return neighbours.pick_by_payoff(rng).opinion
        if neighbours.size == 2:
            return self.between_two(bee, neighbours, rng)
        if neighbours.total_payoff <= 0.0:
            return bee.opinion
        if self.number_of_votes == math.inf:
            return self.largest_total(bee, neighbours, rng)
        return self.most_votes(bee, neighbours, rng)

    def between_two(self, bee: "BeeState", neighbours: "Neighbours", rng: "Stream") -> int:
        """What the two methods below come to where two bees are heard, without going through all options."""
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

    def largest_total(self, bee: "BeeState", neighbours: "Neighbours", rng: "Stream") -> int:
        """The option with the largest total payoff; totals closer than rounding can tell are a tie."""
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

    def most_votes(self, bee: "BeeState", neighbours: "Neighbours", rng: "Stream") -> int:
        """The winner of S votes: option after option takes its binomial part of the votes that are left."""
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
