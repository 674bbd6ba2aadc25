"""Machine code on disk, under a name made from everything that the code depends on.

A change of any of these gives another name, so a stale file is never loaded.  Knows: what machine
code depends on, and where it is stored.  Does not know: how it is made.
"""

import hashlib
import os
import re
import sys
import tempfile
from functools import cache
from pathlib import Path

import numba
import numpy as np

from hivemind_abm.engine.numba_internals import OverloadCache, user_cache_folder

__all__ = ["DiskCache"]

PACKAGE = Path(__file__).parents[1]
WITHOUT_MACHINE_CODE = ("app", "studies")  # rooms that only call compiled code
_CHECKSUM = 32  # bytes of a checksum before the machine code


class DiskCache(OverloadCache):
    """The machine code of one function, for each signature and processor, in a folder of the user.

    Numba's own cache looks at one source file only.  It would keep code into which an older version
    of another file has been inlined.

    Args:
        name: The function's name.
        fingerprint: A digest of what else the code depends on, beyond this package, Numba and
            NumPy.
    """

    def __init__(self, name: str, fingerprint: str = "") -> None:
        self._name = name
        self._fingerprint = fingerprint

    def _file(self, signature: str, target: str) -> Path:
        parts = (_library_fingerprint(), self._name, self._fingerprint, signature, target)
        digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
        stem = re.sub(r"[^\w.]", "", self._name)[-60:]
        return _cache_folder() / f"{stem}-{digest}.machine"

    def read(self, signature: str, target: str) -> bytes | None:
        """The content of the file, or None if there is none that can be trusted.

        It must be the user's own and be as it was written: machine code that is damaged ends the
        process.
        """
        try:
            with self._file(signature, target).open("rb") as stream:
                owner = os.fstat(stream.fileno()).st_uid
                content = stream.read()
        except OSError:
            return None
        if hasattr(os, "getuid") and owner != os.getuid():
            return None
        checksum, content = content[:_CHECKSUM], content[_CHECKSUM:]
        return content if hashlib.sha256(content).digest() == checksum else None

    def write(self, signature: str, target: str, content: bytes) -> None:
        """Store machine code.

        If that fails (a read-only home folder, a full disk), the next process compiles again.
        """
        file = self._file(signature, target)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=file.parent)
            with os.fdopen(handle, "wb") as stream:
                stream.write(hashlib.sha256(content).digest() + content)
            os.replace(temporary, file)
        except OSError:
            pass


def _cache_folder() -> Path:
    return Path(numba.config.CACHE_DIR or user_cache_folder()) / "hivemind_abm"


@cache
def _library_fingerprint() -> str:
    """A digest of every file of the package outside the rooms that hold no compiled code.

    Any of the others may hold compiled code or be inlined into it.
    """
    digest = hashlib.sha256(f"{sys.version} {numba.__version__} {np.__version__}".encode())
    for file in sorted(PACKAGE.rglob("*.py")):
        inside = file.relative_to(PACKAGE)
        if inside.parts[0] not in WITHOUT_MACHINE_CODE:
            digest.update(str(inside).encode() + file.read_bytes())
    return digest.hexdigest()
