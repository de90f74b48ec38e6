"""Opening many originals, each exactly once, on all cores and in order.

Belongs here: the one handle on each original, hashing, order, what a row of ``images`` is made of.
Does not belong here: decoding (``decode``), processes (``workers``, ``worker``).
"""

from __future__ import annotations

import io
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import BinaryIO

from clipplot_pipeline.errors import ClipplotError
from clipplot_pipeline.images import formats, reading
from clipplot_pipeline.images.limits import Limits
from clipplot_pipeline.images.worker import Task
from clipplot_pipeline.images.workers import Crew
from clipplot_pipeline.model import ImageFacts, Reject, SourceImage

#: Finished pictures that wait for a slow one before them, per worker: renditions only, some 100 kB each.
_AHEAD = 8
#: Files that are fetched from elsewhere at a time, per worker: one waits in memory while another is decoded.
_FETCHERS = 2


def open_images(
    files: Sequence[SourceImage], opener: Callable[[str], BinaryIO], limits: Limits, *, workers: int = 0
) -> Iterator[ImageFacts | Reject]:
    """Open originals in worker processes and yield what each gives, in the order of ``files``.

    Parameters
    ----------
    files : sequence of SourceImage
        What to open; ``opener`` is called exactly once for each.
    opener : function
        Opens a path for reading, seekable; see ``sources.open_source``. Called from several threads; or, if it has
        an attribute ``is_local`` that is true, pickled and called in the workers.
    limits : Limits
        What is made of a picture, and what it may cost.
    workers : int
        Pictures that are decoded at a time; 0: one a core. Memory is bounded by so many pictures.

    Yields
    ------
    ImageFacts or Reject
        A bad file is a ``Reject``, never an exception, whatever it does to the process that decodes it.

    Raises
    ------
    ClipplotError
        What the opener raises of that kind: the source as a whole cannot be read. ``DecoderError``: workers
        cannot be started.
    """
    count = workers or os.cpu_count() or 1
    crew = Crew(count)
    threads = count if _is_local(opener) else _FETCHERS * count
    pool = ThreadPoolExecutor(threads, thread_name_prefix="clipplot-images")
    waiting: deque[Future[ImageFacts | Reject]] = deque()
    try:
        for file in files:
            waiting.append(pool.submit(_open_safely, file, opener, limits, crew))
            if len(waiting) >= _AHEAD * count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        crew.stop()
        pool.shutdown(wait=True)


def _is_local(opener: Callable[[str], BinaryIO]) -> bool:
    return bool(getattr(opener, "is_local", False))


def _open_safely(
    file: SourceImage, opener: Callable[[str], BinaryIO], limits: Limits, crew: Crew
) -> ImageFacts | Reject:
    """Open a file on this machine in a worker; fetch any other here, for that needs this process's connections."""
    if _is_local(opener):
        return crew.open(Task(file, limits, opener))
    try:
        with opener(file.path) as handle:
            size = handle.seek(0, io.SEEK_END)
            handle.seek(0)
            if size > reading.WHOLE_BYTES:
                return crew.open(Task(file, limits, size_bytes=size), handle)
            data = handle.read()
    except ClipplotError:
        raise
    except OSError as error:
        return formats.explain_open(error).as_reject(file.path)
    except Exception as error:  # noqa: BLE001 - every store's client raises errors of its own
        return formats.explain_error(error, "picture").as_reject(file.path)
    return crew.open(Task(file, limits, data=data))
