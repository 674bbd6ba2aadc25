"""A hive of 1,000,000 bees: seconds to build it, bytes per bee, and the time of a step.

`pytest -n 0 tests/benchmarks/test_large_hive.py`.  Each row is a process without any other hive,
after a small hive has compiled what is needed.  Bytes are what the process gains, as the system
counts them; the most is at any time up to the third step.  The NetworkX graph in the last row
exists before.  No speed is asserted: the table is the result.
"""

import json
import subprocess
import sys

import pytest

pytest.importorskip("resource")

N = 1_000_000
ROWS = {
    "all": "{}",
    "M 10": "{'neighbourhood_size': 10}",
    "ring:4": "{'neighbourhood': 'ring:4'}",
    "random regular:4": "{'neighbourhood': 'random regular:4'}",
    "a graph of degree 4": "{'neighbourhood': nx.circulant_graph(n, [1, 2])}",
}
CHILD = """
import gc, json, resource, sys, time
import networkx as nx
from hivemind_abm import Hive

def most():
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size if sys.platform == "darwin" else 1024 * size

N, where = int(sys.argv[1]), sys.argv[2]

def settings(n):
    return {"bandit": "near one", "population_size": n, "rng": 1} | eval(where, {"nx": nx, "n": n})

def timed(call):
    start = time.perf_counter()
    value = call()
    return time.perf_counter() - start, value

Hive(**settings(1000)).step()
large = settings(N)
gc.collect()
before = most()
build, hive = timed(lambda: Hive(**large))
built = most()
steps = [timed(hive.step)[0] for _ in range(3)]
stepped = most()
steps += [timed(hive.step)[0] for _ in range(7)]
assert hive.steps == 10 and hive.opinions.size == N
print(json.dumps([build, (built - before) / N, (stepped - before) / N, min(steps)]))
"""


def measured(where):
    command = [sys.executable, "-c", CHILD, str(N), where]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_a_hive_of_a_million_bees(capsys):
    rows = {label: measured(where) for label, where in ROWS.items()}
    with capsys.disabled():
        print(f"\n{'a hive of 1,000,000':22}{'build s':>9}{'bytes':>8}{'3 steps':>9}{'step ms':>9}")
        for label, (build, built, stepped, step) in rows.items():
            print(f"{label:22}{build:9.2f}{built:8.0f}{stepped:9.0f}{step * 1e3:9.1f}")
        print(f"{'below, the target':22}{1.0:9.2f}{200:8}{200:9}{100.0:9.1f}")
