"""A sweep that is killed at any moment and resumed gives the table of an undisturbed one."""

import itertools
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from small_studies import same

from hivemind_abm import Study
from hivemind_abm.app.cli.main import INTERRUPTED, main
from hivemind_abm.studies.store import Store

SWEEP_AND_EXPORT = """
import sys
from hivemind_abm.app.cli.main import main

if __name__ == "__main__":
    code = main(["sweep", "study.toml", "--store", "store", *sys.argv[1:]])
    sys.exit(code or main(["export", "store", "out.csv"]))
"""

TOML = """
runs = 2
steps = {steps}
seed = 1
keep = "rows"
record_every = {record_every}

[[systems]]
rule = ["wvoter", "success"]
population_size = [10, 100, 1000, 2000]
bandit = ["near one", "near zero", "evenly spaced", "congestion"]
neighbourhood_size = [1, 5]

[[systems]]
model = "LearnerModel"
learner = ["P-CL", "P-MCL"]
bandit = ["near one", "congestion"]
parallel_envs = [5, 1000]

[[systems]]
model = "GameModel"
players = [["success", "P-MCL"], [{{rule = "wvoter", neighbourhood_size = 3}}, "TRD"]]
population_size = [10, 200]
"""

THREADS, PROCESSES = (), ("--workers", "2")
STEPS = 30_000  # of a run that takes about 20 s
KILLS = 30
AT_THE_START, AT_THE_END = 4, 8  # so many of them come before the manifest, after the last unit
NEW_UNITS = 4  # so many at most are run between two kills, and those that end in the delay
DELAY = 0.02  # of the time of all units
EARLIER = 0.7  # by this factor the kills after one that came too late
SOON = 120  # seconds in which a killed process, and its workers, have to end
LONG = 1200  # seconds after which a test is given up


@dataclass(frozen=True)
class Kill:
    """When a sweep is killed, and how.

    Attributes:
        executor: The options that choose it.
        signal: What is sent.
        group: Whether the workers get it too.
        new_units: It is sent when so many files have begun to be written; None when all units are
            in the store.
        delay: Seconds that it is sent later.
    """

    executor: tuple[str, ...]
    signal: signal.Signals
    group: bool
    new_units: int | None
    delay: float


