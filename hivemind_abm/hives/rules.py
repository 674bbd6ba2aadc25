"""Local rules: what one bee does with what it hears.

Each rule is written for one bee, as a frozen dataclass with a plain method `decide`.  The same
source runs compiled and interpreted.  r_j is the payoff of bee j, x_a the share of bees with
opinion a, q_a the expected reward of option a.  Knows: the rules.  Does not know: how neighbours
are drawn, or when bees decide.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args

import numpy as np

from hivemind_abm import checks
from hivemind_abm.hives.chances import bees_heard, samples_of, shares_of_payoff
from hivemind_abm.registry import Named

if TYPE_CHECKING:  # the machine code is loaded where a hive runs, not where a rule is defined
    from hivemind_abm.engine.stream import Stream
    from hivemind_abm.hives.bees import BeeView
    from hivemind_abm.hives.neighbourhood import Neighbourhood
    from hivemind_abm.hives.neighbours import Neighbours

__all__ = [
    "ImitationOfSuccess",
    "ImitationRule",
    "OneStepChances",
    "WeightedVoterRule",
]

Switch = Literal["bee", "is_stoc", "is_det"]
type OneStepChances = Callable[[np.ndarray, np.ndarray], np.ndarray]


class ImitationRule(Named):
    """A local rule.  Subclass it as a frozen dataclass and write `decide` for one bee.

    Attributes:
        hears: The default `neighbourhood_size` of a hive with this rule: "all", or the number of
            other bees that a bee hears.
        learner: The learner equivalent to a hive of this rule, if one is known: "P-CL", "P-MCL" or
            None.
        dynamic: The replicator dynamic that a large hive follows, if one is known: "TRD", "MRD" or
            None.
        uncommitted: Whether a bee may hold no option: then `decide` may return
            `neighbours.n_action`.
        looks_across: Whether `decide` also gets the other players of a game; see `GameRule`.

    See also: `ImitationOfSuccess`, `WeightedVoterRule`, `MajorityRule`.
    """

    hears: ClassVar[int | str] = "all"
    uncommitted: ClassVar[bool] = False
    looks_across: ClassVar[bool] = False

    def __init_subclass__(cls, **keywords: Any) -> None:
        """Drop the inherited `one_step_chances` of a class that has another `decide` or `dance`."""
        super().__init_subclass__(**keywords)
        claims = ("decide", "dance", "one_step_chances")
        first = next(base for base in cls.__mro__ if any(name in vars(base) for name in claims))
        if "one_step_chances" not in vars(first):
            cls.one_step_chances = ImitationRule.one_step_chances  # type: ignore[method-assign]

    @property
    def learner(self) -> str | None:
        """The learner equivalent to a hive of this rule, or None."""
        return None

    @property
    def dynamic(self) -> str | None:
        """The replicator dynamic that a large hive of this rule follows, or None."""
        return None

    def decide(self, bee: "BeeView", neighbours: "Neighbours", rng: "Stream") -> int:
        """The opinion that this bee holds from now on.

        In a synchronous hive it is called once per bee and step, and all bees decide on the same
        snapshot.  In an asynchronous one it is called for one bee at a time.

        Args:
            bee: This bee: `bee.opinion` (0 .. K - 1), `bee.payoff` (what it last pulled, in
                [0, 1]), `bee.memory[i]` (its own numbers, which it may change) and `bee.step` (the
                number of the step that is being made, 1 for the first).
            neighbours: The bees that it hears: `size`, `[j]`, `pick(rng)`, `pick_by_payoff(rng)`,
                `payoff_of(option)`, `count_of(option)`, `total_payoff`, `n_action`.
            rng: The stream to draw from: `random()`, `integers(n)`, `normal()`, `binomial(n, p)`.

        Returns:
            An option, 0 .. K - 1; K for none where the rule is `uncommitted`.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no decide(self, bee, neighbours, rng)"
        )

    def memory_size(self, n_action: int) -> int:
        """How many numbers each bee keeps in `bee.memory`; they are 0.0 at first."""
        return 0

    def begin(self, bee: "BeeView", rng: "Stream") -> None:
        """Set the memory of a bee when the hive is built, before the first pull.

        Args:
            bee: The bee, with its first opinion; its `memory` can be written to.
            rng: The stream to draw from.
        """

    def dance(self, bee: "BeeView", rng: "Stream") -> float:
        """What the others see as this bee's payoff; it is called after each pull.

        Without it they see `bee.payoff`.  A bee that shows 0 is silent.

        Args:
            bee: The bee, with the payoff that it has just pulled.
            rng: The stream to draw from.

        Returns:
            A payoff in [0, 1].
        """
        return bee.payoff

    @property
    def has_begin(self) -> bool:
        """Whether the rule has a `begin` of its own."""
        return type(self).begin is not ImitationRule.begin

    @property
    def has_dance(self) -> bool:
        """Whether the rule has a `dance` of its own."""
        return type(self).dance is not ImitationRule.dance

    def one_step_chances(self, neighbourhood: "Neighbourhood") -> OneStepChances | None:
        """The chances of one decision in closed form, for rewards without noise.

        Write it beside `decide` where they are known.  A subclass with another `decide` does not
        inherit it.

        Args:
            neighbourhood: Which bees each bee hears.

        Returns:
            A function (counts, rewards) -> chances, or None where no closed form is known.
            counts: the number of bees on each option, shape (K,).
            rewards: the reward of each option, in [0, 1], shape (K,).
            chances: [a, b] is the chance that a bee on option a adopts option b, shape (K, K); each
            row sums to 1.
        """
        return None


