"""The lock of a destination: one gets it, a void one is taken over, and it is given back in all cases."""

import dataclasses
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clipplot_pipeline.errors import PublishError
from clipplot_pipeline.site import lock as locking
from clipplot_pipeline.site.destination import Destination
from clipplot_pipeline.site.lock import LEASE, hold_lock
from clipplot_pipeline.site.publish import publish
from clipplot_pipeline.site.tombstones import drop_old_builds, hide_images
from clipplot_pipeline.site.verify import verify_site
from clipplot_pipeline.storage import Store

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Clock:
    """Stands still until it is moved."""

    def __init__(self):
        self.time = NOON

    def __call__(self):
        return self.time

    def move(self, **span):
        self.time += timedelta(**span)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=["disk", "memory"])
def place(request, tmp_path):
    found = Destination(
        str(tmp_path / "new" / "folder") if request.param == "disk" else "memory://clipplot-lock"
    )
    found.sleep = lambda seconds: None
    Store(found.url).delete("")
    yield found
    Store(found.url).delete("")


def test_a_second_publisher_is_told_who_and_how_long(place, clock):
    with hold_lock(place, clock, owner="reading-room, process 7"):
        clock.move(minutes=4)
        with (
            pytest.raises(
                PublishError,
                match=r"reading-room, process 7 has been publishing there for 4 min.*publish\.lock",
            ),
            hold_lock(place, clock),
        ):
            pass
        assert place.exists("publish.lock")
    assert not place.exists("publish.lock")


def test_it_is_given_back_whatever_happens(place, clock):
    for error in (ValueError, KeyboardInterrupt):
        with pytest.raises(error), hold_lock(place, clock):
            raise error
        assert not place.exists("publish.lock")
    with hold_lock(place, clock):
        pass
    assert place.list_files() == []


def test_it_says_what_it_promises(place, clock):
    with hold_lock(place, clock, owner="me"):
        content = json.loads(place.read_bytes("publish.lock"))
    assert content.pop("token")
    assert content == {"owner": "me", "started": "2026-01-01T12:00:00Z", "expires": "2026-01-01T12:10:00Z"}


def test_a_void_lock_is_taken_over_and_its_owner_finds_out(place, clock):
    with hold_lock(place, clock, owner="sleeper") as sleeper:
        clock.move(seconds=LEASE.total_seconds())
        with hold_lock(place, clock, owner="successor"):
            with pytest.raises(PublishError, match="successor took the lock over"):
                sleeper.renew()
            sleeper.release()  # which is not his any more
            assert json.loads(place.read_bytes("publish.lock"))["owner"] == "successor"


def test_who_goes_on_keeps_it(place, clock):
    with hold_lock(place, clock) as lock:
        for _ in range(5):
            clock.move(minutes=8)
            lock.renew()
        with pytest.raises(PublishError, match="for 40 min"), hold_lock(place, clock):
            pass


@pytest.mark.skipif(os.name != "posix", reason="elsewhere a process cannot be looked for")
def test_a_process_that_was_killed_holds_nobody_up_on_its_own_machine(place, clock):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    process = locking._name_process(gone.pid)
    holder = locking.Holder("killed", "its token", NOON, NOON + LEASE, process)
    place.write_bytes("publish.lock", holder.to_bytes())
    with hold_lock(place, clock) as lock:
        assert lock.holder.process == locking._name_process(os.getpid())
        with pytest.raises(PublishError, match="has been publishing"), hold_lock(place, clock):
            pass
    kernel = Path("/proc/sys/kernel/random/boot_id")
    own = kernel.read_text("ascii").strip() if kernel.exists() else ""
    names = [f"another machine {gone.pid}", *([process.replace(own, "of its own")] if own else [])]
    for name in names:  # the last one: another machine of the same name
        elsewhere = dataclasses.replace(holder, process=name)
        place.write_bytes("publish.lock", elsewhere.to_bytes())
        with pytest.raises(PublishError, match="killed has been publishing"), hold_lock(place, clock):
            pass


def test_the_work_goes_on_in_the_background(place, clock, monkeypatch):
    monkeypatch.setattr(locking, "HEARTBEAT", timedelta(seconds=0.01))
    with hold_lock(place, clock):
        clock.move(minutes=9)
        for _ in range(500):
            if b"12:19" in place.read_bytes("publish.lock"):
                break
            locking.threading.Event().wait(0.01)
        assert json.loads(place.read_bytes("publish.lock"))["expires"] == "2026-01-01T12:19:00Z"
    assert place.list_files() == []


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"owner": "x"}'])
def test_one_that_was_cut_short_holds_nobody_up(place, clock, content):
    place.write_bytes("publish.lock", content)
    with hold_lock(place, clock, owner="me"):
        assert json.loads(place.read_bytes("publish.lock"))["owner"] == "me"
    assert place.list_files() == []


def test_of_many_on_a_disk_one_gets_it(tmp_path, clock):
    def try_it(number):
        try:
            with hold_lock(Destination(str(tmp_path)), clock, owner=str(number)):
                arrived.wait()
                return 1
        except PublishError:
            arrived.wait()
            return 0

    arrived = locking.threading.Barrier(8)
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_it, range(8))) == 1
    assert list(tmp_path.iterdir()) == []


def test_no_one_publishes_or_takes_down_meanwhile(site, plan, retitled):
    before = {path: site.read_bytes(path) for path in site.list_files()}
    with hold_lock(Destination(site.url), owner="other"):
        assert verify_site(site.url).is_whole
        for work in (
            lambda: publish(retitled, site),
            lambda: hide_images(site.url, plan.image_ids[:1]),
            lambda: drop_old_builds(site.url),
        ):
            with pytest.raises(PublishError, match="other has been publishing"):
                work()
    assert {path: site.read_bytes(path) for path in site.list_files()} == before


def test_who_lost_the_lock_does_not_commit(site, plan, retitled):
    before = site.read_bytes("manifest.json")

    def lose(done, total):
        content = json.loads(site.read_bytes("publish.lock"))
        site.write_bytes(
            "publish.lock", json.dumps(content | {"token": "another", "owner": "other"}).encode()
        )

    with pytest.raises(PublishError, match="other took the lock over"):
        publish(retitled, site, progress=lose)
    assert site.read_bytes("manifest.json") == before
    assert site.exists("publish.lock")
