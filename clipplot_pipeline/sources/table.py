"""The user's table: text in some encoding becomes typed columns and a key for each row.

Belongs here: reading a CSV table as it comes out of spreadsheets, and finding the column that names the files.
Does not belong here: what a column's cells mean (``table_columns``), joining with images (``catalog``).
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import fsspec
import pyarrow as pa
from charset_normalizer import from_bytes

from clipplot_pipeline.errors import TableError
from clipplot_pipeline.model import Field
from clipplot_pipeline.sources.table_columns import Problem, read_columns

#: Headers of the column that names the files, the most telling first; compared without case, spaces and dashes.
KEY_HEADERS = ("filename", "file_name", "image_path", "path", "file_path", "filepath", "file", "image")
DELIMITERS = ",;\t"
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True)
class MetadataTable:
    """A user's table, typed.

    Attributes
    ----------
    rows : pyarrow.Table
        A text column ``key`` as the user spelled the file, and a column for each field; blanks are null.
    fields : tuple of Field
        In the order of the table.
    problems : tuple of Problem
        Cells and rows that could not be read; their values are blank.
    """

    rows: pa.Table
    fields: tuple[Field, ...]
    problems: tuple[Problem, ...]


def read_table(url: str) -> MetadataTable:
    """Read a CSV table: comma, semicolon or tab; UTF-8, UTF-16 or an 8-bit encoding, which is guessed.

    Parameters
    ----------
    url : str
        A local path or an fsspec URL.

    Raises
    ------
    TableError
        If it cannot be read, is no table, or has no column that names the files.
    """
    text = _decode(_read(url), url)
    delimiter = _guess_delimiter(text)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise TableError(f"{url}: not a CSV table ({error}); save it as CSV (UTF-8) and try again") from error
    lines = [line for line in lines if any(cell.strip() for cell in line)]
    if not lines:
        raise TableError(f"{url}: the table is empty; expected a header with a column `filename`, and rows")
    headers = _name_headers(lines[0])
    key = _find_key(headers, url)
    problems = [
        Problem(number, "", f"{len(line)} cells for {len(headers)} columns")
        for number, line in enumerate(lines[1:], start=2)
        if len(line) != len(headers)
    ]
    body = [[*line, *[""] * (len(headers) - len(line))] for line in lines[1:]]
    cells = {header: [line[place].strip() for line in body] for place, header in enumerate(headers)}
    keys = cells.pop(headers[key])
    columns, fields, unread = read_columns(cells)
    table = pa.table({"key": pa.array(keys, pa.string()), **columns})
    is_named = pa.array([bool(name) for name in keys], pa.bool_())
    nameless = [Problem(n, headers[key], "names no file") for n, name in enumerate(keys, start=2) if not name]
    return MetadataTable(table.filter(is_named), fields, (*problems, *nameless, *unread))


def _read(url: str) -> bytes:
    try:
        with fsspec.open(url, "rb") as file:
            return bytes(file.read())
    except OSError as error:
        raise TableError(f"{url}: cannot be read ({error}); expected a CSV table") from error


def _decode(data: bytes, url: str) -> str:
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _decode_as(data, encoding, url)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        # Short tables fool a guesser: the encoding that Western spreadsheets write is tried with the rest.
        best = from_bytes(
            data,
            cp_isolation=[
                "cp1252",
                "cp1250",
                "cp1251",
                "cp1253",
                "mac_roman",
                "shift_jis",
                "gb18030",
                "euc_kr",
            ],
        ).best()
        return str(best) if best is not None else _decode_as(data, "cp1252", url)
    if "\0" in text:
        raise TableError(f"{url}: not text; expected a CSV table. Save the spreadsheet as CSV (UTF-8)")
    return text


def _decode_as(data: bytes, encoding: str, url: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise TableError(
            f"{url}: not valid {encoding} ({error}); save it as CSV (UTF-8) and try again"
        ) from error


def _guess_delimiter(text: str) -> str:
    """Return the delimiter that stands most often in the header: no header of ours holds two of them."""
    header = text.lstrip().partition("\n")[0]
    return max(DELIMITERS, key=header.count)


def _name_headers(cells: list[str]) -> list[str]:
    """Return headers without blanks and doubles: ``column 3``, ``year 2``."""
    names: list[str] = []
    for place, cell in enumerate(cells, start=1):
        name = " ".join(cell.split()) or f"column {place}"
        number = 2
        while name in names:
            name = f"{name.removesuffix(f' {number - 1}')} {number}"
            number += 1
        names.append(name)
    return names


def _find_key(headers: list[str], url: str) -> int:
    plain = [header.lower().replace(" ", "_").replace("-", "_") for header in headers]
    for name in KEY_HEADERS:
        if name in plain:
            return plain.index(name)
    raise TableError(
        f"{url}: no column names the files; found {', '.join(headers[:12])}; expected one called "
        f"{', '.join(KEY_HEADERS[:4])}. Rename that column"
    )
