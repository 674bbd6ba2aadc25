"""What a command of the command line is: a name, help texts, options, and a function that runs it.

Knows: how the parts of a command become an argparse parser.
Does not know: any command or option.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["Command"]


@dataclass(frozen=True)
class Command:
    """One command, `hivemind NAME`.

    Attributes:
        name: What people type.
        summary: One line for the list of commands, in lower case and without a full stop.
        example: A whole command line that works, for the help.
        add_options: Adds the options to a parser.  Called only when this command is chosen, so it
            may import what the help texts need.
        run: Runs the command with the parsed options and returns the exit code.  It imports what it
            needs inside, so that the list of commands stays quick to load.
        takes_parameters: Whether further options are fields of a rule, bandit or learner; they are
            then in `options.parameters`.  Without it, an unknown option is an error.
        note: More for the help, before the example.
    """

    name: str
    summary: str
    example: str
    add_options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
    takes_parameters: bool = False
    note: str = ""

    def add_parser(self, commands: Any) -> argparse.ArgumentParser:
        """Add a parser without options to the subparsers that `add_subparsers` returned."""
        parser: argparse.ArgumentParser = commands.add_parser(
            self.name,
            help=self.summary,
            description=f"{self.summary[0].upper()}{self.summary[1:]}.",
            epilog=f"{self.note}\n\nexample:\n  {self.example}".strip(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        return parser
