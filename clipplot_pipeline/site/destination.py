"""The place where a site is published, any fsspec URL: requests that are repeated when they fail in passing.

Belongs here: single requests, with their headers, retries and errors. Does not belong here: their order
(``publish``), who may make them (``lock``).
"""

from __future__ import annotations

import contextlib
import errno
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from fsspec.core import has_magic
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    wait_exponential,
    wait_random,
)

from clipplot_pipeline.errors import ClipplotError, PublishError
from clipplot_pipeline.storage import Store

Result = TypeVar("Result")

#: Attempts at one request, the first included. The waits between them come to about 20 s.
ATTEMPTS = 6
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 20.0
#: Files that one request to S3 deletes at most.
BULK_DELETE = 1000

#: Answers of a web service after which the same request may succeed.
_PASSING_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
_PASSING_ERRNO = frozenset(
    number
    for number, name in errno.errorcode.items()
    if name
    in {
        *("EAGAIN", "EBUSY", "EINTR", "EIO", "EREMOTEIO", "ESTALE", "EPIPE", "ENOBUFS", "ETIMEDOUT"),
        *("ECONNABORTED", "ECONNREFUSED", "ECONNRESET", "EHOSTDOWN", "EHOSTUNREACH"),
        *("ENETDOWN", "ENETRESET", "ENETUNREACH"),
    }
)
#: On Windows a file that a web server or a virus scanner has open looks for a moment like one without rights.
_PASSING_WINERROR = frozenset({5, 32, 33})
#: Errors of connections in the clients of object stores, by name: the clients are extras. aiohttp, botocore, azure.
_PASSING_NAMES = frozenset(
    {
        *("ClientConnectionError", "ClientPayloadError", "ServiceRequestError", "ServiceResponseError"),
        *("HTTPClientError", "EndpointConnectionError", "ConnectTimeoutError", "ResponseStreamingError"),
        "IncompleteReadError",
    }
)


class RequestError(PublishError):
    """A request to the destination failed for good."""


class Destination(Store):
    """A folder on any fsspec URL; requests that fail in passing are repeated, with growing waits.

    What fails for good raises a ``RequestError`` at once. An absent file is no failure: reading one raises the
    errors of ``Store``.

    Parameters
    ----------
    url : str
        A local path or an fsspec URL.
    storage_options : dict, optional
        Handed to fsspec.
    """

    #: How to wait, in s; tests do not.
    sleep: Callable[[float], None] = staticmethod(time.sleep)

    @classmethod
    def of(cls, place: Store | str) -> Destination:
        """Return the destination at a store or an address."""
        if isinstance(place, Destination):
            return place
        if isinstance(place, str):
            return cls(place)
        found = cls.__new__(cls)
        found.url, found.fs, found.root, found.is_local = place.url, place.fs, place.root, place.is_local
        return found

    def exists(self, path: str) -> bool:
        """Tell whether a file or folder is there."""
        return self._request("looked for", path, lambda: super(Destination, self).exists(path))

    def read_bytes(self, path: str) -> bytes:
        """Return a file's bytes."""
        return self._request("read", path, lambda: super(Destination, self).read_bytes(path))

    def write_bytes(self, path: str, data: bytes) -> None:
        """Write a file atomically."""
        self._request("written", path, lambda: super(Destination, self).write_bytes(path, data))

    def delete(self, path: str) -> None:
        """Delete a file, in one request, and on a disk the folders that become empty; it may be absent."""
        self._request("deleted", path, lambda: self._delete(path))

    def batch(self, paths: Sequence[str]) -> list[Sequence[str]]:
        """Return paths in the batches that one request deletes: S3 takes a thousand, others one."""
        size = BULK_DELETE if self.is_s3 and not has_magic(self.root) else 1
        return [paths[start : start + size] for start in range(0, len(paths), size)]

    def delete_all(self, batch: Sequence[str]) -> None:
        """Delete the files of a batch; they may be absent."""
        if len(batch) == 1:
            self.delete(batch[0])
        else:
            self._request("deleted", batch[0], lambda: self.fs.rm([self.locate(path) for path in batch]))

    def list_sizes(self, folder: str = "") -> dict[str, int]:
        """Return the size of every file below a folder, by its path relative to this one; empty if it is absent."""
        return self._request("listed", folder, lambda: _list_sizes(self, folder))

    def put(self, path: str, data: bytes, content_type: str, cache_control: str) -> None:
        """Write a file, whole or not at all, with its headers where the backend keeps some."""
        headers = describe_headers(self.fs.protocol, content_type, cache_control)
        if not headers:
            self.write_bytes(path, data)
            return
        self._request("written", path, lambda: self.fs.pipe_file(self.locate(path), data, **headers))

    def create(self, path: str, data: bytes) -> bool:
        """Write a file that must not be there; return False if it is."""
        return self._request("written", path, lambda: super(Destination, self).create(path, data))

    def _delete(self, path: str) -> None:
        where = self.locate(path)
        with contextlib.suppress(FileNotFoundError):
            self.fs.rm_file(where)
        if self.is_local:
            top = Path(self.root)
            with contextlib.suppress(OSError):  # not empty, or just filled by another thread
                for folder in Path(where).parents:
                    if folder == top or top not in folder.parents:
                        break
                    folder.rmdir()

    def _request(self, verb: str, path: str, function: Callable[[], Result]) -> Result:
        tries = Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_exponential(FIRST_WAIT_S, LONGEST_WAIT_S) + wait_random(0, FIRST_WAIT_S),
            retry=retry_if_exception(is_passing),
            sleep=self.sleep,
            retry_error_callback=_raise_last,
        )
        try:
            return tries(function)
        except (ClipplotError, FileNotFoundError) as error:
            if verb == "written" and isinstance(error, FileNotFoundError):
                raise self._explain(verb, path, error) from error  # the bucket or drive itself is absent
            raise
        except Exception as error:  # every client of an object store has errors of its own
            raise self._explain(verb, path, error) from error

    def _explain(self, verb: str, path: str, error: Exception) -> RequestError:
        where = f"{self.url.rstrip('/')}/{path}".rstrip("/")
        reason = str(error) or type(error).__name__
        if is_passing(error):
            return RequestError(
                f"{where}: cannot be {verb}, in {ATTEMPTS} attempts ({reason}); check the connection and try again"
            )
        return RequestError(f"{where}: cannot be {verb} ({reason}); check address, rights and space")


