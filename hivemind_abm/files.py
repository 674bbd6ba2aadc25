"""Files that are written completely or not at all.

Knows: how a file is replaced in one step, and the format of CSV files.  Does not know: what they
hold.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

__all__ = ["write_atomically", "write_table"]


@contextmanager
def write_atomically(file: Path) -> Iterator[Path]:
    """A temporary path beside `file`, which is renamed to `file` when the block ends without error.

    After an error the temporary file is removed.  The folder is created if it is missing.
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
    """Write a CSV file.

    The same table gives the same bytes, and every number is read back exactly.

    Returns:
        The file.
    """
    with write_atomically(file) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")
    return file
