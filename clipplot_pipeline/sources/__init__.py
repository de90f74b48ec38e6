"""Where images come from: listing a source, and opening one of its files.

Belongs here: folders, object stores and every other kind of source (``kinds``); the user's tables.
Does not belong here: looking into pictures beyond their first bytes (``images``), cutting shards
(``catalog``).
"""

from clipplot_pipeline.sources.folder import open_source, scan_folder, split_pattern
from clipplot_pipeline.sources.iiif import read_image_service
from clipplot_pipeline.sources.kinds import OF_FILES, find_kind, make_source

__all__ = [
    "OF_FILES",
    "find_kind",
    "make_source",
    "open_source",
    "read_image_service",
    "scan_folder",
    "split_pattern",
]
