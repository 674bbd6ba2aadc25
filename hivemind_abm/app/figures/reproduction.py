"""Figures from their studies: each is run, drawn in another process, and reported.

Knows: where the figure files are, in which order figures are run and drawn, and how an interrupted
reproduction is continued.
Does not know: what one figure consists of.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path

from hivemind_abm.app.figures.one_figure import REPORT, Drawn, OneFigure, draw, draw_apart
from hivemind_abm.loading import gallery
from hivemind_abm.studies.executors import interruption_held_back, processes

__all__ = ["PAPER", "REPORT", "figure_files", "reproduce", "reproduce_all"]

PAPER = ("rl", "populations", "plots")  # the groups of the paper's figures
_AHEAD = 4  # figures that may wait to be drawn while the next is run


def figure_files() -> dict[str, Path]:
    """The figure files of the gallery by name."""
    files = sorted((gallery("visualizations") / "figures").glob("*.py"))
    return {file.stem: file for file in files}


def reproduce(
    path: str | Path,
    out: str | Path,
    *,
    seed: int | str = 1,
    runs: int | None = None,
    quick: bool = False,
    progress: bool = False,
) -> tuple[list[Path], float | None]:
    """Run a figure's study, write its table, draw it, and put its part into the report.

    Files that the same code made from the same study, runs and seed are kept as they are.

    Args:
        path: A figure file.
        out: The folder for NAME.csv, NAME.png, NAME.pdf and equivalence.json; created if it does
            not exist.
        seed: The one number that names the study.
        runs: Runs per cell; None for the figure's own number.
        quick: A scaled-down version that takes seconds.
        progress: Show a progress bar.

    Returns:
        The figure's files, each of which appears whole or not at all; and the seconds that they
        took, None where they existed before.
    """
    (result,) = reproduce_all([path], out, seed=seed, runs=runs, quick=quick, progress=progress)
    return result


def reproduce_all(
    paths: Sequence[str | Path],
    out: str | Path,
    *,
    seed: int | str = 1,
    runs: int | None = None,
    quick: bool = False,
    progress: bool = False,
) -> Iterator[tuple[list[Path], float | None]]:
    """As `reproduce`, for several figures.

    Another process draws each while the study of the next one runs.

    A script that calls this needs `if __name__ == "__main__"`.
    """
    _remove_left_overs(paths, Path(out))
    queue = _Queue()
    try:
        for number, path in enumerate(paths, 1):
            while queue.holds(Path(path).stem):
                yield queue.finish_first()
            figure = OneFigure.of(path, out, seed, runs, quick)
            if figure.is_up_to_date():
                while queue:
                    yield queue.finish_first()
                yield figure.files, None
                continue
            figure.run(progress)
            queue.add(figure, last=number == len(paths))
            while queue.is_first_ready():
                yield queue.finish_first()
        while queue:
            yield queue.finish_first()
    finally:  # neither an interruption nor a figure that can't be drawn loses what has been run
        queue.close()


class _Queue:
    """Figures that have been run, in the order in which they are drawn and reported."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[OneFigure, Future[Drawn]]] = deque()
        self._painter = processes(1)()

    def __len__(self) -> int:
        return len(self._waiting)

    def holds(self, name: str) -> bool:
        return any(figure.name == name for figure, _ in self._waiting)

    def is_first_ready(self) -> bool:
        """Whether the first is drawn, or must be awaited because too many wait."""
        return bool(self) and (len(self) > _AHEAD or self._waiting[0][1].done())

    def add(self, figure: OneFigure, last: bool) -> None:
        """Draw a figure: in the other process, or here if nothing else is to be run."""
        drawn: Future[Drawn] = Future()
        if last:
            drawn.set_result(draw(figure.path, figure.files))
        else:
            # The painter, as it starts, would take an interruption for its own.
            with interruption_held_back():
                drawn = self._painter.submit(draw_apart, figure.path, figure.files)
        self._waiting.append((figure, drawn))

    def finish_first(self) -> tuple[list[Path], float]:
        """Wait until the first is drawn, and report it.

        Raises:
            RuntimeError: It can't be drawn.
        """
        figure, drawn = self._waiting.popleft()
        result = drawn.result()
        figure.report(result.systems)
        return figure.files, figure.seconds + result.seconds

    def close(self) -> None:
        """Report all that can be drawn, and end the process."""
        while self:
            with suppress(Exception):
                self.finish_first()
        self._painter.shutdown()


def _remove_left_overs(paths: Sequence[str | Path], out: Path) -> None:
    """Remove the temporary files of a call that was killed while it wrote."""
    for stem in (*(Path(path).stem for path in paths), Path(REPORT).stem):
        for file in out.glob(f".{stem}-*"):
            file.unlink(missing_ok=True)
