r"""This package beside its peers, in one run and an environment of their own.

    uv run --no-project --python 3.12 --with . --with agentpy --with ambr --with nashpy \
        --with egttools --with "popgames[numba]" --with quantecon python tests/benchmarks/peers.py

Each entry is first checked to do the same work: the mean of its values is that of this package, or
the exact number, within STANDARD_ERRORS.  Then all entries are timed in turns, in processor time,
and the best of the rounds counts.  Each package runs on one thread.  Only the ratios matter; they
are to this package's `ensemble`, or its `finite_hive`.

`--markdown FILE` also writes the table to a file.
"""

import argparse
import contextlib
import importlib
import importlib.metadata
import math
import platform
import sys
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from peer_models import work  # before NumPy, for the number of threads

# isort: split
import numpy as np
from peer_models.ours import ENSEMBLE
from peer_models.work import Entry

ROUNDS = 3
ROUND_SECONDS = 0.15  # of each entry, or one call
LONG = 2.0  # seconds; an entry whose call takes longer is timed in its check only
STANDARD_ERRORS = 4.0
OURS = "hivemind_abm"
MODULES = {  # peer: the module of its models, and its distribution
    OURS: ("ours", "hivemind_abm"),
    "Mesa": ("with_mesa", "mesa"),
    "mesa-frames": ("with_frames", None),
    "AgentPy": ("with_agentpy", "agentpy"),
    "AMBER": ("with_ambr", "ambr"),
    "popgames": ("with_popgames", "popgames"),
    "Nashpy": ("with_nashpy", "nashpy"),
    "EGTtools": ("with_egttools", "egttools"),
    "QuantEcon.py": ("with_quantecon", "quantecon"),
}
UNITS = {
    work.TOGETHER: "agent-step",
    work.IN_TURN: "agent-step",
    work.BY_GAIN: "agent-step",
    work.MORAN: "run",
    work.SIMULATED: "run",
    work.EXACT: "chain",
    work.STATIONARY: "chain",
}
HEADER = ("work", "N", "package", "release", "how", "unit", "ns per unit", "ratio")
NUMBERS = ("N", "ns per unit", "ratio")


@dataclass
class Row:
    """An entry of a package, what it gave in the checks, and its best time."""

    peer: str
    release: str
    entry: Entry
    values: np.ndarray = field(default_factory=lambda: np.empty(0))
    slowest: float = 0.0  # wall seconds of a call
    best: float = math.inf  # ns per unit

    def check(self, seed):
        """Run it as often as its check needs; this also compiles what it compiles."""
        outcomes = []
        for index in range(self.entry.checks):
            start = time.perf_counter()
            outcomes.append(self.entry.run(seed + index))
            self.slowest = time.perf_counter() - start  # of the last call, when all is compiled
        self.values = np.concatenate([outcome.values for outcome in outcomes])
        if self.slowest > LONG:
            self.keep(outcomes)

    def time(self, seed):
        """One round: a short call is repeated, so that its best time is as sure as a long one's."""
        end = time.perf_counter() + ROUND_SECONDS
        while self.slowest <= LONG:
            self.keep([self.entry.run(seed)])
            if time.perf_counter() > end:
                break

    def keep(self, outcomes):
        times = [1e9 * outcome.seconds / outcome.units for outcome in outcomes]
        self.best = min(self.best, *times)

    @property
    def is_ours(self):
        """Whether the ratios of its work are to this row."""
        return self.peer == OURS and self.entry.how in (ENSEMBLE, "finite_hive")


def load():
    """The rows of all packages that can be imported, and {peer: reason} of the others."""
    rows, missing = [], {}
    for seed, (peer, (module, distribution)) in enumerate(MODULES.items()):
        try:
            loaded = importlib.import_module(f"peer_models.{module}")
        except ImportError as error:
            missing[peer] = str(error)
            continue
        release = importlib.metadata.version(distribution) if distribution else loaded.RELEASE
        for index, entry in enumerate(loaded.ENTRIES):
            row = Row(peer, release, entry)
            row.check(10_000 * (seed + 1) + 1_000 * index)
            rows.append(row)
    return rows, missing


