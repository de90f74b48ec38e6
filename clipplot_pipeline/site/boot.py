"""What a reader of a large site needs first: some images spread over the map, and tiles of the foremost of them.

Belongs here: which images these are, the bytes of ``boot`` (site format §13), and the overview's tiles. Does not
belong here: the other columns (``columns``), the tiles of segments (``atlases``).
"""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clipplot_pipeline.errors import SiteError
from clipplot_pipeline.model import Segment
from clipplot_pipeline.site.columns import HEADER, open_column, split_delta, undo_delta
from clipplot_pipeline.storage import Store
from clipplot_pipeline.zorder import bound_prefix, cells_per_tile, decode_morton, iterate_tiles, tile_path

#: Images in ``boot`` at most: a smaller site needs none.
BOOT_IMAGES = 16_384
#: Images in the overview's tiles, and the level of these.
OVERVIEW_IMAGES = 1_024
OVERVIEW_LEVEL = 32
MAGIC = b"CPLB"
VERSION = 1
QUALITY, METHOD = 70, 4
#: log2(width / height) is stored as round(21 · value) + 127.
ASPECT_STEPS, ASPECT_MIDDLE = 21, 127


@dataclass(frozen=True, slots=True)
class Boot:
    """The images that are shown first.

    Attributes
    ----------
    ranks : ndarray of int64, shape (m,)
        Rising.
    positions : ndarray of uint16, shape (m, 2)
        Of the home layout, quantised as in its column.
    colors : ndarray of uint8, shape (m, 3)
        Mean colours, sRGB.
    aspects : ndarray of uint8, shape (m,)
        ``round(21 · log2(width / height)) + 127``.
    image_count : int
        Of the whole site.
    rank_order : str
        16 hex digits: of the manifest that it belongs to.
    """

    ranks: NDArray[np.int64]
    positions: NDArray[np.uint16]
    colors: NDArray[np.uint8]
    aspects: NDArray[np.uint8]
    image_count: int
    rank_order: str


