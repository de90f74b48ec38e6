"""Vectors as files that other programs read: a folder as clip-retrieval writes it, or Parquet.

Belongs here: names, layout and bytes of the exported files. Does not belong here: which images are exported
(``drive.export``).

Sources: clip-retrieval's ``clip inference`` (``img_emb/*.npy`` beside ``metadata/*.parquet``, paired by number), and
embedding-reader, which pairs them by sorted names and fails on empty files: hence numbers of one width.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clipplot_pipeline.model import ModelCard
from clipplot_pipeline.storage import ROW_GROUP_ROWS, Store

Format = Literal["clip-retrieval", "parquet"]
#: Says what was exported; there from the beginning, so that an export that broke off is known for one.
SUMMARY = "export.json"
#: Columns of the metadata; ``image_path`` is clip-retrieval's name.
METADATA = pa.schema(
    [pa.field("image_path", pa.string(), nullable=False), pa.field("image_id", pa.string(), nullable=False)]
)


@dataclass(frozen=True)
class ExportRows:
    """What is exported, row by row.

    Attributes
    ----------
    image_ids, paths : sequence of str
        Public ids, and paths relative to the source.
    vectors : ndarray of float32, shape (n, dim)
        Unit length; may be a memory map.
    card : ModelCard
    """

    image_ids: Sequence[str]
    paths: Sequence[str]
    vectors: NDArray[np.float32]
    card: ModelCard

    def __post_init__(self) -> None:
        if not len(self.image_ids) == len(self.paths) == len(self.vectors):
            raise ValueError(
                f"export: {len(self.image_ids)} ids, {len(self.paths)} paths, {len(self.vectors)} vectors; "
                "all must be as many"
            )


def write_export(out: Store, rows: ExportRows, form: Format, rows_per_file: int, is_half: bool) -> list[str]:
    """Write the files of an export and return their names, sorted; none of them is empty.

    Parameters
    ----------
    out : Store
        An empty folder.
    rows : ExportRows
    form : {"clip-retrieval", "parquet"}
    rows_per_file : int
    is_half : bool
        float16 in ``npy`` files, as clip-retrieval's own are; else float32. Parquet always holds float32.
    """
    starts = range(0, len(rows.image_ids), rows_per_file)
    width = max(4, len(str(max(len(starts) - 1, 0))))
    parts = [
        (f"{number:0{width}}", slice(start, start + rows_per_file)) for number, start in enumerate(starts)
    ]
    files = sorted(name for number, _ in parts for name in _name_files(form, number))
    summary = {
        "format": form,
        "images": len(rows.image_ids),
        "dim": rows.card.dim,
        "files": files,
        "model_card": rows.card.to_json(),
    }
    out.write_json(SUMMARY, {**summary, "complete": False})
    for number, part in parts:
        if form == "parquet":
            _write_parquet(out, _name_files(form, number)[0], rows, part)
        else:
            _write_pair(out, _name_files(form, number), rows, part, "<f2" if is_half else "<f4")
    out.write_json(SUMMARY, {**summary, "complete": True})
    return files


def delete_export(out: Store) -> None:
    """Delete the files of an export, whole or broken off, and nothing else."""
    for name in out.read_json(SUMMARY)["files"]:
        out.delete(name)
    out.delete(SUMMARY)


def _name_files(form: Format, number: str) -> tuple[str, ...]:
    if form == "parquet":
        return (f"embeddings_{number}.parquet",)
    return (f"img_emb/img_emb_{number}.npy", f"metadata/metadata_{number}.parquet")


def _write_pair(out: Store, names: Sequence[str], rows: ExportRows, part: slice, dtype: str) -> None:
    """Write vectors in C order and little-endian, whatever the machine, and the images' names beside them."""
    vectors = rows.vectors[part]
    header = {"descr": dtype, "fortran_order": False, "shape": vectors.shape}
    with out.open_write(names[0]) as file:
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, len(vectors), ROW_GROUP_ROWS):
            file.write(vectors[start : start + ROW_GROUP_ROWS].astype(dtype, order="C").tobytes())
    columns = [pa.array(rows.paths[part], pa.string()), pa.array(rows.image_ids[part], pa.string())]
    out.write_table(names[1], pa.Table.from_arrays(columns, schema=METADATA))


def _write_parquet(out: Store, name: str, rows: ExportRows, part: slice) -> None:
    """Write a table with the vectors as fixed-size lists; its metadata hold the model card."""
    schema = pa.schema(
        [*METADATA, pa.field("embedding", pa.list_(pa.float32(), rows.card.dim), nullable=False)],
        metadata={"clipplot.model_card": json.dumps(rows.card.to_json(), sort_keys=True)},
    )
    ids, paths, vectors = rows.image_ids[part], rows.paths[part], rows.vectors[part]

    def batches() -> Iterator[pa.RecordBatch]:
        for start in range(0, len(ids), ROW_GROUP_ROWS):
            few = slice(start, start + ROW_GROUP_ROWS)
            flat = pa.array(np.ascontiguousarray(vectors[few]).ravel(), pa.float32())
            listed = pa.FixedSizeListArray.from_arrays(flat, rows.card.dim)
            columns = [pa.array(paths[few], pa.string()), pa.array(ids[few], pa.string()), listed]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)

    out.write_batches(name, schema, batches())
