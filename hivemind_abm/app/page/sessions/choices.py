"""What can be chosen about a session, as plain data.

Knows: the arguments of the hive and of what runs beside it, and the command line that repeats it.
Does not know: how a session is built or shown.
"""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from hivemind_abm.hives.names import find_rule
from hivemind_abm.hives.updating import SYNCHRONOUS
from hivemind_abm.registry import build_parts, written_value

__all__ = ["Choices", "FurtherRule", "Second"]

_NONE: Mapping[str, Any] = MappingProxyType({})
_DECIMALS = 12  # of the first rule's share, which is what the other rules leave


@dataclass(frozen=True)
class FurtherRule:
    """A rule that some of the bees follow, beside the first one.

    Attributes:
        rule: By name or path.
        share: The share of the bees that follow it, or their number.
        fields: Fields of the rule.
    """

    rule: str
    share: float = 0.1
    fields: Mapping[str, Any] = field(default=_NONE)


@dataclass(frozen=True)
class Second:
    """How a second hive differs from the first; None where it does not.

    Attributes:
        rule: As for `Hive`, by name or path; a second hive with another rule follows it alone.
        rule_fields: Fields of that rule.
        neighbourhood: As for `Hive`, by name.
        neighbourhood_size: As for `Hive`.
        updating: As for `Hive`.
        seed: The seed, digits.
    """

    rule: str | None = None
    rule_fields: Mapping[str, Any] = field(default=_NONE)
    neighbourhood: str | None = None
    neighbourhood_size: int | str | None = None
    updating: str | float | None = None
    seed: str | None = None


