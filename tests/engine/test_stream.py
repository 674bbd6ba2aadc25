"""The random stream against independent implementations, and the seeds of runs.

Statistical tests have fixed seeds.  They fail at a p-value below 1e-4, or where a mean is off by
more than 5 standard errors.
"""

import math
import pickle
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats

from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.engine.seeds import RunSeed, RunSeeds, run_seeds, seed_sequence, states_of
from hivemind_abm.engine.stream import Stream
from hivemind_abm.hives.batch import HiveBatch
from hivemind_abm.hives.neighbourhood import Neighbourhood
from hivemind_abm.hives.rules import ImitationOfSuccess

WORD = 2**64 - 1
SMALLEST_P = 1e-4


# ------------------------------------------------------------------------------
# An independent implementation, in Python's unbounded integers


def rotate_left(word, by):
    return ((word << by) | (word >> (64 - by))) & WORD


class Reference:
    """xoshiro256++ as Blackman & Vigna publish it, and Lemire's bounded integers on top of it."""

    def __init__(self, words):
        self.s = [int(word) for word in words]

    def next(self):
        s = self.s
        result = (rotate_left((s[0] + s[3]) & WORD, 23) + s[0]) & WORD
        t = (s[1] << 17) & WORD
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotate_left(s[3], 45)
        return result

    def random(self):
        return (self.next() >> 11) * 2.0**-53

    def integers(self, n):
        unfair = 2**64 % n  # this many of the words would make some results likelier
        while True:
            product = self.next() * n
            if product & WORD >= unfair:
                return product >> 64


def reference_and_stream(words):
    return Reference(words), Stream.on(np.array(words, np.uint64))


STATES = [
    (1, 2, 3, 4),
    tuple(int(word) for word in np.random.SeedSequence(0).generate_state(4, np.uint64)),
    (WORD, 0, 0, 1),
]


def test_reference_gives_the_published_numbers():
    reference = Reference((1, 2, 3, 4))
    assert [reference.next() for _ in range(10)] == [
        41943041,
        58720359,
        3588806011781223,
        3591011842654386,
        9228616714210784205,
        9973669472204895162,
        14011001112246962877,
        12406186145184390807,
        15849039046786891736,
        10450023813501588000,
    ]


@pytest.mark.parametrize("words", STATES)
def test_random_is_the_upper_53_bits(words):
    reference, stream = reference_and_stream(words)
    assert [stream.random() for _ in range(5000)] == [reference.random() for _ in range(5000)]
    assert stream.state.tolist() == reference.s


@pytest.mark.parametrize("n", [1, 2, 3, 10, 1000, 2**40, 2**62, 2**62 + 1, 3 * 2**61, 2**63 - 1])
def test_integers_are_those_of_the_reference(n):
    # 2**62 shows the upper 62 bits of each word; the next two bounds reject a quarter of all words.
    reference, stream = reference_and_stream(STATES[1])
    assert [stream.integers(n) for _ in range(2000)] == [reference.integers(n) for _ in range(2000)]
    assert stream.state.tolist() == reference.s


def test_seeded_as_numpy_seeds_a_bit_generator():
    for seed in (0, 1, 42, 2**128 + 3):
        assert (
            Stream(seed).state.tolist()
            == np.random.SeedSequence(seed).generate_state(4, np.uint64).tolist()
        )


def test_two_streams_on_one_array_are_one_stream():
    state = np.array(STATES[0], np.uint64)
    first, second, alone = Stream.on(state), Stream.on(state), Stream.on(state.copy())
    assert [first.random(), second.random(), first.random()] == [
        alone.random(),
        alone.random(),
        alone.random(),
    ]


# ------------------------------------------------------------------------------
# Compiled use gives what interpreted use gives


