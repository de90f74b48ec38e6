"""Runs whose process is gone are told from those that work, and end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import psutil
import pytest
from dagster._core.events import EngineEventData
from dagster._core.launcher import WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._core.test_utils import create_run_for_test

from clipplot_pipeline.defs import lost_runs
from clipplot_pipeline.defs.local_launcher import WatchedRunLauncher, is_on_this_machine
from clipplot_pipeline.defs.lost_runs import (
    PROCESS_TAG,
    give_up_lost_runs,
    is_lost,
    name_process,
    own_process,
)
from clipplot_pipeline.drive.instance import open_instance


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    with open_instance(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def gone() -> int:
    """Return the number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert not psutil.pid_exists(process.pid)
    return process.pid


def start_run(instance: dg.DagsterInstance, tag: str = "", pid: int | None = None) -> dg.DagsterRun:
    """Return a run that has begun, in a process that its events name."""
    tags = {PROCESS_TAG: tag} if tag else {}
    run = create_run_for_test(instance, tags=tags, status=dg.DagsterRunStatus.STARTED)
    if pid is not None:
        instance.report_engine_event(f"Started process (pid: {pid}).", run, EngineEventData.in_process(pid))
    return run


def test_the_launcher_of_a_new_instance_sees_who_lives(instance: dg.DagsterInstance, gone: int) -> None:
    launcher = instance.run_launcher
    assert isinstance(launcher, WatchedRunLauncher)
    assert launcher.supports_check_run_worker_health
    here, elsewhere = name_process(), "another-machine/"
    runs = {
        "at work": start_run(instance, here, os.getpid()),
        "gone": start_run(instance, here, gone),
        "not begun": start_run(instance, here),
        "elsewhere": start_run(instance, elsewhere, gone),
        "of a launcher without a word": start_run(instance, pid=gone),
    }
    lost = {
        name
        for name, run in runs.items()
        if launcher.check_run_worker_health(run).status != WorkerStatus.RUNNING
    }
    assert lost == {"gone"}
    instance.report_engine_event("Again", runs["gone"], EngineEventData.in_process(os.getpid()))
    assert not is_lost(instance, runs["gone"]), "the last process counts"


def test_a_number_that_was_given_again_is_another_process(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start_run(instance, own_process())
    assert not is_lost(instance, run)
    monkeypatch.setattr(psutil.Process, "create_time", lambda _: time.time() + lost_runs.CLOCK_S + 60)
    assert is_lost(instance, run)


def test_what_a_killed_command_left_is_given_up(
    instance: dg.DagsterInstance, tmp_path: Path, gone: int
) -> None:
    killed = start_run(instance, name_process(gone))
    others = [start_run(instance, tag) for tag in (own_process(), f"another-machine/{gone}", name_process())]
    launched = start_run(instance, name_process(), gone)  # its daemon will see to it, and try it again
    with open_instance(tmp_path) as again:
        ended = again.get_run_by_id(killed.run_id)
        assert ended is not None
        assert ended.status == dg.DagsterRunStatus.CANCELED, "not failed: automation asks for it again"
        active = again.get_runs(filters=dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
        assert {run.run_id for run in active} == {run.run_id for run in [*others, launched]}
        assert give_up_lost_runs(again) == []


@pytest.mark.parametrize(
    ("server", "is_here"),
    [({"socket": "/tmp/x"}, True), ({"host": "localhost", "port": 1}, True), ({"host": "127.0.0.1"}, True),
     ({"host": "code.example.org", "port": 1}, False), ({}, False)],
)  # fmt: skip
def test_a_code_server_is_here_or_elsewhere(server: dict[str, object], is_here: bool) -> None:
    run = dg.DagsterRun(job_name="any", tags={GRPC_INFO_TAG: json.dumps(server)})
    assert is_on_this_machine(run) is is_here
