"""The passes of rules that look across.

Knows: how `decide` of a `GameRule` gets the players and the game in both modes, and the pass that
plays a match.  Does not know: any particular rule.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from numba import types

from hivemind_abm.bandits.bandit import ROUNDING
from hivemind_abm.bandits.passes import reward_of
from hivemind_abm.engine.intrinsics import integers_at, reals_at, words_at
from hivemind_abm.engine.loops import inlined
from hivemind_abm.engine.methods import Methods
from hivemind_abm.engine.source import CannotCompile
from hivemind_abm.engine.stream import stream_at
from hivemind_abm.engine.vectors import read_only_integers
from hivemind_abm.games.looking import GameRule, GameSeen, RivalsSeen
from hivemind_abm.games.looking_compiled import game_seen, rivals_seen
from hivemind_abm.games.sight import Sight
from hivemind_abm.hives.neighbours_compiled import neighbours_struct
from hivemind_abm.hives.passes import decide_loop
from hivemind_abm.hives.turns import turns_loop
from hivemind_abm.hives.updating import checked_opinion, deciding
from hivemind_abm.learners.passes import update_loop

__all__ = [
    "PLAY_MATCH",
    "decide_across_loop",
    "loop_across",
    "play_loop",
    "turns_across_loop",
    "update_across_loop",
    "with_matches",
]

# fields (2), the player, the addresses of the options, of the stream and of the payoff
PLAY_MATCH = types.int64(*[types.int64] * 6)
_BEYOND = len(neighbours_struct.members)  # where the address of the table stands, then the run


class _Looking(NamedTuple):
    """A rule, the players and the game."""

    rule: Any
    rivals: Any
    game: Any


@inlined
def _looking(rule, words):
    table, run = words[_BEYOND], words[_BEYOND + 1]
    return _Looking(rule, rivals_seen(table, run), game_seen(table, run))


def _across(decide: Any) -> Any:
    """`decide` of a `GameRule` with the arguments that a pass has."""

    @inlined
    def decide_across(looking, bee, neighbours, rng):
        return decide(looking.rule, bee, neighbours, looking.rivals, looking.game, rng)

    return decide_across


def decide_across_loop(decide: Any, build: Any) -> Callable[..., int]:
    """The compiled pass in which bees decide; see `hives.passes.decide_loop`."""
    return decide_loop(_across(decide), build, _looking)


def turns_across_loop(decide: Any, build: Any) -> Callable[..., int]:
    """The compiled pass of the events of a step; see `hives.turns.turns_loop`."""
    return turns_loop(_across(decide), build, _looking)


@inlined
def _learner_looking(learner, beyond, run):
    return _Looking(learner, rivals_seen(beyond, run), game_seen(beyond, run))


def update_across_loop(update: Any, build: Any) -> Callable[..., int]:
    """The compiled pass of learners; see `learners.passes.update_loop`."""

    @inlined
    def update_across(looking, policy, pulls, memory, rng):
        return update(looking.rule, policy, pulls, looking.rivals, looking.game, memory, rng)

    return update_loop(update_across, build, _learner_looking)


def with_matches(loop: Callable[..., Any], methods: Methods) -> Callable[..., Any]:
    """What makes a compiled pass of who looks across; none where its matches run interpreted.

    Args:
        loop: Makes the pass.
        methods: Those of the player, "play" among them if matches have noise.
    """
    return _no_loop if "play" in methods and methods["play"] is None else loop


def _no_loop(method: Any, build: Any) -> Callable[..., int]:
    raise CannotCompile("the game's payoff, which it may ask for, runs interpreted")


def play_loop(payoff: Any, build: Any) -> Callable[..., int]:
    """The compiled pass that plays one match for one player.

    Returns:
        A function (player, options, stream, paid) of addresses -> 1 if the payoff is outside
        [0, 1], else 0.  It writes the payoff.
    """

    def loop(integers, reals, player, options, stream, paid):
        game = build(integers_at(integers), reals_at(reals))
        match, rng = read_only_integers(integers_at(options), 2), stream_at(words_at(stream))
        reward = reward_of(payoff(game, player, match, rng))
        if not -ROUNDING <= reward <= 1.0 + ROUNDING:
            return 1
        reals_at(paid)[0] = min(max(reward, 0.0), 1.0)
        return 0

    return loop


def loop_across(
    rule: GameRule, sight: Callable[[], tuple[Sight, int]], play: Callable[..., float] | None
) -> Callable[..., int]:
    """The loop in which bees decide, in plain Python; see `hives.updating.deciding`.

    Args:
        rule: The rule.
        sight: Returns what the player sees, and the run.
        play: The payoff of one match, (player, options, rng); None if payoffs are looked up.
    """
    decide: Any = type(rule).decide

    def loop(rule, neighbours, first, last, kind, chance, rng):
        seen, run = sight()
        rivals, game = RivalsSeen(seen, run), GameSeen(seen, play)

        def decide_across(rule, bee, neighbours, rng):
            return decide(rule, bee, neighbours, rivals, game, rng)

        decide_all = deciding(decide_across, checked_opinion(type(rule).__name__))
        return decide_all(rule, neighbours, first, last, kind, chance, rng)

    return loop
