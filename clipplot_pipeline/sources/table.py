"""The user's metadata: which columns there are, what they mean, and the typed rows of one table or of several.

Belongs here: the words for columns, the key, what is read as what. Does not belong here: files (``table_inputs``,
``table_delimited``, ``table_json``, ``table_parquet``), cells (``table_columns``, ``table_years``), finding the
images that rows mean (``catalog``).

Case, blanks and ``_`` in headers do not matter. The key is ``filename`` (PixPlot's), ``file_name`` (Hugging Face's),
``image_path`` or ``path``; the first of them in this order is taken, the others are left out, for they may show
private folders. Known are ``category``, ``tags`` (split by ``|``), ``description``, ``permalink``, ``year``, ``label``,
``lat``, ``lng``, ``x`` and ``y``. Any other column is kept under its header and read as link, number, boolean, ISO
date, tags, category or text: the first of these that *all* of its cells are. Lists in a file are tags.

Columns of several tables that are called the same are one field: its kind is that of all their cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from clipplot_pipeline.errors import TableError
from clipplot_pipeline.model import Field, FieldKind
from clipplot_pipeline.sources.locations import base_name
from clipplot_pipeline.sources.table_cells import Cells, RecordCells, chain_columns, join_lists
from clipplot_pipeline.sources.table_columns import CellReader, ProblemLog, TableProblem
from clipplot_pipeline.sources.table_delimited import read_delimited
from clipplot_pipeline.sources.table_inputs import TableInput
from clipplot_pipeline.sources.table_json import JsonFile, collect_json
from clipplot_pipeline.sources.table_parquet import read_parquet
from clipplot_pipeline.sources.table_text import fold_header, open_bytes

KEYS = ("filename", "file_name", "image_path", "path")
_KEY_NAMES = frozenset(KEYS)
_TITLES = {
    "category": "Category",
    "label": "Label",
    "tags": "Tags",
    "year": "Year",
    "description": "Description",
    "permalink": "Permalink",
    "lat": "Latitude",
    "lng": "Longitude",
    "x": "x",
    "y": "y",
}
_ALIASES = {"latitude": "lat", "longitude": "lng", "lon": "lng", "long": "lng"}
_LIMITS = {"lat": 90.0, "lng": 180.0}
_PAIRS = (("lat", "lng"), ("x", "y"))
_HEAD_BYTES = 4096

__all__ = [
    "KEYS",
    "MetadataTable",
    "TablePart",
    "TableProblem",
    "read_key_cells",
    "read_table",
    "read_tables",
]


@dataclass(frozen=True, slots=True)
class TablePart:
    """The rows of one table among several: ``count`` of them, whose key column is ``key_kind`` (one of ``KEYS``)."""

    name: str
    count: int
    key_kind: str


@dataclass(frozen=True, slots=True)
class MetadataTable:
    """The user's tables, typed.

    Attributes
    ----------
    rows : pyarrow.Table
        ``key`` (string, as the user spelled it, never blank) and a column a field, in the order of the files.
        Types: category, text, url and date are strings, tags lists of strings, year int32, other numbers float64.
    fields : tuple of Field
        In the order of the files.
    parts : tuple of TablePart
        Whose rows they are, one table after the other.
    problems : tuple of TableProblem
        By file and row. They never stop a run.
    """

    rows: pa.Table
    fields: tuple[Field, ...]
    parts: tuple[TablePart, ...]
    problems: tuple[TableProblem, ...]

    @property
    def key_kind(self) -> str:
        """Which of ``KEYS`` the key column of the first table is."""
        return self.parts[0].key_kind


def read_table(url: str) -> MetadataTable:
    """Read one file of metadata; see `read_tables`."""
    return read_tables([TableInput(url, (url,))])


def read_tables(tables: Sequence[TableInput]) -> MetadataTable:
    """Read metadata: CSV or the same with tabs, semicolons or bars; JSON; JSON Lines; Parquet, told by their content.

    Text may be UTF-8 with or without mark, UTF-16, UTF-32, or in an older code page, which is guessed (Windows-1252
    stands for all Western ones).

    Parameters
    ----------
    tables : sequence of TableInput
        At least one. Keys of a table called ``file_name`` start at its ``folder``.

    Raises
    ------
    TableError
        A file is not there, is empty, is no table, or no column names pictures. Of tables that clipplot found by itself
        this is a problem only, as long as another one can be read.
    """
    problems = ProblemLog()
    are_many = sum(len(table.files) for table in tables) > 1
    read: list[tuple[TableInput, list[_Keyed]]] = []
    refused: list[TableError] = []
    for table in tables:
        try:
            cells = _read_cells(table, problems, are_many)
            read.append((table, [_find_keys(one, table, problems, are_many) for one in cells]))
        except TableError as error:
            if not table.is_found:
                raise
            refused.append(error)
            problems.add(0, "", f"{error}; it was left out", table.name)
    if not read:
        raise refused[0]
    keyed = [one for _, ones in read for one in ones]
    reader = CellReader(
        _Places(tuple(keyed), np.cumsum([len(one.kept) for one in keyed]), problems, are_many).note,
        has_decimal_comma=any(one.cells.has_decimal_comma for one in keyed),
    )
    parts = tuple(
        TablePart(table.name, sum(len(one.keys) for one in ones), ones[0].kind) for table, ones in read
    )
    columns, fields = _type_columns(keyed, reader)
    return MetadataTable(pa.table(columns), fields, parts, problems.problems())


def read_key_cells(url: str) -> pa.ChunkedArray:
    """Return the column of one table that names pictures, a cell a row; null where blank.

    Raises
    ------
    TableError
        The file is not there, is no table, or no column names pictures.
    """
    cells = _read_cells(TableInput(url, (url,)), ProblemLog(), are_many=False)
    return chain_columns([join_lists(one.columns[_find_key(one)[0]]) for one in cells])


@dataclass(frozen=True, slots=True)
class _Keyed:
    """The rows of a file that name a picture: ``kept`` are their indices in ``cells``."""

    cells: Cells
    kind: str
    keys: pa.ChunkedArray
    kept: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the rows of all tables stand."""

    keyed: tuple[_Keyed, ...]
    ends: NDArray[np.int64]
    problems: ProblemLog
    are_many: bool

    def note(self, row: int, column: str, reason: str) -> None:
        """Note a problem of a row, counted over all tables."""
        number = int(np.searchsorted(self.ends, row, "right"))
        one = self.keyed[number]
        index = int(one.kept[row - int(self.ends[number]) + len(one.kept)])
        self.problems.add(*_place(one.cells, index, self.are_many, column, reason))


