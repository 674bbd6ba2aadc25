"""The table of an ensemble or a study as an xarray Dataset with named dimensions.

Knows: which columns are parameters and which are variables, and which cells form a grid.
Does not know: what the variables mean, apart from a text for the axes of plots.
"""

import json
import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hivemind_abm.studies.cells import shown_arguments
from hivemind_abm.studies.layout import Layout, text_of
from hivemind_abm.studies.manifest import new_manifest
from hivemind_abm.studies.store import Store

if TYPE_CHECKING:
    import xarray as xr

    from hivemind_abm.studies.study import Study

__all__ = ["as_xarray"]

type Description = "Study | Store | Mapping[str, Any]"

_STRUCTURE = ("cell", "RunId", "iteration", "Step", "step", "runs", "rng")  # columns
_TAKEN = ("cell", "run", "step", "option", "runs")  # by dimensions and coordinates
_OF_AN_OPTION = re.compile(r"(.*_)?share_(\d+)(_.+)?")
_RESULT = re.compile(
    r"(optimal_share|mean_payoff|p\d+_payoff|(p\d+_)?(kind_\d+_)?share_(\d+|none)"
    r"|(wrong_)?consensus)"
    r"(_(mean|std|q\d\d))?"
)
_STATISTICS = {
    "mean": "mean over the runs",
    "std": "standard deviation over the runs",
    "q05": "5 % quantile over the runs",
    "q50": "median over the runs",
    "q95": "95 % quantile over the runs",
}
_STATISTIC = re.compile(rf"(.+)_({'|'.join(_STATISTICS)})")
_OF_A_PLAYER = re.compile(r"p(\d+)_(.+)")
_TEXTS = {
    "step": "last step",
    "optimal_share": "share of the best options",
    "mean_payoff": "mean payoff",
    "payoff": "mean payoff",
    "share": "share of the option",
    "consensus": "consensus",
    "wrong_consensus": "consensus on a wrong option",
}


def as_xarray(table: pd.DataFrame | Store, study: Description | None = None) -> "xr.Dataset":
    """The results of an ensemble or a study as an xarray Dataset.

    Parameters that vary are dimensions, in the order of the cells; those that do not are scalar
    coordinates.  A combination without results is NaN.  If half of the combinations or more have
    no cell (a Sobol design, models with different arguments), there is one dimension `cell`
    instead, with the parameters as coordinates along it.  An argument that only some models (or
    rules) have, with one value each, is a coordinate along `model` (or `rule`).  Parameters that
    are not all numbers are text: "10", "all", "(0.5, 0.5)", "success, P-MCL" for the players of a
    game; "" where a cell does not have one.

    Args:
        table: What `ensemble` or `Study.run` returns; several ensembles in one table differ in a
            column (`table.assign(gap=0.1)`).  Or a `Store`, which holds its study.
        study: Where the table comes from: a `Study`, its `Store`, or for an ensemble a dict of its
            arguments (parameters, runs, steps, seed).  None if that is not known.

    Returns:
        For keep="summary" the variables NAME_STATISTIC with the dimension step; for "rows" the
        measures with the dimensions run and step, NaN after the end of a run; for "last" the
        measures and `step`, the last step, with the dimension run.  `consensus` is a truth value;
        it is 0.0, 1.0 or NaN if there is a NaN.  The columns share_a are one variable with the
        dimension option, NaN where a cell has fewer options; in a game they are p0_share, p1_share
        and so on.  The attributes seed, study (JSON) and
        the versions of the packages are texts, so that `to_netcdf` keeps them.

    Raises:
        ImportError: The package xarray is missing.
        ValueError: The table has no rows, several rows for one run and step, cells of another
            study, or a further column that holds no numbers.
    """
    xr = _xarray()
    if isinstance(table, Store):
        if study is not None:
            raise ValueError("study must be None for the table of a Store, which holds its study")
        study, table = table, table.read()
    if table.empty:
        raise ValueError("there are no results: the table has no rows")
    data = _as_data(study)
    codes, cells, ids = _cells_of_study(table, data) if "ids" in data else _cells_of_table(table)
    if "parameters" in data:
        cells = [dict(data["parameters"]) | cell for cell in cells]
    parameters = {name for cell in cells for name in cell}
    columns = [
        name for name in map(str, table) if name not in parameters and name not in _STRUCTURE
    ]
    taken = {*_TAKEN, *(_place(column)[0] for column in columns)}
    shown = [shown_arguments(cell) for cell in cells]
    layout = Layout.of([{_free(name, taken): cell[name] for name in cell} for cell in shown], ids)
    axes = _Axes.of(table, codes, layout, data.get("keep"))
    variables, options = axes.variables(columns)
    coordinates = {**layout.coordinates, **axes.coordinates(), **options}
    return xr.Dataset(variables, coordinates, _attributes(table, data, study))


