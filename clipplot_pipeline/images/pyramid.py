"""Deep-zoom pictures as one file: a tiled, pyramidal TIFF of JPEG tiles, its directories first.

Belongs here: the file's bytes. Does not belong here: which pictures get one, how large it is (``closeup``).
Source: TIFF 6.0 (sections 15, 21, 22), TIFF Technical Note 2 (every tile a JPEG of its own), and the order of Cloud
Optimized GeoTIFF: all directories lie before all tiles, so that a reader knows where every tile is after one request.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass

import numpy as np
from PIL import Image

TILE_PX = 512
#: From this quality on colours are kept at full resolution.
FULL_COLOUR_QUALITY = 90
_SHORT, _LONG = 3, 4
_MOST_BYTES = (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class _Level:
    """One level: its size and its tiles as JPEG, row by row."""

    width_px: int
    height_px: int
    tiles: list[bytes]


def subsampling(quality: int) -> str:
    """Return how colours are stored, as Pillow names it."""
    return "4:4:4" if quality >= FULL_COLOUR_QUALITY else "4:2:0"


def write_pyramid(picture: Image.Image, quality: int) -> bytes:
    """Return a picture of mode L or RGB as a pyramid, each level half of the one before, down to a single tile.

    Parameters
    ----------
    picture : Image
        Upright, sRGB.
    quality : int
        Of JPEG, 1 to 100.

    Raises
    ------
    ValueError
        The file would be longer than TIFF can address (4 GiB).
    """
    levels = []
    while True:
        levels.append(_Level(*picture.size, _cut_tiles(picture, quality)))
        if max(picture.size) <= TILE_PX:
            break
        picture = picture.reduce(2)
    return _join(levels, is_grey=picture.mode == "L", has_full_colour=quality >= FULL_COLOUR_QUALITY)


def _cut_tiles(picture: Image.Image, quality: int) -> list[bytes]:
    width, height = picture.size
    return [
        _encode(picture.crop((x, y, min(x + TILE_PX, width), min(y + TILE_PX, height))), quality)
        for y in range(0, height, TILE_PX)
        for x in range(0, width, TILE_PX)
    ]


def _encode(tile: Image.Image, quality: int) -> bytes:
    """Return a tile as JPEG; TIFF has only whole ones, so those at the edges are filled up with their last pixels."""
    if tile.size != (TILE_PX, TILE_PX):
        more = [(0, TILE_PX - tile.height), (0, TILE_PX - tile.width), (0, 0)]
        pixels = np.asarray(tile)
        tile = Image.fromarray(np.pad(pixels, more[: pixels.ndim], mode="edge"))
    out = io.BytesIO()
    tile.save(out, "JPEG", quality=quality, subsampling="4:4:4" if tile.mode == "L" else subsampling(quality))
    return out.getvalue()


def _join(levels: list[_Level], *, is_grey: bool, has_full_colour: bool) -> bytes:
    """Return the file: header, directories from the largest level on, tiles from the smallest level on."""
    place = 8 + sum(len(_describe(level, 0, 0, 0, is_grey, has_full_colour)) for level in levels)
    starts: list[int] = []
    for level in reversed(levels):
        starts.insert(0, place)
        place += sum(map(len, level.tiles))
    if place > _MOST_BYTES:
        raise ValueError(f"a pyramid of {place} bytes; TIFF can address 4 GiB")
    parts = [b"II*\0" + struct.pack("<I", 8)]
    position = 8
    for number, (level, start) in enumerate(zip(levels, starts, strict=True)):
        directory = _describe(level, number, position, start, is_grey, has_full_colour)
        position += len(directory)
        if number == len(levels) - 1:  # no directory follows
            cut = 2 + 12 * int.from_bytes(directory[:2], "little")
            directory = directory[:cut] + bytes(4) + directory[cut + 4 :]
        parts.append(directory)
    return b"".join([*parts, *(tile for level in reversed(levels) for tile in level.tiles)])


def _describe(
    level: _Level, number: int, position: int, start: int, is_grey: bool, has_full_colour: bool
) -> bytes:
    """Return a level's directory with its long values after it; the next one is said to follow at once."""
    lengths = [len(tile) for tile in level.tiles]
    offsets = (start + np.concatenate([[0], np.cumsum(lengths[:-1])])).astype(np.int64).tolist()
    spread = 1 if has_full_colour else 2
    entries: list[tuple[int, int, list[int]]] = [
        (254, _LONG, [1 if number else 0]),  # a smaller version of another
        (256, _LONG, [level.width_px]),
        (257, _LONG, [level.height_px]),
        (258, _SHORT, [8] if is_grey else [8, 8, 8]),
        (259, _SHORT, [7]),  # JPEG
        (262, _SHORT, [1 if is_grey else 6]),  # black is zero; YCbCr
        (277, _SHORT, [1 if is_grey else 3]),
        (284, _SHORT, [1]),
        (322, _LONG, [TILE_PX]),
        (323, _LONG, [TILE_PX]),
        (324, _LONG, offsets),
        (325, _LONG, lengths),
    ]
    if not is_grey:
        entries.append((530, _SHORT, [spread, spread]))
    after = position + 2 + 12 * len(entries) + 4
    heads, tails = [], []
    for tag, kind, values in entries:
        packed = struct.pack(f"<{len(values)}{'H' if kind == _SHORT else 'I'}", *values)
        if len(packed) > 4:
            packed += bytes(len(packed) % 2)
            tails.append(packed)
            packed, after = struct.pack("<I", after), after + len(packed)
        heads.append(struct.pack("<HHI", tag, kind, len(values)) + packed.ljust(4, b"\0"))
    return b"".join([struct.pack("<H", len(entries)), *heads, struct.pack("<I", after), *tails])
