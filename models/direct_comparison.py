"""Bees that compare qualities directly are fast, and err where a quality is hard to measure.

A bee meets another and takes its site if the other has measured a higher quality.  With exact
measurements the better site spreads like a rumour, however small the difference.  With noise, what
counts is p, the chance that a measurement of A exceeds one of B: the share of A changes by
x (1 - x) (2 p - 1) per step.

Parker & Zhang, "Cooperative decision-making in decentralized multiple-robot systems: the best-of-N
problem", IEEE/ASME Trans. Mechatronics 14, 240 (2009), https://doi.org/10.1109/TMECH.2009.2014370;
a review: https://doi.org/10.3389/frobt.2017.00009.  From memory, and without the robots' quorum.

    hivemind run --rule direct_comparison.py --bandit "near one" --updating asynchronous
"""

from dataclasses import dataclass

import numpy as np

import hivemind_abm as hm

FAMILY = "robots and best of N"


@dataclass(frozen=True)
class Compare(hm.ImitationRule):
    hears = 1

    def decide(self, bee, neighbours, rng):
        other = neighbours.pick(rng)
        return other.opinion if other.payoff > bee.payoff else bee.opinion


def sites(gap):
    return hm.BanditLinear(n_action=2, gap=gap, q_star=(0.6, 0.5))


HIVE = {"rule": Compare(), "bandit": sites(0.3), "updating": "asynchronous"}


def speed_by_noise(gap, difference=0.1):
    """2 p - 1 for payoffs that are uniform on q +- gap."""
    return 1.0 - np.maximum(1.0 - difference / (2.0 * gap), 0.0) ** 2


def speed(quick, gap=0.3):
    """The change of the share x of A per step, divided by x (1 - x), at even shares."""
    measured = {"points": [(0.5, 0.5)], "bees": 64_000 if quick else 2_560_000}
    field = hm.mean_field(Compare(), sites(gap), **measured, fixed_points=False)
    return hm.Estimate(field.drift[0, 0] / 0.25, field.error[0, 0] / 0.25)


def rumour(quick):
    """Steps until one bee has convinced 49 others, if it measures exactly."""
    samples = 1000 if quick else 30_000
    chain = hm.finite_hive(Compare(), sites(0.0), 50, updating="asynchronous", samples=samples)
    one = chain.state_of((1, 49))
    return hm.Estimate(chain.consensus_times[one], chain.consensus_time_errors[one])


ALL_TOLD = 2.0 * 49.0 / 50.0 * sum(1.0 / n for n in range(1, 50))
CLAIMS = (  # otherwise: as without noise; an imitation of success, which takes 1 / 0.6 as long
    hm.Claim("speed with noise of 0.3", speed_by_noise(0.3), "2 p - 1", speed, 1.0, 2),
    hm.Claim("steps to tell 50 bees", ALL_TOLD, "2 (N - 1) / N sum 1 / n", rumour, ALL_TOLD / 0.6),
)


def draw(axes, quick=False):
    gaps, noise = np.linspace(0.02, 0.4, 8), np.linspace(0.01, 0.4, 200)
    axes.plot(noise, speed_by_noise(noise), label="direct comparison, $2p - 1$")
    found = zip(*[speed(quick, gap=gap) for gap in gaps], strict=True)
    axes.errorbar(gaps, *found, fmt="o", ms=4, label="measured mean field")
    axes.axhline(0.1 / 0.55, color="0.5", ls="--", label="weighted voter")
    axes.set(title="Noise slows direct comparison down", xlabel="noise of a measurement, +-")
    axes.set(ylabel="speed towards the better site", ylim=(0.0, 1.05))
    axes.legend()