@dataclass(frozen=True)
class _Axes:
    """Where the rows of a table are in the Dataset.

    Attributes:
        table: The rows, each once.
        layout: The dimensions of the parameters.
        labels: The labels of run and step, as far as they are dimensions.
        cells: The place of each row's cell in the layout, shape (rows,).
        index: The place of each row in all dimensions but option, flattened, shape (rows,).
    """

    table: pd.DataFrame
    layout: Layout
    labels: Mapping[str, np.ndarray]
    cells: np.ndarray
    index: np.ndarray

    @classmethod
    def of(
        cls, table: pd.DataFrame, codes: np.ndarray, layout: Layout, keep: str | None
    ) -> "_Axes":
        """The axes of a table whose rows belong to the cells with these codes."""
        run = next((name for name in ("iteration", "RunId") if name in table), None)
        step = next((name for name in ("step", "Step") if name in table), None)
        if step is None:
            raise ValueError("table must be one of ensemble or Study.run; it has no column step")
        keys = pd.DataFrame({"cell": codes, "step": table[step].to_numpy(np.int64)})
        if run is not None:
            keys["run"] = table[run].to_numpy()
        if keep is None and run is not None and _one_step_each(keys):
            keep = "last"
        names = [*(["run"] if run else []), *(["step"] if keep != "last" else [])]
        keys, table = _without_repeats(keys, ["cell", *names], table)
        places = [layout.places[keys["cell"].to_numpy()]]
        labels = {}
        for name in names:
            labels[name], place = np.unique(keys[name].to_numpy(), return_inverse=True)
            places.append(place)
        shape = [math.prod(layout.dimensions.values()), *map(len, labels.values())]
        return cls(table, layout, labels, places[0], np.ravel_multi_index(places, shape))

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Those of the variables, without option."""
        return (*self.layout.dimensions, *self.labels)

    def coordinates(self) -> dict[str, Any]:
        """Run, step, and the number of runs in a summary."""
        coordinates: dict[str, Any] = {name: ((name,), at) for name, at in self.labels.items()}
        if "runs" in self.table:
            shape = tuple(self.layout.dimensions.values())
            runs = np.zeros(math.prod(shape), np.int64)
            runs[self.cells] = self.table["runs"]
            coordinates["runs"] = (tuple(self.layout.dimensions), runs.reshape(shape))
        return coordinates

    def variables(self, columns: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The variables with their dimensions, and the coordinate of the options if there are any.

        The columns of the options are one variable.
        """
        variables: dict[str, Any] = {}
        if "step" not in self.labels:
            variables["step"] = (self.dimensions, self._filled("Step", np.int64), _texts("step"))
        shares: dict[str, dict[int, str]] = {}
        for column in columns:
            name, option = _place(column)
            if option is None:
                variables[name] = (self.dimensions, self._filled(column), _texts(name))
            else:
                shares.setdefault(name, {})[option] = column
        options = sorted({option for of_option in shares.values() for option in of_option})
        for name, of_option in shares.items():
            values = [self._filled(of_option.get(option)) for option in options]
            array = np.stack(values, axis=-1)
            variables[name] = ((*self.dimensions, "option"), array, _texts(name))
        return variables, {"option": (("option",), np.array(options))} if options else {}

    def _filled(self, column: str | None, kind: Any = None) -> np.ndarray:
        """A column in all dimensions but option; NaN, and so a float, where there is no row."""
        lengths = [*self.layout.dimensions.values(), *map(len, self.labels.values())]
        filled = np.full(math.prod(lengths), np.nan)
        if column is not None:
            if not pd.api.types.is_numeric_dtype(self.table[column]):
                raise ValueError(f"the column {column} must hold numbers; it is no parameter")
            values = self.table[column].to_numpy(kind)
            if len(values) == filled.size:
                filled = np.empty_like(values)
            filled[self.index] = values
        return filled.reshape(lengths)


def _xarray() -> Any:
    """The module xarray.

    Raises:
        ImportError: It is missing.
    """
    try:
        import xarray
    except ImportError:
        raise ImportError("as_xarray needs xarray: pip install 'hivemind_abm[xarray]'") from None
    return xarray


def _as_data(study: Description | None) -> Mapping[str, Any]:
    """A study as plain data."""
    if study is None or isinstance(study, Mapping):
        return study or {}
    return study.study if isinstance(study, Store) else study.as_data()


def _cells_of_study(
    table: pd.DataFrame, data: Mapping[str, Any]
) -> tuple[np.ndarray, list[dict[str, Any]], list[Any]]:
    """The place of each row's cell among the study's cells, these cells, and their identities."""
    cells = dict(zip(data["ids"], data["cells"], strict=True))
    if "cell" not in table or not table["cell"].isin(list(cells)).all():
        raise ValueError("table must hold cells of this study, as Study.run returns them")
    codes = pd.Index(list(cells)).get_indexer(table["cell"])
    return codes, [dict(cell) for cell in cells.values()], list(cells)


