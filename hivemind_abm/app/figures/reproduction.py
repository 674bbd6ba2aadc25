"""Figures from their studies: a figure's cells are run, its table is written, the table alone draws it, a report says how equal.

Knows: how a figure file (GROUP, RUNS, QUICK_RUNS, STUDY, draw) becomes NAME.csv, NAME.png, NAME.pdf and its part of
equivalence.json, and how to go on after an interruption.  Does not know: any particular figure.
"""

import hashlib
import json
import signal
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd

from hivemind_abm.app.figures.drawing import STYLE, save_figure
from hivemind_abm.bandits.names import find_bandit
from hivemind_abm.engine.seeds import RunSeed, seed_sequence
from hivemind_abm.files import write_atomically, write_table
from hivemind_abm.loading import gallery, load_module
from hivemind_abm.registry import build_parts
from hivemind_abm.studies.ensemble import ensemble
from hivemind_abm.studies.measures import Distance, distance, reward_histogram, verdict
from hivemind_abm.studies.study import MODELS, processes

__all__ = [
    "REPORT",
    "equivalence",
    "figure_files",
    "read_table",
    "reproduce",
    "reproduce_all",
    "run_cells",
]

REPORT = "equivalence.json"
_Drawn = tuple[float, list[dict[str, Any]]]
_AHEAD = 4  # figures that may wait to be drawn while the next is run
_PLACE = ("row", "column", "curve", "model", "steps", "rate", "record_every", "half")
_PARTNERS = {
    "R_success": "TRD",
    "CL": "TRD",
    "P-CL": "TRD",
    "R_wvoter": "MRD",
    "MCL": "MRD",
    "P-MCL": "MRD",
}


def figure_files() -> dict[str, Path]:
    """The figure files of the gallery by name."""
    return {
        file.stem: file for file in sorted((gallery("visualizations") / "figures").glob("*.py"))
    }


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

    What is there already, made by the same code from the same study, runs and seed, is left as it is.

    Args:
        path: A figure file.
        out: The folder for NAME.csv, NAME.png, NAME.pdf and equivalence.json; made if it isn't there.
        seed: The one number that names the study.
        runs: Runs a cell; None for the figure's own number.
        quick: A scaled-down version that takes seconds.
        progress: Show a progress bar.

    Returns:
        The figure's files, each of which appears whole or not at all; and the seconds they took, None where they were there.
    """
    (made,) = reproduce_all([path], out, seed=seed, runs=runs, quick=quick, progress=progress)
    return made


def reproduce_all(
    paths: Sequence[str | Path],
    out: str | Path,
    *,
    seed: int | str = 1,
    runs: int | None = None,
    quick: bool = False,
    progress: bool = False,
) -> Iterator[tuple[list[Path], float | None]]:
    """As `reproduce`, for several figures: a process of its own draws each while the study of the next one runs.

    So a script that calls it needs `if __name__ == "__main__"`.
    """
    for path in paths:
        for left_over in Path(out).glob(
            f".{Path(path).stem}-*"
        ):  # of a call that was killed while it wrote
            left_over.unlink(missing_ok=True)
    waiting: deque[tuple[_Reproduction, Future[_Drawn]]] = deque()
    painter = processes(1)()

    def finished() -> tuple[list[Path], float]:
        figure, drawn = waiting.popleft()
        seconds, systems = drawn.result()  # raises what went wrong in drawing
        figure.report(systems)
        return figure.files, figure.seconds + seconds

    try:
        for number, path in enumerate(paths, 1):
            while any(Path(path).stem == figure.path.stem for figure, _ in waiting):
                yield finished()
            figure = _Reproduction.of(path, out, seed, runs, quick)
            if figure.is_there():
                while waiting:
                    yield finished()
                yield figure.files, None
                continue
            figure.run(progress)
            drawn: Future[_Drawn] = Future()
            if number < len(paths):
                with _no_interruption():  # which the painter, as it starts, would take for its own
                    drawn = painter.submit(_draw_apart, figure.path, figure.files)
            else:
                drawn.set_result(_draw(figure.path, figure.files))
            waiting.append((figure, drawn))
            while waiting and (len(waiting) > _AHEAD or waiting[0][1].done()):
                yield finished()
        while waiting:
            yield finished()
    finally:  # neither an interruption nor a figure that can't be drawn loses what has been run
        while waiting:
            with suppress(Exception):
                finished()
        painter.shutdown()


@contextmanager
def _no_interruption() -> Iterator[None]:
    """Hold Ctrl-C back for a moment, from processes started meanwhile for good."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@dataclass
