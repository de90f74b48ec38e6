"""Fields made of what the files themselves tell: when, and on demand where, a picture was taken.

Belongs here: when capture facts become fields. Does not belong here: reading them (``images``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from clipplot_pipeline.model import Field

TAKEN_AT = Field("taken_at", "Taken", "date")
PLACE = (
    (Field("lat", "Latitude", "number"), "latitude"),
    (Field("lng", "Longitude", "number"), "longitude"),
)


def add_capture_facts(
    columns: Mapping[str, pa.ChunkedArray],
    fields: Sequence[Field],
    images: pa.Table,
    publish_coordinates: bool,
) -> tuple[dict[str, pa.ChunkedArray], tuple[Field, ...]]:
    """Return the metadata of the images with fields of capture facts; see ``join`` for the rules.

    Parameters
    ----------
    columns : mapping of str to pyarrow.ChunkedArray
        A column a field, a row an image.
    images : pyarrow.Table
        ``schemas.IMAGES``, a row an image in the same order; a missing column holds nothing.
    publish_coordinates : bool
        Whether places may be added.
    """
    filled, kept = dict(columns), list(fields)
    has_year = "year" in filled and filled["year"].null_count < images.num_rows
    if not has_year and TAKEN_AT.name not in filled and TAKEN_AT.name in images.column_names:
        kept.append(TAKEN_AT)
        filled[TAKEN_AT.name] = images[TAKEN_AT.name]
    if publish_coordinates and {"latitude", "longitude"} <= set(images.column_names):
        kept += [field for field, _ in PLACE if field.name not in filled]
        filled |= _places(filled, images)
    return filled, tuple(kept)


def _places(columns: Mapping[str, pa.ChunkedArray], images: pa.Table) -> dict[str, pa.ChunkedArray]:
    """Return a place for every image: the table's, else the file's; both numbers, or neither."""
    blank = pa.chunked_array([pa.nulls(images.num_rows, pa.float64())])
    own = [columns.get(field.name, blank).cast(pa.float64()) for field, _ in PLACE]
    theirs = [images[source] for _, source in PLACE]
    has_own = pc.and_(own[0].is_valid(), own[1].is_valid())
    has_theirs = pc.and_(theirs[0].is_valid(), theirs[1].is_valid())
    nothing = pa.scalar(None, pa.float64())
    return {
        field.name: pc.if_else(has_own, mine, pc.if_else(has_theirs, found, nothing))
        for (field, _), mine, found in zip(PLACE, own, theirs, strict=True)
    }