def _cells_of_table(table: pd.DataFrame) -> tuple[np.ndarray, list[dict[str, Any]], list[Any]]:
    """As `_cells_of_study`, of a table alone.

    A parameter is a column, not one of a result, that is constant in each cell or, where the table
    does not name the cells, in each run.
    """
    groups = _groups(table)
    _, first, group = np.unique(groups, return_index=True, return_inverse=True)
    parameters: dict[str, np.ndarray] = {}
    for name in map(str, table):
        if name not in _STRUCTURE and not _RESULT.fullmatch(name):
            codes = pd.factorize(_hashable(table[name]))[0]
            if (codes == codes[first][group]).all():
                parameters[name] = codes
    if "cell" not in table:
        groups = np.zeros(len(table), np.int64)
        for codes in parameters.values():
            groups = pd.factorize(groups * (codes.max() + 2) + codes + 1)[0]
    codes = pd.factorize(groups)[0]
    first = np.unique(codes, return_index=True)[1]
    cells = []
    for row in first:
        values = {name: table[name].iloc[row] for name in parameters}
        cells.append({name: value for name, value in values.items() if not _is_missing(value)})
    ids = table["cell"].iloc[first].tolist() if "cell" in table else list(range(len(first)))
    return codes, cells, ids


def _groups(table: pd.DataFrame) -> np.ndarray:
    """A number for the rows that surely belong to one cell: those of a cell, or of one run."""
    if "cell" in table:
        return pd.factorize(table["cell"])[0]
    step = table["step" if "step" in table else "Step"].to_numpy()
    begins = np.diff(step, prepend=step[0]) <= 0
    if "RunId" in table:
        run = table["RunId"].to_numpy()
        begins |= np.diff(run, prepend=run[0]) != 0
    return np.cumsum(begins)


def _hashable(column: pd.Series) -> pd.Series:
    """A column in which what is no number and no text is replaced by its text."""
    if column.dtype != object:
        return column
    return column.map(
        lambda value: value if isinstance(value, bool | int | float) else text_of(value)
    )


def _one_step_each(keys: pd.DataFrame) -> bool:
    """Whether each run has one step only."""
    return not keys.drop_duplicates().duplicated(["cell", "run"]).any()


def _without_repeats(
    keys: pd.DataFrame, names: list[str], table: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The keys and rows without those that are there again, as a study repeats equal cells.

    Raises:
        ValueError: Rows with the same keys have different numbers.
    """
    again = keys.duplicated(names).to_numpy()
    if not again.any():
        return keys, table
    numbers = table.select_dtypes(["number", "bool"]).set_axis(keys.index)
    numbers = numbers.set_axis(range(numbers.shape[1]), axis=1)
    if (pd.concat([keys, numbers], axis=1).duplicated().to_numpy() != again).any():
        raise ValueError(
            "table has several rows for the same run and step; "
            "ensembles in one table must differ in a column: table.assign(gap=0.1)"
        )
    return keys[~again], table[~again]


def _is_missing(value: Any) -> bool:
    """Whether a table has this where a cell does not have the argument."""
    return value is pd.NA or (isinstance(value, float) and math.isnan(value))


def _place(column: str) -> tuple[str, int | None]:
    """The variable that a column belongs to, and the option, if the variable has options."""
    match = _OF_AN_OPTION.fullmatch(column)
    if match is None:
        return column, None
    return f"{match[1] or ''}share{match[3] or ''}", int(match[2])


def _free(name: str, taken: Collection[str]) -> str:
    """The name of a parameter's coordinate, which no variable or other coordinate may have."""
    while name in taken:
        name += "_"
    return name


def _texts(variable: str) -> dict[str, str]:
    """The text that xarray writes at the axis of a plot."""
    match = _STATISTIC.fullmatch(variable)
    name, statistic = (match[1], match[2]) if match else (variable, None)
    player = _OF_A_PLAYER.fullmatch(name)
    text = _TEXTS.get(player[2] if player else name)
    if text is None:
        return {}
    text += f" of player {player[1]}" if player else ""
    return {"long_name": text + (f", {_STATISTICS[statistic]}" if statistic else "")}


def _attributes(
    table: pd.DataFrame, data: Mapping[str, Any], study: Description | None
) -> dict[str, str]:
    """The attributes of a Dataset."""
    stored = study.manifest()["versions"] if isinstance(study, Store) else {}
    failures = study.failures() if isinstance(study, Store) else table.attrs.get("failures")
    attributes = {}
    seed = data.get("seed", _seed_of(table))
    if seed is not None:
        attributes["seed"] = str(seed)
    if data:
        attributes["study"] = json.dumps(data, default=_plain)
    if failures:
        attributes["failures"] = json.dumps(failures)
    versions = stored or new_manifest({})["versions"]
    return attributes | {f"{name}_version": version for name, version in versions.items()}


def _seed_of(table: pd.DataFrame) -> Any:
    """The seed of an ensemble, from the seeds of its runs; None if it is not known."""
    seeds = {
        (str(seed.entropy), seed.spawn_key[:-1])
        for seed in table.get("rng", ())
        if isinstance(seed, np.random.SeedSequence)
    }
    entropy, key = seeds.pop() if len(seeds) == 1 else (None, ())
    return None if key else entropy


def _plain(value: Any) -> Any:
    """What JSON cannot write, as a plain number or a text."""
    return value.item() if isinstance(value, np.generic) else text_of(value)
