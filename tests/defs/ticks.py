"""One look of the automation sensor, as the daemon takes it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

import dagster as dg
from dagster._core.definitions.asset_daemon_cursor import AssetDaemonCursor
from dagster._core.definitions.automation_tick_evaluation_context import AutomationTickEvaluationContext
from dagster._core.definitions.partitions.context import partition_loading_context
from dagster._core.instance.types import CachingDynamicPartitionsLoader
from dagster._serdes import deserialize_value, serialize_value


def tick(
    definitions: dg.Definitions, instance: dg.DagsterInstance, cursor: AssetDaemonCursor | None
) -> tuple[Sequence[dg.RunRequest], AssetDaemonCursor]:
    """Evaluate all conditions; return the runs that are asked for, and the next cursor.

    `dg.evaluate_automation_conditions` gives the same, but reads the partitions anew some 800 times.
    """
    before = cursor or AssetDaemonCursor.empty()
    context = AutomationTickEvaluationContext(
        evaluation_id=before.evaluation_id + 1,
        instance=instance,
        asset_graph=definitions.resolve_asset_graph(),
        cursor=before,
        materialize_run_tags={},
        observe_run_tags={},
        auto_observe_asset_keys=set(),
        asset_selection=dg.AssetSelection.all(),
        logger=logging.getLogger("dagster.automation"),
        emit_backfills=False,
    )
    with partition_loading_context(dynamic_partitions_store=CachingDynamicPartitionsLoader(instance)):
        requests, after, _ = asyncio.run(context.async_evaluate())
    return requests, deserialize_value(serialize_value(after), AssetDaemonCursor)
