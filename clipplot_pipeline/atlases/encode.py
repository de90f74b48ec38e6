"""From a rendition to its cells, and from cells to a tile's bytes.

Belongs here: pixels. Does not belong here: files, the order of work (``tiles``).

Everything is computed on sRGB values as they are, not in linear light: the mean colours of the far points, the
sampling of textures and the steps between levels in the viewer do the same, so that nothing changes its
brightness while zooming.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clipplot_pipeline.zorder import Tile, decode_morton

Pixels = NDArray[np.uint8]


def cut_cells(jpeg: bytes, levels: Sequence[int]) -> list[Pixels]:
    """Return a picture squashed to the square cells of every level.

    Parameters
    ----------
    jpeg : bytes
        A rendition.
    levels : sequence of int
        Sides of the cells, rising. Unit: px.

    Returns
    -------
    list of ndarray of uint8, shape (level, level, 3)
        In the order of ``levels``. The largest is cut with Lanczos, each smaller by exact 2 × 2 means.

    Raises
    ------
    OSError, ValueError, SyntaxError
        What Pillow raises if the bytes are not a picture.
    """
    largest = levels[-1]
    with Image.open(io.BytesIO(jpeg)) as image:
        image.draft(
            "RGB", (2 * largest, 2 * largest)
        )  # decoding at a fraction of the size is several times faster
        squashed = image.convert("RGB").resize((largest, largest), Image.Resampling.LANCZOS, reducing_gap=3.0)
    pixels: Pixels = np.asarray(squashed)
    cells = {largest: pixels}
    while len(pixels) > levels[0]:
        pixels = halve(pixels)
        cells[len(pixels)] = pixels
    return [cells[level] for level in levels]


def halve(pixels: Pixels) -> Pixels:
    """Return the means of 2 × 2 pixels, rounded half up; shape (2h, 2w, 3) becomes (h, w, 3)."""
    height, width, channels = pixels.shape
    blocks = pixels.reshape(height // 2, 2, width // 2, 2, channels)
    means: Pixels = ((blocks.sum(axis=(1, 3), dtype=np.uint16) + 2) >> 2).astype(np.uint8)
    return means


def lay_tile(cells: Pixels, tile: Tile) -> Pixels:
    """Return a tile's picture: cells, shape (count, level, level, 3), in Z-order; the rest is black."""
    level = cells.shape[1]
    picture = np.zeros((tile.height_px, tile.width_px, 3), np.uint8)
    columns, rows = decode_morton(np.arange(tile.count))
    grid = picture.reshape(tile.height_px // level, level, tile.width_px // level, level, 3).swapaxes(1, 2)
    grid[rows, columns] = cells
    return picture


def encode_webp(picture: Pixels, quality: int, method: int) -> bytes:
    """Return a picture as lossy WebP without metadata."""
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "WEBP", quality=quality, method=method)
    return out.getvalue()
