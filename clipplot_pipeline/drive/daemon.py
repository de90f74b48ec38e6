"""Driving the graph through a daemon that runs on the instance: ask, follow, report."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import dagster as dg

from clipplot_pipeline.defs.observe import observe
from clipplot_pipeline.defs.partitions import asset_key
from clipplot_pipeline.defs.requests import BACKFILL_TAG, request_build
from clipplot_pipeline.drive.instance import has_daemon
from clipplot_pipeline.drive.report import (
    ASSETS_TAG,
    BuildReport,
    Failed,
    Materialized,
    Running,
    explain_failure,
    read_counts,
)
from clipplot_pipeline.errors import UsageError
from clipplot_pipeline.graph import INVENTORY
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.settings import Settings, load_settings

ACTIVE = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
#: Quiet for so long with something still stale: automation has not seen it, the ledger has.
PATIENCE_S = 45.0
POLL_S = 1.0
#: A daemon that has begun nothing of a request for so long does not know of it.
DEAF_S = 120.0
#: Requests of a build that nothing came of: a daemon that must first load clipplot.toml anew takes the third.
DEAF_REQUESTS = 5
SILENT = "the run ended without a word; see its log in the Dagster UI"


def build_through_daemon(project: Path, instance: dg.DagsterInstance) -> BuildReport:
    """Ask the daemon for a build, follow it until nothing is stale or something failed, and return what was done.

    Raises
    ------
    UsageError
        The daemon does nothing although something is stale.
    """
    started, since = time.perf_counter(), time.time()
    settings = load_settings(project)
    report = BuildReport(slug=settings.slug, site=settings.site)
    ledger = Ledger(settings, observe(settings).inputs)
    failed: list[Failed] = []
    if stale := ledger.stale():
        if any(each.asset == INVENTORY for each in stale):
            request_build(ledger, "scan")
        elif not is_working(
            instance, settings
        ):  # else automation is at it, and asking would have all made twice
            request_build(ledger, "stale")
        quiet_since, unheard = time.monotonic(), 0
        while True:
            time.sleep(POLL_S)
            ledger = Ledger(settings, ledger.observed)
            is_busy = is_working(instance, settings)
            failed = [] if is_busy else _failures(instance, settings, since)
            if failed or not (is_busy or ledger.stale()):
                break
            if is_busy:
                quiet_since, unheard = time.monotonic(), 0
            elif time.monotonic() - quiet_since > PATIENCE_S:
                _check_heard(ledger, unheard)
                request_build(ledger, "stale")
                quiet_since, unheard = time.monotonic(), unheard + 1
    _add_materialized(report, instance, ledger, since)
    for each in failed:
        report.add_failed(each)
    report.images, report.rejects = read_counts(ledger)
    report.seconds = time.perf_counter() - started
    return report


def _check_heard(ledger: Ledger, unheard: int) -> None:
    if unheard < DEAF_REQUESTS:
        return
    names = ", ".join(dict.fromkeys(stale.asset for stale in ledger.stale() if stale.is_ready))
    raise UsageError(
        f"build: the daemon has begun nothing for {DEAF_REQUESTS * PATIENCE_S:.0f} s though {names} is stale; expected "
        "one that has loaded clipplot.toml as it is; press Reload definitions in the Dagster UI (Deployment), or "
        "start the daemon and its code server anew"
    )


def follow_backfill(
    instance: dg.DagsterInstance,
    ledger: Ledger,
    token: str,
    shards: Sequence[str | None],
    report: BuildReport,
    say: Callable[[str], None],
) -> None:
    """Wait until the daemon has carried out a backfill, telling every shard, and add what was done to the report.

    Raises
    ------
    UsageError
        The daemon has not begun for so long that it cannot be working for this collection, or it is gone.
    """
    left = dict.fromkeys(shards)
    begun, since = time.monotonic(), time.time()
    heard = begun
    while left:
        time.sleep(POLL_S)
        if has_daemon(instance):
            heard = time.monotonic()
        elif time.monotonic() - heard > PATIENCE_S:
            raise UsageError(
                f"backfill: the daemon is gone with {len(left):,} of {len(shards):,} shards to be made; expected one "
                "until the end; start it again, and it carries on, or run `clipplot backfill` without one"
            )
        records = instance.get_run_records(filters=dg.RunsFilter(tags={BACKFILL_TAG: token}))
        if not records and time.monotonic() - begun > DEAF_S:
            raise UsageError(
                f"backfill: the daemon has begun nothing in {DEAF_S:.0f} s; expected one that works for "
                f"{ledger.settings.slug}; see its sensor `requests` in the Dagster UI"
            )
        for record in records:
            run = record.dagster_run
            shard = run.tags.get("dagster/partition")
            if shard not in left or run.status in ACTIVE:
                continue
            del left[shard]
            is_made = run.status == dg.DagsterRunStatus.SUCCESS
            if not is_made:
                reasons = _reasons(instance, run.run_id, ledger.settings.slug)
                name, reason = next(iter(reasons.items()), (_own_assets(run, ledger.settings)[0], SILENT))
                report.add_failed(Failed(name, shard, reason))
            title, outcome = _title(run, ledger.settings), "made" if is_made else "failed"
            count = f"({len(shards) - len(left):,} of {len(shards):,})"
            say(f"{title}[{shard}] {outcome} {count}" if shard else f"{title} {outcome}")
    _add_materialized(report, instance, ledger, since)


def _title(run: dg.DagsterRun, settings: Settings) -> str:
    return ", ".join(_own_assets(run, settings))


def find_failed(instance: dg.DagsterInstance, ledger: Ledger) -> list[Failed]:
    """Return the stale assets and partitions whose last run failed, with the reason."""
    found = []
    stale = {(s.asset, s.shard) for s in ledger.stale() if s.is_ready}
    seen: set[tuple[str, str | None]] = set()
    for run in instance.get_runs(limit=200):
        shard = run.tags.get("dagster/partition")
        new = [name for name in _own_assets(run, ledger.settings) if (name, shard) not in seen]
        seen |= {(name, shard) for name in new}
        suspects = [name for name in new if (name, shard) in stale]
        if run.status != dg.DagsterRunStatus.FAILURE or not suspects:
            continue
        reasons = _reasons(instance, run.run_id, ledger.settings.slug)
        found += [
            Failed(name, shard, reasons.get(name, SILENT))
            for name in suspects
            if name in reasons or not reasons
        ]
    return found


def find_running(instance: dg.DagsterInstance, ledger: Ledger) -> list[Running]:
    """Return what runs, or waits for its turn, in the order in which it was asked for."""
    found = []
    for record in reversed(instance.get_run_records(filters=dg.RunsFilter(statuses=ACTIVE))):
        run = record.dagster_run
        shard = run.tags.get("dagster/partition")
        found += [Running(name, shard, record.start_time) for name in _own_assets(run, ledger.settings)]
    return found


def is_working(instance: dg.DagsterInstance, settings: Settings) -> bool:
    """Tell whether runs of the collection are queued or going on."""
    return bool(_active_runs(instance, settings))


def _active_runs(instance: dg.DagsterInstance, settings: Settings) -> list[dg.DagsterRun]:
    runs = instance.get_runs(filters=dg.RunsFilter(statuses=ACTIVE))
    return [run for run in runs if _own_assets(run, settings)]


def _failures(instance: dg.DagsterInstance, settings: Settings, since: float) -> list[Failed]:
    records = instance.get_run_records(
        filters=dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE]), limit=50
    )
    found = []
    for record in records:
        if record.create_timestamp.timestamp() < since:
            continue
        run = record.dagster_run
        shard = run.tags.get("dagster/partition")
        reasons = _reasons(instance, run.run_id, settings.slug)
        for name in _own_assets(run, settings)[:1]:
            failed = next(iter(reasons), name)
            found.append(Failed(failed, shard, reasons.get(failed, SILENT)))
    return found


def _own_assets(run: dg.DagsterRun, settings: Settings) -> list[str]:
    """Return the names of a run's assets that belong to the collection."""
    selected = {"/".join(key.path) for key in run.asset_selection or ()}
    tagged = set(run.tags.get(ASSETS_TAG, "").split(","))
    own = f"{settings.slug}/"
    return sorted(name.removeprefix(own) for name in selected | tagged if name.startswith(own))


def _reasons(instance: dg.DagsterInstance, run_id: str, slug: str) -> dict[str, str]:
    """Return why steps of a run failed, by the name of the asset."""
    events = [e.dagster_event for e in instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_FAILURE)]
    return {
        (event.step_key or "").removeprefix(f"{slug}__"): explain_failure(event) for event in events if event
    }


def _add_materialized(
    report: BuildReport, instance: dg.DagsterInstance, ledger: Ledger, since: float
) -> None:
    """Add what the daemon's runs have made, in the order of time."""
    found: list[tuple[float, Materialized]] = []
    for name in ledger.graph:
        query = dg.AssetRecordsFilter(asset_key=asset_key(ledger.settings, name), after_timestamp=since)
        for record in instance.fetch_materializations(query, limit=10_000).records:
            event = record.asset_materialization
            if event is None:
                continue
            reused = event.metadata.get("reused")  # absent where somebody reported one in Dagster's interface
            if reused is not None and not reused.value:
                found.append((record.timestamp, Materialized.of(event, event.partition)))
    for _, done in sorted(found, key=lambda pair: pair[0]):
        report.add_materialized(done)
