"""Backfills: chosen shards of one asset, made anew where they are not what they should be.

Belongs here: doing it in process or through a daemon, one shard after the other, whatever others do. Does not belong
here: which shards are meant (``drive.shards``), what follows (``clipplot build``, or the daemon by itself).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg

from clipplot_pipeline.defs.observe import observe
from clipplot_pipeline.defs.partitions import register_shards
from clipplot_pipeline.defs.requests import request_backfill
from clipplot_pipeline.drive.daemon import find_failed, follow_backfill
from clipplot_pipeline.drive.in_process import materialize_step
from clipplot_pipeline.drive.instance import has_daemon, open_instance
from clipplot_pipeline.drive.project import open_settings
from clipplot_pipeline.drive.report import BuildReport
from clipplot_pipeline.drive.shards import Standing, find_due, select_shards
from clipplot_pipeline.errors import UsageError
from clipplot_pipeline.ledger import Ledger


@dataclass
class BackfillReport:
    """What a backfill did.

    Attributes
    ----------
    asset : str
    due : tuple of str
        Shards that were to be made.
    waiting : dict of str to str
        Shards that would be, but wait for something else, with the reason.
    build : BuildReport
        What was made of them, and what failed.
    """

    asset: str
    due: tuple[str, ...] = ()
    waiting: dict[str, str] = field(default_factory=dict)
    build: BuildReport = field(default_factory=lambda: BuildReport("", ""))

    def to_json(self) -> dict[str, Any]:
        """Return the report as the object that ``backfill --json`` prints."""
        return {
            "asset": self.asset,
            "due": list(self.due),
            "waiting": self.waiting,
            "made": [done.partition for done in self.build.materialized],
            "failed": [{"partition": f.partition, "reason": f.reason} for f in self.build.failed],
            "seconds": round(self.build.seconds, 3),
        }


def backfill(
    project: Path,
    asset: str,
    shards: str,
    standing: Standing,
    say: Callable[[str], None],
    is_plan: bool = False,
) -> BackfillReport:
    """Make chosen shards of an asset anew where they are not current; the rest of the graph is left alone.

    Parameters
    ----------
    project : Path
        Folder with ``clipplot.toml``.
    asset : str
        Name of a sharded asset, ``images`` or ``embeddings``.
    shards : str
        See ``select_shards``; empty: all.
    standing : {"stale", "missing", "failed"}
        See ``find_due``.
    say : callable
        Is told a line for people now and then.
    is_plan : bool
        Say what would be done, and do nothing.

    Raises
    ------
    UsageError
        Before any work: no project, no such asset, no such shard.
    """
    settings = open_settings(project)
    ledger = Ledger(settings, observe(settings).inputs)
    _check_asset(ledger, asset)
    chosen = select_shards(ledger.shards, shards)
    with open_instance(project) as instance:
        lost = [f.partition for f in find_failed(instance, ledger) if f.asset == asset and f.partition]
        due, waiting = find_due(ledger, asset, chosen, standing, lost)
        report = BackfillReport(asset, due, waiting, BuildReport(settings.slug, settings.site))
        if is_plan or not due:
            return report
        started = time.perf_counter()
        if has_daemon(instance):
            say(f"A Dagster daemon runs: it makes {len(due):,} shards, this command follows.")
            token = request_backfill(ledger, asset, due)
            follow_backfill(instance, ledger, token, due, report.build, say)
        else:
            _make_here(project, instance, report, say)
        report.build.seconds = time.perf_counter() - started
    return report


def _make_here(
    project: Path, instance: dg.DagsterInstance, report: BackfillReport, say: Callable[[str], None]
) -> None:
    settings = open_settings(project)
    register_shards(instance, settings, Ledger(settings).shards)
    for number, shard in enumerate(report.due, start=1):
        before = len(report.build.failed)
        materialize_step(settings, project, {}, instance, [report.asset], shard, report.build)
        outcome = "failed" if len(report.build.failed) > before else "made"
        say(f"{report.asset}[{shard}] {outcome} ({number:,} of {len(report.due):,})")


def _check_asset(ledger: Ledger, asset: str) -> None:
    sharded = [node.name for node in ledger.graph.values() if node.sharded]
    if asset not in sharded:
        raise UsageError(
            f"backfill: {asset!r} has no shards; expected {' or '.join(sharded)}; the rest is made by `clipplot build`"
        )
