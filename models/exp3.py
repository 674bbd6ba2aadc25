"""Exp3 with several pulls: exponential weights on importance-weighted rewards, without memory.

A reward is divided by the probability with which its option was pulled, and counts as 0 for the
others.  So its mean is right although only what was pulled is seen: without exploration, the
log-odds of two options grow by eta (q_0 - q_1) per step on average.  Only the policy is kept.

P. Auer, N. Cesa-Bianchi, Y. Freund, R. E. Schapire, The nonstochastic multiarmed bandit
problem, SIAM J. Comput. 32, 48-77, 2002, https://doi.org/10.1137/S0097539701398375.  There B = 1,
and a memory keeps the weights (`my_first_learner`).  Written from memory of the paper.

    hivemind derive exp3.py --hears 10        # the local rule that it becomes, measured beside it
"""

from dataclasses import dataclass

import numpy as np

from hivemind_abm import BanditLinear, Claim, Learner, LearnerModel, ensemble, estimate, exp

FAMILY = "learning alone and together"


@dataclass(frozen=True)
class Exp3(Learner):
    """Exp3: pi_a <- pi_a exp(eta R_a), normalised, and mixed with a uniform policy."""

    eta: float = 0.5  # the learning rate
    gamma: float = 0.01  # share of exploration, 0 to 1
    parallel_envs: int = 1000  # B, pulls per step

    def update(self, policy, pulls, memory, rng):
        total = 0.0
        for a in range(pulls.n_action):
            if pulls.count_of(a) > 0:
                mean = pulls.reward_of(a) / (policy[a] * pulls.size)  # R_a
                policy[a] *= exp(min(self.eta * mean, 100.0))  # finite where pi_a is tiny
            total += policy[a]
        for a in range(pulls.n_action):
            policy[a] = (1.0 - self.gamma) * policy[a] / total + self.gamma / pulls.n_action


LEARNER = {"learner": Exp3(), "bandit": "evenly spaced"}
Q = 0.7, 0.5


def policies(learner, steps, runs, keep="last"):
    """The probability of option 0 at the end of each run, or in all its steps."""
    model = {"learner": learner, "bandit": BanditLinear(n_action=2, gap=0.0, q_star=Q)}
    rows = ensemble(LearnerModel, model, runs=runs, steps=steps, seed=1, keep=keep)
    return rows.set_index("Step")["share_0"]


def log_odds(quick):  # after 20 steps
    p = policies(Exp3(0.1, 0.0, parallel_envs=20), 20, 500 if quick else 40_000)
    return estimate(np.log(p / (1.0 - p)))


def first_step(quick):
    return estimate(policies(Exp3(0.5, 0.1, 1), 1, 10_000 if quick else 100_000))


FIRST = 0.05 + 0.9 * (1.0 / (1.0 + exp(-Q[0])) + 1.0 / (1.0 + exp(Q[1]))) / 2.0
CLAIMS = (  # otherwise: without learning
    Claim("mean log-odds after 20 steps", 20 * 0.1 * (Q[0] - Q[1]), "unbiased", log_odds, 0.0),
    Claim("mean policy after the first pull", FIRST, "the algorithm", first_step, 0.5),
)


def draw(axes, quick=False):
    for b, colour in ((1, "C1"), (100, "C0")):
        p = policies(Exp3(0.1, 0.0, parallel_envs=b), 30, 200 if quick else 5000, "rows")
        odds = np.log(p / (1.0 - p)).groupby(level="Step")
        low, mean, high = odds.mean() - odds.std(), odds.mean(), odds.mean() + odds.std()
        axes.fill_between(mean.index, low, high, color=colour, alpha=0.25, lw=0)
        axes.plot(mean.index, mean, color=colour, label=f"pulls per step: {b}")
    axes.plot([0, 30], [0.0, 0.6], "C3--", lw=1, label="eta (q_0 - q_1) per step")
    axes.set(xlabel="step", ylabel="log-odds of the better option")
    axes.set_title("Few pulls or many: the same mean (band: 1 sd)")
    axes.legend(loc="upper left")
