"""The memory of the source: which file lies in which shard, and whether it still lives.

Belongs here: comparing a listing with what is remembered, cutting shards. Does not belong here: listing a source
(``sources``), registering partitions (``defs``).

Rules. A shard never changes after it is cut: rows are appended, and only their ``live`` ever changes. A row is the
same file as long as path, size and version are the same. A changed file is a dead row and a new one in a new shard; a
file that comes back as it was lives again in its old shard, so that nothing is computed anew. A file that is being
written stays what it was until a later scan finds it settled.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clipplot_pipeline import schemas
from clipplot_pipeline.model import Scan

_SHARD = re.compile(r"(\d+)-[0-9a-f]{8}")
#: Between the parts of a row's identity: no path and no version can hold it.
_BETWEEN = "\0"
#: What of its rows a shard is called after.
_NAMING = ("path", "bytes", "version")


@dataclass(frozen=True, slots=True)
class InventoryUpdate:
    """What comparing a listing with the remembered rows leads to.

    Attributes
    ----------
    table : pyarrow.Table
        ``schemas.INVENTORY``: the remembered rows in their order, then the new ones by shard and path.
    new_shards : tuple of str
        Keys of the shards cut now, in order.
    live : int
        Files in the listing (unchanged, changed and added ones), and remembered ones that are being written anew.
    added, changed, removed, unchanged : int
        Paths that were not live before; that are another file now; that are gone; that are as they were.
    returned : int
        Of the added and changed ones, those whose file is remembered: they go to no new shard.
    """

    table: pa.Table
    new_shards: tuple[str, ...]
    live: int
    added: int
    changed: int
    removed: int
    unchanged: int
    returned: int


def update_inventory(previous: pa.Table | None, scan: Scan, shard_size: int) -> InventoryUpdate:
    """Compare a listing with the remembered rows and cut new shards.

    Parameters
    ----------
    previous : pyarrow.Table or None
        ``schemas.INVENTORY``, as an earlier call returned it; None at the first time.
    scan : Scan
        The listing, in any order; each path once.
    shard_size : int
        Most rows of a shard, at least 1. New rows are cut into shards of nearly equal size.

    Returns
    -------
    InventoryUpdate
        The same for the same listing, whatever its order.
    """
    if shard_size < 1:
        raise ValueError(f"shard_size is {shard_size}; it must be at least 1")
    old = _remember(previous)
    listing = _listing(scan)
    if pc.count_distinct(listing["path"]).as_py() != listing.num_rows:
        raise ValueError(f"the listing names a path twice ({listing.num_rows} rows); each must be there once")
    found = pc.index_in(_identities(listing), value_set=_identities(old))
    is_known = np.asarray(pc.is_valid(found))
    live = np.zeros(old.num_rows, bool)
    live[np.asarray(pc.drop_null(found))] = True
    was_live = np.asarray(old["live"]).astype(bool)
    kept = was_live & np.asarray(pc.is_in(old["path"], value_set=pa.array(scan.unsettled, pa.string())))
    live |= kept
    fresh = listing.filter(pa.array(~is_known))
    keys, shards = _cut_shards(fresh, next_number(old), shard_size)
    remembered = old.set_column(4, "live", pa.array(live))
    cut = fresh.append_column("shard", shards).append_column("live", pa.array(np.ones(len(shards), bool)))
    parts = [part.select(schemas.INVENTORY.names).cast(schemas.INVENTORY) for part in (remembered, cut)]

    stayed = int((live & was_live & ~kept).sum())
    before = int((was_live & ~kept).sum())
    had_path = int(
        np.asarray(pc.is_in(listing["path"], value_set=old.filter(pa.array(was_live))["path"])).sum()
    )
    return InventoryUpdate(
        table=pa.concat_tables(parts).combine_chunks(),
        new_shards=keys,
        live=listing.num_rows + int(kept.sum()),
        added=listing.num_rows - had_path,
        changed=had_path - stayed,
        removed=before - had_path,
        unchanged=stayed + int(kept.sum()),
        returned=int((live & ~was_live).sum()),
    )


def _remember(previous: pa.Table | None) -> pa.Table:
    """Return the remembered rows; those of older versions knew no places."""
    if previous is None:
        return schemas.INVENTORY.empty_table()
    if "place" not in previous.column_names:
        previous = previous.append_column("place", pa.array([""] * previous.num_rows, pa.string()))
    return previous.select(schemas.INVENTORY.names)


def _listing(scan: Scan) -> pa.Table:
    """Return the listing as a table, sorted by path."""
    table = pa.table(
        {
            "path": pa.array((image.path for image in scan.images), pa.string()),
            "bytes": pa.array((image.size_bytes for image in scan.images), pa.int64()),
            "version": pa.array((image.version for image in scan.images), pa.string()),
            "place": pa.array((image.place for image in scan.images), pa.string()),
        }
    )
    return table.sort_by("path")


def _identities(table: pa.Table) -> pa.ChunkedArray:
    """Return one text a row that says which file it is."""
    parts = [table[name].cast(pa.string()).cast(pa.large_string()) for name in ("path", "bytes", "version")]
    return pc.binary_join_element_wise(*parts, pa.scalar(_BETWEEN, pa.large_string()))


def next_number(table: pa.Table) -> int:
    """Return the number of the next shard to be cut."""
    numbers = [_SHARD.fullmatch(key) for key in table["shard"].unique().to_pylist()]
    return max((int(match[1]) + 1 for match in numbers if match), default=0)


def _cut_shards(fresh: pa.Table, number: int, shard_size: int) -> tuple[tuple[str, ...], pa.Array]:
    """Return the keys of new shards and the key of every row; sizes differ by at most 1."""
    count = -(-fresh.num_rows // shard_size)
    bounds = [k * fresh.num_rows // max(count, 1) for k in range(count + 1)]
    keys = []
    for k in range(count):
        rows = fresh.slice(bounds[k], bounds[k + 1] - bounds[k])
        keys.append(f"{number + k:05}-{hash_rows(rows)}")
    places = np.repeat(np.arange(count), np.diff(bounds))
    return tuple(keys), pa.array(keys, pa.string()).take(pa.array(places))


def hash_rows(rows: pa.Table) -> str:
    """Return 8 hex digits over rows of ``path``, ``bytes`` and ``version``, in their order."""
    content = hashlib.sha256()
    for batch in rows.to_batches(max_chunksize=4096):
        for row in zip(*(batch.column(name).to_pylist() for name in _NAMING), strict=True):
            content.update(json.dumps(row, ensure_ascii=False).encode() + b"\n")
    return content.hexdigest()[:8]
