"""A study's results on disk: a manifest, one Parquet file per unit of work, and what failed.

Knows: how parts are written so that a crash loses none that is finished, and how they are read
while others are still being written.
Does not know: how the parts are computed.
"""

import json
import platform
import warnings
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from hivemind_abm.files import write_atomically
from hivemind_abm.studies.assembly import Places, joined

__all__ = ["Store"]

_MANIFEST, _FAILURES, _PARTS = "manifest.json", "failures.json", "parts"
_FINISHED = "[!.]*.parquet"  # what is still being written begins with a dot
_PACKAGES = ("hivemind_abm", "numpy", "numba", "mesa")  # whose versions the manifest names


class Store:
    """A folder with the results of one study; open one with `Store.open` or `Store.existing`.

    Attributes:
        folder: Where it is.
        study: The study as plain data.
    """

    def __init__(self, folder: Path, study: Mapping[str, Any]) -> None:
        """Name the folder of a study; nothing is read or written."""
        self.folder, self.study = folder, study

    @classmethod
    def open(cls, folder: str | Path, study: Mapping[str, Any]) -> "Store":
        """Begin a study's store, or continue it.

        Args:
            folder: Its folder, which is made if it is not there.
            study: The study as plain data.

        Raises:
            ValueError: The folder holds another study's results (with the difference), or something
                else, or can't be written.
        """
        _parquet()
        path = Path(folder)
        study = json.loads(json.dumps(study))
        if (path / _MANIFEST).is_file():
            store = cls.existing(path)
            store._check_same(study)
        elif path.is_dir() and any(path.iterdir()):
            raise ValueError(f"{path} is not empty and holds no study; give a new folder")
        else:
            store = cls(path, study)
            store._begin()
        for unfinished in (path / _PARTS).glob(".*"):  # from a process that was killed
            unfinished.unlink(missing_ok=True)
        return store

    @classmethod
    def existing(cls, folder: str | Path) -> "Store":
        """The store in a folder.

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

    def names(self) -> set[str]:
        """The units whose parts are whole; damaged parts are removed, to be run again."""
        names = set()
        for file in sorted((self.folder / _PARTS).glob(_FINISHED)):
            try:
                _read(file)
            except Exception:  # whatever is wrong with it, running it again mends it
                file.unlink(missing_ok=True)
            else:
                names.add(file.stem)
        return names

    def add(self, name: str, table: pd.DataFrame) -> None:
        """Keep a unit's table; it appears whole or not at all.

        Raises:
            ValueError: The folder can't be written.
        """
        arrow, parquet = _parquet()
        try:
            with write_atomically(self.folder / _PARTS / f"{name}.parquet") as temporary:
                content = arrow.Table.from_pandas(table, preserve_index=False)
                parquet.write_table(
                    content, temporary, compression="zstd", write_page_checksum=True
                )
        except OSError as error:
            raise ValueError(
                f"{self.folder} can't be written: {error.strerror or error}; what is there stays"
            ) from None

    def close(self, failures: list[dict[str, Any]]) -> None:
        """Record what failed, and that the study has ended."""
        manifest = self.manifest()
        self._write(_FAILURES, failures)
        self._write(_MANIFEST, manifest | {"ended": _now()})

    def failures(self) -> list[dict[str, Any]]:
        """What failed when the study ended: dicts with cell, first_run, runs and error."""
        file = self.folder / _FAILURES
        return list(json.loads(file.read_text())) if file.is_file() else []

    def manifest(self) -> dict[str, Any]:
        """The study as plain data, the versions used, start and end."""
        return dict(json.loads((self.folder / _MANIFEST).read_text()))

    def parts(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """The units that are there, in the order of the cells and runs, with their tables.

        Damaged ones are left out, with a warning.
        """
        places = Places(self.study)
        files = [file for file in (self.folder / _PARTS).glob(_FINISHED) if places.has(file.stem)]
        for file in sorted(files, key=lambda file: places.order(file.stem)):
            try:
                table = _read(file)
            except Exception as error:
                warnings.warn(
                    f"{file.name} is damaged and left out: {error}", RuntimeWarning, stacklevel=2
                )
                continue
            yield file.stem, places.labelled(file.stem, table)

    def read(self) -> pd.DataFrame:
        """All results that are there as one table, also while the study runs."""
        return joined(self.study, [table for _, table in self.parts()])

    def export(self, file: str | Path) -> int:
        """Write all results that are there to a file.

        Args:
            file: FILE.csv or FILE.parquet.

        Returns:
            The number of rows.

        Raises:
            ValueError: The file has another ending.
        """
        path = Path(file)
        if path.suffix not in (".csv", ".parquet"):
            raise ValueError(f"the file must end in .csv or .parquet, not {path.name!r}")
        table = self.read()
        with write_atomically(path) as temporary:
            if path.suffix == ".csv":
                table.to_csv(temporary, index=False, lineterminator="\n")
            else:
                _with_plain_columns(table).to_parquet(temporary, index=False)
        return len(table)

    def _begin(self) -> None:
        try:
            (self.folder / _PARTS).mkdir(parents=True, exist_ok=True)
            versions = {name: version(name) for name in _PACKAGES}
            manifest = {
                "study": self.study,
                "versions": {"python": platform.python_version(), **versions},
                "started": _now(),
                "ended": None,
            }
            self._write(_MANIFEST, manifest)
        except OSError as error:
            raise ValueError(f"{self.folder} can't be written: {error.strerror or error}") from None

    def _check_same(self, study: Mapping[str, Any]) -> None:
        for key, here in study.items():
            stored = self.study.get(key)
            if stored == here:
                continue
            if key == "cells":
                stored, here = f"{len(stored or [])} cells", f"{len(here)} cells, not the same"
            raise ValueError(
                f"{self.folder} holds another study: {key} is {stored!r} there, {here!r} here"
            )

    def _write(self, name: str, content: Any) -> None:
        with write_atomically(self.folder / name) as temporary:
            temporary.write_text(json.dumps(content, indent=1) + "\n")


def _with_plain_columns(table: pd.DataFrame) -> pd.DataFrame:
    """A table with text in columns of mixed kinds, which Parquet cannot hold; lists stay."""
    kinds = {name: pd.api.types.infer_dtype(table[name]) for name in table}
    mixed = [name for name, kind in kinds.items() if kind.startswith("mixed")]
    return table.astype({name: str for name in mixed if not isinstance(table[name].iloc[0], list)})


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
