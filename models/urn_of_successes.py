"""A learner that draws from an urn and adds a ball after each success may learn chance as law.

Roth and Erev's reinforcement: an option is drawn in proportion to its total payoff so far, plus
`first`.  If two options always pay 1, this is Polya's urn.  The policy settles, but anywhere: from
one ball each, all numbers of draws are equally likely, and the variance of the policy after t
draws is t / (12 (t + 2)).  With more balls at first, early luck counts less.

A. E. Roth, I. Erev, Learning in extensive-form games, Games Econ. Behav. 8, 164-212, 1995,
https://doi.org/10.1016/S0899-8256(05)80020-X; A. W. Beggs, On the convergence of reinforcement
learning, J. Econ. Theory 122, 1-36, 2005, https://doi.org/10.1016/j.jet.2004.03.008.  The rule is
written from memory of the papers; the variance is that of Polya's urn.

    hivemind check urn_of_successes.py
"""

from dataclasses import dataclass

import numpy as np

from hivemind_abm import BanditLinear, Claim, Learner, LearnerModel, ensemble, estimate

FAMILY = "learning alone and together"


@dataclass(frozen=True)
class UrnOfSuccesses(Learner):
    first: float = 1.0  # balls of each option at first

    def memory_size(self, n_action):
        return n_action  # the summed payoff of each option

    def update(self, policy, pulls, memory, rng):
        for a in range(pulls.n_action):
            memory[a] += pulls.reward_of(a)
        balls = sum(memory) + self.first * pulls.n_action
        for a in range(pulls.n_action):
            policy[a] = (memory[a] + self.first) / balls


SURE = BanditLinear(n_action=2, gap=0.0, q_star=(1.0, 1.0))
LEARNER = {"learner": UrnOfSuccesses(), "bandit": SURE}
T = 199


def variance(s, t):
    """Of the policy after t draws from an urn with s balls of each of two options at first."""
    return t / (4.0 * (2.0 * s + 1.0) * (2.0 * s + t))


def policies(s, quick):
    learner, runs = LEARNER | {"learner": UrnOfSuccesses(s)}, 1000 if quick else 40_000
    return ensemble(LearnerModel, learner, runs=runs, steps=T, seed=1, keep="last")["share_0"]


def spread(quick):
    return estimate((policies(1.0, quick) - 0.5) ** 2)


def below_a_tenth(quick):
    return estimate(policies(1.0, quick) < 0.1)


CLAIMS = (  # otherwise: five balls of each at first; a policy that settles in the middle
    Claim("variance of the policy", variance(1.0, T), "Polya's urn", spread, variance(5.0, T)),
    # 0 to 19 draws of 0 to 199, all equally likely
    Claim("chance of a policy below a tenth", 20 / 200, "Polya's urn", below_a_tenth, 0.0),
)


def draw(axes, quick=False):
    x, edges = np.linspace(0.0, 1.0, 101), (10 * np.arange(21) + 0.5) / 201
    for number, (s, law) in enumerate(((1.0, np.ones(101)), (5.0, 630.0 * (x * (1.0 - x)) ** 4))):
        label = f"{s:.0f} ball{'s' * (s > 1)} of each at first"
        runs = policies(s, quick)
        axes.hist(runs, edges, density=True, alpha=0.4, color=f"C{number}", label=label)
        axes.plot(x, law, color=f"C{number}")
    axes.set(xlabel="probability of option 0 after 199 draws", ylabel="density of the runs")
    axes.set(ylim=(0, 3.3), title="Two equal options: an urn settles anywhere")
    axes.legend(title="lines: beta distributions")
