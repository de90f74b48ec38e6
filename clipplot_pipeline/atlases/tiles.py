"""Encoding a segment: every rendition is decoded once, every tile written once.

Belongs here: the order of work, scratch files, bounded memory. Does not belong here: pixels (``encode``),
arithmetic of places (``zorder``).
"""

from __future__ import annotations

import itertools
import os
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from clipplot_pipeline.atlases.encode import Pixels, cut_cells, encode_webp, lay_tile
from clipplot_pipeline.atlases.segments import TileSettings
from clipplot_pipeline.errors import StoreError
from clipplot_pipeline.model import Segment
from clipplot_pipeline.storage import Store
from clipplot_pipeline.zorder import Tile, count_tiles, find_cover_problems, iterate_tiles, tile_path

#: Renditions in memory at once, for each worker.
RENDITIONS_A_WORKER = 16
#: What a cell shows whose rendition cannot be decoded.
BLANK_GREY = 128

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class TileReport:
    """What encoding a segment came to.

    Attributes
    ----------
    images, files : int
        Images in the segment, tiles written.
    bytes_by_level : mapping of int to int
        Bytes of the tiles of each level.
    unreadable : tuple of int
        Rows in the segment whose rendition could not be decoded; their cells are grey.
    """

    images: int
    files: int
    bytes_by_level: Mapping[int, int]
    unreadable: tuple[int, ...]

    @property
    def bytes_per_image(self) -> dict[int, float]:
        """Mean bytes of an image at each level."""
        return {level: size / max(self.images, 1) for level, size in self.bytes_by_level.items()}


def encode_segment(
    out: Store,
    segment: Segment,
    renditions: Iterable[tuple[int, bytes]],
    settings: TileSettings | None = None,
    *,
    workers: int = 0,
    progress: Progress | None = None,
) -> TileReport:
    """Write all tiles of a segment to ``s/<segment_id>/<level>/<n>.webp``.

    The cells wait in temporary files on the local disk, in rank order, 65 kB an image (1 GB for 16 thousand
    images; ``TMPDIR`` says where); they are removed afterwards. Memory stays at some renditions and two
    tiles a worker. Equal input gives equal bytes, whatever the order of ``renditions`` and ``workers``.

    Parameters
    ----------
    out : Store
        Where the tiles go.
    segment : Segment
        Its name and the number of its images.
    renditions : iterable of (int, bytes)
        Row in the segment (rank - first_rank) and JPEG of every image, each exactly once, in any order.
    settings : TileSettings, optional
        The same that ``segment.id`` was made with.
    workers : int
        Threads (Pillow lets go of the interpreter while it works); 0: one a core.
    progress : callable, optional
        Called with renditions taken so far and their number.

    Raises
    ------
    StoreError
        If a row is missing, doubled or outside the segment.
    """
    settings = settings or TileSettings()
    threads = workers or os.cpu_count() or 1
    with (
        tempfile.TemporaryDirectory(prefix="clipplot-cells-", ignore_cleanup_errors=True) as folder,
        ThreadPoolExecutor(threads) as pool,
        _Scratch(Path(folder), segment, settings.levels) as scratch,
    ):
        for batch in _batches(renditions, RENDITIONS_A_WORKER * threads):
            list(pool.map(scratch.take, batch))
            if progress:
                progress(scratch.taken, segment.count)
        scratch.check_complete()
        sizes = _write_tiles(out, segment, settings, scratch, pool)
    files = sum(count_tiles(segment.count, level) for level in settings.levels)
    return TileReport(segment.count, files, sizes, tuple(sorted(scratch.unreadable)))


def _write_tiles(
    out: Store, segment: Segment, settings: TileSettings, scratch: _Scratch, pool: ThreadPoolExecutor
) -> dict[int, int]:
    """Encode and write every tile; return the bytes of each level."""

    def write(job: tuple[int, Tile]) -> tuple[int, int]:
        level, tile = job
        picture = lay_tile(scratch.read(level, tile), tile)
        data = encode_webp(picture, settings.quality, settings.method)
        out.write_bytes(tile_path(segment.id, level, tile.number), data)
        return level, len(data)

    jobs = [(level, tile) for level in settings.levels for tile in iterate_tiles(segment.count, level)]
    sizes = dict.fromkeys(settings.levels, 0)
    for level, size in pool.map(write, jobs):
        sizes[level] += size
    return sizes


