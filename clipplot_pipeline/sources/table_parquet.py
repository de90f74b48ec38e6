"""A Parquet table as cells.

Belongs here: Arrow's types to text. Does not belong here: what columns mean (``table``), vectors (``vector_files``).
Bytes (pictures in the table) and embeddings are not even read.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from clipplot_pipeline.errors import TableError
from clipplot_pipeline.sources.table_cells import (
    CHUNK_ROWS,
    MOST_NUMBERS,
    Cells,
    Note,
    chain_columns,
    clean_cell,
    dump_json,
)
from clipplot_pipeline.sources.table_text import open_bytes

#: What columns of embeddings are called; lists of numbers under these names are left out however short.
VECTOR_NAMES = frozenset({"embedding", "embeddings", "vector", "vectors", "hidden_vectors"})
_MIDNIGHT = r"[ T]00:00:00(?:\.0+)?$"


def read_parquet(url: str, note: Note) -> Cells:
    """Return the cells of a Parquet file; rows are numbered from 1.

    Objects in cells become columns named after both, lists of plain values stay lists, more tangled ones become JSON.

    Raises
    ------
    TableError
        The file is not there, or is no whole Parquet file.
    """
    with open_bytes(url) as file:
        try:
            parquet = pq.ParquetFile(file, pre_buffer=False)
            schema = parquet.schema_arrow
            wanted = [path for field in schema for path in _find_wanted(field, field.name, note)]
            parts: list[dict[str, pa.Array]] = [
                dict(_flatten_batch(batch, note)) for batch in _iterate(parquet, wanted)
            ]
            count = parquet.metadata.num_rows
        except (pa.ArrowException, OSError) as error:
            raise TableError(
                f"{url}: it cannot be read as Parquet ({str(error).strip()}); copy or export it anew"
            ) from error
    headers = tuple(dict.fromkeys(itertools.chain.from_iterable(parts)))
    columns = tuple(chain_columns([part[header] for part in parts]) for header in headers)
    rows = np.arange(1, count + 1, dtype=np.int64)
    return Cells(headers, columns, rows, (url,), np.zeros(count, np.int32))


def _iterate(parquet: pq.ParquetFile, wanted: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Yield the rows, some at a time; of a table without any one batch that has its columns all the same."""
    if parquet.metadata.num_rows:
        yield from parquet.iter_batches(CHUNK_ROWS, columns=wanted, use_threads=False)
    else:
        schema = parquet.read(columns=wanted, use_threads=False).schema
        yield pa.RecordBatch.from_pylist([], schema)


def is_vector(field: pa.Field) -> bool:
    """Tell whether a column of this type and name holds embeddings."""
    kind = field.type
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    if not is_list or not (pa.types.is_floating(kind.value_type) or pa.types.is_integer(kind.value_type)):
        return False
    is_long = pa.types.is_fixed_size_list(kind) and kind.list_size > MOST_NUMBERS
    return is_long or field.name.casefold() in VECTOR_NAMES


def _find_wanted(field: pa.Field, path: str, note: Note) -> Iterator[str]:
    """Yield the paths of what is to be read of a column."""
    kind = field.type
    if _holds_bytes(kind):
        note(0, path.replace(".", " "), "it holds bytes and is left out")
    elif is_vector(field):
        note(0, path.replace(".", " "), "it holds embeddings and is left out")
    elif pa.types.is_struct(kind) and kind.num_fields:
        for inner in kind:
            yield from _find_wanted(inner, f"{path}.{inner.name}", note)
    else:
        yield path


def _holds_bytes(kind: pa.DataType) -> bool:
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _holds_bytes(kind.value_type)
    return bool(
        pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
    )


def _flatten_batch(batch: pa.RecordBatch, note: Note) -> Iterator[tuple[str, pa.Array]]:
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        yield from _flatten_column(name, column, note)


def _flatten_column(name: str, column: pa.Array, note: Note) -> Iterator[tuple[str, pa.Array]]:
    """Yield a column as text or lists of text; an object's parts one by one."""
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    kind = column.type
    if pa.types.is_dictionary(kind):
        yield from _flatten_column(name, column.dictionary_decode(), note)
    elif pa.types.is_struct(kind):
        for inner, part in zip(kind, column.flatten(), strict=True):
            yield from _flatten_column(f"{name} {inner.name}", part, note)
    elif pa.types.is_nested(kind):
        yield name, _flatten_lists(name, column, note)
    else:
        yield name, _as_text(column)


def _flatten_lists(name: str, column: pa.Array, note: Note) -> pa.Array:
    """Return lists of plain values as lists of text, anything else as JSON."""
    kind = column.type
    is_plain = not pa.types.is_map(kind) and not pa.types.is_nested(kind.value_type)
    if not is_plain:
        values = [dict(value) if value and pa.types.is_map(kind) else value for value in column.to_pylist()]
        return pa.array([dump_json(value) if value else None for value in values], pa.string())
    longest = pc.max(pc.list_value_length(column)).as_py() or 0
    if pa.types.is_floating(kind.value_type) and longest > MOST_NUMBERS:
        note(0, name, "it holds embeddings and is left out")
        return pa.nulls(len(column), pa.string())
    texts = _as_text(column.flatten())
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy()
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    entries: list[Any] = texts.to_pylist()
    lists = [
        [entry for entry in entries[a:b] if entry] or None for a, b in itertools.pairwise(offsets.tolist())
    ]
    return pa.array(lists, pa.list_(pa.string()))


def _as_text(column: pa.Array) -> pa.Array:
    """Return plain values as text; null where blank or no number."""
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.array((clean_cell(text) if text else None for text in column.to_pylist()), pa.string())
    if pa.types.is_float16(kind):
        column = column.cast(pa.float32())
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_finite(column), column, pa.scalar(None, column.type))
    texts = column.cast(pa.string())
    if pa.types.is_timestamp(kind):  # days that something wrote as their first second
        is_day = pc.all(pc.match_substring_regex(texts, _MIDNIGHT)).as_py()
        texts = pc.replace_substring_regex(texts, _MIDNIGHT, "") if is_day else texts
    return texts