@dataclass(frozen=True)
class Draws(Bandit):
    """Pays what it draws, squeezed into [0, 1]."""

    kind: int = 0
    n_action: int = 2

    def pull(self, option, world, rng):
        if self.kind == 0:
            return rng.random()
        if self.kind == 1:
            return rng.integers(3) / 3.0
        if self.kind == 2:
            return (rng.integers(4611686018427387905) >> 9) / 9007199254740992.0
        if self.kind == 3:
            return 0.5 + rng.normal() / 20.0
        if self.kind == 4:
            return rng.binomial(20, 0.3) / 20.0
        return rng.binomial(1000, 0.6) / 1000.0

    def expected_rewards(self, world):
        return np.array([0.5, 0.5])


@pytest.mark.parametrize("kind", range(6))
def test_compiled_draws_are_the_interpreted_ones(kind):
    bandit, bees = Draws(kind), 500
    hives = [
        HiveBatch(
            ImitationOfSuccess(),
            bandit,
            Neighbourhood.of("others", 1, bees),
            [7],
            compiled=compiled,
        )
        for compiled in (True, False)
    ]
    stream = Stream(7)
    by_hand = [bandit.pull(0, None, stream) for _ in range(bees)]
    assert hives[0].payoffs[0].tolist() == by_hand
    assert hives[1].payoffs[0].tolist() == by_hand
    for hive in hives:
        hive.step()
    assert hives[0].payoffs.tolist() == hives[1].payoffs.tolist()
    assert len(set(by_hand)) > 2


# ------------------------------------------------------------------------------
# integers(n)


@pytest.mark.parametrize("n", [3, 10])
def test_integers_are_uniform(n):
    stream = Stream(1)
    counts = np.bincount([stream.integers(n) for _ in range(200_000)])
    assert len(counts) == n
    assert stats.chisquare(counts).pvalue > SMALLEST_P


def test_integers_are_uniform_where_a_product_alone_is_not():
    # floor(word * n / 2**64) gives two of three numbers three times and the third twice: 3/8, 3/8,
    # 2/8.
    stream = Stream(2)
    counts = np.bincount([stream.integers(3 * 2**61) % 3 for _ in range(60_000)])
    assert stats.chisquare(counts).pvalue > SMALLEST_P


def test_integers_of_a_large_bound_use_all_their_bits():
    stream = Stream(3)
    drawn = np.array([stream.integers(2**40) for _ in range(50_000)])
    assert drawn.min() >= 0 and drawn.max() < 2**40
    for shift in (0, 17, 36):
        assert stats.chisquare(np.bincount((drawn >> shift) & 15, minlength=16)).pvalue > SMALLEST_P


def test_integers_of_one_is_zero():
    stream = Stream(4)
    assert {stream.integers(1) for _ in range(100)} == {0}


@pytest.mark.parametrize("n", [0, -1, -(2**40)])
def test_integers_refuses_less_than_one(n):
    with pytest.raises(ValueError, match="n must be at least 1"):
        Stream(0).integers(n)


@pytest.mark.parametrize("n", [2.5, 2.0, "3", None])
def test_integers_refuses_what_is_no_whole_number(n):
    with pytest.raises(TypeError):
        Stream(0).integers(n)


@pytest.mark.parametrize("n", [np.int32(5), np.uint8(5), np.int64(5)])
def test_integers_takes_numpy_integers(n):
    assert Stream(5).integers(n) == Stream(5).integers(5)


# ------------------------------------------------------------------------------
# normal()


def test_normal():
    stream, n = Stream(11), 200_000
    x = np.array([stream.normal() for _ in range(n)])
    # mean, variance, third and fourth moment, each with its standard error
    for power, moment, variance in ((1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)):
        assert abs((x**power).mean() - moment) < 5.0 * math.sqrt(variance / n)
    assert stats.kstest(x, "norm").pvalue > SMALLEST_P
    assert abs(np.corrcoef(x[:-1], x[1:])[0, 1]) < 5.0 / math.sqrt(n)
    assert 3.8 < np.abs(x).max() < 6.5  # P(|x| < 3.8 for all) = 3e-13, P(|x| > 6.5 for one) = 2e-5


# ------------------------------------------------------------------------------
# binomial(n, p)

