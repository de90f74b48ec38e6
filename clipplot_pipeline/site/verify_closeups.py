"""Checks of close-ups: those in the site are whole and tell nothing, others are of the one server that is named.

Belongs here: a reader of pyramids that trusts nothing (site format §16). Does not belong here: writing them.
"""

from __future__ import annotations

import io
import itertools
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from PIL import Image

from clipplot_pipeline.errors import SiteError
from clipplot_pipeline.site.format import detail_path
from clipplot_pipeline.site.manifest import CloseupsEntry, Manifest
from clipplot_pipeline.site.verify_pictures import METADATA_KEYS, check_picture, pick_evenly
from clipplot_pipeline.site.word_blocks import number_blocks, read_block
from clipplot_pipeline.storage import Store

#: Tags of TIFF that a pyramid has, and the sizes of their types; any other could tell something.
_TAGS = frozenset({254, 256, 257, 258, 259, 262, 277, 284, 322, 323, 324, 325, 530})
_NEEDED = frozenset({256, 257, 259, 322, 323, 324, 325})
_TYPES = {3: ("H", 2), 4: ("I", 4)}
_JPEG = 7
_MOST_LEVELS = 32


@dataclass(frozen=True, slots=True)
class PyramidLevel:
    """One level: its size, that of its tiles, and where these lie, row by row. Units: px, bytes."""

    width_px: int
    height_px: int
    tile_px: tuple[int, int]
    tiles: tuple[tuple[int, int], ...]


def name_closeups(manifest: Manifest, ids: Sequence[str]) -> list[str]:
    """Return the addresses that close-ups in the site may have, given the image ids."""
    template = manifest.closeups.path if manifest.closeups else None
    return [detail_path(template, image_id) for image_id in ids] if template else []


def check_closeups(
    store: Store, manifest: Manifest, sizes: Mapping[str, int], sample: int | None
) -> Iterator[str]:
    """Yield what is wrong with the close-ups that the words name."""
    entry = manifest.closeups
    if entry is None:
        return
    there: list[str] = []
    hidden = set(manifest.tombstones)
    for rank, image_id, told in _iterate_rows(store, manifest):
        if told is None or told is False or rank in hidden:
            continue
        if entry.path is None:
            yield from _check_address(rank, told, entry)
            continue
        path = detail_path(entry.path, image_id)
        if told is not True:
            yield f"words of rank {rank}: closeup is {told!r}; expected true, for it lies in the site"
        elif sizes.get(path):
            there.append(path)
        else:
            yield f"{path}: the close-up is missing"
    for path in pick_evenly(there, sample):
        if entry.kind == "picture":
            yield from check_picture(store, path, "JPEG", None)
        else:
            yield from check_pyramid(path, store.read_bytes(path), is_thorough=sample is None)


def _iterate_rows(store: Store, manifest: Manifest) -> Iterator[tuple[int, str, bool | str | None]]:
    for number in number_blocks(manifest):
        try:
            _, block = read_block(store, manifest, number)
        except SiteError:
            continue  # `check_words` tells
        for rank, row in enumerate(block.rows, block.first_rank):
            yield rank, row.id, row.closeup


def _check_address(rank: int, told: bool | str, entry: CloseupsEntry) -> Iterator[str]:
    if not isinstance(told, str) or not told.startswith(f"{entry.origin}/"):
        yield f"words of rank {rank}: closeup is {told!r}; expected an address below {entry.origin}/"


def check_pyramid(path: str, data: bytes, *, is_thorough: bool) -> Iterator[str]:
    """Yield what is wrong with a pyramid: its levels, and all its tiles or, of each level, the first and the last."""
    try:
        levels = read_pyramid(data)
    except ValueError as error:
        yield f"{path}: {error}; expected a pyramid of JPEG tiles"
        return
    for number, (above, below) in enumerate(itertools.pairwise(levels), start=1):
        half = -(-above.width_px // 2), -(-above.height_px // 2)
        if (below.width_px, below.height_px) != half:
            yield f"{path}: level {number} is {below.width_px} x {below.height_px}; expected {half[0]} x {half[1]}"
    for number, level in enumerate(levels):
        tiles = level.tiles if is_thorough else dict.fromkeys((level.tiles[0], level.tiles[-1]))
        for offset, length in tiles:
            problem = _check_tile(data[offset : offset + length], level)
            if problem:
                yield f"{path}: level {number}, tile at byte {offset}: {problem}"


def read_pyramid(data: bytes) -> list[PyramidLevel]:
    """Return the levels of a pyramid, the largest first.

    Raises
    ------
    ValueError
        The bytes are no such file, or hold more than its pictures.
    """
    if data[:4] != b"II*\0" or len(data) < 8:
        raise ValueError("no little-endian TIFF")
    levels: list[PyramidLevel] = []
    position = int.from_bytes(data[4:8], "little")
    while position:
        if len(levels) == _MOST_LEVELS:
            raise ValueError(f"more than {_MOST_LEVELS} levels")
        values, position = _read_directory(data, position)
        levels.append(_read_level(values, len(data)))
    if not levels:
        raise ValueError("no levels")
    return levels


def _read_directory(data: bytes, position: int) -> tuple[dict[int, tuple[int, ...]], int]:
    """Return a directory's tags, and where the next one lies (0: nowhere)."""
    try:
        (count,) = struct.unpack_from("<H", data, position)
        values: dict[int, tuple[int, ...]] = {}
        for entry in range(position + 2, position + 2 + 12 * count, 12):
            tag, kind, number = struct.unpack_from("<HHI", data, entry)
            if tag not in _TAGS or kind not in _TYPES:
                raise ValueError(f"tag {tag} of type {kind}, which no pyramid has")
            letter, size = _TYPES[kind]
            place = entry + 8
            if number * size > 4:
                (place,) = struct.unpack_from("<I", data, place)
            values[tag] = struct.unpack_from(f"<{number}{letter}", data, place)
        (following,) = struct.unpack_from("<I", data, position + 2 + 12 * count)
    except struct.error:
        raise ValueError("a directory runs over the end") from None
    if not following or following > position:
        return values, following
    raise ValueError("directories that run in a circle")


def _read_level(values: Mapping[int, tuple[int, ...]], length: int) -> PyramidLevel:
    if not all(values.get(tag) for tag in _NEEDED):
        raise ValueError(f"a level without tags {sorted(_NEEDED - values.keys())}")
    width, height, tile_width, tile_height = (values[tag][0] for tag in (256, 257, 322, 323))
    if values[259][0] != _JPEG or not min(width, height, tile_width, tile_height):
        raise ValueError("a level that is not of JPEG tiles")
    expected = -(-width // tile_width) * -(-height // tile_height)
    tiles = tuple(zip(values[324], values[325], strict=False))
    if len(values[324]) != expected or len(values[325]) != expected:
        raise ValueError(f"a level of {len(tiles)} tiles; {width} x {height} px are {expected}")
    if any(offset + size > length for offset, size in tiles):
        raise ValueError("a tile runs over the end")
    return PyramidLevel(width, height, (tile_width, tile_height), tiles)


def _check_tile(data: bytes, level: PyramidLevel) -> str | None:
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as picture:
            picture.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        return f"it cannot be decoded ({error}); expected JPEG"
    if picture.size != level.tile_px:
        return f"{picture.size} px; expected {level.tile_px}"
    if leaks := METADATA_KEYS & picture.info.keys():
        return f"it carries {', '.join(sorted(leaks))}; expected no metadata"
    return None
