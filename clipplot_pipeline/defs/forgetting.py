"""Taking pictures out of shards: the one operation that rewrites what never changes otherwise.

Belongs here: which shards hold a picture, rewriting them without it, telling Dagster. Does not belong here: the order
of a takedown (``drive.forget``), the list of what was taken down (``takedown``).

Vectors are copied, not computed: the rewritten shards are what computing them without the picture would give, so that
the ledger and whatever hangs on them carry on as after any other change. Every step may be repeated.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clipplot_pipeline import schemas
from clipplot_pipeline.catalog import image_id, is_id
from clipplot_pipeline.defs.assets.catalog import images_version
from clipplot_pipeline.defs.assets.embeddings import embeddings_version
from clipplot_pipeline.defs.assets.inventory import inventory_version
from clipplot_pipeline.defs.closeups import drop_closeups
from clipplot_pipeline.defs.partitions import asset_key
from clipplot_pipeline.graph import INVENTORY
from clipplot_pipeline.ledger import Fingerprint, Ledger
from clipplot_pipeline.records import Record
from clipplot_pipeline.storage import Store, hash_table
from clipplot_pipeline.takedown import Takedown


def find_targets(ledger: Ledger, wanted: Sequence[str]) -> tuple[Takedown, list[str]]:
    """Return every trace of the images that are named, and the names that mean none.

    Parameters
    ----------
    wanted : sequence of str
        Public ids, or paths as the inventory spells them: of images, also of those that vanished from the source, and
        of rejects. Meant are all files that hold the picture, and what lay at its path before unless it is an image
        still.
    """
    names = pa.array(sorted(set(wanted)), pa.string())
    catalog = ledger.folder("catalog").read_table("catalog.parquet", columns=["image_id", "sha256", "paths"])
    named = catalog.filter(_is_named(catalog, names))
    paths = sorted({path for row in named["paths"].to_pylist() for path in row} | set(wanted))
    public = dict(zip(named["sha256"].to_pylist(), named["image_id"].to_pylist(), strict=True))
    salt = ledger.salt()
    left = [name for name in wanted if is_id(name) and name not in public.values()]
    for _, images, _ in _iterate_shards(ledger):
        at_path = images.filter(pc.is_in(images["path"], value_set=pa.array(paths, pa.string())))
        is_live = pc.is_in(at_path["sha256"], value_set=catalog["sha256"])
        gone = {
            sha256: image_id(salt, sha256)
            for sha256 in at_path.filter(pc.invert(is_live))["sha256"].to_pylist()
        }
        if left:
            ids = {sha256: image_id(salt, sha256) for sha256 in images["sha256"].to_pylist()}
            gone |= {sha256: made for sha256, made in ids.items() if made in left}
        public |= gone
    found, seen = _collect_traces(ledger, public, frozenset(wanted))
    forgotten = ledger.forgotten()
    unknown = [name for name in wanted if name not in seen and not forgotten.has_id(name)]
    return found, unknown


def _is_named(catalog: pa.Table, names: pa.Array) -> pa.Array:
    """Return which rows are meant, by id or by any of their paths."""
    paths = catalog["paths"].combine_chunks()
    by_path = np.zeros(catalog.num_rows, bool)
    hits = pc.is_in(paths.flatten(), value_set=names)
    by_path[pc.list_parent_indices(paths).filter(hits).to_numpy()] = True
    return pc.or_(pc.is_in(catalog["image_id"], value_set=names), pa.array(by_path))


def _iterate_shards(ledger: Ledger) -> Iterator[tuple[str, pa.Table, pa.Table]]:
    """Yield every shard with identity and path of its images, and the paths of its rejects."""
    for shard in sorted(ledger.records("images")):
        folder = ledger.folder("images", shard)
        yield (
            shard,
            folder.read_table("images.parquet", columns=["sha256", "path"]),
            folder.read_table("rejects.parquet", columns=["path"]),
        )


def _collect_traces(
    ledger: Ledger, public: Mapping[str, str], wanted: frozenset[str]
) -> tuple[Takedown, set[str]]:
    """Return where pictures (public id by sha256) and rejects named by path lie, and the names that were met."""
    pictures = pa.array(sorted(public), pa.string())
    held: set[tuple[str, str]] = set()
    seen = set(public.values())
    for shard, images, rejects in _iterate_shards(ledger):
        named = images.filter(pc.is_in(images["sha256"], value_set=pictures))["path"].to_pylist()
        refused = wanted.intersection(rejects["path"].to_pylist())
        held |= {(shard, path) for path in (*named, *refused)}
        seen.update(named, refused)
    table = ledger.folder(INVENTORY).read_table("inventory.parquet")
    paths = sorted({path for _, path in held})
    rows = table.filter(pc.is_in(table["path"], value_set=pa.array(paths, pa.string()))).to_pylist()
    places = [(r["path"], r["bytes"], r["version"]) for r in rows if (r["shard"], r["path"]) in held]
    found = Takedown(
        pictures=tuple(sorted(public)),
        image_ids=tuple(sorted(public.values())),
        paths=tuple(paths),
        places=tuple(sorted(places)),
        shards=tuple(sorted({shard for shard, _ in held})),
    )
    return found, seen


def rewrite_shard(ledger: Ledger, shard: str, takedown: Takedown) -> list[Record]:
    """Rewrite a shard's images and vectors without what is taken down; return the records now in force."""
    embeddings = ledger.record("embeddings", shard)
    is_current = embeddings is not None and ledger.is_current("embeddings", shard)
    rewritten = [_rewrite_images(ledger, shard, takedown)]
    if embeddings is not None and is_current:
        rewritten.append(_copy_vectors(ledger, shard, embeddings, takedown))
        ledger.prune("embeddings", shard, is_forgetting=True)
    else:  # they are to be made anyway, of the images as they are now
        ledger.store.delete(f"embeddings/{shard}")
    ledger.prune("images", shard, is_forgetting=True)
    return rewritten


