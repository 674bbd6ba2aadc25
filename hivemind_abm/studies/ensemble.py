"""Many runs of one model at once, on all cores; statistics as they stream by.

Knows: how runs are cut into chunks and rows into blocks, and the three tables that come out.  Does not know: bees or learners; a
model class tells by its `settings` what to step.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from hivemind_abm.engine.record import Settings, measure_names
from hivemind_abm.engine.seeds import RunSeeds, seed_sequence
from hivemind_abm.engine.threads import Workers, available_cores

__all__ = ["ensemble"]

KEEPS = ("summary", "rows", "last")
_CHUNK = 32_768  # units of work a step, so that a chunk's state stays in the cache of a core
_STRIDE = 16  # steps at once where no row of them is kept
_QUANTILES = {"q05": 0.05, "q50": 0.5, "q95": 0.95}
_BUFFER = 256 * 2**20  # bytes of rows held at once for their statistics
_PART = 2**20  # bytes of them that a thread goes through at once


def ensemble(
    model: Any,
    parameters: Mapping[str, Any],
    *,
    runs: int,
    steps: int,
    seed: Any,
    first_run: int = 0,
    keep: str = "summary",
    record_every: int | None = 1,
    measures: Sequence[str] | None = None,
    with_rng: bool = True,
    threads: int | None = None,
    progress: bool = False,
) -> pd.DataFrame:
    """Run a model many times, compiled and on all cores.

    Run k has the seed `SeedSequence(seed, spawn_key=(k,))` and no other source of randomness, so it is the same run whatever the
    number of runs, threads or the order.  `run_seeds(seed, runs)` lists these seeds, and `mesa.batch_run` with them as its
    `rng`, `max_steps=steps` and `data_collection_period=record_every` gives the very rows of `keep="rows"`, value for value.

    Args:
        model: `Hive`, `LearnerModel` or `ReplicatorModel`.
        parameters: The model's arguments, without `rng`; one value each.
        runs: How many, at least 1.
        steps: Steps a run, at least 0: row 0 and one row a step.
        seed: The one number that names the ensemble, or whatever `seed_sequence` takes.
        first_run: The number of the first run, so that a large ensemble can be run in parts.
        keep: "summary": one row a recorded step: step, runs, and for optimal_share, mean_payoff and every share_a the columns
            NAME_mean, NAME_std (of the runs, divided by runs - 1; 0 for one run), NAME_q05, NAME_q50 and NAME_q95; then
            consensus_mean and wrong_consensus_mean, the share of runs in consensus, and in consensus on another option than the
            best.  A stopped run counts with its last row.
            "rows": the columns of `pandas.DataFrame(mesa.batch_run(...))`, one row a run and recorded step, up to the step at
            which a run stopped.  "last": the same, the last step of each run only.
        record_every: Record every so many steps, row 0 first.  None: so many that there are at most 1,000 rows a run.
        measures: Of which of optimal_share, mean_payoff and the share_a a summary tells; None for all.
        with_rng: Whether a table of runs has the column rng, a seed a run.
        threads: How many; None for the cores this process may use.
        progress: Show a progress bar.

    Returns:
        The table.  For "summary" all runs are in memory at once, about 20 bytes a bee; else only those being run, and the table.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.
    """
    for name, number, low in (("runs", runs, 1), ("steps", steps, 0), ("first_run", first_run, 0)):
        if isinstance(number, bool) or not isinstance(number, int | np.integer) or number < low:
            raise ValueError(f"{name} must be a whole number of at least {low}, not {number!r}")
    if keep not in KEEPS:
        raise ValueError(f"keep must be one of {', '.join(map(repr, KEEPS))}, not {keep!r}")
    if seed is None:
        raise ValueError(
            "seed must be a whole number of at least 0, not None: it names the ensemble"
        )
    if "rng" in parameters:
        raise ValueError(
            "parameters must not hold rng: the seeds of the runs come from the argument seed"
        )
    if not hasattr(model, "settings"):
        raise TypeError(
            f"model must be Hive, LearnerModel or ReplicatorModel, not {model!r}; mesa.batch_run runs other models"
        )
    every = math.ceil((steps + 1) / 1000) if record_every is None else record_every
    if isinstance(every, bool) or not isinstance(every, int | np.integer) or every < 1:
        raise ValueError(
            f"record_every must be a whole number of at least 1 or None, not {record_every!r}"
        )
    cores = threads if threads is not None else available_cores()
    if isinstance(cores, bool) or not isinstance(cores, int) or cores < 1:
        raise ValueError(f"threads must be a whole number of at least 1 or None, not {threads!r}")
    settings: Settings = model.settings(**parameters)
    known = measure_names(settings.n_action)[:-1]
    if measures is not None and not isinstance(measures, Sequence):
        raise TypeError(
            f"measures must be names among {', '.join(known)}, or None for all, not {measures!r}"
        )
    names = (
        known if measures is None else [measures] if isinstance(measures, str) else list(measures)
    )
    for name in names:
        if name not in known:
            raise ValueError(f"measures must be among {', '.join(known)}, not {name!r}")
    seeds = RunSeeds(seed_sequence(seed), range(first_run, first_run + runs))
    size = max(1, min(_CHUNK // settings.work, math.ceil(runs / cores)))
    chunks = [seeds[first : first + size] for first in range(0, runs, size)]
    with (
        tqdm(
            total=runs * steps, disable=not progress, unit="step", unit_scale=True, leave=False
        ) as bar,
        Workers(cores) as workers,
    ):
        if keep == "summary":
            return _summary(settings, names, chunks, steps, every, workers, bar)
        named = seeds if with_rng else None
        table = _table(
            settings,
            parameters,
            named,
            chunks,
            steps,
            None if keep == "last" else every,
            workers,
            bar,
        )
        return (
            table.assign(RunId=table["RunId"] + first_run, iteration=table["iteration"] + first_run)
            if first_run
            else table
        )


def _summary(
    settings: Settings,
    names: list[str],
    chunks: list[RunSeeds],
    steps: int,
    every: int,
    workers: Workers,
    bar: Any,
) -> pd.DataFrame:
    """All runs go from block to block of rows together, so that a block's statistics need no other block."""
    known = measure_names(settings.n_action)
    wanted = [
        known.index(name) for name in (*names, "optimal_share", "consensus")
    ]  # the last two for the consensus
    runs, recorded = sum(map(len, chunks)), range(0, steps + 1, every)
    batches = list(workers.map(settings.batch, chunks))
    firsts = np.cumsum([0, *map(len, chunks)])
    rows_a_block = max(1, _BUFFER // (8 * runs * len(wanted)))
    buffer = np.empty((min(rows_a_block, len(recorded)), len(wanted), runs))
    rows_a_part = max(1, _PART // (8 * runs * len(wanted)))
    blocks: list[np.ndarray] = []
    consensus = []
    for start in range(0, len(recorded), rows_a_block):
        block = recorded[start : start + rows_a_block]

        def fill(index: int, block: range = block) -> None:
            batch, target = batches[index], buffer[:, :, firsts[index] : firsts[index + 1]]
            for row, step in enumerate(block):
                target[row] = batch.measures.T[wanted]
                following = step + every if step != recorded[-1] else step
                workers.advance(batch, following - step)
                bar.update((following - step) * len(chunks[index]))

        list(workers.map(fill, range(len(batches))))
        parts = (
            buffer[first : min(first + rows_a_part, len(block)), :-2]
            for first in range(0, len(block), rows_a_part)
        )
        blocks += workers.map(_statistics, parts)
        ends = buffer[: len(block), -1] != 0.0
        consensus.append(
            np.stack([ends.mean(axis=1), (ends & (buffer[: len(block), -2] < 0.5)).mean(axis=1)])
        )
    values = np.concatenate(blocks, axis=1)
    table: dict[str, Any] = {"step": np.array(recorded), "runs": runs}
    for place, name in enumerate(names):
        for column, statistic in enumerate(("mean", "std", *_QUANTILES)):
            table[f"{name}_{statistic}"] = values[column, :, place]
    table["consensus_mean"], table["wrong_consensus_mean"] = np.concatenate(consensus, axis=1)
    return pd.DataFrame(table)


def _statistics(values: np.ndarray) -> np.ndarray:
    """Mean, standard deviation and three quantiles over the runs: shape (rows, columns, runs) to (5, rows, columns)."""
    runs = values.shape[-1]
    ordered = np.sort(
        values, axis=-1
    )  # once, for all three: np.quantile takes several times as long
    place = np.array(list(_QUANTILES.values())) * (runs - 1)
    low = place.astype(np.int64)
    below, above = ordered[..., low], ordered[..., np.minimum(low + 1, runs - 1)]
    quantiles = below + (above - below) * (place - low)
    mean = values.mean(axis=-1)
    spread = values.std(axis=-1, ddof=1, mean=mean[..., None]) if runs > 1 else np.zeros(mean.shape)
    same = (
        ordered[..., 0] == ordered[..., -1]
    )  # rounding would give runs that are all alike another mean, and a spread
    mean[same], spread[same] = values[same, 0], 0.0
    return np.stack([mean, spread, *np.moveaxis(quantiles, -1, 0)])


def _table(
    settings: Settings,
    parameters: Mapping[str, Any],
    seeds: RunSeeds | None,
    chunks: list[RunSeeds],
    steps: int,
    every: int | None,
    workers: Workers,
    bar: Any,
) -> pd.DataFrame:
    def collect(chunk: RunSeeds) -> tuple[np.ndarray, np.ndarray]:
        """The rows of a chunk's runs, shape (R, recorded, columns), and the last step of each, shape (R,)."""
        batch = settings.batch(chunk)
        rows = [] if every is None else [batch.measures.copy()]
        step = 0
        while step < steps and batch.running.any():
            stride = min(_STRIDE if every is None else every, steps - step)
            workers.advance(batch, stride)
            bar.update(stride * len(chunk))
            step += stride
            if every is not None and step % every == 0:
                rows.append(batch.measures.copy())
        if every is None:
            rows.append(batch.measures.copy())
        return np.stack(rows, axis=1), batch.made.copy()

    pieces, run_ids, step_numbers = [], [], []
    first = 0
    for rows, last in workers.map(collect, chunks):
        if every is None:
            pieces.append(rows[:, 0])
            run_ids.append(np.arange(first, first + len(last)))
            step_numbers.append(last)
        else:
            step = np.arange(rows.shape[1]) * every
            kept = step[None, :] <= last[:, None]
            pieces.append(rows[kept])
            run_ids.append(first + np.nonzero(kept)[0])
            step_numbers.append(np.broadcast_to(step, kept.shape)[kept])
        first += len(last)
    values, run_id = np.concatenate(pieces), np.concatenate(run_ids)
    table: dict[str, Any] = {
        "RunId": run_id,
        "iteration": run_id,
        "Step": np.concatenate(step_numbers).astype(float),
    }
    for name, value in parameters.items():
        table[name] = (
            pd.Series([value]).repeat(len(run_id)).array
            if np.ndim(value) == 0
            else [value] * len(run_id)
        )
    if seeds is not None:
        of_run = np.empty(len(seeds), object)
        of_run[:] = list(seeds)
        table["rng"] = of_run[run_id]
    for column, name in enumerate(measure_names(settings.n_action)):
        table[name] = values[:, column] != 0.0 if name == "consensus" else values[:, column]
    return pd.DataFrame(table)
