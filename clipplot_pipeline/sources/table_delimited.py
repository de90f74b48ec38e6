"""A delimited text file as cells: headers, ragged rows, headers that come again.

Belongs here: records to columns. Does not belong here: encodings and delimiters (``table_text``), what columns mean
(``table``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clipplot_pipeline.sources.table_cells import CHUNK_ROWS, Cells, Note, clean_cell
from clipplot_pipeline.sources.table_text import find_form, iterate_records

#: Encodings that a file says itself, or that need no word.
_SURE = ("utf-8", "utf-8-sig", "utf-16", "utf-32")
#: What spreadsheets take for the beginning of a formula.
_FORMULAS = frozenset("=+-@\t\r")


def read_delimited(url: str, key_names: frozenset[str], note: Note) -> Cells:
    """Return the cells of a CSV file, or of the same with tabs, semicolons or bars.

    Rows that are all blank are passed over; those with too many or too few cells are fitted and told. Rows are numbered
    as a spreadsheet does: the headers are 1.

    Raises
    ------
    TableError
        The file is not there, is empty, or is no text table.
    """
    form = find_form(url, key_names)
    if form.encoding not in _SURE:
        note(0, "", f"it is not UTF-8 and was read as {form.encoding}; save it as UTF-8 if words look wrong")
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
            plain_headers = [clean_cell(header) for header in headers]
            continue
        if trouble:
            note(number, "", trouble)
        cells = _fit(record, len(headers), number, note)
        if cells == plain_headers:
            note(number, "", "the headers stand here again; the row is left out")
            continue
        held.append(cells)
        numbers.append(number)
        if len(held) == CHUNK_ROWS:
            put_away()
    put_away()
    table = pa.Table.from_batches(parts)
    every = np.concatenate(rows)
    return Cells(
        headers,
        tuple(table.columns),
        every,
        (url,),
        np.zeros(len(every), np.int32),
        has_decimal_comma=form.delimiter == ";",
    )


def _fit(record: Sequence[str], width: int, number: int, note: Note) -> list[str | None]:
    """Return the cells of a record, as many as there are headers; blank ones are None."""
    extra = [cell for cell in record[width:] if cell.strip()]
    if extra or len(record) < width:
        what = "those beyond are left out" if extra else "the others are blank"
        note(number, "", f"{len(record)} cells where the header has {width}; {what}")
    cells = [clean_cell(_unguard(cell)) for cell in record[:width]]
    return [*cells, *[None] * (width - len(cells))]


def _unguard(cell: str) -> str:
    """Return a cell without the apostrophe that keeps spreadsheets from taking it for a formula; the viewer sets it."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _FORMULAS else cell