class Sweep:
    """Processes that run the study in a folder to a store there."""

    def __init__(self, folder: Path, steps: int) -> None:
        folder.mkdir()
        file = folder / "study.toml"
        file.write_text(TOML.format(steps=steps, record_every=steps // 100))
        self.folder, self.store = folder, folder / "store"
        self.study = Study.from_toml(file)
        self.units = {unit.name for unit in self.study.units()}

    @contextmanager
    def begin(self, executor):
        """A process that runs the sweep; it and its workers are gone when the block ends."""
        with (self.folder / "out").open("w") as out, (self.folder / "err").open("w") as err:
            process = subprocess.Popen(
                [sys.executable, "-u", "-c", SWEEP_AND_EXPORT, *executor],
                cwd=self.folder,
                start_new_session=True,
                stdout=out,
                stderr=err,
            )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def printed(self, name="out"):
        return (self.folder / name).read_text()

    def kill(self, kill):
        """Begin the sweep and kill it; returns whether it ran when the signal was sent."""
        before, files = self.whole_units(), len(self.files())
        with self.begin(kill.executor) as process:
            if kill.new_units is not None:
                until(lambda: ended(process) or len(self.files()) >= files + kill.new_units)
            else:
                until(lambda: ended(process) or self._is_at_the_end(before))
            time.sleep(kill.delay)
            if not ended(process):
                (os.killpg if kill.group else os.kill)(process.pid, kill.signal)
            code = process.wait(SOON)
            assert code in (-kill.signal, 0), self.printed("err")  # 0 where it ended before that
            until(lambda: not of_session(process.pid), SOON)  # its workers end without it
        assert "Traceback" not in self.printed("err")
        assert before <= self.whole_units()
        return code != 0

    def finish(self):
        """Run the rest."""
        with self.begin(PROCESSES) as process:
            assert process.wait(LONG) == 0, self.printed("err")
        assert not self.printed("err")
        assert Store.existing(self.store).manifest()["ended"]
        assert self.whole_units() == self.units

    def whole_units(self):
        """The units in the store; each is there once, and can be read."""
        if not (self.store / "manifest.json").exists():
            return set()
        names = [name for name, _ in Store.existing(self.store).parts()]
        assert len(names) == len(set(names))
        return set(names)

    def files(self):
        """The names of the files of one unit each, also of those that are being written."""
        with suppress(FileNotFoundError):
            return os.listdir(self.store / "parts")
        return []

    def is_complete(self):
        whole = [name for name in self.files() if not name.startswith(".")]
        return len(whole) == len(self.units) or (self.store / "merged").exists()

    def unfinished(self):
        return list(self.store.rglob(".*"))

    def _is_at_the_end(self, before):
        if before == self.units:
            return "units are there already" in self.printed()
        return self.is_complete()


def ended(process):
    return process.poll() is not None


def until(condition, seconds=LONG):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.0002)


def of_session(session):
    """The processes of a session, those that have ended but are not yet cleared away left out."""
    processes = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, _, of = file.read_text().rpartition(")")[2].split()[:4]
            processes += [int(file.parent.name)] if int(of) == session and state != "Z" else []
    return processes


@pytest.mark.thorough
def test_a_killed_sweep_goes_on_where_it_stopped(tmp_path, monkeypatch, capsys):
    sweep = Sweep(tmp_path / "killed", steps=1000)
    assert sweep.kill(Kill(THREADS, signal.SIGTERM, group=False, new_units=0, delay=0.3))
    assert sweep.kill(Kill(PROCESSES, signal.SIGKILL, group=False, new_units=2, delay=0))
    assert sweep.kill(Kill(THREADS, signal.SIGTERM, group=True, new_units=1, delay=0))
    done = sweep.whole_units()
    assert 1 <= len(done) < len(sweep.units)
    monkeypatch.chdir(sweep.folder)
    assert main(["sweep", "study.toml", "--store", "store"]) == 0
    assert f"{len(done)} units are there already" in capsys.readouterr().out
    same(Store.existing("store").read(), sweep.study.run())


@pytest.mark.thorough
@pytest.mark.parametrize("executor", [THREADS, PROCESSES])
def test_an_interrupted_sweep_says_so_in_one_line(executor, tmp_path):
    """Ctrl-C, which the workers get too: before they are ready, and while they work."""
    sweep = Sweep(tmp_path / "interrupted", STEPS)
    for delay in (0.0, 0.3, 0.8, 1.5, 3.0):
        with sweep.begin(executor) as process:
            until(lambda: ended(process) or "units of work" in sweep.printed())
            time.sleep(delay)
            os.killpg(process.pid, signal.SIGINT)
            assert process.wait(LONG) == INTERRUPTED  # the units that run are ended
            until(lambda: not of_session(process.pid), SOON)
        assert sweep.printed("err") == "hivemind sweep: interrupted\n"


@pytest.mark.thorough
def test_a_sweep_killed_thirty_times_gives_the_table_of_an_undisturbed_one(tmp_path):
    undisturbed, killed = Sweep(tmp_path / "whole", STEPS), Sweep(tmp_path / "killed", STEPS)
    hits = without_manifest = in_the_work = 0
    pace = 1.0  # of the machine, as far as is known: it may become faster after it was measured
    for kill in random_kills(*durations(undisturbed)):
        before = killed.whole_units()
        if killed.kill(replace(kill, delay=pace * kill.delay)):
            hits += 1
        else:
            pace *= EARLIER
        without_manifest += not (killed.store / "manifest.json").exists()
        in_the_work += before < killed.whole_units() < killed.units
    assert hits >= 25
    assert without_manifest >= 1
    assert in_the_work >= 8
    an_hour_ago = time.time() - 3600
    for file in killed.unfinished():  # younger ones may be those of a process that runs
        os.utime(file, (an_hour_ago, an_hour_ago))
    killed.finish()
    assert not killed.unfinished()
    same(Store.existing(killed.store).read(), Store.existing(undisturbed.store).read())
    tables = [(sweep.folder / "out.csv").read_bytes() for sweep in (killed, undisturbed)]
    assert tables[0] == tables[1]


def durations(sweep):
    """Seconds of a whole run: until the manifest is there, for the units, and after the last."""
    times = [time.monotonic()]
    with sweep.begin(THREADS) as process:
        for condition in (
            lambda: ended(process) or (sweep.store / "manifest.json").exists(),
            lambda: ended(process) or sweep.is_complete(),
            lambda: ended(process),
        ):
            until(condition)
            times.append(time.monotonic())
    assert process.returncode == 0, sweep.printed("err")
    return [end - start for start, end in itertools.pairwise(times)]


def random_kills(start, work, end):
    """Kills at moments over the whole life of a sweep, with all executors and ways to kill."""
    chance = random.Random(1)
    moments = [(0, chance.uniform(0, start)) for _ in range(AT_THE_START)]
    for number in range(KILLS - AT_THE_START - AT_THE_END):
        delay = chance.uniform(0, DELAY * work) if number % 3 else 0.0  # 0: while a file is written
        moments.append((chance.randint(0 if delay else 1, NEW_UNITS), delay))
    delays = sorted(chance.uniform(0, end) for _ in range(AT_THE_END))  # the first are in the merge
    moments += [(None, delay) for delay in delays]
    ways = itertools.cycle(
        itertools.product((False, True), (signal.SIGTERM, signal.SIGKILL), (THREADS, PROCESSES))
    )
    return [
        Kill(executor, sent, group, new_units, delay)
        for (new_units, delay), (group, sent, executor) in zip(moments, ways, strict=False)
    ]
