"""Checks of the plain pages that list every image.

Belongs here: that each image stands on exactly one page, and that its thumbnail is its own cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clipplot_pipeline.site.list_pages import find_images
from clipplot_pipeline.site.manifest import Manifest
from clipplot_pipeline.storage import Store

#: Pages read where a sample may do.
SAMPLED_PAGES = 3


def check_list(store: Store, manifest: Manifest, ids: Sequence[str], sample: int | None) -> Iterator[str]:
    """Yield what keeps every image from being on exactly one page."""
    entry = manifest.pages
    if entry is None:
        return
    known, seen = set(ids), set[str]()
    pages = range(1, entry.count + 1)
    for number in pages if sample is None else pages[:SAMPLED_PAGES]:
        path = f"{entry.folder}/{number}.html"
        found = find_images(store.read_bytes(path))
        strangers = [image_id for image_id in found if image_id not in known or image_id in seen]
        if strangers or not found or len(set(found)) != len(found):
            yield f"{path}: lists {len(found)} images, of them {len(strangers)} wrongly; expected each of the site once"
        seen.update(found)
    if (sample is None or entry.count <= SAMPLED_PAGES) and len(seen) != len(known):
        yield f"{entry.folder}: {len(seen)} images are listed; expected {len(known)}"
