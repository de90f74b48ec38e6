"""A server as the guide sets it up: PostgreSQL, a code server, a daemon. Each is killed in the middle of a run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import yaml

from clipplot_pipeline.defs.requests import request_build
from clipplot_pipeline.drive.daemon import is_working
from clipplot_pipeline.drive.instance import open_instance
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.settings import load_settings
from tests.fleet.comparing import SLUG, check
from tests.fleet.servers import (
    Postgres,
    free_port,
    kill_tree,
    postgres,
    print_logs,
    start,
    wait_for_port,
    wait_until,
)

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1500)]

SHIPPED = Path(__file__).resolve().parents[2] / "deploy" / "systemd" / "dagster.yaml"
MODULE = "clipplot_pipeline.definitions"
#: The database is away for longer than its clients ask again.
AWAY_S = 8.0
#: Until a lost run is noticed and made again, on a slow machine.
PATIENCE_S = 600.0


class Server:
    """The services of one machine, as units of systemd would run them."""

    def __init__(self, top: Path, project: Path, database: Postgres) -> None:
        self.top, self.project, self.database = top, project, database
        self.port = free_port()
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.workspace = top / "workspace.yaml"
        server = {"host": "127.0.0.1", "port": self.port, "location_name": "archive"}
        self.workspace.write_text(yaml.safe_dump({"load_from": [{"grpc_server": server}]}), encoding="utf-8")

    def start(self, name: str) -> None:
        """Start a service: `code`, `daemon` or `database`."""
        if name == "database":
            self.database.start()
            return
        code = [
            "code-server",
            "start",
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--module-name",
            MODULE,
        ]
        command = (
            ["dagster", *code] if name == "code" else ["dagster-daemon", "run", "-w", str(self.workspace)]
        )
        paths = os.pathsep.join([str(SHIPPED.parents[2]), os.environ.get("PYTHONPATH", "")])
        programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        environment = {**os.environ, "PYTHONPATH": paths, "PATH": programs}
        self.running[name] = start(command, self.top / f"{name}.log", environment, self.project)
        if name == "code":
            wait_for_port(self.port)

    def kill(self, name: str) -> None:
        """Kill a service and all that it started, with SIGKILL."""
        if name == "database":
            self.database.stop("immediate")
        else:
            kill_tree(self.running.pop(name))

    def stop(self) -> None:
        """Stop everything but the database."""
        for process in self.running.values():
            kill_tree(process)


@pytest.fixture
def top() -> Iterator[Path]:
    """Return a folder that the database's user may enter."""
    with tempfile.TemporaryDirectory(prefix="fleet", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def server(top: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Return a server at work on a project that nothing is made of yet."""
    pytest.importorskip("dagster_postgres", reason="the extra postgres is not installed")
    home = top / "home"
    home.mkdir()
    shutil.copy(SHIPPED, home / "dagster.yaml")
    with postgres(top / "database") as database:
        for name, value in {
            "DAGSTER_HOME": str(home),
            "DAGSTER_PG_URL": database.url,
            "CLIPPLOT_PROJECT": str(project),
        }.items():
            monkeypatch.setenv(name, value)
        made = Server(top, project, database)
        try:
            for name in ("code", "daemon"):
                made.start(name)
            yield made
        finally:
            made.stop()
            print_logs(top)


def is_made_now(asset: str) -> bool:
    """Tell whether a run that makes an asset is at work."""
    key = dg.AssetKey([SLUG, asset])
    with dg.DagsterInstance.get() as instance:
        runs = instance.get_runs(filters=dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
    return any(key in (run.asset_selection or ()) for run in runs)


@pytest.mark.parametrize(
    "victims", [("daemon",), ("code",), ("database",), ("daemon", "code", "database")], ids="+".join
)
def test_a_service_that_is_killed_carries_on(
    server: Server, project: Path, whole: Path, victims: tuple[str, ...]
) -> None:
    settings = load_settings(project)
    request_build(Ledger(settings), "scan")
    wait_until(lambda: is_made_now("layout_umap"), PATIENCE_S, "the run of a layout is at work")
    made = Ledger(settings).records("images")
    assert len(made) == 2
    for name in victims:
        server.kill(name)
    time.sleep(AWAY_S)
    for name in reversed(victims):
        server.start(name)

    def is_done() -> bool:
        if Ledger(settings).record("site") is None or Ledger(settings).stale():
            return False
        with open_instance(project) as instance:
            return not is_working(instance, settings)

    wait_until(
        is_done, PATIENCE_S, f"the site is made: {[(s.asset, s.reason) for s in Ledger(settings).stale()]}"
    )
    assert Ledger(settings).records("images") == made
    check(project, whole)
