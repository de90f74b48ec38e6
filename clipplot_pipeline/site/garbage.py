"""Which files of a published site nothing names any more.

Belongs here: telling the site's own files from others, and the grace of one build. Does not belong here: deleting.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from clipplot_pipeline.site.format import detail_path
from clipplot_pipeline.site.manifest import Manifest

#: What the writer may have made. Anything else in the folder belongs to somebody else and stays.
_OWN = re.compile(
    r"(v/[0-9a-f]{16}/.+"
    r"|b/[0-9a-f]{12}/.+"
    r"|c/[A-Za-z0-9_-]+\.[0-9a-f]{16}\.(bin|json)"
    r"|w/[0-9a-f]{16}/\d+\.json"
    r"|q/[0-9a-f]{16}/(directory|[prt]\d+)\.bin"
    r"|s/[0-9a-f]{20}/\d+/\d+\.webp"
    r"|p/[0-9a-f]{8}/[0-9a-f]{2}/[0-9a-f]{20}\.jpg"
    r")(\.[0-9a-f]{8}\.partial)?"
)


def find_garbage(
    paths: Iterable[str], image_ids: Iterable[str], manifest: Manifest, previous: Manifest | None
) -> list[str]:
    """Return the files to delete, sorted.

    What the previous build alone names stays for one build, for those who still look at it; pictures of images
    that are no longer live go at once.

    Parameters
    ----------
    paths : iterable of str
        All files in the folder.
    image_ids : iterable of str
        The live images.
    manifest, previous : Manifest
        The build just published, and the one before.
    """
    builds = [manifest] if previous is None else [manifest, previous]
    folders = {folder for build in builds for folder in _name_folders(build)}
    exact = {path for build in builds for path in _name_columns(build)}
    live = list(image_ids)
    pictures = {
        detail_path(build.details.path, image_id) for build in builds if build.details for image_id in live
    }
    return sorted(
        path for path in paths if _OWN.fullmatch(path) and not _is_kept(path, folders, exact, pictures)
    )


def _is_kept(path: str, folders: set[str], exact: set[str], pictures: set[str]) -> bool:
    if path.endswith(".partial"):
        return False
    if path.startswith("p/"):
        return path in pictures
    return path in exact or path.rsplit("/", path.count("/") - 1)[0] in folders


def _name_folders(manifest: Manifest) -> list[str]:
    """Return the folders, two deep, that belong to a build as a whole."""
    firsts = [manifest.viewer.script, manifest.about, manifest.words.path]
    folders = ["/".join(path.split("/")[:2]) for path in firsts]
    folders += [manifest.search.folder] if manifest.search else []
    return folders + [f"s/{segment.id}" for segment in manifest.segments]


def _name_columns(manifest: Manifest) -> list[str]:
    labels = [layout.labels for layout in manifest.layouts] + [
        level.labels for level in manifest.clusters.levels
    ]
    values = [field.values for field in manifest.fields]
    return [c.path for c in manifest.columns.values()] + [
        path for path in labels + values if path is not None
    ]
