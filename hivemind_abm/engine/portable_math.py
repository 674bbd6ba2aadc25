"""Elementary functions whose last digit is the same in compiled and interpreted code.

`math.exp` in plain Python and in machine code may use two maths libraries that round the last digit
differently.  The functions here are compiled for both modes, so a rule, bandit or learner that uses
them gives the same numbers bit for bit.  A further function of this kind goes here.
"""

import math

from hivemind_abm.engine.loops import compiled

__all__ = ["exp", "log"]


@compiled
def exp(x):
    """The exponential of x; infinity where the result is too large."""
    return math.exp(x)


@compiled
def log(x):
    """The natural logarithm of x; minus infinity at 0."""
    return math.log(x)
