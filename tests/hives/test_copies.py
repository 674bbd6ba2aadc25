"""Copies of models: equal to the original, and independent of it."""

import copy
import os
import pickle
import subprocess
import sys

import mesa
import networkx as nx
import numpy as np
import pandas as pd
import pytest

from hivemind_abm import Hive, LearnerModel, ReplicatorModel

pytestmark = pytest.mark.thorough  # compiles many rules


def round_payoff(bee, digits):
    return round(bee.payoff, digits)


WAYS = {
    "deepcopy": copy.deepcopy,
    "copy": copy.copy,
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
    "a copy of a copy": lambda model: copy.deepcopy(pickle.loads(pickle.dumps(model))),
}
REPORTERS = {"opinion": "opinion", "level": [round_payoff, [1]]}
MODELS = {
    "hive": lambda: Hive("wvoter", "near one", 30, agent_reporters=REPORTERS, rng=4),
    "success": lambda: Hive("success", "sigmoid near one", 30, rng=4, neighbourhood_size=3),
    "groups": lambda: Hive(
        "majority", "congestion", 30, neighbourhood="groups", neighbourhood_size=5, rng="4"
    ),
    "network": lambda: Hive("success", neighbourhood="ring:4", population_size=30, rng=4),
    "graph": lambda: Hive(
        "wvoter", neighbourhood=nx.star_graph(29), neighbourhood_size=2, population_size=30, rng=4
    ),
    "interpreted": lambda: Hive("success", "near one", 30, compiled=False, rng=4),
    "stops": lambda: Hive("majority", "near one", 6, stop_if_end=True, number_of_votes=50, rng=4),
    "streaming": lambda: LearnerModel("MCL", alpha=0.1, rng=4),
    "parallel": lambda: LearnerModel("P-MCL", "congestion", parallel_envs=40, rng=4),
    "plain learner": lambda: LearnerModel("CL", alpha=0.1, compiled=False, rng=4),
    "macro": lambda: LearnerModel("macro:success", parallel_envs=40, rng=4),
    "Euler": lambda: ReplicatorModel("MRD", "congestion"),
    "ODE": lambda: ReplicatorModel("TRD", "congestion", method="exact", delta=0.4),
}


def arrays(model):
    names = ("opinions", "payoffs", "memory", "options", "rewards")
    return {name: getattr(model, name) for name in names if hasattr(model, name)}


def same(one, other):
    pd.testing.assert_frame_equal(one.table(), other.table(), check_exact=True)
    for name, array in arrays(one).items():
        np.testing.assert_array_equal(array, getattr(other, name))
    assert (one.steps, one.time, one.running) == (other.steps, other.time, other.running)
    assert repr(one) == repr(other)
    assert one.seed.entropy == other.seed.entropy
    return True


@pytest.mark.parametrize("steps", [0, 3])
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("name", MODELS)
def test_a_copy_takes_the_same_steps(name, way, steps):
    model = MODELS[name]()
    for _ in range(steps):
        model.step()
    twin = way(model)
    assert type(twin) is type(model) and same(model, twin)
    before = twin.table()
    for _ in range(2):
        model.step()
    model.run_for(2)
    pd.testing.assert_frame_equal(twin.table(), before, check_exact=True)  # untouched
    for _ in range(2):
        twin.step()
    twin.run_for(2)
    assert same(model, twin)
    assert twin.random.random() == model.random.random()
    assert twin.rng.random() == model.rng.random()
    for array, other in zip(arrays(model).values(), arrays(twin).values(), strict=True):
        assert not np.shares_memory(array, other)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_the_agents_of_a_copy_are_its_own(way):
    hive = MODELS["hive"]()
    hive.run_for(2)
    twin = way(hive)
    assert [bee.unique_id for bee in twin.agents] == [bee.unique_id for bee in hive.agents]
    assert all(bee.model is twin for bee in twin.agents)
    pd.testing.assert_frame_equal(
        hive.datacollector.get_agent_vars_dataframe(), twin.datacollector.get_agent_vars_dataframe()
    )
    old = hive.opinions.copy()
    for bee in twin.agents:
        bee.opinion, bee.payoff = 7, 1.0
    np.testing.assert_array_equal(hive.opinions, old)
    assert (twin.opinions == 7).all() and (twin.payoffs == 1.0).all()
    twin.step()
    assert twin.shares[7] == 1.0
    twin.opinions[:] = 2
    assert [bee.opinion for bee in twin.agents] == [2] * 30
    twin.step()
    assert twin.shares[2] == 1.0


