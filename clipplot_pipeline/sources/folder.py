"""A folder of images, on a local disk or behind any fsspec URL.

Belongs here: what a source is, listing it, opening one of its files. Does not belong here: how a local
disk is walked (``local``), what names mean (``names``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import fsspec
from fsspec.implementations.local import LocalFileSystem

from clipplot_pipeline.errors import SourceError
from clipplot_pipeline.model import Scan, SourceImage
from clipplot_pipeline.sources import local, names
from clipplot_pipeline.sources.locations import WILDCARDS

#: Where object stores keep a tag that changes with the content, the surest first.
_TAGS = ("ETag", "etag", "md5Hash", "checksum", "CRC")
_TIMES = ("LastModified", "last_modified", "updated", "mtime", "modified", "created", "date_time")


def scan_folder(source: str, exclude: Sequence[str] = (), include: Sequence[str] = ()) -> Scan:
    """List the files of a folder that are or may be pictures.

    Parameters
    ----------
    source : str
        A local folder or an fsspec URL (``s3://bucket/prefix``, ``memory://x``, ``zip://::a.zip`` …); or a pattern
        of files in one, as a shell reads it (``photos/**/*.jpg``).
    exclude, include : sequence of str
        Patterns of paths to leave out, and of those to take (empty: all), see ``names.is_excluded``.

    Returns
    -------
    Scan
        Images sorted by path (by code point). Files whose extension claims a picture, and others whose first
        bytes show one. All else is counted by reason; a folder left out whole counts once.

    Raises
    ------
    SourceError
        The folder is missing, is a file, or cannot be read at all. A folder without a picture is no error.
    """
    folder = _resolve(source)
    selection = names.Selection(tuple(exclude), tuple(include), split_pattern(source)[1])
    skipped: Counter[str] = Counter()
    tables: dict[str, str] = {}
    found: Iterable[SourceImage]
    match folder:
        case Path():
            found = local.walk(folder, selection, skipped, tables)
        case _Remote():
            found = _list_remote(folder, selection, skipped, tables)
    images = sorted(found, key=lambda image: image.path)
    return Scan(tuple(images), dict(sorted(skipped.items())), dict(sorted(tables.items())))


def split_pattern(source: str) -> tuple[str, str]:
    """Return the folder that a source is in, and the pattern of its files; empty if the source is a folder.

    A local folder whose name has wildcards in it is itself.
    """
    parts = source.replace("\\", "/").split("/")
    wild = [number for number, part in enumerate(parts) if any(mark in part for mark in WILDCARDS)]
    if not wild or "::" in source or ("://" not in source and Path(source).expanduser().exists()):
        return source, ""
    folder = "/".join(parts[: wild[0]])
    return folder or ("/" if source.startswith("/") else "."), "/".join(parts[wild[0] :])


def open_source(source: str) -> Callable[[str], BinaryIO]:
    """Return a function that opens a file of the source by its path, for reading, seekable.

    The function can be sent to another process. It raises ``OSError`` where the file cannot be opened, whatever the
    store's client raises where that is far away, and ``SourceError`` for a path that leads out of the source.
    """
    folder = _resolve(source)
    return local.Opener(str(folder)) if isinstance(folder, Path) else _RemoteOpener(folder)


@dataclass(frozen=True)
class _Remote:
    """A folder behind an fsspec file system: ``root`` is its path there, without a trailing slash."""

    url: str
    fs: Any
    root: str

    def locate(self, path: str) -> str:
        return f"{self.root}/{path}" if self.root else path


@dataclass(frozen=True)
class _RemoteOpener:
    folder: _Remote

    def __call__(self, path: str) -> BinaryIO:
        if not is_inside(path):
            raise SourceError(
                f"{self.folder.url}: the path {path!r} leads out of the source; expected one in it"
            )
        return cast(BinaryIO, self.folder.fs.open(self.folder.locate(path), "rb"))


def is_inside(path: str) -> bool:
    """Tell whether a relative path stays below its folder, on a store that knows only ``/``."""
    return not any(part in {"", ".", ".."} for part in path.split("/")) and "\0" not in path


def _resolve(source: str) -> Path | _Remote:
    """Return the folder that a source names, sure that it is there."""
    if not source:
        raise SourceError("source: no folder is named; give one, as in `clipplot build FOLDER`")
    source, _ = split_pattern(source)
    plain = Path(source).expanduser()
    if "://" not in source:
        return local.check_folder(plain)
    try:
        fs, root = fsspec.core.url_to_fs(source)
        if isinstance(fs, LocalFileSystem):
            return local.check_folder(Path(root))
        root = str(root).rstrip("/")
        is_folder = bool(fs.isdir(root)) or (not root and fs.exists(root))
    except ImportError as error:
        raise SourceError(f"{source}: a package to reach it is missing ({error})") from error
    except Exception as error:  # every store's client raises errors of its own
        raise SourceError(
            f"{source}: it cannot be reached ({error}); check the address and the credentials"
        ) from error
    if not is_folder:
        raise SourceError(
            f"{source}: there is no such folder; expected one that holds images; check the address"
        )
    return _Remote(source, fs, root)


def _list_remote(
    folder: _Remote, selection: names.Selection, skipped: Counter[str], tables: dict[str, str]
) -> list[SourceImage]:
    try:
        folder.fs.invalidate_cache()
        listing: Mapping[str, Mapping[str, Any]] = folder.fs.find(folder.root, detail=True)
    except Exception as error:  # every store's client raises errors of its own
        raise SourceError(f"{folder.url}: it cannot be listed ({error}); check the permissions") from error
    cut = len(folder.root) + 1 if folder.root else 0
    images: list[SourceImage] = []
    unknown: list[SourceImage] = []
    left_out: set[str] = set()
    for where, info in listing.items():
        path = where[cut:]
        reason = _leave_out(path, selection, left_out)
        if path.rpartition("/")[2] in names.TABLE_NAMES and reason == names.TABLES:
            tables[path] = _version(info)
        if reason == "":  # inside a folder that is counted already
            continue
        if reason is not None:
            skipped[reason] += 1
            continue
        image = SourceImage(path, int(info.get("size") or 0), _version(info))
        (images if names.claims_picture(path) else unknown).append(image)
    images += _keep_pictures(folder, unknown, skipped)
    return images


def _leave_out(path: str, selection: names.Selection, left_out: set[str]) -> str | None:
    """Return why a file is left out, empty if its folder is counted already, None if it stays."""
    if not is_inside(path):
        return "names that cannot be a path"
    parts = path.split("/")
    for depth in range(1, len(parts)):
        above = "/".join(parts[:depth])
        reason = names.folder_clutter(parts[depth - 1]) or (
            names.EXCLUDED if names.is_excluded(above, selection.exclude) else None
        )
        if reason:
            fresh = above not in left_out
            left_out.add(above)
            return reason if fresh else ""
    return names.file_clutter(parts[-1]) or selection.leave_out(path)


def _keep_pictures(
    folder: _Remote, unknown: Sequence[SourceImage], skipped: Counter[str]
) -> Iterable[SourceImage]:
    """Yield those whose first bytes show a picture: one request of a few bytes each, many at a time.

    One that cannot be read is yielded as well: opening it tells the reason.
    """
    where = [folder.locate(image.path) for image in unknown]
    ends = [min(names.HEAD_BYTES, image.size_bytes) for image in unknown]
    heads = folder.fs.cat_ranges(where, [0] * len(where), ends, on_error="return") if where else []
    for image, head in zip(unknown, heads, strict=True):
        is_unread = isinstance(head, Exception) and not isinstance(head, FileNotFoundError)
        if is_unread or (isinstance(head, bytes) and names.is_picture(head)):
            yield image
        else:
            skipped[names.NOT_PICTURES] += 1


def _version(info: Mapping[str, Any]) -> str:
    size = int(info.get("size") or 0)
    for key in (*_TAGS, *_TIMES):
        if info.get(key):
            return f"{str(info[key]).strip(chr(34))}-{size}"
    return str(size)
