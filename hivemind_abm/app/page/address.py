"""What is chosen on the page as the query of its address, and back.

Knows: how choices are written as names and numbers, and which of them an address may bring.
Does not know: the browser, or what the choices mean.

An address holds what differs from what the page would start with.  It can come from anybody, so
only names that the page offers and bounded numbers are read; anything else is left out and told.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hivemind_abm.app.page.address_values import (
    NO,
    NONE,
    OF_HIVE,
    OF_HIVE_AND_LEARNER,
    OF_SECOND,
    YES,
    digits,
    finite,
    one_of,
    value_of,
    whole,
    whole_or_none,
)
from hivemind_abm.app.page.controls.fields import field_controls
from hivemind_abm.app.page.sessions.choices import Choices, FurtherRule, Second
from hivemind_abm.app.page.sessions.game_choices import GameChoices
from hivemind_abm.app.page.sessions.kinds import AnyChoices
from hivemind_abm.app.page.sessions.learner_choices import LearnerChoices
from hivemind_abm.app.page.sessions.users_files import Files
from hivemind_abm.bandits.names import BANDITS, find_bandit
from hivemind_abm.games.seats import MATCHES
from hivemind_abm.hives.names import RULES, find_rule
from hivemind_abm.learners.names import LEARNERS, find_learner
from hivemind_abm.loading import MACRO
from hivemind_abm.registry import written_value

__all__ = ["Offered", "read_address", "written_address"]

_LONGEST = 1000  # characters of a value
_MOST_RULES = 12
_UNREAD = object()


@dataclass(frozen=True)
class Offered:
    """The names that the page offers, which are those that an address may bring.

    Attributes:
        rules: Names of rules.
        bandits: Names of bandits.
        learners: Names of learners.
    """

    rules: frozenset[str] = field(default=frozenset(RULES))
    bandits: frozenset[str] = field(default=frozenset(BANDITS))
    learners: frozenset[str] = field(default=frozenset(LEARNERS))

    @classmethod
    def of(cls, files: Files, base: AnyChoices) -> "Offered":
        """The built-in names, those of the files and those with which the page starts."""
        rules, learners, bandits = (
            {*RULES, *files.rules},
            {*LEARNERS, *files.learners},
            set(BANDITS),
        )
        bandits |= {*files.bandits}
        if isinstance(base, Choices):
            rules |= {base.rule, *(each.rule for each in base.mix)}
            learners |= {base.learner} if base.learner else set()
        if isinstance(base, LearnerChoices):
            learners.add(base.learner)
        if not isinstance(base, GameChoices):
            bandits.add(base.bandit)
        learners |= {f"{MACRO}{rule}" for rule in rules}
        return cls(frozenset(rules), frozenset(bandits), frozenset(learners))


def written_address(choices: AnyChoices, base: AnyChoices) -> dict[str, str]:
    """What differs from the choices with which the page starts, as names and texts.

    Args:
        choices: What is chosen.
        base: What the page starts with, of the same kind.
    """
    now, first = _flat(choices), _flat(base)
    gone = {name: "" for name in first if name not in now}
    return gone | {name: text for name, text in now.items() if first.get(name) != text}


def read_address[C: AnyChoices](
    given: Mapping[str, str], base: C, offered: Offered
) -> tuple[C, list[str]]:
    """The choices that an address asks for, and one line for each thing in it that is left out.

    Args:
        given: From `written_address`, or typed by anybody.
        base: What the page starts with.
        offered: The names that may be chosen.
    """
    reader = _Reader(dict(given), offered)
    read: dict[type, Callable[[Any], Any]] = {
        Choices: reader.hive,
        LearnerChoices: reader.learner,
        GameChoices: reader.game,
    }
    choices: C = read[type(base)](base)
    return choices, [*reader.left_out, *reader.unread()]


def _flat(choices: AnyChoices) -> dict[str, str]:
    """All that is chosen, as names and texts."""
    flat: dict[str, str] = {}
    if isinstance(choices, GameChoices):
        flat |= {f"size{player}": str(size) for player, size in choices.sizes.items()}
        flat |= {"match": choices.match} if choices.match else {}
        return flat | {"seed": choices.seed, "at_once": str(choices.at_once)}
    flat |= _part("bandit", choices.bandit, choices.bandit_fields)
    flat |= {"initial_shares": _text(choices.initial_shares), "seed": choices.seed}
    flat |= {"stop_if_end": str(choices.stop_if_end), "compiled": str(choices.compiled)}
    if isinstance(choices, LearnerChoices):
        flat |= _part("learner", choices.learner, choices.learner_fields)
        return flat | {"at_once": _text(choices.at_once)}
    flat |= _part("rule", choices.rule, choices.rule_fields)
    for place, further in enumerate(choices.mix, 2):
        flat |= _part(f"rule{place}", further.rule, further.fields)
        flat[f"rule{place}.share"] = written_value(further.share)
    flat["population_size"] = str(choices.population_size)
    if isinstance(choices.neighbourhood, str):
        flat["neighbourhood"] = choices.neighbourhood
    flat["neighbourhood_size"] = _text(choices.neighbourhood_size)
    flat["updating"] = str(choices.updating)
    flat["dynamics"] = ",".join(choices.dynamics) or NONE
    flat |= _part("learner", choices.learner or NONE, choices.learner_fields)
    flat["ensemble"] = YES if choices.ensemble else NO
    return flat | _flat_second(choices.second)


def _flat_second(second: Second | None) -> dict[str, str]:
    if second is None:
        return {"second": NO}
    flat = {"second": YES}
    if second.rule is not None:
        flat |= _part("second.rule", second.rule, second.rule_fields)
    for name in OF_SECOND:
        if getattr(second, name) is not None:
            flat[f"second.{name}"] = str(getattr(second, name))
    return flat


def _part(what: str, name: str, fields: Mapping[str, Any]) -> dict[str, str]:
    """A rule, bandit or learner with its fields."""
    return {what: name, **{f"{what}.{each}": written_value(v) for each, v in fields.items()}}


def _text(value: Any) -> str:
    return NONE if value is None else written_value(value)


class _Reader:
    """Reads an address, and notes what it leaves out.

    Args:
        given: Names and texts.
        offered: The names that may be chosen.

    Attributes:
        left_out: One line for each thing that is left out.
    """

    def __init__(self, given: dict[str, str], offered: Offered) -> None:
        self._given, self._offered = given, offered
        self._known: set[str] = set()
        self.left_out: list[str] = []

    def unread(self) -> list[str]:
        """One line for each name that nothing here has."""
        names = [name for name, text in self._given.items() if text and name not in self._known]
        return [f"{name[:60]} in the address is nothing that is chosen here" for name in names]

    def hive(self, base: Choices) -> Choices:
        """The choices of a hive."""
        values = self._simple(OF_HIVE) | self._common(base)
        parts = self._part("rule", base.rule, base.rule_fields, self._offered.rules, find_rule)
        values |= {"rule": parts[0], "rule_fields": parts[1], "mix": self._mix(base)}
        learners = self._offered.learners | {NONE}
        learner, fields = self._part(
            "learner", base.learner or NONE, base.learner_fields, learners, find_learner
        )
        values |= {"learner": None if learner == NONE else learner, "learner_fields": fields}
        return replace(base, **values, second=self._second(base.second))

    def learner(self, base: LearnerChoices) -> LearnerChoices:
        """The choices of a learner that is watched alone."""
        learner, fields = self._part(
            "learner", base.learner, base.learner_fields, self._offered.learners, find_learner
        )
        values = self._simple({"at_once": whole_or_none}) | self._common(base)
        return replace(base, learner=learner, learner_fields=fields, **values)

    def game(self, base: GameChoices) -> GameChoices:
        """The choices of a game."""
        sizes = dict(base.sizes)
        for player in base.sized_players():
            size = self._read(f"size{player}", whole)
            sizes |= {} if size is None else {player: size}
        values = self._simple({"match": one_of(MATCHES), "seed": digits, "at_once": whole})
        return replace(base, sizes=sizes, **values)

    def _common(self, base: Choices | LearnerChoices) -> dict[str, Any]:
        """What hives and learners have in common."""
        bandit, fields = self._part(
            "bandit", base.bandit, base.bandit_fields, self._offered.bandits, find_bandit
        )
        return {"bandit": bandit, "bandit_fields": fields, **self._simple(OF_HIVE_AND_LEARNER)}

    def _simple(self, readers: Mapping[str, Callable[[str], Any]]) -> dict[str, Any]:
        """The values of those names that are given and can be read."""
        unread = object()
        read = {name: self._read(name, reader, unread) for name, reader in readers.items()}
        return {name: value for name, value in read.items() if value is not unread}

    def _read(self, name: str, reader: Callable[[str], Any], otherwise: Any = None) -> Any:
        """The value of a name; `otherwise` where it is not given or cannot be read."""
        self._known.add(name)
        text = self._given.get(name, "")
        if not text:
            return otherwise
        try:
            if len(text) > _LONGEST:
                raise ValueError(f"is longer than {_LONGEST} characters")
            return reader(text)
        except ValueError as error:
            self.left_out.append(f"{name[:60]}={text[:60]} in the address {error}")
            return otherwise

    def _part(
        self,
        what: str,
        name: str,
        fields: Mapping[str, Any],
        offered: Iterable[str],
        find: Callable[[Any], Any],
    ) -> tuple[str, dict[str, Any]]:
        """A rule, bandit or learner by its name, with its fields."""
        chosen = self._read(what, one_of(offered), name)
        values = dict(fields) if chosen == name else {}
        given = [each for each in self._given if each.startswith(f"{what}.")]
        self._known.update(given)
        if not given or chosen == NONE:
            return chosen, values
        try:
            controls = {each.name: each for each in field_controls(find(chosen))}
        except (Exception, SystemExit):  # the page shows what is wrong when it builds the session
            return chosen, values
        for each in given:
            field_name = each.removeprefix(f"{what}.")
            if field_name == "share" and what[-1].isdigit():
                continue
            if not self._given[each]:
                values.pop(field_name, None)
            elif field_name not in controls:
                self.left_out.append(f"{each[:60]} in the address is no field of {chosen}")
            else:
                value = self._read(each, value_of(controls[field_name].allowed), _UNREAD)
                values |= {} if value is _UNREAD else {field_name: value}
        return chosen, values

    def _mix(self, base: Choices) -> tuple[FurtherRule, ...]:
        """The further rules."""
        mix = []
        for place in range(2, 2 + _MOST_RULES):
            known = base.mix[place - 2] if place - 2 < len(base.mix) else None
            what = f"rule{place}"
            if what not in self._given and known is None:
                break
            if self._given.get(what) == "":  # it is removed
                continue
            name = "" if known is None else known.rule
            fields = {} if known is None else known.fields
            rule, values = self._part(what, name, fields, self._offered.rules, find_rule)
            share = self._read(f"{what}.share", finite, 0.1 if known is None else known.share)
            if rule:
                mix.append(FurtherRule(rule, share, values))
        return tuple(mix)

    def _second(self, base: Second | None) -> Second | None:
        """What a second hive has otherwise."""
        wanted = self._read("second", one_of((YES, NO)), NO if base is None else YES)
        if wanted == NO:
            return None
        base = base or Second()
        readers = {f"second.{name}": reader for name, reader in OF_SECOND.items()}
        read = self._simple(readers)
        gone = {name for name in readers if self._given.get(name) == ""}
        found = dict.fromkeys(gone) | read
        values: dict[str, Any] = {
            name.removeprefix("second."): value for name, value in found.items()
        }
        if self._given.get("second.rule") == "":
            return replace(base, rule=None, rule_fields={}, **values)
        if not any(name.startswith("second.rule") for name in self._given):
            return replace(base, **values)
        rules = self._offered.rules
        rule, fields = self._part(
            "second.rule", base.rule or "", base.rule_fields, rules, find_rule
        )
        return replace(base, rule=rule or None, rule_fields=fields if rule else {}, **values)
