"""What the table says of images that a map is to draw together.

Belongs here: a field as classes, for UMAP. Does not belong here: making the map (``umap``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from clipplot_pipeline.layouts.spec import LayoutInput
from clipplot_pipeline.layouts.user_fields import explain_missing, find_field, take_column

#: Kinds of fields whose values are classes. Of numbers only few different ones are: codes, decades, ratings.
KINDS = ("category", "boolean", "number")
MOST_NUMBERS = 256


@dataclass(frozen=True, slots=True)
class Target:
    """Classes of images.

    Attributes
    ----------
    classes : ndarray of int32, shape (n,)
        -1: not known.
    facts : mapping
        ``field``, ``known`` (images with a value) and ``values`` (different ones).
    """

    classes: NDArray[np.int32]
    facts: dict[str, Any]


def find_target(given: LayoutInput, wanted: str) -> Target | str:
    """Return the classes that a field of the table gives the images, or why it gives none.

    Parameters
    ----------
    given : LayoutInput
        With ``fields``.
    wanted : str
        Name or title of the field.
    """
    field = find_field(given, wanted)
    if field is None:
        return explain_missing(given, "umap", wanted)
    if field.kind not in KINDS:
        return f"the field {field.title!r} is of kind {field.kind}; expected {', '.join(KINDS)}"
    column = take_column(given, field.name).combine_chunks()
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_nan(column), None, column)
    coded = column.dictionary_encode()
    values = len(coded.dictionary)
    if field.kind == "number" and values > MOST_NUMBERS:
        return (
            f"the field {field.title!r} has {values:,} different numbers, which are no classes; "
            f"expected at most {MOST_NUMBERS}"
        )
    if not values:
        return f"no image has a value of the field {field.title!r}"
    classes = coded.indices.fill_null(-1).to_numpy().astype(np.int32)
    return Target(classes, {"field": field.title, "known": int((classes >= 0).sum()), "values": values})
