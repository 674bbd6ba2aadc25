"""The random stream that rules, bandits and learners draw from, and the seeds of runs.

One implementation, compiled, serves plain Python and compiled code alike, so both get the same numbers.  The generator is
xoshiro256++ (Blackman & Vigna, ACM Trans. Math. Softw. 47, 2021), seeded from `numpy.random.SeedSequence`.
"""

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, overload

import numpy as np
from numba import types

from hivemind_abm.engine.loops import compiled, define_struct, method_of, multiply_high_low, pointer

__all__ = ["RunSeed", "RunSeeds", "Stream", "run_seeds", "seed_sequence", "states_of"]

_U = np.uint64
_UNIT = 1.0 / 9007199254740992.0  # 2**-53
_ALL = _U(0xFFFFFFFFFFFFFFFF)
_PAIRS, _FOURS, _EIGHTS, _EACH = _U(0x5555555555555555), _U(0x3333333333333333), _U(0x0F0F0F0F0F0F0F0F), _U(0x0101010101010101)


# ---------------------------------------------------------------------------------------------------------------------
# Seeds


class RunSeed(np.random.SeedSequence):
    """A SeedSequence that compares and prints by what it is made of, so that it can stand in a table of runs."""

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, np.random.SeedSequence):
            return NotImplemented
        return _made_of(self) == _made_of(other)

    def __hash__(self) -> int:
        return hash(_made_of(self))

    def __repr__(self) -> str:
        return f"RunSeed({self.entropy}, spawn_key={tuple(self.spawn_key)})"

    __str__ = __repr__


def _made_of(seed: np.random.SeedSequence) -> tuple[Any, ...]:
    entropy: Any = seed.entropy
    if entropy is not None:
        entropy = operator.index(entropy) if hasattr(entropy, "__index__") else tuple(map(operator.index, entropy))
    return entropy, tuple(seed.spawn_key)


def run_seeds(seed: Any, runs: int, first_run: int = 0) -> list[RunSeed]:
    """The seeds of an ensemble's runs: run k gets `SeedSequence(seed, spawn_key=(k,))`.

    So `mesa.batch_run(Hive, ..., rng=run_seeds(1, 1000))` gives the rows of `ensemble(Hive, ..., runs=1000, seed=1)`.

    Args:
        seed: A whole number of at least 0, or its digits as a string.
        runs: How many, at least 1.
        first_run: The number k of the first.
    """
    if not isinstance(runs, int | np.integer) or isinstance(runs, bool) or runs < 1:
        raise ValueError(f"runs must be a whole number of at least 1, not {runs!r}")
    return list(RunSeeds(seed_sequence(seed), range(first_run, first_run + runs)))


@dataclass(frozen=True)
class RunSeeds(Sequence[RunSeed]):
    """The seeds of runs by number, each made when it is asked for.

    Attributes:
        parent: What all have in common.
        numbers: Run k has `SeedSequence(parent.entropy, spawn_key=(*parent.spawn_key, k))`.
    """

    parent: RunSeed
    numbers: range

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, place: int) -> RunSeed: ...
    @overload
    def __getitem__(self, place: slice) -> "RunSeeds": ...
    def __getitem__(self, place: int | slice) -> "RunSeed | RunSeeds":
        numbers = self.numbers[place]
        if isinstance(numbers, range):
            return RunSeeds(self.parent, numbers)
        return RunSeed(self.parent.entropy, spawn_key=(*self.parent.spawn_key, numbers))

    def states(self) -> np.ndarray:
        """What `generate_state(4, uint64)` of each gives, shape (R, 4), for all at once.

        A number is the last word that a SeedSequence mixes into its pool, so all have their parent's pool up to there (O'Neill,
        "Developing a seed_seq alternative", 2015, is the algorithm; its constants are NumPy's).
        """
        entropy, key = self.parent.entropy, tuple(self.parent.spawn_key)
        if not isinstance(entropy, int) or not len(self) or not 0 <= self.numbers[0] <= self.numbers[-1] < 2**32:
            return np.array([seed.generate_state(4, np.uint64) for seed in self]).reshape(len(self), 4)
        words = max(_words(entropy), 4) + sum(map(_words, key))
        numbers = np.arange(self.numbers[0], self.numbers[-1] + 1, self.numbers.step, dtype=np.uint64)
        pool, factor = [], _POOL.start * pow(_POOL.factor, 4 * words, 2**32)
        for word in self.parent.pool.tolist():
            mixed, factor = _POOL.hashed(numbers, factor)
            pool.append(_folded(np.uint64(0xCA01F9DD * word % 2**32) - np.uint64(0x4973F715) * mixed))
        state, factor = np.empty((len(self), 8), np.uint32), _STATE.start
        for place in range(8):
            state[:, place], factor = _STATE.hashed(pool[place % 4], factor)
        return state.astype("<u4").view("<u8").astype(np.uint64)


