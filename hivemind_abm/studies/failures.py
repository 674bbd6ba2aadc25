"""What is said of an error of a user's code.

Knows: how any exception becomes one line that survives a process boundary.
Does not know: where the error was caught, or what follows from it.
"""

from hivemind_abm.loading import users_line

__all__ = ["failure_text", "one_line"]


def one_line(message: object) -> str:
    """The text of an error or warning in one line; the name of its class where it has no text."""
    try:
        text = " ".join(str(message).split())
    except Exception:  # the exception class of a user may do anything
        text = ""
    return text or type(message).__name__


def failure_text(error: BaseException) -> str:
    """An error in one line: the line of the user's file if there is one, the class, the message."""
    name, line = type(error).__name__, users_line(error)
    text = one_line(error.msg if isinstance(error, SyntaxError) else error)
    message = name if text == name else f"{name}: {text}"
    if isinstance(error, SystemExit):
        message = f"it ends the program: sys.exit({error.code!r})"
    return message if line is None or line in message else f"{line}: {message}"
