"""Cross-inhibition: scouts that stop each other's dances choose a nest, even among equal ones.

The last option is "uncommitted"; its share is recorded like the others.  An uncommitted bee finds a
nest by itself or is recruited by a dancer.  A committed bee gives up, sooner for a poorer nest, or
is stopped by a dancer for another nest.  Between two equal nests of value v, few stop signals leave
a deadlock; above sigma = 4 v^3 / (v^2 - 1)^2 one nest wins (Seeley et al., Science 335, 2012; Pais
et al., PLoS ONE 8, e73216, 2013).

    # The critical rate, computed in three ways, and a figure of the bifurcation:
    python cross_inhibition.py results
    hivemind mean-field --rule cross_inhibition.py --bandit cross_inhibition.py --stop-signal 2
    hivemind app cross_inhibition.py
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import optimize

from hivemind_abm import (
    Bandit,
    CrossInhibition,
    Hive,
    ImitationRule,
    critical_stop_signal,
    ensemble,
    mean_field,
)


@dataclass(frozen=True)
class Nests(Bandit):
    """Nests of given quality; the last option is "uncommitted" and pays nothing."""

    quality: tuple[float, ...] = (0.8, 0.8)
    gap: float = 0.0

    @property
    def n_action(self):
        return len(self.quality) + 1

    def pull(self, option, world, rng):
        if option == len(self.quality):
            return 0.0
        return self.quality[option] + self.gap * (2.0 * rng.random() - 1.0)

    def expected_rewards(self, world):
        return np.array([*self.quality, 0.0])


@dataclass(frozen=True)
class StopSignals(ImitationRule):
    """Discovery, abandonment, recruitment and stop signals, at most one of them per bee and step.

    A step has length `delta`.  The rates are those of `CrossInhibition`.  A scout cannot know a
    nest before it has been there.  So `discovery`, the rate at which each nest is found, is a
    property of the place, not of what the bee has seen.
    """

    discovery: tuple[float, ...] = (4.0, 4.0)
    abandonment: float = 1.0
    recruitment: float = 1.0
    stop_signal: float = 2.0
    scale: float = 5.0
    delta: float = 0.05
    hears = 1

    def decide(self, bee, neighbours, rng):
        uncommitted = neighbours.n_action - 1
        other, chance = neighbours.pick(rng), rng.random()
        if bee.opinion == uncommitted:
            for nest in range(min(uncommitted, len(self.discovery))):
                chance -= self.delta * self.discovery[nest]
                if chance < 0.0:
                    return nest
            # The payoff is 0 if the other bee is uncommitted too.
            if chance < self.delta * self.recruitment * self.scale * other.payoff:
                return other.opinion
            return uncommitted
        value = self.scale * bee.payoff
        leaves = self.delta * self.abandonment / value if value > 0.0 else 1.0
        stops = (
            self.delta * self.stop_signal
            if other.opinion != bee.opinion and other.opinion != uncommitted
            else 0.0
        )
        return uncommitted if chance < leaves + stops else bee.opinion


HIVE = {
    "rule": StopSignals(),
    "bandit": Nests(),
    "population_size": 500,
    "initial_shares": (0.05, 0.05, 0.9),
}
VALUE = 4.0  # scale x quality
ONE_AHEAD = (0.7, 0.2, 0.1)


def broken_symmetry(rates, population_size=20_000, runs=16, steps=700):
    """The squared difference of the two nests' shares at the end, for each rate.

    By then it is stationary.  Each row is (mean, standard error).
    """
    found = []
    for rate in rates:
        hive = HIVE | {
            "rule": StopSignals(stop_signal=rate),
            "population_size": population_size,
            "initial_shares": ONE_AHEAD,
        }
        end = ensemble(Hive, hive, runs=runs, steps=steps, seed=1, keep="last")
        square = (end["share_0"] - end["share_1"]) ** 2
        found.append((square.mean(), square.sem()))
    return np.array(found)


def critical_by_simulation(rates=(1.5, 1.7, 2.0, 2.5, 3.0)):
    """Where the symmetry breaks, from hives of 20,000 bees: (rate, standard error).

    Above this rate the squared difference is linear in 1 / sigma.  A line is fitted to the
    simulated values and extended to zero.
    """
    rates = np.array(rates)
    mean, error = broken_symmetry(rates).T
    (slope, level), spread = np.polyfit(
        1.0 / rates, mean, 1, w=1.0 / np.maximum(error, 1e-5), cov="unscaled"
    )
    zero = -level / slope
    variance = (spread[1, 1] + zero**2 * spread[0, 0] + 2.0 * zero * spread[0, 1]) / slope**2
    return 1.0 / zero, np.sqrt(variance) / zero**2


def critical_by_mean_field(rates=(0.8, 0.95, 1.1, 1.25, 1.4), bees=20_000_000):
    """The same from the rule's mean field: (rate, standard error).

    It is the rate where a small difference between the nests begins to grow in the deadlock.
    """
    grows = []
    for rate in rates:
        rule = StopSignals(stop_signal=rate)
        # In the deadlock both nests have the same share, and that of uncommitted bees is constant.
        nests = np.linspace(0.40, 0.49, 10)
        line = np.stack([nests, nests, 1.0 - 2.0 * nests], axis=1)
        measured = mean_field(rule, Nests(), points=line, bees=bees // 10, fixed_points=False)
        share = np.roots(np.polyfit(nests, measured.drift[:, 2], 2))
        share = share[np.isreal(share) & (share.real > 0.3) & (share.real < 0.5)].real[0]
        apart = 0.2
        pair = [
            [share + apart, share - apart, 1.0 - 2.0 * share],
            [share - apart, share + apart, 1.0 - 2.0 * share],
        ]
        measured = mean_field(rule, Nests(), points=pair, bees=bees, fixed_points=False)
        change = measured.drift[:, 0] - measured.drift[:, 1]
        error = np.hypot(measured.error[:, 0], measured.error[:, 1])
        grows.append(((change[0] - change[1]) / (4.0 * apart), np.hypot(*error) / (4.0 * apart)))
    rate, (mean, error) = np.array(rates), np.array(grows).T
    (square, slope, level), spread = np.polyfit(rate, mean, 2, w=1.0 / error, cov="unscaled")
    zero = optimize.brentq(
        lambda sigma: (square * sigma + slope) * sigma + level, rate[0], rate[-1]
    )
    at = np.array([zero**2, zero, 1.0])
    return zero, np.sqrt(at @ spread @ at) / abs(2.0 * square * zero + slope)


def draw(file):
    """The bifurcation: simulated differences of the two shares, the theory, the critical rate."""
    from matplotlib.figure import Figure

    critical, fine = critical_stop_signal(VALUE), np.linspace(0.5, 3.0, 400)
    uncommitted = VALUE**-2
    theory = np.sqrt(np.maximum((1.0 - uncommitted) ** 2 - 4.0 * VALUE * uncommitted / fine, 0.0))
    figure = Figure(figsize=(4.6, 3.2), layout="constrained")
    panel = figure.subplots()
    for sign in (1, -1):
        panel.plot(
            fine, sign * theory, color="#0072B2", label="mean field, stable" if sign > 0 else None
        )
    panel.plot(
        fine[fine > critical], 0.0 * fine[fine > critical], "--", color="#0072B2", label="unstable"
    )
    for rate in np.arange(0.6, 3.01, 0.2):
        for start in (ONE_AHEAD, (ONE_AHEAD[1], ONE_AHEAD[0], ONE_AHEAD[2])):
            hive = HIVE | {
                "rule": StopSignals(stop_signal=rate),
                "population_size": 5000,
                "initial_shares": start,
            }
            end = ensemble(Hive, hive, runs=6, steps=1000, seed=2, keep="last")
            label = "hives of 5,000" if rate < 0.7 and start is ONE_AHEAD else None
            panel.plot(
                [rate] * len(end),
                end["share_0"] - end["share_1"],
                ".",
                color="#D55E00",
                markersize=4,
                label=label,
            )
    panel.axvline(critical, color="black", linewidth=0.6)
    panel.set(
        xlabel="stop signals, 1 / time", ylabel="share of nest 0 - share of nest 1", ylim=(-1, 1)
    )
    panel.legend(fontsize=7, loc="upper left")
    figure.savefig(file, dpi=200)


if __name__ == "__main__":
    print(f"published           {critical_stop_signal(VALUE):.4f}")
    print("by simulation       {:.4f} +- {:.4f}".format(*critical_by_simulation()))
    print("by mean field       {:.4f} +- {:.4f}".format(*critical_by_mean_field()))
    known = {"CrossInhibition": CrossInhibition(stop_signal=2.0)}
    print(
        mean_field(
            StopSignals(stop_signal=2.0), Nests(), dynamics=known, fixed_points=False
        ).verdict
    )
    if len(sys.argv) > 1:
        folder = Path(sys.argv[1])
        folder.mkdir(parents=True, exist_ok=True)
        draw(folder / "cross_inhibition.png")
        print(f"written: {folder / 'cross_inhibition.png'}")