def expected(row, rows):
    """The mean of the values and the standard error of their mean, of a row that is right."""
    name, n, size = row.entry.work, row.entry.n, row.values.size
    if name == work.EXACT:
        return np.array([work.fermi_takeover(n)]), 0.0
    if name == work.STATIONARY:
        return work.fermi_stationary(n), 0.0
    if name in (work.MORAN, work.SIMULATED):
        chance = work.moran_takeover(n) if name == work.MORAN else work.fermi_takeover(n)
        return chance, math.sqrt(chance * (1.0 - chance) / size)
    (values,) = (o.values for o in rows if o.is_ours and (o.entry.work, o.entry.n) == (name, n))
    return values.mean(), values.std() * math.sqrt(1.0 / values.size + 1.0 / size)


def assert_same_work(row, rows):
    mean, error = expected(row, rows)
    value = row.values.mean() if error else row.values
    allowed = STANDARD_ERRORS * error if error else row.entry.error
    if not np.all(np.abs(value - mean) <= allowed):
        raise AssertionError(
            f"{row.peer}, {row.entry.how}: {row.entry.work}, N = {row.entry.n}: it gives other "
            f"values, by {np.abs(value - mean).max()} where {allowed} is allowed"
        )


def cells(row, rows):
    """The texts of one line of the table."""
    name, n = row.entry.work, row.entry.n
    (ours,) = (o for o in rows if o.is_ours and (o.entry.work, o.entry.n) == (name, n))
    ratio = row.best / ours.best
    texts = (name, f"{n:,}", row.peer, row.release, row.entry.how, UNITS[name])
    nanoseconds = f"{row.best:,.1f}" if row.best < 1_000 else f"{row.best:,.0f}"
    return *texts, nanoseconds, f"{ratio:.2g}" if ratio < 10 else f"{ratio:,.0f}"


def table(rows, missing):
    order = list(UNITS)
    ordered = sorted(rows, key=lambda row: (order.index(row.entry.work), row.entry.n, row.best))
    return [
        *(cells(row, rows) for row in ordered),
        *(("not measured", "", peer, "", reason, "", "", "") for peer, reason in missing.items()),
    ]


def head():
    """Where and when it was measured."""
    processor = platform.processor() or platform.machine()
    with contextlib.suppress(OSError):
        names = [x for x in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in x]
        processor = names[0].partition(":")[2].strip() if names else processor
    return f"{processor}, one thread; Python {platform.python_version()}; {date.today()}"


def as_text(lines):
    widths = [max(map(len, column)) for column in zip(HEADER, *lines, strict=True)]
    return "\n".join(
        "  ".join(
            text.rjust(width) if name in NUMBERS else text.ljust(width)
            for name, text, width in zip(HEADER, line, widths, strict=True)
        ).rstrip()
        for line in (HEADER, *lines)
    )


def as_markdown(lines):
    marks = ["---:" if name in NUMBERS else "---" for name in HEADER]
    return "\n".join("| " + " | ".join(line) + " |" for line in (HEADER, marks, *lines))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table here too")
    arguments = parser.parse_args()
    start = time.perf_counter()
    rows, missing = load()
    for row in rows:
        assert_same_work(row, rows)
    for seed in range(1, ROUNDS + 1):
        for row in rows:
            row.time(seed)
    lines = table(rows, missing)
    print(f"{head()}\n\n{as_text(lines)}\n\nin {time.perf_counter() - start:.0f} s")
    if arguments.markdown:
        arguments.markdown.write_text(f"{head()}\n\n{as_markdown(lines)}\n")


if __name__ == "__main__":
    sys.exit(main())
