"""What lies in files of vectors: the picture that every row is of, and the shape of the rows.

Belongs here: names, numbers of rows, dimensions. Does not belong here: pairing files (``vector_files``), reading rows
(``vector_rows``), finding the pictures (``catalog``). Vectors themselves are not read, memory is bounded by the names.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import fsspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from clipplot_pipeline.errors import SourceError
from clipplot_pipeline.sources.locations import base_name, list_files, name_stems
from clipplot_pipeline.sources.parquet_pictures import holds_pictures, name_pictures
from clipplot_pipeline.sources.table import KEYS, read_key_cells
from clipplot_pipeline.sources.table_text import fold_header, open_bytes
from clipplot_pipeline.sources.vector_files import METADATA_FOLDER, VectorFile, holds_vectors
from clipplot_pipeline.sources.vector_rows import VectorShape, read_shape

#: More names for pictures than tables of metadata have.
_NAMES = (*KEYS, "image", "file", "url", "key", "id")
#: A column that says what became of a download (img2dataset): rows with another word have no picture.
_STATUS, _SUCCESS = "status", "success"
_PIXPLOT_DIM = 2048
_MOST_OPTION_BYTES = 1 << 16
_TOLD = 5


@dataclass(frozen=True, slots=True)
class VectorListing:
    """The rows of all files of vectors.

    Attributes
    ----------
    names : pyarrow.Table
        ``key`` (string, as the files spell it; null where a row names nothing), ``file`` (int32: place in ``files``),
        ``row`` (int64: row of that file).
    files : tuple of VectorFile
    shapes : tuple of VectorShape
        One a file; all have the same ``dim``.
    model : str
        Name of the model where the files tell it, else empty.
    """

    names: pa.Table
    files: tuple[VectorFile, ...]
    shapes: tuple[VectorShape, ...]
    model: str = ""

    @property
    def dim(self) -> int:
        """Components of a vector."""
        return self.shapes[0].dim

    @property
    def key_kind(self) -> str:
        """What the names are to ``catalog.match``: PixPlot's mean the last name, all others a path."""
        return "filename" if all(file.kind == "picture" for file in self.files) else "image_path"


def list_vectors(files: Sequence[VectorFile], entries: Sequence[str] = ()) -> VectorListing:
    """Look at files of vectors; see `vector_files.find_vectors` for ``files`` and ``entries``.

    Raises
    ------
    SourceError
        A file cannot be read, names and vectors are not of one number, or vectors of different numbers of components.
    """
    shapes = tuple(read_shape(file.url) for file in files)
    _check_dim(files, shapes)
    parts = [
        pa.table(
            {
                "key": names,
                "file": pa.array(np.full(shape.rows, number, np.int32)),
                "row": pa.array(np.arange(shape.rows, dtype=np.int64)),
            }
        )
        for number, (names, shape) in enumerate(zip(_tell_apart(files, shapes), shapes, strict=True))
    ]
    return VectorListing(pa.concat_tables(parts), tuple(files), shapes, find_model(files, shapes, entries))


def find_model(
    files: Sequence[VectorFile], shapes: Sequence[VectorShape], entries: Sequence[str] = ()
) -> str:
    """Return the name of the model where a folder of clip-retrieval tells it, or PixPlot's; else nothing."""
    for entry in entries:
        if not entry.lower().endswith((".npy", ".parquet")) and holds_vectors(entry):
            for url in list_files(entry, (".json",), is_deep=False):
                with fsspec.open(url, "rb") as file:
                    found = _find_option(file.read(_MOST_OPTION_BYTES))
                if found:
                    return found
    if all(file.kind == "picture" for file in files) and shapes[0].dim == _PIXPLOT_DIM:
        return "Inception v3 (PixPlot)"
    return ""


def _find_option(text: bytes) -> str:
    try:
        options = json.loads(text)
    except ValueError:
        return ""
    levels = [options, *options.values()] if isinstance(options, dict) else []
    found = [level["clip_model"] for level in levels if isinstance(level, dict) and "clip_model" in level]
    return str(found[0]) if found else ""


def describe_folder(url: str) -> tuple[str, bool]:
    """Return an example of what names the pictures in a folder of clip-retrieval, and whether it says more of them."""
    urls = list(list_files(f"{url.rstrip('/')}/{METADATA_FOLDER}", (".parquet",)))
    if not urls:
        return "", False
    with open_bytes(urls[0]) as file:
        parquet = pq.ParquetFile(file, pre_buffer=False)
        columns = parquet.schema_arrow.names
        if "image_path" not in columns:
            return "", False
        first = next(parquet.iter_batches(1, columns=["image_path"], use_threads=False), None)
    return (str(first.column(0)[0]) if first is not None and first.num_rows else ""), len(columns) > 1