def _read_cells(table: TableInput, problems: ProblemLog, are_many: bool) -> list[Cells]:
    """Return the cells of a table's files; all JSON files together, last, for each may be a single row."""
    found: list[Cells] = []
    objects = RecordCells()
    json_files: list[str] = []
    for url in table.files:
        note = partial(_note, problems, base_name(url) if are_many else "")
        with open_bytes(url) as file:
            head = file.read(_HEAD_BYTES)
        if head.startswith(b"PAR1"):
            found.append(read_parquet(url, note))
        elif head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:1] in {b"[", b"{"}:
            collect_json(JsonFile(url, len(json_files), _KEY_NAMES, len(table.files) > 1), objects, note)
            json_files.append(url)
        else:
            found.append(read_delimited(url, _KEY_NAMES, note))
    return [*found, objects.collect(json_files)] if json_files else found


def _note(problems: ProblemLog, file: str, row: int, column: str, reason: str) -> None:
    problems.add(row, column, reason, file)


def _find_keys(cells: Cells, table: TableInput, problems: ProblemLog, are_many: bool) -> _Keyed:
    """Find the column that names pictures; rows that name none are left out and told."""
    position, kind = _find_key(cells)
    keys = join_lists(cells.columns[position])
    has_key = np.asarray(keys.is_valid())
    for row in np.flatnonzero(~has_key).tolist():
        problems.add(
            *_place(cells, row, are_many, cells.headers[position], "the cell is blank; the row is left out")
        )
    keys = keys.filter(pa.array(has_key))
    if table.folder and kind == "file_name":
        keys = pc.binary_join_element_wise(pa.scalar(table.folder), keys, "/")
    return _Keyed(cells, kind, keys, np.flatnonzero(has_key))


def _place(cells: Cells, row: int, are_many: bool, column: str, reason: str) -> tuple[int, str, str, str]:
    """Return a problem of a row as `ProblemLog.add` takes it."""
    file = base_name(cells.files[cells.file_of[row]]) if are_many else ""
    return int(cells.rows[row]), column, reason, file