BINOMIALS = [
    (1, 0.3),
    (2, 0.5),
    (10, 0.01),
    (10, 0.5),
    (10, 0.9),
    (8, 0.4),  # the last trial by trial
    (9, 0.4),  # the first of all trials at once
    (40, 0.74),
    (64, 0.3),
    (64, 0.999),
    (65, 0.1),
    (66, 0.15),  # n p = 9.9: the last by inversion
    (67, 0.15),  # the first by rejection
    (67, 0.85),
    (100, 0.05),
    (100, 0.0999),
    (100, 0.1001),
    (100, 0.97),
    (100, 0.4),
    (1000, 0.001),
    (1000, 0.5),
    (1000, 0.985),
    (1000, 0.995),
    (10_000, 0.0123),
    (10**6, 1e-6),
    (10**6, 9.9e-6),
    (10**6, 1.01e-5),
    (10**6, 0.3),
    (10**6, 0.7),
    (10**9, 2e-9),
    (10**9, 1e-3),
]


def binomial_pvalue(drawn, n, p):
    """Chi-square over bins that hold 1/50 of the distribution or one value each."""
    distribution = stats.binom(n, p)
    edges = np.unique(distribution.ppf(np.linspace(0.0, 1.0, 51)[1:-1]))
    chances = np.diff(np.concatenate(([0.0], distribution.cdf(edges), [1.0])))
    counts = np.bincount(np.searchsorted(edges, drawn), minlength=len(chances))
    if chances[-1] * len(drawn) < 5.0:
        chances, counts = (
            [*chances[:-2], chances[-2] + chances[-1]],
            [*counts[:-2], counts[-2] + counts[-1]],
        )
    return stats.chisquare(counts, np.array(chances) * len(drawn)).pvalue


@dataclass(frozen=True)
class Hits(Bandit):
    """Pays the share of hits, so that a million draws take a tenth of a second."""

    trials: int = 1
    chance: float = 0.5
    n_action: int = 1

    def pull(self, option, world, rng):
        return rng.binomial(self.trials, self.chance) / self.trials

    def expected_rewards(self, world):
        return np.array([self.chance])


@pytest.mark.parametrize(("n", "p"), BINOMIALS)
def test_binomial(n, p):
    hives = HiveBatch(
        ImitationOfSuccess(), Hits(n, p), Neighbourhood.of("others", 1, 10_000), run_seeds(12, 40)
    )
    drawn = np.rint(hives.payoffs.ravel() * n).astype(int)
    assert drawn.min() >= 0 and drawn.max() <= n
    assert binomial_pvalue(drawn, n, p) > SMALLEST_P
    variance = n * p * (1.0 - p)
    assert abs(drawn.mean() - n * p) < 5.0 * math.sqrt(variance / drawn.size)
    kurtosis = (1.0 - 6.0 * p * (1.0 - p)) / variance
    assert abs(drawn.var() / variance - 1.0) < 5.0 * math.sqrt(
        (2.0 + max(kurtosis, 0.0)) / drawn.size
    )


@pytest.mark.parametrize(
    ("n", "p", "hits"),
    [(0, 0.5, 0), (0, 0.0, 0), (0, 1.0, 0), (5, 0.0, 0), (5, 1.0, 5), (10**6, 1.0, 10**6)],
)
def test_binomial_without_chance(n, p, hits):
    stream = Stream(13)
    assert {stream.binomial(n, p) for _ in range(20)} == {hits}


@pytest.mark.parametrize("p", [math.nan, -0.1, 1.1, -1e-300, math.inf])
def test_binomial_refuses_what_is_no_probability(p):
    for n in (0, 10, 1000):
        with pytest.raises(ValueError, match=r"p must lie in \[0, 1\]"):
            Stream(0).binomial(n, p)


@pytest.mark.parametrize(("n", "p"), [(100, 0.05), (1000, 0.005)])
def test_binomial_by_inversion_at_the_largest_uniform(n, p):
    stream = Stream.on(np.array([0, 1, 2, WORD], np.uint64))
    assert Stream.on(stream.state.copy()).random() == 1.0 - 2.0**-53
    hits = stream.binomial(n, p)
    assert (
        stats.binom.sf(hits - 1, n, p) > 1e-20
    )  # P(at least as many), which should be about 1e-16


