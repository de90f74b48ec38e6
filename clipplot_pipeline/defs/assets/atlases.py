"""`atlases`."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from clipplot_pipeline import schemas
from clipplot_pipeline.atlases import (
    TileSettings,
    check_cells,
    encode_segment,
    has_segment,
    order_images,
    plan_segments,
)
from clipplot_pipeline.defs.io import iterate_renditions, read_layout
from clipplot_pipeline.defs.step import Check, Outcome, Step, make_asset
from clipplot_pipeline.graph import Node
from clipplot_pipeline.images import recipe
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.model import Layout, Segment
from clipplot_pipeline.settings import Settings
from clipplot_pipeline.storage import Store, hash_json


def atlases_assets(graph: Mapping[str, Node], settings: Settings) -> list[Any]:
    """Return the asset of the group."""
    checks = {"one_cell_a_level": "Every live image is in exactly one cell of every level."}
    return [make_asset(graph["atlases"], settings, compute_atlases, checks)]


def compute_atlases(step: Step) -> Outcome:
    """Order the images along the primary layout and encode the tiles of new segments."""
    catalog = step.input("catalog").read_table("catalog.parquet", columns=["image_id", "sha256"])
    ids = catalog["image_id"].to_pylist()
    layout = read_layout(step.input(f"layout_{step.settings.primary_layout}"), catalog["image_id"])
    settings = TileSettings(quality=step.settings.tile_quality, rendition=recipe(step.settings.rendition_px))
    curve = _name_curve(layout)
    along = order_images(layout.positions, ids)
    hashes = catalog["sha256"].take(pa.array(along)).to_pylist()
    ranked, segments = plan_segments(
        [ids[row] for row in along], hashes, settings, _segments_before(step, curve)
    )
    hash_of = dict(zip(ids, catalog["sha256"].to_pylist(), strict=True))
    drop_unnamed_segments(step.ledger)
    tiles = tiles_store(step.ledger)
    encoded = [segment for segment in segments if not has_segment(tiles, segment, settings.levels)]
    sizes, unreadable = _encode(step, encoded, settings, [hash_of[image_id] for image_id in ranked])
    table = pa.table(
        {"image_id": pa.array(ranked, pa.string()), "rank": np.arange(len(ids))}, schema=schemas.RANKS
    )
    described = [segment.to_json() for segment in segments]
    step.out.write_json(
        "segments.json", {"segments": described, "levels": list(settings.levels), "curve": curve}
    )
    problems = check_cells(tiles, segments, len(ids), settings.levels)
    return Outcome(
        data_version=hash_json([step.out.write_table("ranks.parquet", table), described]),
        facts={
            "images": len(ids),
            "segments": len(segments),
            "segments_encoded": len(encoded),
            "images_encoded": sum(segment.count for segment in encoded),
            "unreadable_renditions": unreadable,
            "bytes_encoded": sum(sizes.values()),
            "bytes_by_level": {str(level): size for level, size in sizes.items()},
        },
        checks=(
            Check(
                "one_cell_a_level",
                not problems,
                "; ".join(problems[:5]) or f"{len(ids):,} images in {len(segments):,} segments",
            ),
        ),
    )


def tiles_store(ledger: Ledger) -> Store:
    """Return where the tiles of all builds lie: a segment's name says what is in it, so that builds share them."""
    return ledger.store.child("tiles")


def drop_unnamed_segments(ledger: Ledger) -> None:
    """Delete the tiles of segments that no output of `atlases` names any more."""
    outputs = ledger.store.child("atlases")
    listed = [f"{name}/segments.json" for name in outputs.list_folders()]
    kept = [outputs.read_json(path)["segments"] for path in listed if outputs.exists(path)]
    named = {segment["id"] for segments in kept for segment in segments}
    tiles = tiles_store(ledger)
    for name in tiles.list_folders("s"):
        if name not in named:
            tiles.delete(f"s/{name}")


def _name_curve(layout: Layout) -> str:
    """Return what tells whether old images lie where they lay: the making of the map, or all positions."""
    if "fit" not in layout.facts:
        return hash_json([layout.name, hashlib.sha256(layout.positions.tobytes()).hexdigest()])
    fit = {name: value for name, value in layout.facts["fit"].items() if name != "placed"}
    return hash_json([layout.name, fit, layout.facts["transform"]])


def _segments_before(step: Step, curve: str) -> list[list[str]]:
    """Return the ids of each segment of the build before, if it followed the same curve."""
    if step.ledger.record("atlases") is None:
        return []
    folder = step.ledger.folder("atlases")
    if not folder.exists("segments.json"):
        return []
    described = folder.read_json("segments.json")
    if described.get("curve") != curve:
        return []
    ranked = folder.read_table("ranks.parquet")["image_id"].to_pylist()
    segments = [Segment(**segment) for segment in described["segments"]]
    return [ranked[segment.first_rank : segment.first_rank + segment.count] for segment in segments]


def _encode(
    step: Step, segments: Sequence[Segment], settings: TileSettings, hashes: Sequence[str]
) -> tuple[dict[int, int], int]:
    """Encode segments, and return the bytes of each level and how many renditions could not be decoded."""
    sizes: dict[int, int] = {}
    unreadable = 0
    for segment in segments:
        own = hashes[segment.first_rank : segment.first_rank + segment.count]
        report = encode_segment(
            tiles_store(step.ledger),
            segment,
            _place_renditions(step, {sha: row for row, sha in enumerate(own)}),
            settings,
            workers=step.settings.workers,
            progress=step.progress,
        )
        unreadable += len(report.unreadable)
        for level, size in report.bytes_by_level.items():
            sizes[level] = sizes.get(level, 0) + size
    return sizes, unreadable


def _place_renditions(step: Step, place: dict[str, int]) -> Iterator[tuple[int, bytes]]:
    """Yield the renditions of a segment with their row in it, each picture once."""
    for sha256, rendition in iterate_renditions(step.shards("images"), set(place)):
        yield place[sha256], rendition
