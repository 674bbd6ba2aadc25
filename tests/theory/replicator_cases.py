"""Shares and rewards to try the dynamics and their solvers on."""

import numpy as np
from hypothesis import strategies as st

from hivemind_abm.theory.dynamics import DYNAMICS

NAMES = sorted(DYNAMICS)


def case(seed, k, zeros=0):
    """Random shares and rewards of k options, the last `zeros` of them held by nobody."""
    rng = np.random.default_rng(seed)
    x = rng.dirichlet(np.ones(k - zeros))
    return np.append(x, np.zeros(zeros)), rng.random(k)


@st.composite
def shares_and_rewards(draw):
    k = draw(st.integers(1, 6))
    weights = draw(
        st.lists(
            st.sampled_from([0.0, 1e-200, 1e-12, 0.01, 0.5, 1.0]), min_size=k, max_size=k
        ).filter(any)
    )
    q = draw(st.lists(st.floats(0.0, 1.0, allow_subnormal=False), min_size=k, max_size=k))
    return np.array(weights) / np.sum(weights), np.array(q)


def rewards_of(bandit):
    """The expected rewards of a bandit as a function of the shares."""
    return lambda x: bandit.expected_rewards(bandit.world(x))