def test_flows_and_decisions_of_a_copy():
    hive = MODELS["success"]()
    hive.run_for(2)
    twin = copy.deepcopy(hive)
    np.testing.assert_array_equal(twin.flows(), hive.flows())
    assert repr(twin.decision(3)) == repr(hive.decision(3))
    assert twin.mode == hive.mode == {"rule": "compiled", "bandit": "compiled"}


def test_one_bee_brings_its_hive():
    hive = MODELS["hive"]()
    hive.step()
    bee = copy.deepcopy(list(hive.agents)[5])
    assert bee.index == 5 and bee.model is not hive
    bee.model.step()
    hive.step()
    assert same(hive, bee.model)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_copy_after_an_error(way, tmp_path):
    file = tmp_path / "rule.py"
    file.write_text(
        "from dataclasses import dataclass\n"
        "from hivemind_abm import ImitationRule\n"
        "broken = []\n"
        "@dataclass(frozen=True)\n"
        "class Picky(ImitationRule):\n"
        "    def decide(self, bee, neighbours, rng):\n"
        "        if broken:\n"
        "            return -1\n"
        "        return neighbours.pick(rng).opinion\n"
    )
    hive = Hive(str(file), population_size=8, compiled=False, rng=1)
    hive.step()
    broken = type(hive.rule).decide.__globals__["broken"]
    broken.append(True)
    with pytest.raises(ValueError, match="returned opinion -1"):
        hive.step()
    broken.clear()
    twin = way(hive)
    for model in (hive, twin):
        model.run_for(2)
        model.step()
    assert same(hive, twin) and hive.steps == 4


class Watched(Hive):
    """A user's subclass, with a step and attributes of its own."""

    def __init__(self, **arguments):
        super().__init__(**arguments)
        self.log = []

    def step(self):
        super().step()
        self.log.append(self.shares.max())


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_subclass(way):
    hive = Watched(population_size=20, rng=3)
    hive.run_for(2)
    twin = way(hive)
    assert twin.log == hive.log and len(twin.log) == 2
    for model in (hive, twin):
        model.step()
    assert same(hive, twin) and twin.log == hive.log and len(twin.log) == 3


def test_a_stopped_hive():
    hive = MODELS["stops"]()
    hive.run_for(60)
    assert not hive.running
    twin = copy.deepcopy(hive)
    twin.step()
    assert not twin.running and twin.steps == hive.steps


def test_another_process_goes_on(tmp_path):
    hive = MODELS["network"]()
    hive.run_for(3)
    file = tmp_path / "hive.pickle"
    file.write_bytes(pickle.dumps(hive))
    script = (
        "import pickle, sys\n"
        "hive = pickle.load(open(sys.argv[1], 'rb'))\n"
        "hive.run_for(3)\n"
        "pickle.dump((hive.table(), hive.mode), sys.stdout.buffer)\n"
    )
    command = [sys.executable, "-c", script, str(file)]
    output = subprocess.run(command, capture_output=True, check=True, env=dict(os.environ)).stdout
    table, mode = pickle.loads(output)
    hive.run_for(3)
    pd.testing.assert_frame_equal(table, hive.table(), check_exact=True)
    assert mode == hive.mode


def test_a_large_hive_needs_no_deep_recursion():
    hive = Hive(population_size=20_000, rng=1)
    assert len(hive.agents) == 20_000  # so they are copied too
    twin = pickle.loads(pickle.dumps(copy.deepcopy(hive)))
    hive.step()
    twin.step()
    assert same(hive, twin)
    assert isinstance(twin, mesa.Model) and len(twin.agents) == 20_000
