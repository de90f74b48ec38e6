"""Fetching from web servers: repeated where that may help, bounded in size and time, polite, and not twice.

Belongs here: one request and its repetition, redirects, conditional requests. Does not belong here: what is fetched
(``iiif``, ``http_list``), where it is kept (``http_cache``), how many requests at a time (``http_politeness``).

Only ``http`` and ``https`` are ever spoken, whatever a server redirects to.
"""

from __future__ import annotations

import contextlib
import datetime
import email.utils
import http
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
import tenacity
import urllib3

from clipplot_pipeline import __version__
from clipplot_pipeline.sections import HttpSettings
from clipplot_pipeline.sources.http_cache import Entry, HttpCache, hash_bytes
from clipplot_pipeline.sources.http_guard import OPEN, Guard, PrivateAddressError
from clipplot_pipeline.sources.http_politeness import Gate, Gates
from clipplot_pipeline.sources.http_secrets import hide_secrets

_SCHEMES = frozenset({"http", "https"})
_MOST_REDIRECTS = 6
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BLOCK_BYTES = 1 << 16
#: Longest wait that a server may ask for; one that wants more has failed for now. Unit: s.
_LONGEST_WAIT_S = 120.0
#: Silence of a server for so long is a failure, well before the time of the whole request. Unit: s.
_SILENCE_S = 30.0

_T = TypeVar("_T")


class FetchError(OSError):
    """An address could not be fetched; ``is_passing`` if it may be another time. A picture's is a reject."""

    def __init__(self, url: str, reason: str, *, is_passing: bool = False, wait_s: float = 0.0) -> None:
        super().__init__(f"{hide_secrets(url)}: {reason}")
        self.is_passing = is_passing
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Answer:
    """What an address gave: its body, and what kind the server says it is (lower case, no parameters)."""

    url: str
    body: bytes
    content_type: str


