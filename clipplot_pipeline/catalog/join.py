"""The catalog: live images joined with the rows of the user's table.

Belongs here: which images are live, folding identical files, what of the table becomes whose. Does not belong here:
comparing names (``match``), reading a table (``sources``).

Rules. Files with the same sha256 are one image; its first path, sorted by code point, stands for it. Where several
rows mean one image (rows of folded files, or one file twice) they are taken in the order of their paths, then of the
table: the first that is not blank gives the value, tags unite, and another value is reported as a conflict. So it is
with rows of several tables: each is matched by itself, the rows of earlier tables come first.
Images without a row stay. Names: see ``fields.rename_fields``. Fields that are blank at every image are left out.
Without any table the names of folders may be a field, see ``folders``.

Capture facts: if the table gives no year to any image, the field ``taken_at`` holds the capture dates of the files
(those of scans are the dates of scanning, which beside real years would mislead). Places from the files become
``lat`` and ``lng`` only on demand, and only for images without a place in the table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from clipplot_pipeline import schemas
from clipplot_pipeline.catalog.capture import add_capture_facts
from clipplot_pipeline.catalog.fields import rename_fields
from clipplot_pipeline.catalog.folders import add_folder_names
from clipplot_pipeline.catalog.identity import adopt_id, image_id
from clipplot_pipeline.catalog.match import AMBIGUOUS, REJECTED, Match, match_rows
from clipplot_pipeline.catalog.merge import Conflict, Merged, merge_rows
from clipplot_pipeline.errors import TableError
from clipplot_pipeline.model import Field

#: Names and conflicts that a report lists; the rest is counted.
MOST_LISTED = 1000
_CHUNK = 65_536

__all__ = ["Catalog", "Conflict", "JoinRules", "find_live", "join_catalog"]


@dataclass(frozen=True, slots=True)
class Catalog:
    """The joined table and what did not fit.

    Attributes
    ----------
    table : pyarrow.Table
        ``schemas.CATALOG`` and a column a field; sorted by ``image_id``, each once.
    fields : tuple of Field
        In the order to show them.
    rows, matched_rows : int
        Rows of the user's table, and those that mean an image.
    unmatched_rows : int
        Rows that mean none, with ``ambiguous_rows`` among them: those that might mean several.
    unmatched : tuple of str
        The first of them as the user spelled them, in the order of the table.
    without_metadata : int
        Images that no row means.
    folded : int
        Live files that are identical to another that stands for them.
    duplicate_rows : int
        Rows beyond the first of their table that mean one image.
    conflicts : tuple of Conflict
        The first values that gave way to another one; ``conflict_count`` counts all.
    id_problems : tuple of str
        Images whose cell in the id column could not be their id.
    """

    table: pa.Table
    fields: tuple[Field, ...]
    rows: int = 0
    matched_rows: int = 0
    unmatched_rows: int = 0
    ambiguous_rows: int = 0
    unmatched: tuple[str, ...] = ()
    without_metadata: int = 0
    folded: int = 0
    duplicate_rows: int = 0
    conflicts: tuple[Conflict, ...] = ()
    conflict_count: int = 0
    id_problems: tuple[str, ...] = ()

    def report(self) -> dict[str, int | list[str]]:
        """Return what the join found as plain JSON values: counts, and lists of sentences."""
        return {
            "rows": self.rows,
            "matched_rows": self.matched_rows,
            "unmatched_rows": self.unmatched_rows,
            "ambiguous_rows": self.ambiguous_rows,
            "without_metadata": self.without_metadata,
            "folded": self.folded,
            "duplicate_rows": self.duplicate_rows,
            "conflict_count": self.conflict_count,
            "unmatched": list(self.unmatched),
            "conflicts": [str(conflict) for conflict in self.conflicts],
            "id_problems": list(self.id_problems),
        }


@dataclass(frozen=True, slots=True)
class JoinRules:
    """What a collection wants of the join.

    Attributes
    ----------
    publish_coordinates : bool
        Whether places that the files themselves hold become fields.
    id_column : str
        The field (or the key column) that gives the public ids; see ``identity.adopt_id``. A cell that is blank or
        not the image's alone gives way to an id made by clipplot, at all images that have it: else a new file could
        take the address of another. Empty: all ids are made.
    is_forgotten : callable, optional
        Tells of a key whether it names a picture that was taken down: such a row is not listed as one without image.
    """

    publish_coordinates: bool = False
    id_column: str = ""
    is_forgotten: Callable[[str], bool] | None = None


@dataclass(frozen=True, slots=True)
class TableRows:
    """Which of the rows are those of one table: the next ``count``; ``key_kind`` is what its key column is called."""

    count: int
    key_kind: str


def join_catalog(
    *,
    images: pa.Table,
    inventory: pa.Table,
    rows: pa.Table,
    fields: Sequence[Field],
    tables: Sequence[TableRows],
    salt: bytes,
    rules: JoinRules | None = None,
) -> Catalog:
    """Join the live images with the user's tables.

    Parameters
    ----------
    images : pyarrow.Table
        ``schemas.IMAGES`` without ``rendition``, and ``shard``; of all shards, in any order.
    inventory : pyarrow.Table
        ``schemas.INVENTORY``.
    rows : pyarrow.Table
        ``key`` (string: the name or path of a file) and a column for each field.
    fields : sequence of Field
        In the order to show them.
    tables : sequence of TableRows
        Whose rows they are, one table after the other; see ``match``. May be empty.
    salt : bytes
        Secret of the collection.
    rules : JoinRules, optional
        What the collection wants otherwise than by default.

    Raises
    ------
    TableError
        The table has no ``id_column``.
    """
    rules = rules or JoinRules()
    files = find_live(images, inventory)
    image_of, first = _fold(files)
    shown = files.take(pa.array(first))
    match = _match(_chunked(rows["key"]), files["path"], inventory, image_of, tables)
    renamed = rename_fields(fields)
    cells = rows.select([f.name for f in fields]).rename_columns([f.name for f in renamed])
    merged = merge_rows(cells, renamed, match.path_rows, image_of, len(first), MOST_LISTED)
    own_ids = _id_cells(rows["key"], fields, tables, rules.id_column, merged)
    ids, id_problems = _name_images(shown, salt, own_ids)
    columns, named = add_capture_facts(merged.columns, renamed, shown, rules.publish_coordinates)
    if not tables:
        columns, named = add_folder_names(columns, named, shown["path"])
    kept = tuple(f for f in named if columns[f.name].null_count < len(first))
    paths = _list_paths(files, image_of, len(first))
    return Catalog(
        table=_build_table(ids, paths, shown, {f.name: columns[f.name] for f in kept}),
        fields=kept,
        folded=len(image_of) - len(first),
        without_metadata=int((merged.first_row < 0).sum()),
        id_problems=id_problems,
        duplicate_rows=_count_duplicates(match, image_of, tables),
        **_account_for_rows(rows["key"], match, merged, shown["path"], rules.is_forgotten),
    )


def _match(
    keys: pa.ChunkedArray,
    paths: pa.ChunkedArray,
    inventory: pa.Table,
    image_of: NDArray[np.int64],
    tables: Sequence[TableRows],
) -> Match:
    """Find the file of every row among all live ones: what a row says of a reject is said of no other picture."""
    rejects = inventory.filter(inventory["live"])["path"]
    rejects = rejects.filter(pc.invert(pc.is_in(rejects, value_set=paths)))
    count = len(image_of)
    numbers = np.concatenate([image_of, count + np.arange(len(rejects))])
    every = pa.chunked_array([*paths.chunks, *rejects.chunks], pa.string())
    found = [np.empty(0, np.int64)]
    for table in tables:
        start = sum(map(len, found))
        found.append(match_rows(keys.slice(start, table.count), every, numbers, table.key_kind).path_rows)
    rows = np.concatenate(found)
    return Match(np.where(rows >= count, REJECTED, rows))


def _count_duplicates(match: Match, image_of: NDArray[np.int64], tables: Sequence[TableRows]) -> int:
    """Return the number of rows beyond the first of their table that mean one image."""
    ends = np.cumsum([table.count for table in tables])[:-1]
    found = [part[part >= 0] for part in np.split(match.path_rows, ends)]
    return sum(len(part) - len(np.unique(image_of[part])) for part in found)


def _build_table(
    ids: pa.ChunkedArray, paths: pa.Array, shown: pa.Table, columns: Mapping[str, pa.ChunkedArray]
) -> pa.Table:
    """Return the catalog, sorted by public id."""
    own = {"image_id": ids, "sha256": shown["sha256"], "paths": paths}
    table = pa.table(own | {name: shown[name] for name in schemas.CATALOG.names[3:]}).cast(schemas.CATALOG)
    for name, column in columns.items():
        table = table.append_column(name, column)
    return table.take(pc.sort_indices(ids)).combine_chunks()


def _account_for_rows(
    keys: pa.ChunkedArray,
    match: Match,
    merged: Merged,
    paths: pa.ChunkedArray,
    is_forgotten: Callable[[str], bool] | None,
) -> dict[str, Any]:
    """Return what became of the rows, as attributes of ``Catalog``."""
    misses = np.flatnonzero(~match.is_found)
    matched = len(keys) - len(misses)
    if is_forgotten is not None:
        told = keys.take(pa.array(misses)).to_pylist()
        misses = misses[[key is None or not is_forgotten(key) for key in told]]
    return {
        "rows": matched + len(misses),
        "matched_rows": matched,
        "unmatched_rows": len(misses),
        "ambiguous_rows": int((match.path_rows == AMBIGUOUS).sum()),
        "unmatched": _name_misses(keys, match, misses[:MOST_LISTED]),
        "conflicts": tuple(conflict.named(paths) for conflict in merged.conflicts),
        "conflict_count": merged.conflict_count,
    }


def find_live(opened: pa.Table, inventory: pa.Table) -> pa.Table:
    """Return the rows (of images or rejects, with ``path`` and ``shard``) whose file is live in their shard, by path.

    A file that has changed lies in two shards: what became of it in the earlier one counts no more.
    """
    live = inventory.filter(inventory["live"])
    is_live = pc.is_in(_place(opened), value_set=_place(live))
    return opened.filter(is_live).sort_by("path")


def _place(table: pa.Table) -> pa.ChunkedArray:
    """Return shard and path as one text a row."""
    parts = [table[name].cast(pa.large_string()) for name in ("shard", "path")]
    return pc.binary_join_element_wise(*parts, pa.scalar("\0", pa.large_string()))


def _fold(files: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the image number of every file and the first file of every image; numbers rise with these."""
    known = files["sha256"].unique()
    group = np.asarray(pc.index_in(files["sha256"], value_set=known)).astype(np.int64)
    return group, np.unique(group, return_index=True)[1].astype(np.int64)


