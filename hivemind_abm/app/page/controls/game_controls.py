"""The controls of a game that is watched.

Knows: which control changes which choice.
Does not know: what a session does with its choices.
"""

import dataclasses

from hivemind_abm.app.page.controls.control import Block, Control, Group, select, text
from hivemind_abm.app.page.controls.edit import Edit
from hivemind_abm.app.page.controls.field_words import entries_of
from hivemind_abm.app.page.controls.hive_rows import seed_row
from hivemind_abm.app.page.controls.text_box import whole_number
from hivemind_abm.app.page.sessions.game_choices import GameChoices, SizeControl
from hivemind_abm.app.page.sessions.users_files import Files
from hivemind_abm.games.model import GameModel
from hivemind_abm.games.seats import MATCHES

__all__ = ["groups_of_game", "start_of_game"]


def groups_of_game(edit: Edit[GameChoices]) -> list[Group]:
    """The groups of controls, as data."""
    return [_players(edit), _run(edit)]


def _players(edit: Edit[GameChoices]) -> Group:
    choices, start = edit.choices, edit.start
    at_start = {each.player: str(each.size) for each in _sizes(start)}
    sizes = [_size(edit, each, at_start.get(each.player)) for each in _sizes(choices)]
    matches = select(
        "match",
        "matches",
        MATCHES,
        choices.match_now,
        lambda how: edit.change(match=start.match if how == start.match_now else how),
        name="match",
        default=start.match_now,
        tip=entries_of(GameModel).get("match", ""),
    )
    told = [f"{each.label}: {each.size}" for each in _sizes(choices)]
    return Group(
        "Players",
        ", ".join([*told, f"matches {choices.match_now}"]),
        (Block((*sizes, matches)),),
        opened=True,
        reset=edit.reset("sizes", "match"),
    )


def _size(edit: Edit[GameChoices], control: SizeControl, at_start: str | None) -> Control:
    player, begun = control.player, edit.start.sizes

    def choose(typed: str) -> None:
        others = {each: size for each, size in edit.now.sizes.items() if each != player}
        back = {player: begun[player]} if player in begun else {}
        edit.change(sizes=others | (back if typed == at_start else {player: whole_number(typed)}))

    key = f"size of player {player}"
    return text(key, control.label, control.size, choose, default=at_start)


def _run(edit: Edit[GameChoices]) -> Group:
    choices, start = edit.choices, edit.start
    at_once = text(
        "at_once",
        "steps at once",
        choices.at_once,
        lambda typed: edit.change(at_once=whole_number(typed)),
        default=str(start.at_once),
        tip="The steps of the game that are one step of the page.",
    )
    seed = seed_row(choices.seed, start.seed, lambda typed: edit.change(seed=typed))
    return Group(
        "Run",
        f"seed {choices.seed}, {choices.at_once} steps at once",
        (Block((seed, at_once)),),
        opened=True,
        reset=edit.reset("seed", "at_once"),
    )


def start_of_game(files: Files, choices: GameChoices) -> GameChoices:
    """What the page began with for this game."""
    starts = [each.start for each in files.subjects if isinstance(each.start, GameChoices)]
    same = (each for each in starts if each.source is choices.source)
    plain = dataclasses.replace(choices, sizes={}, match=None, at_once=1)
    return next(same, plain)


def _sizes(choices: GameChoices) -> list[SizeControl]:
    try:
        return list(choices.size_controls())
    except (Exception, SystemExit):  # the page shows what is wrong when it builds the session
        return []
