"""The page of the command line, from the parsers of all commands.

Knows: how a parser is written as a page.  Does not know: any command or option.
"""

import argparse
import re

__all__ = ["pages"]


def pages() -> dict[str, str]:
    """The text of commands.md, by its name."""
    from hivemind_abm.app.cli.main import COMMANDS

    subparsers = argparse.ArgumentParser(prog="hivemind").add_subparsers()
    sections = []
    for command in COMMANDS:
        parser = command.add_parser(subparsers)
        command.add_options(parser)
        sections.append(_section(command.name, parser, command.example, command.note))
    rows = "\n".join(
        f"| [`hivemind {command.name}`](#hivemind-{command.name}) | {_text(command.summary)} |"
        for command in COMMANDS
    )
    head = (
        "# The command line\n\nEach command has `--help`.  Errors are one line and exit code 2; "
        "a failed check is exit code 1.\n\n"
    )
    return {
        "commands.md": f"{head}| command | what it does |\n|---|---|\n{rows}\n\n"
        + "\n".join(sections)
    }


def _section(name: str, parser: argparse.ArgumentParser, example: str, note: str) -> str:
    actions = [action for action in parser._actions if action.dest != "help"]
    words = [_option(action, parser) for action in actions if not action.option_strings]
    options = [_option(action, parser) for action in actions if action.option_strings]
    parts = [
        f"(hivemind-{name})=\n## hivemind {name}\n",
        _text(parser.description or "") + "\n",
        f"```sh\n{example}\n```\n",
        "\n".join(words),
        "\n".join(options),
        _text(note) + "\n" if note else "",
    ]
    return "\n".join(part for part in parts if part)


def _option(action: argparse.Action, parser: argparse.ArgumentParser) -> str:
    """One entry of a definition list."""
    value = _value(action)
    if action.option_strings:
        term = ", ".join(f"`{option}{value and f' {value}'}`" for option in action.option_strings)
    else:
        term = f"`{value}`"
    told = (action.help or "") % {**vars(action), "prog": parser.prog}
    return f"{term}\n: {_text(told) or 'See above.'}\n"


def _value(action: argparse.Action) -> str:
    """What is typed after an option, or in place of a word, as the help shows it."""
    if action.nargs == 0:
        return ""
    if action.choices is not None and action.metavar is None:
        return "{" + ",".join(map(str, action.choices)) + "}"
    default = action.dest.upper() if action.option_strings else action.dest
    metavar = action.metavar or default
    names = metavar if isinstance(metavar, tuple) else (metavar,)
    if action.nargs in (None, 1):
        return names[0]
    if action.nargs == argparse.OPTIONAL:
        return f"[{names[0]}]"
    if action.nargs == argparse.ZERO_OR_MORE:
        return f"[{names[0]} ...]"
    if action.nargs == argparse.ONE_OR_MORE:
        return f"{names[0]} [{names[-1]} ...]"
    return " ".join(names * (int(action.nargs) if len(names) == 1 else 1))


def _text(text: str) -> str:
    """Plain text for a page: options as code, and no mark-up by accident."""
    escaped = re.sub(r"([*<>\[\]|$`\\])", r"\\\1", " ".join(text.split()))
    return re.sub(r"(?<![\w-])(--[a-z][a-z-]*[a-z])", r"`\1`", escaped)
