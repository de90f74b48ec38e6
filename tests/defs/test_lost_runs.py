"""Runs whose process is gone are told from those that work; they end, and others are asked for instead."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import psutil
import pytest
from dagster._core.events import EngineEventData
from dagster._core.test_utils import create_run_for_test

from clipplot_pipeline.defs import lost_runs
from clipplot_pipeline.defs.lost_runs import (
    DRIVER_TAG,
    INSTEAD_TAG,
    PROCESS_TAG,
    SERVER_TAG,
    find_lost_runs,
    give_up_lost_runs,
    own_process,
    replace_lost_runs,
)
from clipplot_pipeline.defs.requests import requests_sensor
from clipplot_pipeline.drive.instance import open_instance
from clipplot_pipeline.project_file import write_project_file
from clipplot_pipeline.settings import load_settings

SLUG = "lost"


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    write_project_file(tmp_path, {"slug": SLUG, "source": str(tmp_path), "embedder": "descriptor"})
    with open_instance(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def gone() -> str:
    """Return what a run says that was worked on by a process which has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert not psutil.pid_exists(process.pid)
    return f"{platform.node()}/{process.pid}"


def start_run(instance: dg.DagsterInstance, process: str, *assets: str, **tags: str) -> str:
    """Return the id of a run that has begun; ``process`` is what it says of its own, if anything."""
    keys = frozenset(dg.AssetKey([SLUG, name]) for name in assets)
    all_tags = {**tags, **({PROCESS_TAG: process} if process else {})}
    begun = dg.DagsterRunStatus.STARTED
    return create_run_for_test(instance, tags=all_tags, status=begun, asset_selection=keys or None).run_id


def status(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


def test_only_what_is_known_to_be_gone_is_lost(
    instance: dg.DagsterInstance, gone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_run(instance, own_process())
    start_run(instance, "")
    start_run(instance, f"another-machine/{gone.rpartition('/')[2]}")
    lost = start_run(instance, gone)
    assert [run.run_id for run in find_lost_runs(instance)] == [lost]
    later = time.time() + lost_runs.CLOCK_S + 60
    monkeypatch.setattr(psutil.Process, "create_time", lambda _: later)
    assert len(find_lost_runs(instance)) == 2, "a number that was given again is another process"


def test_a_run_that_was_killed_before_its_first_step_is_lost_too(
    instance: dg.DagsterInstance, gone: str
) -> None:
    def begin(server: dict[str, object], pid: int) -> str:
        run_id = start_run(instance, "", "duplicates", **{SERVER_TAG: json.dumps(server)})
        run = instance.get_run_by_id(run_id)
        instance.report_engine_event("the daemon launches it", run)
        instance.report_engine_event("Started process", run, EngineEventData.in_process(pid))
        return run_id

    here = {"host": "localhost", "port": 4000}
    number = int(gone.rpartition("/")[2])
    lost = begin(here, number)
    begin(here, os.getpid())
    begin({"host": "code-server-of-a-cluster", "port": 4000}, number)
    # No process has begun yet: Dagster's own limit holds for this one.
    start_run(instance, "", "quality", **{SERVER_TAG: json.dumps(here)})
    assert [run.run_id for run in find_lost_runs(instance)] == [lost]
    (asked,) = replace_lost_runs(instance, SLUG)
    assert asked.tags == {INSTEAD_TAG: lost}


def test_a_process_that_began_long_after_its_run_was_written_is_at_work(
    instance: dg.DagsterInstance,
) -> None:
    server = {SERVER_TAG: json.dumps({"host": "localhost", "port": 4000})}
    run_id = start_run(instance, "", "duplicates", **server)
    (record,) = instance.get_run_records(filters=dg.RunsFilter(run_ids=[run_id]))
    time.sleep(max(0.0, record.update_timestamp.timestamp() + lost_runs.CLOCK_S + 1 - time.time()))
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        instance.report_engine_event(
            "it says so", record.dagster_run, EngineEventData.in_process(process.pid)
        )
        assert find_lost_runs(instance) == []
        process.communicate(b"\n")
    assert [run.run_id for run in find_lost_runs(instance)] == [run_id]


def test_what_a_killed_command_left_is_ended_by_whoever_comes_next(
    instance: dg.DagsterInstance, tmp_path: Path, gone: str
) -> None:
    driven = {DRIVER_TAG: "command line"}
    killed, at_work = start_run(instance, gone, **driven), start_run(instance, own_process(), **driven)
    launched = start_run(instance, gone)  # a daemon asks for it again
    with open_instance(tmp_path) as again:
        assert status(again, killed) == dg.DagsterRunStatus.CANCELED, (
            "not failed: automation asks for it again"
        )
        assert {status(again, run) for run in (at_work, launched)} == {dg.DagsterRunStatus.STARTED}
        assert give_up_lost_runs(again) == []


def test_a_lost_run_is_asked_for_again_and_then_ended(
    instance: dg.DagsterInstance, tmp_path: Path, gone: str
) -> None:
    sensor = requests_sensor(load_settings(tmp_path), tmp_path)

    def tick() -> list[dg.RunRequest]:
        with dg.build_sensor_context(instance) as context:
            results: Any = list(sensor(context))  # type: ignore[call-overload]
        return [result for result in results if isinstance(result, dg.RunRequest)]

    tags = {"dagster/partition": "00000-1", "clipplot/backfill": "token", "dagster/backfill": "of-the-ui"}
    lost = start_run(instance, gone, "images", **tags)
    start_run(instance, own_process(), "catalog")
    for _ in range(2):
        (asked,) = tick()
        assert asked.asset_selection == [dg.AssetKey([SLUG, "images"])]
        assert (asked.partition_key, asked.run_key) == ("00000-1", f"instead-of-{lost}")
        assert asked.tags == {"clipplot/backfill": "token", INSTEAD_TAG: lost}
        assert status(instance, lost) == dg.DagsterRunStatus.STARTED, "until it is replaced"
    start_run(instance, own_process(), "images", **asked.tags)
    assert tick() == []
    assert status(instance, lost) == dg.DagsterRunStatus.CANCELED
    assert tick() == []
    scan = create_run_for_test(
        instance, job_name=f"{SLUG}__scan", tags={PROCESS_TAG: gone}, status=dg.DagsterRunStatus.STARTED
    )
    create_run_for_test(instance, tags={PROCESS_TAG: gone}, status=dg.DagsterRunStatus.STARTED)
    assert [(r.asset_selection, r.tags) for r in tick()] == [
        ([dg.AssetKey([SLUG, "inventory"])], {INSTEAD_TAG: scan.run_id})
    ], "of others nothing is said"
