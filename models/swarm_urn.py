"""An urn of two colours decides where drawing a colour makes it more likely to be drawn again.

A marble is drawn.  With the chance P(s) one of the other colour takes its colour (positive
feedback), else another of its colour takes the other one.  With P(s) = phi sin(pi s) the share s
changes by 4 (P(s) - 1/2) (s - 1/2) per draw, in marbles.  The even urn is stable up to phi = 1/2;
above, the urn leans to one colour, to where P(s) = 1/2.  Here each marble decides for itself.

Hamann, "Towards swarm calculus", Swarm Intelligence 7, 145 (2013),
https://doi.org/10.1007/s11721-013-0080-0.  The urn is as on the paper's web page.

    hivemind bifurcation --rule swarm_urn.py --bandit "near one" --n-action 2 --vary phi=0.3:0.7:9
"""

from dataclasses import dataclass
from math import pi, sin

import numpy as np

import hivemind_abm as hm

FAMILY = "robots and best of N"


@dataclass(frozen=True)
class Marble(hm.ImitationRule):
    phi: float = 0.75  # the most positive feedback
    rate: float = 0.24  # draws per bee and step, at most 1 / (1 + pi)

    def decide(self, bee, neighbours, rng):
        own = (neighbours.count_of(bee.opinion) + 1.0) / (neighbours.size + 1.0)
        positive = self.phi * sin(pi * own)
        changes = positive * (1.0 - own) / own + 1.0 - positive  # one of many of its colour
        other = (bee.opinion + 1) % neighbours.n_action
        return other if rng.random() < self.rate * changes else bee.opinion


COLOURS = hm.BanditLinear(n_action=2, gap=0.0, q_star=(0.5, 0.5))
HIVE = {"rule": Marble(), "bandit": COLOURS, "updating": "asynchronous", "population_size": 64}


def urn(phi, marbles=64):  # its distribution in the long run, from the chances of a draw
    s = np.arange(marbles + 1) / marbles
    positive = phi * np.sin(pi * s)
    up, down = s * positive + (1 - s) * (1 - positive), (1 - s) * positive + s * (1 - positive)
    law = np.cumprod(np.append(1.0, up[:-1] / down[1:]))
    return s, law / law.sum()


def shares(quick, phi=0.75):
    hive, runs = HIVE | {"rule": Marble(phi=phi)}, 200 if quick else 3000
    return hm.ensemble(hm.Hive, hive, runs=runs, steps=400, seed=1, keep="last")["share_0"]


def variance(quick):
    return hm.estimate((shares(quick) - 0.5) ** 2)


def critical(quick):
    phi, bees = np.linspace(0.3, 0.7, 5 if quick else 9), 12_800 if quick else 128_000
    (meeting,) = hm.bifurcation(Marble(), COLOURS, "phi", phi, bees=bees).met
    return hm.Estimate(meeting.value, meeting.error)


SPREAD = float(urn(0.75)[1] @ (urn(0.75)[0] - 0.5) ** 2)
CLAIMS = (  # otherwise: any positive feedback; the urn of Ehrenfest, without positive feedback
    hm.Claim("feedback phi at which the urn decides", 0.5, "P(1/2) = 1/2", critical, 0.0, 8),
    hm.Claim("variance for phi = 0.75", SPREAD, "the urn's chain", variance, 0.25 / 64, 4),
)


def draw(axes, quick=False):
    for phi, line, mark in ((0.45, "C0-", "C0o"), (0.6, "C1-", "C1s"), (0.75, "C2-", "C2^")):
        s, law = urn(phi)
        axes.plot(s, 64 * law, line, label=f"$\\varphi$ = {phi}")
        bins = np.arange(-0.5, 65.0, 5.0) / 64
        seen, _ = np.histogram(shares(quick, phi), bins, density=True)
        axes.plot((bins[1:] + bins[:-1]) / 2, seen, mark, ms=3.5)
    axes.set(title="Urns (lines), hives (points)", xlabel="share", ylabel="density", ylim=(0, 3.4))
    axes.legend(loc="upper center", ncols=3)