def _list_paths(files: pa.Table, group: NDArray[np.int64], count: int) -> pa.Array:
    paths = files["path"].take(pa.array(np.argsort(group, kind="stable"))).combine_chunks()
    offsets = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=count))])
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), paths)


def _name_images(
    shown: pa.Table, salt: bytes, cells: pa.ChunkedArray | None
) -> tuple[pa.ChunkedArray, tuple[str, ...]]:
    """Return the public ids, each once, and what could not be one."""
    made = pa.chunked_array(
        [
            pa.array([image_id(salt, sha) for sha in chunk.to_pylist()], pa.string())
            for batch in shown.select(["sha256"]).to_batches(max_chunksize=_CHUNK)
            for chunk in batch.columns
        ],
        pa.string(),
    )
    if cells is None:
        return made, ()
    texts = cells.to_pylist()
    wanted = [adopt_id(cell) if cell else own for own, cell in zip(made.to_pylist(), texts, strict=True)]
    bearers = Counter(wanted)
    bearers.update(set(made.to_pylist()))
    ids, problems = [], []
    rows = zip(made.to_pylist(), wanted, texts, shown["path"].to_pylist(), strict=True)
    for own, adopted, cell, path in rows:
        is_shared = adopted != own and bearers[adopted] > 1
        ids.append(own if is_shared else adopted)
        if is_shared:
            problems.append(f"{path}: the id {cell!r} is that of another image too; clipplot made an id")
        elif not cell:
            problems.append(f"{path}: its cell of the id column is blank; clipplot made an id")
    return pa.chunked_array([ids], pa.string()), tuple(problems[:MOST_LISTED])


