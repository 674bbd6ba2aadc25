"""Many runs of one model at once, on all cores.

Knows: the arguments of an ensemble, and which table they ask for.
Does not know: bees or learners.  The `settings` of a model class say what is stepped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from hivemind_abm import checks
from hivemind_abm.engine.rows import Settings
from hivemind_abm.engine.seeds import RunSeeds, seed_sequence
from hivemind_abm.engine.threads import available_cores
from hivemind_abm.studies.columns import summarised_names
from hivemind_abm.studies.counted import counts_frame, summary_of
from hivemind_abm.studies.rows import last_table, rows_table
from hivemind_abm.studies.runs import Runs, record_interval
from hivemind_abm.studies.scales import Needs
from hivemind_abm.studies.streaming import tally_of
from hivemind_abm.studies.summary import summary_table

__all__ = ["KEEPS", "counts_of_runs", "ensemble"]

KEEPS = ("summary", "rows", "last")
_LARGEST = 2**62  # a number of runs or steps
_BUFFER = 256 * 2**20  # bytes of rows that a summary holds at once


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

    Run k has the seed `SeedSequence(seed, spawn_key=(k,))` and no other source of randomness, so
    its numbers depend neither on the other runs nor on the threads.  `mesa.batch_run` with the
    seeds `run_seeds(seed, runs)` as its `rng`, `max_steps=steps` and
    `data_collection_period=record_every` gives the rows of `keep="rows"`, value for value.

    Args:
        model: The class `Hive`, `LearnerModel`, `ReplicatorModel` or `GameModel`; or checked
            settings of one, from its `settings`, with {} for the parameters.
        parameters: The model's arguments without `rng`, one value each.
        runs: How many, at least 1.
        steps: Steps per run, at least 0.
        seed: The one number that names the ensemble, or whatever `seed_sequence` takes.
        first_run: The number of the first run, so that an ensemble can be run in parts.
        keep: Which table: "summary", "rows" or "last".
        record_every: Steps between recorded rows, row 0 first; None for at most 1,000 rows per run.
        measures: Those of the model's columns but consensus in a summary; None for all of them.
        with_rng: Whether a table of runs has the column rng, the seed of the run.
        threads: How many; None for the cores that this process may use.
        progress: Show a progress bar.

    Returns:
        For "summary" one row per recorded step: step; runs; for each measure the columns NAME_mean,
        NAME_std (over the runs, divided by runs - 1; 0 for one run), NAME_q05, NAME_q50, NAME_q95;
        consensus_mean and wrong_consensus_mean, the share of runs in consensus and in consensus on
        another option than the best.  Consensus means that all bees (in a game those of each
        player) hold one option; a quorum below 1 is none.  A game has no wrong_consensus_mean.  A
        stopped run counts with its last row.  Where all runs would need more than 256 MiB (20 bytes
        per bee) and counts of their values less, these are counted: memory grows with the rows only
        (4 N bytes per row and share); quantiles of payoffs and policies have errors up to 1/4096.
        For "rows" one row per run and recorded step up to the one at which the run stopped, with
        the columns of `mesa.batch_run` as a DataFrame.  For "last" only the last of these.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.
    """
    checks.one_of("keep", keep, KEEPS)
    checked = _checked_runs(model, parameters, runs, steps, seed, first_run, record_every, threads)
    names = _checked_measures(measures, checked.settings.columns)
    if keep == "summary":
        return _summary(checked, names, progress)
    with checked.started(progress) as runner:
        table = rows_table if keep == "rows" else last_table
        return table(checked, parameters, runner, with_rng)


def counts_of_runs(
    model: Any,
    parameters: Mapping[str, Any],
    *,
    runs: int,
    steps: int,
    seed: Any,
    first_run: int = 0,
    record_every: int | None = 1,
    threads: int | None = None,
) -> pd.DataFrame:
    """Count the values of some runs of an ensemble; see `ensemble` for the arguments and errors.

    Returns:
        The counts of all measures, as of `counts_frame`.  Those of all runs, added, give the table
        of a summary that is streamed.
    """
    checked = _checked_runs(model, parameters, runs, steps, seed, first_run, record_every, threads)
    names = summarised_names(checked.settings.columns)
    with checked.started(progress=False) as runner:
        return counts_frame(tally_of(checked, names, runner).groups())


def _summary(runs: Runs, names: Sequence[str], progress: bool) -> pd.DataFrame:
    streams = Needs.of(runs.settings).streams(len(runs), len(runs.recorded_steps))
    number = len(runs)
    if streams and runs.settings.deterministic:  # all runs are the same
        runs, streams = replace(runs, seeds=runs.seeds[:1]), False
    with runs.started(progress) as runner:
        if streams:
            return summary_of(tally_of(runs, names, runner).groups(), number)
        return summary_table(runs, names, runner, _BUFFER).assign(runs=number)


def _checked_runs(
    model: Any,
    parameters: Mapping[str, Any],
    runs: int,
    steps: int,
    seed: Any,
    first_run: int,
    record_every: int | None,
    threads: int | None,
) -> Runs:
    runs = checks.whole_number("runs", runs, most=_LARGEST)
    steps = checks.whole_number("steps", steps, least=0, most=_LARGEST)
    first_run = checks.whole_number("first_run", first_run, least=0, most=_LARGEST)
    every = checks.optional_whole_number("record_every", record_every)
    threads = checks.optional_whole_number("threads", threads)
    if seed is None:
        raise ValueError(
            "seed must be a whole number of at least 0, not None: it names the ensemble"
        )
    if not isinstance(parameters, Mapping):
        raise TypeError(f"parameters must be a dict of arguments, not {parameters!r}")
    if "rng" in parameters:
        raise ValueError(
            "parameters must not hold rng: the seeds of the runs come from the argument seed"
        )
    return Runs(
        settings=_settings_of(model, parameters),
        seeds=RunSeeds(seed_sequence(seed, "seed"), range(first_run, first_run + runs)),
        steps=steps,
        record_every=record_interval(steps, every),
        threads=available_cores() if threads is None else threads,
    )


def _settings_of(model: Any, parameters: Mapping[str, Any]) -> Settings:
    """The checked settings of a model, from its class and its arguments or as they are given."""
    if isinstance(model, type) and hasattr(model, "settings"):
        settings: Settings = model.settings(**parameters)
        return settings
    if isinstance(model, type) or not hasattr(model, "columns"):
        raise TypeError(
            f"model must be Hive, LearnerModel, ReplicatorModel or GameModel, not {model!r}; "
            "mesa.batch_run runs other models"
        )
    if parameters:
        raise ValueError(
            f"parameters must be {{}} where model is the settings of one, not {dict(parameters)!r}"
        )
    return model


def _checked_measures(measures: Any, columns: Sequence[str]) -> list[str]:
    """The measures of a summary, as a list."""
    known = summarised_names(columns)
    if measures is None:
        return known
    if not isinstance(measures, Sequence):
        raise TypeError(
            f"measures must be names among {', '.join(known)}, or None for all, not {measures!r}"
        )
    names = [measures] if isinstance(measures, str) else list(measures)
    for name in names:
        if name not in known:
            raise ValueError(f"measures must be among {', '.join(known)}, not {name!r}")
    return names
