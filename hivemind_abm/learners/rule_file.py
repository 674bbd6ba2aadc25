"""The local rule of a learner as a file that a person could have written.

Knows: the lines of the built-in learners' rules, and where the lines of any `update` go.  Does not
know: how those are found (`rule_file_source`), or where the file goes.
"""

import dataclasses
import re
import sys
import textwrap
from pathlib import Path
from typing import Any

from hivemind_abm.bandits.linear import BanditLinear
from hivemind_abm.hives.batch import HiveBatch
from hivemind_abm.hives.names import find_rule
from hivemind_abm.hives.neighbourhood import Neighbourhood
from hivemind_abm.learners.cross_learning import (
    CrossLearning,
    ParallelCrossLearning,
    ParallelMaynardCrossLearning,
)
from hivemind_abm.learners.learner import Learner
from hivemind_abm.learners.local_rule import LocalRule
from hivemind_abm.learners.local_rule_reading import OWN
from hivemind_abm.learners.rule_file_source import Lines, lines_of
from hivemind_abm.registry import build_part

__all__ = ["makes_the_same", "rule_file"]

_BEES, _STEPS = 20, 12  # of a trial

# Learners whose policy after an update has a short form: the rule in words, the lines before, and
# the probability of an option, which has the probability `before` in the policy before the update.
_SHORT: dict[type[Learner], tuple[str, str, str]] = {
    ParallelMaynardCrossLearning: (
        "Adopt an option with the probability of its part in all payoffs heard.",
        "total = neighbours.total_payoff",
        "neighbours.payoff_of(option) / total if total > 0.0 else before",
    ),
    ParallelCrossLearning: (
        "Adopt an option with its payoffs per bee heard; what is left goes by {policy}.",
        "n = neighbours.size\nkept = 1.0 - neighbours.total_payoff / n",
        "kept * before + neighbours.payoff_of(option) / n",
    ),
    CrossLearning: (
        "Adopt the option of a bee heard with alpha times its payoff; else go by {policy}.",
        "dancer = neighbours[0]\ngain = self.alpha * dancer.payoff",
        "before - gain * before + (gain if option == dancer.opinion else 0.0)",
    ),
}
_BEFORE = {
    "own": "1.0 if option == bee.opinion else 0.0",
    "heard": "neighbours.count_of(option) / neighbours.size",
}
_NAMED = {"own": "one's own option", "heard": "the shares heard"}
_HEARS_NOBODY = "if neighbours.size == 0:\n    return bee.opinion\n"
_EXPLORES = "if rng.random() < self.explore:\n    return rng.integers(neighbours.n_action)\n"
# Cross Learning from one's own option needs no loop.  The number u is read in the order of the
# options, as in the loop.
_CROSS_OWN = """dancer, u = neighbours[0], rng.random()
chance = self.alpha * dancer.payoff
adopts = u < chance if dancer.opinion < bee.opinion else u >= 1.0 - chance
return dancer.opinion if adopts else bee.opinion
"""
_DRAW_SHORT = """
u, below = rng.random(), 0.0
for option in range(neighbours.n_action):
    before = {before}
    below += {chance}
    if u < below:
        return option
return bee.opinion
"""
_DRAW = """u, below, opinion = rng.random(), 0.0, bee.opinion
for option in range(neighbours.n_action):
    if policy[option] > 0.0:
        opinion = option
    below += policy[option]
    if u < below:
        break
return opinion
"""


def rule_file(rule: LocalRule) -> str:
    """A Python file with a rule that makes the same decisions from the same random numbers.

    The bees that are heard must all hold options.

    Args:
        rule: The local rule.

    Returns:
        The text of the file.  Of P-MCL, P-CL and CL it is a few lines; of other learners it has the
        lines of their `update`, with what these use.  A hive runs it interpreted, with a warning,
        where these lines ask of a bee what is not compiled, such as max(bee.memory).

    Raises:
        ValueError: The learner's lines are not at hand, or can't stand in another file.
    """
    made, lines = type(rule.derived_from), Lines()
    if made in _SHORT:
        words, methods = _short(rule)
    else:
        lines = lines_of(rule.derived_from)
        words = f"Run the update of {made.__name__} on what is heard, and draw the next option."
        methods = _long(rule, lines)
    body = "\n\n".join(methods)
    public = ", ".join(sorted({"ImitationRule", *lines.public}))
    modules = sorted({*lines.imports} | ({"import numpy as np"} if "np." in body else set()))
    standard = [line for line in modules if re.split(r"[ .]", line)[1] in sys.stdlib_module_names]
    others = [line for line in modules if line not in standard]
    head = [
        f'"""The local rule of {made.symbol}, written by `hivemind derive`.\n\n'
        f"The policy before the update is {_NAMED[rule.reading]}.\n"
        '"""',
        "",
        *[line for line in standard if line.startswith("import")],
        "from dataclasses import dataclass",
        *[line for line in standard if line.startswith("from")],
        *(["", *others] if others else []),
        "",
        f"from hivemind_abm import {public}",
        *(["", *lines.constants.values()] if lines.constants else []),
    ]
    functions = [f"\n\n{text}" for text in lines.functions.values()]
    cls = [
        "\n\n@dataclass(frozen=True)",
        f"class Local{_name(made)}(ImitationRule):",
        *(f"    {line}" if line else "" for line in [f'"""{words}"""', "", *_fields(rule, body)]),
        "",
        textwrap.indent(body, "    "),
    ]
    return "\n".join([*head, *functions, *cls]) + "\n"


