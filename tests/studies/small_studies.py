"""Studies that run in a moment, for the tests of studies, executors and stores."""

import pandas as pd

from hivemind_abm import Study

HIVES = {"rule": ["wvoter", "success"], "bandit": "near one", "population_size": [5, 20]}


LEARNERS = {"model": "LearnerModel", "learner": ["CL", "P-MCL"], "bandit": "congestion"}


REPLICATOR = {"model": "ReplicatorModel", "dynamic": "MRD", "bandit": "near one"}


TOML = """
runs = 40
steps = 30
seed = 1
keep = "rows"

[[systems]]
rule = ["wvoter", "success", "majority"]
population_size = [10, 20, 50]
stop_if_end = true

[[systems]]
model = "LearnerModel"
learner = "P-MCL"
parallel_envs = [5, 20]
initial_shares = [[0.5, 0.5]]
bandit = "congestion"
"""


WORN_OUT = """
from dataclasses import dataclass
from hivemind_abm import ImitationRule


@dataclass(frozen=True)
class WornOut(ImitationRule):
    patience: float = 0.5

    def decide(self, bee, neighbours, rng):
        if self.patience > 1.0:
            return 99
        return neighbours.pick(rng).opinion
"""


def study(keep="rows", **more):
    return Study.grid(
        HIVES, LEARNERS, REPLICATOR, **{"runs": 8, "steps": 6, "seed": 1, "keep": keep} | more
    )


def same(one, other):
    pd.testing.assert_frame_equal(one, other, check_exact=True)
