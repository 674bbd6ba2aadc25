"""Files that appear whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

__all__ = ["write_atomically", "write_table"]


@contextmanager
def write_atomically(file: Path) -> Iterator[Path]:
    """A temporary path beside `file` that takes its name when the block ends well, and is removed when it doesn't.

    The folder is made if it isn't there.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.stem}-", suffix=file.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        temporary.replace(file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_table(table: pd.DataFrame, file: Path) -> Path:
    """Write a CSV: the same table gives the same bytes, and every number reads back as it was."""
    with write_atomically(file) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")
    return file
