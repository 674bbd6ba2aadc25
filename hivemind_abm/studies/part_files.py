"""One Parquet file with the tables of one unit of a study, or of several.

Knows: the format of the file, and which errors mean that it is damaged.
Does not know: which other files there are.
"""

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from hivemind_abm.files import write_atomically

__all__ = [
    "MARK",
    "MERGED",
    "SMALL",
    "UNITS",
    "Damage",
    "arrow_table",
    "frames",
    "listed",
    "metadata",
    "parquet",
    "units_of",
    "write",
]

SMALL, MERGED = "parts", "merged"  # folders of files with one unit, and with several
MARK, UNITS = b"hivemind_study", b"hivemind_units"  # keys of a schema's metadata


class Damage(ValueError):
    """The bytes of a file can be read, and are not what was written; the message is the cause."""


def parquet() -> tuple[Any, Any]:
    """The modules pyarrow and pyarrow.parquet.

    Raises:
        ValueError: They are missing.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise ValueError(
            "a store on disk needs pyarrow: pip install 'hivemind_abm[sweep]'"
        ) from None
    return pyarrow, pyarrow.parquet


def listed(folder: Path) -> list[Path]:
    """The finished files of a folder; what is still being written begins with a dot.

    Raises:
        ValueError: The folder can't be read now.
    """
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise ValueError(f"{folder} can't be read: {error.strerror or error}") from None
    return [
        folder / name
        for name in sorted(names)
        if name.endswith(".parquet") and not name.startswith(".")
    ]


def units_of(file: Path) -> list[str]:
    """The units that a file holds, by its name or its schema."""
    if file.parent.name == SMALL:
        return [file.stem]
    return [name for name, _ in _units_in(metadata(file))]


def frames(file: Path) -> dict[str, pd.DataFrame]:
    """The tables of the units in a file; all its checksums are verified."""

    def cut(table: Any) -> dict[str, pd.DataFrame]:
        if file.parent.name == SMALL:
            return {file.stem: table.to_pandas()}
        units = _units_in(table.schema.metadata or {})
        tables, first = {}, 0
        for name, rows in units:
            tables[name] = table.slice(first, rows).to_pandas()
            first += rows
        if first != table.num_rows:
            raise Damage(f"its units have {first} rows, it has {table.num_rows}")
        return tables

    return _read(file, cut)


def metadata(file: Path) -> dict[bytes, bytes]:
    """The metadata of a file's schema."""

    def of_schema(opened: Any) -> dict[bytes, bytes]:
        return opened.schema_arrow.metadata or {}

    return _open(file, of_schema)


def arrow_table(file: Path) -> Any:
    """A file's whole table as an Arrow table; all its checksums are verified."""
    return _read(file, lambda table: table)


def write(table: Any, file: Path, more: dict[bytes, bytes], durable: bool = False) -> None:
    """Write an Arrow table with more metadata in its schema, atomically and with checksums.

    Raises:
        OSError: The file can't be written.
    """
    _, module = parquet()
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), **more})
    with write_atomically(file, durable) as temporary:
        module.write_table(table, temporary, compression="zstd", write_page_checksum=True)


def _units_in(metadata: dict[bytes, bytes]) -> list[tuple[str, int]]:
    """The units of a merged file with their numbers of rows."""
    try:
        return [(str(name), int(rows)) for name, rows in json.loads(metadata[UNITS])]
    except (KeyError, TypeError, ValueError) as error:
        raise Damage(f"its units are not named: {error!r}") from None


def _read[Result](file: Path, convert: Callable[[Any], Result]) -> Result:
    """A file's whole table, converted; an error of the conversion means damage too."""

    def whole(opened: Any) -> Result:
        return convert(opened.read(use_threads=False))

    return _open(file, whole)


def _open[Result](file: Path, use: Callable[[Any], Result]) -> Result:
    """What `use` makes of an opened file.

    Raises:
        FileNotFoundError: It is gone.
        Damage: Its bytes can be read, and are not valid.
        ValueError: It can't be read now: permissions, too many open files, no memory.
    """
    arrow, module = parquet()
    try:
        with (
            open(file, "rb") as stream,
            module.ParquetFile(stream, page_checksum_verification=True) as opened,
        ):
            return use(opened)
    except Damage:
        raise
    except (MemoryError, ImportError, arrow.ArrowNotImplementedError) as error:
        raise ValueError(f"{file} can't be read: {error}") from None
    except Exception as error:
        if isinstance(error, OSError) and _gone(error):
            raise FileNotFoundError(errno.ENOENT, "it is gone", str(file)) from None
        if isinstance(error, OSError) and error.errno is not None:  # no errno: of the checksums
            raise ValueError(f"{file} can't be read: {error.strerror or error}") from None
        raise Damage(" ".join(str(error).split())) from None


def _gone(error: OSError) -> bool:
    """Whether a file is not there any more; ESTALE is the word of network file systems for that."""
    return isinstance(error, FileNotFoundError) or error.errno == errno.ESTALE
