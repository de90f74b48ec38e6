"""Opening many originals, each exactly once, on all cores and in order.

Belongs here: the one handle on each original, hashing, the pool, what a row of ``images`` is made of.
Does not belong here: decoding (``decode``).
"""

from __future__ import annotations

import hashlib
import io
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import BinaryIO

from clipplot_pipeline.errors import ClipplotError
from clipplot_pipeline.images import formats
from clipplot_pipeline.images.colour import mean_colour
from clipplot_pipeline.images.decode import Decoded, Original, decode
from clipplot_pipeline.images.formats import Refused
from clipplot_pipeline.images.phash import perceptual_hash
from clipplot_pipeline.model import ImageFacts, Reject, SourceImage

#: Originals up to this size are read in one go; larger ones are decoded from the file, then hashed in pieces.
WHOLE_BYTES = 64 << 20
#: Finished pictures that wait for a slow one before them, per worker: renditions only, some 100 kB each.
_AHEAD = 8
_PIECE_BYTES = 1 << 20
_HEAD_BYTES = 1 << 16


def open_images(
    files: Sequence[SourceImage],
    opener: Callable[[str], BinaryIO],
    *,
    rendition_px: int,
    max_pixels: int,
    workers: int,
) -> Iterator[ImageFacts | Reject]:
    """Open originals and yield what each gives, in the order of ``files``.

    Parameters
    ----------
    files : sequence of SourceImage
        What to open; ``opener`` is called exactly once for each.
    opener : function
        Opens a path for reading, seekable; see ``sources.open_source``. Called from several threads.
    rendition_px : int
        Short side of the renditions, px.
    max_pixels : int
        A picture with more pixels is rejected.
    workers : int
        Pictures that are decoded at a time; 0: one a core. Memory is bounded by so many pictures.

    Yields
    ------
    ImageFacts or Reject
        A bad file is a ``Reject``, never an exception.

    Raises
    ------
    ClipplotError
        What the opener raises of that kind: the source as a whole cannot be read.
    """
    formats.prepare_pillow(max_pixels)
    count = workers or os.cpu_count() or 1
    pool = ThreadPoolExecutor(count, thread_name_prefix="clipplot-images")
    waiting: deque[Future[ImageFacts | Reject]] = deque()
    try:
        for file in files:
            waiting.append(
                pool.submit(open_one, file, opener, rendition_px=rendition_px, max_pixels=max_pixels)
            )
            if len(waiting) >= _AHEAD * count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def open_one(
    file: SourceImage, opener: Callable[[str], BinaryIO], *, rendition_px: int, max_pixels: int
) -> ImageFacts | Reject:
    """Open one original, once, and return its facts and rendition, or why it has none.

    ``formats.prepare_pillow`` has been called in this process. Arguments and result can be pickled.
    """
    try:
        try:
            handle = opener(file.path)
        except OSError as error:
            raise formats.explain_open(error) from error
        with handle:
            return _read(file, handle, rendition_px, max_pixels)
    except Refused as refused:
        return Reject(file.path, refused.kind, refused.reason)
    except ClipplotError:
        raise
    except Exception as error:  # noqa: BLE001 - one bad image never stops a run, whatever it makes a library do
        outcome = formats.explain_error(error, "picture")
        return Reject(file.path, outcome.kind, outcome.reason)


def _read(file: SourceImage, handle: BinaryIO, rendition_px: int, max_pixels: int) -> ImageFacts:
    """Look at the header, decode, and only then hash: all on one handle."""
    head = handle.read(_HEAD_BYTES)
    names = formats.candidates(file.path, head)  # refuses before anything large is read
    size = handle.seek(0, io.SEEK_END)
    handle.seek(0)
    data = handle.read() if size <= WHOLE_BYTES else None
    stream = handle if data is None else io.BytesIO(data)
    original = Original(file.path, stream, size, head, data)
    decoded = decode(original, names, rendition_px=rendition_px, max_pixels=max_pixels)
    digest = hashlib.sha256(data).hexdigest() if data is not None else _hash(handle)
    return _facts(file.path, size, digest, decoded)


def _hash(handle: BinaryIO) -> str:
    handle.seek(0)
    digest = hashlib.sha256()
    while piece := handle.read(_PIECE_BYTES):
        digest.update(piece)
    return digest.hexdigest()


def _facts(path: str, size_bytes: int, sha256: str, decoded: Decoded) -> ImageFacts:
    return ImageFacts(
        path=path,
        size_bytes=size_bytes,
        sha256=sha256,
        format=decoded.format,
        width_px=decoded.width_px,
        height_px=decoded.height_px,
        taken_at=decoded.capture.taken_at,
        latitude=decoded.capture.latitude,
        longitude=decoded.capture.longitude,
        mean_rgb=mean_colour(decoded.picture),
        phash=perceptual_hash(decoded.picture),
        rendition=decoded.rendition,
    )
