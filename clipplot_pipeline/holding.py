"""Files that are being written, held by their writers, so that others can tell them from those that nobody finishes.

Belongs here: holding a file of the local disk, creating one that others might create, deleting one that nobody holds.
Does not belong here: names and places of files (``storage``).

The system lets go of a file as its process ends, however that ends: no number of a process is asked for, which another
container, or another machine on the same disk, would not know.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

if sys.platform != "win32":
    import fcntl

#: Ending of files that are being written; where the writer was killed they stay.
PARTIAL = ".partial"
#: Where nobody can tell whether a file is held, one that was not written to for so long is nobody's. Unit: s.
LONGEST_SILENCE_S = 3600.0


@contextlib.contextmanager
def hold(where: Path) -> Iterator[None]:
    """Make a file and hold it until the block, or the process, ends."""
    if sys.platform == "win32":  # where an open file cannot take its name
        yield
        return
    handle = _take(where)
    try:
        yield
    finally:
        os.close(handle)


def create_whole(where: Path, data: bytes) -> None:
    """Write a file that must not be there, whole; FileExistsError if it is."""
    where.parent.mkdir(parents=True, exist_ok=True)
    partial = where.with_name(f"{where.name}.{uuid.uuid4().hex[:8]}{PARTIAL}")
    partial.write_bytes(data)
    try:
        os.link(partial, where)
    except FileExistsError:
        raise
    except OSError:  # a disk without hard links: there it is empty for a moment
        with where.open("xb") as file:
            file.write(data)
    finally:
        partial.unlink(missing_ok=True)


def remove_abandoned(where: Path) -> None:
    """Delete a file that nobody writes any more; nothing happens if it is absent or held."""
    with contextlib.suppress(FileNotFoundError, PermissionError):  # finished just now, or another user's
        if sys.platform == "win32":
            if is_old(where.stat().st_mtime):
                where.unlink()
            return
        handle = os.open(where, os.O_WRONLY)
        try:
            if _is_free(handle):
                where.unlink()
        finally:
            os.close(handle)


def is_old(written_s: float) -> bool:
    """Tell whether a file that was last written to then (s since 1970) has no writer any more, as far as that tells."""
    return time.time() - written_s > LONGEST_SILENCE_S


def _take(where: Path) -> int:
    while True:
        handle = os.open(where, os.O_CREAT | os.O_WRONLY, 0o666)
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:
            return handle
        os.close(handle)  # somebody took it for abandoned before it was held


def _is_free(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return is_old(os.fstat(handle).st_mtime)
    return True
