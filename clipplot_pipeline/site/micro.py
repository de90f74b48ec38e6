"""Micro-thumbnails: every image as 4 × 4 pixels in 8 bytes (site format §12).

Belongs here: the blocks (BC1, as graphics cards know it), both ways, and cutting them out of the smallest tiles.
Does not belong here: which files they go to (``build``).
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clipplot_pipeline.model import Segment
from clipplot_pipeline.storage import Store
from clipplot_pipeline.zorder import decode_morton, iterate_tiles, tile_path

RANKS_PER_CHUNK = 65_536
SIDE_PX = 4
#: Steps of the power iteration that finds the line along which a block's colours lie.
ITERATIONS = 6
#: Shares of the second end in a block's four colours.
SHARES = np.array([0, 1, 1 / 3, 2 / 3], np.float32)

Blocks = NDArray[np.uint16]


def iterate_chunks(tiles: Store, segments: Sequence[Segment], levels: Sequence[int]) -> Iterator[Blocks]:
    """Yield the blocks of all ranks, a chunk at a time; shape (ranks of the chunk, 4).

    They are cut out of the tiles of the smallest level, so that a kept segment need not be decoded from its pictures.

    Parameters
    ----------
    tiles : Store
        Holds ``s/<segment_id>/<level>/<n>.webp``.
    segments : sequence of Segment
        They cover all ranks.
    levels : sequence of int
        Sides of the tiles' cells. Unit: px.
    """
    waiting: list[Blocks] = []
    count = 0
    for segment in segments:
        for tile in iterate_tiles(segment.count, levels[0]):
            data = tiles.read_bytes(tile_path(segment.id, levels[0], tile.number))
            waiting.append(encode_blocks(cut_small(data, levels[0], tile.count)))
            count += tile.count
            while count >= RANKS_PER_CHUNK:
                together = np.concatenate(waiting)
                yield together[:RANKS_PER_CHUNK]
                waiting, count = [together[RANKS_PER_CHUNK:]], count - RANKS_PER_CHUNK
    if count:
        yield np.concatenate(waiting)


def cut_small(webp: bytes, level: int, count: int) -> NDArray[np.uint8]:
    """Return the first cells of a tile, reduced to 4 × 4 pixels by means; shape (count, 4, 4, 3)."""
    with Image.open(io.BytesIO(webp)) as image:
        picture = np.asarray(image.convert("RGB"))
    step = level // SIDE_PX
    rows, columns = picture.shape[0] // level, picture.shape[1] // level
    split = picture.reshape(rows, SIDE_PX, step, columns, SIDE_PX, step, 3)
    small = (split.sum(axis=(2, 5), dtype=np.uint32) + step * step // 2) // (step * step)
    cells = small.transpose(0, 2, 1, 3, 4).astype(np.uint8)
    across, down = decode_morton(np.arange(count))
    cut: NDArray[np.uint8] = cells[down, across]
    return cut


def encode_blocks(pixels: NDArray[np.uint8]) -> Blocks:
    """Return the block of every picture.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (n, 4, 4, 3)
        sRGB.

    Returns
    -------
    ndarray of uint16, shape (n, 4)
        Two colours (5, 6, 5 bits), the first never below the second; then 16 indices of 2 bits, the upper left pixel
        in the lowest bits. The ends are the extremes along the principal axis of the colours (range fit, as in
        S. Brown's libsquish), found by power iteration.
    """
    flat = pixels.reshape(-1, 16, 3).astype(np.float32)
    mean = flat.mean(axis=1, keepdims=True)
    away = flat - mean
    spread = np.einsum("nki,nkj->nij", away, away)
    axis = spread[np.arange(len(flat)), :, spread.diagonal(axis1=1, axis2=2).argmax(axis=1)]
    for _ in range(ITERATIONS):
        axis = np.einsum("nij,nj->ni", spread, axis)
        axis /= np.maximum(np.linalg.norm(axis, axis=1, keepdims=True), 1e-12)
    along = np.einsum("nki,ni->nk", away, axis)
    ends = [mean[:, 0] + axis * extreme(along, axis=1, keepdims=True) for extreme in (np.max, np.min)]
    packed = np.stack([_pack_565(end) for end in ends])
    first, second = packed.max(axis=0), packed.min(axis=0)
    palette = _mix(first, second)
    distance = ((flat[:, :, None] - palette[:, None]) ** 2).sum(axis=3)
    indices = distance.argmin(axis=2).astype(np.uint32)
    indices[first == second] = 0
    bits = (indices << (2 * np.arange(16, dtype=np.uint32))).sum(axis=1, dtype=np.uint32)
    return np.stack([first, second, bits & 0xFFFF, bits >> 16], axis=1).astype(np.uint16)


def decode_blocks(blocks: Blocks) -> NDArray[np.uint8]:
    """Return the pictures of blocks, shape (n, 4, 4, 3)."""
    bits = blocks[:, 2].astype(np.uint32) | (blocks[:, 3].astype(np.uint32) << 16)
    indices = (bits[:, None] >> (2 * np.arange(16, dtype=np.uint32))) & 3
    palette = _mix(blocks[:, 0], blocks[:, 1])
    chosen = np.take_along_axis(palette, indices[:, :, None].astype(np.int64), axis=1)
    pixels: NDArray[np.uint8] = np.rint(chosen).astype(np.uint8).reshape(-1, SIDE_PX, SIDE_PX, 3)
    return pixels


def _pack_565(colors: NDArray[np.float32]) -> NDArray[np.uint16]:
    steps = np.rint(colors.clip(0, 255) * (np.array([31, 63, 31], np.float32) / 255)).astype(np.uint16)
    return ((steps[:, 0] << 11) | (steps[:, 1] << 5) | steps[:, 2]).astype(np.uint16)


def _mix(first: NDArray[np.uint16], second: NDArray[np.uint16]) -> NDArray[np.float32]:
    """Return the four colours of blocks, shape (n, 4, 3)."""
    ends = [
        np.stack([(c >> 11) / 31, (c >> 5 & 63) / 63, (c & 31) / 31], axis=1) * 255.0 for c in (first, second)
    ]
    near, far = (end.astype(np.float32)[:, None] for end in ends)
    mixed: NDArray[np.float32] = near + (far - near) * SHARES[None, :, None]
    return mixed