def measure_priority(ranks: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Return the drawing priority of ranks: a well-mixed hash (the finaliser of MurmurHash3), without ties."""
    mixed = (ranks + 1).astype(np.uint32)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        mixed = (mixed ^ (mixed >> np.uint32(shift))) * np.uint32(factor)
    result: NDArray[np.uint32] = mixed ^ (mixed >> np.uint32(16))
    return result


def choose_ranks(image_count: int, most: int) -> NDArray[np.int64]:
    """Return the ranks of ``boot``, rising: of each of ``most`` even stretches of ranks the one of highest priority.

    Ranks follow a curve through the home layout, so even stretches of ranks are an even share of every place.
    """
    if image_count <= most:
        return np.arange(image_count)
    ranks = np.arange(image_count)
    stretch = ranks * most // image_count
    order = np.lexsort((measure_priority(ranks), stretch))
    last = np.flatnonzero(np.diff(stretch, append=most))
    return np.sort(order[last])


def order_overview(ranks: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Return the ranks of the overview's cells in their order: those of ``boot`` by falling priority."""
    return ranks[np.argsort(measure_priority(ranks))[::-1]][:most]


def encode_boot(boot: Boot) -> bytes:
    """Return the file of ``boot``."""
    count = len(boot.ranks)
    gaps = np.diff(boot.ranks, prepend=-1)
    if count and gaps.max() > 0xFFFF:
        raise ValueError(f"boot: two of its ranks are {gaps.max()} apart; expected at most 65,535")
    fields = (
        MAGIC,
        VERSION,
        3,
        1,
        3,
        count,
        boot.image_count,
        bytes.fromhex(boot.rank_order),
        -1.0,
        2.0 / 65535,
    )
    planes = [split_delta(boot.positions[:, 0]), split_delta(boot.positions[:, 1])]
    low_high = gaps.astype("<u2").view(np.uint8).reshape(-1, 2).T.tobytes()
    payload = low_high + b"".join(planes) + boot.colors.T.tobytes() + boot.aspects.tobytes()
    return gzip.compress(HEADER.pack(*fields) + payload, compresslevel=9, mtime=0)


def decode_boot(data: bytes, name: str = "boot") -> Boot:
    """Return what a file of ``boot`` holds.

    Raises
    ------
    SiteError
        If it is not one, of a version that is not known, or cut short.
    """
    raw = open_column(data, name, MAGIC)
    _, version, _, _, _, count, image_count, rank_order, _, _ = HEADER.unpack_from(raw)
    expected = HEADER.size + 10 * count
    if version != VERSION or len(raw) != expected:
        raise SiteError(f"{name}: version {version}, {len(raw)} bytes; expected {VERSION}, {expected}")
    planes = np.frombuffer(raw, np.uint8, offset=HEADER.size).reshape(10, count)
    gaps = planes[0].astype(np.int64) | (planes[1].astype(np.int64) << 8)
    positions = np.stack([undo_delta(planes[2:4]), undo_delta(planes[4:6])], axis=1)
    return Boot(
        np.cumsum(gaps) - 1, positions, planes[6:9].T.copy(), planes[9].copy(), image_count, rank_order.hex()
    )


def quantize_shapes(log_aspects: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return log2(width / height) as ``boot`` has it."""
    return (np.rint(log_aspects * ASPECT_STEPS) + ASPECT_MIDDLE).clip(0, 255).astype(np.uint8)


def draw_overview(
    tiles: Store, segments: Sequence[Segment], ranks: NDArray[np.int64], level: int
) -> tuple[str, list[tuple[str, bytes]]]:
    """Return the name of the overview, and its tiles: address and WebP.

    The cells are taken out of the segments' tiles; so many tiles are decoded as hold one. The name is a hash of the
    ranks and of the segments, which say what is in the cells.
    """
    deciding = [
        f"overview 1 {level} {QUALITY} {METHOD}",
        *(s.id for s in segments),
        *map(str, ranks.tolist()),
    ]
    name = hashlib.sha256("\n".join(deciding).encode()).hexdigest()[:20]
    cells = _cut_cells(tiles, segments, ranks, level)
    drawn = []
    for tile in iterate_tiles(len(ranks), level):
        columns, rows = bound_prefix(tile.count)
        picture = np.zeros((rows, columns, level, level, 3), np.uint8)
        across, down = decode_morton(np.arange(tile.count))
        picture[down, across] = cells[tile.first : tile.first + tile.count]
        flat = picture.transpose(0, 2, 1, 3, 4).reshape(rows * level, columns * level, 3)
        out = io.BytesIO()
        Image.fromarray(flat).save(out, "WEBP", quality=QUALITY, method=METHOD)
        drawn.append((tile_path(name, level, tile.number), out.getvalue()))
    return name, drawn


def _cut_cells(
    tiles: Store, segments: Sequence[Segment], ranks: NDArray[np.int64], level: int
) -> NDArray[np.uint8]:
    """Return the cells of ranks, shape (m, level, level, 3); every tile is decoded once."""
    cells = np.empty((len(ranks), level, level, 3), np.uint8)
    firsts = np.array([segment.first_rank for segment in segments])
    owner = np.searchsorted(firsts, ranks, side="right") - 1
    number, place = np.divmod(ranks - firsts[owner], cells_per_tile(level))
    across, down = decode_morton(place)
    for at in range(len(segments)):
        for tile in np.unique(number[owner == at]):
            data = tiles.read_bytes(tile_path(segments[at].id, level, int(tile)))
            with Image.open(io.BytesIO(data)) as image:
                picture = np.asarray(image.convert("RGB"))
            for k in np.flatnonzero((owner == at) & (number == tile)):
                top, left = int(down[k]) * level, int(across[k]) * level
                cells[k] = picture[top : top + level, left : left + level]
    return cells
