"""A list of addresses of pictures as a source: a text with one a line, or a table with a column of them.

Belongs here: reading the list, naming pictures after their addresses. Does not belong here: requests (``http_fetch``),
opening (``http_pictures``), tables as such (``table_delimited``, ``table_json``, ``table_parquet``).

What else the table says of a picture is its metadata. A picture is fetched once; whether it has changed is asked only
if the setting ``http.check_pictures`` says so.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from clipplot_pipeline.errors import SourceError
from clipplot_pipeline.model import Scan, SourceImage
from clipplot_pipeline.settings import Settings
from clipplot_pipeline.sources import names
from clipplot_pipeline.sources.about import make_about
from clipplot_pipeline.sources.http_cache import hash_url
from clipplot_pipeline.sources.http_fetch import Fetcher, FetchError
from clipplot_pipeline.sources.http_pictures import FAILED, WebStore, make_version, open_pictures
from clipplot_pipeline.sources.http_secrets import hide_secrets, hide_user
from clipplot_pipeline.sources.kind import Opener, SourceKind
from clipplot_pipeline.sources.table import KEYS
from clipplot_pipeline.sources.table_cells import Cells, RecordCells, join_lists
from clipplot_pipeline.sources.table_delimited import read_delimited
from clipplot_pipeline.sources.table_json import JsonFile, collect_json
from clipplot_pipeline.sources.table_parquet import read_parquet
from clipplot_pipeline.sources.table_text import find_encoding, fold_header, open_bytes

#: Headers of columns of addresses, the surest first.
COLUMNS = (
    "image_url", "img_url", "picture_url", "imageurl", "url", "image_link", "image", "img", "picture", "media_url",
    "uri", "link", "href", "address", "primaryimage", "iiif_url", "download_url", "file_url", "src",
)  # fmt: skip
_TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
_ENDINGS = (*_TABLES, ".txt", ".urls")
_NO_LIST = re.compile(r"text/html|image/|video/|audio/|application/(?:pdf|zip|xhtml\+xml)")
_ADDRESS = re.compile(r"https?://[^\s/]+", re.IGNORECASE)
_LONGEST_NAME = 150
_LOOKERS = 16

DOUBLE = "addresses that are listed twice"
BLANK = "rows without an address"


def claims(source: str) -> bool:
    """Tell whether a source is a list: a file called ``.txt``, ``.csv`` … on this disk, or anywhere."""
    plain = source.removeprefix("list:")
    if plain != source:
        return True
    path = urlsplit(plain).path if plain.startswith(("http://", "https://")) else plain
    return path.lower().endswith(_ENDINGS) and ("://" in plain or Path(plain).expanduser().is_file())


class HttpListSource:
    """The pictures of a list of addresses."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.source.removeprefix("list:")
        self._settings = settings
        self._fetcher = Fetcher(settings.http)
        self._kept = WebStore(settings)

    def scan(self, exclude: Sequence[str], include: Sequence[str]) -> Scan:
        """List the pictures; no request is made unless the settings ask whether they have changed."""
        addresses, cells = self._read_list()
        selection = names.Selection(tuple(exclude), tuple(include))
        skipped: Counter[str] = Counter()
        rows: dict[str, int] = {}
        wanted: dict[str, str] = {}
        for row, address in enumerate(addresses):
            path = make_path(address) if address else ""
            reason = (selection.leave_out(path) or (DOUBLE if path in wanted else None)) if path else BLANK
            if reason:
                skipped[reason] += 1
            else:
                wanted[path], rows[path] = address, row
        failures = self._kept.pictures.read_failures()
        tags = self._look(list(wanted.values())) if self._settings.http.check_pictures else {}
        self._kept.documents.save()
        images = [self._list_one(path, wanted[path], tags, failures) for path in sorted(wanted)]
        about = make_about(cells, rows) if cells else None
        return Scan(tuple(images), dict(sorted(skipped.items())), about=about)

    def open_files(self, files: Sequence[SourceImage]) -> AbstractContextManager[Opener]:
        """Return what fetches the pictures of a shard."""
        self._fetcher.recall_listing(self._url, self._kept.documents)
        return open_pictures(files, self._fetcher, self._kept, _locate)

    def _list_one(
        self, path: str, address: str, tags: Mapping[str, str], failures: Mapping[str, int]
    ) -> SourceImage:
        place: dict[str, str] = {"key": address, "url": address}
        if not _ADDRESS.match(address):
            shown = hide_secrets(address)
            place = {"key": address, FAILED: f"{shown!r} is no address of a picture (http:// or https://)"}
        described = json.dumps(place, sort_keys=True, ensure_ascii=False)
        version = make_version(described + tags.get(address, ""), address, failures)
        return SourceImage(path, 0, version, described)

    def _look(self, addresses: Sequence[str]) -> dict[str, str]:
        """Return a tag of every address that answers, else the last that is known."""
        with ThreadPoolExecutor(_LOOKERS, thread_name_prefix="clipplot-list") as pool:
            found = pool.map(self._look_at, addresses)
            return {address: tag for address, tag in zip(addresses, found, strict=True) if tag}

    def _look_at(self, address: str) -> str:
        if not _ADDRESS.match(address):
            return ""
        try:
            return self._fetcher.look_kept(address, self._kept.documents)
        except FetchError:
            return ""

    def _read_list(self) -> tuple[list[str], Cells | None]:
        """Return an address a row, empty where there is none, and the table that they are in."""
        where = self._fetch_list() if self._url.startswith(("http://", "https://")) else self._url
        if not self._url.lower().partition("?")[0].endswith(_TABLES):
            lines = _read_lines(where)
            if lines is not None:
                return lines, None
        cells = _read_table(where)
        position = self._find_column(cells)
        texts = join_lists(cells.columns[position]).to_pylist()
        return [(text or "").strip() for text in texts], cells

    def _fetch_list(self) -> str:
        """Return where a list of the web is kept, once it is as it is there."""
        try:
            self._fetcher.get_listing(
                self._url, self._kept.documents, accept="text/*,*/*;q=0.5", refuse=_NO_LIST
            )
        except FetchError as error:
            raise SourceError(
                f"{error}; expected a list of addresses of pictures; check its address"
            ) from error
        return self._kept.documents.address(self._url)

    def _find_column(self, cells: Cells) -> int:
        folded = [fold_header(header) for header in cells.headers]
        chosen = self._settings.http.column
        if chosen:
            if fold_header(chosen) in folded:
                return folded.index(fold_header(chosen))
            raise SourceError(
                f"{hide_secrets(self._url)}: there is no column {chosen!r}; expected one of "
                f"{', '.join(cells.headers)}; mend `http.column`"
            )
        for name in COLUMNS:
            if name in folded and _holds_addresses(cells, folded.index(name)):
                return folded.index(name)
        holding = [n for n in range(len(folded)) if _holds_addresses(cells, n)]
        if len(holding) == 1:
            return holding[0]
        found = "several columns hold" if holding else "no column holds"
        raise SourceError(
            f"{hide_secrets(self._url)}: {found} addresses (http:// or https://) in its cells; its headers are "
            f"{', '.join(cells.headers)}. Expected a list of addresses of pictures; name the column: `http.column`"
        )


