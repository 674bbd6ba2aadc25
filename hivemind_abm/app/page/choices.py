"""What can be chosen about a session, as plain data.

Knows: the arguments of the hive and of what runs beside it, and the command line that repeats it.
Does not know: how a session is built or shown.
"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from hivemind_abm.registry import written_value

__all__ = ["Choices"]

_NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Choices:
    """All that a session is built from.

    Attributes:
        rule: As for `Hive`, by name or path.
        rule_fields: Fields of the rule.
        bandit: As for `Hive`, by name or path.
        bandit_fields: Fields of the bandit.
        population_size: As for `Hive`.
        neighbourhood: As for `Hive`, by name.
        neighbourhood_size: As for `Hive`.
        initial_shares: As for `Hive`.
        seed: The seed, digits.
        compiled: As for `Hive`.
        dynamics: Replicators beside the hive; each step of theirs takes a time of 1.
        learner: The learner beside the hive, by name or path, or None.
        learner_fields: Fields of the learner.
    """

    rule: str = "wvoter"
    rule_fields: Mapping[str, Any] = field(default=_NONE)
    bandit: str = "near one"
    bandit_fields: Mapping[str, Any] = field(default=_NONE)
    population_size: int = 300
    neighbourhood: str = "others"
    neighbourhood_size: int | str | None = None
    initial_shares: tuple[float, ...] | None = None
    seed: str = "1"
    compiled: bool = True
    dynamics: tuple[str, ...] = ("TRD", "MRD")
    learner: str | None = None
    learner_fields: Mapping[str, Any] = field(default=_NONE)

    @property
    def hive(self) -> dict[str, Any]:
        """The arguments of the hive, without its seed."""
        return {
            "rule": self.rule,
            "bandit": self.bandit,
            "population_size": self.population_size,
            "neighbourhood": self.neighbourhood,
            "neighbourhood_size": self.neighbourhood_size,
            "initial_shares": self.initial_shares,
            "stop_if_end": True,
            "compiled": self.compiled,
            **self.rule_fields,
            **self.bandit_fields,
        }

    @property
    def beside(self) -> dict[str, Any]:
        """The arguments that the models beside the hive share with it."""
        shared = {"bandit": self.bandit, "initial_shares": self.initial_shares}
        return shared | dict(self.bandit_fields)

    def command(self, steps: int) -> str:
        """The command that runs this hive for so many steps and writes its rows."""
        words = ["hivemind", "run", "--rule", self.rule, "--bandit", self.bandit]
        words += ["--population-size", str(self.population_size)]
        words += ["--neighbourhood", self.neighbourhood]
        if self.neighbourhood_size is not None:
            words += ["--neighbourhood-size", str(self.neighbourhood_size)]
        if self.initial_shares is not None:
            shares = ",".join(repr(float(share)) for share in self.initial_shares)
            words += ["--initial-shares", shares]
        for name, value in {**self.rule_fields, **self.bandit_fields}.items():
            words += [f"--{name.replace('_', '-')}={written_value(value)}"]
        words += ["--stop-if-end"] + ([] if self.compiled else ["--interpreted"])
        return shlex.join([*words, "--steps", str(steps), "--seed", self.seed])
