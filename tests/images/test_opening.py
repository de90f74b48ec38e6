"""Each original is opened once; order, streaming, rejects."""

import errno
import hashlib
import io
import threading
import zipfile

import pytest

from clipplot_pipeline.errors import SourceError, StoreError
from clipplot_pipeline.images import Limits, open_images, open_one, reading
from clipplot_pipeline.model import ImageFacts, NoOriginalError, Reject, SourceImage
from clipplot_pipeline.sources import open_source

LIMITS = Limits(rendition_px=512, max_pixels=50_000_000)


def test_every_original_is_opened_exactly_once_and_comes_out_in_order(photo, encode, memory_source):
    good = encode(photo)
    files = {f"{number:02}.jpg": good if number % 3 else b"\xff\xd8\xff" + b"x" * 40 for number in range(40)}
    source = memory_source(files)
    outcomes = list(open_images(source.files, source, LIMITS, workers=3))
    assert [outcome.path for outcome in outcomes] == list(files)
    assert set(source.opened.values()) == {1}
    assert len(source.opened) == len(files)
    assert [isinstance(outcome, Reject) for outcome in outcomes] == [number % 3 == 0 for number in range(40)]


def test_facts_of_a_plain_picture(photo, encode, open_bytes):
    data = encode(photo, "PNG")
    facts, rendition = open_bytes(data, "folder/a.png")
    assert facts.path == "folder/a.png"
    assert facts.size_bytes == len(data)
    assert facts.sha256 == hashlib.sha256(data).hexdigest()
    assert (facts.format, facts.width_px, facts.height_px) == ("PNG", 300, 200)
    assert (facts.taken_at, facts.latitude, facts.longitude) == (None, None, None)
    assert rendition.size == (300, 200)
    assert 0 <= facts.phash < 2**64


def test_it_streams_and_opens_no_more_than_a_few_ahead(photo, encode, memory_source):
    source = memory_source({f"{number:03}.jpg": encode(photo) for number in range(200)})
    stream = open_images(source.files, source, LIMITS, workers=1)
    next(stream)
    opened = sum(source.opened.values())
    stream.close()
    assert opened < 20


def test_workers_bound_the_pictures_open_at_a_time(photo, encode, memory_source):
    data = encode(photo)
    lock, open_now, most = threading.Lock(), 0, 0

    class Counted(io.BytesIO):
        def close(self):
            nonlocal open_now
            if not self.closed:
                with lock:
                    open_now -= 1
            super().close()

    def opener(path):
        nonlocal open_now, most
        with lock:
            open_now += 1
            most = max(most, open_now)
        return Counted(data)

    files = [SourceImage(f"{number}.jpg", len(data), "1") for number in range(30)]
    assert len(list(open_images(files, opener, LIMITS, workers=2))) == 30
    assert open_now == 0
    assert most <= 4  # one that is decoded and one that is fetched, a worker


def test_same_input_same_outcome_whatever_the_workers(photo, encode, open_files):
    files = {"a.png": encode(photo, "PNG"), "b.jpg": encode(photo), "c.gif": b"GIF89a", "d.jpg": b""}
    once = open_files(files, rendition_px=128, workers=1)
    assert open_files(files, rendition_px=128, workers=4) == once


def test_no_files_yield_nothing(memory_source):
    source = memory_source({})
    assert list(open_images(source.files, source, LIMITS, workers=0)) == []


