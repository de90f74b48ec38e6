"""Compaction: tiny shards become few, then the site is brought up to date.

Belongs here: the order of the work, and what stands in its way. Does not belong here: which shards are joined
(``catalog.compacting``), what they hold (``defs.compacting``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from clipplot_pipeline.catalog.compacting import count_rows, merge_shards, plan_merges
from clipplot_pipeline.defs.compacting import drop_leftovers, join_shards, report_joined, rewrite_inventory
from clipplot_pipeline.drive.build import build
from clipplot_pipeline.drive.daemon import is_working
from clipplot_pipeline.drive.instance import open_instance
from clipplot_pipeline.drive.project import open_settings
from clipplot_pipeline.drive.report import BuildReport
from clipplot_pipeline.errors import UsageError
from clipplot_pipeline.graph import INVENTORY
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.records import Record
from clipplot_pipeline.takedown import read_journal


@dataclass
class CompactReport:
    """What a compaction did: the shards before and after, and the build that followed (None: there was none)."""

    shards_before: int
    shards_after: int
    build: BuildReport | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the report as the object that ``compact --json`` prints."""
        return {
            "shards_before": self.shards_before,
            "shards_after": self.shards_after,
            "build": self.build.to_json() if self.build else None,
        }


def compact(project: Path, say: Callable[[str], None], is_plan: bool = False) -> CompactReport:
    """Join tiny shards without opening an original or computing a vector, and bring the site up to date.

    Parameters
    ----------
    project : Path
        Folder with ``clipplot.toml``.
    say : callable
        Is told a line for people now and then.
    is_plan : bool
        Say what would be done, and do nothing.

    Raises
    ------
    UsageError
        Before any work: nothing is built yet, something is stale or in the making, a takedown is not finished. Before
        joined shards count: the collection changed while they were joined.
    """
    ledger = Ledger(open_settings(project))
    inventory = ledger.record(INVENTORY)
    if inventory is None:
        raise UsageError("compact: nothing has been built yet, so that there is nothing to join")
    table = ledger.folder(INVENTORY).read_table("inventory.parquet")
    before = len(ledger.shards)
    groups = plan_merges(count_rows(table), ledger.settings.shard_size)
    report = CompactReport(before, before - sum(len(group) - 1 for group in groups))
    if is_plan:
        return report
    with open_instance(project) as instance:
        _check_ready(ledger, instance)
        if groups:
            merged, merges = merge_shards(table, groups)
            records = []
            for number, merge in enumerate(merges, start=1):
                records += join_shards(ledger, merge)
                say(f"{len(merge.members):,} shards joined to {merge.shard} ({number:,} of {len(merges):,})")
            _check_still(ledger, instance, inventory)
            records.append(rewrite_inventory(ledger, merged))
            report_joined(instance, ledger, records)
        left = drop_leftovers(ledger, instance)
        say(f"{left:,} old shards deleted")
    if groups:
        report.build = build(project, {}, say)
    return report


def _check_ready(ledger: Ledger, instance: dg.DagsterInstance) -> None:
    if read_journal(ledger.store) is not None:
        raise UsageError(
            "compact: a takedown was interrupted; run `clipplot forget` first, which finishes it"
        )
    _check_idle(ledger, instance)
    stale = sorted({found.asset for found in ledger.stale() if ledger.graph[found.asset].sharded})
    if stale:
        raise UsageError(f"compact: {' and '.join(stale)} are not up to date; run `clipplot build` first")


def _check_still(ledger: Ledger, instance: dg.DagsterInstance, inventory: Record) -> None:
    """Raise if the inventory is another one than that which was planned by: its new rows would be lost."""
    _check_idle(ledger, instance)
    now = ledger.record(INVENTORY)
    if now is None or now.data_version != inventory.data_version:
        raise UsageError(
            "compact: the collection changed while its shards were joined; nothing was joined; run `clipplot compact` "
            "again"
        )


def _check_idle(ledger: Ledger, instance: dg.DagsterInstance) -> None:
    if is_working(instance, ledger.settings):
        raise UsageError("compact: Dagster is working on this collection; wait until its runs have ended")
