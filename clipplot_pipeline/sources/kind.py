"""What a kind of source is.

Belongs here: the protocol and its description. Does not belong here: the kinds (a module each), which there are
(``kinds``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from clipplot_pipeline.model import Scan, SourceImage
from clipplot_pipeline.settings import Settings

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
        server. What clipplot writes inside the source changes nothing.
    make : callable
        Returns the source that the settings name.
    watched : callable
        Returns what of the settings' ``source`` a cheap look at it looks at: an address that fsspec knows.
    listing_settings, opening_settings : tuple of str
        Dotted keys of settings that shape what a scan finds, and what opening a file gives, beside those that do so for
        every kind.
    """

    name: str
    claims: Callable[[Settings], bool]
    make: Callable[[Settings], Source]
    watched: Callable[[str], str] = str
    listing_settings: tuple[str, ...] = ()
    opening_settings: tuple[str, ...] = ()
