"""Elementary functions whose last digit is the same in plain Python and in compiled code.

`math.exp` in plain Python and in machine code may come from two maths libraries that round the last digit differently; these are
compiled for both, so that a rule, bandit or learner that uses them keeps the same numbers bit for bit.
"""

import math

from hivemind_abm.engine.loops import compiled

__all__ = ["exp", "log"]


@compiled
def exp(x):
    """e to the power of x; infinity where that is too large."""
    return math.exp(x)


@compiled
def log(x):
    """The natural logarithm of x; minus infinity at 0."""
    return math.log(x)
