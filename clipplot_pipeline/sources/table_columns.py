"""The columns of a table, typed: cells of text to numbers, years, tags, links.

Belongs here: what kind a column is, and reading its cells. Does not belong here: files (``table_text``), which columns
there are (``table``). Every distinct cell is read once. A cell that cannot be read is blank and a problem.
"""

from __future__ import annotations

import datetime
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clipplot_pipeline.model import FieldKind
from clipplot_pipeline.sources.table_cells import Note
from clipplot_pipeline.sources.table_years import read_year, says_no_date

#: Problems of one column that are told one by one; the rest is counted.
MOST_TOLD = 100
#: A category has few values, each of which says something of several images.
MOST_CATEGORIES = 256
LONGEST_WORD = 80
_TYPES: dict[FieldKind, pa.DataType] = {
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "tags": pa.list_(pa.string()),
}
_NUMBER = re.compile(r"[-−]?(?:0|[1-9]\d*|(?=\.\d))(?:\.\d*)?(?:[eE][+-]?\d+)?")
_DECIMAL_COMMA = re.compile(r"[-−]?\d+,\d+")
_DATE = re.compile(r"\d{4}-\d{2}(?:-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?)?")
_BOOLEANS = {
    **dict.fromkeys(["true", "yes", "wahr", "ja", "vrai", "oui", "sí", "si", "vero"], True),
    **dict.fromkeys(["false", "no", "falsch", "nein", "faux", "non", "falso"], False),
}
_LARGEST_WHOLE = 2**53


@dataclass(frozen=True, slots=True)
class TableProblem:
    """Something of the table that could not be read.

    Attributes
    ----------
    row : int
        As a spreadsheet numbers it: the header is 1. JSON Lines: the line; objects and rows of Parquet count from 1. 0:
        the file as a whole.
    column : str
        Header as the user spelled it; empty: the row as a whole.
    reason : str
        What was found and what becomes of it.
    file : str
        Name of the file where there are several.
    """

    row: int
    column: str
    reason: str
    file: str = ""

    def __str__(self) -> str:
        row = f"row {self.row:,}" if self.row else ""
        where = [part for part in (self.file, row, self.column) if part]
        return f"{', '.join(where) or 'table'}: {self.reason}"


@dataclass(slots=True)
class ProblemLog:
    """Problems as they are met; of each column the first ones, and how many more there were."""

    _told: list[TableProblem] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)

    def add(self, row: int, column: str, reason: str, file: str = "") -> None:
        """Note a problem."""
        self._counts[column] += 1
        if self._counts[column] <= MOST_TOLD:
            self._told.append(TableProblem(row, column, reason, file))

    def problems(self) -> tuple[TableProblem, ...]:
        """Return the problems by file and row, then as they were met; how many are not told comes last."""
        more = [
            TableProblem(0, column, f"{count - MOST_TOLD:,} more problems like these")
            for column, count in sorted(self._counts.items())
            if count > MOST_TOLD
        ]
        return (*sorted(self._told, key=lambda problem: (problem.file, problem.row)), *more)


