"""How runs are cut into chunks, and threads that step them."""

import pytest

from hivemind_abm import Hive
from hivemind_abm.engine.seeds import RunSeeds, seed_sequence
from hivemind_abm.studies.runs import Runs


def some_runs(number, threads, steps=5):
    seeds = RunSeeds(seed_sequence(1), range(number))
    return Runs(Hive.settings(population_size=10), seeds, steps, record_every=2, threads=threads)


@pytest.mark.parametrize("number", [1, 2, 7, 10_000])
@pytest.mark.parametrize("threads", [1, 2, 3, 16])
def test_no_run_is_lost_or_made_twice(number, threads):
    runs = some_runs(number, threads)
    assert [k for chunk in runs.chunks for k in chunk.numbers] == list(range(number))


def test_recorded_steps_begin_at_0_and_do_not_exceed_the_steps():
    assert list(some_runs(1, 1).recorded_steps) == [0, 2, 4]
    assert list(some_runs(1, 1, steps=0).recorded_steps) == [0]


def test_an_error_in_one_thread_stops_the_others():
    runs = some_runs(4, 2, steps=10**9)

    def work(seeds):
        if 0 in seeds.numbers:
            raise ZeroDivisionError
        runner.advance(runs.settings.batch(seeds), runs.steps)

    with pytest.raises(ZeroDivisionError), runs.started(progress=False) as runner:
        list(runner.map(work, runs.chunks))