def test_binomial_of_the_most_trials_and_of_more():
    stream, n, p, draws = Stream(14), 10**10, 0.3, 20_000
    drawn = np.array([stream.binomial(n, p) for _ in range(draws)])
    deviations = (drawn - n * p) / math.sqrt(n * p * (1.0 - p))
    assert abs(deviations.mean()) < 5.0 / math.sqrt(draws)
    assert abs(deviations.std() - 1.0) < 5.0 / math.sqrt(2.0 * draws)
    with pytest.raises(ValueError, match="n must be at most 10,000,000,000"):
        stream.binomial(n + 1, p)


# ------------------------------------------------------------------------------
# Seeds


@pytest.mark.parametrize(
    "seed", [42, np.int64(42), np.uint8(42), "42", " 42 ", np.random.SeedSequence(42), RunSeed(42)]
)
def test_seed_sequence_takes_every_way_to_write_a_number(seed):
    sequence = seed_sequence(seed)
    assert sequence == RunSeed(42)
    assert (
        sequence.generate_state(8).tolist() == np.random.SeedSequence(42).generate_state(8).tolist()
    )


@pytest.mark.parametrize(
    "entropy", [0, 1, 2**32 - 1, 2**32, 2**100 + 7, 2**160 + 3, 12345678901234567890]
)
@pytest.mark.parametrize("key", [(), (0,), (2**40, 3)])
def test_states_of_many_runs_are_those_of_each(entropy, key):
    for numbers in (
        range(50),
        range(7, 8),
        range(2**32 - 3, 2**32),
        range(2**32 - 1, 2**32 + 2),
        range(0, 40, 3),
        range(0),
    ):
        seeds = RunSeeds(RunSeed(entropy, spawn_key=key), numbers)
        each = [
            np.random.SeedSequence(entropy, spawn_key=(*key, k)).generate_state(4, np.uint64)
            for k in numbers
        ]
        np.testing.assert_array_equal(seeds.states(), np.array(each, np.uint64).reshape(-1, 4))
        assert list(seeds) == [RunSeed(entropy, spawn_key=(*key, k)) for k in numbers]
    assert states_of(seeds[:]).shape == (0, 4)


def test_states_of_a_seed_made_of_several_numbers():
    seeds = RunSeeds(RunSeed([1, 2, 3]), range(5))
    np.testing.assert_array_equal(seeds[2:].states(), states_of(list(seeds))[2:])


def test_seed_sequence_keeps_a_spawn_key():
    child = np.random.SeedSequence(5).spawn(3)[2]
    assert seed_sequence(child).generate_state(4).tolist() == child.generate_state(4).tolist()


def test_seed_none_is_fresh_and_names_the_run():
    first, second = seed_sequence(None), seed_sequence(None)
    assert first != second
    assert Stream(first.entropy).state.tolist() == Stream(first).state.tolist()


@pytest.mark.parametrize("zero", [0, "0", np.int64(0)])
def test_seed_zero_is_a_seed(zero):
    expected = np.random.SeedSequence(0).generate_state(4, np.uint64).tolist()
    assert Stream(zero).state.tolist() == expected
    assert Stream(zero).state.tolist() == expected
    assert expected != Stream(1).state.tolist()


@pytest.mark.parametrize(
    ("seed", "error"),
    [
        (True, TypeError),
        (False, TypeError),
        (np.True_, TypeError),
        (1.5, TypeError),
        (1.0, TypeError),
        ([1, 2], TypeError),
        (np.random.default_rng(1), TypeError),
        (-1, ValueError),
        (np.int8(-1), ValueError),
        ("-1", ValueError),
        ("1.5", ValueError),
        ("abc", ValueError),
        ("", ValueError),
        ("²", ValueError),
    ],
)
@pytest.mark.parametrize(
    "use",
    [seed_sequence, Stream, lambda seed: run_seeds(seed, 1)],
    ids=["seed_sequence", "Stream", "run_seeds"],
)
def test_seeds_that_are_none_are_refused(use, seed, error):
    with pytest.raises(error, match=r"seed.* must be a whole number") as caught:
        use(seed)
    assert repr(seed) in str(caught.value)


