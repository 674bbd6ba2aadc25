"""A LOLA hive counts what its choice changes in its rival: matching pennies come to rest.

The bees of such a hive only imitate, but the hive is a learner with opponent-learning awareness: it
follows the gradient of its payoff after its rival's next step.  In matching pennies that adds
-4 eta y (1 - y) (2 x - 1) to the advantage of heads, and its speed is divided by 1 + 2 eta.  Two
naive hives spiral out and lock in; two LOLA hives keep to the middle, up to the noise of N bees.

Foerster et al., Learning with Opponent-Learning Awareness, AAMAS 2018,
https://doi.org/10.48550/arXiv.1709.04326; both terms of the gradient as in Letcher et al., 2019,
https://doi.org/10.48550/arXiv.1811.08469.

    hivemind play "matching pennies" lola lola --initial-shares 0.7,0.3/0.5,0.5 --steps 600
"""

import math

from hivemind_abm import Claim, GameModel, ensemble, estimate

FAMILY = "hives that play"

N, ETA = 1_000, 1.0
GAME = {
    "game": "matching pennies",
    "players": ("lola", "success"),
    "population_size": N,
    "initial_shares": ((0.7, 0.3), (0.5, 0.5)),
}
SPEED = 1.0 / (1.0 + 2.0 * ETA)
STEP = 0.7 * 0.3 * SPEED * (0.0 - 4.0 * ETA * 0.25 * 0.4)  # at x = 0.7, y = 0.5
# One step of two LOLA hives near the middle: the distance is multiplied by a root of MODULUS, and
# each share gets the variance 0.75 x 0.25 / N of bees that adopt with a chance of 1 / 2.
MODULUS = (1.0 - SPEED * ETA / 2.0) ** 2 + (SPEED / 2.0) ** 2
NOISE = math.sqrt(2.0 * 0.75 * 0.25 / N / (1.0 - MODULUS))


def one_step(quick):
    end = ensemble(GameModel, GAME, runs=100 if quick else 1_000, steps=1, seed=1, keep="last")
    return estimate(end["p0_share_0"])


def distances(players, runs, steps):
    """The distance from the middle, one row per step and one column per run."""
    game = GAME | {"players": players}
    rows = ensemble(GameModel, game, runs=runs, steps=steps, seed=1, keep="rows")
    away = (rows["p0_share_0"] - 0.5) ** 2 + (rows["p1_share_0"] - 0.5) ** 2
    return (away**0.5).to_numpy().reshape(runs, steps + 1).T


def rms(quick):
    late = distances(("lola", "lola"), 10 if quick else 100, 600)[100:]
    return estimate((late**2).mean(axis=0) ** 0.5)


CLAIMS = (
    Claim("heads after one step", 0.7 + STEP, "the gradient", one_step, otherwise=0.7),
    Claim(
        "rms distance of two LOLA hives from the middle",
        published=NOISE,
        source="linear noise about the gradient's fixed point",
        measure=rms,
        otherwise=math.sqrt(0.5),  # locked in, as naive hives are
        seconds=10.0,
        within=1e-4,  # curvature: of the order of its cube
    ),
)


def draw(axes, quick=False):
    for players in (("success", "success"), ("lola", "success"), ("lola", "lola")):
        away = distances(players, 5 if quick else 20, 100)
        axes.plot(away.mean(axis=1), label=" and ".join(players))
    axes.axhline(NOISE, color="k", ls="--", lw=1)
    axes.set(xlabel="step", ylabel="distance from the middle", xlim=(0, 100), ylim=(0, 0.75))
    axes.set_title("Naive hives lock in, LOLA hives rest")
    axes.legend(frameon=False)
