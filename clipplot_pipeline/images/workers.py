"""Starting worker processes, handing pictures to them, and saying what happened when one ends.

A worker that is done waits a while for the next shard, for its start costs as much as some hundred small pictures.

Belongs here: the parent's side. Does not belong here: what a worker does (``worker``), order (``opening``).
"""

from __future__ import annotations

import atexit
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import IO, Any, BinaryIO

from clipplot_pipeline.errors import ClipplotError, DecoderError
from clipplot_pipeline.images.fetching import explain_fetch
from clipplot_pipeline.images.worker import READY, Answer, Task, Wanted
from clipplot_pipeline.model import ImageFacts, Reject

#: What `faulthandler` ends a process with whose time is over.
_OVERDUE = 1
#: Idle workers are ended after this time without pictures.
_KEPT_S = 10.0
#: A worker is ended after so many pictures: what its libraries leak goes with it.
_PICTURES = 5000
_TRIES = 2
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    " from clipplot_pipeline.images.worker import main; main()"
)
#: One thread a worker: there is a worker for every core.
_ENVIRONMENT = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class WorkerEndedError(Exception):
    """A worker ended before it had answered; ``code`` is its exit code, ``seconds`` what it had worked."""

    def __init__(self, code: int, seconds: float) -> None:
        super().__init__(f"exit code {code} after {seconds:.1f} s")
        self.code = code
        self.seconds = seconds


