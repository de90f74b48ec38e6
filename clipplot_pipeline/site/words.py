"""Words: the metadata and neighbours of 256 consecutive ranks a file (site format §7).

Belongs here: what a row says. Does not belong here: columns of numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clipplot_pipeline.site.content import SiteContent
from clipplot_pipeline.site.fields import clean_cell
from clipplot_pipeline.site.format import MAX_NEIGHBORS, RANKS_PER_BLOCK, dump_json


def build_block(
    content: SiteContent,
    ranked: pa.Table,
    rank_of_row: NDArray[np.int64],
    number: int,
    guessed: NDArray[np.int32] | None = None,
) -> bytes:
    """Return one block of words; blank fields are absent.

    Parameters
    ----------
    content : SiteContent
        Of the site.
    ranked : pyarrow.Table
        Its catalog in rank order.
    rank_of_row : ndarray of int64, shape (n,)
        Rank of every catalog row.
    number : int
        Of the block, from 0.
    guessed : ndarray of int32, shape (n, m), optional
        Words that are guessed of every catalog row (``ConceptFiles.shown``).
    """
    first = number * RANKS_PER_BLOCK
    columns = ["image_id", "paths", "width_px", "height_px", *(field.name for field in content.fields)]
    table = ranked.select(list(dict.fromkeys(columns))).slice(first, RANKS_PER_BLOCK)
    near = content.neighbors.rows[content.ranks[first : first + RANKS_PER_BLOCK], :MAX_NEIGHBORS]
    words = [
        _describe_row(content, row, [int(rank_of_row[r]) for r in neighbors if r >= 0])
        for row, neighbors in zip(table.to_pylist(), near, strict=True)
    ]
    if content.closeups is not None:
        for row, place in zip(words, content.ranks[first : first + len(words)].tolist(), strict=True):
            closeup = content.closeups.describe_row(place)
            if closeup is not None:
                row["closeup"] = closeup
    if guessed is not None:
        for row, own in zip(words, guessed[content.ranks[first : first + len(words)]].tolist(), strict=True):
            row["concepts"] = [word for word in own if word >= 0]
    return dump_json({"first_rank": first, "rows": words})


def _describe_row(content: SiteContent, row: dict[str, Any], neighbors: list[int]) -> dict[str, Any]:
    cells = {field.name: clean_cell(field, row[field.name]) for field in content.fields}
    return {
        "id": row["image_id"],
        "path": row["paths"][0],
        "width_px": row["width_px"],
        "height_px": row["height_px"],
        "fields": {name: cell for name, cell in cells.items() if cell is not None},
        "neighbors": neighbors,
    }
