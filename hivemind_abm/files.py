"""Files that are written completely or not at all.

Knows: how a file is replaced in one step, and the format of CSV files.  Does not know: what they
hold.
"""

import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pandas as pd

__all__ = ["check_place", "write_atomically", "write_table"]

_STEM = 40  # characters of a file's name in that of its temporary file; names must stay short
_WHILE_WRITTEN = 0o600  # the permissions of a temporary file, whatever the umask


def check_place(file: Path) -> None:
    """That a file can be written; its folder is created.

    Raises:
        ValueError: Why it cannot.
    """
    if file.is_dir():
        raise ValueError(f"{str(file)!r} is a folder, not a file")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=file.parent):
            pass
    except OSError as error:
        raise ValueError(f"{str(file)!r} cannot be written: {error.strerror}") from error


@contextmanager
def write_atomically(file: Path, durable: bool = False) -> Iterator[Path]:
    """A temporary path beside `file`, which is renamed to `file` when the block ends without error.

    The file has the permissions that `open` would give it: those of the file that it replaces, else
    what the umask allows.  A symbolic link stays one; the file that it names is replaced.  After an
    error the temporary file is removed.  The folder is created if it is missing.

    Args:
        file: The file.
        durable: Wait until the disk has it, so that it also outlasts a power failure.
    """
    file = Path(os.path.realpath(file))
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.stem[:_STEM]}-{secrets.token_hex(8)}{file.suffix}")
    try:
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        mode = temporary.stat().st_mode
        with suppress(FileNotFoundError):
            mode = file.stat().st_mode
        temporary.chmod(_WHILE_WRITTEN)
        yield temporary
        if durable:
            _sync(temporary)
        temporary.chmod(stat.S_IMODE(mode))
        temporary.replace(file)
        if durable:
            _sync(file.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_table(table: pd.DataFrame, file: Path) -> Path:
    """Write a CSV file.

    The same table gives the same bytes, and every number is read back exactly.

    Returns:
        The file.
    """
    with write_atomically(file) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")
    return file


def _sync(path: Path) -> None:
    """Wait until the disk has a file or folder; what can't be opened for that is left."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except PermissionError:  # a folder, on Windows
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