@pytest.mark.parametrize("seed", [0, 1, "17", 2**100])
def test_run_k_has_the_spawn_key_k(seed):
    seeds = run_seeds(seed, 20)
    assert len(seeds) == 20
    for k, run in enumerate(seeds):
        expected = np.random.SeedSequence(int(seed), spawn_key=(k,))
        assert (
            run.generate_state(8, np.uint64).tolist()
            == expected.generate_state(8, np.uint64).tolist()
        )


def test_run_seeds_do_not_depend_on_how_many_there_are():
    assert run_seeds(3, 1000)[:10] == run_seeds(3, 10)
    assert [seed.spawn_key for seed in run_seeds(RunSeed(3, spawn_key=(9,)), 2)] == [(9, 0), (9, 1)]


@pytest.mark.parametrize("runs", [0, -1, 1.0, "3", None, True])
def test_run_seeds_refuses_a_number_of_runs(runs):
    with pytest.raises(
        (ValueError, TypeError), match="runs must be a whole number of at least 1"
    ) as caught:
        run_seeds(1, runs)
    assert repr(runs) in str(caught.value)


def test_run_seed_compares_by_what_it_is_made_of():
    seed = RunSeed(3, spawn_key=(1,))
    assert seed == RunSeed(3, spawn_key=(1,)) == np.random.SeedSequence(3, spawn_key=(1,))
    assert hash(seed) == hash(RunSeed(3, spawn_key=(1,)))
    assert (
        len(
            {
                seed,
                RunSeed(3, spawn_key=(1,)),
                RunSeed(3, spawn_key=(2,)),
                RunSeed(4, spawn_key=(1,)),
                RunSeed(3),
            }
        )
        == 4
    )
    for other in (
        RunSeed(3),
        RunSeed(3, spawn_key=(2,)),
        RunSeed(4, spawn_key=(1,)),
        3,
        "RunSeed(3, spawn_key=(1,))",
        None,
    ):
        assert seed != other


def test_run_seed_prints_what_it_is_made_of():
    seed = RunSeed(3, spawn_key=(1, 4))
    assert repr(seed) == str(seed) == "RunSeed(3, spawn_key=(1, 4))"
    assert eval(repr(seed)) == seed


def test_run_seed_survives_pickling():
    for seed in run_seeds(5, 3):
        copy = pickle.loads(pickle.dumps(seed))
        assert copy == seed and type(copy) is RunSeed and hash(copy) == hash(seed)
        assert copy.generate_state(4).tolist() == seed.generate_state(4).tolist()


def test_run_seed_of_a_numpy_number_can_stand_in_a_table():
    assert {seed_sequence(np.random.SeedSequence(np.int64(5)))} == {RunSeed(5)}


def test_run_seed_of_several_numbers_can_stand_in_a_table():
    seed = seed_sequence(np.random.SeedSequence([1, 2, 3]))
    assert len({seed, seed_sequence(np.random.SeedSequence([1, 2, 3]))}) == 1


@pytest.mark.parametrize("seeds", [list(range(64)), run_seeds(0, 64)], ids=["neighbours", "runs"])
def test_streams_of_neighbouring_seeds_are_independent(seeds):
    draws = 2000
    streams = [Stream(seed) for seed in seeds]
    x = np.array([[stream.random() for _ in range(draws)] for stream in streams])
    assert np.unique(x).size == x.size  # of 128,000 numbers two are equal with probability 1e-6
    correlations = np.corrcoef(x)[np.triu_indices(len(seeds), 1)]
    assert np.abs(correlations).max() < 5.5 / math.sqrt(draws)  # the largest of 2016
    assert stats.kstest(correlations * math.sqrt(draws), "norm").pvalue > SMALLEST_P


def test_first_draws_of_neighbouring_seeds_are_uniform():
    first = [Stream(seed).random() for seed in range(5000)]
    assert stats.kstest(first, "uniform").pvalue > SMALLEST_P
    assert abs(np.corrcoef(first[:-1], first[1:])[0, 1]) < 5.0 / math.sqrt(len(first))
