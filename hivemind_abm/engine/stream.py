"""The random stream that rules, bandits and learners draw from.

There is one implementation, compiled, for both modes, so compiled and interpreted code get the same
numbers.  The generator is xoshiro256++ (Blackman & Vigna, ACM Trans. Math. Softw. 47, 2021), seeded
from `numpy.random.SeedSequence`.  Knows: distributions.  Does not know: what is drawn.
"""

import math
import operator
from typing import Any, NamedTuple

import numpy as np
from numba import types

from hivemind_abm.checks import as_index
from hivemind_abm.engine.intrinsics import multiply_high_low, pointer
from hivemind_abm.engine.loops import compiled
from hivemind_abm.engine.seeds import seed_sequence
from hivemind_abm.engine.structs import (
    define_struct,
    method_of,
    takes_whole_number,
    with_fields,
)

__all__ = [
    "Stream",
    "give_back",
    "give_back_to",
    "lend",
    "lend_from",
    "stream_at",
    "stream_on",
    "take_back_from",
]

_U = np.uint64
_UNIT = 1.0 / 9007199254740992.0  # 2**-53, the spacing of the uniform numbers
_ALL = _U(0xFFFFFFFFFFFFFFFF)
_PAIRS, _FOURS, _EIGHTS, _EACH = (
    _U(0x5555555555555555),
    _U(0x3333333333333333),
    _U(0x0F0F0F0F0F0F0F0F),
    _U(0x0101010101010101),
)


class Stream:
    """A stream of random numbers: the `rng` that rules, bandits and learners get.

    Args:
        seed: Whatever `seed_sequence` takes.

    Attributes:
        state: The generator's four words, shape (4,), dtype uint64.  Two streams with the same
            array share one sequence of numbers.
    """

    __slots__ = ("state",)

    def __init__(self, seed: Any = None) -> None:
        self.state = seed_sequence(seed).generate_state(4, np.uint64)

    @classmethod
    def on(cls, state: np.ndarray) -> "Stream":
        """A stream that draws from `state`, shape (4,), dtype uint64, and changes it in place."""
        stream = cls.__new__(cls)
        stream.state = state
        return stream

    def random(self) -> float:
        """A number uniform on [0, 1), a multiple of 2**-53."""
        return _random(self.state)

    def integers(self, n: int) -> int:
        """A whole number exactly uniform on 0 .. n - 1.

        Source: Lemire, ACM Trans. Model. Comput. Simul. 29, 2019.

        Raises:
            ValueError: n below 1.
        """
        return _integers(self.state, operator.index(n))

    def normal(self) -> float:
        """A standard normal number (Marsaglia's polar method)."""
        return _normal(self.state)

    def binomial(self, n: int, p: float) -> int:
        """The number of successes in n trials of probability p.

        The cost does not grow with n.  The method depends on n and p: one trial after the other for
        n up to 8; all trials at once, bit by bit, for n up to 64; inversion where n p < 10; else
        transformed rejection (Hoermann, J. Stat. Comput. Simul. 46, 1993).

        Raises:
            ValueError: p outside [0, 1], or n above 10**10, where double precision is too coarse
                for the probabilities.
        """
        return _binomial(self.state, as_index("binomial(n, p): n", n), float(p))


stream_struct, _no_stream = define_struct(
    "Stream", {"state": types.CPointer(types.uint64)}, __name__
)


class _State(NamedTuple):
    state: Any


@compiled
def _stream(state):
    """The stream whose four words start at an address."""
    return with_fields(_no_stream(), _State(state))


@method_of(stream_struct)
def _bits(self):
    """The next 64 random bits (xoshiro256++)."""
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


@method_of(stream_struct)
def random(self):
    """As `Stream.random`, in compiled code."""
    return np.int64(self._bits() >> _U(11)) * _UNIT


@method_of(stream_struct)
def _split(self, n):
    """The product of n and one uniform number, as its whole part and its fraction.

    So one draw gives two independent numbers.
    """
    whole, fraction = multiply_high_low(self._bits(), _U(n))
    return np.int64(whole), np.int64(fraction >> _U(11)) * _UNIT


@method_of(stream_struct, when=takes_whole_number)
def integers(self, n):
    """As `Stream.integers`, in compiled code."""
    if n < 1:
        raise ValueError("integers(n): n must be at least 1")
    bound = _U(n)
    whole, fraction = multiply_high_low(self._bits(), bound)
    if fraction < bound:
        excess = (_U(0) - bound) % bound
        while fraction < excess:
            whole, fraction = multiply_high_low(self._bits(), bound)
    return np.int64(whole)


