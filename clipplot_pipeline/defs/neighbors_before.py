"""The neighbours as they were, in rows of now: what a drop need not search for again.

Belongs here: joining the last output to the catalog of now. Does not belong here: searching (``embeddings``).
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clipplot_pipeline.defs.remembering import recall_ids
from clipplot_pipeline.defs.step import Step
from clipplot_pipeline.embeddings import Before
from clipplot_pipeline.model import Neighbors

#: Beside the table: which vectors, how many neighbours at most, how they were found (if not exactly).
BESIDE = "neighbors.json"
METHOD = "method"


def describe_search(space: str, k: int) -> dict[str, str | int]:
    """Return what decides whether neighbours of before may be kept."""
    return {"space": space, "k": k}


def read_neighbors_before(step: Step, catalog: pa.Table, described: dict[str, str | int]) -> Before | None:
    """Return the neighbours of before without those that are gone, and which images of the catalog are new.

    None if there are none, or they are of other vectors, or of another number.
    """
    if step.ledger.record(step.node.name) is None:
        return None
    folder = step.ledger.folder(step.node.name)
    if not folder.exists(BESIDE):
        return None
    beside = dict(folder.read_json(BESIDE))
    method = beside.pop(METHOD, "exact")
    if beside != described:
        return None
    ids = recall_ids(folder, catalog)
    table = folder.read_table("neighbors.parquet")
    lists = table["ids"].combine_chunks()
    owner = pc.list_parent_indices(lists).to_numpy()
    row = pc.index_in(lists.flatten(), value_set=ids).fill_null(-1).to_numpy()
    is_there = row >= 0
    owner, row = owner[is_there], row[is_there]
    nearness = table["similarities"].combine_chunks().flatten().to_numpy()[is_there]
    starts = np.searchsorted(owner, np.arange(table.num_rows))
    place = np.arange(len(owner)) - starts[owner]
    k = int(described["k"])
    rows = np.full((table.num_rows, k), -1, np.int32)
    similarities = np.full((table.num_rows, k), np.nan, np.float32)
    rows[owner, place], similarities[owner, place] = row, nearness
    before = pc.index_in(ids, value_set=table["image_id"])
    is_new = before.is_null().to_numpy()
    at = before.fill_null(0).to_numpy()
    if not table.num_rows:
        return None
    return Before(Neighbors(rows[at], similarities[at]), is_new, method)
