"""Joining what tiny shards hold, without opening an original or computing a vector.

Belongs here: rewriting images and vectors of several shards as those of one, telling Dagster. Does not belong here:
which shards are joined (``catalog.compacting``), the order of the work (``drive.compact``).

The new shard is what computing it would give: rows sorted by path, the same facts, renditions and vectors. The old ones
stay in force until the inventory names the new one, so that a compaction may be killed at any point and begun again.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clipplot_pipeline import schemas
from clipplot_pipeline.catalog.compacting import Merge
from clipplot_pipeline.defs.assets.catalog import BATCH_ROWS, images_version
from clipplot_pipeline.defs.assets.embeddings import embeddings_version
from clipplot_pipeline.defs.assets.inventory import inventory_version
from clipplot_pipeline.defs.closeups import join_closeups
from clipplot_pipeline.defs.partitions import asset_key, register_shards, shards_partitions
from clipplot_pipeline.errors import StoreError
from clipplot_pipeline.graph import INVENTORY
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.records import Record
from clipplot_pipeline.storage import Store, hash_table

#: Images that are held while they are copied to a joined shard: some tens of kilobytes each.
JOINED_AT_ONCE = 16 * BATCH_ROWS


def join_shards(ledger: Ledger, merge: Merge) -> list[Record]:
    """Write the images and vectors of a joined shard, and return their records; the old ones are left as they are."""
    images, places = _join_images(ledger, merge)
    return [images, _join_vectors(ledger, merge, places)]


def rewrite_inventory(ledger: Ledger, table: pa.Table) -> Record:
    """Put an inventory with other shards of the same files in force: from here on the joined shards count."""
    record = ledger.record(INVENTORY)
    assert record is not None  # noqa: S101 - its table was read before
    folder = ledger.folder(INVENTORY)
    version = inventory_version(folder.write_table("inventory.parquet", table), record.parts)
    parts = {**record.parts, "listing": hash_table(table.filter(table["live"]))}
    made = dataclasses.replace(record, data_version=version, parts=parts, sequence=record.sequence + 1)
    ledger.commit(made)
    return made


def drop_leftovers(ledger: Ledger, instance: dg.DagsterInstance) -> int:
    """Delete outputs, records and partitions of shards that the inventory does not name; return how many those are."""
    known = set(ledger.shards)
    left: set[str] = set()
    for node in ledger.graph.values():
        if not node.sharded:
            continue
        there = _list_records(ledger, f"records/{node.name}") | set(ledger.store.list_folders(node.name))
        for shard in there - known:
            left.add(shard)
            ledger.store.delete(f"records/{node.name}/{shard}.json")
            ledger.store.delete(f"{node.name}/{shard}")
    for asset in _list_records(ledger, "records") - ledger.graph.keys():  # of an earlier version
        for path in (f"records/{asset}.json", f"records/{asset}", asset):
            ledger.store.delete(path)
    partitions = shards_partitions(ledger.settings).name
    assert partitions is not None  # noqa: S101 - as above
    for shard in set(instance.get_dynamic_partitions(partitions)) - known:
        left.add(shard)
        instance.delete_dynamic_partition(partitions, shard)
    return len(left)


def _list_records(ledger: Ledger, folder: str) -> set[str]:
    """Return the names of the records and folders of records directly in a folder."""
    paths = (path.removeprefix(f"{folder}/") for path in ledger.store.list_files(folder))
    return {path.partition("/")[0].removesuffix(".json") for path in paths if path.endswith(".json")}


def report_joined(instance: dg.DagsterInstance, ledger: Ledger, records: Sequence[Record]) -> None:
    """Tell Dagster of joined shards: what they hold is there, nothing is to be made."""
    for record in records:
        if record.shard is not None:
            _report(instance, ledger, record)
    register_shards(instance, ledger.settings, ledger.shards)
    for record in records:
        if record.shard is None:
            _report(instance, ledger, record)


def _report(instance: dg.DagsterInstance, ledger: Ledger, record: Record) -> None:
    instance.report_runless_asset_event(
        dg.AssetMaterialization(
            asset_key=asset_key(ledger.settings, record.asset),
            partition=record.shard,
            description="Joined of smaller shards.",
            metadata={"reused": True, "fingerprint": record.fingerprint},
            tags={"dagster/data_version": record.data_version},
        )
    )


def _join_images(ledger: Ledger, merge: Merge) -> tuple[Record, pa.ChunkedArray]:
    now = ledger.fingerprint("images", merge.shard)
    new = ledger.new_folder("images", merge.shard, now)
    folders = [ledger.folder("images", shard) for shard in merge.members]
    dropped = [merge.dropped.get(shard) for shard in merge.members]
    images = _order_images(folders, dropped)
    version = new.write_batches("images.parquet", schemas.IMAGES, _copy_images(folders, images))
    rejects = [
        _without_paths(folder.read_table("rejects.parquet"), paths)
        for folder, paths in zip(folders, dropped, strict=True)
    ]
    rejected = pa.concat_tables(rejects).sort_by("path")
    facts = {
        "images": images.num_rows,
        "rejects": rejected.num_rows,
        "originals_opened": 0,
        "bytes_kept": new.size("images.parquet"),
    }
    record = _record(
        ledger,
        "images",
        merge,
        images_version(version, new.write_table("rejects.parquet", rejected)),
        facts,
        join_closeups(folders, new, frozenset(images["sha256"].to_pylist())),
    )
    return record, images["sha256"]


def _order_images(folders: Sequence[Store], dropped: Sequence[frozenset[str] | None]) -> pa.Table:
    """Return the images of a joined shard in its order, and where they lie: in which member, in which row."""
    parts = []
    for member, (folder, paths) in enumerate(zip(folders, dropped, strict=True)):
        light = folder.read_table("images.parquet", columns=["sha256", "path"])
        light = light.append_column("member", pa.array(np.full(light.num_rows, member)))
        light = light.append_column("row", pa.array(np.arange(light.num_rows)))
        parts.append(_without_paths(light, paths))
    return pa.concat_tables(parts).sort_by("path")


def _copy_images(folders: Sequence[Store], images: pa.Table) -> Iterator[pa.RecordBatch]:
    """Yield images whose place is known, in batches; members are in the same order, so that little is read twice."""
    for start in range(0, images.num_rows, JOINED_AT_ONCE):
        part = images.slice(start, JOINED_AT_ONCE)
        members, rows = (part[name].to_numpy() for name in ("member", "row"))
        places, tables = [], []
        for member in np.unique(members).tolist():
            here = np.flatnonzero(members == member)
            first, last = int(rows[here].min()), int(rows[here].max())
            table = folders[member].read_rows("images.parquet", first, last + 1)
            tables.append(table.take(pa.array(rows[here] - first)))
            places.append(here)
        yield from _rebatch(pa.concat_tables(tables).take(pa.array(np.argsort(np.concatenate(places)))))


def _join_vectors(ledger: Ledger, merge: Merge, places: pa.ChunkedArray) -> Record:
    now = ledger.fingerprint("embeddings", merge.shard)
    new = ledger.new_folder("embeddings", merge.shard, now)
    folders = [ledger.folder("embeddings", shard) for shard in merge.members]
    cards = [folder.read_json("card.json") for folder in folders]
    if any(card != cards[0] for card in cards):
        raise StoreError(
            f"embeddings: shards {merge.members[0]} to {merge.members[-1]} are of different models; expected one; run "
            "`clipplot build` first"
        )
    tables = [folder.read_table("embeddings.parquet") for folder in folders]
    vectors = pa.concat_tables(tables).combine_chunks()
    # In the order of the images, one for each; an identical picture of another shard has the same vector.
    rows = pc.drop_null(pc.index_in(places, value_set=vectors["sha256"]))
    joined = vectors.take(rows)
    schema = tables[0].schema.remove_metadata()
    version = new.write_batches("embeddings.parquet", schema, _rebatch(joined.cast(schema)))
    new.write_json("card.json", cards[0])
    before = ledger.record("embeddings", merge.members[0])
    facts = {
        **(dict(before.facts) if before else {}),
        "images": joined.num_rows,
        "bytes_kept": new.size("embeddings.parquet"),
        "seconds": 0.0,
    }
    return _record(ledger, "embeddings", merge, embeddings_version(version, cards[0]), facts)


def _record(
    ledger: Ledger,
    asset: str,
    merge: Merge,
    data_version: str,
    facts: Mapping[str, Any],
    parts: Mapping[str, str] | None = None,
) -> Record:
    now = ledger.fingerprint(asset, merge.shard)
    before = ledger.record(asset, merge.members[0])
    assert before is not None  # noqa: S101 - only what is current is joined
    record = dataclasses.replace(
        before,
        shard=merge.shard,
        fingerprint=now.digest,
        inputs=dict(now.inputs),
        settings=dict(now.settings),
        version=now.version,
        data_version=data_version,
        parts={**before.parts, **(parts or {})},
        facts={**facts, "joined_of": len(merge.members)},
        sequence=0,
    )
    ledger.commit(record)
    return record


def _without_paths(table: pa.Table, paths: frozenset[str] | None) -> pa.Table:
    if not paths:
        return table
    return table.filter(pc.invert(pc.is_in(table["path"], value_set=pa.array(sorted(paths), pa.string()))))


def _rebatch(table: pa.Table) -> Iterator[pa.RecordBatch]:
    for start in range(0, table.num_rows, BATCH_ROWS):
        yield from table.slice(start, BATCH_ROWS).combine_chunks().to_batches()
