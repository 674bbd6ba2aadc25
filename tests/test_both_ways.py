"""Every built-in rule in every neighbourhood on every bandit: interpreted and compiled give identical rows."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from hivemind_abm import Hive

RULES = {
    "success": {"rule": "success"},
    "success deterministic": {"rule": "success", "deterministic": True},
    "wvoter": {"rule": "wvoter"},
    "wvoter is_stoc": {"rule": "wvoter", "switch": "is_stoc"},
    "wvoter is_det": {"rule": "wvoter", "switch": "is_det"},
    "majority 1": {"rule": "majority", "number_of_votes": 1},
    "majority 3": {"rule": "majority", "number_of_votes": 3},
    "majority 10000": {"rule": "majority", "number_of_votes": 10_000},
    "majority inf": {"rule": "majority"},
}
SMALL_WORLD = nx.watts_strogatz_graph(12, 4, 0.3, seed=1)
NEIGHBOURHOODS = {
    "all others": {"neighbourhood_size": "all"},
    "3 others": {"neighbourhood_size": 3},
    "9 others": {"neighbourhood_size": 9},
    "groups": {"neighbourhood": "groups", "neighbourhood_size": 4},
    "everyone": {"neighbourhood": "everyone"},
    "network": {"neighbourhood": SMALL_WORLD},
    "2 on a network": {"neighbourhood": SMALL_WORLD, "neighbourhood_size": 2},
}
BANDITS = {
    "linear": {"bandit": "near one"},
    "sigmoid": {"bandit": "sigmoid near zero"},
    "congestion": {"bandit": "congestion"},
}


@pytest.mark.parametrize("bandit", BANDITS)
@pytest.mark.parametrize("neighbourhood", NEIGHBOURHOODS)
@pytest.mark.parametrize("rule", RULES)
def test_interpreted_equals_compiled(rule, neighbourhood, bandit):
    arguments = {"population_size": 12, "rng": 3, **RULES[rule], **NEIGHBOURHOODS[neighbourhood], **BANDITS[bandit]}
    frames, opinions = [], []
    for compiled in (True, False):
        hive = Hive(**arguments, compiled=compiled)
        assert set(hive.way.values()) == {"compiled" if compiled else "interpreted"}
        hive.run_for(8)
        frames.append(hive.datacollector.get_model_vars_dataframe())
        opinions.append((hive.opinions.copy(), hive.payoffs.copy()))
    pd.testing.assert_frame_equal(*frames, check_exact=True)
    np.testing.assert_array_equal(opinions[0][0], opinions[1][0])
    np.testing.assert_array_equal(opinions[0][1], opinions[1][1])
    assert len(frames[0]) == 9
