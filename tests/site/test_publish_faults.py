"""Publishing where requests fail: what passes is repeated, what stays stops it, and the old site is whole."""

import errno
import itertools
import threading
from datetime import UTC, datetime, timedelta

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from clipplot_pipeline.errors import PublishError
from clipplot_pipeline.site.build import build_site
from clipplot_pipeline.site.destination import ATTEMPTS, Destination, is_passing
from clipplot_pipeline.site.publish import publish
from clipplot_pipeline.site.verify import verify_site
from clipplot_pipeline.storage import Store

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class FaultyStorage(MemoryFileSystem):
    """Storage whose n-th request fails if ``fault`` says so."""

    cachable = False

    def __init__(self):
        super().__init__()
        self.fault = lambda number, kind, path: None
        self.requests = []
        self._guard = threading.Lock()

    def _count(self, kind, path):
        with self._guard:
            number = len(self.requests)
            self.requests.append((kind, path))
            error = self.fault(number, kind, path)
        if error is not None:
            raise error

    def pipe_file(self, path, value, **kwargs):
        self._count("put", path)
        super().pipe_file(path, value, **kwargs)

    def cat_file(self, path, **kwargs):
        self._count("get", path)
        return super().cat_file(path, **kwargs)

    def find(self, path, **kwargs):
        self._count("list", path)
        return super().find(path, **kwargs)

    def rm_file(self, path):
        self._count("delete", path)
        super().rm_file(path)

    def exists(self, path, **kwargs):
        self._count("head", path)
        return super().exists(path, **kwargs)


@pytest.fixture
def place():
    """A place in memory that fails as told, and does not wait."""
    url = "memory://clipplot-faults"
    Store(url).delete("")
    found = Destination(url)
    found.fs = FaultyStorage()
    found.waits = []
    found.sleep = found.waits.append
    yield found
    Store(url).delete("")


def _at(**past):
    return lambda: NOON + timedelta(**past)


def _read_all(url):
    store = Store(url)
    return {path: store.read_bytes(path) for path in store.list_files()}


def _restore(url, files):
    store = Store(url)
    store.delete("")
    for path, data in files.items():
        store.write_bytes(path, data)


@pytest.mark.parametrize("kind", ["put", "get", "list", "delete", "head", None])
def test_one_failure_in_twenty_changes_nothing(tmp_path, place, plan, collection, make_smaller, kind):
    smaller, fewer = make_smaller(39)
    publish(plan, str(tmp_path), collection.details, now=_at())
    publish(fewer, str(tmp_path), smaller.details, now=_at(hours=1), grace=timedelta(0))
    seen = itertools.count(1)  # of one kind every third fails, for there are few of some
    share = 20 if kind is None else 3
    failed = []

    def fault(number, of, path):
        if kind in {None, of} and next(seen) % share == 0:
            failed.append(path)
            return OSError(errno.EIO, "storage hiccup")
        return None

    place.fs.fault = fault
    publish(plan, place, collection.details, now=_at(), workers=4)
    publish(fewer, place, smaller.details, now=_at(hours=1), grace=timedelta(0), workers=4)
    assert len(failed) == len(place.waits) >= (5 if kind is None else 1)
    assert _read_all(place.url) == _read_all(str(tmp_path))
    assert verify_site(place.url).is_whole


@pytest.fixture(scope="module")
def before_and_after(make_smaller, viewer):
    """Publishes to kill: the same few pictures under another title, and one picture less."""
    from dataclasses import replace

    five, plan = make_smaller(5)
    four, fewer = make_smaller(4)
    retitled = build_site(replace(five.content, title="Another"), viewer)
    return {
        "the same pictures": ((plan, five), (retitled, five)),
        "a picture less": ((plan, five), (fewer, four)),
    }


