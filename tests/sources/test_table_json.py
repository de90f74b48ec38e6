"""JSON in all its shapes says what the same table says as CSV."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipplot_pipeline.errors import TableError
from clipplot_pipeline.sources.table import MetadataTable, read_table, read_tables
from clipplot_pipeline.sources.table_inputs import find_tables

ROWS: list[dict[str, Any]] = [
    {"filename": "a.jpg", "year": 1890, "category": "007", "tags": "one|two", "lat": 0, "lng": -0.5},
    {"filename": "b.jpg", "year": "c. 1910", "category": "x", "tags": "", "lat": None, "lng": None},
    {"filename": "0012", "year": "soon", "category": None, "tags": "three", "lat": 1e1, "lng": 2},
]


def as_columns(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


def as_pandas_columns(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: {str(n): row[name] for n, row in enumerate(rows)} for name in rows[0]}


def as_split(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "columns": list(rows[0]),
        "index": [0, 1, 2],
        "data": [list(row.values()) for row in rows],
    }


def by_name(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {row["filename"]: {k: v for k, v in row.items() if k != "filename"} for row in rows}


def read(folder: Path, text: str, name: str = "table.json") -> MetadataTable:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_table(str(path))


def read_as_csv(folder: Path, rows: list[dict[str, Any]]) -> MetadataTable:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return read(folder, buffer.getvalue(), "table.csv")


@pytest.mark.parametrize(
    "shape",
    [
        json.dumps,
        lambda rows: json.dumps(rows, indent=2),
        lambda rows: "\n".join(json.dumps(row) for row in rows),
        lambda rows: "\ufeff\n" + "\r\n\n".join(json.dumps(row) for row in rows) + "\n",
        lambda rows: json.dumps(as_columns(rows)),
        lambda rows: json.dumps(as_pandas_columns(rows), indent=1),
        lambda rows: json.dumps(as_split(rows)),
        lambda rows: json.dumps(by_name(rows)),
        lambda rows: json.dumps({"info": {"version": 1}, "images": rows}),
    ],
)
def test_every_shape_says_what_the_csv_says(
    tmp_path: Path, shape: Callable[[list[dict[str, Any]]], str]
) -> None:
    plain = read_as_csv(tmp_path, ROWS)
    table = read(tmp_path, shape(ROWS))
    assert table.rows.equals(plain.rows)
    assert table.fields == plain.fields
    assert any("'soon' is no year" in str(problem) for problem in table.problems)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {"year": st.integers(1, 2100), "word": st.text(max_size=5), "tags": st.sampled_from(["", "a|b"])}
        ),
        min_size=1,
        max_size=9,
    )
)
def test_a_list_of_objects_is_the_same_table_as_its_csv(
    tmp_path_factory: pytest.TempPathFactory, cells: list[dict[str, Any]]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    rows = [{"filename": f"{n}.jpg"} | row for n, row in enumerate(cells)]
    plain = read_as_csv(folder, [row | {"word": row["word"].replace("\0", "")} for row in rows])
    assert read(folder, json.dumps(rows)).rows.equals(plain.rows)


def test_lists_are_tags_and_are_not_split(tmp_path: Path) -> None:
    rows = [
        {"file_name": "a.jpg", "tags": ["x;y", " z  z ", "x;y"], "keywords": ["p|q"], "category": ["c", "d"]},
        {"file_name": "b.jpg", "tags": [], "keywords": "r|s", "category": "e"},
    ]
    table = read(tmp_path, json.dumps(rows))
    assert {field.name: field.kind for field in table.fields} == {
        "tags": "tags",
        "keywords": "tags",
        "category": "category",
    }
    assert table.rows["tags"].to_pylist() == [["x;y", "z z"], None]
    assert table.rows["keywords"].to_pylist() == [["p|q"], ["r", "s"]]
    assert table.rows["category"].to_pylist() == ["c|d", "e"]


def test_objects_in_objects_become_columns_and_what_is_tangled_stays_json(tmp_path: Path) -> None:
    row = {
        "filename": "a.jpg",
        "place": {"name": "Ghent", "at": {"north": 51.05, "deep": {"er": {"still": 1.50}}}},
        "makers": [{"name": "Anna", "born": 1850}],
        "none": {},
    }
    table = read(tmp_path, json.dumps([row, {"filename": "b.jpg"}]))
    found = table.rows.to_pylist()[0]
    assert found["place name"] == "Ghent"
    assert found["place at north"] == 51.05
    assert json.loads(found["place at deep"]) == {"er": {"still": 1.5}}
    assert json.loads(found["makers"]) == [{"name": "Anna", "born": 1850}]
    assert [field.title for field in table.fields][:2] == ["Place name", "Place at north"]


def test_embeddings_in_a_table_are_no_metadata(tmp_path: Path) -> None:
    table = read(tmp_path, json.dumps([{"path": "a.jpg", "embedding": [0.5] * 40, "n": 1}]))
    assert table.rows.column_names == ["key", "n"]
    assert "40 numbers" in str(table.problems[0])


def test_numbers_keep_their_digits(tmp_path: Path) -> None:
    text = '[{"filename": 12, "label": 1.50, "id": 12345678901234567890, "nan": NaN}]'
    table = read(tmp_path, text)
    assert table.rows.to_pylist() == [
        {"key": "12", "label": "1.50", "id": "12345678901234567890", "nan": None}
    ]


def test_columns_that_come_late_are_blank_before(tmp_path: Path) -> None:
    lines = [{"path": f"{n}.jpg"} | ({"late": n} if n > 5 else {}) for n in range(8)]
    table = read(tmp_path, "\n".join(map(json.dumps, lines)), "x.jsonl")
    assert table.rows["late"].to_pylist() == [None] * 6 + [6.0, 7.0]


def test_lines_that_are_no_objects_are_left_out_and_told(tmp_path: Path) -> None:
    table = read(tmp_path, '{"path": "a.jpg"}\n{"path": \n[1]\n\n{"path": "b.jpg"}\n{"year": 1}\n', "x.jsonl")
    assert table.rows["key"].to_pylist() == ["a.jpg", "b.jpg"]
    assert [problem.row for problem in table.problems] == [2, 3, 6]


@pytest.mark.parametrize("name", ["x.jsonl", "x.json"])
def test_a_row_that_is_too_deep_is_left_out_and_told(tmp_path: Path, name: str) -> None:
    rows = [json.dumps({"path": "a.jpg"}), '{"path": "b.jpg", "deep": ' + "[" * 600 + "]" * 600 + "}"]
    text = "\n".join(rows) if name.endswith("l") else f"[{','.join(rows)}]"
    table = read(tmp_path, text, name)
    assert table.rows["key"].to_pylist() == ["a.jpg"]
    assert "too deeply" in str(table.problems[0])


def test_packed_and_foreign_encodings_are_read(tmp_path: Path) -> None:
    text = json.dumps([{"path": "é.jpg", "a": "ü"}], ensure_ascii=False)
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "b.json").write_bytes(text.encode("utf-16"))
    for name in ("a.json.gz", "b.json"):
        assert read_table(str(tmp_path / name)).rows.to_pylist() == [{"key": "é.jpg", "a": "ü"}]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[{"filename": "a.jpg"}', r"line 1, column 23.*breaks off"),
        ('[{"filename": "a.jpg"} {"filename": "b.jpg"}]', "line 1, column 24"),
        ('{"filename": ["a.jpg"],', "line 1"),
        ('{"filename": ["a.jpg", "b.jpg"], "year": [1]}', "filename has 2 entries, year has 1"),
        ("[1, 2]", "holds no object"),
        ("[]", "holds no object"),
        ("{}", "holds nothing"),
        ("[" * 100_000, "too deeply"),
        ('{"a":' * 100_000, "too deeply"),
        ('{"photo": "a.jpg"}', "no column names the image files.*photo"),
        ('[{"photo": "a.jpg"}]', "no column names the image files.*photo"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(TableError, match=said) as caught:
        read(tmp_path, text)
    assert "table.json" in str(caught.value)
    assert "xpected" in str(caught.value)


def test_an_object_a_file_is_a_row_a_file(tmp_path: Path) -> None:
    folder = tmp_path / "objects"
    folder.mkdir()
    for n in range(4):
        value: dict[str, Any] = {"year": 1890 + n if n != 2 else "soon", "tags": ["t"]}
        if n == 0:
            value["filename"] = "other.jpg"
        (folder / (f"p{n}.jpg.json" if n == 1 else f"p{n}.json")).write_text(json.dumps(value))
    for entry in (str(folder), f"{folder}/*.json"):
        inputs, _ = find_tables([entry])
        table = read_tables(inputs)
        assert table.rows["key"].to_pylist() == ["other.jpg", "p1.jpg", "p2", "p3"]
        assert table.rows["year"].to_pylist() == [1890, 1891, None, 1893]
        assert str(table.problems[0]).startswith("p2.json, year: 'soon'")
        assert len(table.parts) == 1
