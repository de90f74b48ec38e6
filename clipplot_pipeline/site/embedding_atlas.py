"""The published images as a table that Embedding Atlas opens as it is: positions, pictures, neighbours, metadata.

Belongs here: the columns that its command line takes beside those of ``images.parquet``. Does not belong here: which
collection is taken (``drive.atlas_export``).

Source: Apple's embedding-atlas, ``--x --y --text --image --neighbors``: neighbours are a struct ``{ids, distances}``
whose ids are zero-based rows of the file; a picture is a struct with ``bytes``, as Hugging Face's data sets have it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from PIL import Image

from clipplot_pipeline.errors import SiteError
from clipplot_pipeline.paths import quote_path
from clipplot_pipeline.site.format import MANIFEST, detail_path
from clipplot_pipeline.site.manifest import Manifest, read_manifest
from clipplot_pipeline.storage import Store

#: Long side of the pictures in the table, in pixels, and their JPEG quality.
PICTURE_PX = 160
PICTURE_QUALITY = 80
#: Rows whose pictures are in memory at a time.
BATCH_ROWS = 512
IMAGE = pa.struct([pa.field("bytes", pa.binary()), pa.field("path", pa.string())])
NEIGHBORS = pa.struct([pa.field("ids", pa.list_(pa.int64())), pa.field("distances", pa.list_(pa.float32()))])


class AtlasTable(NamedTuple):
    """What was written: rows, and the columns for the options of the same names; without pictures no image."""

    rows: int
    x: str
    y: str
    neighbors: str
    text: str
    image: str | None


def read_published(site: Store) -> tuple[Manifest, pa.Table]:
    """Return the manifest of a published site, and its table of images.

    Raises
    ------
    SiteError
        If there is no site, or it has no table.
    """
    if not site.exists(MANIFEST):
        raise SiteError(
            f"{site.url}: there is no {MANIFEST}; expected a published site; run `clipplot build`"
        )
    manifest = read_manifest(site.read_bytes(MANIFEST), f"{site.url}/{MANIFEST}")
    if "images" not in manifest.exports:
        raise SiteError(
            f"{site.url}: its manifest names no table of images; publish it again with `clipplot build`"
        )
    return manifest, site.read_table(manifest.exports["images"])


def write_atlas_table(
    site: Store,
    published: tuple[Manifest, pa.Table],
    neighbors: pa.Table,
    live: pa.ChunkedArray,
    out: Store,
    name: str,
) -> AtlasTable:
    """Write the table, in the order of ``images.parquet``; memory stays at that table and a few pictures.

    Parameters
    ----------
    site : Store
        The published site.
    published : Manifest and Table
        See `read_published`.
    neighbors : Table
        ``schemas.NEIGHBORS``. Distances are 1 - similarity, never below 0; neighbours outside the table are left out.
    live : ChunkedArray of str
        Ids of the images to write; others of the site are left out.
    out, name : Store, str
        Where to write.
    """
    manifest, table = published
    table = table.filter(pc.is_in(table["image_id"], value_set=live.combine_chunks()))
    made = _free_name("neighbors", table), _free_name("image", table)
    table = table.append_column(made[0], tabulate_neighbors(table["image_id"], neighbors))
    has_pictures = manifest.details is not None
    schema = table.schema.append(pa.field(made[1], IMAGE)) if has_pictures else table.schema
    out.write_batches(name, schema, _iterate(table, schema, site, manifest))
    text = next(
        (f.name for f in manifest.fields if f.kind == "text" and f.name in table.column_names), "path"
    )
    home = manifest.home_layout
    return AtlasTable(
        table.num_rows, f"{home}_x", f"{home}_y", made[0], text, made[1] if has_pictures else None
    )


def tabulate_neighbors(image_ids: pa.ChunkedArray, neighbors: pa.Table) -> pa.Array:
    """Return the neighbours of images as Embedding Atlas has them: rows, and distances.

    Parameters
    ----------
    image_ids : ChunkedArray of str
        In the order of the rows.
    neighbors : Table
        ``schemas.NEIGHBORS``, in any order.
    """
    ids = image_ids.combine_chunks()
    places = pc.index_in(ids, value_set=neighbors["image_id"].combine_chunks())
    own = neighbors.combine_chunks().take(places)  # null where an image has no neighbours
    found, similarities = own["ids"].combine_chunks(), own["similarities"].combine_chunks()
    lengths = pc.fill_null(pc.list_value_length(found), 0).to_numpy()
    owner = np.repeat(np.arange(len(ids)), lengths)
    rows = pc.index_in(pc.list_flatten(found), value_set=ids)
    is_there = rows.is_valid().to_numpy(zero_copy_only=False)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(owner[is_there], minlength=len(ids)))])
    distances = np.maximum(1 - pc.list_flatten(similarities).to_numpy()[is_there], 0).astype(np.float32)
    starts = pa.array(offsets, pa.int32())
    kept = pc.cast(rows.drop_null(), pa.int64())
    return pa.StructArray.from_arrays(
        [pa.ListArray.from_arrays(starts, kept), pa.ListArray.from_arrays(starts, pa.array(distances))],
        fields=list(NEIGHBORS),
    )


def _iterate(table: pa.Table, schema: pa.Schema, site: Store, manifest: Manifest) -> Iterator[pa.RecordBatch]:
    for batch in table.combine_chunks().to_batches(max_chunksize=BATCH_ROWS):
        columns = list(batch.columns)
        if manifest.details is not None:
            names = zip(batch["image_id"].to_pylist(), batch["path"].to_pylist(), strict=True)
            template = manifest.details.path
            cells = [
                {"bytes": _shrink(site.read_bytes(detail_path(template, i))), "path": path}
                for i, path in names
            ]
            columns.append(pa.array(cells, IMAGE))
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _shrink(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as picture:
        picture.draft("RGB", (PICTURE_PX * 2, PICTURE_PX * 2))
        small = picture.convert("RGB")
        small.thumbnail((PICTURE_PX, PICTURE_PX), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        small.save(out, "JPEG", quality=PICTURE_QUALITY, optimize=True)
    return out.getvalue()


def _free_name(name: str, table: pa.Table) -> str:
    """Return a column's name, or another one where the metadata have it already."""
    return name if name not in table.column_names else f"clipplot_{name}"


def make_command(file: str, table: AtlasTable) -> str:
    """Return the command line that opens the table, as the user's shell takes it: columns may be called anything."""
    options = {
        "--x": table.x,
        "--y": table.y,
        "--neighbors": table.neighbors,
        "--text": table.text,
        "--image": table.image,
    }
    words = [word for option, column in options.items() if column for word in (option, quote_path(column))]
    return " ".join(["embedding-atlas", quote_path(file), *words])