@dataclass(frozen=True)
class ImitationOfSuccess(ImitationRule):
    """R_success: hear one bee j, chosen uniformly, and adopt its opinion with probability r_j.

    In a large hive x follows the Taylor replicator dynamic, dx_a/dt = x_a (q_a - sum_b x_b q_b),
    and the hive as a whole is Cross Learning.

    Attributes:
        deterministic: Adopt the opinion if and only if r_j is larger than the bee's own payoff.

    Source: Soma et al., arXiv 2410.17517.
    """

    deterministic: bool = False

    name = "success"
    symbol = "R_success"
    hears: ClassVar[int | str] = 1

    @property
    def learner(self) -> str | None:
        """The equivalent learner: "P-CL", or None if `deterministic`."""
        return None if self.deterministic else "P-CL"

    @property
    def dynamic(self) -> str | None:
        """The replicator dynamic: "TRD", or None if `deterministic`."""
        return None if self.deterministic else "TRD"

    def __post_init__(self) -> None:
        checks.truth_value("deterministic", self.deterministic)

    def decide(self, bee: "BeeView", neighbours: "Neighbours", rng: "Stream") -> int:
        """The bee's next opinion; see `ImitationRule.decide`."""
        dancer = neighbours.pick(rng)
        if self.deterministic:
            return dancer.opinion if dancer.payoff > bee.payoff else bee.opinion
        return dancer.opinion if rng.random() < dancer.payoff else bee.opinion

    def one_step_chances(self, neighbourhood: "Neighbourhood") -> OneStepChances | None:
        """Known where a bee hears M of the others, or everyone.

        [a, b] is r_b (bees on b) / (N - 1) for a != b; where a bee hears everyone, N replaces N -
        1.  It is unknown if `deterministic`.  Arguments and result: see
        `ImitationRule.one_step_chances`.
        """
        from hivemind_abm.hives.neighbourhood import EVERYONE, OTHERS, SAMPLE

        # a random one of a random M of the others is a random one of the others
        if self.deterministic or neighbourhood.kind not in (OTHERS, SAMPLE, EVERYONE):
            return None
        everyone = neighbourhood.kind == EVERYONE
        heard = max(neighbourhood.population_size - (not everyone), 1)

        def chances(counts: np.ndarray, rewards: np.ndarray) -> np.ndarray:
            to_option = bees_heard(counts, everyone) * rewards / heard
            return to_option + np.diag(np.maximum(1.0 - to_option.sum(axis=1), 0.0))

        return chances


@dataclass(frozen=True)
class WeightedVoterRule(ImitationRule):
    """R_wvoter: adopt the opinion of a bee j drawn with probability r_j / sum_i r_i.

    The sum is over the neighbours.  In a large hive x follows the Maynard replicator dynamic,
    dx_a/dt = x_a (q_a - qbar) / qbar with qbar = sum_b x_b q_b, and the hive as a whole is
    Maynard-Cross Learning.

    Attributes:
        switch: "bee": adopt the opinion of j.  "is_stoc": adopt it with probability r_j.  "is_det":
            adopt it if r_j is larger than the bee's own payoff.  The last two are the paper's
            hybrid of this rule and imitation of success.

    Source: Soma et al., arXiv 2410.17517; the rule: Valentini et al., AAMAS 2014.
    """

    switch: Switch = "bee"

    name = "wvoter"
    symbol = "R_wvoter"

    @property
    def learner(self) -> str | None:
        """The equivalent learner: "P-MCL", or None where `switch` is not "bee"."""
        return "P-MCL" if self.switch == "bee" else None

    @property
    def dynamic(self) -> str | None:
        """The replicator dynamic: "MRD", or None where `switch` is not "bee"."""
        return "MRD" if self.switch == "bee" else None

    def __post_init__(self) -> None:
        checks.one_of("switch", self.switch, get_args(Switch))

    def decide(self, bee: "BeeView", neighbours: "Neighbours", rng: "Stream") -> int:
        """The bee's next opinion; see `ImitationRule.decide`."""
        dancer = neighbours.pick_by_payoff(rng)
        if self.switch == "is_stoc":
            return dancer.opinion if rng.random() < dancer.payoff else bee.opinion
        if self.switch == "is_det":
            return dancer.opinion if dancer.payoff > bee.payoff else bee.opinion
        return dancer.opinion

    def one_step_chances(self, neighbourhood: "Neighbourhood") -> OneStepChances | None:
        """Known where a bee hears all others, M of them, or everyone.

        [a, b] is b's share of the payoffs that a bee on a hears; for M of the others it is the mean
        over all that it may hear, of which there are about M^(K - 1).  A bee that hears no payoff
        above 0 keeps its option.  It is unknown where `switch` is not "bee".  Arguments and result:
        see `ImitationRule.one_step_chances`.
        """
        from hivemind_abm.hives.neighbourhood import EVERYONE, OTHERS, SAMPLE

        if self.switch != "bee" or neighbourhood.kind not in (OTHERS, SAMPLE, EVERYONE):
            return None
        everyone = neighbourhood.kind == EVERYONE

        def chances(counts: np.ndarray, rewards: np.ndarray) -> np.ndarray:
            heard = bees_heard(counts, everyone)
            if neighbourhood.kind != SAMPLE:
                return shares_of_payoff(heard * rewards, np.eye(counts.size))
            means = np.empty(heard.shape)
            for option, (bees, keep) in enumerate(zip(heard, np.eye(counts.size), strict=True)):
                samples, chance = samples_of(bees, neighbourhood.size)
                means[option] = chance @ shares_of_payoff(samples * rewards, keep)
            return means

        return chances
