"""Exp3 with several pulls: exponential weights on importance-weighted rewards, without memory.

hivemind check exp3.py
hivemind derive exp3.py --hears 10        # the local rule that it becomes, measured beside it
"""

from dataclasses import dataclass

from hivemind_abm import Learner, LearnerModel, exp


@dataclass(frozen=True)
class Exp3(Learner):
    """Exp3: pi_a <- pi_a exp(eta R_a), normalised, and mixed with a uniform policy.

    R_a is the mean over B pulls of r / pi_a where option a was pulled and of 0 elsewhere, an
    unbiased estimate of its reward.  The policy is all that is kept from step to step.

    Attributes:
        eta: The learning rate.
        gamma: Share of exploration, 0 to 1.
        parallel_envs: B, pulls per step.

    Source: Auer, Cesa-Bianchi, Freund & Schapire, SIAM J. Comput. 32, 2002,
    doi.org/10.1137/S0097539701398375.
    """

    eta: float = 0.5
    gamma: float = 0.01
    parallel_envs: int = 1000

    def update(self, policy, pulls, memory, rng):
        total = 0.0
        for a in range(pulls.n_action):
            if pulls.count_of(a) > 0:
                estimate = pulls.reward_of(a) / (policy[a] * pulls.size)
                policy[a] *= exp(min(self.eta * estimate, 100.0))  # finite where pi_a is tiny
            total += policy[a]
        for a in range(pulls.n_action):
            policy[a] = (1.0 - self.gamma) * policy[a] / total + self.gamma / pulls.n_action


# The arguments of the LearnerModel that this file shows.
LEARNER = {"learner": Exp3(), "bandit": "evenly spaced"}

if __name__ == "__main__":
    model = LearnerModel(**LEARNER, rng=1)
    model.run_for(100)
    print(model.datacollector.get_model_vars_dataframe()["optimal_share"].iloc[::10])
