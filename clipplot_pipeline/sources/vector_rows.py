"""Rows of files of vectors: their shape, and chosen ones of them.

Belongs here: ``.npy`` and Parquet as arrays. Does not belong here: which file there is (``vector_files``), what
names the
rows (``vector_listing``), lengths of vectors (``embeddings``). No file is read whole: a local ``.npy`` is mapped, one
behind a URL read by byte ranges, Parquet in batches of the row groups that matter.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

import fsspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from fsspec.implementations.local import LocalFileSystem
from numpy.lib import format as npy
from numpy.typing import NDArray

from clipplot_pipeline.errors import SourceError
from clipplot_pipeline.sources.table_cells import MOST_NUMBERS
from clipplot_pipeline.sources.table_parquet import VECTOR_NAMES, is_vector

_BATCH_ROWS = 4096
#: Rows between two that are wanted which are rather read than asked for anew.
_GAP_ROWS = 16


@dataclass(frozen=True, slots=True)
class VectorShape:
    """Rows, components and type of number of a file of vectors; ``column`` is that of Parquet."""

    rows: int
    dim: int
    dtype: str
    column: str = ""


def read_shape(url: str) -> VectorShape:
    """Return the shape of a file of vectors; nothing but its head is read.

    Raises
    ------
    SourceError
        It is not there, or holds no vectors.
    """
    with _open(url) as file:
        if not url.lower().endswith(".npy"):
            return _parquet_shape(url, pq.ParquetFile(file, pre_buffer=False))
        shape, _, dtype = _read_head(url, file)
        rows, dim = (1, shape[0]) if len(shape) == 1 else shape
        return VectorShape(rows, dim, dtype.name)


def read_rows(url: str, shape: VectorShape, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return chosen rows; float32, shape (k, dim), in the order of ``rows``, not normalised; NaN where a row is blank.

    Parameters
    ----------
    rows : ndarray of int64, shape (k,)
        Rising, within the file.

    Raises
    ------
    SourceError
        The file is not what it was, or a row has another number of components.
    """
    with _open(url) as file:
        if url.lower().endswith(".npy"):
            return _npy_rows(url, file, shape, rows)
        return _parquet_rows(url, pq.ParquetFile(file, pre_buffer=False), shape, rows)


@contextmanager
def _open(url: str) -> Iterator[IO[bytes]]:
    try:
        with fsspec.open(url, "rb") as file:
            yield file
    except SourceError:
        raise
    except (OSError, ValueError, EOFError, pa.ArrowException) as error:
        raise SourceError(
            f"vectors: {url} cannot be read ({str(error).strip() or type(error).__name__}); expected a whole .npy or "
            "Parquet file; copy it anew"
        ) from error


