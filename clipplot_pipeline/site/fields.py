"""The metadata fields: their columns, value lists and cells.

Belongs here: what a field's kind means in the site. Does not belong here: reading the user's table.
"""

from __future__ import annotations

import datetime
import math
import re
from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa

from clipplot_pipeline.model import Field
from clipplot_pipeline.site.columns import Column, narrow_integers

_URL = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE)
#: Kinds that have a column, so that the map can be coloured and filtered by them.
KINDS_WITH_COLUMN = frozenset({"category", "number", "boolean"})


def build_field_column(
    field: Field, cells: pa.ChunkedArray, rank_order: str
) -> tuple[Column, list[str] | None]:
    """Return a field's column and, for a category, its values: the most frequent first, equals by alphabet.

    Parameters
    ----------
    field : Field
        Of a kind that has a column.
    cells : pyarrow.ChunkedArray
        In rank order; null is blank.
    """
    values = [clean_cell(field, cell) for cell in cells.to_pylist()]
    if field.kind == "number":
        numbers = np.array([math.nan if v is None else v for v in values], np.float64)
        return Column(numbers.reshape(-1, 1), rank_order), None
    if field.kind == "boolean":
        flags = np.array([-1 if v is None else int(v) for v in values], np.int8)
        return Column(flags.reshape(-1, 1), rank_order), None
    counts = Counter(v for v in values if v is not None)
    words = sorted(counts, key=lambda word: (-counts[word], word))
    index = {word: k for k, word in enumerate(words)}
    codes = np.array([-1 if v is None else index[v] for v in values], np.int64)
    return narrow_integers(codes, rank_order), words


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
