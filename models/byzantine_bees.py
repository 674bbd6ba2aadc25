"""Byzantine bees that dance at full strength for the worse site break a swarm if they are few.

The other bees draw a dancer by its strength and copy it; they dance as strongly as their site is
good.  A share b of Byzantine bees takes b (1 + 1 / (q_A - q_B)) from the share of the better site.
The swarm fails at b = (q_A - q_B) / (1 + q_A - q_B); bees that are only stubborn must be more,
1 - q_B / q_A.

Strobel, Castello Ferrer & Dorigo, "Managing Byzantine robots via blockchain technology in a swarm
robotics collective decision making scenario", AAMAS 2018, and Front. Robot. AI 7, 54, 2020,
https://doi.org/10.3389/frobt.2020.00054, where robots do more.  The numbers follow from the mean
field of the weighted voter (https://doi.org/10.48550/arXiv.2410.17517).

    hivemind gallery --verify byzantine_bees
"""

from dataclasses import dataclass

import numpy as np

from hivemind_abm import Claim, Estimate, Hive, ImitationRule, bifurcation, ensemble, estimate

FAMILY = "robots and best of N"


@dataclass(frozen=True)
class Byzantine(ImitationRule):
    option: int = 0
    strength: float = 1.0

    def dance(self, bee, rng):
        return self.strength

    def decide(self, bee, neighbours, rng):
        return self.option


A, B = 0.9, 0.6
SITES = {"bandit": "linear", "n_action": 2, "gap": 0.0, "q_star": (A, B)}


def hive(byzantine, strength=1.0):
    rules = [("wvoter", 1.0 - byzantine), (Byzantine(1, strength), byzantine)]
    return SITES | {"rule": rules, "initial_shares": [(0.8, 0.2), (0.0, 1.0)]}


HIVE = hive(byzantine=0.1)


def failure(quick):
    """Where the better site's last followers vanish: the fixed point at share 0 turns stable."""
    how = SITES | {"vary": "rule_share_1", "values": (0.1, 0.15, 0.2, 0.25, 0.3)}
    how |= {"bees": 6_400 if quick else 256_000}
    met = bifurcation(hive(0.2)["rule"], **how).meetings()
    return Estimate(*met[["value", "error"]].iloc[-1]) if len(met) else np.nan


def followers(quick, byzantine=0.1, strength=1.0):
    runs = {"runs": 10 if quick else 200, "steps": 100, "seed": 1, "keep": "last"}
    return estimate(ensemble(Hive, hive(byzantine, strength), **runs)["share_0"])


LIMIT = (A - B) / (1.0 + A - B)
HONEST = 1.0 - 0.1 * A / (A - B)  # otherwise: they dance as strongly as their site is good
CLAIMS = (
    Claim("share that makes the swarm fail", LIMIT, "mean field", failure, 1.0 - B / A, 5.0),
    Claim("better site beside 0.1", 1.0 - 0.1 / LIMIT, "mean field", followers, HONEST),
)


def draw(axes, quick=False):
    share = np.linspace(0.0, 0.4, 121)
    for strength, colour, limit in ((1.0, "C0", LIMIT), (B, "C1", 1.0 - B / A)):
        axes.plot(share, np.maximum(1.0 - share / limit, 0.0), colour, label=f"strength {strength}")
        for b in share[::15]:
            mean, error = followers(True, b, strength)
            axes.errorbar(b, mean, 2.0 * error, fmt="o", color=colour, markersize=4)
    axes.set(xlabel="share of Byzantine bees", ylabel="share on the better site")
    axes.set_title("Loud liars break the swarm sooner")
    axes.legend()
