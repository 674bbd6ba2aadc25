"""Bees that copy in proportion to how much better another did are not fooled by a risky site.

Proportional imitation: look at one other bee, and take its option with a chance proportional to how
much more it was paid.  Whatever the noise of the payoffs, the expected payoff of the hive then
rises, and the shares follow the replicator dynamic.  A very large `rate` means to copy whoever did
better.  Then the risky site wins here, as it wins most comparisons, although it pays less.

K. H. Schlag, Why imitate, and if so, how?, J. Econ. Theory 78, 130-156, 1998,
https://doi.org/10.1006/jeth.1997.2347.  The rule is written from the paper's abstract.

    hivemind run --rule proportional_imitation.py --bandit proportional_imitation.py --rate 1e9
"""

from dataclasses import dataclass

from hivemind_abm import Bandit, Claim, Estimate, Hive, ImitationRule, ensemble, mean_field

FAMILY = "imitation and games"


@dataclass(frozen=True)
class SafeAndRisky(Bandit):
    """Site 0 always pays `safe`; site 1 pays `prize` with the probability `luck`, else nothing."""

    safe: float = 0.6
    prize: float = 0.7
    luck: float = 0.7
    n_action: int = 2

    def pull(self, option, world, rng):
        if option == 0:
            return self.safe
        return self.prize if rng.random() < self.luck else 0.0


@dataclass(frozen=True)
class ProportionalImitation(ImitationRule):
    rate: float = 1.0
    hears = 1

    def decide(self, bee, neighbours, rng):
        other = neighbours.pick(rng)
        gain = other.payoff - bee.payoff
        return other.opinion if rng.random() < self.rate * gain else bee.opinion


HIVE = {"rule": ProportionalImitation(), "bandit": SafeAndRisky(), "population_size": 500}
GAIN = 0.6 - 0.7 * 0.7  # how much more the safe site pays on average
LOSS = 0.7 - 0.3  # how much more often the risky site does better in a comparison


def drift(rate, quick):
    """The change of the safe site's share in a step of an infinite hive, from 1/2."""
    rule, even, bees = ProportionalImitation(rate), [(0.5, 0.5)], 50_000 if quick else 1_280_000
    field = mean_field(rule, SafeAndRisky(), points=even, bees=bees, fixed_points=False)
    return Estimate(field.drift[0, 0], field.error[0, 0])


RISE = 0.25 * GAIN  # x (1 - x) times the gain: replicator dynamic
FALL = -0.25 * LOSS
CLAIMS = (
    Claim(
        "rise of the safe site, rate 1", RISE, "replicator", lambda quick: drift(1.0, quick), FALL
    ),
    Claim("fall if any better is copied", FALL, "follows", lambda quick: drift(1e9, quick), RISE),
)


def draw(axes, quick=False):
    for rate, colour, label in ((1.0, "C0", "in proportion"), (1e9, "C1", "whoever did better")):
        hive, runs = HIVE | {"rule": ProportionalImitation(rate)}, 4 if quick else 50
        rows = ensemble(Hive, hive, runs=runs, steps=60, seed=1)
        low, high = rows["share_0_q05"], rows["share_0_q95"]
        axes.plot(rows["step"], rows["share_0_mean"], color=colour, label=f"copy {label}")
        axes.fill_between(rows["step"], low, high, color=colour, alpha=0.25, lw=0)
    axes.set(xlabel="step", ylabel="share on the site that pays more", ylim=(0, 1))
    axes.set_title("Whoever copies the better is fooled by a risky site")
    axes.legend(loc="center right", title="band: 90 % of the hives")
