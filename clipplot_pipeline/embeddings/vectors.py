"""All vectors as one matrix on the local disk, in the order of the catalog.

Belongs here: gathering shards; memory is bounded by a batch, and by a number an image.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clipplot_pipeline.errors import StoreError


def gather_vectors(
    batches: Iterable[pa.RecordBatch], sha256_order: Sequence[str], dim: int, out: Path
) -> NDArray[np.float32]:
    """Return the vectors of all live images; float32, shape (n, dim), a memory map of ``out``.

    Parameters
    ----------
    batches : iterable of pyarrow.RecordBatch
        Of the embeddings' schema, in any order; vectors of pictures that are not asked for are passed over.
    sha256_order : sequence of str
        The picture of every row.

    Raises
    ------
    StoreError
        If a live image has no vector, or vectors have another dimension.
    """
    count = len(sha256_order)
    if not count:
        return np.empty((0, dim), np.float32)
    matrix = np.memmap(out, np.float32, "w+", shape=(count, dim))
    has_vector = np.zeros(count, np.bool_)
    wanted = np.array(sha256_order, "S")
    order = np.argsort(wanted)
    wanted = wanted[order]
    for batch in batches:
        vectors = batch.column("vector")
        if vectors.type.list_size != dim:
            raise StoreError(
                f"embeddings: a shard has {vectors.type.list_size} components, expected {dim}; run `clipplot build`"
            )
        values = vectors.flatten().to_numpy().reshape(-1, dim)
        names = np.array(batch.column("sha256").to_pylist(), "S")
        # A picture that is asked for twice has several rows, one after the other in sorted order.
        begins, ends = (np.searchsorted(wanted, names, side) for side in ("left", "right"))
        times = ends - begins
        among = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
        rows = order[np.repeat(begins, times) + among]
        matrix[rows] = np.repeat(values, times, axis=0)
        has_vector[rows] = True
    if not has_vector.all():
        raise StoreError(
            f"embeddings: {int((~has_vector).sum()):,} of {count:,} images have no vector; expected one each; "
            "run `clipplot build` to make the missing shards"
        )
    return matrix
