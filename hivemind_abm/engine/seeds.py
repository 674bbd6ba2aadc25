"""Seeds of runs: what users pass as a seed, and one seed for each run of an ensemble.

Knows: NumPy's SeedSequence, and how the seeds of many runs are computed together.  Does not know:
the generator that a seed starts.
"""

import hashlib
import operator
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, overload

import numpy as np

from hivemind_abm import checks

__all__ = ["RunSeed", "RunSeeds", "child_seeds", "run_seeds", "seed_sequence", "states_of"]


class RunSeed(np.random.SeedSequence):
    """A SeedSequence that is compared and printed by its entropy and spawn key.

    So it can be a value in a table of runs.
    """

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, np.random.SeedSequence):
            return NotImplemented
        return _made_of(self) == _made_of(other)

    def __hash__(self) -> int:
        return hash(_made_of(self))

    def child(self, key: int) -> "RunSeed":
        """The seed with the same entropy and one more number, `key`, in its spawn key."""
        return RunSeed(self.entropy, spawn_key=(*self.spawn_key, key))

    def named(self, text: str) -> "RunSeed":
        """The child whose key is a digest of a text; it depends on this seed and the text only."""
        digest = hashlib.sha256(text.encode()).digest()
        return self.child(int.from_bytes(digest[:8], "big"))

    def __repr__(self) -> str:
        return f"RunSeed({self.entropy}, spawn_key={tuple(self.spawn_key)})"

    __str__ = __repr__


def _made_of(seed: np.random.SeedSequence) -> tuple[Any, ...]:
    entropy: Any = seed.entropy
    if entropy is not None:
        entropy = (
            operator.index(entropy)
            if hasattr(entropy, "__index__")
            else tuple(map(operator.index, entropy))
        )
    return entropy, tuple(seed.spawn_key)


def run_seeds(seed: Any, runs: int, first_run: int = 0) -> list[RunSeed]:
    """The seeds of an ensemble's runs: run k gets `SeedSequence(seed, spawn_key=(k,))`.

    So `mesa.batch_run(Hive, ..., rng=run_seeds(1, 1000))` gives the rows of `ensemble(Hive, ...,
    runs=1000, seed=1)`.

    Args:
        seed: A whole number of at least 0, its digits as a string, or a SeedSequence.
        runs: The number of runs, at least 1.
        first_run: The number k of the first run.

    Raises:
        ValueError, TypeError: `runs` is not a whole number of at least 1, or `seed` not a seed (see
            `seed_sequence`).
    """
    checks.whole_number("runs", runs)
    return list(RunSeeds(seed_sequence(seed), range(first_run, first_run + runs)))


@dataclass(frozen=True)
class RunSeeds(Sequence[RunSeed]):
    """The seeds of runs by number; each is created on access.

    Attributes:
        parent: The seed from which all are derived.
        numbers: The runs; run k has `SeedSequence(parent.entropy, spawn_key=(*parent.spawn_key,
            k))`.
        key: A number at the end of all spawn keys, below 2**32; None for none.
    """

    parent: RunSeed
    numbers: range
    key: int | None = None

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, place: int) -> RunSeed: ...
    @overload
    def __getitem__(self, place: slice) -> "RunSeeds": ...
    def __getitem__(self, place: int | slice) -> "RunSeed | RunSeeds":
        numbers = self.numbers[place]
        if isinstance(numbers, range):
            return replace(self, numbers=numbers)
        seed = self.parent.child(numbers)
        return seed if self.key is None else seed.child(self.key)

    def states(self) -> np.ndarray:
        """`generate_state(4, uint64)` of each seed, shape (R, 4), computed for all at once.

        The run's number is the last word that a SeedSequence mixes into its pool.  So all seeds
        share their parent's pool up to there.  The algorithm is from O'Neill, "Developing a
        seed_seq alternative" (2015); its constants are NumPy's.
        """
        entropy, key = self.parent.entropy, tuple(self.parent.spawn_key)
        if (
            not isinstance(entropy, int)
            or not len(self)
            or not 0 <= self.numbers[0] <= self.numbers[-1] < 2**32
        ):
            return np.array([seed.generate_state(4, np.uint64) for seed in self]).reshape(
                len(self), 4
            )
        words = max(_words(entropy), 4) + sum(map(_words, key))
        numbers = np.arange(
            self.numbers[0], self.numbers[-1] + 1, self.numbers.step, dtype=np.uint64
        )
        pool, factor = [], _POOL.start * pow(_POOL.factor, 4 * words, 2**32)
        for word in self.parent.pool.tolist():
            mixed, factor = _POOL.hashed(numbers, factor)
            pool.append(
                _folded(np.uint64(0xCA01F9DD * word % 2**32) - np.uint64(0x4973F715) * mixed)
            )
        for place, words_before in enumerate(pool if self.key is not None else ()):
            mixed, factor = _POOL.hashed(np.full(len(self), self.key, np.uint64), factor)
            low = (np.uint64(0xCA01F9DD) * words_before) & np.uint64(0xFFFFFFFF)
            pool[place] = _folded(low - np.uint64(0x4973F715) * mixed)
        state, factor = np.empty((len(self), 8), np.uint32), _STATE.start
        for place in range(8):
            state[:, place], factor = _STATE.hashed(pool[place % 4], factor)
        return state.astype("<u4").view("<u8").astype(np.uint64)


