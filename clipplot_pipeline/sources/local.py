"""A folder on a local disk: links, pipes, closed folders, difficult names.

Belongs here: walking and opening with the operating system's own calls; no POSIX-only ones.
Does not belong here: what names mean (``names``), stores behind a URL (``folder``).
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, ClassVar

from clipplot_pipeline.errors import SourceError
from clipplot_pipeline.model import Scan, SourceImage
from clipplot_pipeline.sources import names

_WINDOWS = os.name == "nt"
_HIDDEN_ATTRIBUTE = 0x2  # FILE_ATTRIBUTE_HIDDEN of Windows
_JUNCTION = 0xA0000003  # IO_REPARSE_TAG_MOUNT_POINT of Windows

CLOSED_FOLDERS = "folders that cannot be opened"
LINKED_FOLDERS = "links to folders that are seen already"
NOT_FILES = "pipes, sockets and devices"
UNSETTLED = "files still being written"
BAD_NAMES = "names that cannot be written as text"


def check_folder(folder: Path) -> Path:
    """Return a folder as an absolute path.

    Raises
    ------
    SourceError
        It is missing, is a file, or cannot be opened.
    """
    if folder.is_file():
        remedy = f"; for the pictures in an archive give zip://::{folder}" if folder.suffix == ".zip" else ""
        raise SourceError(f"{folder}: it is a file; expected a folder that holds images{remedy}")
    if not folder.is_dir():
        raise SourceError(
            f"{folder}: there is no such folder; expected one that holds images. Check the spelling"
            f" (the working directory is {Path.cwd()})"
        )
    absolute = str(folder.absolute())
    try:
        with os.scandir(absolute):
            pass
    except OSError as error:
        raise SourceError(
            f"{folder}: the folder cannot be opened ({error.strerror}); check its permissions"
        ) from error
    return Path(names.extended(absolute) if _WINDOWS else absolute)


def walk(
    folder: Path, selection: names.Selection, skipped: Counter[str], tables: dict[str, str]
) -> Iterator[SourceImage]:
    """Yield the files below a folder that are or may be pictures; count the others in ``skipped``.

    Files that are called as tables among pictures are noted in ``tables``, path and version.

    A link to a folder is followed once, and only if it leads to what is not part of the source anyway.
    """
    root = os.path.realpath(folder)
    seen = {root}
    pending = [(str(folder), root, "")]
    while pending:
        where, real, above = pending.pop()
        try:
            with os.scandir(where) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError:
            skipped[CLOSED_FOLDERS] += 1
            continue
        taken = {entry.name for entry in entries}
        for entry in entries:
            path = _path(entry.name, above, taken)
            if path is None:
                skipped[BAD_NAMES] += 1
            elif not _is_folder(entry):
                image = _look(entry, path, selection, skipped)
                if entry.name in names.TABLE_NAMES and not names.is_excluded(path, selection.exclude):
                    tables |= _version_table(entry, path)
                if image:
                    yield image
            elif reason := _leave_folder_out(entry, path, selection.exclude):
                skipped[reason] += 1
            elif below := _follow(entry, real, root, seen):
                pending.append((entry.path, below, f"{path}/"))
            else:
                skipped[LINKED_FOLDERS] += 1


def hold_back(scan: Scan, before_ns: int) -> Scan:
    """Return a scan of a local folder without the files that changed lately: they may still be being written.

    Parameters
    ----------
    scan : Scan
    before_ns : int
        Files that changed at this time or later are held back. Unit: ns since 1970.
    """
    settled: list[SourceImage] = []
    unsettled: list[SourceImage] = []
    for image in scan.images:
        changed = image.version.partition("-")[0]
        is_late = changed.isdigit() and int(changed) >= before_ns
        (unsettled if is_late else settled).append(image)
    if not unsettled:
        return scan
    skipped = {**scan.skipped, UNSETTLED: len(unsettled)}
    return replace(
        scan, images=tuple(settled), skipped=skipped, unsettled=tuple(image.path for image in unsettled)
    )


@dataclass(frozen=True)
class Opener:
    """Opens files below a folder by their relative path; can be sent to another process."""

    folder: str
    #: Worker processes open the files themselves (see ``images.open_images``).
    is_local: ClassVar[bool] = True

    def __call__(self, path: str) -> BinaryIO:
        """Return the file, opened for reading; ``OSError`` if it cannot be, or is a pipe or a device."""
        where = self._locate(path)
        if not stat.S_ISREG(where.stat().st_mode):
            raise OSError("it is not a regular file")
        return where.open("rb")

    def _locate(self, path: str) -> Path:
        parts = path.split("/")
        odd = {"", ".", ".."}.intersection(parts) or "\0" in path
        if odd or (_WINDOWS and any(character in path for character in "\\:")):
            raise SourceError(f"{self.folder}: the path {path!r} leads out of the source; expected one in it")
        literal = Path(self.folder, *parts)
        raw = names.unspell(path)
        if raw != path and not os.path.lexists(literal):
            return Path(self.folder, *raw.split("/"))
        return literal


def _path(name: str, above: str, taken: set[str]) -> str | None:
    """Return an entry's path as text, None if it has no spelling of its own."""
    spelled = names.spell(name)
    if spelled is None or (spelled != name and spelled in taken):
        return None
    return above + spelled


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle
        return False


