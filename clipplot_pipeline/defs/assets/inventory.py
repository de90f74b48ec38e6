"""`inventory`, the only root, and the external asset `shards` that it reports."""

import time
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import dagster as dg

from clipplot_pipeline.catalog import update_inventory
from clipplot_pipeline.defs.drops import QUIET_TAG, look_at_source, make_watch
from clipplot_pipeline.defs.observe import Observation, observe
from clipplot_pipeline.defs.partitions import asset_key, register_shards, shards_partitions
from clipplot_pipeline.defs.pools import prepare_pools
from clipplot_pipeline.defs.resources import ProjectResource
from clipplot_pipeline.defs.step import Outcome, Step, declare_asset, run_step
from clipplot_pipeline.errors import ClipplotError
from clipplot_pipeline.graph import INVENTORY, SHARDS, Node
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.settings import Settings
from clipplot_pipeline.storage import hash_json, hash_table

#: What the source itself says of its pictures, beside the inventory.
ABOUT = "about.parquet"
#: Files of ready-made vectors, where they are to be used.
VECTOR_FILES = "vectors.json"


def inventory_assets(graph: Mapping[str, Node], settings: Settings) -> list[Any]:
    """Return the root and the shards."""
    node = graph[INVENTORY]

    @declare_asset(node, settings)
    def body(context: dg.AssetExecutionContext, project: ProjectResource) -> Iterator[Any]:
        now = project.settings()
        quiet_s = context.run.tags.get(QUIET_TAG)
        before_ns = time.time_ns() - int(float(quiet_s) * 1e9) if quiet_s else None
        try:
            mark = _look(now)  # before the scan: what comes in between is seen again
            seen = observe(now, before_ns)
        except ClipplotError as error:
            raise dg.Failure(str(error), allow_retries=False) from error
        ledger = Ledger(now, seen.inputs)
        prepare_pools(context.instance)
        for event in run_step(context, ledger, node, partial(compute_inventory, seen=seen, mark=mark)):
            register_shards(context.instance, now, ledger.shards)
            yield event

    shards = dg.AssetSpec(
        asset_key(settings, SHARDS),
        group_name="catalog",
        description="Append-only batches of source images, reported by inventory; a shard never changes.",
        partitions_def=shards_partitions(settings),
        kinds={"parquet"},
    )
    return [body, shards]


def compute_inventory(step: Step, seen: Observation, mark: str = "") -> Outcome:
    """Compare the listing with what is remembered, and cut new shards."""
    before = step.ledger.record(INVENTORY)
    previous = step.ledger.folder(INVENTORY).read_table("inventory.parquet") if before else None
    update = update_inventory(previous, seen.scan, step.settings.shard_size)
    version = step.out.write_table("inventory.parquet", update.table)
    about = seen.scan.about
    if about is not None:
        step.out.write_table(ABOUT, about)
    relate = step.settings.relate
    tables = [{**table.to_json(), "files": [relate(file) for file in table.files]} for table in seen.tables]
    step.out.write_json("inputs.json", {"tables": tables, "about": about is not None})
    if seen.vectors:
        step.out.write_json(VECTOR_FILES, [file.to_json() for file in seen.vectors])
    live = update.table.filter(update.table["live"])
    return Outcome(
        data_version=inventory_version(version, seen.inputs),
        parts={**seen.inputs, "listing": hash_table(live)},
        facts={
            "images": live.num_rows,
            "new_shards": len(update.new_shards),
            "skipped": dict(seen.scan.skipped),
            "unsettled": len(seen.scan.unsettled),
            "mark": mark,
            "inputs": hash_json(seen.inputs),
        },
    )


def _look(settings: Settings) -> str:
    """Return the mark of the source, empty where it cannot be looked at cheaply."""
    try:
        return look_at_source(settings, Ledger(settings), make_watch(settings)).mark
    except ClipplotError:
        return ""


def inventory_version(table: str, parts: Mapping[str, str]) -> str:
    """Return the data version of an inventory, given those of its table and of the input files."""
    return hash_json({**parts, "listing": table})
