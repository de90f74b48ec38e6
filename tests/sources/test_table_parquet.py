"""Parquet says what the same table says as CSV, without reading pictures and embeddings in it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clipplot_pipeline.errors import TableError
from clipplot_pipeline.sources.table import MetadataTable, read_table
from clipplot_pipeline.sources.table_parquet import read_parquet


def read(folder: Path, columns: dict[str, Any] | pa.Table, rows: int | None = None) -> MetadataTable:
    path = folder / "table.parquet"
    pq.write_table(columns if isinstance(columns, pa.Table) else pa.table(columns), path, row_group_size=rows)
    return read_table(str(path))


def test_types_are_read_as_their_text_would_be(tmp_path: Path) -> None:
    day = dt.datetime(1890, 5, 17)
    table = read(
        tmp_path,
        {
            "filename": ["a.jpg", "b.jpg"],
            "year": [1890.0, None],
            "n": pa.array([1, -2], pa.int16()),
            "f": pa.array([0.5, float("nan")], pa.float16()),
            "ok": [True, None],
            "day": pa.array([day, None], pa.timestamp("ns")),
            "moment": [day + dt.timedelta(hours=3), day],
            "date": [day.date(), None],
            "price": [Decimal("1.50"), None],
            "word": pa.array(["x", "x"]).dictionary_encode(),
            "blank": [" ", ""],
            "nothing": pa.nulls(2),
        },
    )
    assert {field.name: field.kind for field in table.fields} == {
        "year": "number",
        "n": "number",
        "f": "number",
        "ok": "boolean",
        "day": "date",
        "moment": "date",
        "date": "date",
        "price": "number",
        "word": "category",
        "blank": "text",
        "nothing": "text",
    }
    first, second = table.rows.to_pylist()
    assert (first["year"], first["n"], first["f"], first["ok"]) == (1890, 1, 0.5, True)
    assert (first["day"], first["date"], first["price"]) == ("1890-05-17", "1890-05-17", 1.5)
    assert first["moment"].startswith("1890-05-17 03:00:00")
    assert {name for name, value in second.items() if value is not None} == {"key", "n", "moment", "word"}


def test_lists_are_tags_and_objects_are_columns(tmp_path: Path) -> None:
    table = read(
        tmp_path,
        {
            "path": ["a.jpg", "b.jpg", "c.jpg"],
            "tags": [["x|y", "z"], [], None],
            "codes": pa.array([[1, 2], None, [3]], pa.large_list(pa.int64())),
            "place": [{"name": "Ghent", "size": 3}, None, {"name": "Rome", "size": None}],
            "makers": [[{"name": "A"}], None, []],
        },
    )
    rows = table.rows.to_pylist()
    assert [row["tags"] for row in rows] == [["x|y", "z"], None, None]
    assert [row["codes"] for row in rows] == [["1", "2"], None, ["3"]]
    assert [row["place name"] for row in rows] == ["Ghent", None, "Rome"]
    assert [row["place size"] for row in rows] == [3.0, None, None]
    assert [row["makers"] for row in rows] == ['[{"name": "A"}]', None, None]


def test_pictures_and_embeddings_inside_are_left_out_and_the_picture_names_its_row(tmp_path: Path) -> None:
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(np.zeros(64, np.float32)), 32)
    table = read(
        tmp_path,
        {
            "image": [{"bytes": b"\xff\xd8", "path": "a.jpg"}, {"bytes": b"", "path": "b.jpg"}],
            "label": [0, 1],
            "clip": vectors,
            "vector": [[1.0, 2.0], [3.0, 4.0]],
            "loose": [[0.5] * 20, [0.5] * 20],
        },
    )
    assert table.rows.select(["key", "label"]).to_pylist() == [
        {"key": "a.jpg", "label": "0"},
        {"key": "b.jpg", "label": "1"},
    ]
    assert table.rows["loose"].null_count == 2
    told = {problem.column: problem.reason for problem in table.problems}
    assert told.keys() == {"image bytes", "clip", "vector", "loose"}


def test_row_groups_leave_no_trace(tmp_path: Path) -> None:
    columns = {
        "path": [f"{n}.jpg" for n in range(50)],
        "year": [1800 + n for n in range(50)],
        "t": [["a"] if n % 2 else None for n in range(50)],
    }
    whole = read(tmp_path, columns)
    assert read(tmp_path, columns, rows=7).rows.equals(whole.rows)


def test_rows_are_numbered_from_one(tmp_path: Path) -> None:
    table = read(tmp_path, {"path": ["a.jpg", None, "c.jpg"], "year": ["1890", "1891", "soon"]})
    assert [(problem.row, problem.column) for problem in table.problems] == [(2, "path"), (3, "year")]


def test_damaged_files_and_missing_keys_are_named(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"photo.*Expected one of"):
        read(tmp_path, {"photo": ["a.jpg"]})
    path = tmp_path / "broken.parquet"
    path.write_bytes(b"PAR1" + b"\0" * 100)
    with pytest.raises(TableError, match=r"broken.parquet.*Parquet.*anew"):
        read_table(str(path))


def test_a_table_without_rows_has_its_columns_all_the_same(tmp_path: Path) -> None:
    columns = {
        "filename": pa.array([], pa.string()),
        "day": pa.array([], pa.timestamp("s")),
        "tags": pa.array([], pa.list_(pa.string())),
        "place": pa.array([], pa.struct({"lat": pa.float64(), "image": pa.binary()})),
        "image": pa.array([], pa.binary()),
    }
    table = read(tmp_path, columns)
    assert table.rows.num_rows == 0
    cells = read_parquet(str(tmp_path / "table.parquet"), lambda *_: None)
    assert cells.headers == ("filename", "day", "tags", "place lat")