@pytest.mark.parametrize("change", ["the same pictures", "a picture less"])
def test_storage_that_is_gone_from_any_request_on_leaves_a_whole_site(place, before_and_after, change):
    (old, old_pictures), (new, new_pictures) = before_and_after[change]
    publish(old, place, old_pictures.details, now=_at())
    before = _read_all(place.url)
    place.fs.requests.clear()
    publish(new, place, new_pictures.details, now=_at(hours=1), workers=1)
    after, total = _read_all(place.url), len(place.fs.requests)
    committed = place.fs.requests.index(("put", place.locate("manifest.json")))
    assert total > committed > 20
    for k in range(total):
        _restore(place.url, before)
        place.fs.requests.clear()
        place.fs.fault = lambda number, kind, path, k=k: TimeoutError("gone") if number >= k else None
        if k < total - 2:  # the last two give the lock back, which is void soon
            with pytest.raises(PublishError, match="gone"):
                publish(new, place, new_pictures.details, now=_at(hours=1), workers=1)
        else:
            publish(new, place, new_pictures.details, now=_at(hours=1), workers=1)
        manifest = Store(place.url).read_bytes("manifest.json")
        assert manifest == (before if k <= committed else after)["manifest.json"], k
        assert verify_site(place.url).problems == (), k
        place.fs.fault = lambda number, kind, path: None
        publish(new, place, new_pictures.details, now=_at(hours=2), workers=1)
        later = _read_all(place.url)
        assert later.keys() == after.keys(), k
        assert {p for p in after if later[p] != after[p]} <= {"garbage.json"}, k


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "No space left"),
        (PermissionError(errno.EACCES, "Access Denied"), "Access Denied"),
        (FileNotFoundError("The specified bucket does not exist"), "bucket does not exist"),
        (OSError(errno.EINVAL, "The key is malformed"), "malformed"),
        (RuntimeError("no credentials"), "no credentials"),
    ],
)
def test_what_does_not_pass_stops_at_once_in_one_sentence(place, plan, collection, error, told):
    place.fs.fault = lambda number, kind, path: error if kind == "put" and path.endswith(".bin") else None
    with pytest.raises(
        PublishError, match=rf"/c/.*cannot be written \(.*{told}.*check address, rights and space"
    ):
        publish(plan, place, collection.details, workers=1)
    puts = [path for kind, path in place.fs.requests if kind == "put" and path.endswith(".bin")]
    assert len(puts) == 1
    assert place.waits == []
    assert not Store(place.url).exists("manifest.json")
    assert not Store(place.url).exists("publish.lock")


def test_what_never_passes_is_given_up_with_growing_waits(place, plan, collection):
    place.fs.fault = lambda number, kind, path: TimeoutError("slow") if path.endswith("main.css") else None
    with pytest.raises(PublishError, match=rf"in {ATTEMPTS} attempts \(slow\); check the connection"):
        publish(plan, place, collection.details, workers=1)
    assert len(place.waits) == ATTEMPTS - 1
    assert place.waits == sorted(place.waits)
    assert 10 < sum(place.waits) < 40


class _AnswerError(Exception):
    def __init__(self, status):
        super().__init__(status)
        self.status = status


class ClientPayloadError(Exception):
    """Named as aiohttp's."""


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (TimeoutError(), True),
        (ConnectionResetError(), True),
        (BrokenPipeError(), True),
        (OSError(errno.EBUSY, "SlowDown"), True),
        (_AnswerError(503), True),
        (_AnswerError(429), True),
        (ClientPayloadError(), True),
        (_AnswerError(403), False),
        (_AnswerError(404), False),
        (FileExistsError(), False),
        (OSError(errno.EROFS, "read-only"), False),
        (OSError("no number"), False),
        (ValueError(), False),
    ],
)
def test_causes_that_pass_are_told_from_those_that_stay(error, passes):
    assert is_passing(error) is passes


def test_a_file_that_a_reader_holds_open_on_windows_is_tried_again():
    error = PermissionError(13, "in use")
    error.winerror = 32
    assert is_passing(error)
