"""The user's fields as layouts look for them.

Belongs here: finding a field by the name a setting gives, the numbers in a column. Does not belong here: what kind a
field is (``sources``), what a layout makes of it.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clipplot_pipeline.layouts.spec import LayoutInput
from clipplot_pipeline.model import Field

#: Fields that a sentence lists.
_MOST_LISTED = 12


def find_field(given: LayoutInput, wanted: str) -> Field | None:
    """Return the field of this name or title; case and blanks around it do not matter, a name goes before a title."""
    plain = wanted.strip().casefold()
    names = [field for field in given.described if field.name.casefold() == plain]
    titles = [field for field in given.described if field.title.strip().casefold() == plain]
    return next(iter([*names, *titles]), None)


def take_column(given: LayoutInput, name: str) -> pa.ChunkedArray:
    """Return a column of the user's fields."""
    if given.fields is None:
        raise ValueError("layout: it needs fields")
    return given.fields[name]


def take_numbers(given: LayoutInput, name: str) -> NDArray[np.float64]:
    """Return a column of numbers, NaN where it is blank, not finite or no number; shape (n,)."""
    column = take_column(given, name)
    if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
        return np.full(len(column), np.nan)
    values = column.cast(pa.float64()).to_numpy(zero_copy_only=False).astype(np.float64)
    return np.where(np.isfinite(values), values, np.nan)


def explain_missing(given: LayoutInput, layout: str, wanted: str) -> str:
    """Return why a layout is empty whose setting names a field that is not there."""
    titles = [field.title for field in given.described]
    listed = ", ".join(titles[:_MOST_LISTED]) + (" …" if len(titles) > _MOST_LISTED else "")
    there = f"it has {listed}" if titles else "there is no table, or it is empty"
    return f"the table has no field {wanted!r}, which layouts.{layout} names; {there}"
