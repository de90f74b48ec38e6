"""The table of people's own clusters and names: which images its rows mean.

Belongs here: reading the table and finding its images. Does not belong here: what becomes of it (``clusters``).
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clipplot_pipeline.catalog.match import match_rows
from clipplot_pipeline.clusters import EVERY_LEVEL, OwnClusters
from clipplot_pipeline.errors import TableError
from clipplot_pipeline.model import Clusters
from clipplot_pipeline.sources.table import read_table
from clipplot_pipeline.sources.table_cells import join_lists

#: Names that a warning lists.
_MOST_LISTED = 3


def read_own_clusters(url: str, catalog: pa.Table) -> tuple[OwnClusters | None, list[str]]:
    """Return what a table says of the images of the catalog, and what people should know of it.

    Parameters
    ----------
    url : str
        Of the table; empty: there is none.
    catalog : pyarrow.Table
        With ``image_id`` and ``paths``.

    Raises
    ------
    TableError
        If the table says neither clusters nor names.
    """
    if not url:
        return None, []
    table = read_table(url)
    said = table.rows
    if not {"cluster", "name"} & set(said.column_names):
        raise TableError(
            f"{url}: its columns are {', '.join(said.column_names[1:]) or 'none but the file names'}; expected "
            "`cluster` (an image belongs to a cluster of yours), `name` (the cluster round it is called so), or both"
        )
    paths = catalog["paths"].combine_chunks()
    owners = pc.list_parent_indices(paths).to_numpy().astype(np.int64)
    found = match_rows(said["key"], pa.chunked_array([paths.flatten()]), owners, table.key_kind).path_rows
    by_id = pc.index_in(said["key"], value_set=catalog["image_id"]).fill_null(-1).to_numpy()
    rows = np.where(by_id >= 0, by_id, np.where(found >= 0, owners[np.maximum(found, 0)], -1))
    lost = said["key"].filter(pa.array(rows < 0)).to_pylist()
    warnings = [str(problem) for problem in table.problems[:_MOST_LISTED]]
    if lost:
        names = ", ".join(lost[:_MOST_LISTED]) + (" …" if len(lost) > _MOST_LISTED else "")
        warnings.append(
            f"own clusters: {len(lost):,} of {said.num_rows:,} rows name no image of the map: {names}"
        )
    kept = np.flatnonzero(rows >= 0)
    return OwnClusters(
        rows[kept].astype(np.int64),
        _read_levels(said, kept, url),
        *(_read_texts(said, column, kept) for column in ("cluster", "name")),
    ), warnings


def warn_of_idle(own: OwnClusters | None, clusters: Clusters) -> list[str]:
    """Return a warning if clusters or names came to nothing."""
    if own is None:
        return []
    shown = {name for level in clusters.levels for name in level.names}
    idle = sorted({said for said in (*own.clusters, *own.names) if said} - shown)
    if not idle:
        return []
    names = ", ".join(idle[:_MOST_LISTED]) + (" …" if len(idle) > _MOST_LISTED else "")
    return [
        f"own clusters: {len(idle):,} names are nowhere on the map ({names}): there is no such level, "
        "or their images are in no cluster of it"
    ]


def _read_texts(said: pa.Table, column: str, kept: np.ndarray) -> tuple[str, ...]:
    if column not in said.column_names:
        return ("",) * len(kept)
    cells = _as_text(said[column]).take(pa.array(kept)).to_pylist()
    return tuple((cell or "").strip() for cell in cells)


def _as_text(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column as text, whatever it was taken for: a ``|`` in a cell makes it one of lists."""
    return join_lists(cells) if pa.types.is_list(cells.type) else cells.cast(pa.string())


def _read_levels(said: pa.Table, kept: np.ndarray, url: str) -> np.ndarray:
    """Return the levels as counted from 0; in the table the coarsest is 1."""
    if "level" not in said.column_names:
        return np.full(len(kept), EVERY_LEVEL, np.int64)
    try:
        cells = _as_text(said["level"]).cast(pa.float64()).take(pa.array(kept)).to_numpy()
    except pa.ArrowInvalid as error:
        raise TableError(f"{url}: column `level` holds {error}; expected 1 (the coarsest), 2 …") from error
    numbers = np.nan_to_num(cells, nan=0.0).astype(np.int64)
    return np.where(numbers >= 1, numbers - 1, EVERY_LEVEL)
