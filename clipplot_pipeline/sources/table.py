"""The user's metadata table: which columns it has, what they mean, and its typed rows.

Belongs here: the words for columns, the key, what is read as what. Does not belong here: text files
(``table_text``), cells (``table_columns``, ``table_years``), finding the images that rows mean (``catalog``).

Case, blanks and ``_`` in headers do not matter. The key is ``filename`` (PixPlot's), ``file_name`` (Hugging Face's),
``image_path`` or ``path``; the first of them in this order is taken, the others are left out, for they may show
private folders. Known are ``category``, ``tags`` (split by ``|``), ``description``, ``permalink``, ``year``, ``label``,
``lat``, ``lng``, ``x`` and ``y``. Any other column is kept under its header and read as link, number, boolean, ISO
date, tags, category or text: the first of these that *all* of its cells are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clipplot_pipeline.errors import TableError
from clipplot_pipeline.model import Field, FieldKind
from clipplot_pipeline.sources.table_columns import CellReader, ProblemLog, TableProblem
from clipplot_pipeline.sources.table_text import TextForm, find_form, fold_header, iterate_records

KEYS = ("filename", "file_name", "image_path", "path")
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
_CHUNK = 65_536
#: Encodings that a file says itself, or that need no word.
_SURE = ("utf-8", "utf-8-sig", "utf-16", "utf-32")

__all__ = ["KEYS", "MetadataTable", "TableProblem", "read_table"]


@dataclass(frozen=True, slots=True)
class MetadataTable:
    """A table of the user's, typed.

    Attributes
    ----------
    rows : pyarrow.Table
        ``key`` (string, as the user spelled it, never blank) and a column a field, in the order of the file.
        Types: category, text, url and date are strings, tags lists of strings, year int32, other numbers float64.
    fields : tuple of Field
        In the order of the file.
    key_kind : str
        Which of ``KEYS`` the key column is.
    problems : tuple of TableProblem
        By row. They never stop a run.
    form : TextForm
        How the file is written.
    """

    rows: pa.Table
    fields: tuple[Field, ...]
    key_kind: str
    problems: tuple[TableProblem, ...]
    form: TextForm


@dataclass(frozen=True, slots=True)
class _Cells:
    """A table as text: a column a header, null where blank; ``rows`` as a spreadsheet numbers them."""

    headers: tuple[str, ...]
    columns: tuple[pa.ChunkedArray, ...]
    rows: NDArray[np.int64]


def read_table(url: str) -> MetadataTable:
    """Read a metadata table: CSV, or the same with tabs, semicolons or bars.

    Parameters
    ----------
    url : str
        A local path or an fsspec URL. UTF-8 with or without mark, UTF-16, UTF-32, and older code pages, which are
        guessed (Windows-1252 stands for all Western ones).

    Raises
    ------
    TableError
        The file is not there, is empty, is no text table, or no column names files.
    """
    form = find_form(url, frozenset(KEYS))
    problems = ProblemLog()
    if form.encoding not in _SURE:
        problems.add(
            0, "", f"it is not UTF-8 and was read as {form.encoding}; save it as UTF-8 if words look wrong"
        )
    cells = _collect_cells(url, form, problems)
    key, kind = _find_key(url, cells.headers)
    has_key = np.asarray(cells.columns[key].is_valid())
    for row in cells.rows[~has_key]:
        problems.add(int(row), cells.headers[key], "the cell is blank; the row is left out")
    kept = pa.array(has_key)
    reader = CellReader(cells.rows[has_key], problems, has_decimal_comma=form.delimiter == ";")
    columns: dict[str, pa.ChunkedArray] = {"key": cells.columns[key].filter(kept)}
    fields: list[Field] = []
    headers: dict[str, str] = {}
    for position, name in enumerate(_name_columns(cells.headers)):
        if fold_header(cells.headers[position]) in KEYS:
            continue
        text = cells.columns[position].filter(kept)
        header = cells.headers[position].strip()
        if not header and text.null_count == len(text):
            continue
        fields.append(Field(name, _title(name, header), _read_column(reader, name, text, header, columns)))
        headers[name] = header
    for pair in _PAIRS:
        if headers.keys() >= set(pair):
            halves = reader.blank_halves(
                columns[pair[0]], columns[pair[1]], (headers[pair[0]], headers[pair[1]])
            )
            columns |= dict(zip(pair, halves, strict=True))
    return MetadataTable(pa.table(columns), tuple(fields), kind, problems.problems(), form)


def _read_column(
    reader: CellReader, name: str, cells: pa.ChunkedArray, header: str, columns: dict[str, pa.ChunkedArray]
) -> FieldKind:
    """Read a column into ``columns`` and return its kind."""
    kind: FieldKind
    if name == "year":
        kind, read = "number", reader.read_years(cells, header)
    elif name in {"lat", "lng", "x", "y"}:
        kind, read = "number", reader.read_numbers(cells, header, _LIMITS.get(name, np.inf))
    elif name == "tags":
        kind, read = "tags", reader.read_tags(cells)
    elif name == "permalink":
        kind, read = "url", reader.read_links(cells, header)
    elif name in {"category", "description"}:
        kind, read = ("category" if name == "category" else "text"), cells
    else:
        kind = reader.find_kind(cells)
        if name == "label" and kind not in {"category", "tags"}:
            kind = "text" if kind in {"url", "text"} else "category"
        read = reader.read_kind(cells, kind)
    columns[name] = read
    return kind


def _collect_cells(url: str, form: TextForm, problems: ProblemLog) -> _Cells:
    """Return all cells as columns; rows that are all blank are passed over."""
    headers: tuple[str, ...] = ()
    plain_headers: list[str | None] = []
    parts: list[pa.RecordBatch] = []
    held: list[list[str | None]] = []
    rows: list[NDArray[np.int64]] = []
    numbers: list[int] = []

    def put_away() -> None:
        columns = zip(*held, strict=True) if held else ([] for _ in headers)
        arrays = [pa.array(list(column), pa.string()) for column in columns]
        parts.append(pa.RecordBatch.from_arrays(arrays, [str(i) for i in range(len(headers))]))
        rows.append(np.array(numbers, np.int64))
        held.clear()
        numbers.clear()

    for number, (record, trouble) in enumerate(iterate_records(url, form), start=1):
        if not any(cell.strip() for cell in record):
            continue
        if not headers:
            headers = tuple(cell.strip("\ufeff\0") for cell in record)
            plain_headers = [_clean(header) for header in headers]
            continue
        if trouble:
            problems.add(number, "", trouble)
        cells = _fit(record, len(headers), number, problems)
        if cells == plain_headers:
            problems.add(number, "", "the headers stand here again; the row is left out")
            continue
        held.append(cells)
        numbers.append(number)
        if len(held) == _CHUNK:
            put_away()
    put_away()
    table = pa.Table.from_batches(parts)
    return _Cells(headers, tuple(table.columns), np.concatenate(rows))


def _fit(record: Sequence[str], width: int, number: int, problems: ProblemLog) -> list[str | None]:
    """Return the cells of a record, as many as there are headers; blank ones are None."""
    extra = [cell for cell in record[width:] if cell.strip()]
    if extra or len(record) < width:
        what = "those beyond are left out" if extra else "the others are blank"
        problems.add(number, "", f"{len(record)} cells where the header has {width}; {what}")
    cells = [_clean(cell) for cell in record[:width]]
    return [*cells, *[None] * (width - len(cells))]


def _clean(cell: str) -> str | None:
    """Return a cell with one kind of line break and no blanks around it; None if nothing is left."""
    if "\r" in cell or "\0" in cell:
        cell = cell.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return cell.strip("\ufeff \t\n\v\f\xa0") or None


def _find_key(url: str, headers: Sequence[str]) -> tuple[int, str]:
    folded = [fold_header(header) for header in headers]
    for key in KEYS:
        if key in folded:
            return folded.index(key), key
    found = ", ".join(header.strip() or "(blank)" for header in headers)
    raise TableError(
        f"{url}: no column names the image files. Its headers are: {found}. Expected one of: {', '.join(KEYS)}; "
        "rename the column, or add a line of headers"
    )


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
