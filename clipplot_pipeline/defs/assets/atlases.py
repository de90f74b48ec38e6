"""`atlases`."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from clipplot_pipeline import schemas
from clipplot_pipeline.atlases import TileSettings, check_cells, encode_segment, order_images, plan_segments
from clipplot_pipeline.defs.io import iterate_renditions, read_layout
from clipplot_pipeline.defs.step import Check, Outcome, Step, make_asset
from clipplot_pipeline.graph import Node
from clipplot_pipeline.images import recipe
from clipplot_pipeline.settings import Settings
from clipplot_pipeline.storage import hash_json


def atlases_assets(graph: Mapping[str, Node], settings: Settings) -> list[Any]:
    """Return the asset of the group."""
    checks = {"one_cell_a_level": "Every live image is in exactly one cell of every level."}
    return [make_asset(graph["atlases"], settings, compute_atlases, checks)]


def compute_atlases(step: Step) -> Outcome:
    """Order the images along the primary layout and encode their tiles."""
    catalog = step.input("catalog").read_table("catalog.parquet", columns=["image_id", "sha256"])
    ids = catalog["image_id"].to_pylist()
    layout = read_layout(step.input(f"layout_{step.settings.primary_layout}"), catalog["image_id"])
    ranks = order_images(layout.positions, ids)
    settings = TileSettings(quality=step.settings.tile_quality, rendition=recipe(step.settings.rendition_px))
    hashes = catalog["sha256"].take(pa.array(ranks)).to_pylist()
    ranked_ids = [ids[row] for row in ranks]
    segments = plan_segments(ranked_ids, hashes, settings)
    bytes_by_level: dict[str, int] = {}
    files = unreadable = 0
    for segment in segments:
        last = segment.first_rank + segment.count
        place = {sha: row for row, sha in enumerate(hashes[segment.first_rank : last])}
        report = encode_segment(
            step.out,
            segment,
            _place_renditions(step, place),
            settings,
            workers=step.settings.workers,
            progress=step.progress,
        )
        files += report.files
        unreadable += len(report.unreadable)
        for level, size in report.bytes_by_level.items():
            bytes_by_level[str(level)] = bytes_by_level.get(str(level), 0) + size
    ranked = pa.table(
        {"image_id": pa.array(ranked_ids, pa.string()), "rank": np.arange(len(ids))}, schema=schemas.RANKS
    )
    described = [segment.to_json() for segment in segments]
    step.out.write_json("segments.json", {"segments": described, "levels": list(settings.levels)})
    problems = check_cells(step.out, segments, len(ids), settings.levels)
    return Outcome(
        data_version=hash_json([step.out.write_table("ranks.parquet", ranked), described]),
        facts={
            "images": len(ids),
            "segments": len(segments),
            "files": files,
            "unreadable_renditions": unreadable,
            "bytes": sum(bytes_by_level.values()),
            "bytes_by_level": bytes_by_level,
        },
        checks=(
            Check(
                "one_cell_a_level",
                not problems,
                "; ".join(problems[:5]) or f"{len(ids):,} images in {files:,} tiles",
            ),
        ),
    )


def _place_renditions(step: Step, place: dict[str, int]) -> Iterator[tuple[int, bytes]]:
    """Yield the renditions of a segment with their row in it, each picture once."""
    for sha256, rendition in iterate_renditions(step.shards("images"), set(place)):
        yield place[sha256], rendition
