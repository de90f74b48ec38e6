"""A static web server for one folder, for looking at a site on one's own machine.

Belongs here: HTTP of files: byte ranges, media types, staying inside the folder. Does not belong here: the site
format; it serves any folder. Needs the standard library alone.
"""

from __future__ import annotations

import email.utils
import re
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from clipplot_pipeline.errors import UsageError
from clipplot_pipeline.site.format import content_type

CHUNK_BYTES = 1 << 18
#: Hidden files, and what Windows takes for devices, drives, streams or patterns.
_ODD_NAME = re.compile(
    r'^\.|[\x00-\x1f\\:*?"<>|]|^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$', re.IGNORECASE | re.DOTALL
)
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class StaticServer(ThreadingHTTPServer):
    """Serves the files below a folder; ``serve_forever`` runs it, ``shutdown`` ends it."""

    daemon_threads = True
    # On Windows this option would let two servers share one port.
    allow_reuse_address = sys.platform != "win32"

    def __init__(self, folder: Path, host: str, port: int) -> None:
        self.folder = folder.resolve()
        super().__init__((host, port), StaticHandler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Tell of what went wrong, but not of a browser that went away between two requests."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    @property
    def url(self) -> str:
        """Address to open in a browser."""
        host, port = str(self.server_address[0]), int(self.server_address[1])
        if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
            host = "localhost"
        return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def make_server(folder: Path, host: str = "127.0.0.1", port: int = 8000) -> StaticServer:
    """Return a server that is bound and waits for ``serve_forever``.

    Parameters
    ----------
    folder : Path
        What to serve.
    host : str
        Address to listen at; by default this machine alone can connect.
    port : int
        0 takes a free one.

    Raises
    ------
    UsageError
        If the folder is absent, or the port cannot be had.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder; expected a built site: run `clipplot build` first")
    try:
        return StaticServer(folder, host, port)
    except (OSError, OverflowError) as error:
        raise UsageError(
            f"{host}:{port}: cannot listen there ({error}); choose another port with --port, or --port 0 for a free one"
        ) from error


class _Span(NamedTuple):
    """Bytes ``first`` to ``last`` of a file, both within."""

    first: int
    last: int


class StaticHandler(BaseHTTPRequestHandler):
    """Answers GET and HEAD with files; everything else is refused."""

    protocol_version = "HTTP/1.1"
    server_version = "clipplot"
    sys_version = ""
    timeout = 60
    server: StaticServer

    def do_GET(self) -> None:
        """Send a file, or a range of it."""
        self._answer(has_body=True)

    def do_HEAD(self) -> None:
        """Send the headers of a file."""
        self._answer(has_body=False)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the command line has its own words."""

    def _answer(self, *, has_body: bool) -> None:
        if self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # nobody reads that body: it must not be taken for the next request
        path = locate_file(self.server.folder, self.path)
        if path is None:
            self._refuse(HTTPStatus.NOT_FOUND, has_body)
            return
        if path.is_dir():
            # Only a folder with a page of its own, asked for without its last slash, comes here.
            self._redirect(path)
            return
        try:
            with path.open("rb") as file:
                self._send_file(file, path, has_body)
        except FileNotFoundError:
            self._refuse(HTTPStatus.NOT_FOUND, has_body)
        except PermissionError:
            self._refuse(HTTPStatus.FORBIDDEN, has_body)
        except (ConnectionError, TimeoutError):
            self.close_connection = True  # the browser went away

    def _send_file(self, file: BinaryIO, path: Path, has_body: bool) -> None:
        facts = path.stat()
        tag = f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"'
        if tag in self.headers.get("If-None-Match", ""):
            self._start(HTTPStatus.NOT_MODIFIED, {"ETag": tag})
            return
        headers = {
            "Content-Type": content_type(path.name),
            "Last-Modified": email.utils.formatdate(facts.st_mtime, usegmt=True),
            "ETag": tag,
            "Accept-Ranges": "bytes",
        }
        wanted = self.headers.get("Range") if self.headers.get("If-Range", tag) == tag else None
        is_range = wanted is not None and _parse_numbers(wanted) is not None
        span = parse_range(wanted, facts.st_size)
        if span is None:
            headers |= {"Content-Range": f"bytes */{facts.st_size}", "Content-Length": "0"}
            self._start(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers)
            return
        if is_range:
            headers["Content-Range"] = f"bytes {span.first}-{span.last}/{facts.st_size}"
        length = span.last - span.first + 1
        status = HTTPStatus.PARTIAL_CONTENT if is_range else HTTPStatus.OK
        self._start(status, headers | {"Content-Length": str(length)})
        if has_body:
            file.seek(span.first)
            while length > 0 and (data := file.read(min(CHUNK_BYTES, length))):
                self.wfile.write(data)
                length -= len(data)
            if length:
                self.close_connection = True  # the file shrank: a short answer must not be taken for whole

    def _redirect(self, path: Path) -> None:
        below = path.relative_to(self.server.folder).as_posix()
        self._start(HTTPStatus.MOVED_PERMANENTLY, {"Location": f"/{quote(below)}/", "Content-Length": "0"})

    def _refuse(self, status: HTTPStatus, has_body: bool) -> None:
        body = f"{status.value} {status.phrase}\n".encode()
        self._start(status, {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body))})
        if has_body:
            self.wfile.write(body)

    def _start(self, status: HTTPStatus, headers: dict[str, str]) -> None:
        self.send_response(status)
        common = {
            "Cache-Control": "no-cache",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        }
        if self.close_connection:
            common["Connection"] = "close"
        for name, value in (common | headers).items():
            self.send_header(name, value)
        self.end_headers()