def error_of_deflate64() -> Exception:
    """Return what zipfile raises of a member that is packed as Windows packs large files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.jpg", b"a picture")
    data = bytearray(packed.getvalue())
    data[8] = data[data.index(b"PK\x01\x02") + 10] = (
        9  # the method, where the member begins and in the directory
    )
    with zipfile.ZipFile(io.BytesIO(data)) as archive, pytest.raises(RuntimeError) as raised:
        archive.read("a.jpg")
    return raised.value


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (FileNotFoundError(2, "x"), "no such file"),
        (PermissionError(13, "x"), "permission"),
        (NoOriginalError("the server says 404"), "the server says 404"),
        (
            zipfile.BadZipFile("minio.intern/a.zip is damaged"),
            "cannot be read out of its archive (BadZipFile)",
        ),
        (RuntimeError("File 'a.jpg' is encrypted"), "cannot be read out of its archive"),
        (error_of_deflate64(), "cannot be read out of its archive"),
    ],
)
def test_a_file_that_is_not_there_is_a_reject(error, said):
    outcome = open_far(error)
    assert isinstance(outcome, Reject)
    assert outcome.kind == "unreadable"
    assert said in outcome.reason
    assert "minio" not in outcome.reason


class EndpointConnectionError(Exception):
    """As that of botocore: no ``OSError``."""


PASSING = [
    EndpointConnectionError("Could not connect to the endpoint URL: https://minio.intern:9000/b/a.jpg"),
    TimeoutError("timed out"),
    OSError(errno.EBUSY, "SlowDown"),
    ConnectionResetError(),
    RuntimeError("Session is closed"),
]


@pytest.mark.parametrize("error", PASSING, ids=lambda error: type(error).__name__)
def test_a_store_that_fails_leaves_no_picture_out(error):
    with pytest.raises(StoreError, match=r"a\.jpg: the source does not give this file") as raised:
        open_far(error)
    assert raised.value.__cause__ is error


@pytest.mark.parametrize(("code", "is_reject"), [("AccessDenied", True), ("ExpiredToken", False)])
def test_a_key_that_ran_out_leaves_no_picture_out_and_a_closed_picture_is_a_reject(code, is_reject):
    errors = pytest.importorskip("s3fs.errors")
    answer = pytest.importorskip("botocore.exceptions").ClientError({"Error": {"Code": code}}, "GetObject")
    error = errors.translate_boto_error(answer)
    assert isinstance(error, PermissionError)
    if is_reject:
        assert "permission" in open_far(error).reason
    else:
        with pytest.raises(StoreError, match="does not give this file"):
            open_far(error)


def open_far(error):
    def opener(path):
        raise error

    (outcome,) = open_images([SourceImage("a.jpg", 1, "1")], opener, LIMITS, workers=1)
    return outcome


def test_a_source_that_fails_as_a_whole_stops_the_run():
    def opener(path):
        raise SourceError("the bucket is gone")

    with pytest.raises(SourceError, match="bucket"):
        list(open_images([SourceImage("a.jpg", 1, "1")], opener, LIMITS, workers=1))


def test_a_large_original_is_decoded_and_hashed_from_the_file(monkeypatch, photo, encode):
    data = encode(photo, "TIFF")
    file = SourceImage("a.tif", len(data), "1")
    whole = open_one(file, lambda path: io.BytesIO(data), LIMITS)
    monkeypatch.setattr(reading, "WHOLE_BYTES", 1000)
    assert open_one(file, lambda path: io.BytesIO(data), LIMITS) == whole
    # the worker asks for the pieces of what the parent does not read whole
    assert list(open_images([file], lambda path: io.BytesIO(data), LIMITS, workers=1)) == [whole]


class Sparse(io.RawIOBase):
    """A file of 5 GB: a few first bytes, then zeros; it notes how much of it was read."""

    def __init__(self, head: bytes) -> None:
        self.head, self.position, self.total = head, 0, 0

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, offset, whence=0):
        self.position = offset + {0: 0, 1: self.position, 2: 5 << 30}[whence]
        return self.position

    def tell(self):
        return self.position

    def read(self, size=-1):
        size = max(0, min((5 << 30) - self.position, size if size >= 0 else 5 << 30))
        self.total += size
        part = self.head[self.position : self.position + size]
        self.position += size
        return part + bytes(size - len(part))


@pytest.mark.parametrize("kind", ["zeros", "JPEG", "PNG", "WEBP"])
def test_a_sparse_giant_is_not_read_whole(photo, encode, kind):
    head = b"" if kind == "zeros" else encode(photo, kind)[:2000]
    file = Sparse(head)
    (outcome,) = open_images([SourceImage("a.jpg", 5 << 30, "1")], lambda path: file, LIMITS, workers=1)
    assert isinstance(outcome, Reject)
    assert file.total < 20_000_000


def test_a_local_file_is_opened_by_the_worker(photo, encode, tmp_path):
    (tmp_path / "a.png").write_bytes(encode(photo, "PNG"))
    file, opener = SourceImage("a.png", 1, "1"), open_source(str(tmp_path))
    assert opener.is_local
    (outcome,) = open_images(
        [
            file,
        ],
        opener,
        LIMITS,
        workers=1,
    )
    assert isinstance(outcome, ImageFacts)
    assert outcome == open_one(file, opener, LIMITS)


def test_the_limit_on_pixels_is_pillows_too(photo, encode, open_files):
    (outcome,) = open_files({"a.png": encode(photo, "PNG")}, max_pixels=59_999)
    assert isinstance(outcome, Reject)
    assert "max_pixels" in outcome.reason
