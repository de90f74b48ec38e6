"""Opening one original, once: its header first, then its pixels, then its hash, all on one handle.

Belongs here: the one handle, hashing, what a row of ``images`` is made of.
Does not belong here: decoding (``decode``), many originals (``opening``).
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import os
import tempfile
from collections.abc import Callable
from typing import BinaryIO

from PIL import Image

from clipplot_pipeline.errors import ClipplotError, StoreError
from clipplot_pipeline.images import formats
from clipplot_pipeline.images.colour import mean_colour
from clipplot_pipeline.images.decode import Decoded, Original, decode
from clipplot_pipeline.images.formats import Refused
from clipplot_pipeline.images.limits import Limits
from clipplot_pipeline.images.phash import SIDE, perceptual_hash
from clipplot_pipeline.model import ImageFacts, Reject, SourceImage

#: Originals up to this size are read in one go; larger ones are decoded from the file, then hashed in pieces.
WHOLE_BYTES = 64 << 20
_PIECE_BYTES = 1 << 20
_HEAD_BYTES = 1 << 16


def open_one(file: SourceImage, opener: Callable[[str], BinaryIO], limits: Limits) -> ImageFacts | Reject:
    """Open one original in this process, once, and return its facts and rendition, or why it has none.

    ``formats.prepare_pillow`` has been called in this process.
    """
    try:
        try:
            handle = opener(file.path)
        except OSError as error:
            raise formats.explain_open(error) from error
        with handle:
            return _read(file, handle, limits)
    except Refused as refused:
        return refused.as_reject(file.path)
    except ClipplotError:
        raise
    except Exception as error:  # noqa: BLE001 - one bad image never stops a run, whatever it makes a library do
        return formats.explain_error(error, "picture").as_reject(file.path)


def _read(file: SourceImage, handle: BinaryIO, limits: Limits) -> ImageFacts:
    """Look at the header, decode, and only then hash: all on one handle."""
    head = handle.read(_HEAD_BYTES)
    names = formats.candidates(file.path, head)  # refuses before anything large is read
    size = handle.seek(0, io.SEEK_END)
    handle.seek(0)
    data = handle.read() if size <= WHOLE_BYTES else None
    stream = handle if data is None else io.BytesIO(data)
    original = Original(file.path, stream, size, head, data)
    decoded = decode(original, names, limits)
    digest = hashlib.sha256(data).hexdigest() if data is not None else _hash(handle)
    found = _facts(file.path, size, digest, decoded)
    if decoded.closeup is None or limits.cutting is None:
        return found
    return dataclasses.replace(found, closeup=_put_aside(decoded.closeup, limits.cutting.folder))


def _put_aside(data: bytes, folder: str) -> str:
    """Write a close-up to the local disk and return its path: many wait for their turn, and memory is not for that."""
    try:
        handle, path = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
    except OSError as error:  # nothing is wrong with the picture: it is not to be left out for it
        raise StoreError(
            f"{folder}: close-ups cannot be put aside there ({error.strerror or error}); expected a folder with room "
            "for some; make room, or name another folder in the variable TMPDIR"
        ) from error
    return path


def _hash(handle: BinaryIO) -> str:
    handle.seek(0)
    digest = hashlib.sha256()
    while piece := handle.read(_PIECE_BYTES):
        digest.update(piece)
    return digest.hexdigest()


def _facts(path: str, size_bytes: int, sha256: str, decoded: Decoded) -> ImageFacts:
    # One look at the pixels serves both: cells of equal area keep the mean, and the hash sees no more than these.
    tiny = decoded.picture.resize((SIDE, SIDE), Image.Resampling.BOX, reducing_gap=2.0)
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
        mean_rgb=mean_colour(tiny),
        phash=perceptual_hash(tiny),
        rendition=decoded.rendition,
        camera=decoded.capture.camera,
        note=decoded.note,
    )
