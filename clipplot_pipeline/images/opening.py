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
from clipplot_pipeline.images import reading
from clipplot_pipeline.images.fetching import explain_fetch
from clipplot_pipeline.images.limits import Limits
from clipplot_pipeline.images.worker import Task
from clipplot_pipeline.images.workers import Crew
from clipplot_pipeline.model import ImageFacts, Reject, SourceImage

#: Finished batches that wait for a slow one before them, per worker: renditions only, some 100 kB each.
_AHEAD = 4
#: Small pictures go to a worker together, for the way there costs as much as decoding one: so many, or so many bytes.
_BATCH, _BATCH_BYTES = 16, 1 << 20
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
        What the opener raises of that kind: the source as a whole cannot be read. ``StoreError``: a source that is
        not local fails, otherwise than with ``NoOriginalError`` or that there is no such file. ``DecoderError``:
        workers cannot be started.
    """
    count = workers or os.cpu_count() or 1
    crew = Crew(count)
    threads = count if _is_local(opener) else _FETCHERS * count
    pool = ThreadPoolExecutor(threads, thread_name_prefix="clipplot-images")
    waiting: deque[Future[list[ImageFacts | Reject]]] = deque()
    try:
        for batch in _batches(files, _BATCH if _is_local(opener) else 1):
            waiting.append(pool.submit(_open_safely, batch, opener, limits, crew))
            if len(waiting) >= _AHEAD * count:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        crew.stop()
        pool.shutdown(wait=True)


def _is_local(opener: Callable[[str], BinaryIO]) -> bool:
    return bool(getattr(opener, "is_local", False))


def _batches(files: Sequence[SourceImage], most: int) -> Iterator[list[SourceImage]]:
    """Yield the files in order, the small ones together."""
    batch: list[SourceImage] = []
    size = 0
    for file in files:
        if batch and (len(batch) >= most or size + file.size_bytes > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += file.size_bytes
    if batch:
        yield batch


def _open_safely(
    batch: list[SourceImage], opener: Callable[[str], BinaryIO], limits: Limits, crew: Crew
) -> list[ImageFacts | Reject]:
    """Open files on this machine in a worker; fetch any other here, for that needs this process's connections."""
    if _is_local(opener):
        return crew.open([Task(file, limits, opener) for file in batch])
    return [_fetch(file, opener, limits, crew) for file in batch]


def _fetch(
    file: SourceImage, opener: Callable[[str], BinaryIO], limits: Limits, crew: Crew
) -> ImageFacts | Reject:
    try:
        with opener(file.path) as handle:
            size = handle.seek(0, io.SEEK_END)
            handle.seek(0)
            if size > reading.WHOLE_BYTES:
                return crew.open([Task(file, limits, size_bytes=size)], handle)[0]
            data = handle.read()
    except ClipplotError:
        raise
    except Exception as error:  # noqa: BLE001 - every store's client raises errors of its own
        return explain_fetch(error, file.path).as_reject(file.path)
    return crew.open([Task(file, limits, data=data)])[0]