def has_segment(out: Store, segment: Segment, levels: Sequence[int]) -> bool:
    """Tell whether all tiles of a segment are there, so that it need not be encoded."""
    found = set(out.list_files(f"s/{segment.id}"))
    return all(
        tile_path(segment.id, level, number) in found
        for level in levels
        for number in range(count_tiles(segment.count, level))
    )


def check_cells(
    out: Store, segments: Sequence[Segment], image_count: int, levels: Sequence[int]
) -> tuple[str, ...]:
    """Return what keeps every image from being in exactly one cell a level; empty if nothing does.

    The segments must cover every rank once; each segment must have exactly its tiles; and each tile must have
    the size that just holds its cells.
    """
    problems = find_cover_problems(segments, image_count)
    for segment in segments:
        tiles = {
            tile_path(segment.id, level, tile.number): tile
            for level in levels
            for tile in iterate_tiles(segment.count, level)
        }
        found = set(out.list_files(f"s/{segment.id}"))
        problems += [f"{path}: the tile is missing" for path in sorted(tiles.keys() - found)]
        problems += [f"{path}: no cell belongs to this tile" for path in sorted(found - tiles.keys())]
        for path in sorted(found & tiles.keys()):
            expected = (tiles[path].width_px, tiles[path].height_px)
            size = _read_size(out, path)
            if size != expected:
                problems.append(f"{path}: the tile is {size} px; expected {expected}")
    return tuple(problems)


def _read_size(out: Store, path: str) -> tuple[int, int] | None:
    try:
        with out.open_read(path) as file, Image.open(file) as image:
            return image.size
    except (OSError, ValueError, SyntaxError):
        return None


def _batches(items: Iterable[tuple[int, bytes]], size: int) -> Iterator[list[tuple[int, bytes]]]:
    iterator = iter(items)
    while batch := list(itertools.islice(iterator, size)):
        yield batch


class _Scratch:
    """The cells of a segment on the local disk: one file a level, in rank order."""

    def __init__(self, folder: Path, segment: Segment, levels: Sequence[int]) -> None:
        self._segment = segment
        self._levels = levels
        self._lock = threading.Lock()
        self._has_row = np.zeros(segment.count, np.bool_)
        self._files: dict[int, BinaryIO] = {
            level: (folder / f"{level}.cells").open("w+b") for level in levels
        }
        self.unreadable: list[int] = []

    def __enter__(self) -> _Scratch:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files.values():
            file.close()  # before the folder goes: an open file cannot be removed on Windows

    @property
    def taken(self) -> int:
        """Rows that are there so far."""
        return int(self._has_row.sum())

    def take(self, item: tuple[int, bytes]) -> None:
        """Decode one rendition and keep its cells."""
        row, jpeg = item
        try:
            cells = cut_cells(jpeg, self._levels)
            is_readable = True
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            cells = [np.full((level, level, 3), BLANK_GREY, np.uint8) for level in self._levels]
            is_readable = False
        with self._lock:
            if not 0 <= row < self._segment.count or self._has_row[row]:
                raise StoreError(
                    f"segment {self._segment.id}: row {row} came twice or from outside; "
                    f"expected each of 0 to {self._segment.count - 1} once"
                )
            self._has_row[row] = True
            if not is_readable:
                self.unreadable.append(row)
            for level, cell in zip(self._levels, cells, strict=True):
                file = self._files[level]
                file.seek(row * cell.nbytes)
                file.write(cell.tobytes())

    def check_complete(self) -> None:
        """Raise if a row never came."""
        missing = np.flatnonzero(~self._has_row)
        if len(missing):
            raise StoreError(
                f"segment {self._segment.id}: {len(missing)} of {self._segment.count} renditions are missing, "
                f"the first at row {missing[0]}; run `clipplot build` to make their shards again"
            )

    def read(self, level: int, tile: Tile) -> Pixels:
        """Return the cells of a tile, shape (count, level, level, 3)."""
        size = level * level * 3
        with self._lock:
            file = self._files[level]
            file.seek(tile.first * size)
            data = file.read(tile.count * size)
        return np.frombuffer(data, np.uint8).reshape(tile.count, level, level, 3)
