"""The inventory: what the source held at the last look, and the shards that were cut of it.

Belongs here: comparing a listing with what is remembered, and cutting new shards. Does not belong here: listing
(``sources``), opening files (``images``), Dagster's partitions (``defs``).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from clipplot_pipeline import schemas
from clipplot_pipeline.model import Scan, SourceImage
from clipplot_pipeline.storage import hash_json

Version = tuple[str, int, str]


@dataclass(frozen=True)
class InventoryUpdate:
    """The inventory after a look at the source.

    Attributes
    ----------
    table : pyarrow.Table
        ``schemas.INVENTORY``, sorted by shard, then path.
    new_shards : tuple of str
        Keys of the shards that were cut now, in order.
    added, changed, vanished, returned : int
        Files that are new, that have another version, that are gone, that came back as they were.
    """

    table: pa.Table
    new_shards: tuple[str, ...]
    added: int
    changed: int
    vanished: int
    returned: int


def update_inventory(previous: pa.Table | None, scan: Scan, shard_size: int) -> InventoryUpdate:
    """Compare a listing with the remembered inventory.

    A file that is unchanged keeps its shard. New and changed files go, sorted by path, into new shards of about
    equal size, none above ``shard_size``. Existing shards never change: rows of files that vanished or changed
    stay, no longer live; a file that comes back as it was is live again where it is.

    Parameters
    ----------
    previous : pyarrow.Table or None
        ``schemas.INVENTORY``; None at the first look.
    scan : Scan
        What the source holds now.
    shard_size : int
        Most images of a new shard.
    """
    before = previous if previous is not None else schemas.INVENTORY.empty_table()
    listed: dict[Version, SourceImage] = {(i.path, i.size_bytes, i.version): i for i in scan.images}
    keys = list(
        zip(
            before["path"].to_pylist(),
            before["bytes"].to_pylist(),
            before["version"].to_pylist(),
            strict=True,
        )
    )
    was_live = before["live"].to_pylist()
    is_live = [key in listed for key in keys]
    known = set(keys)
    fresh = sorted((key for key in listed if key not in known), key=lambda key: key[0])
    live_paths = {key[0] for key, live in zip(keys, was_live, strict=True) if live}
    changed = sum(key[0] in live_paths for key in fresh)
    kept = before.set_column(
        before.schema.get_field_index("live"), schemas.INVENTORY.field("live"), pa.array(is_live, pa.bool_())
    )
    shards = _cut_shards(fresh, shard_size, first_number=len(pc.unique(before["shard"])))
    rows = [
        {"path": path, "bytes": size, "version": version, "shard": shard, "live": True}
        for shard, members in shards
        for path, size, version in members
    ]
    table = pa.concat_tables([kept, pa.Table.from_pylist(rows, schema=schemas.INVENTORY)]).combine_chunks()
    gone = sum(was and not live for was, live in zip(was_live, is_live, strict=True))
    return InventoryUpdate(
        table=table,
        new_shards=tuple(shard for shard, _ in shards),
        added=len(fresh) - changed,
        changed=changed,
        vanished=gone - changed,
        returned=sum(live and not was for was, live in zip(was_live, is_live, strict=True)),
    )


def _cut_shards(fresh: list[Version], shard_size: int, first_number: int) -> list[tuple[str, list[Version]]]:
    """Return keys and members of new shards: as few as can be, of about equal size."""
    count = -(-len(fresh) // shard_size)
    bounds = [len(fresh) * number // count for number in range(count + 1)] if count else []
    shards = []
    for number, (start, end) in enumerate(itertools.pairwise(bounds)):
        members = fresh[start:end]
        shards.append((f"{first_number + number:05}-{hash_json(members)[:8]}", members))
    return shards
