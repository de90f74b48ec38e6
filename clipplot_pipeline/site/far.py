"""The files of what is seen from afar: micro-thumbnails, and what is shown first of a large site.

Belongs here: which of them a site has, and what the manifest says of them. Does not belong here: their bytes
(``micro``, ``boot``).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from clipplot_pipeline.site.boot import (
    OVERVIEW_IMAGES,
    OVERVIEW_LEVEL,
    Boot,
    choose_ranks,
    draw_overview,
    encode_boot,
    order_overview,
    quantize_shapes,
)
from clipplot_pipeline.site.columns import Column, encode_column, quantize_positions
from clipplot_pipeline.site.content import SiteContent
from clipplot_pipeline.site.format import hash_bytes
from clipplot_pipeline.site.micro import RANKS_PER_CHUNK, iterate_chunks

#: Address and content of each.
FarFiles = list[tuple[str, bytes]]


def plan_micro(content: SiteContent, rank_order: str) -> tuple[dict[str, Any], FarFiles]:
    """Return the manifest's entry of the micro-thumbnails, and their files."""
    files = []
    for number, blocks in enumerate(iterate_chunks(content.tiles, content.segments, content.levels)):
        data = encode_column(Column(blocks, rank_order))
        files.append((f"c/micro-{number}.{hash_bytes(data)}.bin", data))
    return {"ranks_per_chunk": RANKS_PER_CHUNK, "paths": [path for path, _ in files]}, files


def plan_boot(
    content: SiteContent, ranked: pa.Table, rank_order: str
) -> tuple[dict[str, Any] | None, FarFiles]:
    """Return the manifest's entry of what is shown first, and its files; None if the site is small.

    Parameters
    ----------
    content : SiteContent
        All of the site.
    ranked : pyarrow.Table
        Its catalog in rank order.
    rank_order : str
        16 hex digits, of the manifest.
    """
    count, level = len(content.ranks), max(side for side in content.levels if side <= OVERVIEW_LEVEL)
    if count <= content.boot_images:
        return None, []
    ranks = choose_ranks(count, content.boot_images)
    positions = quantize_positions(content.home.positions[content.ranks[ranks]], rank_order)
    shown = ranked.take(pa.array(ranks))
    shapes = quantize_shapes(np.log2(shown["width_px"].to_numpy() / shown["height_px"].to_numpy()))
    colors = np.array(shown["mean_rgb"].to_pylist(), np.uint8)
    data = encode_boot(Boot(ranks, positions.stored, colors, shapes, count, rank_order))
    foremost = order_overview(ranks, OVERVIEW_IMAGES)
    segment, tiles = draw_overview(content.tiles, content.segments, foremost, level)
    path = f"c/boot.{hash_bytes(data)}.bin"
    overview = {"segment": segment, "level": level, "count": len(foremost)}
    return {"path": path, "count": len(ranks), "overview": overview}, [(path, data), *tiles]
