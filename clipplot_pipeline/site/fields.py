"""The metadata fields: their columns, value lists and cells.

Belongs here: what a field's kind means in the site. Does not belong here: reading the user's table.
"""

from __future__ import annotations

import calendar
import datetime
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clipplot_pipeline.model import Field
from clipplot_pipeline.site.columns import Column, narrow_integers
from clipplot_pipeline.site.ragged import RaggedColumn, make_ragged

_URL = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE)
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:[T ].*)?")
#: Kinds whose column indexes a list of values.
KINDS_WITH_VALUES = frozenset({"category", "tags"})
#: Both components of a date's column where the image has none.
NO_DAY = -(2**31)


def build_field_column(
    field: Field, cells: pa.ChunkedArray, rank_order: str
) -> tuple[Column | RaggedColumn, list[str] | None]:
    """Return a field's column and, for categories and tags, its values: most frequent first, equals by alphabet.

    Parameters
    ----------
    field : Field
        Any; of texts and addresses the column says only who has one.
    cells : pyarrow.ChunkedArray
        In rank order; null is blank.
    """
    values = [clean_cell(field, cell) for cell in cells.to_pylist()]
    if field.kind in {"text", "url"}:
        flags = np.array([v is not None for v in values], np.int8)
        return Column(flags.reshape(-1, 1), rank_order), None
    if field.kind == "date":
        return Column(_read_days(values), rank_order), None
    if field.kind == "tags":
        rows = [list(dict.fromkeys(v or ())) for v in values]
        words, index = _rank_words(word for row in rows for word in row)
        return make_ragged([sorted(index[word] for word in row) for row in rows], rank_order), words
    if field.kind == "number":
        numbers = np.array([math.nan if v is None else v for v in values], np.float64)
        return Column(numbers.reshape(-1, 1), rank_order), None
    if field.kind == "boolean":
        flags = np.array([-1 if v is None else int(v) for v in values], np.int8)
        return Column(flags.reshape(-1, 1), rank_order), None
    words, index = _rank_words(v for v in values if v is not None)
    codes = np.array([-1 if v is None else index[v] for v in values], np.int64)
    return narrow_integers(codes, rank_order), words


def _rank_words(words: Iterable[str]) -> tuple[list[str], dict[str, int]]:
    """Return the different words, the most frequent first, and the place of each."""
    counts = Counter(words)
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    return ranked, {word: k for k, word in enumerate(ranked)}


def _read_days(cells: Sequence[str | None]) -> NDArray[np.int32]:
    """Return the first and the last day that ISO dates may mean, in days since 1970-01-01; shape (n, 2)."""
    days = np.full((len(cells), 2), NO_DAY, np.int32)
    known: dict[str, tuple[int, int] | None] = {}
    for row, cell in enumerate(cells):
        if cell is None:
            continue
        if cell not in known:
            known[cell] = read_days(cell)
        span = known[cell]
        if span is not None:
            days[row] = span
    return days


def read_days(text: str) -> tuple[int, int] | None:
    """Return the first and the last day that an ISO date may mean, None if there is no such day.

    Parameters
    ----------
    text : str
        A year, a month of a year, or a day; a time after it does not matter.

    Returns
    -------
    tuple of int or None
        In days since 1970-01-01, Gregorian throughout.
    """
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(part or 0) for part in found.groups())
    try:
        first = datetime.date(year, month or 1, day or 1)
        last_month = month or 12
        last = datetime.date(year, last_month, day or calendar.monthrange(year, last_month)[1])
    except ValueError:
        return None
    epoch = datetime.date(1970, 1, 1)
    return (first - epoch).days, (last - epoch).days


def clean_cell(field: Field, cell: Any) -> Any:
    """Return a cell as the plain JSON value that the site shows; None if it is blank.

    An address that is not absolute http or https is left out, for a reader may make a link of it.
    """
    if cell is None or cell == "":
        return None
    if field.kind == "tags":
        tags = cell if isinstance(cell, list | tuple) else [cell]
        return [str(tag) for tag in tags if tag not in (None, "")] or None
    if field.kind == "boolean":
        return bool(cell)
    if field.kind == "number":
        return _clean_number(float(cell))
    if field.kind == "url":
        return str(cell) if _URL.fullmatch(str(cell)) else None
    return cell.isoformat() if isinstance(cell, datetime.date) else str(cell)


def _clean_number(number: float) -> int | float | None:
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and abs(number) < 2**53 else number