def _find_key(cells: Cells) -> tuple[int, str]:
    folded = [fold_header(header) for header in cells.headers]
    for key in KEYS:
        if key in folded:
            return folded.index(key), key
    found = ", ".join(header.strip() or "(blank)" for header in cells.headers)
    raise TableError(
        f"{cells.files[0]}: no column names the image files. Its headers are: {found}. Expected one of: "
        f"{', '.join(KEYS)}; rename the column, or add a line of headers"
    )


def _type_columns(
    keyed: Sequence[_Keyed], reader: CellReader
) -> tuple[dict[str, pa.ChunkedArray], tuple[Field, ...]]:
    """Return all columns by name, typed, the key first, and what they are."""
    texts, headers = _gather_columns(keyed)
    columns: dict[str, pa.ChunkedArray] = {"key": chain_columns([one.keys for one in keyed])}
    fields = []
    for name, text in texts.items():
        header = headers[name]
        if header or text.null_count < len(text):
            kind = _read_column(reader, name, text, header, columns)
            fields.append(Field(name, _title(name, header), kind))
    for pair in _PAIRS:
        if columns.keys() >= set(pair):
            halves = reader.blank_halves(
                columns[pair[0]], columns[pair[1]], (headers[pair[0]], headers[pair[1]])
            )
            columns |= dict(zip(pair, halves, strict=True))
    return columns, tuple(fields)


def _gather_columns(keyed: Sequence[_Keyed]) -> tuple[dict[str, pa.ChunkedArray], dict[str, str]]:
    """Return the columns of all tables as text by name, blank where a table has none, and the header of each."""
    headers: dict[str, str] = {}
    own: list[dict[str, pa.ChunkedArray]] = []
    for one in keyed:
        mine = {}
        for position, name in enumerate(_name_columns(one.cells.headers)):
            header = one.cells.headers[position]
            if fold_header(header) not in KEYS:
                mine[name] = one.cells.columns[position].take(pa.array(one.kept))
                headers.setdefault(name, header.strip())
        own.append(mine)
    blank = [pa.nulls(len(one.keys), pa.string()) for one in keyed]
    texts = {
        name: chain_columns([mine.get(name, nothing) for mine, nothing in zip(own, blank, strict=True)])
        for name in headers
    }
    return texts, headers


def _read_column(
    reader: CellReader, name: str, cells: pa.ChunkedArray, header: str, columns: dict[str, pa.ChunkedArray]
) -> FieldKind:
    """Read a column into ``columns`` and return its kind."""
    kind: FieldKind
    is_plain = name in _TITLES and name != "tags"
    text = join_lists(cells) if is_plain else cells
    if name == "year":
        kind, read = "number", reader.read_years(text, header)
    elif name in {"lat", "lng", "x", "y"}:
        kind, read = "number", reader.read_numbers(text, header, _LIMITS.get(name, np.inf))
    elif name == "tags" or pa.types.is_list(text.type):
        kind, read = "tags", reader.read_tags(text)
    elif name == "permalink":
        kind, read = "url", reader.read_links(text, header)
    elif name in {"category", "description"}:
        kind, read = ("category" if name == "category" else "text"), text
    else:
        kind = reader.find_kind(text)
        if name == "label" and kind not in {"category", "tags"}:
            kind = "text" if kind in {"url", "text"} else "category"
        read = reader.read_kind(text, kind)
    columns[name] = read
    return kind


def _name_columns(headers: Sequence[str]) -> list[str]:
    """Return a name for every column, each once: the known word, else the header; ``_2`` … tells equals apart."""
    names: list[str] = []
    taken = {"key"}  # ours: a column that the user calls so is told apart
    for position, header in enumerate(headers, start=1):
        folded = fold_header(header)
        known = _ALIASES.get(folded, folded)
        name = base = known if known in _TITLES else header.strip() or f"column {position}"
        number = 2
        while name in taken:
            name, number = f"{base}_{number}", number + 1
        taken.add(name)
        names.append(name)
    return names


def _title(name: str, header: str) -> str:
    if name in _TITLES:
        return _TITLES[name]
    words = (header or name).replace("_", " ").strip() or name
    return words[:1].upper() + words[1:] if words.islower() else words
