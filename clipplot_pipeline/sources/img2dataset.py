"""Folders of files as img2dataset writes them: ``00000/000000000.jpg``, with ``00000.parquet`` beside its folder.

Belongs here: recognising such a folder, and what the Parquet says of its pictures. Does not belong here: listing files
(``folder``), the form in tar files (``tar_shards``) and the one in Parquet (``parquet_pictures``).

The ``.txt`` and ``.json`` beside each picture say the same once more, and are not opened. Pictures whose download
failed have no file as a rule; one that has is left out and counted.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from clipplot_pipeline.errors import TableError
from clipplot_pipeline.model import Scan, SourceImage
from clipplot_pipeline.sources import names
from clipplot_pipeline.sources.about import join_about, make_about
from clipplot_pipeline.sources.folder import open_source, scan_folder
from clipplot_pipeline.sources.kind import Opener, SourceKind
from clipplot_pipeline.sources.locations import split_name
from clipplot_pipeline.sources.table_parquet import read_parquet
from clipplot_pipeline.sources.tar_words import FAILED, LEFT_OUT, STATUS, SUCCESS

ENDING = ".parquet"
NO_WORDS = "Parquet files of img2dataset that cannot be read"
_KEY = "key"
_NUMBER = re.compile(r"\d{3,}")


def claims(source: str) -> bool:
    """Tell whether a source is such a folder on this disk: a numbered folder, and Parquet of its name with keys."""
    if "://" in source:
        return False
    folder = Path(source).expanduser()
    found = None if _holds_picture(folder) else next(iter(_find_tables(folder)), None)
    if found is None:
        return False
    try:
        return {_KEY, STATUS} <= set(pq.read_schema(found).names)
    except (OSError, ValueError, pa.ArrowException):
        return False


@dataclass(frozen=True)
class Img2datasetSource:
    """A folder of numbered folders, with what img2dataset notes of their pictures."""

    address: str

    def scan(self, exclude: Sequence[str], include: Sequence[str]) -> Scan:
        """List the pictures; what lies between them besides is left out as in any folder."""
        scan = scan_folder(self.address, exclude, include)
        skipped = Counter(scan.skipped)
        by_folder: dict[str, dict[str, str]] = {}
        for image in scan.images:
            folder, _, name = image.path.rpartition("/")
            by_folder.setdefault(folder, {})[name.partition(".")[0]] = image.path
        failed: set[str] = set()
        tables = []
        for table in _find_tables(Path(self.address).expanduser()):
            try:
                tables.append(_read_words(table, by_folder.get(table.stem, {}), failed))
            except TableError:
                skipped[NO_WORDS] += 1
        images = tuple(image for image in scan.images if image.path not in failed)
        if failed:
            skipped[FAILED] += len(failed)
        return replace(scan, images=images, skipped=dict(sorted(skipped.items())), about=join_about(tables))

    def open_files(self, files: Sequence[SourceImage]) -> AbstractContextManager[Opener]:  # noqa: ARG002
        """Return what opens any of its files."""
        return contextlib.nullcontext(open_source(self.address))


def _holds_picture(folder: Path) -> bool:
    """Tell whether a picture lies in a folder itself: of a million of them no more than the first is looked at."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        return any(names.claims_picture(entry.name) for entry in entries)
    return False


def _find_tables(folder: Path) -> list[Path]:
    """Return the Parquet files that have a folder of their name beside them, sorted."""
    with contextlib.suppress(OSError):
        return sorted(
            entry
            for entry in folder.glob(f"*{ENDING}")
            if _NUMBER.fullmatch(entry.stem) and entry.with_suffix("").is_dir()
        )
    return []


def _read_words(table: Path, paths: Mapping[str, str], failed: set[str]) -> pa.Table:
    """Return what a table says of the pictures in its folder, given by their keys; note those that failed."""
    cells = read_parquet(str(table), lambda _row, _column, _reason: None)
    told = dict(zip(cells.headers, cells.columns, strict=True))
    if _KEY not in told:
        raise TableError(f"{table}: it has no column {_KEY!r}; expected what img2dataset wrote; copy it anew")
    keys = told[_KEY].to_pylist()
    failing = set()
    if STATUS in told:
        is_failed = pc.fill_null(pc.not_equal(told[STATUS], SUCCESS), False)
        failing = {key for key, each in zip(keys, is_failed.to_pylist(), strict=True) if each}
    failed.update(paths[key] for key in failing & paths.keys())
    rows = {paths[key]: row for row, key in enumerate(keys) if key in paths and key not in failing}
    return make_about(cells, rows, LEFT_OUT)


IMG2DATASET = SourceKind(
    "folders of img2dataset",
    lambda settings: claims(settings.source),
    lambda settings: Img2datasetSource(settings.source),
    watched=lambda source: split_name(f"{source.rstrip('/')}/x")[0],
)
