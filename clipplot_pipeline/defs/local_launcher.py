"""Runs as processes of the code server: Dagster's own launcher, which here notices when a process is gone.

Belongs here: whether a run that was launched still works. Does not belong here: what is done about it (Dagster's
monitoring fails it and tries it again). ``dagster.yaml`` names the class, nothing imports it.

Dagster's launcher cannot be asked: its code server watches the processes that it started, so that a run which dies
together with the server counts as working for ever.
"""

import json
from typing import Any

from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, LaunchRunContext, WorkerStatus
from dagster._core.storage.dagster_run import DagsterRun
from dagster._core.storage.tags import GRPC_INFO_TAG

from clipplot_pipeline.defs.lost_runs import PROCESS_TAG, is_lost, name_process

#: Addresses of a code server on this machine; one with a socket is.
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class WatchedRunLauncher(DefaultRunLauncher):
    """Launches each run as a process of the code server, and says of those on this machine whether they live."""

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> "WatchedRunLauncher":
        """Return the launcher that a ``dagster.yaml`` describes; it has nothing to set."""
        del config_value
        return cls(inst_data=inst_data)

    def launch_run(self, context: LaunchRunContext) -> None:
        """Launch a run, and note the machine where the code server is this one."""
        super().launch_run(context)
        run_id = context.dagster_run.run_id
        run = self._instance.get_run_by_id(run_id)
        if run is not None and is_on_this_machine(run):
            self._instance.add_run_tags(run_id, {PROCESS_TAG: name_process()})

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Return True: Dagster's monitoring may ask."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Return whether a run's process lives; what is not known to be gone counts as living."""
        if is_lost(self._instance, run):
            return CheckRunHealthResult(WorkerStatus.FAILED, "the process of the run is gone")
        return CheckRunHealthResult(WorkerStatus.RUNNING)


def is_on_this_machine(run: DagsterRun) -> bool:
    """Tell whether the code server that a run was given to is on this machine."""
    server = json.loads(run.tags.get(GRPC_INFO_TAG, "{}"))
    return bool(server.get("socket")) or server.get("host") in LOOPBACK
