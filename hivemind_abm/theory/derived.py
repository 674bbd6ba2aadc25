"""The local rule of a learner beside the learner, and how that is shown.

Knows: what follows from the measured numbers: tables, words.  Does not know: how they are measured
(`derivation`).
"""

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.learners.learner import Learner
from hivemind_abm.learners.local_rule import LocalRule
from hivemind_abm.learners.local_rule_reading import OWN
from hivemind_abm.results import Result
from hivemind_abm.theory.drift import Measurement
from hivemind_abm.theory.field import MeanField
from hivemind_abm.theory.fit import LEVEL
from hivemind_abm.theory.fixed_points import FixedPoint, describe_fixed_points
from hivemind_abm.theory.learner_steps import Growth

__all__ = ["AFFINE", "Closeness", "Derivation", "Measured", "Noise"]

AFFINE = 1e-12  # an update is affine in the policy if it differs by no more
_MOST_POINTS = 6  # fixed points that are written out
# What a large hive does, by whether the update is affine in the policy, and the policy is "own".
_EXPECTED = {
    (True, True): "makes the learner's expected step with as many pulls as a bee hears",
    (True, False): 'has a bias of order 1 / bees heard, which the reading "own" has not',
    (False, False): "makes the learner's expected step with a bias of order 1 / bees heard",
    (False, True): "makes another step than the learner, however many bees are heard",
}


@dataclass(frozen=True)
class Closeness:
    """How the drift of a rule compares with the expected step of a learner.

    Attributes:
        rms: The root mean square of the difference over all points and options.
        rms_error: The part of rms that chance alone gives.
        p: The probability that chance gives a difference as large, over all points.
        factor: The multiple of the learner's step that is nearest to the drift; nan where the
            learner does not move.
        factor_error: Its standard error.
        factor_p: As p, for that multiple.
    """

    rms: float
    rms_error: float
    p: float
    factor: float
    factor_error: float
    factor_p: float

    @property
    def equal(self) -> bool:
        """Whether the drift is the learner's step, within error."""
        return self.p >= LEVEL

    @property
    def proportional(self) -> bool:
        """Whether the drift is a multiple of the learner's step, other than 0, within error."""
        return self.factor_p >= LEVEL and abs(self.factor) > 3.0 * self.factor_error

    def __str__(self) -> str:
        """The comparison in a few words."""
        left = f"rms difference {self.rms:.2g}, chance alone gives {self.rms_error:.2g}"
        if self.equal:
            return f"equal within error ({left})"
        multiple = f"{self.factor:.4f} +- {self.factor_error:.4f} times that step"
        if self.proportional:
            return f"{multiple}, within error ({left})"
        return f"different ({left}); nearest is {multiple}"


@dataclass(frozen=True)
class Noise:
    """What a step does to the share of the best option in a finite hive, from even shares.

    Attributes:
        share: x, the share before the step.
        drift: m, the mean change.
        drift_error: Its standard error.
        variance: v, N times the variance of the change.
        population_size: N, the number of bees of the hive that was measured.
    """

    share: float
    drift: float
    drift_error: float
    variance: float
    population_size: int

    @property
    def step(self) -> float:
        """The standard deviation of the change in a step."""
        return math.sqrt(self.variance / self.population_size)

    @property
    def time(self) -> float:
        """The number of steps in which the drift changes the odds by a factor e, x (1 - x) / m."""
        return self.share * (1.0 - self.share) / self.drift if self._rises else math.inf

    @property
    def bees(self) -> float:
        """The number of bees at which the noise gathered in that time equals the drift's way.

        In T steps the drift moves the share by m T, and noise by sqrt(v T / N).  With T = x (1 - x)
        / m both are equal for N = v / (m x (1 - x)).  Of two equally frequent options, such a hive
        ends on the better one with a probability of about 1 / (1 + 1 / e) = 0.73, and one of 5
        times as many bees with 0.99.
        """
        scale = self.drift * self.share * (1.0 - self.share)
        return self.variance / scale if self._rises else math.inf

    @property
    def _rises(self) -> bool:
        return self.drift > 3.0 * self.drift_error


