"""Two Ray nodes, PostgreSQL and an object store: shards run on both, one node dies, the site is the same."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from clipplot_pipeline.defs.observe import observe
from clipplot_pipeline.defs.pools import prepare_pools
from clipplot_pipeline.defs.requests import request_build
from clipplot_pipeline.drive.build import build
from clipplot_pipeline.drive.instance import open_instance
from clipplot_pipeline.ledger import SALT, Ledger
from clipplot_pipeline.project_file import write_project_file
from clipplot_pipeline.settings import load_settings
from clipplot_pipeline.site.verify import verify_site
from tests.fleet.servers import (
    free_port,
    kill_tree,
    postgres,
    print_logs,
    start,
    wait_for_port,
    wait_until,
)
from tests.pictures import draw_collection

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1500)]

SHIPPED = Path(__file__).resolve().parents[2] / "deploy" / "ray" / "dagster.yaml"
SHARDS = 4
SLUG = "fleet"


def read_site(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


class Fleet:
    """A cluster that works on one project."""

    def __init__(self, top: Path, project: Path) -> None:
        self.top, self.project = top, project
        self.nodes: dict[str, subprocess.Popen[bytes]] = {}
        self.daemon: subprocess.Popen[bytes] | None = None
        self.ports = {name: free_port() for name in ("gcs", "jobs")}

    @property
    def environment(self) -> dict[str, str]:
        paths = os.pathsep.join(filter(None, [str(SHIPPED.parents[2]), os.environ.get("PYTHONPATH")]))
        programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        return {**os.environ, "PYTHONPATH": paths, "PATH": programs, "RAY_USAGE_STATS_ENABLED": "0"}

    def add_node(self, name: str) -> None:
        where = (
            [
                *("--head", f"--port={self.ports['gcs']}", f"--dashboard-port={self.ports['jobs']}"),
                *("--dashboard-host=127.0.0.1", "--include-dashboard=true", f"--temp-dir={self.top / 'ray'}"),
            ]
            if not self.nodes
            else [f"--address=127.0.0.1:{self.ports['gcs']}"]
        )
        # GPUs are what a node says it has: that shards ask for one is what is looked at here.
        size = ["--num-cpus=2", "--num-gpus=1", "--object-store-memory=100000000"]
        common = [
            f"--dashboard-agent-listen-port={free_port()}",
            "--node-ip-address=127.0.0.1",
            "--disable-usage-stats",
            "--block",
        ]
        environment = {**self.environment, "NODE_NAME": name}
        log = self.top / f"{name}.log"
        self.nodes[name] = start(["ray", "start", *where, *size, *common], log, environment, self.top)
        if len(self.nodes) == 1:
            wait_for_port(self.ports["gcs"])
            wait_for_port(self.ports["jobs"])

    def start_daemon(self) -> None:
        module = ["-m", "clipplot_pipeline.definitions"]
        log = self.top / "daemon.log"
        self.daemon = start(["dagster-daemon", "run", *module], log, self.environment, self.project)

    def stop(self) -> None:
        for process in [self.daemon, *self.nodes.values()]:
            if process is not None:
                kill_tree(process)

    def where(self, instance: dg.DagsterInstance, asset: str) -> dict[str, list[str]]:
        """Return on which nodes each shard (or the asset) was made, as the event log has it."""
        found: dict[str, list[str]] = defaultdict(list)
        key = dg.AssetKey([SLUG, asset])
        for record in instance.fetch_materializations(key, limit=1000).records:
            event = record.asset_materialization
            assert event is not None
            if not event.metadata["reused"].value:
                found[event.partition or ""].append(str(event.metadata["host"].value))
        return found


@pytest.fixture
def top() -> Iterator[Path]:
    # Short, for sockets; and open to the user that the database runs as.
    with tempfile.TemporaryDirectory(prefix="fleet", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the address of a bucket."""
    moto_server = pytest.importorskip("moto.server")
    boto3 = pytest.importorskip("boto3")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    keys = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    for name, value in {**keys, "AWS_DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    boto3.client("s3").create_bucket(Bucket="fleet")
    yield "s3://fleet/store"
    server.stop()


def test_a_node_dies_and_the_site_is_the_same(top: Path, store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray", reason="the extra ray is not installed")
    pytest.importorskip("dagster_ray", reason="the extra ray is not installed")
    pytest.importorskip("dagster_postgres", reason="the extra postgres is not installed")
    pictures = draw_collection(top / "archive", count=SHARDS * 8)
    values = {"slug": SLUG, "title": "Fleet", "source": str(pictures / "images"), "embedder": "descriptor"}
    values |= {"metadata": str(pictures / "metadata.csv"), "shard_size": 8}

    alone = top / "alone"
    write_project_file(alone, values)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    assert build(alone, {}, lambda _: None).failed == []
    salt = Ledger(load_settings(alone)).store.read_bytes(SALT)

    project, home = top / "project", top / "home"
    write_project_file(project, {**values, "store": store})
    home.mkdir()
    shutil.copy(SHIPPED, home / "dagster.yaml")
    ledger = Ledger(load_settings(project))
    ledger.store.write_bytes(SALT, salt)  # public ids are keyed by it: the same collection, the same ids
    fleet = Fleet(top, project)
    with postgres(top / "database") as database:
        for name, value in {
            "DAGSTER_HOME": str(home),
            "DAGSTER_PG_URL": database.url,
            "CLIPPLOT_PROJECT": str(project),
            "RAY_ADDRESS": f"http://127.0.0.1:{fleet.ports['jobs']}",
        }.items():
            monkeypatch.setenv(name, value)
        try:
            run_and_kill(fleet, ledger, home)
        except BaseException:
            print_logs(top)
            raise
        finally:
            fleet.stop()
    site = Path(load_settings(project).site)
    assert verify_site(str(site)).problems == ()
    assert read_site(site) == read_site(Path(load_settings(alone).site))


def run_and_kill(fleet: Fleet, ledger: Ledger, home: Path) -> None:
    for name in ("head", "other"):
        fleet.add_node(name)
    with open_instance(fleet.project) as instance:
        prepare_pools(instance)
        for pool in ("decode", "gpu"):
            instance.event_log_storage.set_concurrency_slots(pool, 2)
        fleet.start_daemon()
        request_build(ledger, "scan")
        wait_until(
            lambda: len({host for hosts in fleet.where(instance, "images").values() for host in hosts}) == 2,
            300,
            "shards have run on both nodes",
        )
        assert len(fleet.where(instance, "images")) < SHARDS, "the backfill is in its middle"
        kill_tree(fleet.nodes.pop("other"))
        observed = observe(load_settings(fleet.project)).inputs
        wait_until(
            lambda: not Ledger(ledger.settings, observed).stale(), 900, "the other node has made the rest"
        )
        for asset in ("images", "embeddings"):
            made = fleet.where(instance, asset)
            assert len(made) == SHARDS
            assert all(len(hosts) == 1 for hosts in made.values()), f"complete shards are made once: {made}"
        assert {host for hosts in fleet.where(instance, "embeddings").values() for host in hosts} == {"head"}
        asked = [
            json.loads(run.tags["dagster-ray/config"])
            for run in instance.get_runs()
            if run.asset_selection == {dg.AssetKey([SLUG, "embeddings"])}
        ]
        assert asked
        assert all(needs["num_gpus"] == 1 for needs in asked)