class Worker:
    """A worker process, as the parent sees it. Used by one thread at a time; any may call ``end``."""

    def __init__(self) -> None:
        path = [os.path.abspath(entry) for entry in sys.path]  # noqa: PTH100 - "" is the working directory
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-P", "-X", f"utf8={sys.flags.utf8_mode}", "-c", _START, json.dumps(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | _ENVIRONMENT,
        )
        self.parent = os.getpid()
        self.pictures = 0
        self._is_ready = False

    def ask(self, tasks: Sequence[Task], handle: BinaryIO | None) -> Iterator[ImageFacts | Reject]:
        """Yield the answers to tasks in their order; ``handle`` is the file that the worker may ask pieces of.

        Raises
        ------
        WorkerEndedError
            The worker ended, by itself or by the system, before it gave the next answer.
        DecoderError
            It cannot even be started.
        ClipplotError
            What concerns the whole source; the worker is ended.
        """
        self._wait_until_ready()
        started = time.monotonic()
        try:
            self._send(tuple(tasks))
            for task in tasks:
                self.pictures += 1
                yield self._receive(handle, task.file.path)
                started = time.monotonic()
        except (EOFError, OSError, ValueError, pickle.UnpicklingError) as error:
            self.end()
            raise WorkerEndedError(self.process.returncode, time.monotonic() - started) from error
        except BaseException:  # the worker still has answers to give, and is of no use to others
            self.end()
            raise

    def _receive(self, handle: BinaryIO | None, path: str) -> ImageFacts | Reject:
        while True:
            answer: Answer | Wanted = pickle.load(self._answers)  # noqa: S301 - our own process
            if isinstance(answer, ClipplotError):
                raise answer
            if not isinstance(answer, Wanted):
                return answer
            self._send(_read_piece(handle, answer, path))

    def end(self) -> None:
        """End the process at once, and wait for that."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """End the process and let go of its pipes. No thread uses it any more."""
        self.end()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                try:
                    pipe.close()
                except OSError:  # what was left to send goes nowhere
                    continue

    def _wait_until_ready(self) -> None:
        if self._is_ready:
            return
        try:
            self._is_ready = pickle.load(self._answers) == READY  # noqa: S301 - our own process
        except (EOFError, OSError, pickle.UnpicklingError):
            self.end()
            raise DecoderError(
                f"{sys.executable}: a process to decode pictures in does not start"
                f" ({_name_code(self.process.returncode)}); expected it to load Pillow and NumPy; see the error"
                " above, and check the installation"
            ) from None

    @property
    def _answers(self) -> IO[bytes]:
        assert self.process.stdout is not None  # noqa: S101 - for the type checker
        return self.process.stdout

    def _send(self, what: Any) -> None:
        assert self.process.stdin is not None  # noqa: S101 - for the type checker
        pickle.dump(what, self.process.stdin, protocol=pickle.HIGHEST_PROTOCOL)
        self.process.stdin.flush()


class Crew:
    """The workers of one call of ``open_images``; they come from the idle ones and go back there."""

    def __init__(self, count: int) -> None:
        self._seats = threading.BoundedSemaphore(count)
        self._busy: set[Worker] = set()
        self._lock = threading.Lock()
        self._is_stopped = False

    def open(self, tasks: Sequence[Task], handle: BinaryIO | None = None) -> list[ImageFacts | Reject]:
        """Open pictures in a worker, in order; one that ends its worker twice, or takes too long, is a reject."""
        answers: list[ImageFacts | Reject] = []
        ends = 0  # of the worker, at the picture that is next
        with self._seats:
            while len(answers) < len(tasks):
                worker = self._take()
                try:
                    for answer in worker.ask(tasks[len(answers) :], handle):
                        answers.append(answer)
                        ends = 0
                except WorkerEndedError as end:
                    ends += 1
                    if reject := _judge(tasks[len(answers)], end, ends):
                        answers.append(reject)
                        ends = 0
                finally:
                    self._put_back(worker)
        return answers

    def stop(self) -> None:
        """End the busy workers: nobody waits for their answers any more. The idle ones wait a while."""
        with self._lock:
            self._is_stopped = True
            for worker in self._busy:
                worker.end()
        _IDLE.rest()

    def _take(self) -> Worker:
        with self._lock:
            if self._is_stopped:
                raise DecoderError("the decoding of pictures was stopped")
            worker = _IDLE.take()
            self._busy.add(worker)
            return worker

    def _put_back(self, worker: Worker) -> None:
        with self._lock:
            self._busy.discard(worker)
        _IDLE.put(worker)


class _Idle:
    """Workers that wait for the next shard."""

    def __init__(self) -> None:
        self._workers: list[Worker] = []
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def take(self) -> Worker:
        with self._lock:
            self._cancel()
            while self._workers:
                worker = self._workers.pop()
                if worker.parent == os.getpid() and worker.process.poll() is None:
                    return worker
                if worker.parent == os.getpid():
                    worker.close()
        return Worker()

    def put(self, worker: Worker) -> None:
        if worker.process.poll() is not None or worker.pictures >= _PICTURES:
            worker.close()
            return
        with self._lock:
            self._workers.append(worker)

    def rest(self) -> None:
        """End the workers unless one is taken soon."""
        with self._lock:
            self._cancel()
            self._timer = threading.Timer(_KEPT_S, self.close)
            self._timer.daemon = True
            self._timer.start()

    def close(self) -> None:
        with self._lock:
            self._cancel()
            workers, self._workers = self._workers, []
        for worker in workers:
            if worker.parent == os.getpid():
                worker.close()

    def _cancel(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None


_IDLE = _Idle()
atexit.register(_IDLE.close)


def end_idle_workers() -> None:
    """End the workers that wait for pictures; the next pictures start others."""
    _IDLE.close()


def _read_piece(handle: BinaryIO | None, wanted: Wanted, path: str) -> bytes | OSError:
    if handle is None:
        return OSError("the file is not open")
    try:
        handle.seek(wanted.position)
        return handle.read(wanted.length)
    except ClipplotError:
        raise
    except Exception as error:  # noqa: BLE001 - every store's client raises errors of its own
        return OSError(explain_fetch(error, path).reason)


def _judge(task: Task, end: WorkerEndedError, ends: int) -> Reject | None:
    """Return why a picture that ended its worker is left out, None if it deserves another try.

    The first end may have been for a neighbour's need of memory.
    """
    if _is_late(end, task.limits.timeout_s):
        reason = f"it took longer than the {task.limits.timeout_s} s that `picture_timeout_s` allows"
    elif ends < _TRIES:
        return None
    else:
        reason = (
            f"decoding it ended the decoder's process twice ({_name_code(end.code)}): the file is damaged in a rare"
            " way, or there is too little memory"
        )
    return Reject(task.file.path, "unreadable", reason)


def _is_late(end: WorkerEndedError, timeout_s: float) -> bool:
    """Tell whether a worker ended itself as a picture took too long.

    Its clock starts with the picture, this process' only when it has read the answer before, which may be later.
    """
    return end.seconds >= timeout_s or (end.code == _OVERDUE and end.seconds >= timeout_s / 2)


def _name_code(code: int) -> str:
    """Return what an exit code says, in words."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
