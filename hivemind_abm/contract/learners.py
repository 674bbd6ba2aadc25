"""What any learner must keep.

Knows: the promises that `LearnerModel` and `ensemble` rely on.  Does not know: any particular
learner.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.congestion import BanditCongestion
from hivemind_abm.bandits.linear import BanditLinear
from hivemind_abm.contract.across import check_across
from hivemind_abm.contract.running import (
    check_runs,
    check_signature,
    instance_of,
    remark_on_mode,
)
from hivemind_abm.engine.seeds import run_seeds
from hivemind_abm.learners.batch import LearnerBatch
from hivemind_abm.learners.learner import Learner
from hivemind_abm.learners.names import find_learner

__all__ = ["check_learner"]

_UPDATES = 20


def check_learner(learner: Any) -> list[str]:
    """Check that a learner keeps the contract of learners.

    It learns on bandits with 1, 2 and 7 options, some of which never or always pay, compiled and
    interpreted.

    Args:
        learner: A learner, its class, its short name or a file's path.

    Returns:
        The results, one line each.  Some are remarks, not faults.

    Raises:
        ValueError, TypeError: The learner breaks the contract; the message names the likely
            mistake.
    """
    instance = instance_of(find_learner(learner), "learner")
    if instance.looks_across:
        return check_across(instance)
    name = type(instance).__name__
    check_signature(instance, Learner, "update", ["self", "policy", "pulls", "memory", "rng"])
    check_signature(instance, Learner, "memory_size", ["self", "n_action"], needed=False)
    results = [f"{name} is a frozen dataclass with update(self, policy, pulls, memory, rng)"]
    changed = False
    for label, bandit in _environments():

        def learners(compiled: bool, bandit: Any = bandit) -> LearnerBatch:
            return LearnerBatch(instance, bandit, run_seeds(bandit.n_action, 2), compiled=compiled)

        states = check_runs(learners, instance, "learner", "update", label, _UPDATES)
        pulls = 2 * instance.parallel_envs
        policies = [rows[:, pulls : pulls + bandit.n_action] for rows in states]
        changed = changed or any(not np.array_equal(policies[0], policy) for policy in policies)
    results.append(
        "the policy stays at least 0 and sums to 1, "
        f"for K = 1, 2 and 7, rewards from 0 to 1, {_UPDATES} steps each"
    )
    results.append("same seed, same numbers: it draws from rng only")
    results.append(remark_on_mode(lambda: learners(True), "learner"))
    results.append(
        "it learns: its policy changes"
        if changed
        else "remark: its policy never changed; write policy[a] = ..., not policy = ..."
    )
    return results


def _environments() -> Iterator[tuple[str, Bandit]]:
    for n_action in (7, 2, 1):
        yield f"{n_action} options", BanditLinear(n_action=n_action, name="evenly spaced")
    yield "a congestion bandit", BanditCongestion()
    yield "rewards that are always 0", BanditLinear(n_action=3, gap=0.0, q_star=(0.0, 0.0, 0.0))
    yield "rewards that are always 1", BanditLinear(n_action=3, gap=0.0, q_star=(1.0, 1.0, 1.0))
    yield "rewards that are 0 or 1", BanditLinear(n_action=2, gap=0.0, q_star=(0.0, 1.0))
