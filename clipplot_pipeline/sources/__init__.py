"""Where images come from: listing a source, and opening one of its files.

Belongs here: folders and object stores (later tables, clip-retrieval folders, tar shards, IIIF).
Does not belong here: looking into pictures beyond their first bytes (``images``), cutting shards
(``catalog``).
"""

from clipplot_pipeline.sources.folder import open_source, scan_folder, split_pattern

__all__ = ["open_source", "scan_folder", "split_pattern"]
