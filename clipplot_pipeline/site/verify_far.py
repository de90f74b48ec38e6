"""Checks of what is seen from afar: micro-thumbnails, and what is shown first of a large site.

Belongs here: that these say the same as the tiles and columns that they stand for. Each check yields problems as text.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.errors import SiteError, StoreError
from clipplot_pipeline.site.boot import decode_boot, quantize_shapes
from clipplot_pipeline.site.columns import Column, decode_column
from clipplot_pipeline.site.manifest import Manifest
from clipplot_pipeline.site.micro import RANKS_PER_CHUNK, cut_small, decode_blocks, encode_blocks
from clipplot_pipeline.site.verify_pictures import pick_evenly
from clipplot_pipeline.storage import Store
from clipplot_pipeline.zorder import LEVELS, iterate_tiles, tile_path

#: Mean difference of a picture's colours from those of its cell: coarser steps make less.
MOST_MICRO_ERROR = 40.0


def check_micro(store: Store, manifest: Manifest, sample: int | None) -> Iterator[str]:
    """Yield what keeps every rank from having one micro-thumbnail that looks like its smallest cell.

    Those of at most ``sample`` tiles are compared; all by default.
    """
    micro = manifest.micro
    if micro is None:
        return
    expected = -(-manifest.image_count // micro.ranks_per_chunk)
    if micro.ranks_per_chunk != RANKS_PER_CHUNK or len(micro.paths) != expected:
        yield (
            f"micro: {len(micro.paths)} chunks of {micro.ranks_per_chunk}; "
            f"expected {expected} of {RANKS_PER_CHUNK} ranks"
        )
        return
    if not set(manifest.tiles.levels) <= set(LEVELS):
        return  # told where tiles are checked
    found = []
    for number, path in enumerate(micro.paths):
        count = min(RANKS_PER_CHUNK, manifest.image_count - number * RANKS_PER_CHUNK)
        try:
            column = decode_column(store.read_bytes(path), path)
        except SiteError as error:
            yield str(error)
            return
        if column.stored.dtype != np.uint16 or column.stored.shape != (count, 4):
            yield f"{path}: {column.stored.shape} of {column.stored.dtype}; expected {(count, 4)} of uint16"
            return
        if column.rank_order != manifest.rank_order:
            yield f"{path}: of rank order {column.rank_order}; expected {manifest.rank_order}"
        found.append(column.stored)
    if found:
        yield from _compare_cells(store, manifest, np.concatenate(found), sample)


def _compare_cells(
    store: Store, manifest: Manifest, blocks: NDArray[np.uint16], sample: int | None
) -> Iterator[str]:
    level = min(manifest.tiles.sides)
    tiles = [
        (tile_path(segment.id, level, tile.number), segment.first_rank + tile.first, tile.count)
        for segment in manifest.tile_segments
        for tile in iterate_tiles(segment.count, level)
    ]
    for path, first, count in pick_evenly(tiles, sample):
        try:
            cells = cut_small(store.read_bytes(path), level, count)
        except (StoreError, OSError, ValueError, SyntaxError, IndexError):
            continue  # the tile itself is at fault, and told so where tiles are checked
        wanted = decode_blocks(encode_blocks(cells)).astype(np.int16)
        shown = decode_blocks(blocks[first : first + count]).astype(np.int16)
        wrong = np.flatnonzero(np.abs(shown - wanted).mean(axis=(1, 2, 3)) > MOST_MICRO_ERROR)
        if len(wrong):
            chunk = (manifest.micro.paths if manifest.micro else [])[first // RANKS_PER_CHUNK]
            yield f"{chunk}: {len(wrong)} pictures, one is rank {first + wrong[0]}, look unlike their cells in {path}"


def check_boot(store: Store, manifest: Manifest) -> Iterator[str]:
    """Yield where what is shown first differs from the columns."""
    entry = manifest.boot
    home = next((layout for layout in manifest.layouts if layout.name == manifest.home_layout), None)
    if entry is None or home is None or home.positions not in manifest.columns:
        return
    try:
        boot = decode_boot(store.read_bytes(entry.path), entry.path)
        positions, colors, aspects = (
            _read(store, manifest, name) for name in (str(home.positions), "color", "aspect")
        )
    except SiteError as error:
        yield str(error)
        return
    ranks = boot.ranks
    if (boot.image_count, boot.rank_order) != (manifest.image_count, manifest.rank_order):
        yield f"{entry.path}: of {boot.image_count} images, {boot.rank_order}; expected this build's"
    elif (
        len(ranks) != entry.count
        or not 0 < entry.overview.count <= len(ranks)
        or ranks[-1] >= len(colors.stored)
    ):
        yield f"{entry.path}: {len(ranks)} images up to rank {ranks[-1:]}; expected {entry.count} of the site"
    elif (np.diff(ranks) <= 0).any():
        yield f"{entry.path}: its ranks do not rise"
    elif not (
        np.array_equal(boot.positions, positions.stored[ranks])
        and np.array_equal(boot.colors, colors.stored[ranks])
        and np.abs(boot.aspects.astype(int) - quantize_shapes(aspects.values[ranks, 0])).max() <= 1
    ):
        yield f"{entry.path}: its positions, colours or shapes are not those of the columns"


def _read(store: Store, manifest: Manifest, name: str) -> Column:
    path = manifest.columns[name].path
    return decode_column(store.read_bytes(path), path)
