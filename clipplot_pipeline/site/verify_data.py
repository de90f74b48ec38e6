"""Checks of a site's numbers and words.

Belongs here: columns, labels, values, words, the exported table. Each check yields problems as text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from clipplot_pipeline.errors import SiteError
from clipplot_pipeline.site.columns import Column
from clipplot_pipeline.site.fields import KINDS_WITH_VALUES, NO_DAY
from clipplot_pipeline.site.format import (
    MAX_LOG_ASPECT,
    MAX_NEIGHBORS,
    hash_rank_order,
    is_image_id,
)
from clipplot_pipeline.site.manifest import Manifest
from clipplot_pipeline.site.parts import ClustersFile, LabelsFile, ValuesFile, read_part
from clipplot_pipeline.site.ragged import RaggedColumn, decode_any
from clipplot_pipeline.site.word_blocks import number_blocks, read_block
from clipplot_pipeline.storage import Store

#: Kinds whose fields have a column since format 1.0; the others have one since 1.2.
FIRST_KINDS_WITH_COLUMN = frozenset({"category", "number", "boolean"})
#: How far from the middle a label may stand: axes are written a little outside the world.
MAX_LABEL_DISTANCE = 2.0
LABEL_KINDS = frozenset({"cluster", "axis", "area", "tick", "gap"})


class _Shape(NamedTuple):
    """What a column must be: dtypes, components, bounds of its values, and whether some may be missing (NaN)."""

    dtypes: tuple[str, ...]
    components: int = 1
    low: float = -np.inf
    high: float = np.inf
    is_ragged: bool = False
    is_partial: bool = False


#: Of the columns of fields that index no values.
_FIELD_SHAPES = {
    "number": _Shape(("float64",)),
    "boolean": _Shape(("int8",), 1, -1, 1),
    "text": _Shape(("int8",), 1, 0, 1),
    "url": _Shape(("int8",), 1, 0, 1),
    "date": _Shape(("int32",), 2),
}


def _expect_shapes(store: Store, manifest: Manifest) -> dict[str, _Shape]:
    """Return the shape of every column that the manifest refers to."""
    shapes = {
        "aspect": _Shape(("uint16",), 1, -MAX_LOG_ASPECT, MAX_LOG_ASPECT),
        "color": _Shape(("uint8",), 3, 0, 255),
        "id": _Shape(("uint8",), 10, 0, 255),
    }
    if "sensitive" in manifest.columns:
        shapes["sensitive"] = _Shape(("uint8",), 1, 0, 1)
    for layout in manifest.layouts:
        if layout.positions is not None:
            shapes[layout.positions] = _Shape(("uint16",), 2, -1.0, 1.0)
        shapes |= {spread.positions: _Shape(("uint16",), 2, -1.0, 1.0) for spread in layout.spreads}
        if layout.tall is not None:
            shapes[layout.tall.positions] = _Shape(("uint16",), 2, -1.0, 1.0)
    for level in manifest.clusters.levels:
        file = read_part(ClustersFile, store.read_bytes(level.labels), level.labels)
        shapes[level.column] = _Shape(("int16", "int32"), 1, -1, len(file.clusters) - 1)
    if manifest.duplicates is not None:
        shapes[manifest.duplicates.column] = _Shape(("int16", "int32"), 1, -1, manifest.duplicates.groups - 1)
        shapes[manifest.duplicates.roles] = _Shape(("uint8",), 1, 0, 3)
    shapes |= {
        measure.column: _Shape(("float32",), 1, 0, 1, is_partial=True) for measure in manifest.measures
    }
    for field in manifest.fields:
        if field.column is None:
            continue
        if field.values is not None:
            values = read_part(ValuesFile, store.read_bytes(field.values), field.values).values
            shapes[field.column] = (
                _Shape(("uint16", "uint32"), 1, 0, len(values) - 1, is_ragged=True)
                if field.kind == "tags"
                else _Shape(("int16", "int32"), 1, -1, len(values) - 1)
            )
        elif field.kind in _FIELD_SHAPES:
            shapes[field.column] = _FIELD_SHAPES[field.kind]
    return shapes


def check_columns(store: Store, manifest: Manifest, ids: list[str]) -> Iterator[str]:
    """Yield what is wrong with the columns; put the image ids in rank order into ``ids``."""
    try:
        shapes = _expect_shapes(store, manifest)
    except SiteError as error:
        yield str(error)
        return
    for name in sorted(shapes.keys() - manifest.columns.keys()):
        yield f"columns: {name!r} is missing, though the manifest refers to it"
    for name, entry in sorted(manifest.columns.items()):
        try:
            column = decode_any(store.read_bytes(entry.path), entry.path)
        except SiteError as error:
            yield str(error)
            continue
        shape = shapes.get(name)
        if shape is not None and isinstance(column, RaggedColumn) != shape.is_ragged:
            yield f"{entry.path}: {type(column).__name__}; expected the columns of tags, and no others, to be ragged"
            continue
        if isinstance(column, RaggedColumn):
            yield from _check_ragged(entry.path, column, manifest, shape)
            continue
        yield from _check_column(entry.path, column, manifest, shape)
        if shape is _FIELD_SHAPES["date"]:
            yield from _check_days(entry.path, column)
        if name == "id":
            raw = column.stored.astype(np.uint8).tobytes().hex()
            ids += [raw[k : k + 20] for k in range(0, len(raw), 20)]
            yield from _check_ids(entry.path, ids, manifest.rank_order)
    yield from _check_references(manifest)


def _check_column(path: str, column: Column, manifest: Manifest, shape: _Shape | None) -> Iterator[str]:
    if len(column.stored) != manifest.image_count:
        yield f"{path}: {len(column.stored)} rows; expected {manifest.image_count}, the number of images"
    if column.rank_order != manifest.rank_order:
        yield f"{path}: of rank order {column.rank_order}; expected {manifest.rank_order}"
    if shape is None:
        return
    if column.stored.dtype.name not in shape.dtypes or column.stored.shape[1] != shape.components:
        yield (
            f"{path}: {column.stored.shape[1]} of {column.stored.dtype}; "
            f"expected {shape.components} of {' or '.join(shape.dtypes)}"
        )
        return
    values = column.values
    if np.isinf(values).any() or (
        np.isnan(values).any() and np.isfinite(shape.high) and not shape.is_partial
    ):
        yield f"{path}: it holds values that are not finite"
    elif values.size and not np.isnan(values).all():
        low, high = np.nanmin(values), np.nanmax(values)
        if low < shape.low - 1e-9 or high > shape.high + 1e-9:
            yield f"{path}: values from {low:g} to {high:g}; expected {shape.low:g} to {shape.high:g}"


def _check_ragged(path: str, column: RaggedColumn, manifest: Manifest, shape: _Shape | None) -> Iterator[str]:
    if len(column.lengths) != manifest.image_count:
        yield f"{path}: {len(column.lengths)} rows; expected {manifest.image_count}, the number of images"
    if column.rank_order != manifest.rank_order:
        yield f"{path}: of rank order {column.rank_order}; expected {manifest.rank_order}"
    if shape is not None and len(column.values) and column.values.max() > shape.high:
        yield f"{path}: values up to {column.values.max()}; expected at most {shape.high:g}"
    owner = np.repeat(np.arange(len(column.lengths)), column.lengths)
    is_falling = np.diff(column.values.astype(np.int64)) <= 0
    if (is_falling & (owner[1:] == owner[:-1])).any():
        yield f"{path}: the values of an image do not rise; expected each once, in rising order"


def _check_days(path: str, column: Column) -> Iterator[str]:
    first, last = column.stored.T if column.stored.shape[1] == 2 else (column.stored, column.stored)
    if (first > last).any() or ((first == NO_DAY) != (last == NO_DAY)).any():
        yield f"{path}: a last day lies before its first; expected both in order, or neither"


def _check_ids(path: str, ids: list[str], rank_order: str) -> Iterator[str]:
    if len(set(ids)) != len(ids):
        yield f"{path}: {len(ids) - len(set(ids))} image ids come twice; expected each once"
    if hash_rank_order(ids) != rank_order:
        yield f"{path}: the ids hash to {hash_rank_order(ids)}; expected the rank order {rank_order}"


def _check_references(manifest: Manifest) -> Iterator[str]:
    filled = {layout.name for layout in manifest.layouts if layout.positions is not None}
    if manifest.home_layout not in filled:
        yield f"home_layout: {manifest.home_layout!r}; expected one of {sorted(filled)}"
    for layout in manifest.layouts:
        if layout.positions is None and not layout.reason:
            yield f"layout {layout.name}: no positions and no reason; expected one of them"
        if layout.positions is None and layout.tall:
            yield f"layout {layout.name}: an arrangement for tall windows, though it has no positions"
        if layout.positions is None and layout.spreads:
            yield f"layout {layout.name}: {len(layout.spreads)} spreads, though it has no positions"
    for field in manifest.fields:
        if field.column is None and field.kind in FIRST_KINDS_WITH_COLUMN:
            yield f"field {field.name!r}: kind {field.kind} without a column"
        if (field.values is None) == (field.column is not None and field.kind in KINDS_WITH_VALUES):
            yield f"field {field.name!r}: kind {field.kind} with values {field.values!r}"


def check_labels(store: Store, manifest: Manifest) -> Iterator[str]:
    """Yield what is wrong with the labels of layouts and with the files of clusters."""
    try:
        for layout in manifest.layouts:
            for path in (part.labels for part in layout.arrangements if part.labels):
                for label in read_part(LabelsFile, store.read_bytes(path), path).labels:
                    if label.kind not in LABEL_KINDS or _is_far(label.x, label.y) or label.size < 0:
                        yield f"{path}: {label}; expected a kind of §5, within the world, of some size"
        spreads = [len(layout.spreads) for layout in manifest.layouts if layout.name == manifest.home_layout]
        for level in manifest.clusters.levels:
            for cluster in read_part(ClustersFile, store.read_bytes(level.labels), level.labels).clusters:
                if [len(cluster.spreads)] != spreads or any(_is_far(at.x, at.y) for at in cluster.spreads):
                    yield f"{level.labels}: {cluster}; expected a place in the world for each of {spreads} spreads"
                if _is_far(cluster.x, cluster.y) or cluster.count < 1:
                    yield f"{level.labels}: {cluster}; expected some images, within the world"
                if any(rank >= manifest.image_count for rank in cluster.representatives):
                    yield f"{level.labels}: representatives {cluster.representatives}; expected ranks"
    except SiteError as error:
        yield str(error)


def _is_far(x: float, y: float) -> bool:
    return max(abs(x), abs(y)) > MAX_LABEL_DISTANCE


def check_words(store: Store, manifest: Manifest, ids: list[str]) -> Iterator[str]:
    """Yield what is wrong with the blocks of words: every rank once, with its id and other ranks near it."""
    size = manifest.words.ranks_per_block
    names = {field.name for field in manifest.fields}
    urls = [field.name for field in manifest.fields if field.kind == "url"]
    for number in number_blocks(manifest):
        try:
            path, block = read_block(store, manifest, number)
        except SiteError as error:
            yield str(error)
            continue
        expected = ids[number * size : (number + 1) * size]
        if block.first_rank != number * size or [row.id for row in block.rows] != expected:
            yield (
                f"{path}: {len(block.rows)} rows from rank {block.first_rank}; "
                f"expected the {len(expected)} images from rank {number * size}"
            )
        for rank, row in enumerate(block.rows, block.first_rank):
            near = set(row.neighbors)
            is_fine = rank not in near and all(r < manifest.image_count for r in near)
            if not is_fine or len(near) != len(row.neighbors) or len(near) > MAX_NEIGHBORS:
                yield f"{path}: neighbors of rank {rank} are {row.neighbors}; expected up to {MAX_NEIGHBORS} others"
            for name in urls:
                if not str(row.fields.get(name, "http://")).lower().startswith(("http://", "https://")):
                    yield f"{path}: rank {rank} has {name} {row.fields[name]!r}; expected http or https"
            if not row.fields.keys() <= names:
                yield f"{path}: rank {rank} has fields {sorted(row.fields.keys() - names)} that the manifest lacks"


def check_table(store: Store, manifest: Manifest, ids: list[str]) -> Iterator[str]:
    """Yield what is wrong with the exported table of images."""
    path = manifest.exports.get("images")
    if path is None:
        return
    try:
        # Without threads and read-ahead, as in `storage`: theirs may abort the process as it ends.
        with pq.ParquetFile(pa.BufferReader(store.read_bytes(path)), pre_buffer=False) as table:
            found = table.read(columns=["image_id"], use_threads=False)["image_id"].to_pylist()
    except (pa.ArrowException, OSError, KeyError) as error:
        yield f"{path}: not a Parquet table with the column image_id ({error})"
        return
    if sorted(found) != sorted(ids) or not all(map(is_image_id, found)):
        yield f"{path}: {len(found)} rows; expected the {len(ids)} images of the site, each once"
