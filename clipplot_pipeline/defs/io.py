"""The stages' dataclasses as files between assets: Parquet for rows, JSON for what stands beside them.

Belongs here: each dataclass' way to the store and back, joined by ``image_id``. Does not belong here: schemas
(``schemas``), atomic writing (``storage``), any computation.
"""

from __future__ import annotations

import contextlib
import dataclasses
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from clipplot_pipeline import schemas
from clipplot_pipeline.embeddings import gather_vectors
from clipplot_pipeline.errors import StoreError
from clipplot_pipeline.model import (
    CellArea,
    ClusterLevel,
    Clusters,
    Duplicates,
    Label,
    Layout,
    Measure,
    Neighbors,
    Shape,
    Spread,
)
from clipplot_pipeline.storage import Store, hash_json


def align_rows(ids: pa.ChunkedArray, order: pa.ChunkedArray, what: str) -> NDArray[np.int64]:
    """Return, for every id of ``order``, its row in ``ids``.

    Raises
    ------
    StoreError
        If an id is missing, or rows are left over: tables join without loss or not at all.
    """
    rows = pc.index_in(order, value_set=ids)
    if rows.null_count or len(ids) != len(order):
        raise StoreError(
            f"{what}: it has {len(ids):,} rows, {rows.null_count:,} images are missing; expected one row for each of "
            f"{len(order):,} images; run `clipplot build` to make it again"
        )
    return np.asarray(rows.to_numpy(), dtype=np.int64)


def write_neighbors(out: Store, ids: list[str], neighbors: Neighbors) -> str:
    """Write ``neighbors.parquet`` and return its data version."""
    present = neighbors.rows >= 0
    flat = pa.array(ids, pa.string()).take(pa.array(neighbors.rows[present]))
    offsets = np.concatenate([[0], np.cumsum(present.sum(axis=1))]).astype(np.int32)
    table = pa.table(
        {
            "image_id": pa.array(ids, pa.string()),
            "ids": pa.ListArray.from_arrays(pa.array(offsets), flat),
            "similarities": pa.ListArray.from_arrays(
                pa.array(offsets), pa.array(neighbors.similarities[present], pa.float32())
            ),
        },
        schema=schemas.NEIGHBORS,
    )
    return out.write_table("neighbors.parquet", table)


def read_neighbors(folder: Store, ids: pa.ChunkedArray) -> Neighbors:
    """Return the neighbours in catalog rows, in the order of ``ids``."""
    table = folder.read_table("neighbors.parquet")
    table = table.take(pa.array(align_rows(table["image_id"], ids, "neighbors")))
    counts = table["ids"].combine_chunks().value_lengths().to_numpy(zero_copy_only=False)
    width = int(counts.max(initial=0))
    rows = np.full((len(ids), width), -1, np.int32)
    similarities = np.full((len(ids), width), np.nan, np.float32)
    place = np.arange(width) < counts[:, None]
    rows[place] = pc.index_in(table["ids"].combine_chunks().flatten(), value_set=ids).to_numpy()
    similarities[place] = table["similarities"].combine_chunks().flatten().to_numpy()
    return Neighbors(rows, similarities)


def write_duplicates(out: Store, ids: list[str], duplicates: Duplicates) -> str:
    """Write ``duplicates.parquet``, group by group, and return its data version."""
    rows = np.flatnonzero(duplicates.group >= 0)
    rows = rows[np.argsort(duplicates.group[rows], kind="stable")]
    group = duplicates.group[rows]
    table = pa.table(
        {
            "image_id": pa.array(ids, pa.string()).take(pa.array(rows)),
            "group": pa.array(group, pa.int32()),
            "is_earliest": pa.array(duplicates.earliest[group] == rows),
            "is_largest": pa.array(duplicates.largest[group] == rows),
        },
        schema=schemas.DUPLICATES,
    )
    return out.write_table("duplicates.parquet", table)


