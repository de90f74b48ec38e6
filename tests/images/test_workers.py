"""What a picture does to the process that decodes it stays there: crashes, hangs, hunger for memory."""

import errno
import gc
import io
import os
import subprocess
import sys
import threading
import time
import zipfile

import numpy as np
import psutil
import pytest
from PIL import Image

from clipplot_pipeline.errors import DecoderError, SourceError, StoreError
from clipplot_pipeline.images import Limits, open_images, workers
from clipplot_pipeline.model import ImageFacts, Reject, SourceImage
from tests.images.hostile import HostileSource

LIMITS = Limits(rendition_px=512, max_pixels=400_000_000)
QUICK = Limits(rendition_px=512, max_pixels=400_000_000, timeout_s=1)
only_posix = pytest.mark.skipif(os.name == "nt", reason="signals")


@pytest.fixture
def source(photo, encode, tmp_path):
    return HostileSource(encode(photo), tmp_path / "log")


def listing(*names):
    return [SourceImage(f"{name}.jpg", 1, "1") for name in names]


def open_with(source, name, limits=LIMITS):
    """Open a shard with one hostile file among good ones; return what comes of it."""
    files = listing("a", "b", name, "c", "d")
    outcomes = list(open_images(files, source, limits, workers=2))
    assert [outcome.path for outcome in outcomes] == [file.path for file in files]
    assert all(isinstance(outcome, ImageFacts) for outcome in outcomes if outcome.path != f"{name}.jpg")
    return outcomes[2]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("exits", "exit code 7"),
        pytest.param("crashes", "SIGSEGV", marks=only_posix),
        pytest.param("killed", "SIGKILL", marks=only_posix),
    ],
)
def test_a_picture_that_ends_its_worker_is_a_reject_after_a_second_try(source, name, said):
    outcome = open_with(source, name)
    assert isinstance(outcome, Reject)
    assert outcome.kind == "unreadable"
    assert said in outcome.reason
    assert source.log.read_text(encoding="utf-8").count(name) == 2


def test_a_worker_that_ends_by_a_neighbours_fault_costs_no_picture(source):
    assert isinstance(open_with(source, "killed_once"), ImageFacts)


@pytest.mark.parametrize("name", ["hangs", pytest.param("hangs_in_c", marks=only_posix)])
def test_a_picture_that_takes_too_long_is_a_reject_at_once(source, name):
    started = time.monotonic()
    outcome = open_with(source, name, QUICK)
    assert isinstance(outcome, Reject)
    assert "`picture_timeout_s`" in outcome.reason
    assert source.log.read_text(encoding="utf-8").count(name) == 1
    assert time.monotonic() - started < 8


def test_a_picture_that_takes_too_long_is_not_tried_again_because_its_neighbour_was_read_late(
    source, monkeypatch
):
    receive = workers.Worker._receive

    def read_late(worker, *asked):
        answer = receive(worker, *asked)
        time.sleep(0.2)  # meanwhile the worker is at the next picture
        return answer

    monkeypatch.setattr(workers.Worker, "_receive", read_late)
    assert "`picture_timeout_s`" in open_with(source, "hangs", QUICK).reason
    assert source.log.read_text(encoding="utf-8").count("hangs") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep to no such limit")
def test_a_picture_that_needs_too_much_memory_is_a_reject(encode, open_files):
    large = encode(Image.new("RGB", (5000, 5000), "red"), "PNG")
    small = encode(Image.new("RGB", (90, 90), "red"), "PNG")
    outcomes = open_files({"a.png": small, "b.png": large, "c.png": small}, max_pixels=10**9, memory_mb=48)
    assert [isinstance(outcome, Reject) for outcome in outcomes] == [False, True, False]
    assert "`picture_memory_mb`" in outcomes[1].reason
    (fits,) = open_files({"b.png": large}, max_pixels=10**9, memory_mb=0)
    assert isinstance(fits, ImageFacts)


def test_what_a_decoder_prints_does_not_come_between(source):
    assert isinstance(open_with(source, "chatters"), ImageFacts)


def test_a_source_that_fails_as_a_whole_stops_the_run_from_within_a_worker(source):
    with pytest.raises(SourceError, match="disk is gone"):
        list(open_images(listing("a", "gone", "b"), source, LIMITS, workers=2))


