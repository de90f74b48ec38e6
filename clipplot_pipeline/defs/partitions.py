"""Partitions: the shards of a collection, dynamic and append-only.

Dynamic partition sets are instance-wide, so their name starts with the collection's slug.
"""

import dagster as dg

from clipplot_pipeline.graph import SHARDS
from clipplot_pipeline.settings import Settings


def shards_partitions(settings: Settings) -> dg.DynamicPartitionsDefinition:
    """Return the partitions of one collection."""
    return dg.DynamicPartitionsDefinition(name=f"{settings.slug}__shards")


def asset_key(settings: Settings, name: str) -> dg.AssetKey:
    """Return the key of an asset: ``[<slug>, <name>]``."""
    return dg.AssetKey([settings.slug, name])


def register_shards(instance: dg.DagsterInstance, settings: Settings, shards: tuple[str, ...]) -> list[str]:
    """Report and register the shards that the instance does not know yet; return them.

    Each step may be repeated: a run that is killed in between is mended by the next. The event comes before the
    partition, for automation looks at a partition as soon as it exists.
    """
    partitions = shards_partitions(settings)
    assert partitions.name is not None  # noqa: S101 - given above; Dagster types it as optional
    known = set(instance.get_dynamic_partitions(partitions.name))
    new = [shard for shard in shards if shard not in known]
    for shard in new:
        instance.report_runless_asset_event(
            dg.AssetMaterialization(
                asset_key=asset_key(settings, SHARDS),
                partition=shard,
                description="A batch of source images that never changes.",
                tags={"dagster/data_version": shard},
            )
        )
    if new:
        instance.add_dynamic_partitions(partitions.name, new)
    return new
