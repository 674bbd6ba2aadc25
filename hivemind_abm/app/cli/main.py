"""The command `hivemind`: its entry point.

Knows: the list of all commands, and how errors, warnings and interruptions are printed.
Does not know: the options of any command; those of the chosen one are added when it is chosen.
"""

import argparse
import sys
import warnings
from collections.abc import Sequence
from typing import Any

from hivemind_abm.app.cli.bifurcation import BIFURCATION
from hivemind_abm.app.cli.check import CHECK
from hivemind_abm.app.cli.command import Command
from hivemind_abm.app.cli.compact import COMPACT
from hivemind_abm.app.cli.compare import COMPARE
from hivemind_abm.app.cli.derive import DERIVE
from hivemind_abm.app.cli.figures import REPRODUCE
from hivemind_abm.app.cli.gallery import GALLERY
from hivemind_abm.app.cli.hive import RUN
from hivemind_abm.app.cli.options import parameters_in
from hivemind_abm.app.cli.page import APP
from hivemind_abm.app.cli.play import PLAY
from hivemind_abm.app.cli.streams import any_character, discard_output, flush_output, is_closed
from hivemind_abm.app.cli.studies import EXPORT, STATUS, SWEEP
from hivemind_abm.app.cli.theory import FINITE, MEAN_FIELD
from hivemind_abm.loading import is_path, users_line
from hivemind_abm.studies.failures import failure_text, one_line

__all__ = ["COMMANDS", "main"]

COMMANDS: tuple[Command, ...] = (  # in the order of the help
    RUN,
    COMPARE,
    PLAY,
    MEAN_FIELD,
    FINITE,
    BIFURCATION,
    DERIVE,
    REPRODUCE,
    SWEEP,
    STATUS,
    EXPORT,
    COMPACT,
    CHECK,
    APP,
    GALLERY,
)
WRONG_ARGUMENT = 2  # exit codes
INTERRUPTED = 130
NOT_READ = 141  # the reader of the output has gone; 128 + SIGPIPE


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: The words after `hivemind`; None for those of this process.

    Returns:
        The exit code: 0; 1 where a check or a part of a study failed; 2 for a wrong argument or an
        error in a user's file; 130 when interrupted; 141 when nobody reads the output any more.

    Raises:
        SystemExit: From argparse, after the help (code 0) or for a wrong command line (code 2).
        Exception: A mistake of the library itself, so that its place is seen.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    name = next((word for word in words if not word.startswith("-")), "")
    with warnings.catch_warnings(), any_character():
        warnings.simplefilter("always", RuntimeWarning)
        warnings.showwarning = _show_warning  # type: ignore[assignment]
        try:
            code = _exit_code(name, words)
            flush_output()
        except BrokenPipeError:
            discard_output()
            return NOT_READ
        except OSError as error:
            discard_output()
            return _fail(name, f"the output can't be written: {one_line(error)}", WRONG_ARGUMENT)
        except SystemExit:  # after the help
            if is_closed():
                discard_output()
            raise
    return code


def _exit_code(name: str, words: Sequence[str]) -> int:
    """Run one command, with errors as one line.

    Raises:
        BrokenPipeError: Nobody reads the output.
        SystemExit, Exception: As for `main`.
    """
    try:
        return _run_command(name, words)
    except (ValueError, TypeError, OSError) as error:
        if isinstance(error, BrokenPipeError) and is_closed():
            raise
        return _fail(name, one_line(error), WRONG_ARGUMENT)
    except KeyboardInterrupt:
        return _fail(name, "interrupted", INTERRUPTED)
    except BaseException as error:
        # Machine code leaves no line of a user's file; argparse ends the program itself.
        named = isinstance(error, Exception) and any(map(is_path, words))
        if users_line(error) is None and not named:
            raise
        return _fail(name, failure_text(error), WRONG_ARGUMENT)


def _run_command(name: str, words: Sequence[str]) -> int:
    options, rest = _parser(name).parse_known_args(words)
    command = next(command for command in COMMANDS if command.name == options.command)
    options.parameters = parameters_in(rest, getattr(options, "players", None))
    if rest and not command.takes_parameters:
        raise ValueError(f"{options.command} has no option {rest[0]}")
    return command.run(options)


def _parser(name: str) -> argparse.ArgumentParser:
    """A parser that knows all commands, and the options of the one with that name."""
    parser = argparse.ArgumentParser(
        prog="hivemind",
        description="Local imitation rules, and the learner a hive of them becomes.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        subparser = command.add_parser(commands)
        if command.name == name:
            command.add_options(subparser)
    return parser


def _fail(name: str, message: str, code: int) -> int:
    print(f"hivemind {name}: {message}", file=sys.stderr)
    return code


def _show_warning(message: Warning | str, category: type[Warning], *where: Any) -> None:
    print(f"hivemind: warning: {one_line(message)}", file=sys.stderr)
