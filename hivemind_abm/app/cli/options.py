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
    "add_rules",
    "add_seed",
    "add_steps",
    "add_updating",
    "parameters_in",
    "refuse_parameters",
    "rule_in",
]

_RULE = "wvoter"  # where none is given


def add_rules(parser: argparse.ArgumentParser) -> None:
    """--rule, which may be there several times, and --mix; `rule_in` reads them."""
    from hivemind_abm.hives.names import RULES

    parser.add_argument(
        "--rule",
        action="append",
        help=f"{listed(RULES)} or a .py file (default: wvoter); several for a hive of several "
        "rules, with --mix",
    )
    parser.add_argument(
        "--mix",
        type=weights,
        metavar="W,W,...",
        help="the share of the bees, or their number, that follow each --rule: "
        "--rule wvoter --rule zealot.py --mix 0.9,0.1",
    )


def rule_in(options: argparse.Namespace) -> Any:
    """The argument `rule` of a hive, from the options of `add_rules`.

    Raises:
        ValueError: Several rules without --mix, or not one number for each rule.
    """
    rules = options.rule or [_RULE]
    if options.mix is None and len(rules) == 1:
        return rules[0]
    if options.mix is None or len(options.mix) != len(rules):
        shares = ",".join(f"{1 / len(rules):.2g}" for _ in rules)
        raise ValueError(
            f"--mix must have a number for each of the {len(rules)} rules, "
            f"such as --mix {shares}, not "
            + ("nothing" if options.mix is None else ",".join(map(str, options.mix)))
        )
    return list(zip(rules, options.mix, strict=True))


def add_updating(parser: argparse.ArgumentParser) -> None:
    """--updating."""
    parser.add_argument(
        "--updating",
        type=updating,
        default="synchronous",
        metavar="HOW",
        help="synchronous, asynchronous (one bee at a time, N of them are a step), or the "
        "probability with which a bee decides in a step, such as 0.3 (default: synchronous)",
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
    """--population-size, --neighbourhood, --neighbourhood-size, --updating, --initial-shares."""
    parser.add_argument(
        "--population-size", type=int, default=1000, metavar="N", help="bees (default: 1000)"
    )
    parser.add_argument(
        "--neighbourhood",
        default="others",
        help=f"others, groups, everyone or a network: {_networks()} (default: others)",
    )
    add_neighbourhood_size(parser)
    add_updating(parser)
    parser.add_argument(
        "--initial-shares",
        type=shares,
        metavar="X,X,...",
        help="shares at the start, such as 0.25,0.75 (default: even); where a bee may hold no "
        'option, a further number for those; of several rules, a row for each: "0.5,0.5;0,1"',
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


def parameters_in(words: Sequence[str], loose: list[str] | None = None) -> dict[str, Any]:
    """The fields in `--number-of-votes 3 --deterministic --gap=0.1`, by name.

    An option without a value is True.

    Args:
        words: The words.
        loose: Gets words that are neither an option nor the value of one; None where there must be
            none.

    Raises:
        ValueError: There is one all the same.
    """
    parameters: dict[str, Any] = {}
    waiting = list(words)
    while waiting:
        option = waiting.pop(0)
        if not option.startswith("--"):
            if loose is None:
                raise ValueError(f"unexpected argument {option!r}")
            loose.append(option)
            continue
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


def shares(text: str) -> tuple[Any, ...]:
    """Shares with commas between them; several rows of them have semicolons between them."""
    rows = [numbers(row) for row in text.split(";")]
    return tuple(rows) if len(rows) > 1 else rows[0]


def weights(text: str) -> tuple[float, ...]:
    """Numbers with commas between them, whole ones as whole numbers."""
    parts = text.split(",")
    try:
        return tuple(int(part) if part.strip().isdigit() else float(part) for part in parts)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"must be numbers with commas between them, such as 0.9,0.1, not {text!r}"
        ) from None


def updating(text: str) -> str | float:
    """The argument `updating` of a hive: a number, or a word that the hive checks."""
    value = parse_value(text)
    return float(value) if isinstance(value, int | float) else text


def truth_or_share(text: str) -> bool | float:
    """The argument `stop_if_end` of a model."""
    value = parse_value(text)
    if isinstance(value, bool | int | float):
        return value
    raise argparse.ArgumentTypeError(f"must be a share such as 0.8, not {text!r}")


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
