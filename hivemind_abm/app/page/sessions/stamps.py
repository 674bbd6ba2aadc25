"""Which state of users' files was read, so that a later change is noticed.

Knows: the files that a user's file consists of, and what tells a file from its earlier state.
Does not know: what is in them, or what follows from a change.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from hivemind_abm.loading import file_of, files_behind

__all__ = ["Stamps", "changed_files", "stamps_of"]

type Stamps = dict[Path, tuple[int, int] | None]


def stamps_of(paths: Iterable[str]) -> Stamps:
    """The files that users' files consist of, with time and size; None for one that is not there.

    Args:
        paths: Users' files, each with the files of its folder that it imports.
    """
    files: set[Path] = set()
    for path in paths:
        file = file_of(path).absolute()
        try:
            files |= {file.parent / name for name in files_behind(path)}
        except BaseException:  # whatever the file raises; then it is watched alone
            files.add(file)
    return {file: _stamp(file) for file in sorted(files)}


def changed_files(first: Stamps) -> tuple[str, ...]:
    """The names of the files that are not as they were."""
    return tuple(file.name for file, stamp in first.items() if _stamp(file) != stamp)


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(file)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
