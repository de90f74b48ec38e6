"""Dagster's own interface, as a user meets it: one click on `inventory` ends in a finished site."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import psutil
import pytest
from playwright.sync_api import BrowserContext

from clipplot_pipeline.defs.partitions import asset_key
from clipplot_pipeline.drive.instance import open_instance
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.project_file import write_project_file
from clipplot_pipeline.settings import load_settings
from clipplot_pipeline.site.verify import verify_site
from tests.pictures import draw_collection, draw_picture

#: Starting the servers, or carrying a change through the graph, on a slow machine.
PATIENCE_S = 400
REAL_PICTURES = Path(__file__).resolve().parents[3] / "shared" / "data" / "photos"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with settings and nothing built: real photographs where the packs are, else drawn ones."""
    folder = tmp_path_factory.mktemp("ui") / "herbarium"
    table = folder / "metadata.csv"
    if (REAL_PICTURES / "images").is_dir():
        (folder / "images").mkdir(parents=True)
        for picture in sorted((REAL_PICTURES / "images").iterdir())[::20]:
            shutil.copy2(picture, folder / "images")
        shutil.copy2(REAL_PICTURES / "metadata.csv", table)
    else:
        draw_collection(folder, count=48)
    write_project_file(
        folder,
        {
            "slug": "herbarium",
            "title": "A herbarium",
            "source": str(folder / "images"),
            "metadata": str(table),
            "embedder": "descriptor",
            "shard_size": 60,
            "automation.every_s": 5,
            "automation.quiet_s": 3,
        },
    )
    return folder


@pytest.fixture(scope="module")
def address(project: Path) -> Iterator[str]:
    """Start `clipplot dev` and return its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("DAGSTER", "CLIPPLOT"))
    }
    command = [
        sys.executable,
        "-m",
        "clipplot_pipeline.cli",
        "dev",
        "--project",
        str(project),
        "--port",
        str(port),
    ]
    log = (project / "dev.log").open("wb")
    server = subprocess.Popen(
        command,
        env=environment,
        stdout=log,
        stderr=log,
        start_new_session=True,
        preexec_fn=None if sys.platform == "win32" else ignore_signals,  # noqa: PLW1509 - no threads here
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: answers(url) or server.poll() is not None, "the web server")
        assert server.poll() is None, (project / "dev.log").read_text(encoding="utf-8")[-3000:]
        yield url
    finally:
        left = stop(server)
        log.close()
    assert not left, "whoever stops `clipplot dev` stops Dagster's web server and daemon"


def ignore_signals() -> None:
    """Begin as in the background of a script, where a process inherits that Ctrl+C is ignored."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def stop(server: subprocess.Popen[bytes]) -> list[str]:
    """End `clipplot dev` as a machine that shuts down does, and return which of its servers had to be killed."""
    family = psutil.Process(server.pid).children(recursive=True)
    server.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(PATIENCE_S)
    _, left = psutil.wait_procs([process for process in family if process.is_running()], timeout=20)
    commands = []
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            commands.append(" ".join(process.cmdline()))
            process.kill()
    server.kill()
    return [command for command in commands if "webserver" in command or "daemon" in command]


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/server_info", timeout=5) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def wait_for(happened: object, what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not happened():  # type: ignore[operator]
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: nothing came of it within {PATIENCE_S} s")
        time.sleep(1)


def stale(project: Path) -> list[tuple[str, str]]:
    return [(found.asset, found.reason) for found in Ledger(load_settings(project)).stale()]


