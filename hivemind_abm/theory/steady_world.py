"""The check that a bandit's rewards depend on the shares alone, which all theory here assumes.

Knows: what may change rewards besides the shares.  Does not know: any theory.
"""

from hivemind_abm.bandits.bandit import Bandit

__all__ = ["check_steady"]


def check_steady(bandit: Bandit) -> None:
    """Refuse a bandit whose rewards depend on more than the shares.

    Raises:
        ValueError: It changes from step to step, or keeps numbers in its memory.
    """
    kind = type(bandit).__name__
    if bandit.changes:
        reason = f"those of {kind} change from step to step"
    elif bandit.memory_size(bandit.n_action) > 0:
        reason = f"those of {kind} may depend on its memory"
    else:
        return
    raise ValueError(
        f"bandit must pay rewards that depend on the shares alone; {reason}, so it can be "
        "simulated only"
    )