class Fetcher:
    """Fetches addresses; any thread may use it.

    Parameters
    ----------
    settings : HttpSettings
    sleep : callable
        Of the system; tests have their own.
    """

    def __init__(self, settings: HttpSettings, sleep: Callable[[float], None] = time.sleep) -> None:
        self._settings = settings
        self._sleep = sleep
        self._gates = Gates(settings.per_host, settings.delay_s, sleep)
        self._session = requests.Session()
        self._guard = Guard(settings.private_network)
        adapter = self._guard.adapter(pool_connections=32, pool_maxsize=settings.per_host)
        for scheme in _SCHEMES:
            self._session.mount(f"{scheme}://", adapter)
        contact = f"; {settings.contact}" if settings.contact else ""
        self._session.headers["User-Agent"] = f"clipplot/{__version__} (image collections{contact})"

    def get(self, url: str, *, accept: str = "*/*", refuse: re.Pattern[str] | None = None) -> Answer:
        """Return what an address gives, after as many tries as the settings allow.

        Parameters
        ----------
        url : str
        accept : str
            The header of that name.
        refuse : pattern, optional
            Kinds of content that cannot be what is wanted, as in an error page that is called a picture.

        Raises
        ------
        FetchError
            It gives nothing of use.
        SourceError
            The host as a whole is down.
        """
        answer, _ = self._repeat(url, {"Accept": accept}, refuse)
        assert answer is not None  # noqa: S101 - no condition was made
        return answer

    def get_kept(
        self,
        url: str,
        cache: HttpCache,
        *,
        accept: str,
        refuse: re.Pattern[str] | None,
        always_ask: bool = False,
    ) -> Answer:
        """Return what an address gives, out of the cache unless it has changed.

        Parameters
        ----------
        url, accept, refuse
            As in ``get``.
        cache : HttpCache
            What is kept; also counts where the server fails in passing.
        always_ask : bool
            Ask the server, even if it was asked lately.
        """
        kept = cache.read(url)
        if kept and not always_ask and cache.is_fresh(url, self._settings.recheck_s):
            return Answer(url, kept[1], kept[0].content_type)
        headers = {"Accept": accept}
        if kept and kept[0].etag:
            headers["If-None-Match"] = kept[0].etag
        if kept and kept[0].last_modified:
            headers["If-Modified-Since"] = kept[0].last_modified
        try:
            answer, entry = self._repeat(url, headers, refuse)
        except FetchError as error:
            if kept is None or not error.is_passing:
                raise
            return Answer(url, kept[1], kept[0].content_type)
        if answer is None and kept is not None:
            answer = Answer(url, kept[1], kept[0].content_type)
        elif answer is not None and (kept is None or entry != kept[0]):
            cache.write(entry, answer.body)
        assert answer is not None  # noqa: S101 - only what is kept is asked for by condition
        cache.note_asked(url)
        return answer

    def get_listing(
        self, url: str, cache: HttpCache, *, accept: str, refuse: re.Pattern[str] | None
    ) -> Answer:
        """Return the listing that the user names, as it is now; what it leads to may lie in the same network as it.

        Parameters are those of ``get_kept``.
        """
        host = urlsplit(url).hostname or ""
        self._guard.trust_host(host)
        answer = self.get_kept(url, cache, accept=accept, refuse=refuse, always_ask=True)
        network, name = self._guard.network_of(host), f"network:{url}"
        kept = cache.read(name)
        if network is not None and (kept[1].decode() if kept else OPEN) != network:
            cache.write(Entry(name, "", "", "", hash_bytes(network.encode())), network.encode())
        self.recall_listing(url, cache)
        return answer

    def recall_listing(self, url: str, cache: HttpCache) -> None:
        """Let be asked what the listing may lead to, as it was when it was fetched last."""
        kept = cache.read(f"network:{url}")
        if kept:
            self._guard.allow_network(kept[1].decode())

    def look_kept(self, url: str, cache: HttpCache) -> str:
        """Return a tag that changes with what lies at an address, by its headers alone; the last, if it fails.

        Raises
        ------
        FetchError, SourceError
            As ``get``, where nothing is known.
        """
        name = f"look:{url}"
        kept = cache.read(name)
        if kept and cache.is_fresh(name, self._settings.recheck_s):
            return kept[1].decode()
        try:
            tag = self._persist(url, lambda: self._look_once(url))
        except FetchError:
            if kept is None:
                raise
            return kept[1].decode()
        if kept is None or kept[1] != tag.encode():
            cache.write(Entry(name, "", "", "", hash_bytes(tag.encode())), tag.encode())
        cache.note_asked(name)
        return tag

    def _look_once(self, url: str) -> str:
        with self._respond("HEAD", url, {}) as (response, _):
            wanted = ("ETag", "Last-Modified", "Content-Length")
            return "|".join(filter(None, (response.headers.get(name, "") for name in wanted)))

    def _repeat(
        self, url: str, headers: Mapping[str, str], refuse: re.Pattern[str] | None
    ) -> tuple[Answer | None, Entry]:
        return self._persist(url, lambda: self._get_once(url, headers, refuse))

    def _persist(self, url: str, ask: Callable[[], _T]) -> _T:
        """Ask again after failures that may pass, with growing pauses, or as long as the server asks for."""
        gate = self._gates.find(_find_host(url, url))
        tries = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self._settings.tries),
            wait=_wait,
            retry=tenacity.retry_if_exception(_may_pass),
            sleep=self._sleep,
            before_sleep=lambda state: _hold(gate, state),
            reraise=True,
        )
        try:
            found = tries(ask)
        except FetchError as error:
            gate.note(is_up=not error.is_passing)
            raise
        gate.note(is_up=True)
        return found

    @contextlib.contextmanager
    def _respond(
        self, method: str, url: str, headers: Mapping[str, str]
    ) -> Iterator[tuple[requests.Response, float]]:
        """Send a request, follow its redirects, and hand over the answer and the time by which it must be read."""
        where = url
        for _ in range(_MOST_REDIRECTS):
            with self._gates.find(_find_host(where, url)).enter():
                deadline = time.monotonic() + self._settings.timeout_s
                response = self._send(method, where, headers)
                try:
                    if response.status_code not in _REDIRECTS or "Location" not in response.headers:
                        _check_status(url, response)
                        yield response, deadline
                        return
                    where = _join(where, response.headers["Location"])
                finally:
                    response.close()
        raise FetchError(url, f"it redirects more than {_MOST_REDIRECTS - 1} times")

    def _send(self, method: str, url: str, headers: Mapping[str, str]) -> requests.Response:
        silence = min(_SILENCE_S, self._settings.timeout_s)
        try:
            return self._session.request(
                method, url, headers=dict(headers), stream=True, allow_redirects=False, timeout=silence
            )
        except PrivateAddressError as error:
            raise FetchError(url, str(error)) from error
        except (requests.ConnectionError, requests.Timeout) as error:
            is_passing = not isinstance(error, requests.exceptions.SSLError)
            raise FetchError(url, _explain(error), is_passing=is_passing) from error
        except (requests.RequestException, ValueError, UnicodeError) as error:
            raise FetchError(url, f"it cannot be asked for ({hide_secrets(str(error))})") from error

    def _read(self, url: str, response: requests.Response, deadline: float) -> bytes:
        """Read a body piece by piece, as far as its size and its time go."""
        most = self._settings.max_megabytes * 1_000_000
        told = response.headers.get("Content-Length", "")
        parts: list[bytes] = []
        size = int(told) if told.isdigit() else 0
        if size <= most:
            size = 0
            try:
                while part := response.raw.read1(_BLOCK_BYTES, decode_content=True):
                    parts.append(part)
                    size += len(part)
                    if size > most:
                        break
                    if time.monotonic() > deadline:
                        reason = f"it was not there after {self._settings.timeout_s} s (`http.timeout_s`)"
                        raise FetchError(url, reason, is_passing=True)
            except (urllib3.exceptions.HTTPError, OSError) as error:
                if isinstance(error, FetchError):
                    raise
                raise FetchError(url, f"the answer broke off ({_explain(error)})", is_passing=True) from error
        if size > most:
            told = f"{self._settings.max_megabytes:,} MB"
            raise FetchError(url, f"it is larger than the {told} that `http.max_megabytes` allows")
        return b"".join(parts)

    def _get_once(
        self, url: str, headers: Mapping[str, str], refuse: re.Pattern[str] | None
    ) -> tuple[Answer | None, Entry]:
        """Return the answer, None if it is what is kept, and what is to be remembered of it."""
        with self._respond("GET", url, headers) as (response, deadline):
            kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            etag, changed = response.headers.get("ETag", ""), response.headers.get("Last-Modified", "")
            if response.status_code == http.HTTPStatus.NOT_MODIFIED:
                return None, Entry(url, kind, etag, changed, "")
            if refuse and refuse.match(kind):
                raise FetchError(url, f"it answers with {kind}, which is not what was asked for")
            body = self._read(url, response, deadline)
        return Answer(response.url, body, kind), Entry(url, kind, etag, changed, hash_bytes(body))


