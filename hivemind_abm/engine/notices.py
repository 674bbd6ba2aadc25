"""Warnings that are given once per process, and only when they can be seen.

Knows: the warning filters in force.  Does not know: what the warnings are about.
"""

import warnings

__all__ = ["warn_once"]

_shown: set[str] = set()


def warn_once(message: str, stacklevel: int) -> None:
    """Issue a RuntimeWarning, unless the same message was issued before.

    A warning that the current filters ignore does not count as issued.

    Args:
        message: The text.
        stacklevel: As for `warnings.warn`, counted from the caller of this function.
    """
    if message in _shown or _is_ignored(message):
        return
    _shown.add(message)
    warnings.warn(message, RuntimeWarning, stacklevel=stacklevel + 1)


def _is_ignored(text: str) -> bool:
    """Whether the first filter that matches the text ignores it.

    Filters for a module or a line are not considered.
    """
    for action, message, category, module, line in warnings.filters:
        fits = message is None or message.match(text)
        if fits and issubclass(RuntimeWarning, category) and module is None and line == 0:
            return action == "ignore"
    return False
