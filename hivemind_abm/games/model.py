"""A game as a Mesa model: several hives, learners and replicators that pay each other.

Knows: how one run of a `GameBatch` looks to Mesa.  Does not know: the laws of a step (`playing`),
or what a player is (`seating`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from hivemind_abm import checks
from hivemind_abm.engine.record import Member, RecordedModel
from hivemind_abm.engine.seeds import seed_sequence
from hivemind_abm.games.batch import GameBatch
from hivemind_abm.games.flow import FlowBatch
from hivemind_abm.games.seats import DRAWN
from hivemind_abm.games.settings import GameSettings
from hivemind_abm.games.views import FlowView, PlayerView
from hivemind_abm.hives.updating import SYNCHRONOUS
from hivemind_abm.results import shortened

__all__ = ["GameBee", "GameModel"]


class GameBee(Member):
    """One bee of a hive in a game, as a Mesa agent.

    `opinion` and `payoff` read and write the hive's arrays, so they are always current.

    Attributes:
        player: The number of its player.
        index: Its index in `GameModel.players[player].opinions`, 0 .. N - 1.
    """

    def __init__(self, model: "GameModel", player: int, index: int) -> None:
        super().__init__(model, index)
        self.player = player

    @property
    def hive(self) -> PlayerView:
        """Its hive."""
        return self.model.players[self.player]

    @property
    def opinion(self) -> int:
        """The option that it holds, 0 .. K - 1; K for none."""
        return int(self.hive.opinions[self.index])

    @opinion.setter
    def opinion(self, option: int) -> None:
        most = self.hive.n_action + self.hive.uncommitted
        self.hive.opinions[self.index] = checks.index_below("opinion", option, most)

    @property
    def rule(self) -> Any:
        """The rule that it follows."""
        return self.hive.rules[self.hive.follows[self.index]]

    @property
    def memory(self) -> np.ndarray:
        """Its own numbers, shape (memory_size,); they can be written to."""
        size = self.rule.memory_size(self.hive.n_action)
        memory: np.ndarray = self.hive.memory[self.index, :size]
        return memory

    @property
    def shown(self) -> float:
        """The payoff that the others of its hive see, in [0, 1]."""
        return float(self.hive.shown[self.index])

    @property
    def payoff(self) -> float:
        """The payoff of its last match, in [0, 1]."""
        return float(self.hive.payoffs[self.index])

    @payoff.setter
    def payoff(self, reward: float) -> None:
        if not 0.0 <= reward <= 1.0:
            raise ValueError(f"payoff must lie in [0, 1], not {reward!r}")
        self.hive.payoffs[self.index] = reward


class GameModel(RecordedModel):
    """Hives, learners and replicators that play a game against each other.

    Each bee of a hive, and each pull of a learner, plays one match per step: it meets one bee (or
    pull) of each other player, drawn uniformly and afresh, and the game pays it.  So the bandit of
    a player is all the others, and a rule or learner that knows nothing of games plays unchanged.

    In one `step()` all players choose on the same snapshot, each by its own rule and hearing its
    own bees only; then all play their matches with the new options, and a row is collected.
    Asynchronous hives follow, one bee at a time, against the others as they are then; where there
    are several, their events come in random order.  Building the model plays the matches of row 0.

    Args:
        game: "matching pennies", "stag hunt", "prisoners dilemma", "chicken", "coordination", "rock
            paper scissors", "iterated prisoners dilemma", "shared congestion", the path of a .py
            file with a game (FILE.py or FILE.py:ClassName), or a `Game`.
        players: One item for each player of the game.  A rule is a hive: as for `Hive`, a list of
            pairs of a rule and its share too.  A learner, as for `LearnerModel`: its pulls are its
            bees, and opponents meet one of them.  A dynamic, as for `ReplicatorModel`: the shares
            of a hive without noise, which gets its expected payoffs; opponents meet an option drawn
            from its shares.  A dict gives a player settings of its own: {"rule": "wvoter",
            "population_size": 50, "updating": "asynchronous"}, {"learner": "CL", "alpha": 0.1},
            {"dynamic": "MRD", "delta": 0.5}.  A name that is a rule and a dynamic is written
            "rule:smith" or "dynamic:smith".  With the key "bandit", a bandit pays the player
            instead of the game; in `world.rivals[p]` it sees the shares of player p.
        population_size: N, the bees of each hive; or one number for each player.  It is also the
            `parallel_envs` of a learner that is given by name or class and has this field.
        match: "drawn", as above; or "mean": each bee gets the mean payoff of its option against the
            shares of the others, without noise.
        neighbourhood, neighbourhood_size, updating: As for `Hive`, of all hives.
        initial_shares: None for even shares; or for each player None or its shares.
        stop_if_end: True: stop when each player has an option with the share 1; or a number: when
            each has an option with at least this share.
        compiled: Run rules, learners and the game as machine code.  It gives the same numbers as
            plain Python, only faster.
        agent_reporters: As for `mesa.DataCollector`; the agents are the bees of all hives.
        rng: The seed, as for `Hive`.  Player p draws from `seed.child(p)`, and only from it.
        parameters: Fields of the game, rules, learners and dynamics that are given by name or
            class; and of dynamics `delta`, the time of a step, and `method`: "euler", or "exact"
            where all players are dynamics, which are then solved in continuous time.  A field of
            several players is set for all of them.

    Attributes:
        game: What was built from the arguments.
        players: What each player shows, a tuple of `PlayerView`.
        seed: The SeedSequence in use.
        datacollector: Columns p0_share_0, p0_share_1, ..., p0_share_none where its bees may hold no
            option, p0_payoff (the mean), for each of several rules the shares among its bees,
            p0_kind_0_share_0 and so on; then p1_share_0 ...; and consensus, whether each player has
            an option with the share 1.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.
    """

    players: tuple[PlayerView, ...]

    def __init__(
        self,
        game: Any = "matching pennies",
        players: Any = ("success", "success"),
        population_size: int | Sequence[int] = 1000,
        *,
        match: str = DRAWN,
        neighbourhood: Any = "others",
        neighbourhood_size: int | str | None = None,
        updating: str | float = SYNCHRONOUS,
        initial_shares: Any = None,
        stop_if_end: bool | float = False,
        compiled: bool = True,
        agent_reporters: Mapping[str, str | Callable[..., Any]] | None = None,
        rng: Any = None,
        **parameters: Any,
    ) -> None:
        self._settings = GameSettings.of(
            game=game,
            players=players,
            population_size=population_size,
            match=match,
            neighbourhood=neighbourhood,
            neighbourhood_size=neighbourhood_size,
            updating=updating,
            initial_shares=initial_shares,
            stop_if_end=stop_if_end,
            compiled=compiled,
            parameters=parameters,
        )
        seed = seed_sequence(rng)
        self._batch: GameBatch | FlowBatch
        super().__init__(seed, self._settings.batch([seed]))
        self.game = self._settings.game
        self._defer_agents(sum(each.population_size for each in self.players if each.is_hive))
        self._start_record(agent_reporters)

    def _make_agents(self) -> None:
        for number, player in enumerate(self.players):
            for index in range(player.population_size if player.is_hive else 0):
                GameBee(self, number, index)

    def _views(self) -> dict[str, Any]:
        batch = self._batch
        views: Any = (
            PlayerView(self._settings.players[p], batch.players[p])
            if isinstance(batch, GameBatch)
            else FlowView(self._settings.players[p], batch)
            for p in range(len(self._settings.players))
        )
        return {"players": tuple(views)}

    @classmethod
    def settings(cls, **arguments: Any) -> GameSettings:
        """The checked settings of a model; `ensemble` builds its runs from them.

        Args:
            arguments: As for the class; `agent_reporters` and `rng` are ignored.

        Raises:
            ValueError, TypeError: As for the class; or the class is a subclass of `GameModel`.
        """
        return GameSettings.of(**cls._arguments(GameModel, arguments))

    @property
    def shares(self) -> tuple[np.ndarray, ...]:  # type: ignore[override]
        """x^p, the shares of each player's options in the last row, P arrays of shape (K_p,)."""
        return tuple(player.shares.copy() for player in self.players)

    @property
    def mode(self) -> dict[str, str]:
        """How each part runs, "compiled" or "interpreted", by player and part: "p0 rule"."""
        return self._batch.mode

    @property
    def reasons(self) -> dict[str, str]:
        """Why a part runs interpreted although `compiled` is true, with the keys of `mode`."""
        return self._batch.reasons

    def summary(self) -> dict[str, Any]:
        """The settings, the step, and the last row."""
        row: dict[str, Any] = {"game": repr(self.game), "match": self._settings.match}
        for number, player in enumerate(self.players):
            row[f"player {number}"] = player.description
        row["step"] = self.steps
        for number, player in enumerate(self.players):
            row[f"p{number}_shares"], row[f"p{number}_payoff"] = player.shares, player.payoff
        return row | {"consensus": bool(self._batch.rows.consensus[0])}

    def __repr__(self) -> str:
        names = ", ".join(player.symbol for player in self.players)
        shares = "; ".join(shortened(player.shares) for player in self.players)
        return f"<GameModel: {type(self.game).__name__} of {names}, step {self.steps}, {shares}>"
