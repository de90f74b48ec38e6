"""One value a field and image from all rows that mean the image.

Belongs here: which row's cell is taken, tags that unite, values that disagree. Does not belong here: which row
means which image (``match``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from clipplot_pipeline.model import Field

#: Values that only mean something together: they are taken from one row.
PAIRS = (("lat", "lng"), ("x", "y"))
_NONE = -1


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two rows say different things of one image: ``kept`` stays, ``left_out`` gives way."""

    image: str
    field: str
    kept: str
    left_out: str

    def __str__(self) -> str:
        said = f"{self.field} is {self.kept!r} in one row and {self.left_out!r} in another"
        return f"{self.image}: {said}; the first is kept"

    def named(self, paths: pa.ChunkedArray) -> Conflict:
        """Return the conflict with the image's path in place of its number."""
        return dataclasses.replace(self, image=paths[int(self.image)].as_py())


@dataclass(frozen=True, slots=True)
class Merged:
    """What the rows say of every image.

    Attributes
    ----------
    columns : dict of str to pyarrow.ChunkedArray
        A column a field, a row an image.
    first_row : ndarray of int64, shape (images,)
        The first row that means the image, -1 if none does.
    conflicts : tuple of Conflict
        The first ones; ``image`` is the number of the image. ``conflict_count`` counts all.
    """

    columns: dict[str, pa.ChunkedArray]
    first_row: NDArray[np.int64]
    conflicts: tuple[Conflict, ...]
    conflict_count: int


def merge_rows(
    rows: pa.Table,
    fields: Sequence[Field],
    path_rows: NDArray[np.int64],
    image_of_path: NDArray[np.int64],
    count: int,
    most_conflicts: int,
) -> Merged:
    """Merge the rows that mean one image: the first that is not blank gives the value, tags unite.

    Parameters
    ----------
    rows : pyarrow.Table
        A column a field.
    path_rows : ndarray of int64, shape (rows,)
        The path that a row means; negative: none. Paths are numbered in sorted order.
    image_of_path : ndarray of int64, shape (paths,)
        The image that a path shows.
    count : int
        Number of images.
    most_conflicts : int
        How many conflicts are told.
    """
    found = np.flatnonzero(path_rows >= 0)
    images = image_of_path[path_rows[found]]
    order = np.lexsort((found, path_rows[found], images))
    row_of, image_of = found[order], images[order]  # by image, then in the order in which rows count
    repeated = np.flatnonzero(np.bincount(image_of, minlength=count) > 1)
    doubles = np.flatnonzero(np.isin(image_of, repeated))
    conflicts: list[Conflict] = []
    conflict_count = 0
    columns = {}
    for field in fields:
        cells = rows[field.name]
        columns[field.name], others = _merge_column(
            cells, row_of, image_of, doubles, count, _partner_is_valid(rows, field.name)
        )
        if field.kind == "tags":
            columns[field.name] = _unite_tags(columns[field.name], cells, row_of[doubles], image_of[doubles])
        else:
            conflict_count += len(others)
            conflicts += [
                Conflict(str(image), field.name, _show(cells[kept].as_py()), _show(cells[other].as_py()))
                for image, kept, other in others[:most_conflicts].tolist()
            ]
    conflicts.sort(key=lambda conflict: int(conflict.image))
    return Merged(
        columns=columns,
        first_row=_first(row_of, image_of, count),
        conflicts=tuple(conflicts[:most_conflicts]),
        conflict_count=conflict_count,
    )


def _merge_column(
    cells: pa.ChunkedArray,
    row_of: NDArray[np.int64],
    image_of: NDArray[np.int64],
    doubles: NDArray[np.int64],
    count: int,
    partner: NDArray[np.bool_] | None,
) -> tuple[pa.ChunkedArray, NDArray[np.int64]]:
    """Return the first value of every image, and (image, row kept, other row) where another row differs."""
    is_valid = np.asarray(cells.is_valid()).astype(bool)
    if partner is not None:
        is_valid &= partner
    valid = is_valid[row_of]
    first = _first(row_of[valid], image_of[valid], count)
    rivals = doubles[valid[doubles]]
    kept, others = first[image_of[rivals]], row_of[rivals]
    if pa.types.is_list(cells.type):
        differs = np.zeros(len(rivals), bool)  # lists unite, they do not disagree
    else:
        differs = np.asarray(pc.not_equal(cells.take(pa.array(kept)), cells.take(pa.array(others))))
    told = np.stack([image_of[rivals], kept, others], axis=1)[differs.astype(bool)]
    return cells.take(pa.array(first, mask=first == _NONE)), told


def _first(row_of: NDArray[np.int64], image_of: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    first = np.full(count, _NONE, np.int64)
    images, places = np.unique(image_of, return_index=True)
    first[images] = row_of[places]
    return first


def _partner_is_valid(rows: pa.Table, name: str) -> NDArray[np.bool_] | None:
    for pair in PAIRS:
        if name in pair:
            other = pair[1 - pair.index(name)]
            if other in rows.column_names:
                return np.asarray(rows[other].is_valid()).astype(bool)
    return None


def _unite_tags(
    merged: pa.ChunkedArray, cells: pa.ChunkedArray, rows: NDArray[np.int64], images: NDArray[np.int64]
) -> pa.ChunkedArray:
    """Return the merged column with the tags of all rows at the images that several rows mean."""
    if not len(rows):
        return merged
    united: dict[int, dict[str, None]] = {}
    for tags, image in zip(cells.take(pa.array(rows)).to_pylist(), images.tolist(), strict=True):
        united.setdefault(image, {}).update(dict.fromkeys(tags or ()))
    numbers = sorted(united)
    extra = pa.array([list(united[image]) or None for image in numbers], merged.type)
    places = np.arange(len(merged))
    places[numbers] = len(merged) + np.arange(len(numbers))
    return pa.chunked_array([*merged.chunks, extra], merged.type).take(pa.array(places))


def _show(value: object) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 80 else text[:79] + "…"
