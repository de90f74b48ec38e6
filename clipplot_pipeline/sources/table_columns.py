"""Columns: what the cells of a user's table are, each column read as a whole.

Belongs here: kinds of fields and how their cells are read; what cannot be read is blank and reported.
Does not belong here: files and encodings (``table``), years in words (``table_years``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from clipplot_pipeline.model import Field, FieldKind
from clipplot_pipeline.sources.table_years import read_year

#: Columns whose meaning their name tells (PixPlot's names, and spellings people use).
KNOWN: Mapping[str, tuple[str, FieldKind]] = {
    "category": ("category", "category"),
    "label": ("label", "category"),
    "tags": ("tags", "tags"),
    "description": ("description", "text"),
    "permalink": ("permalink", "url"),
    "year": ("year", "number"),
    "lat": ("lat", "number"),
    "latitude": ("lat", "number"),
    "lng": ("lng", "number"),
    "lon": ("lng", "number"),
    "long": ("lng", "number"),
    "longitude": ("lng", "number"),
    "x": ("x", "number"),
    "y": ("y", "number"),
}
TITLES = {"lat": "Latitude", "lng": "Longitude"}
LIMITS = {"lat": 90.0, "lng": 180.0}
#: A column of texts with at most so many values, each used twice on average, sorts things: a category.
MOST_CATEGORIES = 200
LONGEST_CATEGORY = 60
TRUE, FALSE = frozenset({"true", "yes"}), frozenset({"false", "no"})
URL = re.compile(r"https?://[^\s<>\"]+\Z", re.IGNORECASE)
DATE = re.compile(r"-?\d{4}-\d{2}(-\d{2}([T ]\d{2}:\d{2}(:\d{2})?Z?)?)?\Z")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z")


@dataclass(frozen=True)
class Problem:
    """One cell or row that could not be read; rows are counted as a spreadsheet does, the header being row 1."""

    row: int
    column: str
    reason: str

    def __str__(self) -> str:
        where = f"row {self.row}, {self.column}" if self.column else f"row {self.row}"
        return f"{where}: {self.reason}"


def read_columns(
    cells: Mapping[str, list[str]],
) -> tuple[dict[str, pa.Array], tuple[Field, ...], list[Problem]]:
    """Return typed columns, their fields and what could not be read.

    Parameters
    ----------
    cells : mapping of str to list of str
        Trimmed cells by header, without the column that names the files.
    """
    columns: dict[str, pa.Array] = {}
    fields: list[Field] = []
    problems: list[Problem] = []
    for header, values in cells.items():
        name, kind = _recognize(header, values, columns)
        read = _reader(name, kind)
        parsed: list[Any] = []
        for row, cell in enumerate(values, start=2):
            value = read(cell) if cell else None
            if cell and value is None:
                problems.append(Problem(row, header, f"{cell[:60]!r} is no {_expected(name, kind)}"))
            parsed.append(value)
        columns[name] = _as_array(parsed, kind)
        fields.append(Field(name, TITLES.get(name, header[:1].upper() + header[1:]), kind))
    _pair_places(columns)
    return columns, tuple(fields), problems


def _recognize(header: str, values: list[str], taken: Mapping[str, Any]) -> tuple[str, FieldKind]:
    known = KNOWN.get(header.lower().replace(" ", "_"))
    if known and known[0] not in taken:
        return known
    name = "key " if header == "key" else header  # the table's own key column keeps its name
    return name.strip() + ("_" if name.strip() in taken or name == "key " else ""), _guess_kind(values)


def _guess_kind(values: list[str]) -> FieldKind:
    filled = [value for value in values if value]
    if not filled:
        return "text"
    tests: tuple[tuple[FieldKind, Callable[[str], bool]], ...] = (
        ("boolean", lambda v: v.lower() in TRUE | FALSE),
        ("number", lambda v: bool(NUMBER.match(v)) and not _is_code(v)),
        ("date", lambda v: bool(DATE.match(v))),
        ("url", lambda v: bool(URL.match(v))),
    )
    for kind, test in tests:
        if all(test(value) for value in filled):
            return kind
    if sum("|" in value for value in filled) * 10 >= len(filled):
        return "tags"
    distinct = len(set(filled))
    is_short = max(map(len, filled)) <= LONGEST_CATEGORY
    return "category" if is_short and distinct <= MOST_CATEGORIES and distinct * 2 <= len(filled) else "text"


def _is_code(value: str) -> bool:
    """Tell a code from a number: 007 and 12-digit call numbers would lose something as numbers."""
    digits = value.lstrip("+-")
    return (len(digits) > 1 and digits[0] == "0" and digits.isdigit()) or len(digits) > 15


def _reader(name: str, kind: FieldKind) -> Callable[[str], Any]:
    readers: dict[FieldKind, Callable[[str], Any]] = {
        "number": read_year
        if name == "year"
        else lambda cell: _read_number(cell, LIMITS.get(name, math.inf)),
        "tags": lambda cell: list(dict.fromkeys(tag.strip() for tag in cell.split("|") if tag.strip())),
        "boolean": lambda cell: True if cell.lower() in TRUE else False if cell.lower() in FALSE else None,
        "url": lambda cell: cell if URL.match(cell) else None,
        "date": lambda cell: cell if DATE.match(cell) else None,
    }
    return readers.get(kind, str)


def _read_number(cell: str, limit: float) -> float | None:
    if not NUMBER.match(cell):
        return None
    value = float(cell)
    return value if math.isfinite(value) and abs(value) <= limit else None


def _expected(name: str, kind: FieldKind) -> str:
    if name in LIMITS:
        return f"number from -{LIMITS[name]:.0f} to {LIMITS[name]:.0f}"
    return "year" if name == "year" else kind


def _as_array(values: list[Any], kind: FieldKind) -> pa.Array:
    if kind == "number":
        is_whole = all(
            value is None or (float(value).is_integer() and abs(value) < 2**53) for value in values
        )
        return pa.array(
            [None if v is None else int(v) if is_whole else v for v in values],
            pa.int64() if is_whole else pa.float64(),
        )
    if kind == "tags":
        return pa.array([value or None for value in values], pa.list_(pa.string()))
    return pa.array(values, pa.bool_() if kind == "boolean" else pa.string())


def _pair_places(columns: dict[str, pa.Array]) -> None:
    """Blank half a place: one coordinate says nothing."""
    if "lat" in columns and "lng" in columns:
        both = pc.and_(columns["lat"].is_valid(), columns["lng"].is_valid())
        for name in ("lat", "lng"):
            blank = pa.scalar(None, columns[name].type)
            columns[name] = pc.if_else(both, columns[name], blank)