def count_materializations(project: Path, name: str) -> int:
    settings = load_settings(project)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(project / ".clipplot" / "dagster"))
        with open_instance(project) as instance:
            query = dg.AssetRecordsFilter(asset_key=asset_key(settings, name))
            return len(instance.fetch_materializations(query, limit=1000).records)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_one_click_on_the_inventory_ends_in_a_site(
    project: Path, address: str, context: BrowserContext
) -> None:
    page = context.new_page()
    page.goto(f"{address}/assets/herbarium/inventory")
    page.get_by_text("One row per source image").first.wait_for(timeout=120_000)
    page.get_by_role("button", name="Materialize").first.click()
    wait_for(lambda: not stale(project), f"one click on inventory: {stale(project)}")
    verification = verify_site(str(project / "site"))
    assert verification.problems == ()
    assert verification.images >= 48
    settings = load_settings(project)
    for name, node in Ledger(settings).graph.items():
        expected = len(Ledger(settings).shards) if node.sharded else 1
        assert count_materializations(project, name) == expected, f"{name} was materialized more than once"

    page.goto(f"{address}/assets/herbarium/layout_umap")
    preview = page.get_by_text("preview").first
    preview.wait_for(timeout=60_000)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_drop_is_noticed_and_the_command_line_follows_it_to_the_site(
    project: Path, address: str, context: BrowserContext
) -> None:
    before = {name: count_materializations(project, name) for name in ("inventory", "site")}
    images = verify_site(str(project / "site")).images
    for number in range(10):
        draw_picture(project / "images" / f"drop{number}.png", 500 + number)
    wait_for(lambda: count_materializations(project, "inventory") > before["inventory"], "a drop")

    page = context.new_page()
    page.goto(f"{address}/locations/clipplot_pipeline.definitions/sensors/herbarium__drops")
    page.get_by_text("Looks for new pictures").first.wait_for(timeout=60_000)
    page.goto(f"{address}/automation")
    for name in ("herbarium__drops", "herbarium__nightly"):
        page.get_by_text(name).first.wait_for(timeout=60_000)
    assert count_materializations(project, "inventory") == before["inventory"] + 1, "a burst makes one scan"

    report = run_program("build", project)
    assert report["failed"] == []
    assert stale(project) == []
    assert count_materializations(project, "site") == before["site"] + 1
    verification = verify_site(str(project / "site"))
    assert (verification.problems, verification.images) == ((), images + 10)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_backfill_of_the_command_line_is_carried_out_by_the_daemon(project: Path, address: str) -> None:
    ledger = Ledger(load_settings(project))
    before = (project / "site" / "manifest.json").read_bytes()
    shard = ledger.shards[-1]
    record = ledger.record("embeddings", shard)
    assert record is not None
    ledger.store.delete(f"embeddings/{shard}/{record.fingerprint}")
    report = run_program("backfill", "embeddings", "--shards", "0..", project)
    assert (report["due"], report["made"], report["failed"]) == ([shard], [shard], [])
    assert stale(project) == []
    assert (project / "site" / "manifest.json").read_bytes() == before


def run_program(*arguments: object) -> dict[str, Any]:
    """Run the command line on a project, the last argument, in a process of its own; return what it prints."""
    *verb, project = map(str, arguments)
    command = [sys.executable, "-m", "clipplot_pipeline.cli", *verb, "--json", "--project", project]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("DAGSTER", "CLIPPLOT"))
    }
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    assert done.returncode == 0, done.stderr[-3000:]
    printed: dict[str, Any] = json.loads(done.stdout)
    return printed


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_materialize_all_works_and_changes_nothing(
    project: Path, address: str, context: BrowserContext
) -> None:
    before = (project / "site" / "manifest.json").read_bytes()
    made = {name: count_materializations(project, name) for name in ("site", "images")}
    page = context.new_page()
    page.goto(f"{address}/asset-groups")
    page.get_by_role("button", name="Materialize all").click(timeout=120_000)
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="All", exact=True).click(timeout=60_000)
    dialog.get_by_role("button", name="Launch backfill").click()
    wait_for(lambda: count_materializations(project, "site") == made["site"] + 1, "Materialize all")
    shards = len(Ledger(load_settings(project)).shards)
    assert count_materializations(project, "images") == made["images"] + shards
    assert stale(project) == []
    assert (project / "site" / "manifest.json").read_bytes() == before