def make_path(address: str) -> str:
    """Return a path within the source, after the address: its host and path; a query is told apart by a hash."""
    try:
        parts = urlsplit(hide_user(address)) if _ADDRESS.match(address) else None
    except ValueError:
        parts = None
    if parts is None:
        return _clean(hide_secrets(address)).strip("/. ")[:_LONGEST_NAME] or "blank"
    pieces = [_clean(unquote(piece)) for piece in parts.path.split("/")]
    kept = [piece[-_LONGEST_NAME:] for piece in pieces if piece not in {"", ".", ".."}]
    # what is not in the path, or was changed above, still tells two addresses apart
    if parts.query or parts.path != "".join(f"/{piece}" for piece in kept):
        kept = [*kept[:-1], f"{hash_url(address)[:8]}-{kept[-1]}" if kept else hash_url(address)[:8]]
    return "/".join([parts.netloc.lower(), *kept])


def _clean(text: str) -> str:
    return re.sub(r"[\\\x00-\x1f\x7f]", "_", text)


def _locate(place: Mapping[str, Any]) -> Iterable[str]:
    return (place["url"],)


def _read_lines(url: str) -> list[str] | None:
    """Return the addresses of a text with one a line; None if its first line is the header of a table."""
    with open_bytes(url) as file:
        data = file.read()
    lines = data.decode(find_encoding(url, data), errors="replace").splitlines()
    words = [line.strip().lstrip("\ufeff") for line in lines]
    filled = [word for word in words if word and not word.startswith("#")]
    if not filled:
        raise SourceError(f"{url}: the list is empty; expected an address of a picture in every line")
    if not _ADDRESS.match(filled[0]) and any(mark in filled[0] for mark in ",;\t"):
        return None
    return filled


def _read_table(url: str) -> Cells:
    def note(row: int, column: str, reason: str) -> None:
        """Problems of cells are told when the metadata are read."""

    with open_bytes(url) as file:
        head = file.read(4096)
    keys = frozenset((*COLUMNS, *KEYS))
    if head.startswith(b"PAR1"):
        return read_parquet(url, note)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}:
        objects = RecordCells()
        collect_json(JsonFile(url, 0, keys, is_of_many=False), objects, note)
        return objects.collect([url])
    return read_delimited(url, keys, note)


def _holds_addresses(cells: Cells, position: int) -> bool:
    """Tell whether the first cells of a column that are not blank are addresses, most of them."""
    column = join_lists(cells.columns[position]).drop_null().slice(0, 20).to_pylist()
    return sum(bool(_ADDRESS.match(cell)) for cell in column) * 2 > len(column)


HTTP_LIST = SourceKind(
    "lists of addresses",
    lambda settings: claims(settings.source),
    HttpListSource,
    watched=lambda source: source.removeprefix("list:"),
    listing_settings=("http.column", "http.check_pictures", "http.private_network"),
    opening_settings=("http.max_megabytes", "http.private_network"),
)
