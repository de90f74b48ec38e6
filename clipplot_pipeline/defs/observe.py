"""A look at everything outside: the source's listing and the version of every input file.

Belongs here: what `inventory` compares with what it remembers. Does not belong here: opening a picture or a table.
"""

from dataclasses import dataclass
from pathlib import Path

import fsspec

from clipplot_pipeline.errors import SourceError, TableError
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.model import Scan
from clipplot_pipeline.settings import Settings
from clipplot_pipeline.sources import scan_folder
from clipplot_pipeline.storage import hash_json
from clipplot_pipeline.takedown import SKIPPED, Forgotten


@dataclass(frozen=True)
class Observation:
    """What lies outside now.

    Attributes
    ----------
    inputs : dict of str to str
        ``listing``: hash of all paths, sizes and versions; ``metadata``: version of the table, empty if none is named.
    """

    scan: Scan
    inputs: dict[str, str]


def observe(settings: Settings) -> Observation:
    """List the source and look at the input files.

    Raises
    ------
    SourceError
        If no source is named, or it is not there.
    TableError
        If the metadata table is not there.
    """
    if not settings.source:
        raise SourceError(
            "source: no folder of images is named; expected `source` in clipplot.toml, or `clipplot build FOLDER`"
        )
    scan = _leave_out_forgotten(
        scan_folder(settings.source, (*settings.exclude, *_own_folders(settings))),
        Ledger(settings).forgotten(),
    )
    listing = hash_json([[image.path, image.size_bytes, image.version] for image in scan.images])
    metadata = _file_version(settings.metadata) if settings.metadata else ""
    return Observation(scan, {"listing": listing, "metadata": metadata})


def _leave_out_forgotten(scan: Scan, forgotten: Forgotten) -> Scan:
    """Return the scan without the files that were taken down: they are not even opened again."""
    kept = tuple(
        image for image in scan.images if not forgotten.has_place(image.path, image.size_bytes, image.version)
    )
    count = len(scan.images) - len(kept)
    return Scan(kept, {**scan.skipped, SKIPPED: count}) if count else scan


def _own_folders(settings: Settings) -> list[str]:
    """Return what clipplot itself writes inside the source, as patterns: its pictures are not the collection's."""
    if "://" in settings.source:
        return []
    source = Path(settings.source)
    inside = [Path(url) for url in (settings.site, settings.store) if "://" not in url]
    return [
        f"{path.relative_to(source).as_posix()}/*"
        for path in inside
        if path != source and path.is_relative_to(source)
    ]


def _file_version(url: str) -> str:
    fs, path = fsspec.core.url_to_fs(url)
    if not fs.isfile(path):
        raise TableError(
            f"metadata: there is no file {url}; expected a CSV table, or leave `metadata` empty to do without one"
        )
    info = fs.info(path)
    marks = [
        str(info[k])
        for k in ("ETag", "etag", "md5Hash", "mtime", "LastModified", "last_modified")
        if k in info
    ]
    return hash_json([url, info.get("size"), *marks])[:16]