@method_of(stream_struct)
def normal(self):
    """As `Stream.normal`, in compiled code."""
    while True:
        u = 2.0 * self.random() - 1.0
        v = 2.0 * self.random() - 1.0
        s = u * u + v * v
        if 0.0 < s < 1.0:
            return u * math.sqrt(-2.0 * math.log(s) / s)


def _takes_count_and_chance(self, n, p):
    return takes_whole_number(self, n) and isinstance(p, types.Number | types.Boolean)


@method_of(stream_struct, when=_takes_count_and_chance)
def binomial(self, n, p):
    """As `Stream.binomial`, in compiled code."""
    return _draw_binomial(self, np.int64(n), np.float64(p))


@compiled
def _draw_binomial(rng, n, p):
    """A binomial number; chooses the method (see `Stream.binomial`)."""
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
    hits = (
        _binomial_inversion(rng, n, rare) if n * rare < 10.0 else _binomial_rejection(rng, n, rare)
    )
    return hits if p <= 0.5 else n - hits


@compiled
def _binomial_coins(rng, n, p):
    """All n trials at once, n at most 64.  Exact.

    Each trial compares the bits of a uniform number with those of p, until they differ.
    """
    open_, hits, rest = _ALL >> _U(64 - n), _U(0), p
    while open_ and rest > 0.0:
        bits = rng._bits()
        rest *= 2.0
        one = rest >= 1.0  # the next bit of p; without a branch, which could not be predicted
        rest -= one
        mask = _U(0) - _U(one)
        hits |= open_ & ~bits & mask
        open_ &= bits ^ ~mask
    hits -= (hits >> _U(1)) & _PAIRS  # count the bits that are set: in pairs, fours and eights
    hits = (hits & _FOURS) + ((hits >> _U(2)) & _FOURS)
    return np.int64((((hits + (hits >> _U(4))) & _EIGHTS) * _EACH) >> _U(56))


@compiled
def _binomial_inversion(rng, n, p):
    """By inversion of the distribution function."""
    ratio = p / (1.0 - p)
    start = math.exp(n * math.log1p(-p))
    bound = min(n, np.int64(n * p + 20.0 * math.sqrt(n * p + 1.0)))
    while True:
        u, k, chance = rng.random(), np.int64(0), start
        while u >= chance and k <= bound:
            u -= chance
            k += 1
            chance *= ratio * (n - k + 1) / k
        if k <= bound:  # else rounding has left a remainder of u: draw again
            return k


@compiled
def _binomial_rejection(rng, n, p):
    """By transformed rejection (Hoermann 1993, algorithm BTRS)."""
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
        # Rarely needed, so not computed before the loop.
        at_mode = math.lgamma(mode + 1.0) + math.lgamma(n - mode + 1.0)
        bound = (
            at_mode
            - math.lgamma(k + 1.0)
            - math.lgamma(n - k + 1.0)
            + (k - mode) * math.log(p / (1.0 - p))
        )
        if v <= 0.0 or math.log(v * alpha / (a / (us * us) + b)) <= bound:
            return k


@compiled
def stream_on(state, index):
    """The stream whose four words start at flat index `index` of `state` (compiled code only)."""
    return _stream(pointer(state, index))


@compiled
def _random(state):
    return _stream(pointer(state, 0)).random()


@compiled
def _integers(state, n):
    return _stream(pointer(state, 0)).integers(np.int64(n))


@compiled
def _normal(state):
    return _stream(pointer(state, 0)).normal()


@compiled
def _binomial(state, n, p):
    return _stream(pointer(state, 0)).binomial(np.int64(n), np.float64(p))


@compiled
def lend(state, index, words):
    """As `stream_on`, but with a copy of the state in four words of the caller.

    The processor can keep these words in registers.  A call of `give_back` must follow.
    """
    for i in range(4):
        words[i] = pointer(state, index)[i]
    return _stream(words)


@compiled
def stream_at(place):
    """The stream whose four words are at a place (compiled code only)."""
    return _stream(place)


@compiled
def lend_from(place, words):
    """As `lend`, from the place of the state."""
    for i in range(4):
        words[i] = place[i]
    return _stream(words)


@compiled
def take_back_from(place, rng):
    """Go on where others that use the state at a place have stopped."""
    for i in range(4):
        rng.state[i] = place[i]


@compiled
def give_back_to(place, rng):
    """As `give_back`, to the place of the state."""
    for i in range(4):
        place[i] = rng.state[i]


@compiled
def give_back(state, index, rng):
    """Write the state of a stream from `lend` back."""
    for i in range(4):
        pointer(state, index)[i] = rng.state[i]
