"""Parquet with pictures in it as a source, as Hugging Face's datasets and img2dataset write it.

Belongs here: recognising such files, listing their rows. Does not belong here: which column holds the pictures
(``parquet_columns``), copying rows out (``parquet_rows``), other columns (``table``), vectors (``vector_files``).

A picture's path is that of the file in the source, without ``.parquet``, then what names the row, or its number counted
from 0: ``data/train-00000-of-00002/cat.jpg``. The version is that of the file: one written anew is opened anew.
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from clipplot_pipeline.errors import SourceError
from clipplot_pipeline.model import Scan, SourceImage
from clipplot_pipeline.settings import Settings
from clipplot_pipeline.sources import names
from clipplot_pipeline.sources.about import join_about, make_about
from clipplot_pipeline.sources.folder import split_pattern
from clipplot_pipeline.sources.http_list import HttpListSource
from clipplot_pipeline.sources.kind import Opener, SourceKind
from clipplot_pipeline.sources.locations import WILDCARDS, list_files, name_stems
from clipplot_pipeline.sources.own_folders import find_own_folders
from clipplot_pipeline.sources.parquet_columns import (
    find_picture_column,
    name_labels,
    name_rows,
    read_labels,
)
from clipplot_pipeline.sources.parquet_rows import find_blanks, open_parquet, open_rows
from clipplot_pipeline.sources.table_cells import Cells
from clipplot_pipeline.sources.table_parquet import read_parquet
from clipplot_pipeline.sources.tar_words import FAILED, LEFT_OUT, STATUS, SUCCESS

ENDING = ".parquet"
BLANK = "rows without a picture in them"


def claims(source: str, own: Collection[Path] = ()) -> bool:
    """Tell whether a source is Parquet with pictures: a file, a pattern, or a folder on this disk of such files alone.

    What lies behind a URL is told by its spelling; a list of addresses there is found out later. ``own`` are folders
    that clipplot writes, absolute: they count as little as a site of the usual name.
    """
    if source.startswith(("list:", "http://", "https://")):
        return False
    if "://" in source:
        return source.lower().endswith(ENDING)
    path = Path(source).expanduser()
    first: Path | None = None
    if path.is_file() and path.name.lower().endswith(ENDING):
        first = path
    elif path.is_dir():
        first = _find_first(path.absolute(), own)
    elif any(mark in source for mark in WILDCARDS) and source.lower().endswith(ENDING):
        first = next((Path(url) for url in list_files(source, (ENDING,))), None)
    return first is not None and holds_pictures(str(first))


@dataclass(frozen=True)
class ParquetSource:
    """Pictures in Parquet files."""

    settings: Settings

    def scan(self, exclude: Sequence[str], include: Sequence[str]) -> Scan:
        """List the rows that have a picture: no byte of one is read, unless some rows of a group have none."""
        address = self.settings.source
        files = _leave_out(list_files(address, (ENDING,)), address, exclude)
        if not files:
            raise SourceError(
                f"{address}: there is no Parquet file; expected one, a pattern such as `data/*.parquet`, or a folder "
                "of them; check the address"
            )
        selection = names.Selection(tuple(exclude), tuple(include))
        skipped: Counter[str] = Counter()
        found: list[SourceImage] = []
        tables: list[pa.Table] = []
        stems = _name_files(files, address)
        has_pictures = False
        for url, tag in files.items():
            rows = _list_rows(url)
            if rows is None:
                skipped[names.TABLES] += 1
                continue
            has_pictures = True
            listed = dict(_select(rows, stems[url], selection, skipped))
            found += [SourceImage(path, 0, f"{tag}-{row}", f"{row} {url}") for path, row in listed.items()]
            tables.append(make_about(rows.cells, listed, rows.left_out))
        if not has_pictures:
            if "://" in address:
                return HttpListSource(self.settings).scan(exclude, include)
            raise SourceError(
                f"{address}: no column of its Parquet files holds pictures; expected bytes in one that is called "
                "`image`, as Hugging Face's datasets have it; rename the column"
            )
        images = tuple(sorted(found, key=lambda image: image.path))
        return Scan(images, dict(sorted(skipped.items())), about=join_about(tables))

    def open_files(self, files: Sequence[SourceImage]) -> AbstractContextManager[Opener]:
        """Return what opens the rows by their places."""
        if any(file.place.startswith("{") for file in files):
            return HttpListSource(self.settings).open_files(files)
        return open_rows(files)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of one file.

    Attributes
    ----------
    cells : Cells
        All but pictures and vectors.
    paths : list of str
        What each row is called.
    left_out : frozenset of str
        Headers that say nothing of the picture.
    is_blank, is_failed : ndarray of bool
        Rows without bytes; rows of downloads that failed.
    """

    cells: Cells
    paths: list[str]
    left_out: frozenset[str]
    is_blank: Any
    is_failed: Any


