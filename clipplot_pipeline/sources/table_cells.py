"""A table before its columns mean anything: headers, cells of text, and where each row stands.

Belongs here: what every form of table is read into, cells made clean, objects made flat. Does not belong here: files
(``table_delimited``, ``table_json``, ``table_parquet``), what columns mean (``table``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

#: Of a row: number and file, column (empty: the row as a whole), what is wrong with it.
Note = Callable[[int, str, str], None]
#: A list of more numbers is an embedding, and no metadata.
MOST_NUMBERS = 16
#: Objects in objects that become columns of their own; what lies deeper stays JSON.
_DEEPEST = 3
#: Rows that are held as Python objects.
CHUNK_ROWS = 65_536


class NumberText(str):
    """A number of a JSON file in the digits that stand there: a key of ``0012`` or ``1.50`` stays what it is."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Cells:
    """A table as text.

    Attributes
    ----------
    headers : tuple of str
        As the file spells them; some may be equal or blank.
    columns : tuple of pyarrow.ChunkedArray
        One a header: strings, or lists of strings where the file itself has lists; null where blank, never empty text.
    rows : ndarray of int64, shape (n,)
        Number of every row as its reader would count: lines of a spreadsheet or of JSON Lines, objects, rows of Parquet
        from 1. 0: the row is a file.
    files : tuple of str
        Of ``file_of``: names of files.
    file_of : ndarray of int32, shape (n,)
        The file of every row.
    has_decimal_comma : bool
        Whether ``48,85`` is a number here.
    """

    headers: tuple[str, ...]
    columns: tuple[pa.ChunkedArray, ...]
    rows: NDArray[np.int64]
    files: tuple[str, ...]
    file_of: NDArray[np.int32]
    has_decimal_comma: bool = False

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(slots=True)
class RecordCells:
    """Collects records that need not all have the same columns; few are held as Python objects."""

    _held: list[dict[str, Any]] = field(default_factory=list)
    _chunks: dict[str, dict[int, pa.Array]] = field(default_factory=dict)
    _lengths: list[int] = field(default_factory=list)
    _rows: list[int] = field(default_factory=list)
    _file_of: list[int] = field(default_factory=list)

    def add(self, record: Mapping[str, str | list[str] | None], row: int, file: int) -> None:
        """Add a record: cells by header; ``row`` and ``file`` as in `Cells`."""
        self._held.append(dict(record))
        self._rows.append(row)
        self._file_of.append(file)
        if len(self._held) == CHUNK_ROWS:
            self._put_away()

    def collect(self, files: Sequence[str]) -> Cells:
        """Return all records, columns in the order in which they were met first."""
        self._put_away()
        return Cells(
            tuple(self._chunks),
            tuple(self._join(chunks) for chunks in self._chunks.values()),
            np.array(self._rows, np.int64),
            tuple(files),
            np.array(self._file_of, np.int32),
        )

    def _put_away(self) -> None:
        if not self._held:
            return
        for header in dict.fromkeys(header for record in self._held for header in record):
            cells = [record.get(header) for record in self._held]
            self._chunks.setdefault(header, {})[len(self._lengths)] = _as_array(cells)
        self._lengths.append(len(self._held))
        self._held.clear()

    def _join(self, chunks: Mapping[int, pa.Array]) -> pa.ChunkedArray:
        parts = [
            chunks.get(number, pa.nulls(length, pa.string())) for number, length in enumerate(self._lengths)
        ]
        return chain_columns(parts)


def chain_columns(parts: Sequence[pa.Array | pa.ChunkedArray]) -> pa.ChunkedArray:
    """Return columns one below the other: lists if one of them is of lists, else strings."""
    chunks = [
        chunk for part in parts for chunk in (part.chunks if isinstance(part, pa.ChunkedArray) else [part])
    ]
    if all(pa.types.is_string(chunk.type) for chunk in chunks):
        return pa.chunked_array(chunks, pa.string())
    kind = pa.list_(pa.string())
    lists = [
        chunk if chunk.type == kind else pa.array(map(_split, chunk.to_pylist()), kind) for chunk in chunks
    ]
    return pa.chunked_array(lists, kind)


def join_lists(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column as strings: the entries of a list with ``|`` between them."""
    if pa.types.is_string(column.type):
        return column
    texts = [
        pa.array([None if cell is None else "|".join(cell) for cell in chunk.to_pylist()], pa.string())
        for chunk in column.chunks
    ]
    return pa.chunked_array(texts, pa.string())


def clean_cell(cell: str) -> str | None:
    """Return a cell with one kind of line break and no blanks around it; None if nothing is left."""
    if "\r" in cell or "\0" in cell:
        cell = cell.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return cell.strip("\ufeff \t\n\v\f\xa0") or None


def flatten_record(record: Mapping[str, Any], note: Callable[[str, str], None]) -> dict[str, Any]:
    """Return an object as cells by header: text, lists of text, None.

    An object in it becomes columns named after both (``place lat``); a list of plain values stays a list; what is more
    tangled stays as JSON text. Long lists of numbers are embeddings and left out, which ``note`` is told (column, why).
    """
    flat: dict[str, Any] = {}
    for name, value in record.items():
        _flatten(str(name), value, 1, flat, note)
    return flat


def dump_json(value: Any) -> str:
    """Return a tangled value as text; dates and the like as they print."""
    return json.dumps(value, ensure_ascii=False, default=str)


def _flatten(
    name: str, value: Any, depth: int, flat: dict[str, Any], note: Callable[[str, str], None]
) -> None:
    match value:
        case dict() if depth < _DEEPEST:
            for inner, part in value.items():
                _flatten(f"{name} {inner}".strip(), part, depth + 1, flat, note)
        case list() if all(not isinstance(part, dict | list) for part in value):
            if len(value) > MOST_NUMBERS and all(isinstance(part, NumberText) for part in value):
                note(name, f"a list of {len(value):,} numbers is taken for an embedding and left out")
                return
            flat[name] = [text for part in value if (text := _as_text(part))] or None
        case dict() | list():
            flat[name] = dump_json(_as_json(value)) if value else None
        case _:
            flat[name] = _as_text(value)


def _as_text(value: Any) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case bytes():
            return None
        case _:
            return clean_cell(str(value).encode("utf-8", "replace").decode())


def _as_json(value: Any) -> Any:
    """Return a value with its numbers as numbers."""
    match value:
        case NumberText():
            return json.loads(value)
        case dict():
            return {str(name): _as_json(part) for name, part in value.items()}
        case list():
            return [_as_json(part) for part in value]
        case _:
            return value


def _as_array(cells: Iterable[Any]) -> pa.Array:
    cells = list(cells)
    if any(isinstance(cell, list) for cell in cells):
        return pa.array(
            [cell if cell is None or isinstance(cell, list) else _split(cell) for cell in cells],
            pa.list_(pa.string()),
        )
    return pa.array(cells, pa.string())


def _split(cell: str | None) -> list[str] | None:
    return None if cell is None else cell.split("|")
