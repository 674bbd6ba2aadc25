"""The library's own machine code is compiled once, before the workers start.

Each worker would compile it for itself otherwise, because they start together.  Three processes do
it, as many as there are workers.
"""

import subprocess
import sys

MAJORITIES = """
from hivemind_abm import Hive
for more in ({}, {"updating": "asynchronous"}):
    Hive("majority", "near one", 12, rng=1, **more).run_for(2)
"""
HIVES = """
from hivemind_abm import Hive, ensemble
for rule in ("success", "wvoter", [("wvoter", 0.5), ("success", 0.5)]):
    for more in ({}, {"updating": "asynchronous"}):
        Hive(rule, "near one", 12, rng=1, **more).run_for(2)
Hive("wvoter", "near one", 12, neighbourhood="groups", neighbourhood_size=3, rng=1).run_for(2)
Hive("wvoter", "near one", 12, rng=1, compiled=False).run_for(2)
Hive("wvoter", "near one", 12, updating="asynchronous", rng=1, compiled=False).run_for(2)
ensemble(Hive, {"rule": "wvoter", "population_size": 10}, runs=2, steps=2, seed=1)
"""
OTHERS = """
from hivemind_abm import BanditSigmoid, GameModel, LearnerModel, ReplicatorModel, Stream
for learner in ("CL", "MCL", "P-CL", "P-MCL"):
    LearnerModel(learner, "near one", rng=1).run_for(2)
LearnerModel("P-CL", "near one", rng=1, parallel_envs=9, compiled=False).run_for(2)
LearnerModel("CL", "congestion", rng=1).run_for(2)
ReplicatorModel("MRD", "near one").run_for(2)
rng = Stream(1)
rng.random(), rng.integers(3), rng.normal(), rng.binomial(100, 0.5)
BanditSigmoid(n_action=2)
for match in ("drawn", "mean"):
    for players in (("success", "P-MCL"), ("TRD", "wvoter")):
        GameModel("matching pennies", players, 12, match=match, rng=1).run_for(2)
"""


def pytest_configure(config):
    workers = getattr(config.option, "numprocesses", None)
    if hasattr(config, "workerinput") or not workers or config.option.collectonly:
        return
    code = (MAJORITIES, HIVES, OTHERS)
    for running in [subprocess.Popen([sys.executable, "-c", each]) for each in code]:
        running.wait()