def rewrite_inventory(ledger: Ledger, takedown: Takedown) -> Record:
    """Drop the remembered rows of files that are taken down, and return the record now in force."""
    record = ledger.record(INVENTORY)
    assert record is not None  # noqa: S101 - whoever names an image has built before
    folder = ledger.folder(INVENTORY)
    table = folder.read_table("inventory.parquet")
    gone = set(takedown.places)
    places = zip(*(table[name].to_pylist() for name in ("path", "bytes", "version")), strict=True)
    kept = table.filter(pa.array([place not in gone for place in places], pa.bool_()))
    version = inventory_version(folder.write_table("inventory.parquet", kept), record.parts)
    parts = {**record.parts, "listing": hash_table(kept.filter(kept["live"]))}
    return _commit(ledger, dataclasses.replace(record, data_version=version, parts=parts))


def report_rewritten(instance: dg.DagsterInstance, ledger: Ledger, records: list[Record]) -> None:
    """Tell Dagster of shards that were rewritten, so that automation sees the change."""
    for record in records:
        instance.report_runless_asset_event(
            dg.AssetMaterialization(
                asset_key=asset_key(ledger.settings, record.asset),
                partition=record.shard,
                description="Rewritten without pictures that were taken down.",
                metadata={"reused": True, "fingerprint": record.fingerprint},
                tags={"dagster/data_version": record.data_version},
            )
        )


def _rewrite_images(ledger: Ledger, shard: str, takedown: Takedown) -> Record:
    record = ledger.record("images", shard)
    assert record is not None  # noqa: S101 - the shard was found by its record
    folder = ledger.folder("images", shard)
    batches = _without(folder, "images.parquet", "sha256", takedown.pictures)
    images = folder.write_batches("images.parquet", schemas.IMAGES, batches)
    rejects = folder.read_table("rejects.parquet")
    is_gone = pc.is_in(rejects["path"], value_set=pa.array(takedown.paths, pa.string()))
    kept = rejects.filter(pc.invert(is_gone))
    facts = dict(record.facts)
    facts["images"] = folder.read_table("images.parquet", columns=["sha256"]).num_rows
    facts["rejects"] = kept.num_rows
    facts["bytes_kept"] = folder.size("images.parquet")
    version = images_version(images, folder.write_table("rejects.parquet", kept))
    parts = {**record.parts, **drop_closeups(folder, takedown.pictures)}
    return _commit(ledger, dataclasses.replace(record, data_version=version, parts=parts, facts=facts))


def _copy_vectors(ledger: Ledger, shard: str, before: Record, takedown: Takedown) -> Record:
    now = ledger.fingerprint("embeddings", shard)
    old = ledger.folder("embeddings", shard)
    new = ledger.new_folder("embeddings", shard, now)
    schema = old.read_table("embeddings.parquet", columns=None).schema.remove_metadata()
    batches = _without(old, "embeddings.parquet", "sha256", takedown.pictures)
    vectors = new.write_batches("embeddings.parquet", schema, batches)
    card = old.read_json("card.json")
    new.write_json("card.json", card)
    facts = dict(before.facts)
    facts["images"] = new.read_table("embeddings.parquet", columns=["sha256"]).num_rows
    facts["bytes_kept"] = new.size("embeddings.parquet")
    return _commit(ledger, _follow(before, now, embeddings_version(vectors, card), facts))


def _follow(before: Record, now: Fingerprint, version: str, facts: Mapping[str, Any]) -> Record:
    return dataclasses.replace(
        before, fingerprint=now.digest, inputs=dict(now.inputs), data_version=version, facts=facts
    )


def _commit(ledger: Ledger, record: Record) -> Record:
    made = dataclasses.replace(record, sequence=record.sequence + 1)
    ledger.commit(made)
    return made


def _without(folder: Store, path: str, column: str, gone: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
    unwanted = pa.array(gone, pa.string())
    for batch in folder.read_batches(path, rows=64):
        yield batch.filter(pc.invert(pc.is_in(batch.column(column), value_set=unwanted)))
