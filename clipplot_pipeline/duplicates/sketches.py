"""Sketches: what is kept of a picture while it is compared with others.

Belongs here: a picture's points with their descriptors, as it is and mirrored, and a small grey copy, all of fixed size
in a file on the local disk. Does not belong here: comparing (``matching``).

Source of the points: Rublee et al., "ORB: An efficient alternative to SIFT or SURF" (2011).
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

#: Longest side of what points are sought in, and of the grey copy. Unit: px.
SIDE_PX, COPY_PX = 256, 128
#: Points of a picture, at most.
POINTS = 256
#: Narrower than this, a picture has no room for points. Unit: px.
_LEAST_PX = 40
_FACE = [("count", "<i4"), ("points", "<f4", (POINTS, 2)), ("words", "u1", (POINTS, 32))]
#: One picture: 37 kB.
SKETCH = np.dtype(
    [("plain", _FACE), ("mirrored", _FACE), ("shape", "<i4", (2,)), ("copy", "u1", (COPY_PX, COPY_PX))]
)

Sketches = NDArray[Any]


@contextmanager
def open_sketches(count: int) -> Iterator[Sketches]:
    """Lend room for the sketches of so many pictures, in a file on the local disk; `SKETCH`, shape (count,)."""
    with tempfile.TemporaryDirectory(prefix="clipplot-sketches-", ignore_cleanup_errors=True) as folder:
        sketches = np.memmap(Path(folder) / "sketches", SKETCH, "w+", shape=(max(count, 1),))
        yield sketches
        del sketches  # lets go of the file before its folder is removed


def make_sketch(jpeg: bytes) -> Sketches:
    """Return the sketch of a rendition; `SKETCH`, shape (). One that cannot be read has no points."""
    sketch = np.zeros((), SKETCH)
    grey = _decode_grey(jpeg)
    if grey is None:
        return sketch
    grey = _fit(grey, SIDE_PX)
    _find_points(grey, sketch["plain"])
    _find_points(np.ascontiguousarray(grey[:, ::-1]), sketch["mirrored"])
    small = _fit(grey, COPY_PX)
    sketch["shape"] = small.shape
    sketch["copy"][: small.shape[0], : small.shape[1]] = small
    return sketch


def _decode_grey(jpeg: bytes) -> NDArray[Any] | None:
    """Return a picture in grey, at half its size as long as that is enough; None if it cannot be read.

    Pillow and not OpenCV: libjpeg tells of every small damage, which OpenCV lets it write to the user's terminal.
    """
    try:
        with Image.open(io.BytesIO(jpeg)) as picture:
            half = (max(1, picture.width // 2), max(1, picture.height // 2))
            # a small picture is not made smaller still
            picture.draft("L", half if max(picture.size) // 2 >= SIDE_PX else picture.size)
            return np.asarray(picture.convert("L"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None


def _fit(grey: NDArray[Any], side: int) -> NDArray[Any]:
    """Return the picture with this longest side."""
    factor = side / max(grey.shape)
    height, width = (max(1, round(length * factor)) for length in grey.shape)
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    resized: NDArray[Any] = cv2.resize(grey, (width, height), interpolation=way)
    return resized


def _find_points(grey: NDArray[Any], face: NDArray[Any]) -> None:
    """Put points and descriptors into one face of a sketch; points in pixels of the grey copy."""
    if min(grey.shape) < _LEAST_PX:
        return
    finder = cv2.ORB.create(POINTS, edgeThreshold=15, fastThreshold=5)
    points, words = finder.detectAndCompute(grey, np.ones(grey.shape, np.uint8))
    count = min(len(points), POINTS)
    face["count"] = count
    if count:
        places = np.array([point.pt for point in points[:count]], np.float32)
        # The middle of a pixel is half a pixel from its corner, in either size.
        face["points"][:count] = (places + 0.5) * (COPY_PX / SIDE_PX) - 0.5
        face["words"][:count] = words[:count]