def name_pictures(url: str) -> list[str] | None:
    """Return what the rows of a file are called in it, each once; None if it holds no pictures."""
    rows = _list_rows(url)
    return None if rows is None else rows.paths


def _list_rows(url: str) -> _Rows | None:
    with open_parquet(url) as parquet:
        column = find_picture_column(url, parquet.schema_arrow)
        if column is None:
            return None
        is_blank = find_blanks(url, parquet, column)
        labels = read_labels(parquet.schema_arrow)
    cells = read_parquet(url, lambda _row, _column, _reason: None)
    told = dict(zip(cells.headers, cells.columns, strict=True))
    columns = tuple(
        name_labels(each, labels[header]) if header in labels else each for header, each in told.items()
    )
    naming = [told[name.replace(".", " ")] for name in column.row_names if name.replace(".", " ") in told]
    used = next((each for each in naming if each.null_count < len(each)), None)
    own = frozenset({f"{column.name} path"})
    is_download = STATUS in told and "key" in told
    is_failed = np.zeros(len(cells), bool)
    if is_download:
        is_failed = ~np.asarray(pc.fill_null(pc.equal(told[STATUS], SUCCESS), False)).astype(bool)
    return _Rows(
        replace(cells, columns=columns),
        name_rows([None] * len(cells) if used is None else used.to_pylist()),
        own | LEFT_OUT if is_download else own,
        is_blank,
        is_failed,
    )


def _leave_out(files: Mapping[str, str], address: str, exclude: Sequence[str]) -> dict[str, str]:
    """Return the files that no pattern leaves out: others, as those of the site, give pictures no other paths."""
    root = _root(address)
    inside = {url: url.removeprefix(root) if url.startswith(root) else "" for url in files}
    return {url: tag for url, tag in files.items() if not names.is_included(inside[url], exclude)}


def _name_files(files: Mapping[str, str], address: str) -> dict[str, str]:
    """Return what paths of each file's pictures begin with: where it lies in the source, whatever else comes there."""
    root = _root(address)
    if all(url.startswith(root) for url in files):
        return {url: url.removeprefix(root).rpartition(".")[0] for url in files}
    return name_stems(list(files))  # a single file, or names that the store spells otherwise than the address


def _root(address: str) -> str:
    return split_pattern(address)[0].replace("\\", "/").rstrip("/") + "/"


def _select(
    rows: _Rows, stem: str, selection: names.Selection, skipped: Counter[str]
) -> Iterator[tuple[str, int]]:
    for row, name in enumerate(rows.paths):
        path = f"{stem}/{name}"
        reason = FAILED if rows.is_failed[row] else BLANK if rows.is_blank[row] else None
        if reason is None and names.is_included(path, selection.exclude):
            reason = names.EXCLUDED
        reason = reason or selection.leave_out(path)
        if reason:
            skipped[reason] += 1
        else:
            yield path, row


def holds_pictures(url: str) -> bool:
    """Tell whether a file has a column of pictures; one of which it is not clear which is meant has."""
    try:
        with open_parquet(url) as parquet:
            return find_picture_column(url, parquet.schema_arrow) is not None
    except SourceError:
        return _is_unclear(Path(url))


def _is_unclear(path: Path) -> bool:
    """Tell whether a file is readable, so that what is wrong is which column is meant: that is for the scan to say."""
    with contextlib.suppress(OSError, ValueError, pa.ArrowException):
        pq.read_schema(path)
        return True
    return False


def _find_first(folder: Path, own: Collection[Path]) -> Path | None:
    """Return the first Parquet file of a folder, or of those in it; None as soon as a picture or tar file is met."""
    below: list[str] = []
    first: str | None = None
    with contextlib.suppress(OSError):
        with os.scandir(folder) as entries:  # as many as are looked at, of perhaps millions
            for entry in entries:
                if entry.name.startswith(".") or entry.name == "site" or Path(entry.path) in own:
                    continue
                if entry.is_dir():
                    below.append(entry.path)
                elif names.claims_picture(entry.name) or entry.name.lower().endswith(".tar"):
                    return None
                elif entry.name.lower().endswith(ENDING) and (first is None or entry.path < first):
                    first = entry.path
        for inner in sorted(below):
            with os.scandir(inner) as entries:
                for entry in entries:
                    if names.claims_picture(entry.name):
                        return None
                    if first is None and entry.name.lower().endswith(ENDING):
                        first = entry.path
    return None if first is None else Path(first)


PARQUET_PICTURES = SourceKind(
    "Parquet files",
    lambda settings: claims(settings.source, find_own_folders(settings)),
    ParquetSource,
    watched=lambda source: split_pattern(source)[0],
    listing_settings=("http.column", "http.check_pictures", "http.private_network"),
    opening_settings=("http.max_megabytes", "http.private_network"),
)
