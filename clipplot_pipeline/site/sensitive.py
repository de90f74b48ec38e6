"""Sensitive pictures: which images a site blurs until somebody asks for them.

Belongs here: matching the words of the setting with the values of the table. Does not belong here: how it looks (the
viewer, ``list_pages``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clipplot_pipeline.model import Field

_KINDS = frozenset({"category", "tags"})


def flag_sensitive(table: pa.Table, fields: Sequence[Field], words: Sequence[str]) -> NDArray[np.uint8]:
    """Return which rows are sensitive.

    Parameters
    ----------
    table : pyarrow.Table
        A column for each field.
    fields : sequence of Field
        Those of kinds other than category and tags are passed over.
    words : sequence of str
        Values, in any case: ``portrait`` of any such field, ``subject=portrait`` of the field of that name.

    Returns
    -------
    ndarray of uint8, shape (n,)
        1 where the image is sensitive.
    """
    flags = np.zeros(table.num_rows, np.uint8)
    wanted = {_fold(word) for word in words}
    for field in fields:
        if field.kind not in _KINDS or not wanted:
            continue
        for row, cell in enumerate(table[field.name].to_pylist()):
            values = cell if isinstance(cell, list) else [cell]
            if any(wanted & _spellings(field, value) for value in values if value is not None):
                flags[row] = 1
    return flags


def find_unused_words(table: pa.Table, fields: Sequence[Field], words: Sequence[str]) -> list[str]:
    """Return the words that mark no image: a mistyped one would leave unblurred what it was to blur."""
    used: set[str] = set()
    for field in fields:
        if field.kind in _KINDS and words:
            for cell in table[field.name].to_pylist():
                for value in cell if isinstance(cell, list) else [cell]:
                    used |= _spellings(field, value) if value is not None else set()
    return [word for word in words if _fold(word) not in used]


def _spellings(field: Field, value: object) -> set[str]:
    return {_fold(str(value)), _fold(f"{field.name}={value}"), _fold(f"{field.title}={value}")}


def _fold(text: str) -> str:
    name, equals, value = text.partition("=")
    return f"{name.strip()}{equals}{value.strip()}".casefold()
