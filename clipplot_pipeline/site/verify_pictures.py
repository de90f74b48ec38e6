"""Checks of a site's pictures: tiles and detail pictures.

Belongs here: presence, size, decoding, and that no metadata leaks. Each check yields problems as text.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from PIL import Image, UnidentifiedImageError

from clipplot_pipeline.site.format import detail_path
from clipplot_pipeline.site.manifest import Manifest
from clipplot_pipeline.storage import Store
from clipplot_pipeline.zorder import (
    LEVELS,
    SMALL_TILE_PX,
    TILE_PX,
    count_tiles,
    find_cover_problems,
    iterate_tiles,
    tile_path,
)

#: Keys of Pillow's ``info`` that carry more than pixels.
METADATA_KEYS = frozenset({"exif", "xmp", "icc_profile", "photoshop", "comment"})

_Item = TypeVar("_Item")


def name_tiles(manifest: Manifest) -> list[str]:
    """Return the address of every tile, the overview's among them."""
    shown = manifest.boot.overview if manifest.boot else None
    sides = manifest.tiles.sides
    overview = count_tiles(shown.count, shown.level) if shown and shown.level in LEVELS else 0
    return [tile_path(shown.segment, shown.level, n) for n in range(overview) if shown] + [
        tile_path(segment.id, level, number)
        for segment in manifest.segments
        for level, side in sides.items()
        if level in LEVELS and level <= side
        for number in range(count_tiles(segment.count, level, side))
    ]


def name_details(manifest: Manifest, ids: Sequence[str]) -> list[str]:
    """Return the address of every detail picture, given the image ids."""
    template = manifest.details.path if manifest.details else ""
    return [detail_path(template, image_id) for image_id in ids] if template else []


def check_tiles(
    store: Store, manifest: Manifest, sizes: Mapping[str, int], sample: int | None
) -> Iterator[str]:
    """Yield what keeps every rank from being in exactly one cell of a sound tile at each level."""
    segments = manifest.tile_segments
    yield from find_cover_problems(segments, manifest.image_count)
    small = manifest.tiles.small
    named = [*manifest.tiles.levels, *(small.levels if small else ())]
    sides = manifest.tiles.sides
    if (
        not set(named) <= set(LEVELS)
        or len(sides) != len(named)
        or manifest.tiles.tile_px != TILE_PX
        or (small is not None and small.tile_px != SMALL_TILE_PX)
    ):
        yield (
            f"tiles: {manifest.tiles}; expected tiles of {TILE_PX} px, small ones of {SMALL_TILE_PX} px, and levels "
            f"of {LEVELS}, each once"
        )
        return
    tiles = [
        (tile_path(segment.id, level, tile.number), (tile.width_px, tile.height_px))
        for segment in segments
        for level, side in sides.items()
        for tile in iterate_tiles(segment.count, level, side)
    ]
    shown = manifest.boot.overview if manifest.boot else None
    if shown is not None:
        if sides.get(shown.level) != TILE_PX:
            yield f"boot.overview: level {shown.level}; expected one of {manifest.tiles.levels}"
            return
        overview = iterate_tiles(shown.count, shown.level)
        tiles += [
            (tile_path(shown.segment, shown.level, t.number), (t.width_px, t.height_px)) for t in overview
        ]
    yield from (f"{path}: the tile is missing" for path, _ in tiles if not sizes.get(path))
    for path, size in pick_evenly([tile for tile in tiles if sizes.get(tile[0])], sample):
        yield from check_picture(store, path, "WEBP", size)


def check_details(
    store: Store, manifest: Manifest, ids: Sequence[str], sizes: Mapping[str, int], sample: int | None
) -> Iterator[str]:
    """Yield what is wrong with the detail pictures: one an image, without metadata."""
    hidden = set(manifest.tombstones)
    paths = name_details(manifest, [image_id for rank, image_id in enumerate(ids) if rank not in hidden])
    yield from (f"{path}: the detail picture is missing" for path in paths if not sizes.get(path))
    for path in pick_evenly([path for path in paths if sizes.get(path)], sample):
        yield from check_picture(store, path, "JPEG", None)


def pick_evenly(items: Sequence[_Item], sample: int | None) -> Sequence[_Item]:
    """Return at most ``sample`` items, evenly spread, the last among them: it is the odd one."""
    if sample is None or len(items) <= sample:
        return items
    return [items[-1 - k * len(items) // sample] for k in range(sample)]


def check_picture(store: Store, path: str, kind: str, size: tuple[int, int] | None) -> Iterator[str]:
    """Yield what is wrong with a picture: that it is not of a kind and size (px), or carries more than pixels."""
    try:
        with Image.open(io.BytesIO(store.read_bytes(path))) as picture:
            picture.load()
    except UnidentifiedImageError:
        yield f"{path}: cannot be decoded, for it is no picture; expected {kind}"
        return
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        yield f"{path}: cannot be decoded ({error}); expected {kind}"
        return
    if picture.format != kind or (size is not None and picture.size != size):
        yield f"{path}: {picture.format} of {picture.size} px; expected {kind} of {size or 'any'} px"
    if leaks := METADATA_KEYS & picture.info.keys():
        yield f"{path}: it carries {', '.join(sorted(leaks))}; expected no metadata"
