"""The join: live images with what the user's table says of them.

Belongs here: which rows belong together, folding identical files, and a report of what did not fit. Does not
belong here: how tables are read (``sources``), how names are compared (``match``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from clipplot_pipeline import schemas
from clipplot_pipeline.catalog.identity import make_image_id
from clipplot_pipeline.catalog.match import match_rows
from clipplot_pipeline.model import Field

#: Names listed of what did not fit; all of it is counted.
LISTED = 1000
#: Fields that the pictures' own capture facts can fill.
TAKEN_AT = Field("taken_at", "Taken", "date")
PLACE = {
    "lat": ("latitude", Field("lat", "Latitude", "number")),
    "lng": ("longitude", Field("lng", "Longitude", "number")),
}


@dataclass(frozen=True)
class Catalog:
    """The live images, and what did not fit.

    Attributes
    ----------
    table : pyarrow.Table
        ``schemas.CATALOG`` and a column a field, sorted by ``image_id``.
    fields : tuple of Field
        In the order of the user's table.
    unmatched : tuple of str
        Keys of rows without an image, at most `LISTED`; ``counts`` has their number.
    counts : dict of str to int
        ``unmatched_rows``, ``without_metadata``, ``folded``, ``conflicts``, ``ambiguous_rows``, ``doubled_rows``.
    """

    table: pa.Table
    fields: tuple[Field, ...]
    unmatched: tuple[str, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)

    def report(self) -> dict[str, Any]:
        """Return what did not fit as plain JSON values."""
        return {**self.counts, "unmatched": list(self.unmatched)}


def join_catalog(
    *,
    images: pa.Table,
    inventory: pa.Table,
    rows: pa.Table,
    fields: Sequence[Field],
    salt: bytes,
    publish_coordinates: bool = False,
    id_column: str = "",
) -> Catalog:
    """Join the live images with the user's rows.

    Identical files fold into one image: the first path in sorted order wins, tags of all paths unite, other
    differences are counted as conflicts. Images without a row stay; rows without an image are reported.

    Parameters
    ----------
    images : pyarrow.Table
        ``schemas.IMAGES`` without renditions, and ``shard``, of all shards.
    inventory : pyarrow.Table
        ``schemas.INVENTORY``: tells which files are live.
    rows : pyarrow.Table
        A text column ``key`` and a typed column a field. May have no rows.
    fields : sequence of Field
        What the columns are. A name that the catalog uses itself gets a ``_`` behind it.
    salt : bytes
        The collection's secret (see ``identity``).
    publish_coordinates : bool
        Fill blank places from the pictures' own capture facts.
    id_column : str
        Field whose values name the images instead of their content; blank or doubled values do not count.
    """
    live = _choose_live(images, inventory)
    matched = match_rows(live["path"], rows["key"])
    folded, first, members = _fold(live)
    chosen, more = _choose_rows(matched.row, first, members)
    columns = {f.name: rows[f.name].take(pa.array(chosen, mask=chosen < 0)) for f in fields}
    conflicts = _unite(columns, fields, rows, more)
    kept_fields = list(fields)
    _add_capture_facts(folded, columns, kept_fields, publish_coordinates)
    ids = _name_images(folded["sha256"], columns.get(id_column), salt)
    table = folded.select(["sha256", "paths", "shard", "width_px", "height_px", "mean_rgb"])
    table = table.add_column(0, "image_id", pa.array(ids, pa.string())).cast(schemas.CATALOG)
    renamed = []
    for entry in kept_fields:
        name = entry.name + ("_" if entry.name in schemas.CATALOG.names else "")
        renamed.append(Field(name, entry.title, entry.kind))
        table = table.append_column(name, columns[entry.name])
    missed = rows["key"].filter(pa.array(~matched.is_used))
    return Catalog(
        table=table.sort_by("image_id").combine_chunks(),
        fields=tuple(renamed),
        unmatched=tuple(missed.slice(0, LISTED).to_pylist()),
        counts={
            "unmatched_rows": len(missed),
            "without_metadata": int((chosen < 0).sum()) if rows.num_rows else 0,
            "folded": live.num_rows - folded.num_rows,
            "conflicts": conflicts,
            "ambiguous_rows": matched.ambiguous,
            "doubled_rows": matched.doubled,
        },
    )


def _choose_live(images: pa.Table, inventory: pa.Table) -> pa.Table:
    """Return the rows of live files, sorted by path."""
    live = inventory.filter(inventory["live"])
    key = pc.binary_join_element_wise(images["shard"], images["path"], "/")
    wanted = pc.binary_join_element_wise(live["shard"], live["path"], "/")
    return images.filter(pc.is_in(key, value_set=wanted)).sort_by("path").combine_chunks()


def _fold(live: pa.Table) -> tuple[pa.Table, NDArray[np.int64], NDArray[np.int64]]:
    """Fold identical files.

    Returns
    -------
    folded : pyarrow.Table
        One row a picture, with all its ``paths``, in the order of its first path.
    first : ndarray of int64
        For every picture the row of its first path in ``live``.
    members : ndarray of int64, shape (rows of live,)
        For every path the picture it belongs to.
    """
    codes = (
        pc.rank(live["sha256"], tiebreaker="dense").to_numpy() if live.num_rows else np.empty(0, np.uint64)
    )
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    first, members = first[order].astype(np.int64), place[inverse.ravel()]
    by_picture = np.argsort(members, kind="stable")
    counts = np.bincount(members, minlength=len(first))
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    paths = pa.ListArray.from_arrays(
        pa.array(offsets), live["path"].take(pa.array(by_picture)).combine_chunks()
    )
    return live.take(pa.array(first)).append_column("paths", paths), first, members


def _choose_rows(
    row: NDArray[np.int64], first: NDArray[np.int64], members: NDArray[np.int64]
) -> tuple[NDArray[np.int64], dict[int, list[int]]]:
    """Return the row of every picture (-1: none), and all rows of the few pictures that have several."""
    count = len(first)
    chosen = np.full(count, -1, np.int64)
    has_row = row >= 0
    pictures, where = np.unique(members[has_row], return_index=True)  # paths are sorted: the first counts
    chosen[pictures] = row[has_row][where]
    several: dict[int, list[int]] = {}
    differs = has_row & (row != chosen[members])
    for picture in np.unique(members[differs]).tolist():
        several[picture] = list(dict.fromkeys(row[has_row & (members == picture)].tolist()))
    return chosen, several


def _unite(
    columns: dict[str, pa.ChunkedArray],
    fields: Sequence[Field],
    rows: pa.Table,
    several: dict[int, list[int]],
) -> int:
    """Unite the tags of pictures with several rows, fill their blanks, and return how many values contradict."""
    conflicts = 0
    if not several:
        return 0
    for entry in fields:
        values = columns[entry.name].to_pylist()
        for picture, numbers in several.items():
            given = [v for v in (rows[entry.name][number].as_py() for number in numbers) if v is not None]
            if entry.kind == "tags":
                values[picture] = list(dict.fromkeys(tag for tags in given for tag in tags)) or None
            elif given:
                values[picture] = given[0]
                conflicts += any(value != given[0] for value in given)
        columns[entry.name] = pa.chunked_array([pa.array(values, columns[entry.name].type)])
    return conflicts


def _add_capture_facts(
    folded: pa.Table, columns: dict[str, pa.ChunkedArray], fields: list[Field], publish_coordinates: bool
) -> None:
    """Add the date of capture where pictures have one, and the place if it may be published."""
    if TAKEN_AT.name not in columns and folded["taken_at"].null_count < folded.num_rows:
        columns[TAKEN_AT.name] = folded["taken_at"]
        fields.append(TAKEN_AT)
    if not publish_coordinates:
        return
    for name, (fact, entry) in PLACE.items():
        if folded[fact].null_count == folded.num_rows:
            continue
        if name in columns:
            columns[name] = pc.coalesce(columns[name].cast(pa.float64()), folded[fact])
        else:
            columns[name] = folded[fact]
            fields.append(entry)


def _name_images(hashes: pa.ChunkedArray, own: pa.ChunkedArray | None, salt: bytes) -> list[str]:
    """Return the public ids, in the order of the pictures."""
    contents = hashes.to_pylist()
    if own is not None:
        values = own.cast(pa.string()).to_pylist()
        seen: set[str] = set()
        for number, value in enumerate(values):
            if value and value not in seen:
                seen.add(value)
                contents[number] = f"id:{value}"
    return [make_image_id(salt, content) for content in contents]