def read_duplicates(folder: Store, ids: pa.ChunkedArray) -> Duplicates:
    """Return the groups in catalog rows, in the order of ``ids``."""
    table = folder.read_table("duplicates.parquet")
    rows = pc.index_in(table["image_id"], value_set=ids)
    if rows.null_count:
        raise StoreError(
            f"duplicates: {rows.null_count:,} of {len(rows):,} images are not in the catalog; "
            "run `clipplot build` to make it again"
        )
    place = rows.to_numpy().astype(np.int32)
    group = np.full(len(ids), -1, np.int32)
    group[place] = table["group"].to_numpy()
    # Rows lie group by group, each with one head of either kind.
    heads = (place[table[name].to_numpy(zero_copy_only=False)] for name in ("is_earliest", "is_largest"))
    return Duplicates(group, *heads)


def write_measures(out: Store, ids: list[str], measures: tuple[Measure, ...]) -> str:
    """Write ``quality.parquet``, a column a measure, with its sidecar, and return their data version."""
    columns = {measure.name: pa.array(measure.values, pa.float32()) for measure in measures}
    sidecar = [{"name": m.name, "title": m.title, "description": m.description} for m in measures]
    out.write_json("quality.json", sidecar)
    table = pa.table({"image_id": pa.array(ids, pa.string()), **columns})
    return hash_json([out.write_table("quality.parquet", table), sidecar])


def read_measures(folder: Store, ids: pa.ChunkedArray) -> tuple[Measure, ...]:
    """Return the measures in the order of ``ids``."""
    table = folder.read_table("quality.parquet")
    table = table.take(pa.array(align_rows(table["image_id"], ids, "quality")))
    return tuple(
        Measure(**entry, values=table[entry["name"]].to_numpy()) for entry in folder.read_json("quality.json")
    )


def write_layout(out: Store, ids: list[str], layout: Layout) -> str:
    """Write ``layout.parquet`` with its sidecar and return their data version."""
    shown = ids if layout.reason is None else []
    sidecar: dict[str, Any] = {
        "name": layout.name,
        "reason": layout.reason,
        "facts": dict(layout.facts),
        "spreads": [
            {"picture_size": spread.picture_size, "aspect": spread.aspect} for spread in layout.spreads
        ],
        **_describe_frame(layout),
        "tall": _describe_frame(layout.tall) if layout.tall else None,
    }
    out.write_json("layout.json", sidecar)
    versions = [out.write_table("layout.parquet", _tabulate(shown, layout.positions))]
    for number, spread in enumerate(layout.spreads):
        versions.append(out.write_table(f"spread-{number}.parquet", _tabulate(shown, spread.positions)))
    if layout.tall is not None:
        versions.append(out.write_table("tall.parquet", _tabulate(shown, layout.tall.positions)))
    return hash_json([*versions, sidecar])


def _describe_frame(layout: Layout) -> dict[str, Any]:
    """Return what stands round the images of a layout as plain JSON values."""
    return {
        "labels": [label.to_json() for label in layout.labels],
        "ground": [shape.to_json() for shape in layout.ground],
        "cells": [dataclasses.asdict(area) for area in layout.cells],
    }


def _read_frame(sidecar: Mapping[str, Any]) -> dict[str, Any]:
    """Return labels, ground and cells as ``Layout`` takes them."""
    return {
        "labels": tuple(Label(**label) for label in sidecar["labels"]),
        "ground": tuple(Shape.from_json(shape) for shape in sidecar.get("ground", [])),
        "cells": tuple(CellArea(**area) for area in sidecar.get("cells", [])),
    }


def _tabulate(ids: list[str], positions: NDArray[np.float32]) -> pa.Table:
    x, y = (pa.array(positions[:, axis], pa.float32()) for axis in (0, 1))
    return pa.table({"image_id": pa.array(ids, pa.string()), "x": x, "y": y}, schema=schemas.LAYOUT)


def read_layout(folder: Store, ids: pa.ChunkedArray) -> Layout:
    """Return a layout in the order of ``ids``."""
    sidecar = folder.read_json("layout.json")
    what = f"layout_{sidecar['name']}"
    positions = np.empty((0, 2), np.float32)
    if sidecar["reason"] is None:
        positions = _read_positions(folder, "layout.parquet", ids, what)
    spreads = tuple(
        Spread(_read_positions(folder, f"spread-{number}.parquet", ids, what), **spread)
        for number, spread in enumerate(sidecar.get("spreads", []))
    )
    name, tall = sidecar["name"], None
    if sidecar.get("tall") is not None:
        tall = Layout(
            name, _read_positions(folder, "tall.parquet", ids, what), **_read_frame(sidecar["tall"])
        )
    return Layout(
        name,
        positions,
        reason=sidecar["reason"],
        facts=sidecar["facts"],
        spreads=spreads,
        tall=tall,
        **_read_frame(sidecar),
    )