def makes_the_same(rule: LocalRule, file: str | Path) -> bool:
    """Whether the rule in a file makes the decisions of a local rule, in a small trial.

    Args:
        rule: The local rule.
        file: The file.
    """
    rules = (rule, build_part(find_rule(str(file))))
    bandit = BanditLinear(n_action=3, gap=0.1, q_star=(0.3, 0.5, 0.7))
    for heard in (rule.hears, 1, "all"):
        size = heard if isinstance(heard, str) else min(heard, _BEES - 1)
        neighbourhood = Neighbourhood.of("others", size, _BEES)
        hives = [HiveBatch(each, bandit, neighbourhood, [1, 2], compiled=False) for each in rules]
        for _ in range(_STEPS):
            for hive in hives:
                hive.advance(1)
            if (hives[0].options != hives[1].options).any():
                return False
    return True


def _short(rule: LocalRule) -> tuple[str, list[str]]:
    """What the rule of a built-in learner does, in words and as its methods."""
    made, explores = type(rule.derived_from), _EXPLORES if rule.explore > 0.0 else ""
    if made is CrossLearning and rule.reading == OWN:
        words = "Adopt the option of a bee heard with alpha times its payoff."
        return words, [_decide(_HEARS_NOBODY + explores + _CROSS_OWN)]
    words, first, chance = _SHORT[made]
    draw = _DRAW_SHORT.format(before=_BEFORE[rule.reading], chance=chance)
    body = f"{_HEARS_NOBODY}{explores}{first}{draw}"
    return words.format(policy=_NAMED[rule.reading]), [_decide(body)]


def _long(rule: LocalRule, lines: Lines) -> list[str]:
    """The methods of a rule that has the lines of an update."""
    learner = rule.derived_from
    remembers = rule.memory and (learner.memory_size(2) > 0 or "step" in lines.uses)
    arguments = ["policy", "neighbours", *sorted(lines.uses)]
    passed = [
        {"memory": "bee.memory", "step": "step"}.get(argument, argument) for argument in arguments
    ]
    body = _HEARS_NOBODY + "policy = np.zeros(neighbours.n_action)\n"
    if rule.reading == OWN:
        body += "policy[bee.opinion] = 1.0  # before the update: all on my own option\n"
    else:
        body += (
            "for option in range(neighbours.n_action):  # before the update: the shares heard\n"
            "    policy[option] = neighbours.count_of(option) / neighbours.size\n"
        )
    if "step" in lines.uses:
        last = "bee.memory[bee.memory.size - 1]"
        body += f"step = int({last})\n{last} += 1.0\n" if remembers else "step = bee.step - 1\n"
    body += f"self.update({', '.join(passed)})\n"
    body += _EXPLORES if rule.explore > 0.0 else ""
    update = f"def update(self, {', '.join(arguments)}):\n{textwrap.indent(lines.update, '    ')}"
    size = [_memory_size(learner, "step" in lines.uses)] if remembers else []
    body += "# draw an option from the policy\n"
    return [*size, _decide(body + _DRAW), update, *lines.methods.values()]


def _decide(body: str) -> str:
    return f"def decide(self, bee, neighbours, rng):\n{textwrap.indent(body.strip(), '    ')}"


def _memory_size(learner: Learner, counts: bool) -> str:
    """The method `memory_size`, with a number more where updates are counted.

    Raises:
        ValueError: The number is not linear in K.
    """
    first, second, third = (learner.memory_size(k) for k in (1, 2, 3))
    slope = second - first
    if third - second != slope:
        raise ValueError(f"{type(learner).__name__}.memory_size must be linear in n_action here")
    rest = first - slope + counts
    parts = [f"{slope} * n_action".removeprefix("1 * ")] if slope else []
    parts += [str(rest)] if rest or not parts else []
    note = "  # the last one counts the updates" if counts else ""
    return f"def memory_size(self, n_action):\n    return {' + '.join(parts)}{note}"


def _fields(rule: LocalRule, body: str) -> list[str]:
    """The lines of the fields that a body reads, and of what is heard."""
    read = dict.fromkeys(re.findall(r"self\.(\w+)", body))
    learners = [each.name for each in dataclasses.fields(rule.derived_from)]  # type: ignore[arg-type]
    names = [name for name in [*learners, "explore"] if name in read]
    lines = [
        f"{name}: {_annotation(getattr(rule, name))} = {getattr(rule, name)!r}" for name in names
    ]
    constants = {name: getattr(rule, name, None) for name in read if name not in names}
    lines += [
        f"{name} = {value!r}"
        for name, value in constants.items()
        if isinstance(value, bool | int | float | str | tuple)
        and not isinstance(getattr(type(rule), name), property)
    ]
    hears = f'"{rule.hears}"' if isinstance(rule.hears, str) else rule.hears
    return [*lines, f"hears = {hears}"]


def _name(made: type[Learner]) -> str:
    """The learner's name as a part of a class name."""
    short = re.sub(r"\W", "", made.name or "")
    return short or made.__name__


def _annotation(value: Any) -> str:
    """The annotation of a field with this value."""
    if isinstance(value, tuple):
        return f"tuple[{type(value[0]).__name__ if value else 'float'}, ...]"
    return "float | None" if value is None else type(value).__name__
