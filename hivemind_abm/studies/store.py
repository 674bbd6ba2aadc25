"""A study's results on disk: a manifest, one Parquet file a unit of work, and what failed.

Knows: how parts are written so that a crash loses none that is finished, and how they are read while others are still being
written.  Does not know: how the parts are computed.
"""

import json
import platform
import warnings
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from hivemind_abm.files import write_atomically

__all__ = ["Store", "assemble"]

_MANIFEST, _FAILURES = "manifest.json", "failures.json"


class Store:
    """A folder with the results of one study; open one with `Store.open` or `Store.existing`.

    Attributes:
        folder: Where it is.
        study: The study as plain data.
    """

    def __init__(self, folder: Path, study: Mapping[str, Any]) -> None:
        self.folder, self.study = folder, study

    @classmethod
    def open(cls, folder: str | Path, study: Mapping[str, Any]) -> "Store":
        """Begin a study's store, or go on with it.

        Raises:
            ValueError: The folder holds another study's results (with the difference), or something else, or can't be written.
        """
        _parquet()
        path = Path(folder)
        study = json.loads(json.dumps(study))
        if (path / _MANIFEST).is_file():
            store = cls.existing(path)
            for key in study:
                if store.study.get(key) != study[key]:
                    there, here = store.study.get(key), study[key]
                    if key == "cells":
                        there, here = (
                            f"{len(there or [])} cells",
                            f"{len(here)} cells, not the same",
                        )
                    raise ValueError(
                        f"{path} holds another study: {key} is {there!r} there, {here!r} here"
                    )
        elif path.is_dir() and any(path.iterdir()):
            raise ValueError(f"{path} is not empty and holds no study; give a new folder")
        else:
            store = cls(path, study)
            try:
                (path / "parts").mkdir(parents=True, exist_ok=True)
                names = ("hivemind_abm", "numpy", "numba", "mesa")
                versions = {
                    "python": platform.python_version(),
                    **{name: version(name) for name in names},
                }
                store._write(
                    _MANIFEST,
                    {"study": study, "versions": versions, "started": _now(), "ended": None},
                )
            except OSError as error:
                raise ValueError(f"{path} can't be written: {error.strerror or error}") from None
        for left_over in (path / "parts").glob(".*"):  # of a call that was killed while it wrote
            left_over.unlink(missing_ok=True)
        return store

    @classmethod
    def existing(cls, folder: str | Path) -> "Store":
        """A store that is there.

        Raises:
            ValueError: There is none in this folder, or its manifest is damaged.
        """
        path = Path(folder)
        try:
            return cls(path, json.loads((path / _MANIFEST).read_text())["study"])
        except OSError:
            raise ValueError(f"{path} holds no study: there is no {_MANIFEST}") from None
        except (ValueError, KeyError):
            raise ValueError(f"{path / _MANIFEST} is damaged") from None

    def _write(self, name: str, content: Any) -> None:
        with write_atomically(self.folder / name) as temporary:
            temporary.write_text(json.dumps(content, indent=1) + "\n")

    def names(self) -> set[str]:
        """The units whose parts are there and whole; damaged ones are removed, so that they are run again."""
        found = set()
        for file in sorted((self.folder / "parts").glob("[!.]*.parquet")):
            try:
                _read(file)
            except Exception:  # whatever is wrong with it, running it again mends it
                file.unlink(missing_ok=True)
            else:
                found.add(file.stem)
        return found

    def add(self, name: str, table: pd.DataFrame) -> None:
        """Keep a unit's table; it appears whole or not at all."""
        arrow, parquet = _parquet()
        try:
            with write_atomically(self.folder / "parts" / f"{name}.parquet") as temporary:
                content = arrow.Table.from_pandas(table, preserve_index=False)
                parquet.write_table(
                    content, temporary, compression="zstd", write_page_checksum=True
                )
        except OSError as error:
            raise ValueError(
                f"{self.folder} can't be written: {error.strerror or error}; what is there stays"
            ) from None

    def close(self, failures: list[dict[str, Any]]) -> None:
        """Write down what failed, and that the study has ended."""
        manifest = json.loads((self.folder / _MANIFEST).read_text())
        self._write(_FAILURES, failures)
        self._write(_MANIFEST, manifest | {"ended": _now()})

    def failures(self) -> list[dict[str, Any]]:
        """What failed at the last call: dicts with cell, first_run, runs and error."""
        file = self.folder / _FAILURES
        return list(json.loads(file.read_text())) if file.is_file() else []

    def manifest(self) -> dict[str, Any]:
        """The study as plain data, the versions used, start and end."""
        return dict(json.loads((self.folder / _MANIFEST).read_text()))

    def parts(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """The units that are there, in the order of the cells and runs, with their tables; damaged ones are left out."""
        place = {name: index for index, name in enumerate(self.study["ids"])}
        files = [
            file
            for file in (self.folder / "parts").glob("[!.]*.parquet")
            if file.stem[:16] in place
        ]
        for file in sorted(files, key=lambda file: (place[file.stem[:16]], file.stem)):
            try:
                table = _read(file)
            except Exception as error:
                warnings.warn(
                    f"{file.name} is damaged and left out: {error}", RuntimeWarning, stacklevel=2
                )
                continue
            yield (
                file.stem,
                _label(self.study["cells"][place[file.stem[:16]]], file.stem[:16], table),
            )

    def export(self, file: str | Path) -> int:
        """Write all that is there to FILE.csv or FILE.parquet; returns the number of rows."""
        path = Path(file)
        if path.suffix not in (".csv", ".parquet"):
            raise ValueError(f"the file must end in .csv or .parquet, not {path.name!r}")
        table = self.read()
        with write_atomically(path) as temporary:
            if path.suffix == ".csv":
                table.to_csv(temporary, index=False, lineterminator="\n")
            else:
                mixed = [
                    name
                    for name in table
                    if pd.api.types.infer_dtype(table[name]).startswith("mixed")
                ]
                table.astype(
                    {name: str for name in mixed if not isinstance(table[name].iloc[0], list)}
                ).to_parquet(temporary, index=False)
        return len(table)

    def read(self) -> pd.DataFrame:
        """All that is there as one table, also while the study runs."""
        return _joined(self.study, [table for _, table in self.parts()])


def assemble(study: Mapping[str, Any], tables: Iterable[tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    """One table of the tables of units, in the order of the cells and runs, as a store would read them."""
    place = {name: index for index, name in enumerate(study["ids"])}
    ordered = sorted(tables, key=lambda item: (place[item[0][:16]], item[0]))
    return _joined(
        study,
        [_label(study["cells"][place[name[:16]]], name[:16], table) for name, table in ordered],
    )


def _label(cell: Mapping[str, Any], name: str, table: pd.DataFrame) -> pd.DataFrame:
    """A unit's table with its cell's id, model and arguments before it."""
    values = {"cell": name, **cell}
    columns = {
        key: [value] * len(table) if isinstance(value, list) else value
        for key, value in values.items()
    }
    return pd.DataFrame(columns, index=table.index).join(table)


def _joined(study: Mapping[str, Any], tables: list[pd.DataFrame]) -> pd.DataFrame:
    if not tables:
        return pd.DataFrame()
    whole = pd.concat(tables, ignore_index=True)
    first = [
        "cell",
        "model",
        *dict.fromkeys(key for cell in study["cells"] for key in cell if key != "model"),
    ]
    return whole[
        [*(name for name in first if name in whole), *(name for name in whole if name not in first)]
    ]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _parquet() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise ValueError(
            "a store on disk needs pyarrow: pip install 'hivemind_abm[sweep]'"
        ) from None
    return pyarrow, pyarrow.parquet


def _read(file: Path) -> pd.DataFrame:
    _, parquet = _parquet()
    with parquet.ParquetFile(file, page_checksum_verification=True) as part:
        return part.read().to_pandas()
