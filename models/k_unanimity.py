"""Robots that switch when k others agree choose the faster of two actions, from a fair start.

A robot repeats its action.  Each time it is home it hears k robots that have just come home, and
takes their action if all k agree.  For k = 1 a faster action is heard more often, but also left
more often.  For k > 1 it wins from any start above q_B / (q_A + q_B), where q is the speed.

Scheidler, Brutschy, Ferrante & Dorigo, "The k-unanimity rule for self-organized decision-making in
swarms of robots", IEEE Trans. Cybern. 46, 1175, 2016, https://doi.org/10.1109/TCYB.2015.2429118.
The rule is written from memory of the paper, where a robot hears the k one after the other.

    hivemind gallery --verify k_unanimity
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import binom

from hivemind_abm import Claim, Estimate, Hive, ImitationRule, bifurcation, ensemble, finite_hive

FAMILY = "robots and best of N"


@dataclass(frozen=True)
class Unanimity(ImitationRule):
    k: int = 2

    def decide(self, bee, neighbours, rng):
        if rng.random() >= bee.payoff:  # its action goes on; the payoff is its speed
            return bee.opinion
        first = neighbours.pick_by_payoff(rng).opinion
        for _ in range(self.k - 1):
            if neighbours.pick_by_payoff(rng).opinion != first:
                return bee.opinion
        return first


A, B, N = 0.9, 0.6, 20
SPEEDS = {"bandit": "linear", "n_action": 2, "gap": 0.0, "q_star": (A, B)}
HIVE = SPEEDS | {"rule": Unanimity(), "population_size": N}
HIVE |= {"neighbourhood": "everyone", "updating": "asynchronous"}


def fair_start(quick):
    how = SPEEDS | {"vary": "q_star[1]", "values": (0.5, B, 0.7)}
    points = bifurcation(Unanimity(3), bees=6_400 if quick else 128_000, **how).table()
    row = points[(points["value"] == B) & (points["kind"] == "unstable")].iloc[0]
    return Estimate(row["share_0"], row["error_0"])


def faster_wins(quick):
    end = finite_hive(samples=500 if quick else 20_000, **HIVE).summary()  # from 10 on each
    return Estimate(end["consensus_probability_0"], end["consensus_probability_0_error"])


def theory(k):
    """The chance of option 0 from n = 1 .. N: E_n+1 - E_n ~ ((q_B / q_A)^n C(N - 1, n))^(k - 1)."""
    n = np.arange(N)
    sums = np.cumsum(binom.pmf(n, N - 1, B / (A + B)) ** (k - 1.0))
    return sums / sums[-1]


CLAIMS = (
    Claim("fair start for k = 3", B / (A + B), "rate equation", fair_start, 0.5, 5.0),
    Claim("the faster wins, k = 2", theory(2)[9], "birth-death chain", faster_wins, 0.5, 2.0),
)


def draw(axes, quick=False):
    for k, colour in ((1, "C0"), (2, "C1"), (4, "C2")):
        axes.plot(np.arange(1, N + 1) / N, theory(k), colour, label=f"k = {k}")
        for share in (0.2, 0.4, 0.6, 0.8):
            hive = HIVE | {"rule": Unanimity(k), "initial_shares": (share, 1.0 - share)}
            runs = {"runs": 200 if quick else 2_000, "steps": 2_000, "seed": 1, "keep": "last"}
            won = ensemble(Hive, hive | {"stop_if_end": True}, **runs)["share_0"] == 1.0
            axes.plot(share, won.mean(), "o", color=colour, markersize=4)
    axes.set(xlabel="first share of the faster action", ylabel="chance that it wins")
    axes.set_title("Asking more robots sharpens the choice")
    axes.legend()
