"""Which column of a Parquet file holds pictures, what its rows are called, and what the numbers of labels mean.

Belongs here: schemas, as Hugging Face's datasets and img2dataset write them. Does not belong here: listing and opening
pictures (``parquet_pictures``), cells (``table_parquet``).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from clipplot_pipeline.errors import SourceError
from clipplot_pipeline.sources import names
from clipplot_pipeline.sources.locations import base_name
from clipplot_pipeline.sources.table_text import fold_header

#: What columns of pictures are called, the surest first.
NAMES = (
    "image", "img", "picture", "photo", "jpg", "jpeg", "png", "webp", "image_bytes", "img_bytes", "image_data", "bytes",
    "content",
)  # fmt: skip
#: What else may name a row's picture, the surest first.
_ROW_NAMES = ("image_path", "file_name", "filename", "path", "file", "key", "id", "image_id")
#: Where Hugging Face's datasets say what a column means.
_FEATURES = b"huggingface"
_ABSOLUTE = re.compile(r"^(?:[A-Za-z]:|[/\\]|[a-z][a-z0-9+.-]*://)")


@dataclass(frozen=True, slots=True)
class PictureColumn:
    """Where in a Parquet file pictures are.

    Attributes
    ----------
    name : str
        Of the column.
    leaf : str
        Of its part that holds the bytes: ``image.bytes``, or the column itself.
    row_names : tuple of str
        Of the part, and of other columns, that may name the picture: the first counts that is not all blank.
    """

    name: str
    leaf: str
    row_names: tuple[str, ...] = ()


def find_picture_column(url: str, schema: pa.Schema) -> PictureColumn | None:
    """Return the column that holds pictures as bytes, None where none does.

    A column of objects with ``bytes`` in them (Hugging Face), or one of bytes that is called as in ``NAMES``.

    Raises
    ------
    SourceError
        There are several, and none is called as pictures are.
    """
    kinds = {name: told.get("_type") for name, told in read_features(schema).items()}
    structs = [
        field.name
        for field in schema
        if _bytes_part(field.type) is not None and kinds.get(field.name, "Image") == "Image"
    ]
    plain = [field.name for field in schema if _is_bytes(field.type) and fold_header(field.name) in NAMES]
    found = [*structs, *plain]
    named = sorted(
        (name for name in found if fold_header(name) in NAMES),
        key=lambda name: NAMES.index(fold_header(name)),
    )
    if not named and len(found) > 1:
        raise SourceError(
            f"{base_name(url)}: several of its columns hold pictures ({', '.join(found)}); expected one, or one that "
            f"is called {NAMES[0]!r}; rename the one that is meant"
        )
    if not found:
        return None
    name = (named or found)[0]
    part = _bytes_part(schema.field(name).type)
    leaf = name if part is None else f"{name}.{part}"
    return PictureColumn(name, leaf, tuple(_find_row_names(schema, name)))


def read_features(schema: pa.Schema) -> dict[str, Mapping[str, Any]]:
    """Return what Hugging Face's datasets say of columns, by name; empty where they say nothing."""
    try:
        told = json.loads((schema.metadata or {}).get(_FEATURES, b"{}"))
        features = told.get("info", {}).get("features", {})
        return {name: value for name, value in features.items() if isinstance(value, dict)}
    except (ValueError, AttributeError):
        return {}


def read_labels(schema: pa.Schema) -> dict[str, list[str]]:
    """Return the words that the numbers of labels stand for, by column (``ClassLabel`` of Hugging Face)."""
    labels = {}
    for name, told in read_features(schema).items():
        inner = told.get("feature") if isinstance(told.get("feature"), dict) else told
        words = inner.get("names") if inner and inner.get("_type") == "ClassLabel" else None
        if isinstance(words, list) and words:
            labels[name] = [str(word) for word in words]
    return labels


def name_labels(column: pa.ChunkedArray, words: Sequence[str]) -> pa.ChunkedArray:
    """Return cells with the words that their numbers stand for; what stands for none stays, -1 is blank."""
    known = {str(number): word for number, word in enumerate(words)} | {"-1": None}

    def name(cell: Any) -> Any:
        if isinstance(cell, list):
            return [known.get(each, each) for each in cell if each is not None]
        return known.get(cell, cell)

    return pa.chunked_array([pa.array([name(cell) for cell in column.to_pylist()], column.type)])


def name_rows(told: Sequence[str | None]) -> list[str]:
    """Return a path for every row, each once: what the file calls it, or its number, counted from 0.

    Absolute paths tell where something lay on another's disk: their last name alone is taken. A name that several rows
    have comes after the number.
    """
    clean = [_clean(name) if name else "" for name in told]
    counts = Counter(clean)
    taken = {name for name in clean if name and counts[name] == 1}
    paths = []
    for number, name in enumerate(clean):
        if not name or counts[name] > 1:
            last = name.rpartition("/")[2]
            name = f"{number:06}-{last}" if last else f"{number:06}"  # noqa: PLW2901
            while name in taken:
                name = f"_{name}"  # noqa: PLW2901
            taken.add(name)
        paths.append(name)
    return paths


def _clean(name: str) -> str:
    plain = re.sub(r"[\x00-\x1f\x7f]", "_", name).replace("\\", "/").strip()
    parts = [part for part in plain.split("/") if part not in {"", "."}]
    if _ABSOLUTE.match(name) or ".." in parts:
        parts = [part for part in parts if part != ".."][-1:]
    return names.spell("/".join(parts)) or ""


def _bytes_part(kind: pa.DataType) -> str | None:
    """Return the name of an object's part that holds bytes, None if it is no object or has none."""
    if not pa.types.is_struct(kind):
        return None
    position = kind.get_field_index("bytes")
    return "bytes" if position >= 0 and _is_bytes(kind.field(position).type) else None


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _find_row_names(schema: pa.Schema, column: str) -> Iterator[str]:
    kind = schema.field(column).type
    if pa.types.is_struct(kind) and kind.get_field_index("path") >= 0:
        yield f"{column}.path"
    folded = {fold_header(name): name for name in reversed(schema.names)}
    for name in _ROW_NAMES:
        if name in folded and folded[name] != column:
            kind = schema.field(folded[name]).type
            if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind):
                yield folded[name]
