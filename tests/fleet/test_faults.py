"""Whatever stops a build, the next ones end in the same site, and compute nothing twice that was complete.

The short form, one project that suffers everything in turn, runs in `make test`; `make soak` kills and starves builds
at every asset. Services that die: `test_services`; machines: `test_ray_cluster`.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from clipplot_pipeline.drive.daemon import is_working
from clipplot_pipeline.drive.instance import open_instance
from clipplot_pipeline.graph import build_graph
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.settings import Settings, load_settings
from clipplot_pipeline.site.verify import verify_site
from clipplot_pipeline.storage import Store
from tests.fleet.comparing import SLUG, check, count_computed, read_site, run
from tests.fleet.faults import DISK_IS_BROKEN, DISK_IS_FULL, Unreliable, writing_fails

WORKER = Path(__file__).parent / "faults.py"
#: Where is written, by name: every asset below its own, the site below `published`.
PLACES = {name: f"/{SLUG}/{name}/" for name in (*build_graph(Settings(source="images")), "records")}
PLACES["published"] = "/project/site/"


def be_killed(project: Path, **places: int) -> str:
    """Build, and be killed with SIGKILL (ended, on Windows) while the n-th file of one of the places is written.

    Return the place; none where the build came to its end before.
    """
    first = {PLACES[name]: number for name, number in places.items()}
    died = subprocess.run(
        [sys.executable, str(WORKER), str(project), json.dumps(first)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        timeout=500,
        check=False,
        text=True,
    )
    assert "Traceback" not in died.stderr, died.stderr
    where = died.stdout.partition("\n")[0]  # several threads publish
    assert bool(where) == (died.returncode != 0), died.stdout + died.stderr
    return next((name for name, place in PLACES.items() if place == where), "")


@pytest.mark.pipeline
@pytest.mark.slow
def test_a_build_that_suffers_everything_in_turn_ends_in_the_same_site(project: Path, whole: Path) -> None:
    assert be_killed(project, embeddings=5), "vectors of the second shard"
    ledger = Ledger(load_settings(project))
    (first,) = ledger.records("embeddings")
    with open_instance(project) as instance:
        assert not is_working(instance, ledger.settings), "a daemon would wait for the killed run for ever"
    kept = ledger.record("embeddings", first)

    with writing_fails({PLACES["neighbors"]: 1}, DISK_IS_FULL) as refused:
        report = run(project)
    assert refused
    assert "No space left on device" in report.failed[0].reason
    assert not (project / "site" / "manifest.json").exists()

    with writing_fails({PLACES["clusters"]: 1}, DISK_IS_BROKEN, times=1) as refused:
        assert [failed.asset for failed in run(project).failed] == ["clusters"]
    assert len(refused) == 1

    with writing_fails({PLACES["published"]: 9}, DISK_IS_FULL) as refused:
        assert [failed.asset for failed in run(project).failed] == ["site"]
    assert refused
    assert not (project / "site" / "manifest.json").exists(), "half a site is no site"

    assert be_killed(project, published=5)
    assert run(project).failed == []
    assert ledger.record("embeddings", first) == kept
    check(project, whole)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("number", [1, 2])
def test_a_build_killed_at_every_asset_in_turn_is_carried_on(project: Path, whole: Path, number: int) -> None:
    """One build, killed some two dozen times: at the n-th file of every asset, each time by a process of its own."""
    left = dict.fromkeys(PLACES, number)
    while place := be_killed(project, **left):
        del left[place]
    assert not left, "it was killed everywhere"
    assert run(project).materialized == []
    check(project, whole)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_disk_that_is_full_at_every_asset_in_turn_is_mended_by_room(project: Path, whole: Path) -> None:
    places = dict.fromkeys(PLACES.values(), 1)
    while True:
        with writing_fails(places, DISK_IS_FULL) as refused:
            report = run(project)
        if not report.failed:
            break
        assert refused, report.failed
        if (
            project / "site" / "manifest.json"
        ).exists():  # there was room for the site, and none for its record
            assert verify_site(str(project / "site")).problems == ()
        for place in set(refused):
            del places[place]
    assert not places, "it was full everywhere"
    check(project, whole)


@pytest.fixture
def unreliable(monkeypatch: pytest.MonkeyPatch) -> Iterator[Unreliable]:
    """Return an object store whose clients find it, with a bucket `faults`; one request in twenty fails."""
    boto3 = pytest.importorskip("boto3")
    pytest.importorskip("s3fs")
    moto_server = pytest.importorskip("moto.server")
    serving = pytest.importorskip("werkzeug.serving")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = Unreliable(moto_server.DomainDispatcherApplication(moto_server.create_backend_app), every=20)
    server = serving.make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }.items():
        monkeypatch.setenv(name, value)
    # Clients are kept by their arguments, of which the address is none: one of another server may be there.
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    client = boto3.client("s3")
    client.create_bucket(Bucket="faults")
    client.close()
    yield app
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.slow
def test_a_store_asks_again_where_one_request_in_twenty_fails(unreliable: Unreliable) -> None:
    store = Store(f"s3://faults/{uuid.uuid4().hex}")
    names = [f"some/file{number:02}" for number in range(24)]
    for number, name in enumerate(names):
        if number % 2:
            store.write_bytes(name, name.encode())
        else:
            with store.open_write(name) as file:
                file.write(name.encode())
    assert store.list_files() == names
    assert [store.read_bytes(name).decode() for name in names] == names
    for name in names[::2]:
        store.delete(name)
    assert store.list_files("some") == names[1::2]
    assert unreliable.failures >= unreliable.requests // 20 >= 3


@pytest.mark.soak
def test_a_build_on_storage_that_fails_one_request_in_twenty(
    project: Path, whole: Path, unreliable: Unreliable
) -> None:
    options = {"store": "s3://faults/store", "site": "s3://faults/site"}
    assert run(project, **options).failed == []
    assert unreliable.failures > 20
    site = Store(options["site"])
    assert {name: site.read_bytes(name) for name in site.list_files()} == {
        Path(name).as_posix(): data for name, data in read_site(whole).items()
    }
    assert verify_site(options["site"]).problems == ()
    assert set(count_computed(project).values()) == {1}