def _check_dim(files: Sequence[VectorFile], shapes: Sequence[VectorShape]) -> None:
    counts = Counter(shape.dim for shape in shapes)
    if len(counts) == 1:
        return
    usual = counts.most_common(1)[0][0]
    odd = [file for file, shape in zip(files, shapes, strict=True) if shape.dim != usual]
    names = ", ".join(base_name(file.url) for file in odd[:_TOLD])
    told = " and ".join(f"{count:,} files of {dim:,} numbers a vector" for dim, count in counts.most_common())
    raise SourceError(
        f"vectors: there are {told} (such as {names}); expected vectors of one model; leave out what another one made"
    )


def _tell_apart(files: Sequence[VectorFile], shapes: Sequence[VectorShape]) -> list[pa.ChunkedArray]:
    """Return the names of the rows of every file.

    Those that several files with pictures in them have come after the names of their files, as the pictures' paths do.
    """
    names = [_read_names(file, shape) for file, shape in zip(files, shapes, strict=True)]
    inside = [
        number for number, file in enumerate(files) if file.kind == "parquet" and holds_pictures(file.url)
    ]
    counts = Counter(name for number in inside for name in names[number].to_pylist())
    stems = name_stems([files[number].url for number in inside])
    for number in inside:
        stem = stems[files[number].url]
        told = names[number].to_pylist()
        names[number] = _as_names([f"{stem}/{name}" if counts[name] > 1 else name for name in told])
    return names


def _read_names(file: VectorFile, shape: VectorShape) -> pa.ChunkedArray:
    """Return what names the picture of every row; null: nothing does.

    Raises
    ------
    SourceError
        There are not as many names as rows.
    """
    if file.kind == "picture":
        if shape.rows != 1:
            raise SourceError(
                f"vectors: {base_name(file.url)} is called after one picture and has {shape.rows:,} rows; "
                "expected one, "
                "or a list of paths beside it"
            )
        return pa.chunked_array([[base_name(file.url).rpartition(".")[0]]], pa.string())
    where = file.names or file.url
    names = _read_list(where)
    if len(names) != shape.rows:
        raise SourceError(
            f"vectors: {base_name(file.url)} has {shape.rows:,} rows, and {base_name(where)} names {len(names):,} "
            "pictures; expected one name a row: they are not of one run, or one was cut off; copy both anew"
        )
    return names


def _read_list(url: str) -> pa.ChunkedArray:
    ending = url.lower().rpartition(".")[2]
    if ending == "parquet":
        pictures = name_pictures(url)
        return _read_parquet_names(url) if pictures is None else _as_names(pictures)
    if ending == "txt":
        with open_bytes(url) as file:
            lines = file.read().decode("utf-8-sig", "surrogateescape").splitlines()
        return _as_names(line.strip() or None for line in lines)
    if ending == "json":
        with open_bytes(url) as file:
            text = file.read()
        try:
            value = json.loads(text)
        except ValueError as error:
            raise SourceError(
                f"vectors: {url} is no JSON ({error}); expected a list of paths; write it anew"
            ) from error
        if isinstance(value, list) and all(isinstance(name, str) for name in value):
            return _as_names(value)
    return read_key_cells(url)


def _as_names(names: Iterator[str | None] | Sequence[str]) -> pa.ChunkedArray:
    cells = [name.encode("utf-8", "replace").decode() if name else None for name in names]
    return pa.chunked_array([pa.array(cells, pa.string())])


def _read_parquet_names(url: str) -> pa.ChunkedArray:
    """Return the column that names pictures; null in rows whose ``status`` is not success."""
    with open_bytes(url) as file:
        try:
            parquet = pq.ParquetFile(file, pre_buffer=False)
            column = _find_name_column(url, parquet.schema_arrow)
            has_status = _STATUS in parquet.schema_arrow.names
            table = parquet.read([column, *([_STATUS] if has_status else [])], use_threads=False)
        except (pa.ArrowException, OSError) as error:
            raise SourceError(
                f"vectors: {url} cannot be read as Parquet ({str(error).strip()}); copy it anew"
            ) from error
    names: pa.ChunkedArray = table[column.partition(".")[0]]
    if pa.types.is_struct(names.type):
        names = pc.struct_field(names, "path")
    names = names.cast(pa.string())
    if has_status and pa.types.is_string(table[_STATUS].type):
        names = pc.if_else(pc.equal(table[_STATUS], _SUCCESS), names, pa.scalar(None, pa.string()))
    return names


def _find_name_column(url: str, schema: pa.Schema) -> str:
    folded = {fold_header(name): name for name in reversed(schema.names)}
    for name in _NAMES:
        if name not in folded:
            continue
        column: str = folded[name]
        kind = schema.field(column).type
        if pa.types.is_struct(kind) and kind.get_field_index("path") >= 0:
            return f"{column}.path"
        is_name = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind)
        if is_name or pa.types.is_dictionary(kind):
            return column
    raise SourceError(
        f"vectors: no column of {url} names the pictures, it has {', '.join(schema.names)}; expected one called "
        f"{', '.join(_NAMES)}; rename the column"
    )