def _leave_folder_out(entry: os.DirEntry[str], path: str, exclude: Sequence[str]) -> str | None:
    reason = names.folder_clutter(entry.name)
    if reason is None and _has_hidden_attribute(entry):
        reason = names.HIDDEN_FOLDERS
    return reason or (names.EXCLUDED if names.is_excluded(path, exclude) else None)


def _follow(entry: os.DirEntry[str], real_above: str, root: str, seen: set[str]) -> str | None:
    """Return the real path of a folder to walk, None if it is or will be seen by another way."""
    if not _is_link(entry):
        real = str(Path(real_above, entry.name))
    else:
        real = os.path.realpath(entry.path)
        inside = Path(real).is_relative_to(root)
        if inside or Path(root).is_relative_to(real):
            return None
    if real in seen:
        return None
    seen.add(real)
    return real


def _is_link(entry: os.DirEntry[str]) -> bool:
    if entry.is_symlink():
        return True
    try:
        tag = getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0)
    except OSError:
        return True
    return bool(tag == _JUNCTION)


def _has_hidden_attribute(entry: os.DirEntry[str]) -> bool:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return False
    return bool(getattr(status, "st_file_attributes", 0) & _HIDDEN_ATTRIBUTE)


def _look(
    entry: os.DirEntry[str], path: str, selection: names.Selection, skipped: Counter[str]
) -> SourceImage | None:
    """Return a file that is or may be a picture, or count it."""
    reason = names.file_clutter(entry.name)
    if reason is None and _has_hidden_attribute(entry):
        reason = names.HIDDEN_FILES
    reason = reason or selection.leave_out(path)
    claims = names.claims_picture(entry.name)
    status = None if reason else _status(entry)
    if reason is None and status is None and not claims:
        reason = names.NOT_PICTURES
    if status is not None and not stat.S_ISREG(status.st_mode):
        reason = NOT_FILES
    if reason is None and not claims and not names.is_picture(_head(entry.path)):
        reason = names.NOT_PICTURES
    if reason is not None:
        skipped[reason] += 1
        return None
    if status is None:  # a link to nothing that claims a picture: it is listed, so that it is reported
        return SourceImage(path, 0, "unreadable")
    return SourceImage(path, status.st_size, f"{status.st_mtime_ns}-{status.st_size}")


def _version_table(entry: os.DirEntry[str], path: str) -> dict[str, str]:
    status = _status(entry)
    if status is None or not stat.S_ISREG(status.st_mode):
        return {}
    return {path: f"{status.st_mtime_ns}-{status.st_size}"}


def _status(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return entry.stat()
    except OSError:
        return None


def _head(where: str) -> bytes:
    try:
        with Path(where).open("rb") as file:
            return file.read(names.HEAD_BYTES)
    except OSError:
        return b""
