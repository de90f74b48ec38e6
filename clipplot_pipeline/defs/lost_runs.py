"""Runs whose process is gone without a word: a power cut, a killed server, a database that was away at the end.

Belongs here: telling that a run is lost, and giving up those of the command line. Does not belong here: trying again
(Dagster's retries), launching (``local_launcher``).

Dagster holds such a run for one that still works: it keeps its slot of a pool, and automation waits for it, for ever.
Only processes of this machine are looked for; of runs elsewhere nothing is known here, and nothing is said.
"""

import os
import platform
from collections.abc import Sequence

import dagster as dg
import psutil

#: Tag of a run: the machine that its process is on, and its number where it is known beforehand: ``host/pid``.
PROCESS_TAG = "clipplot/process"
#: Clocks of events and of processes may differ by so much.
CLOCK_S = 2.0
UNFINISHED = (
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)


def name_process(pid: int | None = None) -> str:
    """Return what `PROCESS_TAG` says of a process of this machine; without ``pid`` it is told by the run's events."""
    return f"{platform.node()}/{pid or ''}"


def is_lost(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Tell whether the process of a run has been on this machine, and is gone."""
    host, _, pid = run.tags.get(PROCESS_TAG, "").rpartition("/")
    if not host or host != platform.node():
        return False
    record = instance.get_run_record_by_id(run.run_id)
    if pid:
        return not _is_alive(int(pid), record.create_timestamp.timestamp() if record else 0.0)
    return any(not _is_alive(pid, since) for pid, since in _told_processes(instance, run.run_id)[-1:])


def give_up_lost_runs(instance: dg.DagsterInstance) -> list[str]:
    """End the runs of command lines that were killed, and return their ids.

    They end as canceled, not as failed: nothing is known against what they made. Runs that a daemon launched are ended,
    and tried again, by its monitoring (see ``local_launcher``).
    """
    given_up = []
    for run in instance.get_runs(filters=dg.RunsFilter(statuses=list(UNFINISHED))):
        is_told = run.tags.get(PROCESS_TAG, "").rpartition("/")[2]
        if is_told and is_lost(instance, run):
            instance.report_run_canceled(run, "the command line that made this run was stopped")
            given_up.append(run.run_id)
    return given_up


def own_process() -> str:
    """Return what `PROCESS_TAG` says of this process."""
    return name_process(os.getpid())


def _told_processes(instance: dg.DagsterInstance, run_id: str) -> Sequence[tuple[int, float]]:
    """Return the processes that a run says it works in, and when it said so (s since 1970), in the order of time."""
    found = []
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT):
        event = entry.dagster_event
        told = event.engine_event_data.metadata.get("pid") if event else None
        if told is not None and str(told.value).isdigit():
            found.append((int(str(told.value)), entry.timestamp))
    return found


def _is_alive(pid: int, since: float) -> bool:
    """Tell whether a process runs that was there at a time (s since 1970): numbers are given again to later ones."""
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and process.create_time() <= since + CLOCK_S
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
