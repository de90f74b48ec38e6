"""Pictures that were moved or renamed are known by their content: nothing is decoded or embedded again.

Belongs here: finding the picture of a new file among those of files that vanished or changed. Does not belong here:
deciding what a new file is (``catalog.inventory``), opening pictures (``images``).

Only files that are as long as one that is gone are read for it, so that the first build, in which nothing is gone, and
a drop of new pictures pay nothing. A picture that is found is read once and not decoded.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from clipplot_pipeline.defs.step import Step
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.model import ImageFacts, SourceImage

#: Beside the images of a shard: the shard that each picture was found in, by sha256.
FOUND = "relinked.json"
#: Longer files are decoded again rather than read twice.
MOST_BYTES = 1 << 30
_THREADS = 8
_BATCH = 256
_CHUNK = 1 << 20

Opener = Callable[[str], BinaryIO]


def find_moved(
    step: Step, gone: pa.Table, files: Sequence[SourceImage], opener: Opener
) -> dict[str, tuple[str, str]]:
    """Return the files whose picture is known, by path: shard and sha256.

    Parameters
    ----------
    step : Step
        Of ``images``, of one shard.
    gone : pyarrow.Table
        The rows of ``schemas.INVENTORY`` that are not live.
    files : sequence of SourceImage
        Of the shard.
    opener : function
        Opens a file by its path, see ``sources``.
    """
    gone = gone.filter(pc.not_equal(gone["shard"], step.shard))
    sizes = set(gone["bytes"].to_pylist())
    likely = [file for file in files if 0 < file.size_bytes <= MOST_BYTES and file.size_bytes in sizes]
    if not likely:
        return {}
    known = dict(_list_known(step, gone, {file.size_bytes for file in likely}))
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="clipplot-relink") as pool:
        hashes = list(pool.map(lambda file: _hash_file(file, opener), likely)) if known else []
    return {
        file.path: (known[sha256], sha256)
        for file, sha256 in zip(likely, hashes, strict=False)
        if sha256 in known
    }


def join_moved(
    step: Step, moved: dict[str, tuple[str, str]], files: Sequence[SourceImage], opened: Iterator[Any]
) -> Iterator[Any]:
    """Yield what opening gave, with the moved pictures between in the order of ``files``."""
    kept = _read_kept(step, moved)
    for file in files:
        if file.path in moved:
            yield ImageFacts(**{**kept[moved[file.path][1]], "path": file.path})
        else:
            yield next(opened)


def read_moved_vectors(step: Step, ids: pa.ChunkedArray) -> dict[int, NDArray[np.float32]]:
    """Return the vectors of moved pictures, (dim,) float32, by row of the shard; of the same embedder alone."""
    images = step.input("images")
    if not images.exists(FOUND):
        return {}
    found: dict[str, str] = images.read_json(FOUND)
    now = step.ledger.fingerprint("embeddings", step.shard).inputs.get("embedder")
    vectors: dict[str, NDArray[np.float32]] = {}
    for shard in sorted(set(found.values())):
        record = step.ledger.record("embeddings", shard)
        if record is None or record.inputs.get("embedder") != now:
            continue
        wanted = pa.array(sorted(sha256 for sha256, where in found.items() if where == shard), pa.string())
        for batch in step.ledger.folder("embeddings", shard).read_batches("embeddings.parquet"):
            rows = batch.filter(pc.is_in(batch.column("sha256"), value_set=wanted))
            values = zip(rows.column("sha256").to_pylist(), rows.column("vector"), strict=True)
            vectors |= {sha256: np.asarray(value.values, dtype=np.float32) for sha256, value in values}
    rows = enumerate(ids.to_pylist())
    return {row: vectors[sha256] for row, sha256 in rows if sha256 in vectors}


def join_vectors(
    moved: dict[int, NDArray[np.float32]], total: int, embedded: Iterator[NDArray[np.float32]]
) -> Iterator[NDArray[np.float32]]:
    """Yield the vectors of all rows, (batch, dim) float32, those of moved pictures between those just embedded."""
    fresh = itertools.chain.from_iterable(embedded)
    for start in range(0, total, _BATCH):
        rows = range(start, min(start + _BATCH, total))
        yield np.vstack([moved[row] if row in moved else next(fresh) for row in rows])


def _list_known(step: Step, gone: pa.Table, sizes: set[int]) -> Iterator[tuple[str, str]]:
    """Yield sha256 and shard of pictures of these sizes, of shards that were made as this one is to be."""
    ledger: Ledger = step.ledger
    now = ledger.fingerprint("images", step.shard)
    wanted = pa.array(sorted(sizes), pa.int64())
    shards = gone.filter(pc.is_in(gone["bytes"], value_set=wanted))["shard"].unique().to_pylist()
    for shard in sorted(shards, reverse=True):
        record = ledger.record("images", shard)
        if record is None or (record.settings, record.version) != (dict(now.settings), now.version):
            continue
        table = ledger.folder("images", shard).read_table("images.parquet", columns=["sha256", "bytes"])
        for sha256 in table.filter(pc.is_in(table["bytes"], value_set=wanted))["sha256"].to_pylist():
            yield sha256, shard


def _hash_file(file: SourceImage, opener: Opener) -> str:
    """Return the sha256 of a file, empty where it cannot be read: opening it will say why."""
    content = hashlib.sha256()
    try:
        with opener(file.path) as handle:
            while data := handle.read(_CHUNK):
                content.update(data)
    except Exception:  # noqa: BLE001 - every store's client raises errors of its own; they are told when it is opened
        return ""
    return content.hexdigest()


def _read_kept(step: Step, moved: dict[str, tuple[str, str]]) -> dict[str, dict[str, Any]]:
    """Return what is known of moved pictures, by sha256, as ``ImageFacts`` takes it."""
    kept: dict[str, dict[str, Any]] = {}
    for shard in sorted({shard for shard, _ in moved.values()}):
        wanted = pa.array(sorted(sha256 for where, sha256 in moved.values() if where == shard), pa.string())
        for batch in step.ledger.folder("images", shard).read_batches("images.parquet", rows=64):
            for row in batch.filter(pc.is_in(batch.column("sha256"), value_set=wanted)).to_pylist():
                size = row.pop("bytes")
                kept[row["sha256"]] = {**row, "size_bytes": size, "mean_rgb": tuple(row["mean_rgb"])}
    return kept
