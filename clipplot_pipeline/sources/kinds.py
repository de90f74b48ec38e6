"""The kinds of source, and which of them an address means: a kind is one file and one line of `KINDS`.

Belongs here: the protocol, the kind every folder is of, the list. Does not belong here: how any other kind lists and
opens its files (a module each).

To add a kind: write a module with a class that is a `Source` and a `SourceKind` of it, and add that to `KINDS`.
Pictures need not be files: a path is any name with ``/``, and ``SourceImage.place`` keeps what is needed to find the
picture again. What the source says of its pictures goes into ``Scan.about``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from clipplot_pipeline.model import Scan, SourceImage
from clipplot_pipeline.settings import Settings
from clipplot_pipeline.sources.folder import open_source, scan_folder

#: Opens a file by its path, for reading, seekable; see ``folder.open_source`` and ``images.open_images``.
Opener = Callable[[str], BinaryIO]


class Source(Protocol):
    """Where pictures come from."""

    def scan(self, exclude: Sequence[str], include: Sequence[str]) -> Scan:
        """List what is or may be a picture; see ``folder.scan_folder``. Costs no more than a look."""
        ...

    def open_files(self, files: Sequence[SourceImage]) -> AbstractContextManager[Opener]:
        """Return what opens some of the files that a scan listed, perhaps one of long ago: those of a shard.

        The context ends without an error once all of them have been opened and what they gave is written.
        """
        ...


@dataclass(frozen=True)
class SourceKind:
    """A kind of source.

    Attributes
    ----------
    name : str
        In the plural, as messages have it.
    claims : callable
        Tells whether the settings' ``source`` is of this kind, by its spelling or a look at the disk; it asks no
        server.
    make : callable
        Returns the source that the settings name.
    listing_settings, opening_settings : tuple of str
        Dotted keys of settings that shape what a scan finds, and what opening a file gives, beside those that do so for
        every kind.
    """

    name: str
    claims: Callable[[str], bool]
    make: Callable[[Settings], Source]
    listing_settings: tuple[str, ...] = ()
    opening_settings: tuple[str, ...] = ()


@dataclass(frozen=True)
class FolderSource:
    """A folder, or a pattern of files in one."""

    address: str

    def scan(self, exclude: Sequence[str], include: Sequence[str]) -> Scan:
        """List its files."""
        return scan_folder(self.address, exclude, include)

    def open_files(self, files: Sequence[SourceImage]) -> AbstractContextManager[Opener]:  # noqa: ARG002
        """Return what opens any of its files."""
        return contextlib.nullcontext(open_source(self.address))


FOLDER = SourceKind("folders", lambda _: True, lambda settings: FolderSource(settings.source))

#: The first that claims a source has it; a folder may be called anything, and comes last.
KINDS: tuple[SourceKind, ...] = (FOLDER,)


def find_kind(settings: Settings) -> SourceKind:
    """Return the kind that the settings' source is of."""
    return next(kind for kind in KINDS if kind.claims(settings.source))


def make_source(settings: Settings) -> Source:
    """Return the source that the settings name."""
    return find_kind(settings).make(settings)
