"""A web server of the tests' own: plain files, failures on purpose, and IIIF at all levels, in threads on 127.0.0.1."""

from __future__ import annotations

import hashlib
import io
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from PIL import Image


@dataclass
class Reply:
    """What the server answers; ``pause_s`` lies between every two of ``pieces`` parts of the body."""

    body: bytes = b""
    kind: str = "image/jpeg"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pieces: int = 1
    pause_s: float = 0.0
    cut: int = 0


Route = Callable[["Server", str], Reply | None]


class Server:
    """Routes are tried in order. ``fail_every``: one request in so many fails with 503, but never the repeated one."""

    def __init__(self) -> None:
        self.routes: list[Route] = []
        self.files: dict[str, Reply] = {}
        self.asked: list[tuple[str, str, int]] = []
        self.agents: set[str] = set()
        self.fail_every = 0
        self.retry_after = ""
        self.most_at_once = 0
        self._now = 0
        self._failed: set[str] = set()
        self._lock = threading.Lock()
        self.url = ""

    def put(self, path: str, body: bytes | Any, kind: str = "image/jpeg", **more: Any) -> str:
        """Put a file, or a JSON document, and return its address."""
        if not isinstance(body, bytes):
            body, kind = json.dumps(body).encode(), "application/ld+json"
        self.files[path] = Reply(body, kind, **more)
        return self.url + path

    def count(self, status: int | None = None, containing: str = "") -> int:
        return sum(1 for _, path, s in self.asked if (status is None or s == status) and containing in path)

    def answer(self, method: str, path: str, etag: str) -> Reply:
        with self._lock:
            number = len(self.asked) + 1
            fails = self.fail_every and number % self.fail_every == 0 and path not in self._failed
            if fails:
                self._failed.add(path)
        if fails:
            return Reply(
                b"busy", "text/plain", 503, {"Retry-After": self.retry_after} if self.retry_after else {}
            )
        reply = self.files.get(path)
        for route in self.routes:
            reply = reply or route(self, path)
        if reply is None:
            return Reply(b"<html>nothing here</html>", "text/html", 404)
        tag = '"' + hashlib.sha256(reply.body).hexdigest()[:12] + '"'
        if reply.status == 200 and etag == tag:
            return Reply(b"", reply.kind, 304, {"ETag": tag})
        reply.headers.setdefault("ETag", tag)
        return reply

    @contextmanager
    def seat(self) -> Iterator[None]:
        with self._lock:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        try:
            yield
        finally:
            with self._lock:
                self._now -= 1