def _read_positions(folder: Store, name: str, ids: pa.ChunkedArray, what: str) -> NDArray[np.float32]:
    table = folder.read_table(name)
    rows = align_rows(table["image_id"], ids, what)
    positions = np.column_stack([table["x"].to_numpy(), table["y"].to_numpy()])[rows]
    return positions.astype(np.float32).reshape(-1, 2)


def write_clusters(out: Store, ids: list[str], clusters: Clusters) -> str:
    """Write ``clusters.parquet`` with its sidecar and return their data version."""
    batches = [
        pa.record_batch(
            {
                "image_id": pa.array(ids, pa.string()),
                "level": pa.array(np.full(len(ids), number, np.int16)),
                "cluster": pa.array(level.cluster, pa.int32()),
                "membership": pa.array(level.membership, pa.float32()),
            },
            schema=schemas.CLUSTERS,
        )
        for number, level in enumerate(clusters.levels)
    ]
    sidecar = {
        "reason": clusters.reason,
        "levels": [
            {
                "names": list(level.names),
                "representatives": [[ids[row] for row in rows] for rows in level.representatives],
                "outlines": [np.round(outline.astype(float), 5).tolist() for outline in level.outlines],
            }
            for level in clusters.levels
        ],
    }
    out.write_json("clusters.json", sidecar)
    return hash_json([out.write_batches("clusters.parquet", schemas.CLUSTERS, batches), sidecar])


def read_clusters(folder: Store, ids: pa.ChunkedArray) -> Clusters:
    """Return the clusters in catalog rows, in the order of ``ids``."""
    sidecar = folder.read_json("clusters.json")
    table = folder.read_table("clusters.parquet")
    row_of = {image_id: row for row, image_id in enumerate(ids.to_pylist())} if sidecar["levels"] else {}
    levels = []
    for number, beside in enumerate(sidecar["levels"]):
        part = table.filter(pc.equal(table["level"], number))
        part = part.take(pa.array(align_rows(part["image_id"], ids, f"clusters of level {number}")))
        levels.append(
            ClusterLevel(
                part["cluster"].to_numpy(),
                part["membership"].to_numpy(),
                tuple(beside["names"]),
                tuple(tuple(row_of[image_id] for image_id in named) for named in beside["representatives"]),
                tuple(np.array(outline, np.float32).reshape(-1, 2) for outline in beside["outlines"]),
            )
        )
    return Clusters(tuple(levels), sidecar["reason"])


@contextlib.contextmanager
def open_vectors(
    shards: Iterator[tuple[str, Store]], sha256_order: list[str], dim: int
) -> Iterator[NDArray[np.float32]]:
    """Lend the vectors of all images as one matrix on the local disk, in the order asked for; float32, shape (n, D)."""
    with tempfile.TemporaryDirectory(prefix="clipplot-vectors-", ignore_cleanup_errors=True) as folder:
        batches = (batch for _, store in shards for batch in store.read_batches("embeddings.parquet"))
        vectors = gather_vectors(batches, sha256_order, dim, Path(folder) / "vectors.f32")
        yield vectors
        del vectors  # lets go of the file before its folder is removed


def iterate_renditions(shards: Iterable[tuple[str, Store]], wanted: set[str]) -> Iterator[tuple[str, bytes]]:
    """Yield (sha256, JPEG) of every wanted picture once, shard by shard; no more than a batch is held.

    Of a shard without any only the hashes are read: a drop of ten costs what its own shards hold.
    """
    left = set(wanted)
    for _, store in shards:
        held = store.read_table("images.parquet", columns=["sha256"])["sha256"].to_pylist()
        if left.isdisjoint(held):
            continue
        for batch in store.read_batches("images.parquet", columns=["sha256", "rendition"], rows=64):
            for sha256, rendition in zip(
                batch.column("sha256").to_pylist(), batch.column("rendition"), strict=True
            ):
                if sha256 in left:
                    left.discard(sha256)
                    yield sha256, rendition.as_py()
        if not left:
            return
