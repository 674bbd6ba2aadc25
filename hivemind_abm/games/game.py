"""The base class of games: the options of each player, and the payoff of one match.

A game is a frozen dataclass with a plain method `payoff`.  The same source runs compiled and
interpreted, as for rules.  Payoffs always lie in [0, 1].  Knows: what a game must say.  Does not
know: who plays, or how the payoffs are averaged (`tensors`).
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

if TYPE_CHECKING:  # the machine code is loaded where a game is played, not where it is defined
    from hivemind_abm.engine.stream import Stream

__all__ = ["Game", "actions_of"]


class Game:
    """A game of P players.  Subclass it as a frozen dataclass and write `payoff`.

    In each step every bee of player p plays one match.  It draws one bee of each other player, and
    all of them show their options.  A subclass needs a field, property or class attribute
    `n_actions`.

    Attributes:
        n_actions: K_p, the number of options of each player p, P whole numbers, P at least 2.
        fellow: Whether a match also has a bee of one's own player, drawn from all of its bees.
        estimate_draws: The number of payoffs that are drawn for each combination of options where
            payoffs are noisy and a mean is needed.
        names: The names that users type for it, each with the fields that the name fixes; empty for
            a game without a short name.

    See also: `MatrixGame`.
    """

    fellow: ClassVar[bool] = False
    estimate_draws: ClassVar[int] = 100_000
    names: ClassVar[Mapping[str, Mapping[str, Any]]] = {}

    if TYPE_CHECKING:  # a subclass may write a field, a property or a class attribute

        @property
        def n_actions(self) -> tuple[int, ...]:
            """K_p of each player."""
            ...

    def payoff(self, player: int, options: Sequence[int], rng: "Stream") -> float:
        """The payoff of one bee in one match.

        Args:
            player: Whose bee gets the payoff, 0 .. P - 1.
            options: The option of each player in this match, P whole numbers; options[player] is
                the bee's own.  With `fellow`, the option of the other bee of its player follows.
                Indexing, `len` and `for` work on it.
            rng: The stream to draw from: `random()`, `integers(n)`, `normal()`, `binomial(n, p)`.

        Returns:
            A payoff in [0, 1].
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no payoff(self, player, options, rng)"
        )

    def expected(self, player: int, shares: Sequence[Any]) -> np.ndarray:
        """The expected payoff of each option of one player.

        This default is the sum over all combinations of the others' options, each weighted with the
        product of their shares.  It is exact where payoffs have no noise.  Write another one only
        where it is known and the sum is too large.

        Args:
            player: 0 .. P - 1.
            shares: x, for each player p an array of shape (K_p,).

        Returns:
            f_a, shape (K_player,).

        Raises:
            ValueError: The shares do not fit `n_actions`.
        """
        from hivemind_abm.games.tensors import expected_payoffs  # loads the machine code

        return expected_payoffs(self, player, shares)

    def mean_payoffs(self, player: int) -> np.ndarray | None:
        """The mean payoff of each combination of options, where it is known despite noise.

        It is only asked where payoffs are noisy.

        Args:
            player: 0 .. P - 1.

        Returns:
            Shape (K_1, ..., K_P), or (K_1, ..., K_P, K_player) with `fellow`; None, the default,
            for means of `estimate_draws` payoffs.
        """
        return None

    def option_names(self, player: int) -> tuple[str, ...]:
        """The names of one player's options, for tables and figures."""
        return tuple(map(str, range(self.n_actions[player])))

    @property
    def players(self) -> int:
        """P, the number of players."""
        return len(self.n_actions)


def actions_of(game: Game) -> tuple[int, ...]:
    """K_p of each player of a game, as whole numbers.

    Raises:
        TypeError: `n_actions` is missing, or it is not at least two whole numbers of at least 1.
    """
    actions = getattr(game, "n_actions", None)
    sequence = isinstance(actions, Sequence | np.ndarray) and not isinstance(actions, str | bytes)
    if not sequence or len(actions) < 2 or not all(map(_is_count, actions)):  # type: ignore[arg-type]
        raise TypeError(
            f"{type(game).__name__}.n_actions must be a whole number of at least 1 for each of at "
            f"least two players, a field, a property or a class attribute, not {actions!r}"
        )
    return tuple(int(k) for k in actions)  # type: ignore[union-attr]


def _is_count(value: Any) -> bool:
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return whole and bool(value >= 1)
