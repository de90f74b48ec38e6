"""What was fetched, kept in the store, so that nothing that is unchanged is fetched again.

Belongs here: entries by address, marks of what failed in passing. Does not belong here: requests (``http_fetch``).
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from clipplot_pipeline.errors import StoreError
from clipplot_pipeline.storage import Store

#: Folder in the store of a collection.
FOLDER = "fetched"
#: A picture that fails in passing is tried again by so many later scans.
MOST_TRIES = 5
_FAILED = "failed"
_ASKED = "asked.json"
#: As many digits of an address's hash tell those apart whose times are kept together.
_SHORT = 16


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer of a server.

    Attributes
    ----------
    url : str
        What was asked for.
    content_type : str
        In lower case, without parameters; empty if the server gave none.
    etag, last_modified : str
        What the server knows the version by; empty where it does not say.
    sha256 : str
        Of the body.
    """

    url: str
    content_type: str
    etag: str
    last_modified: str
    sha256: str


class HttpCache:
    """Answers by address, in a folder of the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._asked: dict[str, float] | None = None
        self._lock = threading.Lock()

    def is_fresh(self, url: str, seconds: float) -> bool:
        """Tell whether an address was asked for within a time, by this process or another. Unit: s."""
        return time.time() - self._times().get(hash_url(url)[:_SHORT], 0.0) < seconds

    def note_asked(self, url: str) -> None:
        """Note that an address was asked for now; ``save`` makes others know."""
        times = self._times()
        with self._lock:
            times[hash_url(url)[:_SHORT]] = time.time()

    def save(self) -> None:
        """Keep when addresses were asked for."""
        with self._lock:
            times = {**self._read_times(), **(self._asked or {})}
            if self._asked:
                self._store.write_json(_ASKED, {name: int(when) for name, when in sorted(times.items())})

    def _times(self) -> dict[str, float]:
        with self._lock:
            if self._asked is None:
                self._asked = self._read_times()
            return self._asked

    def _read_times(self) -> dict[str, float]:
        try:
            return dict(self._store.read_json(_ASKED)) if self._store.exists(_ASKED) else {}
        except (OSError, TypeError, ValueError, StoreError):
            return {}

    def read(self, url: str) -> tuple[Entry, bytes] | None:
        """Return what is kept of an address, None if that is nothing or is damaged."""
        path = _path(url)
        if not self._store.exists(f"{path}.json"):
            return None
        try:
            entry = Entry(**self._store.read_json(f"{path}.json"))
            body = self._store.read_bytes(f"{path}.body")
        except (OSError, TypeError, ValueError, StoreError):
            return None
        return (entry, body) if entry.url == url and hash_bytes(body) == entry.sha256 else None

    def write(self, entry: Entry, body: bytes) -> None:
        """Keep an answer; the body comes first, so that an entry is whole."""
        path = _path(entry.url)
        self._store.write_bytes(f"{path}.body", body)
        self._store.write_json(f"{path}.json", asdict(entry))

    def address(self, url: str) -> str:
        """Return where the body of what is kept lies, as anything that reads fsspec's addresses takes it."""
        return self._store.address(f"{_path(url)}.body")

    def delete(self, url: str) -> None:
        """Let go of an address."""
        for ending in (".json", ".body"):
            if self._store.exists(_path(url) + ending):
                self._store.delete(_path(url) + ending)

    def read_failures(self) -> Mapping[str, int]:
        """Return how often pictures failed in passing, by the hash of their address."""
        try:
            files = self._store.list_files(_FAILED)
            return {name.rpartition("/")[2]: int(self._store.read_bytes(name)) for name in files}
        except (OSError, ValueError, StoreError):
            return {}

    def note_failure(self, url: str) -> None:
        """Count a failure in passing of a picture."""
        path = f"{_FAILED}/{hash_url(url)}"
        before = int(self._store.read_bytes(path)) if self._store.exists(path) else 0
        self._store.write_bytes(path, json.dumps(min(before + 1, MOST_TRIES)).encode())


def hash_url(url: str) -> str:
    """Return the name under which an address is kept: 64 hex digits."""
    return hash_bytes(url.encode())


def hash_bytes(data: bytes) -> str:
    """Return the sha256, 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def _path(url: str) -> str:
    name = hash_url(url)
    return f"{name[:2]}/{name}"
