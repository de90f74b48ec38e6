"""A cheap look at a source: whether anything came or went since the last one, and whether it is still coming.

Belongs here: marks that change with the source. Does not belong here: listing pictures (``folder``), deciding when to
scan (``defs.drops``).

A local folder is known by the times of its folders, which change when an entry is added, renamed or removed, and by
those of tables in it: a look costs one ``stat`` a folder, and a listing of those that changed. A picture that is
changed in place, or lies behind a link, is seen by the next scan alone. A file (a notification that whoever drops
pictures leaves) is known by its version. What lies behind a URL is listed, as long as it is small.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import fsspec
from fsspec.implementations.local import LocalFileSystem

from clipplot_pipeline.errors import SourceError
from clipplot_pipeline.sources import names
from clipplot_pipeline.sources.locations import list_files
from clipplot_pipeline.storage import hash_json

#: Files behind a URL beyond which nothing is listed just to look: a thousand files are a request to an object store.
MOST_LISTED = 10_000
#: Changed folders that are looked into to see whether files still grow.
MOST_OPENED = 50


@dataclass(frozen=True, slots=True)
class Glance:
    """What a cheap look showed.

    Attributes
    ----------
    mark : str
        Another one whenever something came or went.
    state : str
        Another one while files in what changed lately still grow; always another one with another ``mark``.
    words : str
        What was looked at, for people.
    """

    mark: str
    state: str
    words: str


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder as it was: its time, and the folders and tables in it."""

    time_ns: int
    folders: tuple[str, ...]
    tables: tuple[str, ...]


class Watch:
    """Looks at one place again and again, and remembers its folders in between.

    Parameters
    ----------
    place : str
        A folder, a file, or the URL of one; of a pattern its folder.
    exclude : sequence of str
        Patterns of folders not to look at, see ``names.is_excluded``.
    """

    def __init__(self, place: str, exclude: Sequence[str] = ()) -> None:
        self.place = place
        self.exclude = tuple(exclude)
        self._known: dict[str, _Folder] = {}

    def look(self, known_files: int = 0, tables: str = "") -> Glance:
        """Return what a look shows.

        Parameters
        ----------
        known_files : int
            How many files the place held at the last scan; places behind a URL with more are not listed.
        tables : str
            Goes into the mark: the version of other input files.

        Raises
        ------
        SourceError
            The place is not there, cannot be reached, or is too large to be listed just to look.
        """
        try:
            fs, path = fsspec.core.url_to_fs(self.place)
        except ImportError as error:
            raise SourceError(f"{self.place}: a package to reach it is missing ({error})") from error
        if isinstance(fs, LocalFileSystem) and Path(path).is_dir():
            return self._look_at_folders(path, tables)
        return self._look_at_listing(known_files, tables)

    def _look_at_folders(self, root: str, tables: str) -> Glance:
        self._known = dict(self._walk(root))
        times = {path: folder.time_ns for path, folder in self._known.items()}
        newest = sorted(times, key=lambda path: (-times[path], path))
        among = [_stat_file(table) for folder in self._known.values() for table in folder.tables]
        places = sorted((ascii(path[len(root) :]), time) for path, time in times.items())
        mark = hash_json([tables, places, sorted(among)])
        growing = hash_json([_stat_files(path) for path in newest[:MOST_OPENED]])
        latest = names.spell(os.path.relpath(newest[0], root)) or "."
        count = f"{len(times):,} folder{'s' * (len(times) != 1)}"
        return Glance(mark, f"{mark}-{growing}", f"{count}; the last change is in {latest}")

    def _walk(self, root: str) -> Iterator[tuple[str, _Folder]]:
        """Yield the folders below one, and itself; a folder that did not change is not listed again."""
        pending = [root]
        while pending:
            where = pending.pop()
            try:
                time_ns = os.stat(where).st_mtime_ns  # noqa: PTH116 - a call a folder, as plain as can be
                folder = self._known.get(where)
                if folder is None or folder.time_ns != time_ns:
                    folder = self._list(where, root, time_ns)
            except OSError:  # it went in between, or is closed to us
                if where == root:
                    raise SourceError(
                        f"{root}: it cannot be looked at; expected a folder; check its permissions"
                    ) from None
                continue
            yield where, folder
            pending += folder.folders

    def _list(self, where: str, root: str, time_ns: int) -> _Folder:
        folders, tables = [], []
        with os.scandir(where) as listing:
            for entry in listing:
                path = os.path.relpath(entry.path, root).replace(os.sep, "/")
                if entry.name in names.TABLE_NAMES:
                    tables.append(entry.path)
                elif (
                    entry.is_dir(follow_symlinks=False)
                    and names.folder_clutter(entry.name) is None
                    and not names.is_excluded(path, self.exclude)
                ):
                    folders.append(entry.path)
        return _Folder(time_ns, tuple(folders), tuple(tables))

    def _look_at_listing(self, known_files: int, tables: str) -> Glance:
        if known_files > MOST_LISTED:
            raise SourceError(
                f"{self.place}: it holds {known_files:,} files; up to {MOST_LISTED:,} are listed just to look; name a "
                "file that changes with every drop in `automation.watch`, or scan by schedule (`automation.nightly`)"
            )
        files = list_files(self.place, ("",))
        if not files:
            raise SourceError(
                f"{self.place}: there is nothing to look at; expected a folder or a file; check the address"
            )
        mark = hash_json([tables, files])
        return Glance(mark, mark, f"{len(files):,} file{'s' * (len(files) != 1)}")


def _stat_file(path: str) -> tuple[str, int, int]:
    try:
        status = os.stat(path)  # noqa: PTH116
    except OSError:
        return ascii(path), -1, -1
    return ascii(path), status.st_size, status.st_mtime_ns


def _stat_files(folder: str) -> list[tuple[str, int, int]]:
    """Return name, size and time of the files in a folder, sorted: what changes while one is being written."""
    found = []
    try:
        with os.scandir(folder) as listing:
            for entry in listing:
                if entry.is_file():
                    status = entry.stat()
                    found.append((ascii(entry.name), status.st_size, status.st_mtime_ns))
    except OSError:
        return []
    return sorted(found)
