"""Files of the source, and what opening them once yields: dataclasses that the stages exchange.

Belongs here: originals, whether they become images or not. Does not belong here: what is made of images (``model``, by
way of which these are imported).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # workers that decode know these classes, and start without it
    import pyarrow as pa


#: ``forgotten``: taken down earlier; kept in its shard alone, never listed. ``no_vector``: a whole picture
#: that the imported vectors pass over.
RejectKind = Literal["unreadable", "unsupported", "forgotten", "no_vector"]


@dataclass(frozen=True, slots=True)
class SourceImage:
    """One file of the source that may be a picture.

    Attributes
    ----------
    path : str
        Relative to the source, ``/`` between folders, as the file system spells it.
    size_bytes : int
        Size of the file.
    version : str
        A tag that changes when the file does: modification time in ns, or an object store's ETag.
    place : str
        What the source needs beside the path to find the file again: an address, an offset. The version changes
        when it does. Empty: the path says it all.
    """

    path: str
    size_bytes: int
    version: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Scan:
    """What a look at the source found.

    Attributes
    ----------
    images : tuple of SourceImage
        Sorted by path.
    skipped : mapping of str to int
        Clutter left out quietly: a reason and how many files.
    tables : mapping of str to str
        Files that by their name may be the table about the images: paths and versions.
    unsettled : tuple of str
        Paths of files that are still being written: not among the images, and what is remembered of them holds.
    about : pyarrow.Table or None
        What the source itself says of its pictures: a column ``path``, of those of ``images``, and a column a field, of
        text or lists of text. It is read like a table of the user's, and comes after these.
    title : str
        What the source calls itself; empty where it has no name.
    """

    images: tuple[SourceImage, ...]
    skipped: Mapping[str, int]
    tables: Mapping[str, str] = field(default_factory=dict)
    unsettled: tuple[str, ...] = ()
    about: pa.Table | None = None
    title: str = ""


class NoOriginalError(OSError):
    """What a source raises that has no file where it lists one; the message is the reason of its reject."""


@dataclass(frozen=True, slots=True)
class Reject:
    """One file that does not become an image, and why."""

    path: str
    kind: RejectKind
    reason: str


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What opening an original once yields: a row of the ``images`` table.

    Attributes
    ----------
    sha256 : str
        64 hex digits, of the original file.
    format : str
        Pillow's name of the format: ``JPEG``, ``PNG`` …
    width_px, height_px : int
        Of the upright original.
    taken_at : str or None
        ISO 8601 without zone, from the file's capture facts.
    latitude, longitude : float or None
        Degrees, WGS 84, from the file's capture facts.
    mean_rgb : tuple of int
        Mean colour, sRGB 0 to 255.
    phash : int
        Perceptual hash, 64 bit, unsigned.
    rendition : bytes
        Baseline JPEG.
    camera, note : str or None
        Make and model; what is to be said of a picture that is not whole.
    closeup : str or None
        Path of a file on the local disk with the picture at a larger size, for whoever asked for it to take away.
    """

    path: str
    size_bytes: int
    sha256: str
    format: str
    width_px: int
    height_px: int
    taken_at: str | None
    latitude: float | None
    longitude: float | None
    mean_rgb: tuple[int, int, int]
    phash: int
    rendition: bytes
    camera: str | None = None
    note: str | None = None
    closeup: str | None = None