def _raise_last(state: RetryCallState) -> Any:
    assert state.outcome is not None  # noqa: S101 - tenacity calls this after an attempt
    return state.outcome.result()


def is_passing(error: BaseException) -> bool:
    """Tell whether the same request may succeed a moment later: the connection, the time, the server's load.

    Rights, space, a wrong address and all else that the server refuses (4xx) are no such cause.
    """
    status = _status(error)
    if status is not None:
        return status in _PASSING_STATUS
    if isinstance(error, OSError) and getattr(error, "winerror", None) in _PASSING_WINERROR:
        return True
    if isinstance(error, FileNotFoundError | PermissionError | FileExistsError):
        return False
    if isinstance(error, TimeoutError | ConnectionError | EOFError):
        return True
    if isinstance(error, OSError) and error.errno in _PASSING_ERRNO:
        return True
    return any(kind.__name__ in _PASSING_NAMES for kind in type(error).__mro__)


def _status(error: BaseException) -> int | None:
    """Return the HTTP status that an error tells, however its client tells it."""
    for name in ("status", "status_code", "code"):
        value = getattr(error, name, None)
        if isinstance(value, int | str) and str(value).isdigit() and 100 <= int(value) < 600:
            return int(value)
    return None


def _list_sizes(store: Store, folder: str) -> dict[str, int]:
    top = store.locate(folder) if folder else store.root
    store.fs.invalidate_cache()
    if not store.fs.exists(top):
        return {}
    cut = len(store.root) + 1
    found = store.fs.find(top, detail=True)
    return {str(name)[cut:]: int(entry["size"] or 0) for name, entry in found.items()}


def list_sizes(store: Store, folder: str = "") -> dict[str, int]:
    """Return the size of every file below a folder, by its path relative to the store; empty if it is absent."""
    return Destination.of(store).list_sizes(folder)


def _protocols(protocol: str | tuple[str, ...]) -> set[str]:
    return {protocol} if isinstance(protocol, str) else set(protocol)


def describe_headers(
    protocol: str | tuple[str, ...], content_type: str, cache_control: str
) -> dict[str, Any]:
    """Return the arguments that make an fsspec backend keep Content-Type and Cache-Control."""
    protocols = _protocols(protocol)
    if protocols & {"s3", "s3a"}:
        return {"ContentType": content_type, "CacheControl": cache_control}
    if protocols & {"gs", "gcs"}:
        return {"content_type": content_type, "fixed_key_metadata": {"cache_control": cache_control}}
    if protocols & {"az", "abfs", "abfss"}:
        from azure.storage.blob import ContentSettings

        return {"content_settings": ContentSettings(content_type=content_type, cache_control=cache_control)}
    return {}
