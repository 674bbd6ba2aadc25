"""Rock, paper, scissors among bees: chance kills two of three options in a time of order N.

A bee takes the option of one other bee if that one wins: 0 beats 1, 1 beats 2, 2 beats 0.  No
payoff matters.  In an infinite hive, where share 0 grows by x_0 (x_1 - x_2), the product of the
three shares stays constant, so they go round for ever.  With N bees the mean of the product falls
by the factor 1 - 3 / (N (N - 1)) in each event.  So options die out, however large the hive is.

Reichenbach, Mobilia & Frey, Coexistence versus extinction in the stochastic cyclic Lotka-Volterra
model, Phys. Rev. E 74, 051907, 2006, https://doi.org/10.1103/PhysRevE.74.051907.  The rule is
written from the abstract and from memory of the paper; the factor follows from its rates.

    hivemind run --rule rock_paper_scissors.py --n-action 3 --updating asynchronous --steps 300
"""

from dataclasses import dataclass

from hivemind_abm import (
    BanditLinear,
    Claim,
    Estimate,
    Hive,
    ImitationRule,
    ensemble,
    estimate,
    mean_field,
)

FAMILY = "imitation and games"


@dataclass(frozen=True)
class RockPaperScissors(ImitationRule):
    hears = 1

    def decide(self, bee, neighbours, rng):
        other = neighbours.pick(rng).opinion
        return other if bee.opinion == (other + 1) % neighbours.n_action else bee.opinion


SAME = BanditLinear(n_action=3, gap=0.0, q_star=(0.5, 0.5, 0.5))
HIVE = {"rule": RockPaperScissors(), "bandit": SAME, "updating": "asynchronous"}
HIVE["population_size"] = 300
N = 24  # bees of the first claim
FALL = (1.0 - 3.0 / (N * (N - 1))) ** N  # the factor of a step


def product(quick):
    """The mean product after 8 steps, beside that at first."""
    runs = 4_000 if quick else 100_000
    end = ensemble(Hive, HIVE | {"population_size": N}, runs=runs, steps=8, seed=1, keep="last")
    return estimate(27.0 * end["share_0"] * end["share_1"] * end["share_2"])


def growth(quick):
    """The change of share 0 per step in an infinite hive with the shares 0.5, 0.3 and 0.2."""
    bees, points = 200_000 if quick else 20_000_000, [[0.5, 0.3, 0.2]]
    field = mean_field(RockPaperScissors(), SAME, points=points, bees=bees, fixed_points=False)
    return Estimate(float(field.drift[0, 0]), float(field.error[0, 0]))


RATES = "follows from the rates of the reactions"
CLAIMS = (
    Claim("mean product after 8 steps", FALL**8, RATES, product, otherwise=1.0, seconds=2.0),
    Claim("growth of option 0", 0.5 * (0.3 - 0.2), "x_0 (x_1 - x_2)", growth, otherwise=0.0),
)


def draw(axes, quick=False):
    for n in (30, 100) if quick else (30, 100, 300):
        hive, steps = HIVE | {"population_size": n}, int(1.5 * n)
        rows = ensemble(Hive, hive, runs=400, steps=steps, seed=1, keep="rows")
        shares = rows[["share_0", "share_1", "share_2"]]
        alive = (shares.min(axis=1) > 0.0).groupby(rows["Step"]).mean()
        axes.plot(alive.index / n, alive, label=f"{n} bees")
    axes.axhline(1.0, color="0.4", ls="--", label="infinite hive")
    axes.set(xlabel="steps / bees", ylabel="hives with all three", ylim=(0, 1.1), xlim=(0, 1.5))
    axes.set_title("Three options do not coexist for long")
    axes.legend(frameon=False)
