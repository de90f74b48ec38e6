"""Checks of the columns that hold near-duplicates.

Belongs here: that groups and roles fit together. Does not belong here: what holds of all columns (``verify_data``).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from clipplot_pipeline.errors import SiteError
from clipplot_pipeline.site.columns import Column
from clipplot_pipeline.site.duplicates import EARLIEST, LARGEST
from clipplot_pipeline.site.manifest import Manifest
from clipplot_pipeline.site.ragged import decode_any
from clipplot_pipeline.storage import Store


def check_duplicates(store: Store, manifest: Manifest) -> Iterator[str]:
    """Yield what is wrong with the groups of near-duplicates."""
    entry = manifest.duplicates
    if entry is None:
        return
    names = (entry.column, entry.roles)
    if not set(names) <= manifest.columns.keys():
        return  # told with the columns
    try:
        columns = [
            decode_any(store.read_bytes(manifest.columns[name].path), manifest.columns[name].path)
            for name in names
        ]
    except SiteError:
        return  # told with the columns
    if not all(isinstance(column, Column) and column.stored.dtype.kind in "iu" for column in columns):
        return
    group, roles = (column.stored[:, 0].astype(np.int64) for column in columns if isinstance(column, Column))
    if len(group) != len(roles) or group.min(initial=-1) < -1:
        return
    path = manifest.columns[entry.column].path
    counts = np.bincount(group[group >= 0], minlength=entry.groups)
    if len(counts) != entry.groups or (counts < 2).any() or counts.sum() != entry.images:
        yield (
            f"{path}: {int(counts.sum())} images in {len(counts)} groups, the smallest of {counts.min(initial=0)}; "
            f"expected {entry.images} in {entry.groups}, of 2 or more each"
        )
        return
    for role, title in ((EARLIEST, "earliest"), (LARGEST, "largest")):
        heads = group[(roles & role) > 0]
        if not np.array_equal(np.sort(heads), np.arange(entry.groups)):
            yield (
                f"{manifest.columns[entry.roles].path}: {len(heads)} images are the {title} of their group; "
                f"expected one in each of {entry.groups} groups"
            )
