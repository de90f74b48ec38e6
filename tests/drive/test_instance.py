"""The Dagster instance of a project, and the configuration that is shipped."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster._daemon.types import DaemonHeartbeat

from clipplot_pipeline import definitions
from clipplot_pipeline.defs.pools import POOLS
from clipplot_pipeline.drive.instance import HEARTBEAT_S, dagster_home, has_daemon, open_instance
from clipplot_pipeline.errors import UsageError
from clipplot_pipeline.project_file import write_project_file
from tests.pictures import draw_collection

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)


def test_pools_have_limits_before_the_first_run(tmp_path: Path) -> None:
    with open_instance(tmp_path) as instance:
        limits = {pool.name: pool.limit for pool in instance.event_log_storage.get_pool_limits()}
        assert limits == POOLS
        assert not instance.telemetry_enabled
        assert instance.run_retries_enabled


def test_brackets_in_a_name_do_not_cost_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "me"))
    homes = []
    for name in ("letters [1901]", "letters [1902]"):
        with open_instance(tmp_path / name) as instance:
            assert not instance.telemetry_enabled
            assert instance.run_retries_enabled
        homes.append(Path(os.environ.pop("DAGSTER_HOME")))
    assert len(set(homes)) == 2
    assert {home.parent for home in homes} == {tmp_path / "me" / ".clipplot"}

    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "instance [1]"))
    with pytest.raises(UsageError, match="set DAGSTER_HOME to another"):
        open_instance(tmp_path)


def test_pools_have_limits_before_the_first_shard_wherever_dagster_is_started(tmp_path: Path) -> None:
    project = draw_collection(tmp_path / "project", count=2)
    write_project_file(
        project, {"slug": "pools", "source": str(project / "images"), "embedder": "descriptor"}
    )
    made = definitions.build_definitions(project)
    (tmp_path / "home").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "home")) as instance:
        instance.event_log_storage.set_concurrency_slots("gpu", 8)
        result = dg.materialize(
            list(made.assets or []),
            selection=dg.AssetSelection.assets("pools/inventory"),
            instance=instance,
            resources=made.resources,
        )
        assert result.success
        limits = {pool.name: pool.limit for pool in instance.event_log_storage.get_pool_limits()}
    assert limits == {**POOLS, "gpu": 8}


def test_a_limit_set_by_hand_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_instance(tmp_path) as instance:
        instance.event_log_storage.set_concurrency_slots("gpu", 4)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    with open_instance(tmp_path) as instance:
        limits = {pool.name: pool.limit for pool in instance.event_log_storage.get_pool_limits()}
        assert limits["gpu"] == 4


def test_the_home_is_the_projects_unless_another_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert dagster_home(tmp_path) == tmp_path / ".clipplot" / "dagster"
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "elsewhere"))
    assert dagster_home(tmp_path) == tmp_path / "elsewhere"


def test_a_daemon_is_seen_by_its_heartbeat(tmp_path: Path) -> None:
    with open_instance(tmp_path) as instance:
        assert not has_daemon(instance)
        instance.add_daemon_heartbeat(DaemonHeartbeat(time.time() - 2 * HEARTBEAT_S, "SENSOR", "old", []))
        assert not has_daemon(instance)
        instance.add_daemon_heartbeat(DaemonHeartbeat(time.time(), "SENSOR", "new", []))
        assert has_daemon(instance)


def test_what_is_shipped_agrees() -> None:
    packaged = ROOT / "clipplot_pipeline" / "dagster.yaml"
    assert (ROOT / "dagster.yaml").read_bytes() == packaged.read_bytes()
    workspace = yaml.safe_load((ROOT / "workspace.yaml").read_text(encoding="utf-8"))
    module = workspace["load_from"][0]["python_module"]["module_name"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["dg"]["project"]
    assert module == project["code_location_target_module"] == definitions.__name__


@pytest.mark.pipeline
def test_a_workspace_holds_several_collections(tmp_path: Path) -> None:
    entries = []
    for slug in ("herbarium", "portraits"):
        write_project_file(tmp_path / slug, {"slug": slug, "source": str(tmp_path), "embedder": "descriptor"})
        entry = {"module_name": definitions.__name__, "location_name": slug, "working_directory": slug}
        entries.append({"python_module": entry})
    (tmp_path / "workspace.yaml").write_text(yaml.safe_dump({"load_from": entries}), encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CLIPPLOT")}
    environment["DAGSTER_HOME"] = str(tmp_path / "home")
    (tmp_path / "home").mkdir()
    for slug in ("herbarium", "portraits"):
        listed = subprocess.run(
            [sys.executable, "-m", "dagster", "sensor", "list", "-w", "workspace.yaml", "-l", slug],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert listed.returncode == 0, listed.stderr
        assert f"{slug}__automation" in listed.stdout
        assert f"{slug}__requests" in listed.stdout
