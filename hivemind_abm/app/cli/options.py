"""Options that several commands share, and the free options that are fields of a rule or bandit.

Knows: the names, types, defaults and help texts of shared options.
Does not know: what a command does with them.
"""

import argparse
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from hivemind_abm.app.cli.text import listed
from hivemind_abm.registry import parse_value

__all__ = [
    "add_bandit",
    "add_hive",
    "add_neighbourhood_size",
    "add_out",
    "add_rule",
    "add_seed",
    "add_steps",
    "parameters_in",
    "refuse_parameters",
]


def add_rule(parser: argparse.ArgumentParser) -> None:
    """--rule, with the names of the built-in rules in its help."""
    from hivemind_abm.hives.names import RULES

    parser.add_argument(
        "--rule", default="wvoter", help=f"{listed(RULES)} or a .py file (default: wvoter)"
    )


def add_bandit(parser: argparse.ArgumentParser) -> None:
    """--bandit, with the names of the built-in bandits in its help."""
    from hivemind_abm.bandits.names import BANDITS

    parser.add_argument(
        "--bandit",
        default="evenly spaced",
        help=f'{listed(BANDITS)} or a .py file (default: "evenly spaced")',
    )


def add_hive(parser: argparse.ArgumentParser) -> None:
    """--population-size, --neighbourhood, --neighbourhood-size and --initial-shares of a hive."""
    parser.add_argument(
        "--population-size", type=int, default=1000, metavar="N", help="bees (default: 1000)"
    )
    parser.add_argument(
        "--neighbourhood",
        default="others",
        help=f"others, groups, everyone or a network: {_networks()} (default: others)",
    )
    add_neighbourhood_size(parser)
    parser.add_argument(
        "--initial-shares",
        type=numbers,
        metavar="X,X,...",
        help="shares at the start (default: even)",
    )


def add_neighbourhood_size(parser: argparse.ArgumentParser) -> None:
    """--neighbourhood-size."""
    parser.add_argument(
        "--neighbourhood-size",
        type=number_or_all,
        metavar="M",
        help="how many a bee hears, or all (default: the rule's)",
    )


def add_steps(parser: argparse.ArgumentParser) -> None:
    """--steps."""
    parser.add_argument("--steps", type=int, default=150, metavar="T", help="steps (default: 150)")


def add_seed(parser: argparse.ArgumentParser) -> None:
    """--seed, as the text that was typed."""
    parser.add_argument("--seed", default="1", help="a whole number (default: 1)")


def add_out(parser: argparse.ArgumentParser, folder: str) -> None:
    """--out, the folder that results are written to; `folder` is its default."""
    parser.add_argument(
        "--out", type=Path, default=Path(folder), metavar="DIR", help=f"folder (default: {folder})"
    )


def parameters_in(words: Sequence[str]) -> dict[str, Any]:
    """The fields in `--number-of-votes 3 --deterministic --gap=0.1`, by name.

    An option without a value is True.

    Raises:
        ValueError: A word that is neither an option nor the value of one.
    """
    parameters: dict[str, Any] = {}
    waiting = list(words)
    while waiting:
        option = waiting.pop(0)
        if not option.startswith("--"):
            raise ValueError(f"unexpected argument {option!r}")
        name, equals, text = option[2:].partition("=")
        if not equals:
            text = waiting.pop(0) if waiting and _is_value(waiting[0]) else "True"
        parameters[name.replace("-", "_")] = parse_value(text)
    return parameters


def refuse_parameters(options: argparse.Namespace, names: Collection[str]) -> None:
    """Refuse free options that are arguments of a function, but no options of the command.

    Args:
        options: The parsed options, with `command` and `parameters`.
        names: The arguments, as Python writes them.

    Raises:
        ValueError: One of the names is among the parameters.
    """
    for name in options.parameters:
        if name in names:
            raise ValueError(
                f"there is no option --{name.replace('_', '-')}; "
                f"see hivemind {options.command} --help"
            )


def number_or_all(text: str) -> int | str:
    """A whole number, or "all"."""
    return text if text == "all" else int(text)


def numbers(text: str) -> tuple[float, ...]:
    """Numbers with commas between them."""
    return tuple(float(part) for part in text.split(","))


def _is_value(word: str) -> bool:
    """Whether a word is the value of the option before it; a negative number is one."""
    negative = word[1:2].isdigit() or isinstance(parse_value(word), int | float | tuple)
    return not word.startswith("-") or negative


def _networks() -> str:
    """The networks with the numbers that they have by default, as people type them."""
    from hivemind_abm.hives.networks import NETWORKS

    return listed(
        ":".join([name, *(str(value) for field, value in fields.items() if field != "seed")])
        for name, fields in NETWORKS.items()
    )
