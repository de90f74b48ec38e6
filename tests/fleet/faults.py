"""Faults on demand: the n-th use of files below a folder fails, or kills the process; a store that fails now and then.

Run as a program it builds a project and is killed on the way: ``python faults.py PROJECT '{"/embeddings/": 5}'``.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import json
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
from fsspec.implementations.local import LocalFileOpener, LocalFileSystem

from clipplot_pipeline.drive.build import build

#: Is told the place.
Fault = Callable[[str], None]


def fail(number: int, text: str) -> Fault:
    """Return a fault: the error that an operating system gives."""

    def raising(_: str) -> None:
        raise OSError(number, text)

    return raising


DISK_IS_FULL = fail(errno.ENOSPC, "No space left on device")
DISK_IS_BROKEN = fail(errno.EIO, "Input/output error")


def kill(place: str) -> None:
    """Say where, and be killed, as by a power cut: nothing is tidied up."""
    os.write(1, f"{place}\n".encode())  # at once: several threads may die here
    psutil.Process().kill()


@contextlib.contextmanager
def writing_fails(first: Mapping[str, int], fault: Fault, times: int | None = None) -> Iterator[list[str]]:
    """Let writes of files fail with some bytes in them, and yield the list of the places where they did.

    Parameters
    ----------
    first : mapping of str to int
        Places: only paths that contain one count (``/`` between folders); and the first write there that fails, from 1.
    fault : callable
        Raises, or ends the process.
    times : int, optional
        So many fail at each place; none: all from the first on.
    """
    opened = LocalFileSystem._open
    numbers = {place: itertools.count(1) for place in first}
    failed: list[str] = []

    def opening(self: Any, path: str, mode: str = "rb", **options: Any) -> LocalFileOpener:
        file: LocalFileOpener = opened(self, path, mode=mode, **options)
        for place in first if "w" in mode else ():
            if place not in str(path).replace("\\", "/"):
                continue
            since = next(numbers[place]) - first[place]
            if since >= 0 and (times is None or since < times):
                file.write(b"half")
                file.close()
                failed.append(place)
                fault(place)
        return file

    LocalFileSystem._open = opening
    try:
        yield failed
    finally:
        LocalFileSystem._open = opened


class Unreliable:
    """A WSGI application that answers one request in so many with an error, by turns before and after doing it.

    Parameters
    ----------
    app : callable
        What answers the others.
    every : int
        One request in so many fails.
    """

    def __init__(self, app: Any, every: int) -> None:
        self.app, self.every = app, every
        self.requests = self.failures = 0
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with self._lock:
            self.requests += 1
            fails = self.every and self.requests % self.every == 0
            self.failures += bool(fails)
            is_done_first = self.failures % 2 == 0
        if not fails:
            answer: Iterable[bytes] = self.app(environ, start_response)
            return answer
        if is_done_first:
            b"".join(self.app(environ, lambda *_: None))
        else:
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        start_response("503 Slow Down", [("Content-Type", "application/xml")])
        text = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else text]


if __name__ == "__main__":
    with writing_fails(json.loads(sys.argv[2]), kill):
        report = build(Path(sys.argv[1]), {}, lambda _: None)
    sys.exit(len(report.failed))
