"""Folders that say what their pictures show.

Belongs here: when names of folders become a field. Does not belong here: any table (``join``).

The rule is that of Hugging Face's *imagefolder*, which has ``train/cat/1.png`` say ``cat``: every picture lies in a
folder, all equally deep, and there are several folders. Here each must stand for several pictures on average, and
folders that only part a data set (``train``, ``test``) or number its files (``00000``, ``train-00000-of-00002``) say
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from clipplot_pipeline.model import Field

FOLDER = Field("label", "Folder", "category")
#: As for any column of a table: a category has few values, each of which says something of several images.
MOST_NAMES = 256
_PARTS = re.compile(
    r"(?:train|training|test|testing|val|valid|validation|dev|eval)(?:[-_.]?\d+)?|0\d{4,}|.*-\d+-of-\d+",
    re.IGNORECASE,
)


def add_folder_names(
    columns: Mapping[str, pa.ChunkedArray], fields: Sequence[Field], paths: pa.ChunkedArray
) -> tuple[dict[str, pa.ChunkedArray], tuple[Field, ...]]:
    """Return the metadata of the images with the names of their folders, where these mean something.

    Parameters
    ----------
    columns : mapping of str to pyarrow.ChunkedArray
        A column a field, a row an image.
    paths : pyarrow.ChunkedArray of string
        The path of every image, in the same order.
    """
    depths = pc.count_substring(paths, "/")
    if FOLDER.name in columns or len(depths.unique()) != 1 or not depths[0].as_py():
        return dict(columns), tuple(fields)
    names = pc.extract_regex(paths, r"(?s)(?:^|/)(?P<folder>[^/]+)/[^/]+$")
    names = pa.chunked_array([chunk.field("folder") for chunk in names.chunks], pa.string())
    different = names.unique().to_pylist()
    is_few = 1 < len(different) <= MOST_NAMES and 2 * len(different) <= len(paths)
    if not is_few or all(_PARTS.fullmatch(name) for name in different):
        return dict(columns), tuple(fields)
    return {**columns, FOLDER.name: names}, (FOLDER, *fields)