@dataclass(frozen=True, slots=True)
class CellReader:
    """Reads the columns of one table.

    Attributes
    ----------
    note : callable
        Is told of problems: index of the row, header, reason.
    has_decimal_comma : bool
        Whether ``48,85`` is a number: so where the delimiter is ``;``, as spreadsheets write it.
    """

    note: Note
    has_decimal_comma: bool = False

    def read_years(self, cells: pa.ChunkedArray, title: str) -> pa.ChunkedArray:
        """Return years as int32."""
        return self._read(
            cells,
            title,
            lambda cell: None if says_no_date(cell) else read_year(cell) or _unread(cell),
            pa.int32(),
            "is no year that can be read",
        )

    def read_numbers(self, cells: pa.ChunkedArray, title: str, limit: float = math.inf) -> pa.ChunkedArray:
        """Return numbers within [-limit, limit] as float64."""

        def read(cell: str) -> float | _Unread:
            number = self._number(cell)
            return _unread(cell) if number is None or abs(number) > limit else number

        wanted = "is no number" if math.isinf(limit) else f"is no number from {-limit:g} to {limit:g}"
        return self._read(cells, title, read, pa.float64(), wanted)

    def read_tags(self, cells: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return lists of tags: split by ``|``, by ``;`` where no cell has a ``|``; each tag once, none blank.

        Cells that are lists already are not split.
        """
        if pa.types.is_list(cells.type):
            lists = [
                [None if c is None else tidy_tags(c) for c in chunk.to_pylist()] for chunk in cells.chunks
            ]
            return pa.chunked_array([pa.array(part, _TYPES["tags"]) for part in lists], _TYPES["tags"])
        separator = next((mark for mark in "|;" if pc.any(pc.match_substring(cells, mark)).as_py()), "|")
        return self._read(cells, "", lambda cell: split_tags(cell, separator), _TYPES["tags"], "")

    def read_links(self, cells: pa.ChunkedArray, title: str) -> pa.ChunkedArray:
        """Return absolute http and https addresses."""
        return self._read(
            cells,
            title,
            lambda cell: cell if is_link(cell) else _unread(cell),
            pa.string(),
            "is no address that begins with http:// or https://",
        )

    def find_kind(self, cells: pa.ChunkedArray) -> FieldKind:
        """Return what kind a column is whose header says nothing: by all of its cells that are not blank."""
        words: list[str] = cells.unique().drop_null().to_pylist()
        if not words:
            return "text"
        tests: tuple[tuple[FieldKind, Callable[[str], bool]], ...] = (
            ("url", is_link),
            ("number", lambda word: self._number(word) is not None),
            ("boolean", lambda word: word.casefold() in _BOOLEANS),
            ("date", is_date),
        )
        for kind, is_one in tests:
            if all(map(is_one, words)):
                return kind
        is_short = all(len(tag) <= LONGEST_WORD for word in words for tag in word.split("|"))
        if is_short and any("|" in word for word in words):
            return "tags"
        is_few = len(words) <= MOST_CATEGORIES and 2 * len(words) <= len(cells) - cells.null_count
        return "category" if is_few and is_short else "text"

    def read_kind(self, cells: pa.ChunkedArray, kind: FieldKind) -> pa.ChunkedArray:
        """Return a column of a kind that ``find_kind`` found."""
        if kind == "number":
            return self.read_numbers(cells, "")
        if kind == "tags":
            return self.read_tags(cells)
        if kind == "boolean":
            return self._read(cells, "", lambda cell: _BOOLEANS[cell.casefold()], pa.bool_(), "")
        return cells

    def blank_halves(
        self, first: pa.ChunkedArray, second: pa.ChunkedArray, titles: tuple[str, str]
    ) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
        """Return two columns of numbers that mean something only together; a half is blank and a problem."""
        has_both = pc.and_(first.is_valid(), second.is_valid())
        halves = np.flatnonzero(np.asarray(pc.xor(first.is_valid(), second.is_valid())))
        for row in halves:
            there, missing = titles if first[int(row)].is_valid else titles[::-1]
            self.note(int(row), there, f"there is no {missing} with it; both are left blank")
        nothing = pa.scalar(None, pa.float64())
        return pc.if_else(has_both, first, nothing), pc.if_else(has_both, second, nothing)

    def _number(self, cell: str) -> float | None:
        """Return a finite number; None for anything else, and for long or zero-led digits, which are names."""
        if self.has_decimal_comma and _DECIMAL_COMMA.fullmatch(cell):
            cell = cell.replace(",", ".")
        if not _NUMBER.fullmatch(cell):
            return None
        number = float(cell.replace("−", "-"))
        return number if math.isfinite(number) and abs(number) <= _LARGEST_WHOLE else None

    def _read(
        self, cells: pa.ChunkedArray, title: str, read: Callable[[str], Any], kind: pa.DataType, wanted: str
    ) -> pa.ChunkedArray:
        distinct = cells.unique().drop_null()
        values = [read(cell) for cell in distinct.to_pylist()]
        bad = [value.cell for value in values if isinstance(value, _Unread)]
        if bad:
            self._note(cells, title, bad, wanted)
        known = pa.array([None if isinstance(value, _Unread) else value for value in values], kind)
        places = pc.index_in(cells, value_set=distinct)
        taken = [known.take(chunk) for chunk in places.chunks]
        return pa.chunked_array(taken, kind)

    def _note(self, cells: pa.ChunkedArray, title: str, bad: Sequence[str], wanted: str) -> None:
        for row in np.flatnonzero(np.asarray(pc.is_in(cells, value_set=pa.array(bad, pa.string())))):
            cell = cells[int(row)].as_py()
            shown = cell if len(cell) <= LONGEST_WORD else cell[: LONGEST_WORD - 1] + "…"
            self.note(int(row), title, f"{shown!r} {wanted}; left blank")


@dataclass(frozen=True, slots=True)
class _Unread:
    cell: str


_unread = _Unread


def split_tags(cell: str, separator: str = "|") -> list[str] | None:
    """Return the tags of a cell, each once, in their order; None if there are none."""
    return tidy_tags(cell.split(separator))


def tidy_tags(tags: Iterable[str]) -> list[str] | None:
    """Return tags, each once, in their order, with single blanks; None if there are none."""
    tidy = (" ".join(tag.split()) for tag in tags)
    return list(dict.fromkeys(tag for tag in tidy if tag)) or None


def is_link(cell: str) -> bool:
    """Tell whether a cell is an absolute http or https address."""
    if not cell.lower().startswith(("http://", "https://")) or any(c.isspace() for c in cell):
        return False
    try:
        return bool(urlsplit(cell).hostname)
    except ValueError:
        return False


def is_date(cell: str) -> bool:
    """Tell whether a cell is an ISO 8601 date, with or without a day or a time, that the calendar has."""
    if not _DATE.fullmatch(cell):
        return False
    try:
        datetime.datetime.fromisoformat(cell if len(cell) >= 10 else f"{cell}-01")
    except ValueError:
        return False
    return True
