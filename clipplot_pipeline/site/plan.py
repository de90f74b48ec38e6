"""What a site consists of, before anything of it is written.

Belongs here: files and manifest as they are handed to whoever publishes. Does not belong here: making them (``build``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from clipplot_pipeline.site.format import content_type


@dataclass(frozen=True, slots=True)
class SiteFile:
    """One file of a site; ``read`` makes or fetches its bytes when they are wanted."""

    path: str
    size_bytes: int
    cache_control: str
    read: Callable[[], bytes] = field(repr=False, compare=False)

    @property
    def content_type(self) -> str:
        """Media type, by the ending of the name."""
        return content_type(self.path)


@dataclass(frozen=True, slots=True)
class SitePlan:
    """Everything to publish.

    Attributes
    ----------
    manifest : dict
        What ``manifest.json`` will hold.
    files : tuple of SiteFile
        Under names that no other content ever has: tiles, columns, labels, words, about page, viewer.
    root_files : tuple of SiteFile
        The files that change in place, apart from the manifest.
    image_ids : tuple of str
        In rank order.
    picture_cache : str
        Cache-Control of the detail pictures.
    """

    manifest: dict[str, Any]
    files: tuple[SiteFile, ...]
    root_files: tuple[SiteFile, ...]
    image_ids: tuple[str, ...]
    picture_cache: str

    @property
    def build_id(self) -> str:
        """12 hex digits over everything that the manifest names."""
        return str(self.manifest["build_id"])

    @property
    def has_details(self) -> bool:
        """Whether every image has a detail picture."""
        return self.manifest["details"] is not None