class _Hash(NamedTuple):
    """The hash of a SeedSequence, whose factor changes from word to word."""

    start: int
    factor: int

    def hashed(self, words: np.ndarray, factor: int) -> tuple[np.ndarray, int]:
        following = factor * self.factor % 2**32
        return _folded((words ^ np.uint64(factor % 2**32)) * np.uint64(following)), following


_POOL, _STATE = _Hash(0x43B0D7E5, 0x931E8875), _Hash(0x8B51F9DD, 0x58F38DED)


def _folded(words: np.ndarray) -> np.ndarray:
    low = words & np.uint64(0xFFFFFFFF)
    return low ^ (low >> np.uint64(16))


def _words(number: int) -> int:
    return max(1, -(-int(number).bit_length() // 32))


def states_of(seeds: Sequence[Any]) -> np.ndarray:
    """The generators' words of runs with these seeds, shape (R, 4), dtype uint64."""
    if isinstance(seeds, RunSeeds):
        return seeds.states()
    return np.array([seed_sequence(seed).generate_state(4, np.uint64) for seed in seeds])


def seed_sequence(seed: Any, name: str = "rng (the seed)") -> RunSeed:
    """A SeedSequence from what people and programs give as a seed.

    Args:
        seed: A whole number of at least 0, a string of digits (a text box gives those), a SeedSequence, or None for fresh
            entropy from the operating system (the result's `entropy` then names the run).
        name: What messages call it.

    Raises:
        TypeError: Something else, a generator or a float for instance.
        ValueError: A negative number, or a string that isn't digits.
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
        raise TypeError(f"{name} must be a whole number, a string of digits, a SeedSequence or None, not {seed!r}")
    if operator.index(seed) < 0:
        raise ValueError(f"{name} must be a whole number of at least 0, not {seed!r}")
    return RunSeed(operator.index(seed))


# ---------------------------------------------------------------------------------------------------------------------
# The stream


class Stream:
    """A stream of random numbers, the `rng` that rules, bandits and learners get.

    Args:
        seed: Whatever `seed_sequence` takes.

    Attributes:
        state: The generator's four words, shape (4,), dtype uint64; two streams on one array are one stream.
    """

    __slots__ = ("state",)

    def __init__(self, seed: Any = None) -> None:
        self.state = seed_sequence(seed).generate_state(4, np.uint64)

    @classmethod
    def on(cls, state: np.ndarray) -> "Stream":
        """The stream whose state is (and stays) in `state`, shape (4,), dtype uint64."""
        stream = cls.__new__(cls)
        stream.state = state
        return stream

    def random(self) -> float:
        """Uniform on [0, 1), a multiple of 2**-53."""
        return _random(self.state)

    def integers(self, n: int) -> int:
        """Uniform on 0 .. n - 1, exactly (Lemire, ACM Trans. Model. Comput. Simul. 29, 2019).

        Raises:
            ValueError: n below 1.
        """
        return _integers(self.state, operator.index(n))

    def normal(self) -> float:
        """Standard normal (Marsaglia's polar method)."""
        return _normal(self.state)

    def binomial(self, n: int, p: float) -> int:
        """Successes in n trials of probability p, at a cost that does not grow with n.

        Trial by trial for n up to 8, all trials at once, bit by bit, for n up to 64, inversion for n p < 10, else transformed
        rejection (Hoermann, J. Stat. Comput. Simul. 46, 1993).

        Raises:
            ValueError: p outside [0, 1], or n above 10**10, where double precision no longer tells the chances apart.
        """
        return _binomial(self.state, n, p)


StreamType, stream_type, _stream = define_struct("Stream", {"state": types.CPointer(types.uint64)}, __name__)


@method_of(StreamType)
def _bits(self):
    s = self.state
    s0, s1, s2, s3 = s[0], s[1], s[2], s[3]
    total = s0 + s3
    result = ((total << _U(23)) | (total >> _U(41))) + s0
    moved = s1 << _U(17)
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= moved
    s[0], s[1], s[2], s[3] = s0, s1, s2, (s3 << _U(45)) | (s3 >> _U(19))
    return result


@method_of(StreamType)
def random(self):
    return np.int64(self._bits() >> _U(11)) * _UNIT


@method_of(StreamType)
def _split(self, n):
    """n times one uniform number, as its whole part and its fraction: two draws for the price of one."""
    whole, fraction = multiply_high_low(self._bits(), _U(n))
    return np.int64(whole), np.int64(fraction >> _U(11)) * _UNIT


@method_of(StreamType, when=lambda self, n: isinstance(n, types.Integer))
def integers(self, n):
    if n < 1:
        raise ValueError("integers(n): n must be at least 1")
    bound = _U(n)
    whole, fraction = multiply_high_low(self._bits(), bound)
    if fraction < bound:
        excess = (_U(0) - bound) % bound
        while fraction < excess:
            whole, fraction = multiply_high_low(self._bits(), bound)
    return np.int64(whole)


@method_of(StreamType)
def normal(self):
    while True:
        u = 2.0 * self.random() - 1.0
        v = 2.0 * self.random() - 1.0
        s = u * u + v * v
        if 0.0 < s < 1.0:
            return u * math.sqrt(-2.0 * math.log(s) / s)


@method_of(StreamType)
def binomial(self, n, p):
    return _draw_binomial(self, np.int64(n), np.float64(p))


@compiled
def _draw_binomial(rng, n, p):
    if not 0.0 <= p <= 1.0:
        raise ValueError("binomial(n, p): p must lie in [0, 1]")
    if n > 10_000_000_000:
        raise ValueError("binomial(n, p): n must be at most 10,000,000,000")
    if n <= 0 or p == 0.0:
        return np.int64(0)
    if p >= 1.0:
        return n
    if n <= 8:  # trial by trial
        few = np.int64(0)
        for _ in range(n):
            few += rng.random() < p
        return few
    if n <= 64:
        return _binomial_coins(rng, n, p)
    rare = min(p, 1.0 - p)
    hits = _binomial_inversion(rng, n, rare) if n * rare < 10.0 else _binomial_rejection(rng, n, rare)
    return hits if p <= 0.5 else n - hits


@compiled
def _binomial_coins(rng, n, p):
    """All n trials at once: each compares the bits of a uniform number with those of p, until they differ. Exact."""
    open_, hits, rest = _ALL >> _U(64 - n), _U(0), p
    while open_ and rest > 0.0:
        bits = rng._bits()
        rest *= 2.0
        one = rest >= 1.0  # the next bit of p; no branch, since it is a coin toss
        rest -= one
        mask = _U(0) - _U(one)
        hits |= open_ & ~bits & mask
        open_ &= bits ^ ~mask
    hits -= (hits >> _U(1)) & _PAIRS  # how many bits are set: by twos, fours and eights
    hits = (hits & _FOURS) + ((hits >> _U(2)) & _FOURS)
    return np.int64((((hits + (hits >> _U(4))) & _EIGHTS) * _EACH) >> _U(56))


@compiled
def _binomial_inversion(rng, n, p):
    ratio = p / (1.0 - p)
    start = math.exp(n * math.log1p(-p))
    bound = min(n, np.int64(n * p + 20.0 * math.sqrt(n * p + 1.0)))
    while True:
        u, k, chance = rng.random(), np.int64(0), start
        while u >= chance and k <= bound:
            u -= chance
            k += 1
            chance *= ratio * (n - k + 1) / k
        if k <= bound:  # else rounding has left a rest of u: draw again
            return k


@compiled
def _binomial_rejection(rng, n, p):
    spread = math.sqrt(n * p * (1.0 - p))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    centre = n * p + 0.5
    v_r = 0.92 - 4.2 / b
    alpha = (2.83 + 5.1 / b) * spread
    mode = np.int64((n + 1) * p)
    while True:
        u = rng.random() - 0.5
        v = rng.random()
        us = 0.5 - abs(u)
        if us <= 0.0:
            continue
        k = np.int64(math.floor((2.0 * a / us + b) * u + centre))
        if k < 0 or k > n:
            continue
        if us >= 0.07 and v <= v_r:
            return k
        at_mode = math.lgamma(mode + 1.0) + math.lgamma(n - mode + 1.0)  # asked for seldom, so not worked out before
        bound = at_mode - math.lgamma(k + 1.0) - math.lgamma(n - k + 1.0) + (k - mode) * math.log(p / (1.0 - p))
        if v <= 0.0 or math.log(v * alpha / (a / (us * us) + b)) <= bound:
            return k


@compiled
def stream_on(state, index):
    """The stream whose four words start at flat element `index` of `state` (compiled code only)."""
    return _stream((pointer(state, index),))


@compiled
def _random(state):
    return _stream((pointer(state, 0),)).random()


@compiled
def _integers(state, n):
    return _stream((pointer(state, 0),)).integers(np.int64(n))


@compiled
def _normal(state):
    return _stream((pointer(state, 0),)).normal()


@compiled
def _binomial(state, n, p):
    return _stream((pointer(state, 0),)).binomial(np.int64(n), np.float64(p))


@compiled
def lend(state, index, words):
    """The same, in four words of the caller's own, which the processor can keep in registers; `give_back` follows."""
    for i in range(4):
        words[i] = pointer(state, index)[i]
    return _stream((words,))


@compiled
def give_back(state, index, rng):
    """End what `lend` began."""
    for i in range(4):
        pointer(state, index)[i] = rng.state[i]
