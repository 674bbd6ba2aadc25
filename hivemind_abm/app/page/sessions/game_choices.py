"""What can be chosen about a game that is watched, as plain data.

Knows: the arguments of the game's model that a file has, what the page changes in them, and the
lines of Python that repeat a run.
Does not know: how the model is stepped or shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from hivemind_abm.app.page.sessions.python_lines import python_lines
from hivemind_abm.games.seating import written_player
from hivemind_abm.games.seats import DRAWN

__all__ = ["GameChoices", "GameFile", "SizeControl"]

_NONE: Mapping[int, Any] = MappingProxyType({})
_SIZE, _PULLS, _GAME = "population_size", "parallel_envs", "GAME"
_DEFAULTS: Mapping[str, Any] = {"players": ("success", "success"), _SIZE: 1000, "match": DRAWN}


@dataclass(frozen=True, eq=False)
class GameFile:
    """A game as a file has it.  No two are equal.

    Attributes:
        path: The file.
        arguments: The arguments of a `GameModel`, without its seed.
        in_file: Whether the file has them in a dict `GAME`; else the page has chosen them.
    """

    path: str
    arguments: Mapping[str, Any]
    in_file: bool = True


@dataclass(frozen=True)
class SizeControl:
    """The number of bees or pulls of one player, which can be chosen.

    Attributes:
        player: The number of the player.
        label: "bees of player 0", for instance.
        size: What is chosen now.
    """

    player: int
    label: str
    size: Any


@dataclass(frozen=True)
class GameChoices:
    """All that a session of a game is built from.

    Attributes:
        source: The game of the file.
        sizes: The numbers of bees or pulls, by player, that differ from the file's.
        match: As for `GameModel`; None for the file's.
        seed: The seed, digits.
        at_once: Steps of the model that are one step of the page.
    """

    source: GameFile
    sizes: Mapping[int, Any] = field(default=_NONE)
    match: str | None = None
    seed: str = "1"
    at_once: int = 1

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of the model, without its seed."""
        return {**self.source.arguments, **self._changed_sizes()[0], **self._changed_match()}

    @property
    def match_now(self) -> str:
        """The way of matching in use."""
        return str(self.arguments.get("match", _DEFAULTS["match"]))

    def size_controls(self) -> list[SizeControl]:
        """The players whose numbers can be chosen: hives, and learners with a field for it.

        Raises:
            ValueError, TypeError: Players that are none.
        """
        controls = []
        players, common = self._get("players"), self._get(_SIZE)
        for number, value in enumerate(players):
            written = written_player(value, number)
            if written.is_dynamic:
                continue
            is_hive = written.kind == "rule"
            fixed = _PULLS in written.own or _PULLS in self.source.arguments
            if not is_hive and (fixed or _PULLS not in written.parts[0].open_fields):
                continue
            size = common[number] if isinstance(common, Sequence) else common
            size = self.sizes.get(number, written.own.get(_SIZE, size))
            label = f"{'bees' if is_hive else 'pulls'} of player {number}"
            controls.append(SizeControl(number, label, size))
        return controls

    def sized_players(self) -> list[int]:
        """The players that `size_controls` offers; none where the file's players are wrong."""
        try:
            return [control.player for control in self.size_controls()]
        except (TypeError, ValueError):  # the page shows what is wrong
            return []

    def code(self, steps: int) -> str:
        """Lines of Python that make the same run; they are for the file's folder."""
        if not self.source.in_file:
            words = [f"{name}={value!r}" for name, value in self.arguments.items()]
            return python_lines("GameModel", [*words, f"rng={int(self.seed)}"], steps)
        sizes, before = self._changed_sizes()
        imported = [f"from {Path(self.source.path).stem} import {_GAME}", *before]
        written = [
            f"{name!r}: {'players' if name == 'players' else repr(value)}"
            for name, value in {**sizes, **self._changed_match()}.items()
        ]
        changed = ", ".join([*written, f"'rng': {int(self.seed)}"])
        return python_lines("GameModel", [f"**{_GAME} | {{{changed}}}"], steps, imported)

    def _get(self, name: str) -> Any:
        """An argument of the file, or its default."""
        return self.source.arguments.get(name, _DEFAULTS[name])

    def _changed_match(self) -> dict[str, Any]:
        return {} if self.match in (None, self._get("match")) else {"match": self.match}

    def _changed_sizes(self) -> tuple[dict[str, Any], list[str]]:
        """The arguments that give players other numbers, and the lines that write `players`."""
        if not self.sizes:
            return {}, []
        players, common = list(self._get("players")), self._get(_SIZE)
        several = isinstance(common, Sequence)
        sizes = list(common) if several else [common] * len(players)
        changed: dict[str, Any] = {}
        lines = ["", f'players = list({_GAME}["players"])']
        for number, size in sorted(self.sizes.items()):
            player = players[number]
            if isinstance(player, Mapping) and _SIZE in player:
                players[number] = {**player, _SIZE: size}
                lines.append(f"players[{number}] |= {{{_SIZE!r}: {size!r}}}")
                changed["players"] = tuple(players)
            else:
                sizes[number] = size
                changed[_SIZE] = tuple(sizes)
        return changed, lines if "players" in changed else []
