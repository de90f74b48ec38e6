"""Tar files of webdataset and img2dataset as a source: their pictures are read where they lie, nothing is unpacked.

Belongs here: recognising such files, listing members, opening one by its place. Does not belong here: what the texts
beside the pictures mean (``tar_words``), folders of plain files (``folder``).

A picture's path is the file without ``.tar``, then the member: ``00000/000000012.jpg``. Its place is the file, and
where in it the bytes lie; the version is that of the file, so that a file written anew is opened anew.
"""

from __future__ import annotations

import contextlib
import io
import os
import tarfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

import fsspec

from clipplot_pipeline.errors import SourceError
from clipplot_pipeline.model import Scan, SourceImage
from clipplot_pipeline.sources import names
from clipplot_pipeline.sources.kind import Opener, SourceKind
from clipplot_pipeline.sources.locations import WILDCARDS, list_files, name_stems, split_name
from clipplot_pipeline.sources.own_folders import find_own_folders
from clipplot_pipeline.sources.tar_words import FAILED, MOST_READ_BYTES, Words

ENDING = ".tar"
BREAKS_OFF = "members of tar files that break off"
NOT_FILES = "folders, links and other members of tar files"


def claims(source: str, own: Collection[Path] = ()) -> bool:
    """Tell whether a source is tar files: one, a pattern of them, or a folder on this disk of such files alone.

    ``own`` are folders that clipplot writes, absolute: they count as little as a site of the usual name.
    """
    if source.lower().endswith(ENDING):
        return True
    folder = Path(source).expanduser().absolute()
    if "://" in source or any(mark in source for mark in WILDCARDS) or not folder.is_dir():
        return False
    has_tar = False
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            is_own = entry.name == "site" or any(path.is_relative_to(entry.path) for path in own)
            if entry.name.startswith(".") or is_own:
                continue
            if entry.is_dir() or names.claims_picture(entry.name):
                return False
            has_tar = has_tar or entry.name.lower().endswith(ENDING)
    return has_tar


@dataclass(frozen=True)
class TarSource:
    """Pictures in tar files."""

    address: str

    def scan(self, exclude: Sequence[str], include: Sequence[str]) -> Scan:
        """List the pictures: headers are read, and the short texts beside the pictures."""
        files = list_files(self.address, (ENDING,), is_deep=False)
        if not files:
            raise SourceError(
                f"{self.address}: there is no tar file; expected one, a pattern such as `shards/*.tar`, or a folder of "
                "them; check the address"
            )
        selection = names.Selection(tuple(exclude), tuple(include))
        skipped: Counter[str] = Counter()
        found: list[SourceImage] = []
        words = Words()
        stems = name_stems(list(files))
        for url, version in files.items():
            found += _list_members(stems[url], url, version, selection, skipped, words)
        images = tuple(sorted(found, key=lambda image: image.path))
        failed = [image for image in images if words.has_failed(image.path)]
        if failed:
            skipped[FAILED] += len(failed)
            images = tuple(image for image in images if not words.has_failed(image.path))
        return Scan(
            images, dict(sorted(skipped.items())), about=words.tabulate(image.path for image in images)
        )

    def open_files(self, files: Sequence[SourceImage]) -> AbstractContextManager[Opener]:
        """Return what opens the members by their places."""
        return contextlib.nullcontext(TarOpener({file.path: file.place for file in files}))


@dataclass(frozen=True)
class TarOpener:
    """Opens members of tar files by path; can be sent to another process."""

    places: Mapping[str, str]

    def __call__(self, path: str) -> BinaryIO:
        """Return a member, for reading, seekable."""
        offset, size, url = self.places[path].split(" ", 2)
        file = fsspec.open(url, "rb").open()
        return cast(BinaryIO, io.BufferedReader(_Slice(file, int(offset), int(size))))


class _Slice(io.RawIOBase):
    """Bytes of a file from an offset on, as a file of its own."""

    def __init__(self, file: IO[bytes], offset: int, size: int) -> None:
        self._file, self._offset, self._size, self._at = file, offset, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        wanted = max(0, min(len(buffer), self._size - self._at))
        self._file.seek(self._offset + self._at)
        data = self._file.read(wanted)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


def _list_members(
    stem: str, url: str, version: str, selection: names.Selection, skipped: Counter[str], words: Words
) -> Iterator[SourceImage]:
    try:
        with fsspec.open(url, "rb") as file:
            end = file.seek(0, io.SEEK_END)
            file.seek(0)
            with tarfile.open(fileobj=file, mode="r:") as tar:
                for member in _iterate(tar, skipped):
                    name = _clean(member.name)
                    if member.offset_data + member.size > end:
                        skipped[BREAKS_OFF] += 1
                        continue
                    path = f"{stem}/{name}"
                    if words.wants(name):
                        file.seek(member.offset_data)
                        words.add(path, file.read(min(member.size, MOST_READ_BYTES)))
                        continue
                    reason = names.file_clutter(split_name(name)[1]) or _leave_out(path, selection)
                    if reason is None and not names.claims_picture(name):
                        file.seek(member.offset_data)
                        reason = None if names.is_picture(file.read(names.HEAD_BYTES)) else names.NOT_PICTURES
                    if reason:
                        skipped[reason] += 1
                        continue
                    place = f"{member.offset_data} {member.size} {url}"
                    yield SourceImage(path, member.size, f"{version}-{member.offset_data}", place)
    except (OSError, tarfile.TarError) as error:
        raise SourceError(
            f"{url}: it cannot be read as a tar file ({error}); expected one that is not compressed; copy it anew"
        ) from error


def _leave_out(path: str, selection: names.Selection) -> str | None:
    """Return why a member is left out by the user's patterns, which may also name a folder above it; or None."""
    is_excluded = names.is_included(path, selection.exclude)
    return names.EXCLUDED if is_excluded else selection.leave_out(path)


def _iterate(tar: tarfile.TarFile, skipped: Counter[str]) -> Iterator[tarfile.TarInfo]:
    """Yield plain files; one that lies in the archive twice under a name counts by its last."""
    seen: dict[str, tarfile.TarInfo] = {}
    while True:
        try:
            member = tar.next()
        except tarfile.ReadError:  # the archive ends in the midst of a header
            skipped[BREAKS_OFF] += 1
            break
        if member is None:
            break
        tar.members = []  # type: ignore[attr-defined]  # else it keeps all headers
        if not member.isreg() or member.issparse() or not _clean(member.name):
            skipped[NOT_FILES] += 1
            continue
        seen[_clean(member.name)] = member
    yield from seen.values()


def _clean(name: str) -> str:
    """Return a member's name as a path that stays in the archive; empty if it leads out."""
    parts = [part for part in name.split("/") if part not in {"", "."}]
    spelled = names.spell("/".join(parts))
    return "" if spelled is None or ".." in parts or "\0" in name else spelled


def _watched(source: str) -> str:
    return split_name(source)[0] if source.lower().endswith(ENDING) else source


TAR_SHARDS = SourceKind(
    "tar files",
    lambda settings: claims(settings.source, find_own_folders(settings)),
    lambda settings: TarSource(settings.source),
    _watched,
)
