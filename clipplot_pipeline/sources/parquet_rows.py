"""Rows of Parquet files with pictures in them: which have none, and copying some out.

Belongs here: reading the bytes of a column, a few rows at a time. Does not belong here: which column that is
(``parquet_columns``), listing rows as pictures (``parquet_pictures``).

The pictures of a shard are copied into a folder of the local disk, row group by row group, before they are opened: a
row group is read once, whichever process decodes its pictures, and is held by a page of its column alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, ClassVar

import fsspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from clipplot_pipeline.errors import SourceError, StoreError
from clipplot_pipeline.model import SourceImage
from clipplot_pipeline.sources.kind import Opener
from clipplot_pipeline.sources.locations import base_name, list_files
from clipplot_pipeline.sources.parquet_columns import PictureColumn, find_picture_column

#: Rows that are held at a time, pictures and all.
_BATCH_ROWS = 16
#: As much of a column is read ahead.
_BUFFER_BYTES = 1 << 20
_CHANGED = "its Parquet file has changed since it was listed, or is gone; the next build lists it anew"
_NO_BYTES = "there are no bytes of a picture in its row"


@dataclass(frozen=True)
class RowOpener:
    """Opens pictures that were copied into a folder; can be sent to another process."""

    folder: str
    is_local: ClassVar[bool] = True

    def __call__(self, path: str) -> BinaryIO:
        """Return a picture, for reading, seekable."""
        copied = Path(self.folder, _copy_name(path))
        if not copied.exists():
            reason = copied.with_suffix(".reason")
            raise OSError(reason.read_text("utf-8") if reason.exists() else _CHANGED)
        return copied.open("rb")


@contextlib.contextmanager
def open_parquet(url: str) -> Iterator[pq.ParquetFile]:
    """Open a file on any fsspec URL, to be read in pieces.

    Raises
    ------
    SourceError
        It is not there, or is no whole Parquet file.
    """
    with contextlib.ExitStack() as stack:
        with _reading(url):
            file = stack.enter_context(fsspec.open(url, "rb"))
            parquet = pq.ParquetFile(file, pre_buffer=False, buffer_size=_BUFFER_BYTES)
        yield parquet


@contextlib.contextmanager
def _reading(url: str) -> Iterator[None]:
    """Tell of a file what is wrong with it; only what reads it stands in the block."""
    try:
        yield
    except (OSError, ValueError, pa.ArrowException) as error:
        raise SourceError(
            f"{url}: it cannot be read as Parquet ({str(error).strip() or type(error).__name__}); expected a "
            "whole file; copy it anew"
        ) from error


def find_blanks(url: str, parquet: pq.ParquetFile, column: PictureColumn) -> NDArray[np.bool_]:
    """Return which rows have no bytes; a group is read only if its statistics say that some have none."""
    blank = np.zeros(parquet.metadata.num_rows, bool)
    start = 0
    for number in range(parquet.num_row_groups):
        group = parquet.metadata.row_group(number)
        columns = {each.path_in_schema: each for each in map(group.column, range(group.num_columns))}
        statistics = columns[column.leaf].statistics if column.leaf in columns else None
        count = statistics.null_count if statistics is not None and statistics.has_null_count else None
        if count == group.num_rows:
            blank[start : start + group.num_rows] = True
        elif count != 0:
            at = start
            for batch in _iterate(url, parquet, number, column):
                blank[at : at + len(batch)] = np.asarray(batch.is_null())
                at += len(batch)
        start += group.num_rows
    return blank


@contextlib.contextmanager
def open_rows(files: Sequence[SourceImage]) -> Iterator[Opener]:
    """Copy the pictures of a shard out of their files, and hand over what opens them."""
    wanted: dict[str, dict[int, SourceImage]] = defaultdict(dict)
    for file in files:
        row, url = file.place.split(" ", 1)
        wanted[url][int(row)] = file
    with tempfile.TemporaryDirectory(prefix="clipplot-pictures-", ignore_cleanup_errors=True) as folder:
        for url, rows in sorted(wanted.items()):
            tag = list_files(url, (".parquet",)).get(url)
            now = {row: file for row, file in rows.items() if file.version == f"{tag}-{row}"}
            if now:
                _copy_safely(url, now, Path(folder))
        yield RowOpener(folder)


def _iterate(url: str, parquet: pq.ParquetFile, group: int, column: PictureColumn) -> Iterator[pa.Array]:
    """Yield the bytes of rows, a few at a time."""
    with _reading(url):
        batches = parquet.iter_batches(
            _BATCH_ROWS, row_groups=[group], columns=[column.leaf], use_threads=False
        )
    while True:
        with _reading(url):
            batch = next(batches, None)
        if batch is None:
            return
        each = batch.column(0)
        if isinstance(each, pa.ExtensionArray):
            each = each.storage
        yield pc.struct_field(each, "bytes") if pa.types.is_struct(each.type) else each


def _copy_safely(url: str, rows: Mapping[int, SourceImage], folder: Path) -> None:
    """Copy pictures out of a file; of one on this disk that is damaged, those that can be read."""
    try:
        _copy_rows(url, rows, folder)
    except SourceError as error:
        if "://" in url:  # another time it may be there
            raise
        for file in rows.values():
            copy = folder / _copy_name(file.path)
            if not copy.exists():
                reason = str(error).replace(url, base_name(url))  # where it lies here is nobody's business
                _write(copy.with_suffix(".reason"), reason.encode())


def _copy_rows(url: str, rows: Mapping[int, SourceImage], folder: Path) -> None:
    with open_parquet(url) as parquet:
        column = find_picture_column(url, parquet.schema_arrow)
        start = 0
        for number in range(parquet.num_row_groups):
            end = start + parquet.metadata.row_group(number).num_rows
            here = {row: file for row, file in rows.items() if start <= row < end}
            if here and column is not None:
                _copy_group(_iterate(url, parquet, number, column), start, here, folder)
            start = end


def _copy_group(
    batches: Iterator[pa.Array], start: int, rows: Mapping[int, SourceImage], folder: Path
) -> None:
    last = max(rows)
    for batch in batches:
        for row in range(start, start + len(batch)):
            if row in rows:
                copy = folder / _copy_name(rows[row].path)
                data = batch[row - start].as_buffer()
                if data is None or not data.size:
                    _write(copy.with_suffix(".reason"), _NO_BYTES.encode())
                else:
                    _write(copy, data)
        start += len(batch)
        if start > last:
            break


def _write(copy: Path, data: bytes | pa.Buffer) -> None:
    try:
        copy.write_bytes(data)
    except OSError as error:  # nothing is wrong with the pictures: none of them is to be left out for it
        raise StoreError(
            f"{copy.parent}: pictures cannot be copied there ({error}); expected room for those of a shard; make room, "
            "or name another folder in the variable TMPDIR"
        ) from error


def _copy_name(path: str) -> str:
    return hashlib.sha256(path.encode()).hexdigest()[:32]