def locate_file(folder: Path, target: str) -> Path | None:
    """Return the file that a request asks for, or None if there is none inside the folder.

    Parameters
    ----------
    folder : Path
        Resolved.
    target : str
        Of the request line: path and query, percent-encoded.

    Returns
    -------
    Path or None
        A file; or a folder with an ``index.html``, if its last slash is missing.
    """
    try:
        raw = urlsplit(target).path if not target.startswith("//") else target.partition("?")[0]
        # An encoded slash would make two names of one: no site has such names.
        path = "" if re.search("%2f|%5c", raw, re.IGNORECASE) else unquote(raw, errors="strict")
    except ValueError:
        return None
    parts = [part for part in path.split("/") if part]
    is_odd = any(_ODD_NAME.search(part) for part in parts)
    if not path.startswith("/") or is_odd:
        return None
    wanted = folder.joinpath(*parts)
    try:
        is_inside = wanted.resolve().is_relative_to(folder)  # follows links, which must not lead out
        if not is_inside:
            return None
        if wanted.is_dir():
            page = wanted / "index.html"
            found = page if path.endswith("/") else wanted
            return found if page.is_file() else None
        return wanted if wanted.is_file() and not path.endswith("/") else None
    except (OSError, ValueError):  # a name too long, or one the file system refuses
        return None


def parse_range(header: str | None, size: int) -> _Span | None:
    """Return the bytes asked for; the whole file if the header is absent, malformed or of several ranges.

    Returns None if the range lies outside the file (RFC 9110 §14).
    """
    numbers = _parse_numbers(header) if header else None
    if numbers is None:
        return _Span(0, size - 1)
    first, last = numbers
    if first is None:
        length = min(last or 0, size)
        return _Span(size - length, size - 1) if length else None
    return _Span(first, size - 1 if last is None else min(last, size - 1)) if first < size else None


def _parse_numbers(header: str) -> tuple[int | None, int | None] | None:
    """Return first and last byte of a well-formed single range (one of them may be open), else None."""
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = (int(number) if number else None for number in match.groups())
    return None if first is not None and last is not None and last < first else (first, last)