class _Reproduction:
    """One figure on its way: its file, its files to be, and what they are made from."""

    path: Path
    folder: Path
    seed: int | str
    runs: int
    study: list[dict[str, Any]]
    made_from: str
    seconds: float = 0.0  # of the study

    @classmethod
    def of(
        cls, path: str | Path, out: str | Path, seed: int | str, runs: int | None, quick: bool
    ) -> "_Reproduction":
        module = load_module(path)
        number = runs if runs is not None else (module.QUICK_RUNS if quick else module.RUNS)
        return cls(
            Path(path),
            Path(out),
            seed,
            number,
            module.STUDY,
            _made_from(Path(path), seed, number, quick),
        )

    @property
    def files(self) -> list[Path]:
        return [self.folder / f"{self.path.stem}.{ending}" for ending in ("csv", "png", "pdf")]

    def is_there(self) -> bool:
        entry = _read_report(self.folder).get(self.path.stem, {})
        return all(file.is_file() for file in self.files) and entry.get(
            "made_from"
        ) == self.made_from + _digest(self.files[0])

    def run(self, progress: bool) -> None:
        start = time.perf_counter()
        write_table(
            run_cells(self.study, runs=self.runs, seed=self.seed, progress=progress), self.files[0]
        )
        self.seconds = time.perf_counter() - start

    def report(self, systems: list[dict[str, Any]]) -> None:
        """Put it into the report, once it is drawn."""
        entry = {"made_from": self.made_from + _digest(self.files[0]), "systems": systems}
        report = _read_report(self.folder) | {self.path.stem: entry}
        with write_atomically(self.folder / REPORT) as temporary:
            temporary.write_text(json.dumps(dict(sorted(report.items())), indent=1) + "\n")


def _draw(path: Path, files: list[Path]) -> _Drawn:
    """Draw a figure from its table, files[0], alone; returns the seconds it took, and what the table says of its systems."""
    start = time.perf_counter()
    table = read_table(files[0])
    with mpl.rc_context(STYLE):
        save_figure(load_module(path).draw(table), files[1:])
    systems = equivalence(table)
    return time.perf_counter() - start, systems


def _draw_apart(path: Path, files: list[Path]) -> _Drawn:
    """As `_draw`, in another process, from which not every exception comes back whole."""
    try:
        return _draw(path, files)
    except Exception as error:
        raise RuntimeError(f"{path} can't be drawn: {type(error).__name__}: {error}") from None


def read_table(file: str | Path) -> pd.DataFrame:
    """The table of a figure, NAME.csv, as its `draw` takes it."""
    table = pd.read_csv(file)
    return table.assign(
        **{
            place: table[place].astype(object).where(table[place].notna(), "")
            for place in ("row", "column", "curve")
        }
    )


def _made_from(path: Path, seed: int | str, runs: int, quick: bool) -> str:
    """Names all that a figure's table depends on."""
    digest = hashlib.sha256(repr((str(seed), runs, quick)).encode() + path.read_bytes())
    for file in sorted(Path(__file__).parents[2].rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]


def _read_report(folder: Path) -> dict[str, Any]:
    try:
        report = json.loads((folder / REPORT).read_text())
    except (OSError, ValueError):
        return {}
    return report if isinstance(report, dict) else {}


