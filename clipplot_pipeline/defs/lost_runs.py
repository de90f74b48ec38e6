"""Runs whose process is gone without a word: a power cut, a killed server, a database that was away at the end.

Belongs here: telling that a run is lost, ending it, and what to ask for instead. Does not belong here: when that is
looked at (``requests``, and whoever opens the instance).

Dagster holds such a run for one that still works: it keeps its slot of a pool, and automation waits for it, for ever.
Every run notes its process with its first step; of one that was killed before that the events tell the number, and
the run what started it. Only processes of this machine are looked for; of others nothing is known here, and nothing is
said.
"""

import json
import os
import platform
from collections.abc import Iterator

import dagster as dg
import psutil

from clipplot_pipeline.graph import INVENTORY

#: Tag of a run: the machine and the number of the process that works on it, ``host/pid``.
PROCESS_TAG = "clipplot/process"
#: Tag of the runs of the command line, which makes what is stale by itself when it is called again.
DRIVER_TAG = "clipplot/driver"
#: Tag of a run: the lost one that it stands in for.
INSTEAD_TAG = "clipplot/instead-of"
#: Tags that a run takes over from the lost one begin so.
OWN_TAGS = "clipplot/"
PARTITION_TAG = "dagster/partition"
#: Dagster's tag of a run that a code server started as a process of its own: where that server is.
SERVER_TAG = ".dagster/grpc_info"
THIS_MACHINE = ("127.0.0.1", "::1", "localhost")
#: Clocks of events and of processes may differ by so much.
CLOCK_S = 2.0
BEGUN = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


def note_process(context: dg.AssetExecutionContext) -> None:
    """Note on a run that this process works on it."""
    if context.run.tags.get(PROCESS_TAG) != own_process():
        context.instance.add_run_tags(context.run.run_id, {PROCESS_TAG: own_process()})


def own_process() -> str:
    """Return what `PROCESS_TAG` says of this process."""
    return f"{platform.node()}/{os.getpid()}"


def _find_process(instance: dg.DagsterInstance, record: dg.RunRecord) -> tuple[int, float] | None:
    """Return the process of this machine that works on a run, or did: its number, and a time at which it was there.

    Time: s since 1970. None: nothing is known of it.
    """
    run = record.dagster_run
    host, _, pid = run.tags.get(PROCESS_TAG, "").rpartition("/")
    if host:
        return (int(pid), record.update_timestamp.timestamp()) if host == platform.node() else None
    if json.loads(run.tags.get(SERVER_TAG, "{}")).get("host") not in THIS_MACHINE:
        return None
    for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT):
        if entry.dagster_event and (told := entry.dagster_event.engine_event_data.metadata.get("pid")):
            # When it said so itself: the run may have been written last before there was a process.
            return int(str(told.value)), entry.timestamp
    return None


def is_lost(instance: dg.DagsterInstance, record: dg.RunRecord) -> bool:
    """Tell whether a run was worked on by a process of this machine that is gone."""
    process = _find_process(instance, record)
    return process is not None and not _is_alive(*process)


def find_lost_runs(instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    """Return the runs that are lost, oldest first."""
    records = instance.get_run_records(filters=dg.RunsFilter(statuses=BEGUN))
    return [record.dagster_run for record in reversed(records) if is_lost(instance, record)]


def give_up_lost_runs(instance: dg.DagsterInstance) -> list[str]:
    """End the runs of command lines that were killed, and return their ids."""
    lost = [run for run in find_lost_runs(instance) if DRIVER_TAG in run.tags]
    for run in lost:
        _end(instance, run)
    return [run.run_id for run in lost]


def replace_lost_runs(instance: dg.DagsterInstance, slug: str) -> Iterator[dg.RunRequest]:
    """Yield the runs to be asked for instead of lost ones of a collection; end those that are replaced already.

    In this order, so that nothing is forgotten whenever this is stopped: asked for at one look, ended at the next.
    """
    for run in find_lost_runs(instance):
        keys = sorted(key for key in run.asset_selection or () if key.path[0] == slug)
        if run.job_name == f"{slug}__scan":
            keys = [dg.AssetKey([slug, INVENTORY])]
        if not keys:
            continue
        if instance.get_runs(filters=dg.RunsFilter(tags={INSTEAD_TAG: run.run_id}), limit=1):
            _end(instance, run)
            continue
        tags = {name: text for name, text in run.tags.items() if name.startswith(OWN_TAGS)}
        tags.pop(PROCESS_TAG, None)
        yield dg.RunRequest(
            run_key=f"instead-of-{run.run_id}",
            asset_selection=keys,
            partition_key=run.tags.get(PARTITION_TAG),
            tags={**tags, INSTEAD_TAG: run.run_id},
        )


def _end(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    # Canceled, not failed: nothing is known against what it made, and automation asks for nothing that has failed.
    instance.report_run_canceled(run, "the process of this run is gone: it was killed, or its machine was")


def _is_alive(pid: int, since: float) -> bool:
    """Tell whether a process runs that was there at a time (s since 1970): numbers are given again to later ones."""
    try:
        process = psutil.Process(pid)
        is_zombie = process.status() == psutil.STATUS_ZOMBIE
        return bool(not is_zombie and process.create_time() <= since + CLOCK_S)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
