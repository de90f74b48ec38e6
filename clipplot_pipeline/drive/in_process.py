"""Driving the graph in this process: round by round, whatever is stale and ready, until nothing is."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from clipplot_pipeline.definitions import build_assets
from clipplot_pipeline.defs.lost_runs import DRIVER_TAG, PROCESS_TAG, own_process
from clipplot_pipeline.defs.observe import observe
from clipplot_pipeline.defs.partitions import asset_key, register_shards
from clipplot_pipeline.defs.resources import ProjectResource
from clipplot_pipeline.drive.report import (
    ASSETS_TAG,
    BuildReport,
    Failed,
    Materialized,
    explain_failure,
    read_counts,
)
from clipplot_pipeline.graph import INVENTORY
from clipplot_pipeline.ledger import Ledger, Stale
from clipplot_pipeline.settings import Settings, load_settings

#: The event log keeps everything; the terminal belongs to the command line.
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def build_in_process(project: Path, options: Mapping[str, Any], instance: dg.DagsterInstance) -> BuildReport:
    """Materialize whatever is stale, inputs first, and return what was done.

    Stops at the first round with a failure: other partitions of the same asset still run, nothing below it does.
    """
    started = time.perf_counter()
    settings = load_settings(project, options)
    report = BuildReport(slug=settings.slug, site=settings.site)
    ledger = Ledger(settings, observe(settings).inputs)
    register_shards(instance, settings, ledger.shards)
    while not report.failed:
        ready = [stale for stale in ledger.stale() if stale.is_ready]
        if not ready:
            break
        for names, shard in _rounds(ready):
            materialize_step(settings, project, options, instance, names, shard, report)
        ledger = Ledger(settings)
    report.images, report.rejects = read_counts(ledger)
    report.seconds = time.perf_counter() - started
    return report


def _rounds(ready: list[Stale]) -> Iterator[tuple[list[str], str | None]]:
    """Yield runs: the inventory alone; all other whole assets together; then each partition by itself."""
    whole = [stale.asset for stale in ready if stale.shard is None]
    if INVENTORY in whole:
        yield [INVENTORY], None
        return
    if whole:
        yield whole, None
    for stale in ready:
        if stale.shard is not None:
            yield [stale.asset], stale.shard


def materialize_step(
    settings: Settings,
    project: Path,
    options: Mapping[str, Any],
    instance: dg.DagsterInstance,
    names: list[str],
    shard: str | None,
    report: BuildReport,
) -> None:
    """Materialize some whole assets, or one partition of one, in one run, and add what was done to the report."""
    result = dg.materialize(
        build_assets(settings),
        selection=dg.AssetSelection.assets(*(asset_key(settings, name) for name in names)),
        partition_key=shard,
        instance=instance,
        resources={"project": ProjectResource(folder=str(project), options=json.dumps(dict(options)))},
        run_config=QUIET,
        raise_on_error=False,
        tags={
            DRIVER_TAG: "command line",
            PROCESS_TAG: own_process(),
            ASSETS_TAG: ",".join(f"{settings.slug}/{name}" for name in names),
        },
    )
    for event in result.get_asset_materialization_events():
        materialization = event.step_materialization_data.materialization
        report.add_materialized(Materialized.of(materialization, shard))
    for event in result.filter_events(lambda e: e.is_step_failure):
        name = (event.step_key or "").removeprefix(f"{settings.slug}__")
        logging.getLogger(__name__).debug("%s failed: %s", event.step_key, event.step_failure_data.error)
        report.add_failed(Failed(name, shard, explain_failure(event)))
