"""Which policy a bee has before it updates as a learner does.

Knows: the two readings, and how to try whether an update is affine in the policy.  Does not know:
rules.
"""

import numpy as np

from hivemind_abm.engine.numbers import as_numbers
from hivemind_abm.engine.stream import Stream
from hivemind_abm.learners.heard import BeesByHand, HeardPulls
from hivemind_abm.learners.learner import Learner

__all__ = ["HEARD", "OWN", "reading_of"]

OWN, HEARD = "own", "heard"
_ROUNDING = 1e-12
_TRIALS = 6
_MOST_HEARD = 12  # in a trial


def reading_of(learner: Learner, hears: int | str) -> str:
    """The reading of a learner that is exact, or nearest to it.

    "own" is exact if the policy after the update is the mean, with the policy before as weights, of
    those after an update from each corner of the simplex.  This is tried on random policies and
    pulls, for 2 and 3 options, with the pulls in both orders, and the learner's own numbers must
    not depend on the policy.

    Args:
        learner: The learner.
        hears: How many bees a bee hears, or "all".

    Returns:
        "own" where the update is affine in the policy, to 1e-12; else "heard".
    """
    size = _MOST_HEARD if isinstance(hears, str) else min(hears, _MOST_HEARD)
    random = np.random.default_rng(0)
    for n_action in (2, 3):
        for trial in range(_TRIALS):
            options = random.integers(n_action, size=size)
            rewards = random.random(size) * (random.random(size) < 0.9)
            policy = random.dirichlet(np.ones(n_action))
            pulls = list(zip(options.tolist(), rewards.tolist(), strict=True))
            for each in (pulls, pulls[::-1]):
                if not _is_affine(learner, policy, each, trial):
                    return HEARD
    return OWN


def _is_affine(
    learner: Learner, policy: np.ndarray, pulls: list[tuple[int, float]], seed: int
) -> bool:
    """Whether the update of a policy is the mean of those of the corners."""
    k = policy.size
    try:
        with np.errstate(all="ignore"):
            after = _updated(learner, policy, pulls, seed)
            corners = [_updated(learner, corner, pulls, seed) for corner in np.eye(k)]
    except Exception:  # a division by a probability of 0, for instance; a mistake shows in the hive
        return False
    mean = policy @ np.array(corners)
    return bool(np.all(np.abs(after - mean) <= _ROUNDING))


def _updated(
    learner: Learner, policy: np.ndarray, pulls: list[tuple[int, float]], seed: int
) -> np.ndarray:
    """The policy and the learner's own numbers after one update."""
    k, step = policy.size, seed
    after, random = policy.copy(), np.random.default_rng(seed)
    memory = random.random(learner.memory_size(k)) if step else np.zeros(learner.memory_size(k))
    heard = HeardPulls(BeesByHand(pulls, k), step)
    learner.update(as_numbers(after), heard, as_numbers(memory), Stream(seed))  # type: ignore[arg-type]
    return np.concatenate([after, memory])
