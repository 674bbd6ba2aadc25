"""One figure on its way: its study, its table, its pictures and its part of the report.

Knows: how a figure file (RUNS, QUICK_RUNS, STUDY, draw) becomes NAME.csv, NAME.png, NAME.pdf and an
entry of equivalence.json, and whether these are up to date.
Does not know: any particular figure, or other figures that are made at the same time.
"""

import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl

import hivemind_abm
from hivemind_abm.app.figures.cells import read_table, run_cells
from hivemind_abm.app.figures.style import STYLE, save_figure
from hivemind_abm.files import write_atomically, write_table
from hivemind_abm.loading import load_module
from hivemind_abm.studies.equivalence import equivalence

__all__ = ["REPORT", "Drawn", "OneFigure", "draw", "draw_apart"]

REPORT = "equivalence.json"
_DIGITS = 16  # of a hash


class Drawn(NamedTuple):
    """What drawing a figure took, in seconds, and what its table says about its systems."""

    seconds: float
    systems: list[dict[str, Any]]


@dataclass
class OneFigure:
    """One figure: its file, the files it becomes, and what they are made from.

    Attributes:
        path: The figure file.
        folder: Where the results go.
        seed: Names the study.
        runs: Runs per cell.
        study: The cells.
        made_from: Names all that the table depends on.
        seconds: What the study took, once it has run.
    """

    path: Path
    folder: Path
    seed: int | str
    runs: int
    study: list[dict[str, Any]]
    made_from: str
    seconds: float = 0.0

    @classmethod
    def of(
        cls, path: str | Path, out: str | Path, seed: int | str, runs: int | None, quick: bool
    ) -> "OneFigure":
        """Load a figure file; arguments as for `reproduce`."""
        module, file = load_module(path), Path(path)
        if runs is None:
            runs = module.QUICK_RUNS if quick else module.RUNS
        made_from = _made_from(file, seed, runs, quick)
        return cls(file, Path(out), seed, runs, module.STUDY, made_from)

    @property
    def name(self) -> str:
        """The figure's name, NAME of its files."""
        return self.path.stem

    @property
    def files(self) -> list[Path]:
        """The table and the pictures."""
        return [self.folder / f"{self.name}.{ending}" for ending in ("csv", "png", "pdf")]

    def is_up_to_date(self) -> bool:
        """Whether all files exist and were made by this code from this study, runs and seed."""
        entry = _read_report(self.folder).get(self.name, {})
        complete = all(file.is_file() for file in self.files)
        return complete and entry.get("made_from") == self._identity()

    def run(self, progress: bool) -> None:
        """Run the study and write the table."""
        start = time.perf_counter()
        table = run_cells(self.study, runs=self.runs, seed=self.seed, progress=progress)
        write_table(table, self.files[0])
        self.seconds = time.perf_counter() - start

    def report(self, systems: list[dict[str, Any]]) -> None:
        """Put the figure into the report, once it is drawn."""
        entry = {"made_from": self._identity(), "systems": systems}
        report = _read_report(self.folder) | {self.name: entry}
        with write_atomically(self.folder / REPORT) as temporary:
            temporary.write_text(json.dumps(dict(sorted(report.items())), indent=1) + "\n")

    def _identity(self) -> str:
        return self.made_from + hashlib.sha256(self.files[0].read_bytes()).hexdigest()[:_DIGITS]


def draw(path: Path, files: list[Path]) -> Drawn:
    """Draw a figure from its table alone.

    Args:
        path: The figure file.
        files: Its table, and the pictures to write.
    """
    start = time.perf_counter()
    table = read_table(files[0])
    with mpl.rc_context(STYLE):
        save_figure(load_module(path).draw(table), files[1:])
    systems = equivalence(table)
    return Drawn(time.perf_counter() - start, systems)


def draw_apart(path: Path, files: list[Path]) -> Drawn:
    """As `draw`, for another process.

    Raises:
        RuntimeError: The figure can't be drawn; other exceptions may not survive the way back.
    """
    try:
        return draw(path, files)
    except Exception as error:
        raise RuntimeError(f"{path} can't be drawn: {type(error).__name__}: {error}") from None


def _made_from(path: Path, seed: int | str, runs: int, quick: bool) -> str:
    """A hash of all that a figure's table depends on, the code of the whole package included."""
    digest = hashlib.sha256(repr((str(seed), runs, quick)).encode() + path.read_bytes())
    for file in sorted(Path(hivemind_abm.__file__).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:_DIGITS]


def _read_report(folder: Path) -> dict[str, Any]:
    try:
        report = json.loads((folder / REPORT).read_text())
    except (OSError, ValueError):
        return {}
    return report if isinstance(report, dict) else {}