def _find_host(url: str, shown: str) -> str:
    """Return host and port of an address that may be asked for.

    Raises
    ------
    FetchError
        It is no address, or not one of the web; said of ``shown``.
    """
    try:
        parts = urlsplit(url)
        is_web = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_web = False
    if not is_web:
        raise FetchError(shown, f"it leads to {hide_secrets(url)!r}; expected http:// or https://")
    return parts.netloc.rpartition("@")[2]


def _join(url: str, location: str) -> str:
    """Return where a redirect leads; what is no address leads nowhere."""
    try:
        return urljoin(url, location)
    except ValueError:
        return location


def _check_status(url: str, response: requests.Response) -> None:
    status = response.status_code
    if status in {http.HTTPStatus.OK, http.HTTPStatus.NOT_MODIFIED}:
        return
    try:
        words = f" {http.HTTPStatus(status).phrase}"
    except ValueError:
        words = ""
    wait_s = _read_wait(response.headers.get("Retry-After", ""))
    is_passing = status in _PASSING
    raise FetchError(url, f"the server says {status}{words}", is_passing=is_passing, wait_s=wait_s)


def _read_wait(text: str) -> float:
    """Return what a header ``Retry-After`` asks for, in seconds: a number of them, or a date."""
    if text.strip().isdigit():
        return float(text)
    try:
        when = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return 0.0
    when = when if when.tzinfo else when.replace(tzinfo=datetime.UTC)
    return max(0.0, (when - datetime.datetime.now(datetime.UTC)).total_seconds())


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, FetchError) and error.is_passing and error.wait_s <= _LONGEST_WAIT_S


_GROWING = tenacity.wait_random_exponential(multiplier=0.5, max=30)


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.wait_s if isinstance(error, FetchError) else 0.0
    return max(asked, _GROWING(state))


def _hold(gate: Gate, state: tenacity.RetryCallState) -> None:
    """Keep away from a server that asks for patience, with all its addresses."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, FetchError) and error.wait_s:
        gate.hold(error.wait_s)


def _explain(error: Any) -> str:
    """Return an error of the network in some words."""
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return "the server was silent for too long"
    text = str(error)
    if "NameResolutionError" in text or "getaddrinfo" in text:
        return "no server of this name is found"
    if "refused" in text.casefold():
        return "the server refuses the connection"
    return type(error).__name__
