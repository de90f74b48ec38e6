"""A worker: a process of its own that opens pictures one after the other, within limits of time and memory.

What kills or blocks a decoder kills this process and nothing else; ``workers`` notices, says so, and starts the
next. It is started with the interpreter alone, not by ``multiprocessing``: see decision 30. Tasks come through
standard input, several at a time; answers go through standard output, one by one; both are pickled.

Belongs here: the process's side. Does not belong here: starting and watching it (``workers``), opening (``reading``).
"""

from __future__ import annotations

import faulthandler
import io
import os
import pickle
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from clipplot_pipeline.errors import ClipplotError
from clipplot_pipeline.images import formats
from clipplot_pipeline.images.limits import Limits
from clipplot_pipeline.images.reading import open_one
from clipplot_pipeline.model import ImageFacts, Reject, SourceImage

if sys.platform != "win32":
    import resource

#: The first answer: the worker has loaded its libraries.
READY = "ready"
_BUFFER_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class Task:
    """One picture to open.

    Attributes
    ----------
    file : SourceImage
    opener : function or None
        Opens the file in the worker. None: the parent holds it.
    data : bytes or None
        The whole file, if the parent has read it.
    size_bytes : int
        If ``opener`` and ``data`` are None: how much there is to ask the parent for, piece by piece.
    limits : Limits
    """

    file: SourceImage
    limits: Limits
    opener: Callable[[str], BinaryIO] | None = None
    data: bytes | None = None
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """Bytes of the task's file that the parent is asked for; it answers with bytes or an ``OSError``."""

    position: int
    length: int


#: A worker's last answer to a task; an error is one that concerns the whole source.
Answer = ImageFacts | Reject | ClipplotError


def main() -> None:
    """Open what is asked for until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the parent, which ends its workers
    tasks = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    silence = os.open(os.devnull, os.O_RDWR)
    os.dup2(silence, 0)
    os.dup2(silence, 1)
    formats.load_plugins()
    used_bytes = _data_bytes()
    _send(answers, READY)
    os.dup2(silence, 2)  # decoders in C write of every damaged file; until here, errors are for people
    while True:
        try:
            asked: tuple[Task, ...] = pickle.load(tasks)  # noqa: S301 - the parent's own
        except EOFError:
            return
        for task in asked:
            faulthandler.dump_traceback_later(task.limits.timeout_s, exit=True, file=silence)
            limit_memory(task.limits.memory_mb, used_bytes)
            answer = _open(task, tasks, answers)
            faulthandler.cancel_dump_traceback_later()
            limit_memory(0, 0)
            _send(answers, answer)


def limit_memory(memory_mb: int, used_bytes: int) -> None:
    """Let this process take so much memory beyond ``used_bytes``, where the system can; 0: no limit.

    ``RLIMIT_DATA`` counts what can be written to; ``RLIMIT_AS`` would count what the allocator merely reserves,
    which grows with the machine's cores.
    """
    if sys.platform == "win32":
        return
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = used_bytes + (memory_mb << 20) if memory_mb else hard
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard) if wanted != resource.RLIM_INFINITY else hard
    try:
        resource.setrlimit(resource.RLIMIT_DATA, (wanted, hard))
    except (ValueError, OSError):  # a system that has no such limit
        return


def _data_bytes() -> int:
    """Return what the process's data take, 0 where that cannot be known."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * resource.getpagesize() if sys.platform != "win32" else 0


def _open(task: Task, tasks: BinaryIO, answers: BinaryIO) -> Answer:
    opener = task.opener or (lambda _: _held_by_parent(task, tasks, answers))
    formats.prepare_pillow(task.limits.max_pixels)
    try:
        return open_one(task.file, opener, task.limits)
    except ClipplotError as error:
        return error


def _held_by_parent(task: Task, tasks: BinaryIO, answers: BinaryIO) -> BinaryIO:
    if task.data is not None:
        return io.BytesIO(task.data)
    remote: Any = _Remote(task.size_bytes, tasks, answers)
    return io.BufferedReader(remote, _BUFFER_BYTES)


class _Remote(io.RawIOBase):
    """A large file that lies open in the parent; what is read of it is asked for."""

    def __init__(self, size_bytes: int, tasks: BinaryIO, answers: BinaryIO) -> None:
        self._size, self._position = size_bytes, 0
        self._tasks, self._answers = tasks, answers

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise OSError("a seek to before the beginning of the file")
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Any) -> int:
        length = min(len(buffer), max(0, self._size - self._position))
        if not length:
            return 0
        _send(self._answers, Wanted(self._position, length))
        piece = pickle.load(self._tasks)  # noqa: S301 - the parent's own
        if isinstance(piece, OSError):
            raise piece
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)


def _send(answers: BinaryIO, answer: object) -> None:
    pickle.dump(answer, answers, protocol=pickle.HIGHEST_PROTOCOL)
    answers.flush()
