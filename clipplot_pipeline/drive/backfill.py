"""Backfills: chosen shards of one asset, made anew where they are not what they should be.

Belongs here: doing it in process or through a daemon, one shard after the other, whatever others do. Does not belong
here: which shards are meant (``drive.shards``), what follows (``clipplot build``, or the daemon by itself).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg

from clipplot_pipeline.defs.observe import observe
from clipplot_pipeline.defs.partitions import register_shards
from clipplot_pipeline.defs.requests import request_backfill
from clipplot_pipeline.drive.daemon import find_failed, follow_backfill
from clipplot_pipeline.drive.in_process import Steps
from clipplot_pipeline.drive.instance import has_daemon, open_instance
from clipplot_pipeline.drive.project import open_settings
from clipplot_pipeline.drive.report import BuildReport
from clipplot_pipeline.drive.shards import Standing, find_due, find_first, select_shards
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
    first : tuple of str
        Whole assets to be made before them: `embedder`, after the model was changed.
    build : BuildReport
        What was made of them, and what failed.
    """

    asset: str
    due: tuple[str, ...] = ()
    waiting: dict[str, str] = field(default_factory=dict)
    first: tuple[str, ...] = ()
    build: BuildReport = field(default_factory=lambda: BuildReport("", ""))

    @property
    def made(self) -> list[str]:
        """Return the shards of the asset that were made."""
        done = self.build.materialized
        return [one.partition for one in done if one.asset == self.asset and one.partition]

    def to_json(self) -> dict[str, Any]:
        """Return the report as the object that ``backfill --json`` prints."""
        return {
            "asset": self.asset,
            "due": list(self.due),
            "waiting": self.waiting,
            "first": list(self.first),
            "made": self.made,
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
        first = find_first(ledger, asset)
        due, waiting = find_due(ledger, asset, chosen, standing, _find_lost(instance, ledger, asset), first)
        report = BackfillReport(asset, due, waiting, first, BuildReport(settings.slug, settings.site))
        if is_plan or not due:
            return report
        started = time.perf_counter()
        maker = _Maker(project, instance, report.build, say)
        make = maker.ask_daemon if has_daemon(instance) else maker.make_here
        for name in first:
            make(name, (None,))
        if first and not report.build.failed:
            ledger = Ledger(settings, ledger.observed)
            lost = _find_lost(instance, ledger, asset)
            report.due, report.waiting = find_due(ledger, asset, chosen, standing, lost)
        if report.due and not report.build.failed:
            make(asset, report.due)
        report.build.seconds = time.perf_counter() - started
    return report


def _find_lost(instance: dg.DagsterInstance, ledger: Ledger, asset: str) -> list[str]:
    """Return the shards of an asset whose last run failed."""
    return [f.partition for f in find_failed(instance, ledger) if f.asset == asset and f.partition]


@dataclass(frozen=True)
class _Maker:
    """Makes shards of an asset, the shard None being a whole one, and tells what came of it."""

    project: Path
    instance: dg.DagsterInstance
    report: BuildReport
    say: Callable[[str], None]

    def ask_daemon(self, asset: str, shards: Sequence[str | None]) -> None:
        what = f"{len(shards):,} shards of {asset}" if shards[0] else asset
        self.say(f"A Dagster daemon runs: it makes {what}, this command follows.")
        ledger = Ledger(open_settings(self.project))
        token = request_backfill(ledger, asset, shards)
        follow_backfill(self.instance, ledger, token, shards, self.report, self.say)

    def make_here(self, asset: str, shards: Sequence[str | None]) -> None:
        settings = open_settings(self.project)
        register_shards(self.instance, settings, Ledger(settings).shards)
        steps = Steps(settings, self.project, self.instance, self.report)
        for number, shard in enumerate(shards, start=1):
            before = len(self.report.failed)
            steps.materialize([asset], shard)
            outcome = "failed" if len(self.report.failed) > before else "made"
            count = f" ({number:,} of {len(shards):,})" if shard else ""
            self.say(f"{asset}{f'[{shard}]' if shard else ''} {outcome}{count}")


def _check_asset(ledger: Ledger, asset: str) -> None:
    sharded = [node.name for node in ledger.graph.values() if node.sharded]
    if asset not in sharded:
        raise UsageError(
            f"backfill: {asset!r} has no shards; expected {' or '.join(sharded)}; the rest is made by `clipplot build`"
        )
