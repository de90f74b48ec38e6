"""IIIF manifests and collections as a source: every picture of every manifest that can be reached from an address.

Belongs here: walking documents, listing pictures, asking image servers for a fitting size. Does not belong here: what
documents say (``iiif_manifest``, ``iiif_text``), sizes (``iiif_image``), requests (``http_fetch``).

A picture's path is the address of its canvas without ``https://``: it stays when labels change and pages are inserted.
A document that cannot be had is a reject, or, if it was there before and the server fails in passing, what it was.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import fsspec

from clipplot_pipeline.errors import SourceError
from clipplot_pipeline.model import Scan, SourceImage
from clipplot_pipeline.settings import Settings
from clipplot_pipeline.sources import names
from clipplot_pipeline.sources.http_fetch import Fetcher, FetchError
from clipplot_pipeline.sources.http_pictures import FAILED, WebStore, make_version, open_pictures
from clipplot_pipeline.sources.http_secrets import hide_secrets, hide_user
from clipplot_pipeline.sources.iiif_image import plan_requests, read_info
from clipplot_pipeline.sources.iiif_manifest import Canvas, Collection, Manifest, read_document
from clipplot_pipeline.sources.iiif_table import make_about
from clipplot_pipeline.sources.iiif_text import IiifText
from clipplot_pipeline.sources.kind import Opener, SourceKind

#: More documents are no collection, but a mistake or a trap.
MOST_DOCUMENTS = 200_000
_THREADS = 16
_ACCEPT = (
    'application/ld+json;profile="http://iiif.io/api/presentation/3/context.json",'
    "application/ld+json;q=0.9,application/json;q=0.8"
)
_NO_DOCUMENT = re.compile(r"text/html|image/|video/|audio/|application/(?:pdf|zip|xhtml\+xml)")
_LAST_NAMES = frozenset({"manifest", "collection"})
DOUBLE = "pictures that are listed twice"
NO_PICTURE = "manifests without a picture"


def claims(source: str) -> bool:
    """Tell whether a source is a IIIF document: ``iiif:…``, ``….json``, ``…/manifest``, ``…/iiif/…``."""
    if source.startswith("iiif:"):
        return True
    if not source.startswith(("http://", "https://")):
        return source.endswith(".json") and ("://" in source or Path(source).expanduser().is_file())
    parts = urlsplit(source)
    last = parts.path.rstrip("/").rpartition("/")[2]
    is_named = last.endswith(".json") or last in _LAST_NAMES or "/iiif/" in parts.path
    return (is_named and not names.claims_picture(last)) or find_address(source) != source


def find_address(source: str) -> str:
    """Return the address of the document; of a link to a viewer, that of what it shows."""
    source = source.removeprefix("iiif:")
    query = parse_qs(urlsplit(source).query) if source.startswith(("http://", "https://")) else {}
    for key in ("manifest", "iiif-content"):
        for value in query.get(key, []):
            if value.startswith(("http://", "https://")):
                return value
    return source


@dataclass(frozen=True)
class _Page:
    """A picture, where it was found, and what is said of it."""

    canvas: Canvas
    manifest: Manifest
    collections: tuple[str, ...]


@dataclass(frozen=True)
class _Failure:
    """A document that could not be had."""

    url: str
    reason: str


class IiifSource:
    """The pictures of a manifest, or of all manifests of a collection."""

    def __init__(self, settings: Settings) -> None:
        self._address = find_address(settings.source)
        self._settings = settings
        self._text = IiifText(settings.language)
        self._fetcher = Fetcher(settings.http)
        self._kept = WebStore(settings)
        self._title = ""

    def scan(self, exclude: Sequence[str], include: Sequence[str]) -> Scan:
        """List the pictures of all manifests; documents that are unchanged are not fetched again."""
        selection = names.Selection(tuple(exclude), tuple(include))
        failures = self._kept.pictures.read_failures()
        skipped: Counter[str] = Counter()
        images: dict[str, SourceImage] = {}
        pages: dict[str, _Page] = {}
        for found in self._walk(skipped):
            is_page = isinstance(found, _Page)
            path = make_path(found.canvas.id if isinstance(found, _Page) else found.url)
            reason = selection.leave_out(path) or (DOUBLE if path in images else None)
            if reason:
                skipped[reason] += 1
                continue
            place = _describe(found)
            version = make_version(place, json.loads(place)["key"], failures if is_page else {})
            images[path] = SourceImage(path, 0, version, place)
            if isinstance(found, _Page):
                pages[path] = found
        about = make_about(
            {path: (page.canvas, page.manifest, page.collections) for path, page in pages.items()}
        )
        self._kept.documents.save()
        ordered = tuple(images[path] for path in sorted(images))
        return Scan(ordered, dict(sorted(skipped.items())), about=about, title=self._title)

    def open_files(self, files: Sequence[SourceImage]) -> AbstractContextManager[Opener]:
        """Return what fetches the pictures of a shard, in the size that the rendition needs."""
        self._fetcher.recall_listing(self._address, self._kept.documents)
        return open_pictures(files, self._fetcher, self._kept, self._locate)

    def _walk(self, skipped: Counter[str]) -> Iterator[_Page | _Failure]:
        """Yield all pictures in the order of the documents, breadth first."""
        seen = {self._address}
        level: list[tuple[str, tuple[str, ...]]] = [(self._address, ())]
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="clipplot-iiif") as pool:
            while level:
                below: list[tuple[str, tuple[str, ...]]] = []
                read = pool.map(partial(self._read, is_root=len(seen) == 1), [url for url, _ in level])
                for (_, labels), found in zip(level, read, strict=True):
                    if isinstance(found, Collection):
                        own = (*labels, found.label) if found.label else labels
                        fresh = [url for url in found.members if url not in seen]
                        seen.update(fresh)
                        below += [(url, own) for url in fresh]
                    elif isinstance(found, Manifest):
                        skipped[NO_PICTURE] += not found.canvases
                        yield from (_Page(canvas, found, labels) for canvas in found.canvases)
                    else:
                        yield found
                if len(seen) > MOST_DOCUMENTS:
                    raise SourceError(
                        f"{hide_secrets(self._address)}: it leads to more than {MOST_DOCUMENTS:,} documents; expected a"
                        " collection of fewer manifests; name a part of it"
                    )
                level = below
        skipped += Counter()  # without what was counted zero times

    def _read(self, url: str, *, is_root: bool) -> Manifest | Collection | _Failure:
        """Return what a document says; that the first one cannot be had ends the scan, others are rejects."""
        try:
            found = read_document(json.loads(self._fetch(url, is_root=is_root)), url, self._text)
            reason = (
                "" if found else "it is neither a IIIF manifest nor a collection (Presentation API 2 or 3)"
            )
        except FetchError as error:
            found, reason = None, str(error)
        except (ValueError, RecursionError):
            found, reason = None, "it is no JSON, as IIIF documents are"
        if found:
            if is_root:
                self._title = found.label
            return found
        shown = hide_secrets(url)
        reason = reason if reason.startswith(shown) else f"{shown}: {reason}"
        if is_root:
            raise SourceError(f"{reason}; expected the address of a IIIF manifest or collection; check it")
        return _Failure(url, reason)

    def _fetch(self, url: str, *, is_root: bool) -> bytes:
        if is_root and not url.startswith(("http://", "https://")):
            try:
                with fsspec.open(url, "rb") as file:
                    data: bytes = file.read(self._settings.http.max_megabytes * 1_000_000)
                    return data
            except Exception as error:  # every store's client raises errors of its own
                raise SourceError(f"{url}: it cannot be opened ({error}); check the address") from error
        ask = self._fetcher.get_listing if is_root else self._fetcher.get_kept
        return ask(url, self._kept.documents, accept=_ACCEPT, refuse=_NO_DOCUMENT).body

    def _locate(self, place: Mapping[str, Any]) -> Iterable[str]:
        """Yield addresses of a picture: of a fitting size, else the picture that the manifest names."""
        if place["service"]:
            try:
                info_url = f"{place['service']}/info.json"
                body = self._fetcher.get_kept(
                    info_url, self._kept.documents, accept=_ACCEPT, refuse=_NO_DOCUMENT
                ).body
                info = read_info(json.loads(body), place["service"])
            except (FetchError, ValueError, RecursionError) as error:
                if isinstance(error, FetchError) and error.is_passing:
                    raise
                info = None
            if info:
                yield from plan_requests(info, self._settings.rendition_px)
        if place["url"]:
            yield place["url"]


def make_path(url: str) -> str:
    """Return the address of a canvas as a path within a source."""
    plain = hide_user(url).partition("://")[2] or url
    parts = [re.sub(r"[\\\x00-\x1f\x7f]", "_", unquote(part)) for part in re.split(r"[/#]", plain)]
    return "/".join(part for part in parts if part not in {"", ".", ".."}) or "picture"


def read_image_service(place: str) -> str | None:
    """Return the address of the image service that the place of a picture names, None if it names none."""
    try:
        found = json.loads(place).get("service") if place else None
    except (ValueError, AttributeError):
        return None
    return found if isinstance(found, str) and found else None


def _describe(found: _Page | _Failure) -> str:
    """Return the place of a picture: how to ask for it, or why that cannot be done."""
    if isinstance(found, _Failure):
        place = {"key": found.url, FAILED: found.reason}
    else:
        service = found.canvas.service
        place = {
            "key": found.canvas.id,
            "service": service.id if service else "",
            "url": found.canvas.url,
        }
    return json.dumps(place, sort_keys=True, ensure_ascii=False)


IIIF = SourceKind(
    "IIIF manifests",
    lambda settings: claims(settings.source),
    IiifSource,
    watched=find_address,
    listing_settings=("language", "http.private_network"),
    opening_settings=("http.max_megabytes", "http.private_network"),
)
