"""Which files of a published site nothing names any more, and since when.

Belongs here: telling the site's own files from others, and how long those of older builds are kept. Does not belong
here: deleting.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from clipplot_pipeline.site.format import PICTURES, dump_json, image_of
from clipplot_pipeline.site.lock import read_time, write_time
from clipplot_pipeline.site.manifest import Manifest

#: What the writer may have made. Anything else in the folder belongs to somebody else and stays.
_OWN = re.compile(
    r"(v/[0-9a-f]{16}/.+"
    r"|b/[0-9a-f]{12}/.+"
    r"|a/[0-9a-f]{16}/(brand\.css|(heading|text)\.woff2|logo\.(svg|png|webp))"
    r"|c/[A-Za-z0-9_-]+\.[0-9a-f]{16}\.(bin|json)"
    r"|w/[0-9a-f]{16}/\d+\.json"
    r"|q/[0-9a-f]{16}/(directory|[prt]\d+)\.bin"
    r"|k/[0-9a-f]{16}/(words|\d+)\.bin"
    r"|s/[0-9a-f]{20}/\d+/\d+\.webp"
    r"|p/[0-9a-f]{8}/[0-9a-f]{2}/[0-9a-f]{20}\.(jpg|tif)"
    r")(\.[0-9a-f]{8}\.partial)?"
    r"|(index\.html|loader\.js|images\.parquet|manifest\.json|garbage\.json|publish\.lock)\.[0-9a-f]{8}\.partial"
)
#: Paths, folders and templates as they stand in a manifest.
_NAMED = re.compile(r"[vbawqkp]/[0-9a-f]{8,20}(/.*)?|c/[A-Za-z0-9_-]+\.[0-9a-f]{16}\.(bin|json)")
VERSION = 1


def find_garbage(
    paths: Iterable[str], image_ids: Iterable[str], manifest: Manifest, kept: Collection[str] = ()
) -> list[str]:
    """Return the files to delete, sorted.

    Pictures of images that are no longer live are among them in any case.

    Parameters
    ----------
    paths : iterable of str
        All files in the folder.
    image_ids : iterable of str
        The live images.
    manifest : Manifest
        The build that is published.
    kept : collection of str
        Parts of older builds that stay (see ``name_parts``).
    """
    stays = {*name_parts(manifest), *kept}
    live = frozenset(image_ids)
    return sorted(path for path in paths if _OWN.fullmatch(path) and not _is_kept(path, stays, live))


def _is_kept(path: str, stays: Collection[str], live: Collection[str]) -> bool:
    if path.endswith(".partial"):
        return False
    if path.startswith(PICTURES) and image_of(path) not in live:
        return False
    return name_part(path) in stays


def name_part(path: str) -> str:
    """Return the part of a build that a file belongs to: its folder, two deep, or a column by itself."""
    return path if path.startswith("c/") else "/".join(path.split("/")[:2])


def name_parts(manifest: Manifest) -> frozenset[str]:
    """Return the parts that a build consists of: the least that is kept or deleted as a whole.

    Whatever the manifest names is one, wherever it stands there: what is added to the format is not forgotten here.
    """
    named = {name_part(text) for text in _iterate_strings(manifest.model_dump()) if _NAMED.fullmatch(text)}
    overview = [manifest.overview.id] if manifest.overview else []
    return frozenset(named) | {f"s/{name}" for name in (*overview, *(s.id for s in manifest.segments))}


def _iterate_strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _iterate_strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _iterate_strings(item)


def retire_parts(
    since: Mapping[str, datetime], previous: Manifest | None, manifest: Manifest, moment: datetime
) -> dict[str, datetime]:
    """Return since when parts of older builds are named by nothing, once a new build is published.

    Parameters
    ----------
    since : mapping of str to datetime
        The same before it.
    previous, manifest : Manifest
        The build that was published, if there was one, and the new one.
    moment : datetime
        The time of publishing.
    """
    named = name_parts(manifest)
    # A clock may have been put back meanwhile: nothing is unnamed since tomorrow.
    older = {part: min(start, moment) for part, start in since.items() if part not in named}
    # What is named until now starts now, whatever an earlier publish noted that did not come to its end.
    return older | {part: moment for part in (name_parts(previous) if previous else ()) if part not in named}


def keep_young(since: Mapping[str, datetime], moment: datetime, grace: timedelta) -> dict[str, datetime]:
    """Return the parts whose grace is not over."""
    return {part: start for part, start in since.items() if moment - start < grace}


def read_since(data: bytes) -> dict[str, datetime]:
    """Return what ``garbage.json`` says; empty if that cannot be read."""
    try:
        value: Any = json.loads(data)
        if value["version"] != VERSION:
            return {}
        return {str(part): read_time(start) for part, start in value["since"].items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}


def write_since(since: Mapping[str, datetime]) -> bytes:
    """Return the content of ``garbage.json``."""
    return dump_json({"version": VERSION, "since": {part: write_time(since[part]) for part in sorted(since)}})
