"""Driving the graph in this process: round by round, whatever is stale and ready, until nothing is."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
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
    steps = Steps(settings, project, instance, report, options)
    while not report.failed:
        ready = [stale for stale in ledger.stale() if stale.is_ready]
        if not ready:
            break
        for names, shard in _rounds(ready):
            steps.materialize(names, shard)
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


@dataclass(frozen=True)
class Steps:
    """Runs of Dagster in this process, one after the other, and the report that tells of them.

    Attributes
    ----------
    settings : Settings
        Of the project, with the options of the command.
    project : Path
    instance : dagster.DagsterInstance
    report : BuildReport
        To which what was done is added.
    options : mapping
        Dotted keys that hold for these runs alone.
    """

    settings: Settings
    project: Path
    instance: dg.DagsterInstance
    report: BuildReport
    options: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def _assets(self) -> list[dg.AssetsDefinition | dg.AssetSpec]:
        return build_assets(self.settings)

    def materialize(self, names: list[str], shard: str | None = None) -> None:
        """Materialize some whole assets, or one partition of one, in one run."""
        settings = self.settings
        result = dg.materialize(
            self._assets,
            selection=dg.AssetSelection.assets(*(asset_key(settings, name) for name in names)),
            partition_key=shard,
            instance=self.instance,
            resources={
                "project": ProjectResource(folder=str(self.project), options=json.dumps(dict(self.options)))
            },
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
            self.report.add_materialized(Materialized.of(materialization, shard))
        for event in result.filter_events(lambda e: e.is_step_failure):
            name = (event.step_key or "").removeprefix(f"{settings.slug}__")
            logging.getLogger(__name__).debug("%s failed: %s", event.step_key, event.step_failure_data.error)
            self.report.add_failed(Failed(name, shard, explain_failure(event)))
