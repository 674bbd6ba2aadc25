"""Hawks fight and doves give way: imitation of success leads to V / C hawks, which pays all less.

Two bees contest a site of the value V.  Two hawks fight: one wins V, the other is hurt and pays C.
A hawk takes all from a dove.  Two doves share.  Each bee meets a random bee of its hive in each
step, and R_success imitates.  Where C > V, the hive ends with the share V / C of hawks, and with
the mean payoff (V / 2) (1 - V / C), less than the V / 2 of doves.

Maynard Smith & Price, The logic of animal conflict, Nature 246, 15, 1973,
https://doi.org/10.1038/246015a0; in this form in Maynard Smith, Evolution and the Theory of Games,
1982, chapter 2, https://doi.org/10.1017/CBO9780511806292.  Written from memory of the book.

    hivemind run --rule success --bandit hawks_and_doves.py --population-size 2000
"""

from dataclasses import dataclass

import numpy as np

from hivemind_abm import Bandit, Claim, Hive, ReplicatorModel, ensemble, estimate

FAMILY = "imitation and games"


@dataclass(frozen=True)
class HawksAndDoves(Bandit):
    value: float = 3.0
    cost: float = 4.0
    n_action: int = 2  # 0 is the hawk

    def pull(self, option, world, rng):
        if rng.random() < world.shares[0]:  # it meets a hawk
            won = 0.0 if option == 1 else self.value if rng.random() < 0.5 else -self.cost
        else:
            won = self.value if option == 0 else self.value / 2.0
        return (won + self.cost) / (self.value + self.cost)  # payoffs lie in [0, 1]

    def expected_rewards(self, world):
        hawks, v, c = world.shares[0], self.value, self.cost
        won = np.array([hawks * (v - c) / 2.0 + (1.0 - hawks) * v, (1.0 - hawks) * v / 2.0])
        return (won + c) / (v + c)


SITE, V, C = HawksAndDoves(), HawksAndDoves.value, HawksAndDoves.cost
HIVE = {"rule": "success", "bandit": SITE, "population_size": 2_000}


def settled(quick):
    hive, runs = HIVE | {"population_size": 4_000}, 20 if quick else 100
    return ensemble(Hive, hive, runs=runs, steps=200, seed=1, keep="last")


def hawks(quick):
    return estimate(settled(quick)["share_0"])


def payoff(quick):
    return estimate(settled(quick)["mean_payoff"] * (V + C) - C)


# otherwise: even shares, where the hives start; V / 2, what doves get among themselves
# within: the mean share of a hive of N bees is off by about 4 / N, the payoff by 3 times that
BOOK = "chapter 2: the stable strategy"
CLAIMS = (
    Claim("share of hawks", V / C, BOOK, hawks, 0.5, seconds=3.0, within=1e-3),
    Claim("mean payoff", V / 2 * (1 - V / C), BOOK, payoff, V / 2, seconds=3.0, within=3e-3),
)


def draw(axes, quick=False):
    for start in (0.05, 0.5, 0.98):
        first = {"initial_shares": (start, 1.0 - start)}
        hives = ensemble(Hive, HIVE | first, runs=5 if quick else 20, steps=150, seed=1)
        axes.fill_between(hives["step"], hives["share_0_q05"], hives["share_0_q95"], alpha=0.4)
        curve = ReplicatorModel("TRD", SITE, rng=1, **first)
        curve.run_for(150)
        axes.plot(curve.table()["share_0"], "k", lw=1)
    axes.axhline(V / C, color="0.4", ls="--")
    axes.set(xlabel="step", ylabel="share of hawks", xlim=(0, 150), ylim=(0, 1))
    axes.set_title("From any start, hawks settle at V / C = 3 / 4")
