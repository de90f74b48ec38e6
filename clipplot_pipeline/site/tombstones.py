"""Taking pictures off a published site: hidden at once, and no file of an older build left.

Belongs here: the manifest's list of ranks that no reader may show, deleting their detail pictures, ending the grace
of older builds. Does not belong here: building the site without them (``build``, ``publish``).
"""

from __future__ import annotations

import json
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.errors import SiteError
from clipplot_pipeline.site.columns import decode_column
from clipplot_pipeline.site.destination import Destination, RequestError
from clipplot_pipeline.site.format import GARBAGE, MANIFEST, NO_CACHE, content_type, detail_path
from clipplot_pipeline.site.garbage import find_garbage
from clipplot_pipeline.site.lock import hold_lock
from clipplot_pipeline.site.manifest import Manifest, read_manifest
from clipplot_pipeline.storage import Store


def hide_images(url: str, image_ids: Collection[str]) -> list[str]:
    """Make a published site hide some images, and delete their detail pictures.

    Parameters
    ----------
    url : str
        Where the site is published; nothing happens if there is none.
    image_ids : collection of str
        Public ids; those that the site does not have are passed over.

    Returns
    -------
    list of str
        The files that were deleted or replaced, sorted.

    Raises
    ------
    PublishError
        If somebody publishes there at this moment, who would show them again; nothing was changed.
    """
    store = Destination(url)
    if _read_manifest(store) is None:
        return []
    with hold_lock(store):
        manifest = _read_manifest(store)  # a publisher that was at work until now may have put another
        return _hide(store, manifest, set(image_ids)) if manifest else []


def _read_manifest(store: Destination) -> Manifest | None:
    """Return the manifest; None if there is none, or one of a newer clipplot: then it is not ours to touch."""
    if not store.exists(MANIFEST):
        return None
    try:
        return read_manifest(store.read_bytes(MANIFEST))
    except RequestError:
        raise
    except SiteError:
        return None


def _hide(store: Destination, manifest: Manifest, wanted: set[str]) -> list[str]:
    ranks = [
        rank for rank, digits in enumerate(_read_ids(store, manifest)) if digits.tobytes().hex() in wanted
    ]
    if not ranks:
        return []
    plain = json.loads(store.read_bytes(MANIFEST))
    plain["tombstones"] = sorted({*manifest.tombstones, *ranks})
    text = json.dumps(plain, ensure_ascii=False, indent=1, allow_nan=False)
    store.put(MANIFEST, text.encode(), content_type(MANIFEST), NO_CACHE)
    changed = [MANIFEST]
    templates = [entry.path for entry in (manifest.details, manifest.closeups) if entry and entry.path]
    for path in [detail_path(template, image_id) for image_id in wanted for template in templates]:
        if store.exists(path):
            store.delete(path)
            changed.append(path)
    return sorted(changed)


def drop_old_builds(url: str) -> list[str]:
    """Delete at once what only older builds name, and return what was deleted, sorted.

    Ordinarily it stays for some hours, for those who still look at it; it may hold what was taken down. Raises a
    PublishError while somebody publishes there: what is not named yet would be deleted with the rest.
    """
    store = Destination(url)
    if _read_manifest(store) is None:
        return []
    with hold_lock(store):
        manifest = _read_manifest(store)
        return _drop(store, manifest) if manifest else []


def _drop(store: Destination, manifest: Manifest) -> list[str]:
    ids = [digits.tobytes().hex() for digits in _read_ids(store, manifest)]
    hidden = set(manifest.tombstones)
    live = [image_id for rank, image_id in enumerate(ids) if rank not in hidden]
    garbage = find_garbage(store.list_sizes(), live, manifest)
    for batch in store.batch(garbage):
        store.delete_all(batch)
    if store.exists(GARBAGE):
        store.delete(GARBAGE)
    return garbage


def _read_ids(store: Store, manifest: Manifest) -> NDArray[np.uint8]:
    """Return the public ids in rank order, 10 bytes each."""
    path = manifest.columns["id"].path
    stored: NDArray[np.uint8] = decode_column(store.read_bytes(path), path).stored
    return stored
