"""Bees on a ring choose almost the best reply to their neighbours: the hive is an Ising chain.

Each bee plays a coordination game with its two neighbours: `a` if both hold option 0, `b` if both
hold option 1, nothing if they differ.  One at a time, a bee takes an option with a probability
proportional to exp(payoff / tau).  In the long run, each state of the hive is as likely as
exp(potential / tau), a Gibbs distribution.  As tau falls, all hold the risk-dominant option.

L. E. Blume, The statistical mechanics of strategic interaction, Games Econ. Behav. 5, 387-424,
1993, https://doi.org/10.1006/game.1993.1023.  The rule is written from the abstract.

    hivemind run --rule logit_choice.py --neighbourhood ring:2 --n-action 2 --updating asynchronous
"""

from dataclasses import dataclass

import numpy as np

from hivemind_abm import Claim, Hive, ImitationRule, ensemble, estimate, exp

FAMILY = "imitation and games"


@dataclass(frozen=True)
class LogitChoice(ImitationRule):
    a: float = 1.0
    b: float = 0.8
    tau: float = 0.5

    def decide(self, bee, neighbours, rng):
        last = neighbours.n_action - 1  # 1: the game has two options
        gain = self.a * neighbours.count_of(0) - self.b * neighbours.count_of(last)
        return 0 if rng.random() < 1.0 / (1.0 + exp(-gain / self.tau)) else last


N = 20
HIVE = {"rule": LogitChoice(), "population_size": N, "neighbourhood": "ring:2"}
HIVE |= {"updating": "asynchronous", "bandit": "near one", "n_action": 2}  # payoffs: not heard


def moments(a, b, tau):
    """Mean and variance of the share of option 0, by the Gibbs distribution's transfer matrix."""
    link = np.array([[np.exp(a / tau), 1.0], [1.0, np.exp(b / tau)]])
    powers = [np.linalg.matrix_power(link, n) for n in range(N + 1)]
    both = np.mean([powers[n][0, 0] * powers[N - n][0, 0] for n in range(N)])  # two bees hold it
    mean, whole = powers[N][0, 0] / np.trace(powers[N]), np.trace(powers[N])
    return mean, both / whole - mean**2


def shares(runs, **fields):
    hive = HIVE | {"rule": LogitChoice(**fields)}
    return ensemble(Hive, hive, runs=runs, steps=300, seed=1, keep="last")["share_0"]


def mean(quick):
    return estimate(shares(500 if quick else 4000))


def variance(quick):
    return estimate((shares(500 if quick else 4000, b=1.0) - 0.5) ** 2)


MEAN = moments(1.0, 0.8, 0.5)[0]
VARIANCE = moments(1.0, 1.0, 0.5)[1]
CLAIMS = (  # otherwise: bees with a neighbour on each option; bees that are independent
    Claim("mean share, b = 0.8", MEAN, "Gibbs", mean, 1.0 / (1.0 + exp(-0.2 / 0.5))),
    Claim("variance of the share, b = 1", VARIANCE, "Gibbs", variance, 0.25 / N),
)


def draw(axes, quick=False):
    x, tried = np.linspace(0.1, 2.2, 80), np.arange(0.25, 2.2, 0.375)
    for number, b in enumerate((0.5, 0.8, 0.95)):
        law = [moments(1.0, b, 1.0 / each)[0] for each in x]
        means = [shares(200 if quick else 500, b=b, tau=1.0 / each).mean() for each in tried]
        axes.plot(x, law, color=f"C{number}", label=f"{b:g}")
        axes.plot(tried, means, "o", color=f"C{number}", ms=4)
    axes.set(xlabel="sharpness of choice, 1 / tau", ylabel="share of option 0", ylim=(0.48, 1.02))
    axes.set_title("Sharp choice settles on the option that pays more")
    axes.legend(title="option 1 pays\n(option 0: 1)", loc="upper left")
