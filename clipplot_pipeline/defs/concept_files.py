"""What is guessed of the images as files between assets, and the vectors of words that are kept for the next time.

Belongs here: their way to the store and back. Does not belong here: guessing (``embeddings``), the site's files.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clipplot_pipeline import schemas
from clipplot_pipeline.defs.io import align_rows
from clipplot_pipeline.embeddings.vocabulary import Concept
from clipplot_pipeline.model import Concepts
from clipplot_pipeline.storage import Store, hash_json

TABLE, BESIDE = "concepts.parquet", "concepts.json"
TEXTS, TEXTS_BESIDE = "texts.parquet", "texts.json"


def write_concepts(out: Store, ids: list[str], concepts: Concepts) -> str:
    """Write ``concepts.parquet`` with its sidecar and return their data version."""
    is_there = concepts.best >= 0
    offsets = pa.array(np.concatenate([[0], np.cumsum(is_there.sum(axis=1))]).astype(np.int32))
    lists = (
        pa.ListArray.from_arrays(offsets, pa.array(part[is_there], kind))
        for part, kind in ((concepts.best, pa.int32()), (concepts.scores, pa.float32()))
    )
    table = pa.table([pa.array(ids, pa.string()), *lists], schema=schemas.CONCEPTS)
    sidecar = {
        "words": list(concepts.words),
        "headings": list(concepts.headings),
        "reason": concepts.reason,
        "model": concepts.model,
    }
    out.write_json(BESIDE, sidecar)
    return hash_json([out.write_table(TABLE, table), sidecar])


def read_concepts(folder: Store, ids: pa.ChunkedArray) -> Concepts:
    """Return what is guessed of the images, in the order of ``ids``."""
    sidecar = folder.read_json(BESIDE)
    table = folder.read_table(TABLE)
    table = table.take(pa.array(align_rows(table["image_id"], ids, "concepts")))
    counts = table["words"].combine_chunks().value_lengths().to_numpy(zero_copy_only=False)
    width = int(counts.max(initial=0))
    best = np.full((len(ids), width), -1, np.int32)
    scores = np.full((len(ids), width), np.nan, np.float32)
    place = np.arange(width) < counts[:, None]
    best[place] = table["words"].combine_chunks().flatten().to_numpy()
    scores[place] = table["scores"].combine_chunks().flatten().to_numpy()
    return Concepts(
        tuple(sidecar["words"]),
        tuple(sidecar["headings"]),
        best,
        scores,
        sidecar["reason"],
        sidecar["model"],
    )


def write_texts(out: Store, concepts: tuple[Concept, ...], vectors: NDArray[np.float32], model: str) -> None:
    """Keep the vectors of words, under the name of the model that made them."""
    flat = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), vectors.shape[1])
    out.write_table(
        TEXTS, pa.table({"key": pa.array([c.key for c in concepts], pa.string()), "vector": flat})
    )
    out.write_json(TEXTS_BESIDE, {"model": model})


def read_texts(folder: Store, model: str) -> dict[str, NDArray[np.float32]]:
    """Return the vectors of words that this model made before, by ``Concept.key``."""
    if not folder.exists(TEXTS) or folder.read_json(TEXTS_BESIDE)["model"] != model:
        return {}
    table = folder.read_table(TEXTS)
    width = table["vector"].type.list_size
    vectors = table["vector"].combine_chunks().flatten().to_numpy().reshape(-1, width)
    return dict(zip(table["key"].to_pylist(), vectors, strict=True))