def _id_cells(
    keys: pa.ChunkedArray,
    fields: Sequence[Field],
    tables: Sequence[TableRows],
    id_column: str,
    merged: Merged,
) -> pa.ChunkedArray | None:
    """Return the cell of the id column of every image as text, null where there is none; None if ids are made."""
    if not id_column:
        return None
    named = {f.name: r.name for f, r in zip(fields, rename_fields(fields), strict=True)}
    columns = named | {f.title: named[f.name] for f in fields} | {table.key_kind: "" for table in tables}
    if id_column not in columns:
        raise TableError(
            f"id_column: the metadata table has no column {id_column!r}; "
            f"it has {', '.join(sorted(columns)) or 'none'}. Name one of them, or leave id_column empty"
        )
    column = columns[id_column]
    first = merged.first_row
    cells = merged.columns[column] if column else keys.take(pa.array(first, mask=first < 0))
    return pa.chunked_array([[_as_id(cell) for cell in cells.to_pylist()]], pa.string())


def _as_id(cell: object) -> str | None:
    if isinstance(cell, list):
        cell = "|".join(str(part) for part in cell)
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return None if cell is None else str(cell).strip() or None


def _name_misses(keys: pa.ChunkedArray, match: Match, misses: NDArray[np.int64]) -> tuple[str, ...]:
    names = keys.take(pa.array(misses)).to_pylist()
    reasons = {
        AMBIGUOUS: " (it is not clear which image is meant)",
        REJECTED: " (the file was not taken)",
    }
    causes = match.path_rows[misses].tolist()
    return tuple(name + reasons.get(cause, "") for name, cause in zip(names, causes, strict=True))


def _chunked(column: pa.Array | pa.ChunkedArray) -> pa.ChunkedArray:
    return column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