def run_cells(
    cells: Sequence[dict[str, Any]], *, runs: int, seed: int | str, progress: bool = False
) -> pd.DataFrame:
    """Run cells and lay their optimal shares, or rewards, out in one long table.

    Args:
        cells: Plain dicts: "model" (Hive, LearnerModel or ReplicatorModel), "steps", where the curve goes ("row", "column",
            "curve"), perhaps "rate" (time a step takes, 1) and "record_every", and the model's own arguments.  "half" holds what
            is different in the same system at half its size; its curve is not drawn, but tells the report what finite size does.
            With "model": "Rewards" a cell is a histogram of rewards instead: "bandit", "shares", "option".
        runs: Runs of each cell that has chance in it.
        seed: Names the study; a cell's runs get it with a key made of the cell itself, so they don't depend on other cells.
        progress: Show a progress bar.

    Returns:
        Columns row, column, curve, kind ("curve", "half" or "histogram"), step, time, runs; of optimal_share mean, std, q05, q50
        and q95; the shares of runs in consensus and in wrong_consensus.  In a histogram time is the reward and mean its density.
    """
    few = max(2, runs // 4)  # of the halves, which only serve to measure a small shift
    whole = [(cell, "curve", runs) for cell in cells]
    halves = [(cell | cell["half"], "half", few) for cell in cells if "half" in cell]
    table = pd.concat(
        [_run_cell(*each, seed, progress) for each in [*whole, *halves]], ignore_index=True
    )
    first = ["row", "column", "curve", "kind", "step", "time", "runs"]
    return table[[*first, *(column for column in table if column not in first)]]


def _run_cell(
    cell: Mapping[str, Any], kind: str, runs: int, seed: int | str, progress: bool
) -> pd.DataFrame:
    parameters = {key: value for key, value in cell.items() if key not in _PLACE}
    place = {name: cell[name] for name in ("row", "column", "curve")}
    identity = json.dumps([cell["model"], parameters], sort_keys=True, default=str)
    run_seed = seed_sequence(seed, "seed").named(identity)
    if cell["model"] == "Rewards":
        return _rewards(parameters, run_seed).assign(**place)
    summary = ensemble(
        MODELS[cell["model"]],
        parameters,
        runs=1 if cell["model"] == "ReplicatorModel" else runs,
        steps=cell["steps"],
        seed=run_seed,
        record_every=cell.get("record_every"),
        measures=["optimal_share"],
        progress=progress,
    )
    table = summary[["step", "runs"]].assign(
        kind=kind, time=np.round(summary["step"] * cell.get("rate", 1.0), 9), **place
    )
    for statistic in ("mean", "std", "q05", "q50", "q95"):
        table[statistic] = summary[f"optimal_share_{statistic}"]
    return table.assign(
        consensus=summary["consensus_mean"], wrong_consensus=summary["wrong_consensus_mean"]
    )


def _rewards(
    parameters: Mapping[str, Any], seed: RunSeed, pulls: int = 20_000, bins: int = 50
) -> pd.DataFrame:
    """The histogram of an option's rewards at given shares."""
    fields = {
        key: value for key, value in parameters.items() if key not in ("bandit", "shares", "option")
    }
    (bandit,) = build_parts([find_bandit(parameters["bandit"])], fields, [])
    shares = np.array(
        bandit.optimal_shares() if parameters["shares"] == "optimal" else parameters["shares"],
        float,
    )
    middles, density = reward_histogram(bandit, parameters["option"], shares, seed, pulls, bins)
    return pd.DataFrame(
        {
            "kind": "histogram",
            "step": np.arange(bins),
            "time": middles,
            "runs": pulls,
            "mean": density,
        }
    )


# ---------------------------------------------------------------------------------------------------------------------
# The report


def equivalence(table: pd.DataFrame) -> list[dict[str, Any]]:
    """How equal each swarm or learner of a figure is to its replicator, from the figure's table alone.

    Its replicator is the one that theory gives it; where theory gives none, each that is drawn beside it.

    Returns:
        Per system and replicator: row, column, curve, runs, replicator; as_is, the distance of the means (see `Distance`), and
        limit, the same without the shift that finite size makes, where the table has the system at half its size; the verdict;
        the times by which 5, 50 and 95 % of the runs are in consensus (None: not by the end); the share of wrong consensus; and
        all that in words.
    """
    found = []
    for (row, column), panel in table[table["kind"] != "histogram"].groupby(
        ["row", "column"], sort=False
    ):
        parts = {
            tuple(map(str, key)): rows.reset_index(drop=True)
            for key, rows in panel.groupby(["kind", "curve"], sort=False)
        }
        curves = {curve: rows for (kind, curve), rows in parts.items() if kind == "curve"}
        exact = {
            curve.split(",")[0]: rows for curve, rows in curves.items() if (rows["runs"] == 1).all()
        }
        for curve, rows in curves.items():
            if (rows["runs"] == 1).all():
                continue
            partner = _PARTNERS.get(curve.split(",")[0])
            for name in [partner] if partner in exact else exact or [None]:
                system = {
                    "row": row,
                    "column": column,
                    "curve": curve,
                    "runs": int(rows["runs"].iloc[0]),
                    "replicator": name,
                }
                if name is not None:
                    system |= _how_equal(rows, exact[name], parts.get(("half", curve)))
                system |= _consensus(rows)
                found.append(system | {"words": _words(system)})
    return found


def _how_equal(
    rows: pd.DataFrame, exact: pd.DataFrame, half: pd.DataFrame | None
) -> dict[str, Any]:
    first, second = _as_summary(rows), _as_summary(exact)
    as_is = distance(first, second, "share")
    limit = (
        None if half is None else distance(first, second, "share", halved=(_as_summary(half), None))
    )
    return {
        "as_is": _rounded(as_is),
        "limit": None if limit is None else _rounded(limit),
        "verdict": verdict(as_is, limit),
    }


def _as_summary(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[["runs"]].assign(step=rows["time"], share_mean=rows["mean"], share_std=rows["std"])


def _rounded(found: Distance) -> dict[str, float]:
    return {
        "rms": round(found.rms, 6),
        "rms_error": round(found.rms_error, 6),
        "greatest": round(found.greatest, 6),
        "greatest_error": round(found.greatest_error, 6),
        "at_time": found.at_step,
    }


def _consensus(rows: pd.DataFrame) -> dict[str, Any]:
    times: dict[str, float | None] = {}
    for name, share in (("q05", 0.05), ("median", 0.5), ("q95", 0.95)):
        reached = rows.loc[rows["consensus"] >= share, "time"]
        times[name] = float(reached.iloc[0]) if len(reached) else None
    return {
        "consensus_time": times,
        "wrong_consensus": round(float(rows["wrong_consensus"].iloc[-1]), 6),
    }


def _words(system: Mapping[str, Any]) -> str:
    name = ", ".join(
        str(part) for part in (system["curve"], system["row"], system["column"]) if part
    )
    said = "no replicator beside it"
    if system["replicator"] is not None:
        as_is, limit = system["as_is"], system["limit"]
        rms = f"rms {as_is['rms']:.4f} +- {as_is['rms_error']:.4f}"
        if system["verdict"] == "too few runs to tell":
            said = f"too few runs to tell it from {system['replicator']}: {rms}"
        elif system["verdict"] == "not equal":
            said = f"not {system['replicator']}: {rms}, at most {as_is['greatest']:.3f} apart, at time {as_is['at_time']:g}"
        else:
            said = (
                f"equal to {system['replicator']} {system['verdict'].removeprefix('equal ')} ({rms}"
            )
            without = limit is not None and system["verdict"] != "equal within error"
            said += (
                f", without its shift {limit['rms']:.4f} +- {limit['rms_error']:.4f})"
                if without
                else ")"
            )
    if system["consensus_time"]["median"] is not None:
        said += f"; half in consensus by {system['consensus_time']['median']:g}"
    if system["wrong_consensus"] > 0.0:
        said += f"; {100 * system['wrong_consensus']:.1f} % on a wrong option"
    return f"{name}: {said}"
