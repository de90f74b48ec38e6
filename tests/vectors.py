"""Ready-made vectors that tests of several rooms write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray


def make_vectors(count: int, dim: int = 8, seed: int = 1) -> NDArray[np.float32]:
    """Return random vectors that float16 holds exactly; float32, shape (count, dim)."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(count, dim)).astype(np.float16).astype(np.float32)


def write_clip_retrieval(
    folder: Path,
    names: Sequence[str],
    vectors: NDArray[Any],
    parts: int = 2,
    digits: int = 1,
    is_strided: bool = False,
    words: Mapping[str, Sequence[str]] | None = None,
) -> Path:
    """Write a folder as clip-retrieval does, and return it.

    Parameters
    ----------
    digits : int
        To which numbers are padded.
    is_strided : bool
        Whether every so-manieth picture goes to a part, and not the next ones together.
    words : mapping, optional
        Further columns of the metadata.
    """
    (folder / "img_emb").mkdir(parents=True)
    (folder / "metadata").mkdir()
    for number in range(parts):
        bounds = np.linspace(0, len(names), parts + 1).astype(int)
        rows = range(number, len(names), parts) if is_strided else range(*bounds[number : number + 2])
        np.save(folder / "img_emb" / f"img_emb_{number:0{digits}}.npy", vectors[list(rows)])
        columns = {"image_path": list(names), **(words or {})}
        table = pa.table({name: [cells[row] for row in rows] for name, cells in columns.items()})
        pq.write_table(table, folder / "metadata" / f"metadata_{number:0{digits}}.parquet")
    return folder
