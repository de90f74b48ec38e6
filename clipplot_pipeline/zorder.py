"""Where a rank's cell lies: Z-order, tiles and boxes (site format §3).

Belongs here: pure arithmetic that the writer of tiles and the reader of a site share.
Does not belong here: pixels (``atlases``), files (``site``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.model import Segment

#: Side of a full tile, and of one of large cells. Unit: px.
TILE_PX = 512
SMALL_TILE_PX = 256
#: Sides of a cell, one a level, from small to large. Unit: px.
LEVELS = (8, 16, 32, 64, 128)
#: Levels in small tiles: whoever looks at few large pictures, which are neighbours on the screen but not in rank,
#: fetches a tile for each of them (docs/decisions/0095).
SMALL_TILE_LEVELS = frozenset({128})


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile of a segment: its number, the cells in it, and its size in px."""

    number: int
    first: int
    count: int
    width_px: int
    height_px: int


class Cell(NamedTuple):
    """The place of one image at one level: the tile's number and the cell's box in px."""

    tile: int
    left_px: int
    top_px: int


def decode_morton(places: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return columns (even bits) and rows (odd bits) of places on the Z-curve, each within [0, 2³²)."""
    values = np.asarray(places, dtype=np.int64)
    return _gather_even_bits(values), _gather_even_bits(values >> 1)


def encode_morton(columns: NDArray[Any], rows: NDArray[Any]) -> NDArray[np.int64]:
    """Return the places on the Z-curve of columns and rows, each within [0, 2¹⁶)."""
    return _spread_bits(np.asarray(columns, np.int64)) | (_spread_bits(np.asarray(rows, np.int64)) << 1)


def _gather_even_bits(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Undo ``_spread_bits``: the magic numbers of "Bit Twiddling Hacks" (S. E. Anderson), 32 bit."""
    values = values & 0x55555555
    for shift, mask in ((1, 0x33333333), (2, 0x0F0F0F0F), (4, 0x00FF00FF), (8, 0x0000FFFF)):
        values = (values | (values >> shift)) & mask
    return values


def _spread_bits(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Move bit k of a 16-bit number to bit 2k."""
    values = values & 0xFFFF
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        values = (values | (values << shift)) & mask
    return values


def bound_prefix(count: int) -> tuple[int, int]:
    """Return columns and rows of the box, anchored at 0, 0, round the first ``count`` places on the Z-curve.

    The largest column (or row) below a place is reached either by the place itself, or by one that shares
    its upper bits, has a 0 where the place has a 1, and only 1 below.
    """
    if count <= 0:
        return 0, 0
    last = count - 1
    candidates = [last]
    for bit in range(last.bit_length()):
        if last >> bit & 1:
            candidates.append((last >> (bit + 1) << (bit + 1)) | ((1 << bit) - 1))
    columns, rows = decode_morton(np.array(candidates))
    return int(columns.max()) + 1, int(rows.max()) + 1


def tile_side(level: int) -> int:
    """Return the side of the tiles of a level, as they are written. Unit: px."""
    return SMALL_TILE_PX if level in SMALL_TILE_LEVELS else TILE_PX


def cells_per_tile(level: int, tile_px: int | None = None) -> int:
    """Return how many cells a full tile of a level holds; ``tile_px`` is its side where another wrote it."""
    if level not in LEVELS:
        raise ValueError(f"level {level}: expected one of {LEVELS}")
    return ((tile_px or tile_side(level)) // level) ** 2


def iterate_tiles(count: int, level: int, tile_px: int | None = None) -> Iterator[Tile]:
    """Yield the tiles of a segment of ``count`` images at a level, by number; only the last is cropped."""
    cells = cells_per_tile(level, tile_px)
    for number, first in enumerate(range(0, count, cells)):
        used = min(cells, count - first)
        columns, rows = bound_prefix(used)
        yield Tile(number, first, used, columns * level, rows * level)


def count_tiles(count: int, level: int, tile_px: int | None = None) -> int:
    """Return how many tiles a segment of ``count`` images has at a level."""
    return -(-count // cells_per_tile(level, tile_px))


def locate_cell(row: int, level: int) -> Cell:
    """Return where the image in a row of a segment lies at a level."""
    number, place = divmod(row, cells_per_tile(level))
    columns, rows = decode_morton(np.array([place]))
    return Cell(number, int(columns[0]) * level, int(rows[0]) * level)


def find_cover_problems(segments: Sequence[Segment], image_count: int) -> list[str]:
    """Return what keeps the segments from covering every rank exactly once; empty if they do."""
    problems = []
    expected = 0
    for segment in segments:
        if segment.count < 1:
            problems.append(f"segment {segment.id}: it holds {segment.count} images; expected at least 1")
        if segment.first_rank != expected:
            problems.append(
                f"segment {segment.id}: it begins at rank {segment.first_rank}; expected {expected}, "
                "so that every rank is in exactly one segment"
            )
        expected = segment.first_rank + segment.count
    if expected != image_count:
        problems.append(
            f"segments: they end at rank {expected}; expected {image_count}, the number of images"
        )
    return problems


def tile_path(segment_id: str, level: int, number: int) -> str:
    """Return where a tile lies, relative to the site (and to the store that tiles are written to)."""
    return f"s/{segment_id}/{level}/{number}.webp"