@dataclass(frozen=True, eq=False)
class Measured:
    """What is measured about a local rule and its learner.

    Attributes:
        field: The mean field of the rule.
        steps: The expected step of the learner at the same points, by its number of pulls: many,
            then as many as a bee hears, where the learner has that as a field.
        closeness: How the two compare, by the number of pulls.
        learner_fixed_points: Where the learner's step with many pulls is zero.
        rare: The best option, and the option that all others have while it is rare.
        rule_growth: How the rare option grows in a large hive of the rule.
        learner_growth: How it grows in the learner's expected step with many pulls.
        noise: Drift and noise in a finite hive.
    """

    field: MeanField
    steps: dict[int, Measurement]
    closeness: dict[int, Closeness]
    learner_fixed_points: tuple[FixedPoint, ...]
    rare: tuple[int, int]
    rule_growth: Growth
    learner_growth: Growth
    noise: Noise

    @property
    def many(self) -> int:
        """The larger number of pulls of the learner."""
        return next(iter(self.steps))


@dataclass(frozen=True, eq=False, repr=False)
class Derivation(Result):
    """The local rule of a learner beside the learner.

    `derive` makes it.

    Attributes:
        rule: The local rule.
        bandit: The bandit, an instance.
        population_size: N of the hive that is compared with its noise.
        residual: How far the learner's update is from affine in the policy, in trials.  Below 1e-12
            the reading "own" is exact for every number of bees heard.
        measured: All that was measured; None for a rule whose bees keep numbers.
    """

    rule: LocalRule
    bandit: Bandit
    population_size: int
    residual: float
    measured: Measured | None

    @property
    def learner(self) -> Learner:
        """The learner, an instance."""
        return self.rule.derived_from

    @property
    def field(self) -> MeanField:
        """The mean field of the rule.

        Raises:
            ValueError: Nothing was measured.
        """
        return self._found.field

    @property
    def closeness(self) -> Closeness:
        """How the rule's drift compares with the learner's expected step with many pulls.

        Raises:
            ValueError: Nothing was measured.
        """
        return self._found.closeness[self._found.many]

    @property
    def lost(self) -> float:
        """The number n of bees heard, times 1 - factor; 1 where the factor is 1 - 1/n.

        It is nan where all bees are heard.

        Raises:
            ValueError: Nothing was measured.
        """
        heard = self.rule.hears
        return math.nan if isinstance(heard, str) else heard * (1.0 - self.closeness.factor)

    @property
    def title(self) -> str:
        """The learner, and how many others a bee hears."""
        return f"the local rule of {self.learner.symbol}: each bee hears {self.rule.hears} others"

    def table(self) -> pd.DataFrame:
        """One row per point.

        Columns share_a, drift_a and error_a (of the rule), and for each number of pulls B of the
        learner learner_B_a and learner_B_error_a, its expected step.

        Raises:
            ValueError: Nothing was measured.
        """
        whole = self._found.field.whole
        columns = {"share": whole.points, "drift": whole.drift, "error": whole.error}
        for pulls, step in self._found.steps.items():
            columns |= {f"learner_{pulls}": step.drift, f"learner_{pulls}_error": step.error}
        return pd.DataFrame(
            {
                f"{name}_{option}": values[:, option]
                for name, values in columns.items()
                for option in range(self.bandit.n_action)
            }
        )

    def summary(self) -> dict[str, Any]:
        """The main numbers.

        Returns:
            learner, rule, reading, hears, bandit, affine_residual; and where something was
            measured: rms, rms_error, p, factor and factor_error of `Closeness` with many pulls,
            lost, rule_growth and learner_growth of a rare best option, fixed_points and
            learner_fixed_points (how many), noise_bees (`Noise.bees`).
        """
        row: dict[str, Any] = {
            "learner": self.learner.symbol,
            "rule": self.rule.symbol,
            "reading": self.rule.reading,
            "hears": self.rule.hears,
            "bandit": type(self.bandit).__name__,
            "affine_residual": self.residual,
        }
        if self.measured is None:
            return row
        near, found = self.closeness, self.measured
        return row | {
            "rms": near.rms,
            "rms_error": near.rms_error,
            "p": near.p,
            "factor": near.factor,
            "factor_error": near.factor_error,
            "lost": self.lost,
            "rule_growth": found.rule_growth.factor,
            "learner_growth": found.learner_growth.factor,
            "fixed_points": len(found.field.fixed_points),
            "learner_fixed_points": len(found.learner_fixed_points),
            "noise_bees": found.noise.bees,
        }

    def __str__(self) -> str:
        """The derivation in words."""
        lines = [self.title, self._reading_in_words]
        if self.measured is None:
            lines.append(
                "Nothing was measured: bees keep numbers, so their shares do not say what they do "
                "next.\nCompare runs of the hive with runs of the learner."
            )
            return "\n".join(lines)
        found = self.measured
        lines += ["", "the drift of a large hive beside the learner's expected step:"]
        lines += [
            f"  {_pulls_in_words(pulls, self.learner)}: {near}"
            for pulls, near in found.closeness.items()
        ]
        lines += self._lost_in_words
        rare, resident = found.rare
        lines += [
            "",
            f"option {rare} (the best), rare among bees on {resident}, multiplies its share in "
            "a step by:",
            f"  rule     {found.rule_growth}",
            f"  learner  {found.learner_growth}",
        ]
        lines += ["", f"fixed points (searched: {found.field.searched}):"]
        for name, points in (
            ("rule", found.field.fixed_points),
            ("learner", found.learner_fixed_points),
        ):
            texts = describe_fixed_points(points, _MOST_POINTS) or ["none known"]
            lines += [f"  {name:8} {text}" for text in texts]
        return "\n".join([*lines, "", *_noise_in_words(found.noise)])

    @property
    def _reading_in_words(self) -> str:
        """The reading, and why."""
        affine, own = self.residual <= AFFINE, self.rule.reading == OWN
        before = "all on its own option" if own else "the shares of the options that it hears"
        lines = [
            "A bee takes what it hears for pulls, updates as the learner, and draws its option.",
            f'  policy before the update  {before} (reading "{self.rule.reading}")',
        ]
        if affine:
            lines.append(
                f"  the update  is affine in the policy (to {self.residual:.0e} in trials)"
            )
        else:
            lines.append(f"  the update  is not affine in the policy (off by {self.residual:.2g})")
        if self.measured is not None:
            lines.append(f"  so a large hive  {_EXPECTED[affine, own]}")
        return "\n".join(lines)

    @property
    def _lost_in_words(self) -> list[str]:
        """What part of the speed is lost, where the drift is a multiple of the learner's step."""
        near, heard = self.closeness, self.rule.hears
        if isinstance(heard, str) or near.equal or not near.proportional:
            return []
        error = heard * near.factor_error
        return [f"  the factor is 1 - c / {heard} with c = {self.lost:.3f} +- {error:.3f}"]

    @property
    def _found(self) -> Measured:
        if self.measured is None:
            raise ValueError(
                f"nothing was measured for {self.rule.symbol}: its bees keep numbers of their own"
            )
        return self.measured


def _pulls_in_words(pulls: int, learner: Learner) -> str:
    """The learner with a number of pulls."""
    return f"{learner.symbol} with {pulls} pull{'s' if pulls > 1 else ''} a step"


def _noise_in_words(noise: Noise) -> list[str]:
    """The drift of a finite hive beside its noise."""
    n = noise.population_size
    lines = [
        f"{n} bees with even shares, one step: the best option's share changes by "
        f"{noise.drift:+.5f} on average, with a standard deviation of {noise.step:.5f}"
    ]
    if math.isinf(noise.bees):
        return [*lines, "  the best option does not gain beyond error, so no number is enough"]
    return [
        *lines,
        f"  it takes about {max(noise.bees, 1.0):.3g} bees for the gain to exceed the noise (over "
        f"the {noise.time:.3g} steps in which the odds change by a factor e)",
        f"  and about {max(5 * noise.bees, 1.0):.3g} bees for the better of two options to win in "
        "99 % of hives",
    ]