@contextmanager
def serve() -> Iterator[Server]:
    """Run a server until the block ends."""
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            with server.seat():
                self.reply()

        do_HEAD = do_GET  # noqa: N815 - the name is http.server's

        def reply(self) -> None:
            path = self.path
            reply = server.answer(self.command, path, self.headers.get("If-None-Match", ""))
            server.asked.append((self.command, path, reply.status))
            server.agents.add(self.headers.get("User-Agent", ""))
            self.send_response(reply.status)
            for name, value in {"Content-Type": reply.kind, **reply.headers}.items():
                if value:
                    self.send_header(name, value)
            if reply.status != 304:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            if self.command == "HEAD" or reply.status == 304:
                return
            body = reply.body[: len(reply.body) - reply.cut]
            step = -(-len(body) // reply.pieces) or 1
            try:
                for start in range(0, len(body), step):
                    self.wfile.write(body[start : start + step])
                    self.wfile.flush()
                    time.sleep(reply.pause_s)
            except OSError:
                pass
            if reply.cut:
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """Those who hang up are part of the tests."""

    running = Quiet(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{running.server_address[1]}"
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        running.shutdown()
        running.server_close()
        thread.join()


_SIZE = re.compile(r"/image/([^/]+)/full/([^/]+)/0/(default|native)\.jpg")


@dataclass
class ImageApi:
    """A route that serves pictures as the IIIF Image API has it, strictly: what a level does not offer is refused."""

    pictures: dict[str, Image.Image | bytes]
    version: int = 2
    level: int = 2
    sizes: tuple[int, ...] = ()
    max_width: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    def __call__(self, server: Server, path: str) -> Reply | None:
        if path.startswith("/image/") and path.endswith("/info.json"):
            name = path.split("/")[2]
            return self._info(server, name) if name in self.pictures else None
        found = _SIZE.fullmatch(urlsplit(path).path)
        if not found or found[1] not in self.pictures:
            return None
        picture = self._open(found[1])
        size = self._size(picture, found[2])
        if size is None:
            self.refused[found[2]] += 1
            return Reply(b"not this size", "text/plain", 404 if self.level == 0 else 400)
        return Reply(encode(picture.resize(size)))

    def _open(self, name: str) -> Image.Image:
        picture = self.pictures[name]
        return Image.open(io.BytesIO(picture)) if isinstance(picture, bytes) else picture

    def listed(self, picture: Image.Image) -> list[tuple[int, int]]:
        return [
            (w, max(1, round(w * picture.height / picture.width))) for w in self.sizes if w <= picture.width
        ]

    def _size(self, picture: Image.Image, text: str) -> tuple[int, int] | None:
        limit = self.max_width or 10**9
        whole = picture.size
        if text in {"max", "full"}:
            if text == "full" and self.version == 3:
                return None
            scale = min(1.0, limit / max(whole))
            return max(1, int(whole[0] * scale)), max(1, int(whole[1] * scale))
        width, _, height = text.partition(",")
        if not width.isdigit() or (height and not height.isdigit()):
            return None
        asked = int(width), int(height) if height else max(1, round(int(width) * whole[1] / whole[0]))
        if self.level == 0:
            is_canonical = bool(height) == (self.version == 3)
            return asked if asked in self.listed(picture) and is_canonical else None
        if self.level == 1 and height and self.version == 2:
            return None
        is_within = asked[0] <= min(limit, whole[0]) and asked[1] <= min(limit, whole[1])
        return asked if is_within else None

    def _info(self, server: Server, name: str) -> Reply:
        picture = self._open(name)
        told: dict[str, Any] = {
            "@context": f"http://iiif.io/api/image/{self.version}/context.json",
            ("id" if self.version == 3 else "@id"): f"{server.url}/image/{name}",
            "protocol": "http://iiif.io/api/image",
            "width": picture.width,
            "height": picture.height,
        }
        limits = {"maxWidth": self.max_width} if self.max_width else {}
        if self.version == 3:
            told |= {"type": "ImageService3", "profile": f"level{self.level}", **limits}
        else:
            profile = f"http://iiif.io/api/image/2/level{self.level}.json"
            told["profile"] = [profile, limits] if limits else [profile]
        if self.sizes:
            told["sizes"] = [{"width": w, "height": h} for w, h in self.listed(picture)]
        return Reply(json.dumps(told).encode(), "application/ld+json")


def encode(picture: Image.Image, form: str = "JPEG") -> bytes:
    target = io.BytesIO()
    picture.convert("RGB").save(target, form, quality=85)
    return target.getvalue()


def manifest_2(server: Server, name: str, pages: list[str], **more: Any) -> dict[str, Any]:
    """Return a manifest of Presentation 2 whose pages are pictures of an ``ImageApi``."""
    base = f"{server.url}/iiif/{name}"
    canvases = [
        {
            "@id": f"{base}/canvas/{page}",
            "@type": "sc:Canvas",
            "label": f"Page {page}",
            "images": [
                {
                    "@type": "oa:Annotation",
                    "resource": {
                        "@id": f"{server.url}/image/{page}/full/full/0/default.jpg",
                        "@type": "dctypes:Image",
                        "service": {
                            "@context": "http://iiif.io/api/image/2/context.json",
                            "@id": f"{server.url}/image/{page}",
                            "profile": "http://iiif.io/api/image/2/level1.json",
                        },
                    },
                }
            ],
        }
        for page in pages
    ]
    return {
        "@context": "http://iiif.io/api/presentation/2/context.json",
        "@id": f"{base}/manifest.json",
        "@type": "sc:Manifest",
        "label": name,
        "sequences": [{"@type": "sc:Sequence", "canvases": canvases}],
        **more,
    }


def manifest_3(server: Server, name: str, pages: list[str], **more: Any) -> dict[str, Any]:
    """Return a manifest of Presentation 3 whose pages are pictures of an ``ImageApi``."""
    base = f"{server.url}/iiif/{name}"
    canvases = []
    for page in pages:
        body = {
            "id": f"{server.url}/image/{page}/full/max/0/default.jpg",
            "type": "Image",
            "format": "image/jpeg",
            "service": [{"id": f"{server.url}/image/{page}", "type": "ImageService3", "profile": "level1"}],
        }
        painting = {"id": f"{base}/a/{page}", "type": "Annotation", "motivation": "painting", "body": body}
        canvases.append(
            {
                "id": f"{base}/canvas/{page}",
                "type": "Canvas",
                "label": {"none": [f"Page {page}"]},
                "items": [{"type": "AnnotationPage", "items": [painting]}],
            }
        )
    return {
        "@context": "http://iiif.io/api/presentation/3/context.json",
        "id": f"{base}/manifest.json",
        "type": "Manifest",
        "label": {"en": [name]},
        "items": canvases,
        **more,
    }