def test_shards_that_follow_each_other_share_workers(source):
    workers.end_idle_workers()
    for _ in range(3):
        list(open_images(listing("a", "b", "c", "d"), source, LIMITS, workers=2))
    opened_by = {line.split()[0] for line in source.log.read_text(encoding="utf-8").splitlines()}
    assert 1 <= len(opened_by) <= 2
    assert str(os.getpid()) not in opened_by


def test_workers_end_when_nobody_needs_them(source, monkeypatch):
    workers.end_idle_workers()
    monkeypatch.setattr(workers, "_KEPT_S", 0.05)
    list(open_images(listing("a", "b"), source, LIMITS, workers=2))
    deadline = time.monotonic() + 10
    while _children() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _children()


def test_who_stops_reading_waits_for_no_hung_picture(source):
    large = [SourceImage(f"{name}.jpg", 1 << 20, "1") for name in ("a", "hangs")]  # too large for one batch
    stream = open_images(large, source, LIMITS, workers=2)
    next(stream)
    started = time.monotonic()
    stream.close()
    assert time.monotonic() - started < 5
    assert threading.active_count() < 10


def test_workers_outlive_no_parent_that_is_killed(tmp_path):
    """The parent dies without a word; its workers see their input end."""
    script = (
        "import os\n"
        "from clipplot_pipeline.images.workers import Crew, _IDLE\n"
        "worker = _IDLE.take(); worker._wait_until_ready()\n"
        "print(worker.process.pid, flush=True)\n"
        "os._exit(1)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    pid = int(done.stdout)
    deadline = time.monotonic() + 10
    while _is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _is_running(pid)


def test_an_installation_without_workers_is_an_error_and_no_heap_of_rejects(source, monkeypatch, capfd):
    workers.end_idle_workers()
    monkeypatch.setattr(workers, "_START", "raise SystemExit(3)")
    with pytest.raises(DecoderError, match="does not start"):
        list(open_images(listing("a", "b"), source, LIMITS, workers=2))


def test_a_worker_knows_nothing_heavy(source):
    """Its start is felt in every small drop."""
    script = (
        "import sys, clipplot_pipeline.images.worker\n"
        "print(sorted({'dagster', 'torch', 'pyarrow', 'scipy', 'pydantic', 'cv2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_long_shard_leaks_neither_files_nor_memory(photo, encode, source):
    list(open_images(listing(*"ab"), source, LIMITS, workers=2))
    own = psutil.Process()
    files = own.num_fds() if hasattr(own, "num_fds") else own.num_handles()
    stream = open_images([SourceImage(f"{n}.jpg", 1, "1") for n in range(400)], source, LIMITS, workers=2)
    assert sum(isinstance(outcome, ImageFacts) for outcome in stream) == 400
    gc.collect()
    after = own.num_fds() if hasattr(own, "num_fds") else own.num_handles()
    assert after <= files + 4


@pytest.mark.parametrize(
    "error", [zipfile.BadZipFile("Bad CRC-32"), OSError(errno.EIO, "reset by minio.intern")]
)
def test_a_fetched_file_that_breaks_off_while_it_is_read(error, encode, monkeypatch):
    noise = np.random.default_rng(1).integers(0, 255, (600, 600, 3), dtype=np.uint8)
    data = encode(Image.fromarray(noise), "TIFF")
    monkeypatch.setattr(workers, "_KEPT_S", 0.05)

    class Breaks(io.BytesIO):
        def read(self, size=-1):
            if self.tell() > 300_000:
                raise error
            return super().read(size)

    from clipplot_pipeline.images import reading

    monkeypatch.setattr(reading, "WHOLE_BYTES", 1000)
    outcomes = open_images(
        [SourceImage("a.tif", len(data), "1")], lambda path: Breaks(data), LIMITS, workers=1
    )
    if isinstance(error, OSError):  # another time it may not break off
        with pytest.raises(StoreError, match=r"a\.tif: the source does not give this file.*reset"):
            list(outcomes)
    else:
        (outcome,) = outcomes
        assert isinstance(outcome, Reject)
        assert "out of its archive" in outcome.reason


def _is_running(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _children():
    return [child.pid for child in psutil.Process().children() if _is_running(child.pid)]
