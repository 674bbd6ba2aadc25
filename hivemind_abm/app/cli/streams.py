"""Standard output as it is: a terminal that knows few characters, a reader that stops reading.

Knows: how the output is made to take any character, and how it ends quietly.
Does not know: what is printed.
"""

import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

__all__ = ["any_character", "discard_output", "flush_output", "is_closed"]


@contextmanager
def any_character() -> Iterator[None]:
    """Until the block ends, characters that the output can't show are replaced."""
    changed = []
    for stream in (sys.stdout, sys.stderr):
        errors, encoding = getattr(stream, "errors", None), getattr(stream, "encoding", "") or ""
        wide = encoding.lower().replace("-", "") == "utf8"
        if errors == "strict" or (errors == "surrogateescape" and not wide):
            with suppress(AttributeError, ValueError):
                stream.reconfigure(errors="replace")  # type: ignore[union-attr]
                changed.append((stream, errors))
    try:
        yield
    finally:
        for stream, errors in changed:
            with suppress(OSError, ValueError):
                stream.reconfigure(errors=errors)  # type: ignore[union-attr]


def flush_output() -> None:
    """Write what is printed but not yet written.

    Raises:
        BrokenPipeError: Nobody reads it any more.
        OSError: It can't be written.
    """
    if sys.stdout is not None and not sys.stdout.closed:
        sys.stdout.flush()


def is_closed() -> bool:
    """Whether nobody reads the output any more, as after `hivemind gallery | head -1`."""
    try:
        flush_output()
    except BrokenPipeError:
        return True
    except OSError:
        return False
    with suppress(AttributeError, OSError, ValueError):  # an output without a buffer
        poll = select.poll()
        poll.register(sys.stdout.fileno(), select.POLLERR)
        return bool(poll.poll(0))
    return False


def discard_output() -> None:
    """Write nothing more to the output, also when this process ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