class _Hash(NamedTuple):
    """The hash function of a SeedSequence; its factor changes from word to word."""

    start: int
    factor: int

    def hashed(self, words: np.ndarray, factor: int) -> tuple[np.ndarray, int]:
        """The hashed words, and the factor for the next word."""
        following = factor * self.factor % 2**32
        return _folded((words ^ np.uint64(factor % 2**32)) * np.uint64(following)), following


_POOL, _STATE = _Hash(0x43B0D7E5, 0x931E8875), _Hash(0x8B51F9DD, 0x58F38DED)


def _folded(words: np.ndarray) -> np.ndarray:
    """The lower 32 bits, with their upper half mixed into their lower half."""
    low = words & np.uint64(0xFFFFFFFF)
    return low ^ (low >> np.uint64(16))


def _words(number: int) -> int:
    """The number of 32-bit words in a whole number."""
    return max(1, -(-int(number).bit_length() // 32))


def child_seeds(seeds: Sequence[Any], key: int) -> Sequence[RunSeed]:
    """The seeds with one more number at the end of their spawn keys.

    Args:
        seeds: One per run, whatever `seed_sequence` takes.
        key: The number.
    """
    if isinstance(seeds, RunSeeds) and seeds.key is None:
        return replace(seeds, key=key)
    return [seed_sequence(seed).child(key) for seed in seeds]


def states_of(seeds: Sequence[Any]) -> np.ndarray:
    """The states of the random streams of runs with these seeds, shape (R, 4), dtype uint64.

    Args:
        seeds: One per run, whatever `seed_sequence` takes.
    """
    if isinstance(seeds, RunSeeds):
        return seeds.states()
    return np.array([seed_sequence(seed).generate_state(4, np.uint64) for seed in seeds])


def seed_sequence(seed: Any, name: str = "rng (the seed)") -> RunSeed:
    """A SeedSequence from what users and programs pass as a seed.

    Args:
        seed: A whole number of at least 0, a string of digits (as a text box gives it), a
            SeedSequence, or None for fresh entropy from the operating system (the result's
            `entropy` then identifies the run).
        name: The argument's name, for the error.

    Raises:
        TypeError: Anything else, for instance a generator or a float.
        ValueError: A negative number, or a string that is not all digits.
    """
    if seed is None:
        return RunSeed()
    if isinstance(seed, np.random.SeedSequence):
        return RunSeed(seed.entropy, spawn_key=tuple(seed.spawn_key))
    if isinstance(seed, str):
        if not seed.strip().isdecimal():
            raise ValueError(f"{name} must be a whole number of at least 0, not {seed!r}")
        return RunSeed(int(seed))
    if isinstance(seed, bool) or not hasattr(seed, "__index__"):
        raise TypeError(
            f"{name} must be a whole number, a string of digits, a SeedSequence or None, "
            f"not {seed!r}"
        )
    if operator.index(seed) < 0:
        raise ValueError(f"{name} must be a whole number of at least 0, not {seed!r}")
    return RunSeed(operator.index(seed))
