"""The kinds of source, and which of them an address means: a kind is one file and one line of `KINDS`.

Belongs here: the kind every folder is of, the list. Does not belong here: what a kind is (``kind``), how any other kind
lists and opens its files (a module each).

To add a kind: write a module with a class that is a `Source` and a `SourceKind` of it, and add that to `KINDS`.
Pictures need not be files: a path is any name with ``/``, and ``SourceImage.place`` keeps what is needed to find the
picture again. What the source says of its pictures goes into ``Scan.about``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from clipplot_pipeline.model import Scan, SourceImage
from clipplot_pipeline.settings import Settings
from clipplot_pipeline.sources.folder import open_source, scan_folder, split_pattern
from clipplot_pipeline.sources.http_list import HTTP_LIST
from clipplot_pipeline.sources.iiif import IIIF
from clipplot_pipeline.sources.img2dataset import IMG2DATASET
from clipplot_pipeline.sources.kind import Opener, Source, SourceKind
from clipplot_pipeline.sources.parquet_pictures import PARQUET_PICTURES
from clipplot_pipeline.sources.tar_shards import TAR_SHARDS


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


FOLDER = SourceKind(
    "folders",
    lambda _settings: True,
    lambda settings: FolderSource(settings.source),
    watched=lambda source: split_pattern(source)[0],
)

#: The first that claims a source has it; a folder may be called anything, and comes last.
KINDS: tuple[SourceKind, ...] = (IIIF, PARQUET_PICTURES, HTTP_LIST, TAR_SHARDS, IMG2DATASET, FOLDER)

#: Those whose pictures are files of a folder: one that is still written is seen by its time (``local.hold_back``).
OF_FILES: tuple[SourceKind, ...] = (IMG2DATASET, FOLDER)


def find_kind(settings: Settings) -> SourceKind:
    """Return the kind that the settings' source is of."""
    return next(kind for kind in KINDS if kind.claims(settings))


def make_source(settings: Settings) -> Source:
    """Return the source that the settings name."""
    return find_kind(settings).make(settings)