@dataclass(frozen=True)
class Choices:
    """All that a session is built from.

    Attributes:
        rule: As for `Hive`, by name or path.
        rule_fields: Fields of the rule.
        mix: Further rules; the first rule has the bees that they leave.
        bandit: As for `Hive`, by name or path.
        bandit_fields: Fields of the bandit.
        population_size: As for `Hive`.
        neighbourhood: As for `Hive`, by name; or a graph that a file has.
        neighbourhood_size: As for `Hive`.
        updating: As for `Hive`.
        initial_shares: As for `Hive`.
        stop_if_end: As for `Hive`.
        seed: The seed, digits.
        compiled: As for `Hive`.
        dynamics: Replicators beside the hive; each step of theirs takes a time of 1.
        learner: The learner beside the hive, by name or path, or None.
        learner_fields: Fields of the learner.
        second: What a second hive beside it has otherwise, or None for no second hive.
        ensemble: Whether 200 runs of the same settings are shown behind the hive.
    """

    rule: str = "wvoter"
    rule_fields: Mapping[str, Any] = field(default=_NONE)
    mix: tuple[FurtherRule, ...] = ()
    bandit: str = "near one"
    bandit_fields: Mapping[str, Any] = field(default=_NONE)
    population_size: int = 300
    neighbourhood: Any = "others"
    neighbourhood_size: int | str | None = None
    updating: str | float = SYNCHRONOUS
    initial_shares: tuple[Any, ...] | None = None
    stop_if_end: bool | float = True
    seed: str = "1"
    compiled: bool = True
    dynamics: tuple[str, ...] = ("TRD", "MRD")
    learner: str | None = None
    learner_fields: Mapping[str, Any] = field(default=_NONE)
    second: Second | None = None
    ensemble: bool = False

    @property
    def hive(self) -> dict[str, Any]:
        """The arguments of the hive, without its seed."""
        mixed = {"rule": self._mixture()} if self.mix else {"rule": self.rule, **self.rule_fields}
        return {
            **mixed,
            "bandit": self.bandit,
            "population_size": self.population_size,
            "neighbourhood": self.neighbourhood,
            "neighbourhood_size": self.neighbourhood_size,
            "updating": self.updating,
            "initial_shares": self.initial_shares,
            "stop_if_end": self.stop_if_end,
            "compiled": self.compiled,
            **self.bandit_fields,
        }

    @property
    def second_hive(self) -> "Choices | None":
        """The choices of the second hive, with nothing beside it; None if there is none."""
        if self.second is None:
            return None
        second = self.second
        given = {
            name: getattr(second, name)
            for name in ("neighbourhood", "neighbourhood_size", "updating", "seed")
            if getattr(second, name) is not None
        }
        if second.rule is not None:
            given |= {"rule": second.rule, "rule_fields": second.rule_fields, "mix": ()}
            rows = self.initial_shares or ()
            if any(isinstance(row, tuple | list) for row in rows):  # one for each rule
                given["initial_shares"] = None
        return replace(self, second=None, dynamics=(), learner=None, ensemble=False, **given)

    @property
    def told_of_second(self) -> list[str]:
        """What tells the second hive from the first, apart from its rule."""
        if self.second is None:
            return []
        second, told = self.second, []
        if second.neighbourhood not in (None, self.neighbourhood):
            told.append(str(second.neighbourhood))
        if second.neighbourhood_size not in (None, self.neighbourhood_size):
            told.append(f"M = {second.neighbourhood_size}")
        if second.updating not in (None, self.updating):
            told.append(f"updating {second.updating}")
        if second.seed not in (None, self.seed):
            told.append(f"seed {second.seed}")
        fields = second.rule_fields if second.rule is not None else {}
        return told + [f"{name} {written_value(value)}" for name, value in fields.items()]

    @property
    def beside(self) -> dict[str, Any]:
        """The arguments, but for the initial shares, that models beside the hive share with it."""
        return {"bandit": self.bandit, **self.bandit_fields}

    @property
    def ambiguous_fields(self) -> list[str]:
        """The chosen fields that several rules of the hive have.

        No keyword, and so no command line, says which of the rules it is for.
        """
        rules = list(self._rules())
        having = [find_rule(name).open_fields for name, _ in rules]
        chosen = dict.fromkeys(name for _, fields in rules for name in fields)
        return [name for name in chosen if sum(name in names for names in having) > 1]

    @property
    def no_command(self) -> str:
        """Why no command line repeats this hive, or ""."""
        if not isinstance(self.neighbourhood, str):
            return "No command line names the network of the file."
        ambiguous = ", ".join(self.ambiguous_fields)
        if ambiguous:
            return f"No command line repeats this hive: two of its rules have a field {ambiguous}."
        return ""

    def command(self, steps: int) -> str:
        """The command that runs this hive for so many steps and writes its rows."""
        words = ["hivemind", "run"]
        for name, _ in self._rules():
            words += ["--rule", name]
        if self.mix:
            words += ["--mix", ",".join(map(written_value, self._weights()))]
        words += ["--bandit", self.bandit, "--population-size", str(self.population_size)]
        words += ["--neighbourhood", self.neighbourhood]
        if self.neighbourhood_size is not None:
            words += ["--neighbourhood-size", str(self.neighbourhood_size)]
        if self.updating != SYNCHRONOUS:
            words += ["--updating", str(self.updating)]
        if self.initial_shares is not None:
            words += ["--initial-shares", _written_shares(self.initial_shares)]
        fields = [*self._rules(), (self.bandit, self.bandit_fields)]
        for name, value in (item for _, values in fields for item in values.items()):
            words += [f"--{name.replace('_', '-')}={written_value(value)}"]
        words += self._words_of_mode()
        return shlex.join([*words, "--steps", str(steps), "--seed", self.seed])

    def _words_of_mode(self) -> list[str]:
        stop = [] if self.stop_if_end is False else ["--stop-if-end"]
        if self.stop_if_end not in (True, False):
            stop = [f"--stop-if-end={self.stop_if_end}"]
        return stop + ([] if self.compiled else ["--interpreted"])

    def _rules(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Each rule's name, and its fields."""
        yield self.rule, self.rule_fields
        for further in self.mix:
            yield further.rule, further.fields

    def _weights(self) -> list[float]:
        """The share of each rule; numbers of bees where all are whole."""
        others = [further.share for further in self.mix]
        whole = all(isinstance(share, int) for share in others)
        try:
            first = self.population_size - sum(others) if whole else 1.0 - sum(others)
        except TypeError:  # what was typed is no number, which the hive explains
            first = 1.0
        return [first if whole else round(first, _DECIMALS), *others]

    def _mixture(self) -> list[tuple[Any, float]]:
        """The argument `rule` of a hive of several rules, which may share names of fields."""
        rules = [build_parts([find_rule(name)], fields, [])[0] for name, fields in self._rules()]
        return list(zip(rules, self._weights(), strict=True))


def _written_shares(shares: tuple[Any, ...]) -> str:
    """Initial shares as the command line has them: numbers, or a row of them for each rule."""
    if any(isinstance(row, tuple | list) for row in shares):
        return ";".join(map(_written_shares, shares))
    return ",".join(repr(float(share)) for share in shares)
