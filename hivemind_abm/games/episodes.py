"""The episodes of an environment: their seeds, and when they end.

Knows: how episodes follow from one seed, and how many steps they have.  Does not know: what happens
in an episode; it needs neither Gymnasium nor PettingZoo.
"""

from collections.abc import Mapping
from typing import Any

from hivemind_abm import checks
from hivemind_abm.engine.seeds import RunSeed, seed_sequence

__all__ = ["Episodes", "check_arguments"]


class Episodes:
    """The episodes of one environment.

    The first episode after a reset with seed s has the seed s itself, so it gives the numbers of a
    model with `rng=s`.  Later episode e = 1, 2, ... has `SeedSequence(s, spawn_key=(e,))`.

    Args:
        steps: The number of steps of an episode.

    Attributes:
        steps: As above.
        left: The number of steps that are left; 0 before the first reset.
    """

    def __init__(self, steps: int) -> None:
        self.steps, self.left = checks.whole_number("steps", steps), 0
        self._seed: RunSeed | None = None
        self._number = 0

    def start(self, seed: Any = None) -> RunSeed:
        """Start an episode -> its seed.

        Args:
            seed: The seed of this episode and those that follow; None to follow the last one, or
                for fresh entropy if there is none.

        Raises:
            ValueError, TypeError: `seed` is no seed.
        """
        if seed is not None or self._seed is None:
            self._seed, self._number = seed_sequence(seed, "seed"), 0
        else:
            self._number += 1
        self.left = self.steps
        return self._seed.child(self._number) if self._number else self._seed

    def check(self) -> None:
        """Refuse a step where no episode goes on.

        Raises:
            ValueError: It has ended, or none was started.
        """
        if not self.left:
            raise ValueError("step must follow reset: the episode has ended, or none was started")

    def count(self, stopped: bool = False) -> bool:
        """Count a step -> whether the episode is cut off here.

        Args:
            stopped: Whether the model has stopped by itself, which ends the episode too.
        """
        self.left -= 1
        cut = self.left == 0 and not stopped
        self.left = 0 if stopped else self.left
        return cut


def check_arguments(arguments: Mapping[str, Any]) -> None:
    """Refuse arguments of a model that an environment does not take.

    Raises:
        TypeError: `rng` or `agent_reporters` is given.
    """
    if "rng" in arguments:
        raise TypeError("rng must not be given here: reset(seed=...) takes the seed")
    if "agent_reporters" in arguments:
        raise TypeError("agent_reporters must not be given here: Mesa records no agents here")
