"""Foragers that imitate success divide as the food does: the ideal free distribution.

Food comes to each site at a constant rate and is shared by the bees there, so a bee finds some with
a chance in proportion to supply_a / x_a^m.  No bee counts bees or food; each imitates a random bee
that has just found some.  Where bees only share (m = 1), the shares match the supplies.  Where they
hinder each other less (m < 1), the best site gets more: x_a is proportional to supply_a^(1 / m).

Fretwell & Lucas, Acta Biotheoretica 19, 16, 1969, https://doi.org/10.1007/BF01601953; Parker,
Searching for mates, 1978 (input matching); Sutherland, J. Anim. Ecol. 52, 821, 1983,
https://doi.org/10.2307/4456 (interference m; its abstract states the formula).

    hivemind run --rule success --bandit ideal_free_foragers.py --population-size 2000
"""

from dataclasses import dataclass

import numpy as np

from hivemind_abm import Bandit, Claim, Hive, ensemble, estimate

FAMILY = "imitation and games"


@dataclass(frozen=True)
class SharedFood(Bandit):
    supply: tuple[float, ...] = (0.6, 0.3, 0.1)
    interference: float = 1.0  # m
    food: float = 0.3  # items per bee and step

    @property
    def n_action(self):
        return len(self.supply)

    def pull(self, option, world, rng):
        crowd = world.shares[option] ** self.interference
        return 1.0 if rng.random() * crowd < self.food * self.supply[option] else 0.0

    def expected_rewards(self, world):
        crowd = np.maximum(world.shares, 1e-12) ** self.interference
        return np.minimum(self.food * np.array(self.supply) / crowd, 1.0)


HIVE = {"rule": "success", "bandit": SharedFood(), "population_size": 2_000}
SUPPLY = np.array(SharedFood().supply)


MATCHED, SQUARES = (float(SUPPLY[0] ** k / (SUPPLY**k).sum()) for k in (1, 2))


def best_site(quick, m):
    hive, runs = HIVE | {"bandit": SharedFood(interference=m)}, 30 if quick else 300
    return estimate(ensemble(Hive, hive, runs=runs, steps=100, seed=1, keep="last")["share_0"])


# otherwise: even shares, where the hives start; the supplies, as with m = 1
# within: with m < 1 the mean of a hive of N bees is off by some 1 / N
WHAT = "share of the best site, m = {}"
CLAIMS = (
    Claim(WHAT.format(1), MATCHED, "Parker 1978", lambda quick: best_site(quick, 1.0), 1 / 3),
    Claim(
        WHAT.format(0.5),
        SQUARES,
        "Sutherland 1983, abstract",
        lambda quick: best_site(quick, 0.5),
        otherwise=MATCHED,
        within=2e-3,
    ),
)


def draw(axes, quick=False):
    hives = ensemble(Hive, HIVE, runs=10 if quick else 100, steps=30, seed=1)
    for site, supply in enumerate(SUPPLY):
        mean, std = hives[f"share_{site}_mean"], hives[f"share_{site}_std"]
        axes.fill_between(hives["step"], mean - 2 * std, mean + 2 * std, alpha=0.4)
        axes.axhline(supply, color="k", ls="--", lw=1)
        axes.text(29.5, supply + 0.04, f"{supply:.0%} of the food", ha="right")
    axes.set(xlabel="step", ylabel="share of the bees", xlim=(0, 30), ylim=(0, 0.75))
    axes.set_title("Bees divide as the food does")