def _read_head(url: str, file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Return shape, Fortran's order and type of a ``.npy``, and leave the file where the rows begin."""
    version = npy.read_magic(file)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, is_fortran, dtype = read(file)
    if dtype.kind not in "fiu" or len(shape) not in (1, 2):
        raise SourceError(
            f"vectors: {url} holds an array of {dtype} of shape {shape}; expected numbers, a row a picture: save it as "
            "`np.save(path, matrix.astype('float32'))`"
        )
    return shape, is_fortran, dtype


def _npy_rows(url: str, file: IO[bytes], shape: VectorShape, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    found, is_fortran, dtype = _read_head(url, file)
    if ((1, *found) if len(found) == 1 else found) != (shape.rows, shape.dim):
        raise SourceError(f"vectors: {url} has changed meanwhile; run `clipplot build` again")
    fs, path = fsspec.core.url_to_fs(url)
    if isinstance(fs, LocalFileSystem):
        matrix = np.load(path, mmap_mode="r").reshape(shape.rows, shape.dim)
        return np.array(matrix[rows], np.float32)
    if is_fortran:  # its rows lie scattered
        file.seek(0)
        return np.array(np.load(file)[rows], np.float32)
    start, width = file.tell(), shape.dim * dtype.itemsize
    out = np.empty((len(rows), shape.dim), np.float32)
    breaks = np.flatnonzero(np.diff(rows) > _GAP_ROWS) + 1
    for begin, end in itertools.pairwise([0, *breaks.tolist(), len(rows)]):
        wanted = rows[begin:end]
        if len(wanted):
            file.seek(start + int(wanted[0]) * width)
            count = int(wanted[-1] - wanted[0]) + 1
            block = np.frombuffer(file.read(count * width), dtype).reshape(count, shape.dim)
            out[begin:end] = block[wanted - wanted[0]]
    return out


def _parquet_shape(url: str, parquet: pq.ParquetFile) -> VectorShape:
    column = _find_column(url, parquet.schema_arrow)
    kind = column.type
    rows = parquet.metadata.num_rows
    if pa.types.is_fixed_size_list(kind):
        return VectorShape(rows, kind.list_size, str(kind.value_type), column.name)
    for batch in parquet.iter_batches(64, columns=[column.name], use_threads=False):
        lengths = pc.drop_null(pc.list_value_length(batch.column(0)))
        if len(lengths):
            return VectorShape(rows, lengths[0].as_py(), str(kind.value_type), column.name)
    raise SourceError(f"vectors: the column {column.name!r} of {url} is blank; expected a vector a picture")


def _find_column(url: str, schema: pa.Schema) -> pa.Field:
    """Return the column of vectors: the one that is called so, or else the only one of long lists."""
    fields = [field for field in schema if is_vector(field)]
    named = [field for field in fields if field.name.casefold() in VECTOR_NAMES]
    if len(named or fields) == 1:
        return (named or fields)[0]
    told = ", ".join(field.name for field in named or fields or schema)
    known = ", ".join(sorted(VECTOR_NAMES))
    if fields:
        raise SourceError(
            f"vectors: {url} has several columns of vectors ({told}); expected one, or one that is called {known}; "
            "leave the others out of the file"
        )
    raise SourceError(
        f"vectors: {url} has no column of vectors, only {told}; expected lists of numbers in a column "
        f"called {known}, or "
        f"lists of one fixed length above {MOST_NUMBERS}; rename the column"
    )


def _parquet_rows(
    url: str, parquet: pq.ParquetFile, shape: VectorShape, rows: NDArray[np.int64]
) -> NDArray[np.float32]:
    if parquet.metadata.num_rows != shape.rows:
        raise SourceError(f"vectors: {url} has changed meanwhile; run `clipplot build` again")
    out = np.empty((len(rows), shape.dim), np.float32)
    sizes = [parquet.metadata.row_group(number).num_rows for number in range(parquet.num_row_groups)]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    for number in np.unique(np.searchsorted(starts, rows, "right") - 1).tolist():
        at = int(starts[number])
        for batch in parquet.iter_batches(
            _BATCH_ROWS, row_groups=[number], columns=[shape.column], use_threads=False
        ):
            begin, end = np.searchsorted(rows, [at, at + batch.num_rows])
            if end > begin:
                taken = batch.column(0).take(pa.array(rows[begin:end] - at))
                out[begin:end] = _as_matrix(url, taken, shape.dim, rows[begin:end])
            at += batch.num_rows
    return out


def _as_matrix(url: str, column: pa.Array, dim: int, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return lists of numbers as rows; NaN where one is blank, or a number in it."""
    out = np.full((len(column), dim), np.nan, np.float32)
    filled = np.asarray(column.is_valid())
    column = column.drop_null()
    lengths = np.asarray(pc.list_value_length(column))
    odd = np.flatnonzero(lengths != dim)
    if len(odd):
        raise SourceError(
            f"vectors: row {int(rows[filled][odd[0]]) + 1:,} of {url} has {int(lengths[odd[0]]):,} "
            "numbers, those before "
            f"it {dim:,}; expected vectors of one model; leave out what another one made"
        )
    values = column.flatten()
    values = values.cast(pa.float32()) if values.type != pa.float16() else values
    numbers = values.to_numpy(zero_copy_only=False).astype(np.float32)
    out[filled] = numbers.reshape(-1, dim)
    return out
